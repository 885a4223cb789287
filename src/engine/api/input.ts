/** What an execution can be told once it has begun, and what it answers. */
import type { Link } from '../../sdk/common/wire/links.ts';
import type {
  Failure,
  Header,
  Payload,
  Payloads,
  RetryStateName,
  UpdateOutcome,
  UpdateStageName,
  WirePriority,
  WireRetryPolicy,
  WorkflowExecutionRef,
  WorkflowStatusName,
} from '../../sdk/common/wire/messages.ts';
import type { NexusRequestKind } from '../nexus-state.ts';
import type { PauseWorkflowRequest } from '../requests.ts';

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
