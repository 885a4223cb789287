/** Messages that events, commands, failures and requests share. Field names and enum names are Temporal's. */
import { LinkSchema } from './links.ts';
import {
  type AnyField,
  bool,
  double,
  dur,
  enumeration,
  type Infer,
  i32,
  i64,
  json,
  lazy,
  list,
  map,
  message,
  type PayloadField,
  required,
  str,
  time,
} from './schema.ts';

/** One converted value: bytes and how to read them. `metadata.encoding` is always set. */
export interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

/** A list of payloads: the arguments of a call, or a result (its first element). */
export interface Payloads {
  payloads?: Payload[] | null;
}

export const PayloadSchema: PayloadField<Payload> = { kind: 'payload' };
export const PayloadsSchema: PayloadField<Payloads> = { kind: 'payloads' };

export const RetryState = enumeration('RETRY_STATE_', {
  IN_PROGRESS: 1,
  NON_RETRYABLE_FAILURE: 2,
  TIMEOUT: 3,
  MAXIMUM_ATTEMPTS_REACHED: 4,
  RETRY_POLICY_NOT_SET: 5,
  INTERNAL_SERVER_ERROR: 6,
  CANCEL_REQUESTED: 7,
});
export const TimeoutType = enumeration('TIMEOUT_TYPE_', {
  START_TO_CLOSE: 1,
  SCHEDULE_TO_START: 2,
  SCHEDULE_TO_CLOSE: 3,
  HEARTBEAT: 4,
});
export const ContinueAsNewInitiator = enumeration('CONTINUE_AS_NEW_INITIATOR_', {
  WORKFLOW: 1,
  RETRY: 2,
  CRON_SCHEDULE: 3,
});
export const ParentClosePolicy = enumeration('PARENT_CLOSE_POLICY_', {
  TERMINATE: 1,
  ABANDON: 2,
  REQUEST_CANCEL: 3,
});
export const WorkflowIdReusePolicy = enumeration('WORKFLOW_ID_REUSE_POLICY_', {
  ALLOW_DUPLICATE: 1,
  ALLOW_DUPLICATE_FAILED_ONLY: 2,
  REJECT_DUPLICATE: 3,
  TERMINATE_IF_RUNNING: 4,
});
export const WorkflowIdConflictPolicy = enumeration('WORKFLOW_ID_CONFLICT_POLICY_', {
  FAIL: 1,
  USE_EXISTING: 2,
  TERMINATE_EXISTING: 3,
});
export const WorkflowExecutionStatus = enumeration('WORKFLOW_EXECUTION_STATUS_', {
  RUNNING: 1,
  COMPLETED: 2,
  FAILED: 3,
  CANCELED: 4,
  TERMINATED: 5,
  CONTINUED_AS_NEW: 6,
  TIMED_OUT: 7,
  PAUSED: 8,
});
export const PendingActivityState = enumeration('PENDING_ACTIVITY_STATE_', {
  SCHEDULED: 1,
  STARTED: 2,
  CANCEL_REQUESTED: 3,
  PAUSED: 4,
  PAUSE_REQUESTED: 5,
});
export const PendingWorkflowTaskState = enumeration('PENDING_WORKFLOW_TASK_STATE_', {
  SCHEDULED: 1,
  STARTED: 2,
});
export const ApplicationErrorCategory = enumeration('APPLICATION_ERROR_CATEGORY_', { BENIGN: 1 });
export const TaskQueueKind = enumeration('TASK_QUEUE_KIND_', { NORMAL: 1, STICKY: 2, WORKER_COMMANDS: 3 });
export const SuggestContinueAsNewReason = enumeration('SUGGEST_CONTINUE_AS_NEW_REASON_', {
  HISTORY_SIZE_TOO_LARGE: 1,
  TOO_MANY_HISTORY_EVENTS: 2,
  TOO_MANY_UPDATES: 3,
});
export const UpdateStage = enumeration('UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_', {
  ADMITTED: 1,
  ACCEPTED: 2,
  COMPLETED: 3,
});
export const QueryRejectCondition = enumeration('QUERY_REJECT_CONDITION_', {
  NONE: 1,
  NOT_OPEN: 2,
  NOT_COMPLETED_CLEANLY: 3,
});
export const VersioningBehavior = enumeration('VERSIONING_BEHAVIOR_', { PINNED: 1, AUTO_UPGRADE: 2 });
export type VersioningBehaviorName = keyof typeof VersioningBehavior.values;

export const WorkflowTaskFailedCause = enumeration('WORKFLOW_TASK_FAILED_CAUSE_', {
  UNHANDLED_COMMAND: 1,
  BAD_SCHEDULE_ACTIVITY_ATTRIBUTES: 2,
  BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES: 3,
  BAD_START_TIMER_ATTRIBUTES: 4,
  BAD_CANCEL_TIMER_ATTRIBUTES: 5,
  BAD_RECORD_MARKER_ATTRIBUTES: 6,
  BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES: 7,
  BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES: 8,
  BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES: 9,
  BAD_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_ATTRIBUTES: 10,
  BAD_CONTINUE_AS_NEW_ATTRIBUTES: 11,
  START_TIMER_DUPLICATE_ID: 12,
  RESET_STICKY_TASK_QUEUE: 13,
  WORKFLOW_WORKER_UNHANDLED_FAILURE: 14,
  BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES: 15,
  BAD_START_CHILD_EXECUTION_ATTRIBUTES: 16,
  FORCE_CLOSE_COMMAND: 17,
  FAILOVER_CLOSE_COMMAND: 18,
  BAD_SIGNAL_INPUT_SIZE: 19,
  RESET_WORKFLOW: 20,
  BAD_BINARY: 21,
  SCHEDULE_ACTIVITY_DUPLICATE_ID: 22,
  BAD_SEARCH_ATTRIBUTES: 23,
  NON_DETERMINISTIC_ERROR: 24,
  BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES: 25,
  PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED: 26,
  PENDING_ACTIVITIES_LIMIT_EXCEEDED: 27,
  PENDING_SIGNALS_LIMIT_EXCEEDED: 28,
  PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED: 29,
  BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE: 30,
  UNHANDLED_UPDATE: 31,
  BAD_SCHEDULE_NEXUS_OPERATION_ATTRIBUTES: 32,
  PENDING_NEXUS_OPERATIONS_LIMIT_EXCEEDED: 33,
  BAD_REQUEST_CANCEL_NEXUS_OPERATION_ATTRIBUTES: 34,
  FEATURE_DISABLED: 35,
  GRPC_MESSAGE_TOO_LARGE: 36,
  PAYLOADS_TOO_LARGE: 37,
  EXTERNAL_STORAGE_FAILURE: 38,
  WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED: 39,
  REQUEST_TOO_LARGE: 40,
});
export const StartChildFailedCause = enumeration('START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_', {
  WORKFLOW_ALREADY_EXISTS: 1,
  NAMESPACE_NOT_FOUND: 2,
  INVALID_VERSIONING_OVERRIDE: 3,
});
export const CancelExternalFailedCause = enumeration('CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_', {
  EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND: 1,
  NAMESPACE_NOT_FOUND: 2,
});
export const SignalExternalFailedCause = enumeration('SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_', {
  EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND: 1,
  NAMESPACE_NOT_FOUND: 2,
  SIGNAL_COUNT_LIMIT_EXCEEDED: 3,
});
export const UpdateAdmittedEventOrigin = enumeration('UPDATE_ADMITTED_EVENT_ORIGIN_', { REAPPLY: 1 });
export const IndexedValueType = enumeration('INDEXED_VALUE_TYPE_', {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
});

export const WorkflowTypeSchema = message('WorkflowType', { name: required(str) });
export const ActivityTypeSchema = message('ActivityType', { name: required(str) });
export const TaskQueueSchema = message('TaskQueue', {
  name: required(str),
  kind: TaskQueueKind,
  normalName: str,
});
export const WorkflowExecutionSchema = message('WorkflowExecution', { workflowId: str, runId: str });
export const MemoSchema = message('Memo', { fields: map(PayloadSchema) });
export const SearchAttributesSchema = message('SearchAttributes', { indexedFields: map(PayloadSchema) });
export const HeaderSchema = message('Header', { fields: map(PayloadSchema) });
export const UserMetadataSchema = message('UserMetadata', { summary: PayloadSchema, details: PayloadSchema });
export const RetryPolicySchema = message('RetryPolicy', {
  initialInterval: dur,
  backoffCoefficient: double,
  maximumInterval: dur,
  maximumAttempts: i32,
  nonRetryableErrorTypes: list(str),
});
export const PrioritySchema = message('Priority', {
  priorityKey: i32,
  fairnessKey: str,
  fairnessWeight: double,
});
export const ResetPointsSchema = message('ResetPoints', {
  points: list(
    message('ResetPointInfo', {
      buildId: str,
      binaryChecksum: str,
      runId: str,
      firstWorkflowTaskCompletedId: i64,
      createTime: time,
      expireTime: time,
      resettable: bool,
    }),
  ),
});
export const WorkerVersionStampSchema = message('WorkerVersionStamp', { buildId: str, useVersioning: bool });
export const WorkerDeploymentVersionSchema = message('WorkerDeploymentVersion', {
  buildId: str,
  deploymentName: str,
});
export const WorkerVersioningMode = enumeration('WORKER_VERSIONING_MODE_', { UNVERSIONED: 1, VERSIONED: 2 });
/** What a worker says of itself with each poll. */
export const WorkerDeploymentOptionsSchema = message('WorkerDeploymentOptions', {
  deploymentName: str,
  buildId: str,
  workerVersioningMode: WorkerVersioningMode,
});
export type WorkerDeploymentPollOptions = Infer<typeof WorkerDeploymentOptionsSchema>;
export const WorkflowExecutionVersioningInfoSchema = message('WorkflowExecutionVersioningInfo', {
  behavior: VersioningBehavior,
  deploymentVersion: WorkerDeploymentVersionSchema,
  version: str,
  versioningOverride: json,
});
export const SdkMetadataSchema = message('WorkflowTaskCompletedMetadata', {
  coreUsedFlags: list(i32),
  langUsedFlags: list(i32),
  sdkName: str,
  sdkVersion: str,
});
export const MeteringMetadataSchema = message('MeteringMetadata', {
  nonfirstLocalActivityExecutionAttempts: i32,
});

export type WorkflowExecutionRef = Infer<typeof WorkflowExecutionSchema>;
export type WireTaskQueue = Infer<typeof TaskQueueSchema>;
export type Memo = Infer<typeof MemoSchema>;
export type WireSearchAttributes = Infer<typeof SearchAttributesSchema>;
export type Header = Infer<typeof HeaderSchema>;
export type UserMetadata = Infer<typeof UserMetadataSchema>;
/** Intervals in milliseconds; 0 or absent is unset. */
export type WireRetryPolicy = Infer<typeof RetryPolicySchema>;
export type WirePriority = Infer<typeof PrioritySchema>;
export type SdkMetadata = Infer<typeof SdkMetadataSchema>;
export type IndexedValueTypeName = keyof typeof IndexedValueType.values;
export type RetryStateName = keyof typeof RetryState.values;
export type TimeoutTypeName = keyof typeof TimeoutType.values;
export type WorkflowStatusName = keyof typeof WorkflowExecutionStatus.values;
export type WorkflowTaskFailedCauseName = keyof typeof WorkflowTaskFailedCause.values;
export type ParentClosePolicyName = keyof typeof ParentClosePolicy.values;
export type ReusePolicyName = keyof typeof WorkflowIdReusePolicy.values;
export type ConflictPolicyName = keyof typeof WorkflowIdConflictPolicy.values;
export type UpdateStageName = keyof typeof UpdateStage.values;
export type QueryRejectConditionName = keyof typeof QueryRejectCondition.values;

/** A failure as recorded in history. At most one `...Info` member is set; `cause` makes a chain. */
export interface Failure {
  message?: string;
  source?: string;
  stackTrace?: string;
  encodedAttributes?: Payload;
  cause?: Failure;
  applicationFailureInfo?: Infer<typeof ApplicationFailureInfoSchema>;
  timeoutFailureInfo?: Infer<typeof TimeoutFailureInfoSchema>;
  canceledFailureInfo?: Infer<typeof CanceledFailureInfoSchema>;
  terminatedFailureInfo?: Infer<typeof TerminatedFailureInfoSchema>;
  serverFailureInfo?: Infer<typeof ServerFailureInfoSchema>;
  resetWorkflowFailureInfo?: Infer<typeof ResetWorkflowFailureInfoSchema>;
  activityFailureInfo?: Infer<typeof ActivityFailureInfoSchema>;
  childWorkflowExecutionFailureInfo?: Infer<typeof ChildWorkflowFailureInfoSchema>;
  nexusOperationExecutionFailureInfo?: Infer<typeof NexusOperationFailureInfoSchema>;
  nexusHandlerFailureInfo?: Infer<typeof NexusHandlerFailureInfoSchema>;
}

export const ApplicationFailureInfoSchema = message('ApplicationFailureInfo', {
  type: str,
  nonRetryable: bool,
  details: PayloadsSchema,
  nextRetryDelay: dur,
  category: ApplicationErrorCategory,
});
export const TimeoutFailureInfoSchema = message('TimeoutFailureInfo', {
  timeoutType: TimeoutType,
  lastHeartbeatDetails: PayloadsSchema,
});
export const CanceledFailureInfoSchema = message('CanceledFailureInfo', {
  details: PayloadsSchema,
  identity: str,
});
export const TerminatedFailureInfoSchema = message('TerminatedFailureInfo', { identity: str });
export const ServerFailureInfoSchema = message('ServerFailureInfo', { nonRetryable: bool });
export const ResetWorkflowFailureInfoSchema = message('ResetWorkflowFailureInfo', {
  lastHeartbeatDetails: PayloadsSchema,
});
export const ActivityFailureInfoSchema = message('ActivityFailureInfo', {
  scheduledEventId: i64,
  startedEventId: i64,
  identity: str,
  activityType: ActivityTypeSchema,
  activityId: str,
  retryState: RetryState,
});
export const ChildWorkflowFailureInfoSchema = message('ChildWorkflowExecutionFailureInfo', {
  namespace: str,
  workflowExecution: WorkflowExecutionSchema,
  workflowType: WorkflowTypeSchema,
  initiatedEventId: i64,
  startedEventId: i64,
  retryState: RetryState,
});
export const NexusOperationFailureInfoSchema = message('NexusOperationFailureInfo', {
  scheduledEventId: i64,
  endpoint: str,
  service: str,
  operation: str,
  operationId: str,
  operationToken: str,
});
export const NexusHandlerErrorRetryBehavior = enumeration('NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_', {
  RETRYABLE: 1,
  NON_RETRYABLE: 2,
});
export const NexusHandlerFailureInfoSchema = message('NexusHandlerFailureInfo', {
  type: str,
  retryBehavior: NexusHandlerErrorRetryBehavior,
});

export const FailureSchema = message('Failure', {
  message: str,
  source: str,
  stackTrace: str,
  encodedAttributes: PayloadSchema,
  cause: lazy<Failure>((): AnyField => FailureSchema),
  applicationFailureInfo: ApplicationFailureInfoSchema,
  timeoutFailureInfo: TimeoutFailureInfoSchema,
  canceledFailureInfo: CanceledFailureInfoSchema,
  terminatedFailureInfo: TerminatedFailureInfoSchema,
  serverFailureInfo: ServerFailureInfoSchema,
  resetWorkflowFailureInfo: ResetWorkflowFailureInfoSchema,
  activityFailureInfo: ActivityFailureInfoSchema,
  childWorkflowExecutionFailureInfo: ChildWorkflowFailureInfoSchema,
  nexusOperationExecutionFailureInfo: NexusOperationFailureInfoSchema,
  nexusHandlerFailureInfo: NexusHandlerFailureInfoSchema,
});
/** The failure schema where a field of another message holds one. */
export const FailureField = lazy<Failure>(() => FailureSchema);

export const UpdateRequestSchema = message('UpdateRequest', {
  meta: required(message('UpdateMeta', { updateId: required(str), identity: str })),
  input: required(
    message('UpdateInput', { header: HeaderSchema, name: required(str), args: PayloadsSchema }),
  ),
  requestId: str,
  completionCallbacks: list(json),
  links: list(LinkSchema),
});
export const UpdateOutcomeSchema = message('UpdateOutcome', {
  success: PayloadsSchema,
  failure: FailureField,
});
export type UpdateRequest = Infer<typeof UpdateRequestSchema>;
export type UpdateOutcome = Infer<typeof UpdateOutcomeSchema>;

/** Messages that are stored and returned without being looked into. */
export const Opaque = json;
