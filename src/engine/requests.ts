/** What the engine takes to start, signal-with-start, pause and reset: decoded, validated for shape, not yet for policy. */
import type { Link } from '../sdk/common/wire/links.ts';
import type {
  ConflictPolicyName,
  Failure,
  Header,
  Memo,
  Payload,
  Payloads,
  ReusePolicyName,
  UserMetadata,
  WirePriority,
  WireRetryPolicy,
  WireSearchAttributes,
  WorkflowExecutionRef,
} from '../sdk/common/wire/messages.ts';
import type { WorkerDeploymentVersion } from '../sdk/common/worker-deployments.ts';

/** The activity of a run that is nothing else. Durations are milliseconds; 0 or absent is unset. */
export interface StandaloneActivityRequest {
  activityId: string;
  input?: Payloads;
  header?: Header;
  scheduleToCloseTimeout?: number;
  scheduleToStartTimeout?: number;
  startToCloseTimeout?: number;
  heartbeatTimeout?: number;
  retryPolicy?: WireRetryPolicy;
  priority?: WirePriority;
}

/** The Nexus operation of a run that is nothing else. Durations are milliseconds; 0 or absent is unset. */
export interface StandaloneNexusRequest {
  operationId: string;
  endpoint: string;
  service: string;
  operation: string;
  /** What its handler is told, with every attempt. */
  requestId: string;
  input?: Payload;
  nexusHeader?: Record<string, string>;
  scheduleToCloseTimeout?: number;
  scheduleToStartTimeout?: number;
  startToCloseTimeout?: number;
}

/** Durations are milliseconds; 0 or absent is unset. */
export interface StartWorkflowRequest {
  workflowType: string;
  taskQueue: string;
  input?: Payloads;
  workflowExecutionTimeout?: number;
  workflowRunTimeout?: number;
  workflowTaskTimeout?: number;
  identity?: string;
  requestId?: string;
  workflowIdReusePolicy?: ReusePolicyName;
  workflowIdConflictPolicy?: ConflictPolicyName;
  retryPolicy?: WireRetryPolicy;
  cronSchedule?: string;
  memo?: Memo;
  searchAttributes?: WireSearchAttributes;
  header?: Header;
  workflowStartDelay?: number;
  userMetadata?: UserMetadata;
  priority?: WirePriority;
  /** Temporal's message, as it is. */
  versioningOverride?: unknown;
  /** Of a child: the version that its parent is pinned to (VER-6). */
  inheritedPinnedVersion?: WorkerDeploymentVersion;
  onConflictOptions?: { attachRequestId?: boolean; attachLinks?: boolean };
  completionCallbacks?: unknown[];
  /** What the start came of. */
  links?: Link[];
  /** A workflow of the runtime's own, whose task queue may have a reserved name. Set by the service alone, never from a request. */
  isInternal?: boolean;
  /** The run is this activity, of `workflowType`, and no workflow (SAA-1). Set by the service alone. */
  activity?: StandaloneActivityRequest;
  /** The run is this Nexus operation and no workflow (SNX-1). Set by the service alone. */
  nexusOperation?: StandaloneNexusRequest;
  /** Set for a child. */
  parent?: {
    namespace: string;
    execution: Required<WorkflowExecutionRef>;
    initiatedEventId: number;
    root: WorkflowExecutionRef;
    /** Earlier lives of a parent that was reset: a running child of one of them is replaced (RESET-6). */
    baseRunIds?: string[];
  };
  /** Set by a schedule: what its last runs left. */
  lastCompletionResult?: Payloads;
  continuedFailure?: Failure;
}

export interface SignalWithStartWorkflowRequest extends StartWorkflowRequest {
  signalName: string;
  signalInput?: Payloads;
}

export interface PauseWorkflowRequest {
  runId?: string;
  identity?: string;
  reason?: string;
  requestId?: string;
}

export interface ResetWorkflowRequest {
  runId?: string;
  reason?: string;
  workflowTaskFinishEventId: number;
  requestId?: string;
  identity?: string;
  /** What is not re-applied after the reset point. */
  excludeSignals?: boolean;
  excludeUpdates?: boolean;
  excludeNexus?: boolean;
}
