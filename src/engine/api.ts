/**
 * The engine as the object that hosts it sees it. Types only; `turn.ts`, `execution.ts` implement them.
 *
 * An execution is everything under one (namespace, workflow ID): its current run and, on demand, earlier ones. A *turn* takes
 * inputs, decides, and collects what must be committed. Inside a turn the in-memory state moves on at once; if the commit
 * fails the object throws the state away and folds it anew from storage, so nothing is ever half applied.
 *
 * A1 Nothing here reads time, randomness or storage: they are in `TurnContext`.
 * A2 Effects are level-triggered: `pendingWork` says what must be outstanding, the object starts what is missing.
 * A3 What history says is a pure fold over events; what changes without an event is in volatile rows, also foldable.
 */
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Link } from '../sdk/common/wire/links.ts';
import type {
  Failure,
  Header,
  Payload,
  Payloads,
  RetryStateName,
  UpdateOutcome,
  UpdateRequest,
  UpdateStageName,
  WirePriority,
  WireRetryPolicy,
  WorkflowExecutionRef,
  WorkflowStatusName,
} from '../sdk/common/wire/messages.ts';
import type {
  DescribeWorkflowExecutionResponse,
  WorkflowExecutionInfo,
} from '../sdk/common/wire/requests.ts';
import type { WorkerDeploymentVersion } from '../sdk/common/worker-deployments.ts';
import type { NexusRequestKind } from './nexus-state.ts';
import type {
  PauseWorkflowRequest,
  ResetWorkflowRequest,
  SignalWithStartWorkflowRequest,
  StartWorkflowRequest,
} from './requests.ts';
import type { ActionClosed } from './schedule/schedule-state.ts';
import type { WorkflowQuery, WorkflowTask, WorkflowTaskCompletion } from './workflow-task.ts';

/** Limits of semantics.md group LIM; every one has a default in `limits.ts` and can be lowered or raised per namespace. */
export interface EngineLimits {
  payloadBytesMax: number;
  memoBytesMax: number;
  historyEventsMax: number;
  historyBytesMax: number;
  /** What a run keeps besides its history: heartbeat and failure details of pending activities, memo, buffered events, ... */
  mutableStateBytesMax: number;
  /** What the commands of one workflow task carry together. */
  transactionBytesMax: number;
  suggestContinueAsNewEvents: number;
  suggestContinueAsNewBytes: number;
  pendingActivitiesMax: number;
  pendingChildrenMax: number;
  pendingExternalSignalsMax: number;
  pendingExternalCancelsMax: number;
  pendingNexusOperationsMax: number;
  signalsMax: number;
  updatesInFlightMax: number;
  updatesMax: number;
  bufferedEventsMax: number;
  bufferedBytesMax: number;
  idBytesMax: number;
  /** START-10. 0 turns it off. */
  minimalStartIntervalMs: number;
  /** CAN-5. 0 turns it off. */
  continueAsNewIntervalMs: number;
  retentionMs: number;
}

export interface TurnContext {
  /** Milliseconds since the epoch. */
  now: number;
  /** A fresh UUID. */
  newId(): string;
  limits: EngineLimits;
  /** Identity written into workflow-task and activity events made by the embedded host. */
  workerIdentity: string;
  /** First time of a cron expression (CRON-1) strictly after `afterMs`; undefined when it does not parse or has no such time. */
  nextCronTime(expression: string, afterMs: number): number | undefined;
  /** Registered search attributes of the namespace by name (`Keyword`, `Int`, ...). Undefined: any name is taken. */
  searchAttributeTypes?: Readonly<Record<string, string>>;
  /** Whether this ID had a run with that ID which the engine does not hold: a cancel request to it succeeds silently (END-1). */
  isKnownRun?(runId: string): boolean;
  /** The run that a start or reset with this request ID began, when it is not the current one (START-9). */
  runOfRequest?(requestId: string): StartReply | undefined;
  /** False where no index is told of runs: then earlier ones are not kept until it has confirmed them. */
  isIndexed?: boolean;
}

/** gRPC codes as names; routes map them to HTTP (http-api.md section 2). */
export type StatusCode =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED';

/** A refusal, as data: it crosses RPC as it is. `details` are google.rpc.Status details without their `@type` prefix. */
export interface StatusError {
  code: StatusCode;
  message: string;
  details?: { type: string; [field: string]: unknown }[];
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: StatusError };

/** Which activity, and which attempt of it: by token (one attempt only) or by ID (whatever is current). */
export type ActivityReference =
  | { by: 'token'; runId: string; scheduledEventId: number; stamp: number }
  | { by: 'id'; runId?: string; activityId: string };

export type Input =
  | {
      kind: 'Signal';
      runId?: string;
      signalName: string;
      input?: Payloads;
      header?: Header;
      identity?: string;
      requestId?: string;
      external?: ExternalSource;
      links?: Link[];
    }
  | {
      kind: 'RequestCancel';
      runId?: string;
      firstExecutionRunId?: string;
      reason?: string;
      identity?: string;
      requestId?: string;
      external?: ExternalSource;
      childOf?: ChildOf;
    }
  | {
      kind: 'Terminate';
      runId?: string;
      firstExecutionRunId?: string;
      reason?: string;
      details?: Payloads;
      identity?: string;
      /** A standalone activity knows a repetition by it (SAA-4). */
      requestId?: string;
      childOf?: ChildOf;
    }
  /** Operator commands on pending activities (ACT-25 to ACT-29): one by ID, all of a type, or all. */
  | {
      kind: 'PauseActivity';
      runId?: string;
      activities: ActivitySelection;
      identity?: string;
      reason?: string;
      requestId?: string;
    }
  | {
      kind: 'UnpauseActivity';
      runId?: string;
      activities: ActivitySelection;
      resetAttempts?: boolean;
      resetHeartbeat?: boolean;
      jitterMs?: number;
    }
  | {
      kind: 'ResetActivity';
      runId?: string;
      activities: ActivitySelection;
      resetHeartbeat?: boolean;
      keepPaused?: boolean;
      restoreOriginalOptions?: boolean;
      jitterMs?: number;
    }
  | {
      kind: 'UpdateActivityOptions';
      runId?: string;
      activities: ActivitySelection;
      options: ActivityOptionsPatch /** camelCase paths */;
      updateMask: readonly string[];
      restoreOriginal?: boolean;
    }
  /** Priority and versioning override of the run; what is undefined stays. */
  | {
      kind: 'UpdateWorkflowOptions';
      runId?: string;
      priority?: WirePriority;
      versioningOverride?: unknown;
      unsetVersioningOverride?: boolean;
      identity?: string;
    }
  | { kind: 'Pause'; request: PauseWorkflowRequest }
  | { kind: 'Unpause'; request: PauseWorkflowRequest }
  | { kind: 'ActivityCompleted'; activity: ActivityReference; result?: Payloads; identity?: string }
  | {
      kind: 'ActivityFailed';
      activity: ActivityReference;
      failure: Failure;
      lastHeartbeatDetails?: Payloads;
      identity?: string;
    }
  | { kind: 'ActivityCanceled'; activity: ActivityReference; details?: Payloads; identity?: string }
  | { kind: 'ActivityHeartbeat'; activity: ActivityReference; details?: Payloads; identity?: string }
  /** The entrypoint said it is alive: renews the lease (memory only, no row). */
  | { kind: 'ActivityPing'; activity: ActivityReference; leaseMs: number }
  /** The fetch that carried this attempt ended without an answer, or its lease ran out. */
  | { kind: 'ActivityAttemptLost'; activity: ActivityReference; reason: string }
  /** The entrypoint answered that the handler completes asynchronously (CompleteAsyncError): no lease is expected any more. */
  | { kind: 'ActivityWillCompleteAsync'; activity: ActivityReference }
  | { kind: 'ChildStarted'; runId: string; initiatedEventId: number; childRunId: string }
  | {
      kind: 'ChildStartFailed';
      runId: string;
      initiatedEventId: number;
      cause: 'WORKFLOW_ALREADY_EXISTS' | 'NAMESPACE_NOT_FOUND';
    }
  | {
      kind: 'ChildClosed';
      runId: string;
      initiatedEventId: number;
      child: WorkflowExecutionRef /** Head of the child's chain; `child.runId` when absent. */;
      firstExecutionRunId?: string;
      workflowType: string;
      close: ChildClose;
    }
  | { kind: 'ExternalSignalDelivered'; runId: string; initiatedEventId: number }
  | {
      kind: 'ExternalSignalFailed';
      runId: string;
      initiatedEventId: number;
      cause: 'EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND' | 'NAMESPACE_NOT_FOUND' | 'SIGNAL_COUNT_LIMIT_EXCEEDED';
    }
  | { kind: 'ExternalCancelDelivered'; runId: string; initiatedEventId: number }
  | {
      kind: 'ExternalCancelFailed';
      runId: string;
      initiatedEventId: number;
      cause: 'EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND' | 'NAMESPACE_NOT_FOUND';
    }
  /** What a handler says to a request to start or to cancel an operation. */
  | {
      kind: 'NexusTaskAnswered';
      runId: string;
      scheduledEventId: number;
      request: NexusRequestKind;
      attempt: number;
      /** What only the worker was told that has the request; from the server's own parts there is none. */
      requestId?: string;
      answer: NexusAnswer;
    }
  /** How an operation ended that went on by itself. */
  | {
      kind: 'NexusOperationClosed';
      runId: string;
      scheduledEventId: number;
      requestId: string;
      operationToken?: string;
      /** For an end that overtakes the answer to the start: what the operation has led to. */
      links?: Link[];
      close: NexusClose;
    };

export type NexusClose =
  | { kind: 'completed'; result?: Payload }
  | { kind: 'failed' | 'canceled'; failure: Failure };

export type NexusAnswer =
  /** `links`: what the operation has led to. */
  | (NexusClose & { links?: Link[] })
  /** The operation goes on by itself. */
  | { kind: 'started'; operationToken: string; links?: Link[] }
  /** The request to cancel was taken. */
  | { kind: 'cancelRequested' }
  /** It could not be served, now or at all. */
  | { kind: 'refused'; failure: Failure; isRetryable: boolean };

/** A request to start or cancel a Nexus operation, as one attempt of it. */
export interface NexusTask {
  namespace: string;
  workflowId: string;
  runId: string;
  scheduledEventId: number;
  kind: NexusRequestKind;
  attempt: number;
  endpoint: string;
  service: string;
  operation: string;
  requestId: string;
  header: Record<string, string>;
  /** Of a start. */
  input?: Payload;
  /** Empty before the operation has started. */
  operationToken: string;
  scheduledTime: number;
  /** How long its answer is waited for. */
  requestTimeoutMs: number;
  /** What is left of schedule-to-close; 0 is no limit. */
  operationTimeoutMs: number;
}

export type ActivitySelection =
  | { by: 'id'; activityId: string }
  | { by: 'type'; activityType: string }
  | { by: 'all' };

export interface ActivityOptionsPatch {
  taskQueue?: string;
  scheduleToCloseTimeout?: number;
  scheduleToStartTimeout?: number;
  startToCloseTimeout?: number;
  heartbeatTimeout?: number;
  retryPolicy?: WireRetryPolicy;
  priority?: WirePriority;
  /** Of a standalone activity (SAA-5). */
  startDelay?: number;
}

/** Only the child that this parent started with that event is meant; any other workflow with the ID is left alone. */
export interface ChildOf {
  workflowId: string;
  runId: string;
  initiatedEventId: number;
}

export interface ExternalSource {
  workflowExecution: WorkflowExecutionRef;
  initiatedEventId: number;
  childWorkflowOnly: boolean;
  /** Of the sender, so that a delivery tried twice is one: `<runId>:<initiatedEventId>`. */
  requestId: string;
}

/** How a child's chain ended, in the words of the parent's event. */
export type ChildClose =
  | { kind: 'Completed'; result?: Payloads }
  | { kind: 'Failed'; failure?: Failure; retryState?: RetryStateName }
  | { kind: 'Canceled'; details?: Payloads }
  | { kind: 'TimedOut'; retryState?: RetryStateName }
  | { kind: 'Terminated' };

export interface HeartbeatReply {
  cancelRequested: boolean;
  activityPaused: boolean;
  activityReset: boolean;
}

export interface StartReply {
  runId: string;
  firstExecutionRunId: string;
  started: boolean;
  status: WorkflowStatusName;
}

export interface UpdateReply {
  updateId: string;
  runId: string;
  stage: UpdateStageName | undefined;
  outcome?: UpdateOutcome;
  acceptedEventId?: number;
}

/** One attempt of one activity, admitted: recorded as started. All that its dispatch needs. */
export interface ActivityTask {
  namespace: string;
  workflowId: string;
  runId: string;
  workflowType: string;
  scheduledEventId: number;
  activityId: string;
  activityType: string;
  taskQueue: string;
  attempt: number;
  /** Grows with every admission and reset of this activity; with the run and the event ID it fences late results. */
  stamp: number;
  input?: Payloads;
  header?: Header;
  heartbeatDetails?: Payloads;
  scheduledTime: number;
  currentAttemptScheduledTime: number;
  startedTime: number;
  /** Milliseconds; 0 is none. */
  scheduleToCloseTimeout: number;
  startToCloseTimeout: number;
  heartbeatTimeout: number;
  retryPolicy: WireRetryPolicy;
  priority?: WirePriority;
}

export interface ChildStart {
  runId: string;
  initiatedEventId: number;
  namespace: string;
  workflowId: string;
  request: StartWorkflowRequest;
}

export interface ExternalDelivery {
  runId: string;
  initiatedEventId: number;
  namespace: string;
  target: WorkflowExecutionRef;
  childWorkflowOnly: boolean;
  source: ExternalSource;
  /** What to deliver. */
  input:
    | { kind: 'Signal'; signalName: string; input?: Payloads; header?: Header }
    | { kind: 'RequestCancel'; reason?: string };
}

/** Parent close policy on a child that was still open when the run closed. */
export interface ParentCloseAction {
  runId: string;
  initiatedEventId: number;
  namespace: string;
  target: WorkflowExecutionRef;
  /** Empty when the start was never confirmed: then `childOf` alone says which run is meant. */
  firstExecutionRunId: string;
  policy: 'TERMINATE' | 'REQUEST_CANCEL';
  /** What to apply at the target; NOT_FOUND counts as done. */
  input: Extract<Input, { kind: 'Terminate' | 'RequestCancel' }>;
  /** The start was never confirmed and may be on its way: until then NOT_FOUND says nothing. */
  startMayArriveUntil?: number;
}

export interface ParentNotification {
  /** The closed run, last of its chain. */
  runId: string;
  parent: { namespace: string; workflowId: string; runId: string };
  initiatedEventId: number;
  child: WorkflowExecutionRef;
  firstExecutionRunId: string;
  workflowType: string;
  close: ChildClose;
}

/** To the schedule that started the chain: how it ended. */
export interface ScheduleNotification {
  /** The closed run, last of its chain. */
  runId: string;
  namespace: string;
  scheduleId: string;
  closed: ActionClosed;
}

/** To the caller of a Nexus operation that a run, one of its updates, or an activity stands for: how it ended. */
export interface NexusNotification {
  /** The closed run, last of its chain; or the one that the update was sent to. */
  runId: string;
  /** Tells it from the run's other callbacks. */
  index: number;
  caller: { namespace: string; workflowId: string };
  input: Extract<Input, { kind: 'NexusOperationClosed' }>;
}

/** What must be outstanding now. The object compares it with what it has in flight (A2). */
export interface PendingWork {
  /**
   * Attempts recorded as started and not settled: dispatch if never dispatched, else wait for result, ping or expiry. Without
   * those that said `ActivityWillCompleteAsync`: nobody needs to wait for them.
   */
  startedActivities: readonly ActivityTask[];
  childStarts: readonly ChildStart[];
  externalDeliveries: readonly ExternalDelivery[];
  parentCloseActions: readonly ParentCloseAction[];
  parentNotifications: readonly ParentNotification[];
  scheduleNotifications: readonly ScheduleNotification[];
  nexusNotifications: readonly NexusNotification[];
  /** Runs whose visibility record has moved since the index last confirmed it. */
  visibility: readonly string[];
}

/** What an activity attempt looks like in storage when it differs from "first attempt, as scheduled / as admitted". */
export interface ActivityRow {
  scheduledEventId: number;
  /** JSON-able but for payload bytes. Opaque to the object. */
  data: unknown;
}

/** Everything that a commit of one run writes. */
export interface RunChanges {
  /** 1, 2, 3 ... in the order in which the runs of this ID began. */
  runSeq: number;
  runId: string;
  /** Present when events were added: one batch, keyed by its first event ID. Notes only come together with events. */
  batch?: RunBatch;
  /** Upserts, and event IDs whose row goes. */
  activityRows: readonly ActivityRow[];
  activityRowsDeleted: readonly number[];
  /** The volatile part that is not per activity (workflow task attempts, buffered inputs, deliveries); undefined = unchanged, null = delete. */
  volatile?: unknown | null;
  /** Present at start, at close and when the visibility record moved. */
  summary?: RunSummary;
}

/** Events of one turn, and notes: facts without an event of their own that fold with them (first-attempt admissions). */
export interface RunBatch {
  firstEventId: number;
  events: readonly HistoryEvent[];
  notes?: unknown;
}

/** One row per run: what must be readable without folding its history. */
export interface RunSummary {
  runId: string;
  firstExecutionRunId: string;
  status: WorkflowStatusName;
  startTime: number;
  closeTime?: number;
  /** Grows each time the visibility record changes; the index confirms the number it has. */
  visibilityVersion: number;
  visibilityConfirmed: number;
  /** When a closed run may be erased: close time plus retention. */
  expiryTime?: number;
  /** The run that a reset of this one began (RESET-9). */
  resetRunId?: string;
  /**
   * A closed run has parent close actions, or notifications of its parent, schedule or Nexus callers, to deliver. Such runs that are not the current one are
   * given to `loadExecution` as `earlier`.
   */
  hasDeliveries?: boolean;
  /** Start request IDs that map to this run (START-9). */
  requestIds: readonly { requestId: string; started: boolean }[];
}

/** Volatile rows of one run as storage gives them back. */
export interface StoredRun {
  runSeq: number;
  summary: RunSummary;
  batches: Iterable<RunBatch>;
  activityRows: Iterable<ActivityRow>;
  volatile?: unknown;
}

/**
 * The in-memory state of an execution. `current` is the latest run, open or closed. Folded by `loadExecution(stored)`;
 * a run other than the current one is folded by `foldRun(stored)` for reads (describe, query, history) only.
 */
export interface Execution {
  readonly namespace: string;
  readonly workflowId: string;
  readonly current: Run | undefined;
}

/** One run, folded. The object reads these; the rest of its state is the engine's own. */
export interface Run {
  readonly runSeq: number;
  readonly runId: string;
  readonly firstExecutionRunId: string;
  readonly workflowType: string;
  readonly taskQueue: string;
  readonly status: WorkflowStatusName;
  readonly nextEventId: number;
  readonly historyBytes: number;
  readonly startTime: number;
  readonly closeTime: number | undefined;
  /** The closing event, once closed. */
  readonly closeEvent: HistoryEvent | undefined;
  readonly visibilityVersion: number;
  /** Once closed: when the object may erase the run. `nextDeadline` reports it; erasing is the object's. */
  readonly expiryTime: number | undefined;
}

export interface Turn {
  readonly execution: Execution;
  readonly context: TurnContext;
  /** Policies, dedupe, first events. The start of a child carries its parent in the request. */
  start(request: StartWorkflowRequest): Result<StartReply>;
  signalWithStart(request: SignalWithStartWorkflowRequest): Result<StartReply>;
  /** Admits an update; its progress is read by `updateState`. */
  admitUpdate(
    request: UpdateRequest,
    run: { runId?: string; firstExecutionRunId?: string },
  ): Result<UpdateReply>;
  apply(input: Input): Result<HeartbeatReply | undefined>;
  /** `baseHistory` is all of the base run; `laterHistories` those of the runs that continued it as new, in order (RESET-3). */
  reset(
    request: ResetWorkflowRequest,
    baseHistory: readonly HistoryEvent[],
    laterHistories?: readonly (readonly HistoryEvent[])[],
  ): Result<{ runId: string }>;
  /** Fires everything whose deadline is at or before `context.now`: timers, timeouts, backoffs that end, start delays. */
  fireDeadlines(): void;
  /**
   * If a workflow task is due (scheduled, not in backoff, not paused) records it as started and gives it out. `loadHistory` and
   * `newEvents` of the task are filled in by the object, which owns storage: this gives ranges of event IDs.
   */
  startWorkflowTask(): StartedWorkflowTask | undefined;
  /** Records what the task's completion decides. Refusals (UNHANDLED_COMMAND, bad commands) are decided here too. */
  /** With `task` (as `startWorkflowTask` gave it) a completion that comes too late, for an attempt that ended, is refused. */
  completeWorkflowTask(
    completion: WorkflowTaskCompletion,
    task?: { startedEventId: number; attempt: number },
  ): WorkflowTaskOutcome;
  /**
   * The host is gone with the task that it had: a timeout, or with `failure` a failure that says why. Counts as one more failure
   * in a row, but when the next attempt begins is the caller's to say. Nothing happens when no task is started.
   */
  workflowTaskLost(failure?: Failure): void;
  /**
   * Admits up to `capacity` waiting attempts, oldest first, of those that are served here: each is recorded as started in this
   * turn.
   */
  admitActivities(
    capacity: number,
    isServed?: (taskQueue: string, scheduledEventId: number) => boolean,
  ): readonly ActivityTask[];
  /**
   * Deliveries that were confirmed and need no retry any more. What the index has is written with the run's next summary; with
   * `isStored` at once.
   */
  confirmVisibility(runId: string, version: number, options?: { isStored: boolean }): void;
  /** Lets a closed run be erased now. False for one that is not in memory. */
  expire(runId: string): boolean;
  confirmParentClose(runId: string, initiatedEventId: number): void;
  confirmParentNotified(runId: string): void;
  confirmScheduleNotified(runId: string): void;
  confirmNexusNotified(runId: string, index: number): void;
  /** Records that a worker has come for the request. Undefined when it does not wait any more. */
  startNexusTask(wanted: WaitingNexusTask): NexusTask | undefined;
  /**
   * What became outstanding in this turn, besides what `admitActivities` returned. A subset of `pendingWork`, for turns that need
   * not look at everything; call it after the last operation of the turn.
   */
  newWork(): PendingWork;
  /** What to commit, one entry per run touched; empty when nothing moved. Ends the turn. */
  finish(): readonly RunChanges[];
}

export interface StartedWorkflowTask {
  /** All of the task but its events: the object adds `newEvents` and `loadHistory`. */
  task: Omit<WorkflowTask, 'newEvents' | 'loadHistory' | 'queries'>;
  /** Events recorded in this turn that belong to the task and are not in storage yet (for example its own Started). */
  uncommittedEvents: readonly HistoryEvent[];
  /** Whether its Scheduled/Started events are in history (attempt 1) or only shown to the host (transient, WFT-13). */
  isTransient: boolean;
}

export type WorkflowTaskOutcome =
  /** The commands took effect. `newRun` when the run continued (continue-as-new, retry, cron). */
  /** `isDropped`: a task for updates that were all rejected left no events; the host's instance stands nowhere in history. */
  | { kind: 'accepted'; closed: boolean; newRunId?: string; isDropped?: boolean }
  /** Refused: the cached instance must be dropped and the task is scheduled again. */
  | { kind: 'refused'; cause: string; message: string };

export interface WaitingActivity {
  taskQueue: string;
  scheduledEventId: number;
  attempt: number;
  stamp: number;
  /** The run's where it says none of its own. */
  priority: WirePriority | undefined;
  /** 0 is none. */
  startToCloseTimeout: number;
}

/** A request to start or cancel a Nexus operation that waits for a worker. */
export interface WaitingNexusTask {
  endpoint: string;
  scheduledEventId: number;
  kind: NexusRequestKind;
  attempt: number;
}

/** Tasks that are due and that nobody has started. */
export interface WaitingTasks {
  workflowTask: { taskQueue: string; scheduledEventId: number; attempt: number } | undefined;
  /** Oldest first. */
  activities: WaitingActivity[];
  /** Of the run, for its own tasks. */
  priority: WirePriority | undefined;
  isWorkflowTaskStarted: boolean;
  /** Attempts that are with a worker, those that complete asynchronously included. */
  activitiesStarted: number;
  /** A workflow task is scheduled or started: what was sent to the run before is not all seen by its code yet. */
  isWorkflowTaskPending: boolean;
}

/** The pure functions beside the turn. */
export interface Engine {
  emptyExecution(namespace: string, workflowId: string): Execution;
  /** `earlier`: closed runs before the current one whose summary says `hasDeliveries`. */
  loadExecution(
    namespace: string,
    workflowId: string,
    current: StoredRun,
    earlier?: Iterable<StoredRun>,
  ): Execution;
  foldRun(namespace: string, workflowId: string, stored: StoredRun): Run;
  beginTurn(execution: Execution, context: TurnContext): Turn;
  pendingWork(execution: Execution): PendingWork;
  /** Earliest moment at which `fireDeadlines` has something to do, or a waiting thing becomes due; undefined when nothing is. Leases and floors are the object's. */
  nextDeadline(execution: Execution): number | undefined;
  /** True when a workflow task may be started now. */
  isWorkflowTaskDue(execution: Execution, now: number): boolean;
  /** Attempts that wait for the dispatch window and are due. */
  activitiesWaiting(execution: Execution, now: number): number;
  /** What is due and waits to be started, for task queues that are served elsewhere. */
  waitingTasks(execution: Execution, now: number): WaitingTasks;
  /** The version whose workers alone may have the run's tasks (VER-3). */
  pinnedVersion(run: Run): WorkerDeploymentVersion | undefined;
  /** Requests of Nexus operations that wait for a worker. */
  waitingNexusTasks(execution: Execution): readonly WaitingNexusTask[];
  /** Those, and the ones that a worker has. */
  nexusTasksOpen(execution: Execution): number;
  updateState(execution: Execution, updateId: string): UpdateReply | undefined;
  /**
   * Why a query cannot be put to this run now (QRY-2, QRY-3, QRY-4), or undefined. `readyAt`: when the reason ends by itself,
   * in milliseconds since the epoch.
   */
  queryRefusal(
    run: Run,
    rejectCondition: string | undefined,
  ): { rejected: WorkflowStatusName } | { error: StatusError; readyAt?: number } | undefined;
  /** A task that carries only queries. */
  queryTask(
    run: Run,
    queries: readonly WorkflowQuery[],
  ): Omit<WorkflowTask, 'newEvents' | 'loadHistory' | 'queries'>;
  /** What an index is told of a run that `pendingWork` names, or of any run that was folded. */
  visibilityRecord(run: Run): { info: WorkflowExecutionInfo; version: number };
  /** A run of the execution that is in memory: the current one, or an earlier one with something to deliver. */
  findRun(execution: Execution, runId: string): Run | undefined;
  /** The response of DescribeWorkflowExecution, in memory form (`wire/requests.ts`). */
  describe(run: Run, now: number): DescribeWorkflowExecutionResponse;
  /** Shown by history reads after the recorded events while a task of attempt 2 or more is pending (WFT-13). */
  transientEvents(run: Run): readonly HistoryEvent[];
}

export type { Payload };
