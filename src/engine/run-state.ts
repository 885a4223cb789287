/**
 * The state of one run, in memory. Two parts: what its history says, which is a pure fold over events (`evolve.ts`), and what
 * changes without an event (attempts of activities and of the workflow task, buffered events, deliveries), which is rebuilt
 * from rows (`stored-run.ts`). Live and replay run the same folding code; tests compare the two after every turn.
 *
 * S1 `evolve` changes the first part and is a function of (state, event) alone.
 * S2 While a workflow task is started, events from outside are absorbed (their effect on pending things is there) but not yet
 *    placed (no ID): they wait in `buffered`. Everything that checks "is it still open" reads the absorbed state.
 * S3 Heaps hold hints: an entry counts only if it names the present deadline of what it belongs to.
 */

import { reservedFor } from '../sdk/common/reserved-ids.ts';
import type { EventAttributes, EventType, HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Link } from '../sdk/common/wire/links.ts';
import type {
  Failure,
  ParentClosePolicyName,
  Payload,
  Payloads,
  UpdateOutcome,
  UpdateRequest,
  UserMetadata,
  WirePriority,
  WireTaskQueue,
  WorkflowExecutionRef,
  WorkflowStatusName,
} from '../sdk/common/wire/messages.ts';
import { MinHeap } from './heap.ts';
import type { PendingNexusOperation } from './nexus-state.ts';
import type { FullRetryPolicy } from './retry.ts';
import { initialVersioning, type RunVersioning } from './versioning.ts';

export type StartedAttributes = EventAttributes<'WorkflowExecutionStarted'>;

/** How a workflow task stands outside history: not at all, as a later attempt (WFT-13), or for updates alone (UPD-20). */
export type WorkflowTaskKind = 'recorded' | 'transient' | 'speculative';

export interface ScheduledWorkflowTask {
  state: 'scheduled';
  kind: WorkflowTaskKind;
  /** Of its event; for a task that history does not show, the ID that its event would get. */
  scheduledEventId: number;
  scheduledTime: number;
  attempt: number;
  /** Not to be started before. Later than `scheduledTime` only after failures. */
  dueTime: number;
}

export interface StartedWorkflowTaskState {
  state: 'started';
  kind: WorkflowTaskKind;
  scheduledEventId: number;
  scheduledTime: number;
  startedEventId: number;
  startedTime: number;
  attempt: number;
  started: EventAttributes<'WorkflowTaskStarted'>;
}

export type WorkflowTaskState = { state: 'none' } | ScheduledWorkflowTask | StartedWorkflowTaskState;

export interface PendingTimer {
  timerId: string;
  startedEventId: number;
  fireTime: number;
}

export interface ActivityOptions {
  taskQueue: WireTaskQueue;
  scheduleToCloseTimeout: number;
  scheduleToStartTimeout: number;
  startToCloseTimeout: number;
  heartbeatTimeout: number;
  retryPolicy: FullRetryPolicy;
  priority?: WirePriority;
  /** Of a standalone activity, when it was changed: until its first attempt, from its start. */
  startDelay?: number;
}

export type ActivityPhase =
  /** For its turn in the dispatch window, from `dueTime` on. */
  | { state: 'waiting'; dueTime: number }
  | { state: 'started'; startedTime: number; isAsync: boolean; isResetRequested: boolean };

export interface ActivityPause {
  time: number;
  identity?: string;
  reason?: string;
  requestId?: string;
}

export interface PendingActivity {
  readonly scheduledEventId: number;
  readonly scheduled: EventAttributes<'ActivityTaskScheduled'>;
  readonly scheduledEventTime: number;
  cancelRequestedEventId: number;
  /** From here on: without events of their own. */
  options: ActivityOptions;
  /** Changed since it was scheduled. */
  hasOwnOptions: boolean;
  /** When the present attempt became due: schedule-to-start counts from it. */
  attemptScheduledTime: number;
  /** Where schedule-to-close counts from. */
  firstScheduledTime: number;
  attempt: number;
  /** Admissions so far: fences results of earlier attempts. */
  stamp: number;
  phase: ActivityPhase;
  pause: ActivityPause | undefined;
  lastFailure: Failure | undefined;
  heartbeatDetails: Payloads | undefined;
  lastHeartbeatTime: number | undefined;
  lastStartedTime: number | undefined;
  lastAttemptCompleteTime: number | undefined;
  /** Delay that the current backoff was given. */
  retryInterval: number | undefined;
  workerIdentity: string | undefined;
  /** Differs from "first attempt, as scheduled or as admitted": needs a row. */
  deviates: boolean;
  /** Whether storage has a row of it. */
  hasRow: boolean;
  /** Bytes of its failure and heartbeat details, as counted in the run's `activityBytes`. */
  stateBytes: number;
  /** The entry that counts in the run's heap of timeouts (S3). */
  queuedDeadline: number | undefined;
}

export interface PendingChild {
  readonly initiatedEventId: number;
  readonly initiated: EventAttributes<'StartChildWorkflowExecutionInitiated'>;
  readonly userMetadata: UserMetadata | undefined;
  policy: ParentClosePolicyName;
  /** Known once it has started; `startedEventId` is 0 while that event is still buffered. */
  started: { runId: string; eventId: number } | undefined;
}

export interface PendingCloseAction {
  initiatedEventId: number;
  target: WorkflowExecutionRef;
  firstExecutionRunId: string;
  policy: 'TERMINATE' | 'REQUEST_CANCEL';
}

/** In memory only, unless `isRecorded` (an UpdateAdmitted event, written by reset). */
export interface AdmittedUpdate {
  updateId: string;
  request: UpdateRequest;
  /** Started event of the task that carries it. */
  sentInTask: number | undefined;
  isRecorded: boolean;
}

/** Whoever is to be told of an end. */
export interface CompletionCallback {
  callback: unknown;
  /** Of the request that attached it to what was under way. */
  requestId?: string;
  /** The update whose outcome it waits for; absent: the end of the run's chain. */
  updateId?: string;
}

/** What history says of an update. */
export type UpdateState =
  | { state: 'accepted'; request: UpdateRequest; acceptedEventId: number }
  | { state: 'completed'; acceptedEventId: number; outcome: UpdateOutcome };

export interface StartRequestId {
  requestId: string;
  started: boolean;
}

export interface WorkflowPause {
  time: number;
  identity?: string;
  reason?: string;
  requestId?: string;
}

export interface ResetOrigin {
  baseRunId: string;
  /** The WorkflowTaskFailed event that joins the two; earlier events were recorded by the base run. */
  eventId: number;
}

export interface ResetPoint {
  runId: string;
  firstWorkflowTaskCompletedId: number;
  createTime: number;
}

/** An event that waits for the end of the started workflow task; it has no ID yet. */
export interface BufferedEvent {
  eventType: EventType;
  eventTime: number;
  attributes: HistoryEvent['attributes'];
  links?: readonly Link[];
  bytes: number;
}

export interface Deadline {
  time: number;
  rank: number;
  kind: 'timer' | 'activity';
  timerId?: string;
}

export interface RunState {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly runSeq: number;
  readonly firstExecutionRunId: string;
  readonly workflowType: string;
  readonly taskQueue: string;
  /** One activity or Nexus operation and no workflow (SAA-1, SNX-1). */
  readonly isStandalone: boolean;

  // What history says.
  readonly started: StartedAttributes;
  readonly userMetadata: UserMetadata | undefined;
  readonly startTime: number;
  status: WorkflowStatusName;
  nextEventId: number;
  historyBytes: number;
  /** As far as history shows them. */
  stateTransitions: number;
  closeTime: number | undefined;
  closeEvent: HistoryEvent | undefined;
  cancelRequested: boolean;
  pause: WorkflowPause | undefined;
  /** True from the start until the first workflow task is scheduled, when the start asked for a delay. */
  isInFirstTaskBackoff: boolean;
  /** Something happened that workflow code must see, and no task is scheduled for it yet. */
  needsWorkflowTask: boolean;
  workflowTask: WorkflowTaskState;
  /** Started event of the last completed task; 0 before. */
  previousStartedEventId: number;
  lastCompletedEventId: number;
  /** The last workflow task was refused with UNHANDLED_COMMAND (WFT-7). */
  isClosing: boolean;
  readonly timers: Map<string, PendingTimer>;
  readonly activities: Map<number, PendingActivity>;
  readonly activityIds: Map<string, number>;
  readonly children: Map<number, PendingChild>;
  readonly externalSignals: Map<number, EventAttributes<'SignalExternalWorkflowExecutionInitiated'>>;
  readonly externalCancels: Map<number, EventAttributes<'RequestCancelExternalWorkflowExecutionInitiated'>>;
  readonly nexusOperations: Map<number, PendingNexusOperation>;
  /** Accepted and completed ones. */
  readonly updates: Map<string, UpdateState>;
  /** Accepted and not completed. */
  updatesOpen: number;
  /** Bounded by `updatesInFlightMax`. */
  readonly admittedUpdates: Map<string, AdmittedUpdate>;
  /** Failures kept for callers that still wait; the IDs are free (UPD-3). */
  readonly rejectedUpdates: Map<string, Failure>;
  signalCount: number;
  readonly signalRequestIds: Set<string>;
  /** That of the start, or what an update of the run's options has set since. */
  priority: WirePriority | undefined;
  versioning: RunVersioning;
  memo: Record<string, Payload>;
  searchAttributes: Record<string, Payload>;
  readonly resetOrigins: ResetOrigin[];
  resetPoint: ResetPoint | undefined;
  /** What the close of this run left to do (A2). */
  readonly closeActions: Map<number, PendingCloseAction>;
  isParentNotificationDue: boolean;
  isScheduleNotificationDue: boolean;
  /** Of the start, of updates that were accepted, and what later requests have attached. */
  readonly callbacks: CompletionCallback[];
  /** Of a run that is one activity: the event that closed it. */
  activityEnd: HistoryEvent | undefined;
  /** Which of the callbacks have to be told; their places in the list. */
  readonly nexusNotifications: Set<number>;
  readonly closeActionsDone: number[];
  isParentNotified: boolean;
  isScheduleNotified: boolean;
  readonly nexusNotified: number[];

  // What changes without an event.
  readonly buffered: BufferedEvent[];
  bufferedBytes: number;
  /** Workflow tasks in a row that failed or timed out. */
  taskFailures: number;
  /** Of the last of them, without what is long. */
  lastTaskFailure: Failure | undefined;
  reportedProblems: readonly string[] | undefined;
  readonly requestIds: StartRequestId[];
  visibilityVersion: number;
  visibilityConfirmed: number;
  expiryTime: number | undefined;
  resetRunId: string | undefined;
  hasVolatileRow: boolean;

  // Derived, in memory only.
  readonly startedActivities: Map<number, PendingActivity>;
  /** Attempts that may be admitted. */
  readonly readyActivities: Map<number, PendingActivity>;
  /** Their order: by due time, then by event. Not by when they were found due, which a reload would change. */
  readonly readyOrder: MinHeap<Deadline>;
  readonly backoffs: MinHeap<Deadline>;
  readonly deadlines: MinHeap<Deadline>;
  readonly closedActivityRows: number[];
  /** Failure and heartbeat details of all pending activities. */
  activityBytes: number;
}

export interface RunKey {
  namespace: string;
  workflowId: string;
  runId: string;
  runSeq: number;
}

export function isOpen(run: RunState): boolean {
  return run.closeEvent === undefined;
}

/** A run before its first event is folded in: `started` and times are those of that event. */
export function emptyRun(
  key: RunKey,
  started: StartedAttributes,
  startTime: number,
  userMetadata: UserMetadata | undefined,
): RunState {
  const isStandalone = reservedFor(key.workflowId) !== undefined;
  const isInFirstTaskBackoff = !isStandalone && (started.firstWorkflowTaskBackoff ?? 0) > 0;
  return {
    ...key,
    firstExecutionRunId: started.firstExecutionRunId,
    workflowType: started.workflowType.name,
    taskQueue: started.taskQueue.name,
    isStandalone,
    started,
    userMetadata,
    startTime,
    status: 'RUNNING',
    nextEventId: 1,
    historyBytes: 0,
    stateTransitions: 0,
    closeTime: undefined,
    closeEvent: undefined,
    cancelRequested: false,
    pause: undefined,
    isInFirstTaskBackoff,
    needsWorkflowTask: !isStandalone && !isInFirstTaskBackoff,
    workflowTask: { state: 'none' },
    previousStartedEventId: 0,
    lastCompletedEventId: 0,
    isClosing: false,
    timers: new Map(),
    activities: new Map(),
    activityIds: new Map(),
    children: new Map(),
    externalSignals: new Map(),
    externalCancels: new Map(),
    nexusOperations: new Map(),
    updates: new Map(),
    updatesOpen: 0,
    admittedUpdates: new Map(),
    rejectedUpdates: new Map(),
    signalCount: 0,
    signalRequestIds: new Set(),
    priority: started.priority,
    versioning: initialVersioning(started),
    memo: { ...started.memo?.fields },
    searchAttributes: { ...started.searchAttributes?.indexedFields },
    resetOrigins: [],
    resetPoint: undefined,
    closeActions: new Map(),
    isParentNotificationDue: false,
    isScheduleNotificationDue: false,
    callbacks: (started.completionCallbacks ?? []).map((callback) => ({ callback })),
    activityEnd: undefined,
    nexusNotifications: new Set(),
    closeActionsDone: [],
    isParentNotified: false,
    isScheduleNotified: false,
    nexusNotified: [],
    buffered: [],
    bufferedBytes: 0,
    taskFailures: 0,
    lastTaskFailure: undefined,
    reportedProblems: undefined,
    requestIds: [],
    visibilityVersion: 0,
    visibilityConfirmed: 0,
    expiryTime: undefined,
    resetRunId: undefined,
    hasVolatileRow: false,
    startedActivities: new Map(),
    readyActivities: new Map(),
    readyOrder: new MinHeap(),
    backoffs: new MinHeap(),
    deadlines: new MinHeap(),
    closedActivityRows: [],
    activityBytes: 0,
  };
}

/** When the first-task backoff ends. */
export function firstTaskTime(run: RunState): number {
  return run.startTime + (run.started.firstWorkflowTaskBackoff ?? 0);
}

/** TO-4: the run timeout counts from the end of the first-task backoff. Undefined: none. */
export function runExpiration(run: RunState): number | undefined {
  const timeout = run.started.workflowRunTimeout ?? 0;
  const own = timeout > 0 ? firstTaskTime(run) + timeout : undefined;
  const chain = run.started.workflowExecutionExpirationTime;
  if (own === undefined) return chain;
  return chain === undefined ? own : Math.min(own, chain);
}

export function workflowTaskTimeout(run: RunState): number {
  return run.started.workflowTaskTimeout ?? 0;
}

export function taskQueueOf(run: RunState): WireTaskQueue {
  return { name: run.started.taskQueue.name, kind: 'NORMAL' };
}
