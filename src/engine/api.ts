/**
 * The engine as the object that hosts it sees it. Types only, by subject in `api/`; `engine.ts` and `execution-turn.ts` implement them.
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
import type { Failure, UpdateRequest, WorkflowStatusName } from '../sdk/common/wire/messages.ts';
import type {
  DescribeWorkflowExecutionResponse,
  WorkflowExecutionInfo,
} from '../sdk/common/wire/requests.ts';
import type { WorkerDeploymentVersion } from '../sdk/common/worker-deployments.ts';
import type { HeartbeatReply, Input, StartReply, UpdateReply } from './api/input.ts';
import type { Result, StatusError } from './api/status.ts';
import type { RunChanges, StoredRun } from './api/stored.ts';
import type { ActivityTask, NexusTask, PendingWork, WaitingNexusTask, WaitingTasks } from './api/work.ts';
import type {
  ResetWorkflowRequest,
  SignalWithStartWorkflowRequest,
  StartWorkflowRequest,
} from './requests.ts';
import type { WorkflowQuery, WorkflowTask, WorkflowTaskCompletion } from './workflow-task.ts';

export type * from './api/input.ts';
export type * from './api/status.ts';
export type * from './api/stored.ts';
export type * from './api/work.ts';

/** The limits of group LIM; every one has a default in `limits.ts` and can be lowered or raised per namespace. */
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
