/** What an execution wants done outside of it: started, delivered, told, or handed to a worker. */
import type {
  Header,
  Payload,
  Payloads,
  WirePriority,
  WireRetryPolicy,
  WorkflowExecutionRef,
} from '../../sdk/common/wire/messages.ts';
import type { NexusRequestKind } from '../nexus-state.ts';
import type { StartWorkflowRequest } from '../requests.ts';
import type { ActionClosed } from '../schedule/schedule-state.ts';
import type { ChildClose, ExternalSource, Input } from './input.ts';

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
