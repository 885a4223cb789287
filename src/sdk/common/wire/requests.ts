/**
 * Requests and responses of the calls on workflows, as schemas. A route merges what stands in the path into the body before
 * it decodes, so `namespace`, `workflowId` and the like are `required` although callers put them in the URL.
 */
import { ActivityOptionsSchema } from './activity-requests.ts';
import { CallbackInfoSchema } from './callbacks.ts';
import { LinkedEventType, LinkSchema } from './links.ts';
import {
  ActivityTypeSchema,
  FailureField,
  HeaderSchema,
  MemoSchema,
  ParentClosePolicy,
  PayloadSchema,
  PayloadsSchema,
  PendingActivityState,
  PendingWorkflowTaskState,
  PrioritySchema,
  QueryRejectCondition,
  ResetPointsSchema,
  RetryPolicySchema,
  SearchAttributesSchema,
  TaskQueueSchema,
  UpdateOutcomeSchema,
  UpdateStage,
  UserMetadataSchema,
  WorkflowExecutionSchema,
  WorkflowExecutionStatus,
  WorkflowExecutionVersioningInfoSchema,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowTypeSchema,
} from './messages.ts';
import { PendingNexusOperationInfoSchema } from './nexus-requests.ts';
import { listFields, OnConflictOptionsSchema } from './request-fields.ts';
import {
  bool,
  bytes,
  dur,
  enumeration,
  type Infer,
  i32,
  i64,
  json,
  list,
  map,
  message,
  required,
  str,
  time,
} from './schema.ts';

export * from './activity-requests.ts';
export { type Link, LinkedEventType, LinkSchema } from './links.ts';
export * from './namespace-requests.ts';

export const HistoryEventFilterType = enumeration('HISTORY_EVENT_FILTER_TYPE_', {
  ALL_EVENT: 1,
  CLOSE_EVENT: 2,
});
export const ResetReapplyType = enumeration('RESET_REAPPLY_TYPE_', { SIGNAL: 1, NONE: 2, ALL_ELIGIBLE: 3 });
export const ResetReapplyExcludeType = enumeration('RESET_REAPPLY_EXCLUDE_TYPE_', {
  SIGNAL: 1,
  UPDATE: 2,
  NEXUS: 3,
  CANCEL_REQUEST: 4,
});
const startFields = {
  namespace: required(str),
  workflowId: required(str),
  workflowType: required(WorkflowTypeSchema),
  taskQueue: required(TaskQueueSchema),
  input: PayloadsSchema,
  workflowExecutionTimeout: dur,
  workflowRunTimeout: dur,
  workflowTaskTimeout: dur,
  identity: str,
  requestId: str,
  workflowIdReusePolicy: WorkflowIdReusePolicy,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy,
  retryPolicy: RetryPolicySchema,
  cronSchedule: str,
  memo: MemoSchema,
  searchAttributes: SearchAttributesSchema,
  header: HeaderSchema,
  workflowStartDelay: dur,
  userMetadata: UserMetadataSchema,
  links: list(LinkSchema),
  versioningOverride: json,
  priority: PrioritySchema,
  timeSkippingConfig: json,
} as const;

export const StartWorkflowExecutionRequestSchema = message('StartWorkflowExecutionRequest', {
  ...startFields,
  requestEagerExecution: bool,
  continuedFailure: FailureField,
  lastCompletionResult: PayloadsSchema,
  completionCallbacks: list(json),
  onConflictOptions: OnConflictOptionsSchema,
  eagerWorkerDeploymentOptions: json,
});
export type StartWorkflowExecutionRequest = Infer<typeof StartWorkflowExecutionRequestSchema>;

export const StartWorkflowExecutionResponseSchema = message('StartWorkflowExecutionResponse', {
  runId: required(str),
  firstExecutionRunId: str,
  started: bool,
  status: WorkflowExecutionStatus,
  link: LinkSchema,
});
export type StartWorkflowExecutionResponse = Infer<typeof StartWorkflowExecutionResponseSchema>;

export const SignalWorkflowExecutionRequestSchema = message('SignalWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  signalName: required(str),
  input: PayloadsSchema,
  identity: str,
  requestId: str,
  control: str,
  header: HeaderSchema,
  links: list(LinkSchema),
});
export type SignalWorkflowExecutionRequest = Infer<typeof SignalWorkflowExecutionRequestSchema>;

export const SignalWorkflowExecutionResponseSchema = message('SignalWorkflowExecutionResponse', {
  link: LinkSchema,
});
export type SignalWorkflowExecutionResponse = Infer<typeof SignalWorkflowExecutionResponseSchema>;

export const SignalWithStartWorkflowExecutionRequestSchema = message(
  'SignalWithStartWorkflowExecutionRequest',
  {
    ...startFields,
    signalName: required(str),
    signalInput: PayloadsSchema,
    control: str,
  },
);
export type SignalWithStartWorkflowExecutionRequest = Infer<
  typeof SignalWithStartWorkflowExecutionRequestSchema
>;

export const SignalWithStartWorkflowExecutionResponseSchema = message(
  'SignalWithStartWorkflowExecutionResponse',
  {
    runId: required(str),
    firstExecutionRunId: str,
    started: bool,
    signalLink: LinkSchema,
  },
);
export type SignalWithStartWorkflowExecutionResponse = Infer<
  typeof SignalWithStartWorkflowExecutionResponseSchema
>;

export const QueryWorkflowRequestSchema = message('QueryWorkflowRequest', {
  namespace: required(str),
  execution: required(WorkflowExecutionSchema),
  query: required(
    message('WorkflowQuery', { queryType: required(str), queryArgs: PayloadsSchema, header: HeaderSchema }),
  ),
  queryRejectCondition: QueryRejectCondition,
});
export type QueryWorkflowRequest = Infer<typeof QueryWorkflowRequestSchema>;

export const QueryWorkflowResponseSchema = message('QueryWorkflowResponse', {
  queryResult: PayloadsSchema,
  queryRejected: message('QueryRejected', { status: WorkflowExecutionStatus }),
  link: LinkSchema,
});
export type QueryWorkflowResponse = Infer<typeof QueryWorkflowResponseSchema>;

export const UpdateWorkflowExecutionRequestSchema = message('UpdateWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  firstExecutionRunId: str,
  waitPolicy: message('WaitPolicy', { lifecycleStage: UpdateStage }),
  /** As in history, but `meta` and its `updateId` may be left out: the server then makes an ID. */
  request: required(
    message('UpdateRequest', {
      meta: message('UpdateMeta', { updateId: str, identity: str }),
      input: required(
        message('UpdateInput', { header: HeaderSchema, name: required(str), args: PayloadsSchema }),
      ),
      requestId: str,
      completionCallbacks: list(json),
      links: list(LinkSchema),
    }),
  ),
});
export type UpdateWorkflowExecutionRequest = Infer<typeof UpdateWorkflowExecutionRequestSchema>;

export const UpdateRefSchema = message('UpdateRef', {
  workflowExecution: WorkflowExecutionSchema,
  updateId: str,
});
export type UpdateRef = Infer<typeof UpdateRefSchema>;

export const UpdateWorkflowExecutionResponseSchema = message('UpdateWorkflowExecutionResponse', {
  updateRef: UpdateRefSchema,
  outcome: UpdateOutcomeSchema,
  stage: UpdateStage,
  link: LinkSchema,
});
export type UpdateWorkflowExecutionResponse = Infer<typeof UpdateWorkflowExecutionResponseSchema>;

export const PollWorkflowExecutionUpdateRequestSchema = message('PollWorkflowExecutionUpdateRequest', {
  namespace: required(str),
  updateRef: required(UpdateRefSchema),
  identity: str,
  waitPolicy: message('WaitPolicy', { lifecycleStage: UpdateStage }),
});
export type PollWorkflowExecutionUpdateRequest = Infer<typeof PollWorkflowExecutionUpdateRequestSchema>;

export const DescribeWorkflowExecutionRequestSchema = message('DescribeWorkflowExecutionRequest', {
  namespace: required(str),
  execution: required(WorkflowExecutionSchema),
});
export type DescribeWorkflowExecutionRequest = Infer<typeof DescribeWorkflowExecutionRequestSchema>;

export const WorkflowExecutionInfoSchema = message('WorkflowExecutionInfo', {
  execution: required(WorkflowExecutionSchema),
  type: required(WorkflowTypeSchema),
  startTime: time,
  closeTime: time,
  status: WorkflowExecutionStatus,
  historyLength: i64,
  parentNamespaceId: str,
  parentExecution: WorkflowExecutionSchema,
  executionTime: time,
  memo: MemoSchema,
  searchAttributes: SearchAttributesSchema,
  autoResetPoints: ResetPointsSchema,
  taskQueue: str,
  stateTransitionCount: i64,
  historySizeBytes: i64,
  mostRecentWorkerVersionStamp: json,
  executionDuration: dur,
  rootExecution: WorkflowExecutionSchema,
  assignedBuildId: str,
  inheritedBuildId: str,
  firstRunId: str,
  versioningInfo: WorkflowExecutionVersioningInfoSchema,
  workerDeploymentName: str,
  priority: PrioritySchema,
  externalPayloadSizeBytes: i64,
  externalPayloadCount: i64,
});
export type WorkflowExecutionInfo = Infer<typeof WorkflowExecutionInfoSchema>;

export const WorkflowExecutionConfigSchema = message('WorkflowExecutionConfig', {
  taskQueue: TaskQueueSchema,
  workflowExecutionTimeout: dur,
  workflowRunTimeout: dur,
  defaultWorkflowTaskTimeout: dur,
  userMetadata: UserMetadataSchema,
});
export type WorkflowExecutionConfig = Infer<typeof WorkflowExecutionConfigSchema>;

export const PendingActivityInfoSchema = message('PendingActivityInfo', {
  activityId: required(str),
  activityType: required(ActivityTypeSchema),
  state: PendingActivityState,
  heartbeatDetails: PayloadsSchema,
  lastHeartbeatTime: time,
  lastStartedTime: time,
  attempt: i32,
  maximumAttempts: i32,
  scheduledTime: time,
  expirationTime: time,
  lastFailure: FailureField,
  lastWorkerIdentity: str,
  currentRetryInterval: dur,
  lastAttemptCompleteTime: time,
  nextAttemptScheduleTime: time,
  paused: bool,
  priority: PrioritySchema,
  pauseInfo: message('PauseInfo', {
    pauseTime: time,
    manual: message('Manual', { identity: str, reason: str }),
    rule: message('Rule', { ruleId: str, identity: str, reason: str }),
  }),
  activityOptions: ActivityOptionsSchema,
});
export type PendingActivityInfo = Infer<typeof PendingActivityInfoSchema>;

export const PendingChildExecutionInfoSchema = message('PendingChildExecutionInfo', {
  workflowId: str,
  runId: str,
  workflowTypeName: str,
  initiatedId: i64,
  parentClosePolicy: ParentClosePolicy,
});
export type PendingChildExecutionInfo = Infer<typeof PendingChildExecutionInfoSchema>;

export const PendingWorkflowTaskInfoSchema = message('PendingWorkflowTaskInfo', {
  state: PendingWorkflowTaskState,
  scheduledTime: time,
  originalScheduledTime: time,
  startedTime: time,
  attempt: i32,
  /** Not Temporal's: why the attempt before this one did not complete. */
  lastFailure: FailureField,
});
export type PendingWorkflowTaskInfo = Infer<typeof PendingWorkflowTaskInfoSchema>;

export const WorkflowExecutionExtendedInfoSchema = message('WorkflowExecutionExtendedInfo', {
  executionExpirationTime: time,
  runExpirationTime: time,
  cancelRequested: bool,
  lastResetTime: time,
  originalStartTime: time,
  resetRunId: str,
  requestIdInfos: map(message('RequestIdInfo', { eventType: LinkedEventType, eventId: i64, buffered: bool })),
  pauseInfo: message('WorkflowExecutionPauseInfo', { identity: str, pausedTime: time, reason: str }),
});
export type WorkflowExecutionExtendedInfo = Infer<typeof WorkflowExecutionExtendedInfoSchema>;

export const DescribeWorkflowExecutionResponseSchema = message('DescribeWorkflowExecutionResponse', {
  executionConfig: required(WorkflowExecutionConfigSchema),
  workflowExecutionInfo: required(WorkflowExecutionInfoSchema),
  pendingActivities: list(PendingActivityInfoSchema),
  pendingChildren: list(PendingChildExecutionInfoSchema),
  pendingWorkflowTask: PendingWorkflowTaskInfoSchema,
  callbacks: list(CallbackInfoSchema),
  pendingNexusOperations: list(PendingNexusOperationInfoSchema),
  workflowExtendedInfo: WorkflowExecutionExtendedInfoSchema,
});
export type DescribeWorkflowExecutionResponse = Infer<typeof DescribeWorkflowExecutionResponseSchema>;

/** Comes as a query string. The response is `{ history: { events }, nextPageToken }`: events are written by `historyToJson`. */
export const GetWorkflowExecutionHistoryRequestSchema = message('GetWorkflowExecutionHistoryRequest', {
  namespace: required(str),
  execution: required(WorkflowExecutionSchema),
  maximumPageSize: i32,
  nextPageToken: bytes,
  waitNewEvent: bool,
  historyEventFilterType: HistoryEventFilterType,
  skipArchival: bool,
});
export type GetWorkflowExecutionHistoryRequest = Infer<typeof GetWorkflowExecutionHistoryRequestSchema>;

export const ListWorkflowExecutionsRequestSchema = message('ListWorkflowExecutionsRequest', listFields);
export type ListWorkflowExecutionsRequest = Infer<typeof ListWorkflowExecutionsRequestSchema>;

export const ListWorkflowExecutionsResponseSchema = message('ListWorkflowExecutionsResponse', {
  executions: list(WorkflowExecutionInfoSchema),
  nextPageToken: bytes,
});
export type ListWorkflowExecutionsResponse = Infer<typeof ListWorkflowExecutionsResponseSchema>;

export const CountWorkflowExecutionsResponseSchema = message('CountWorkflowExecutionsResponse', {
  count: i64,
  groups: list(message('AggregationGroup', { groupValues: list(PayloadSchema), count: i64 })),
});
export type CountWorkflowExecutionsResponse = Infer<typeof CountWorkflowExecutionsResponseSchema>;

export const RequestCancelWorkflowExecutionRequestSchema = message('RequestCancelWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  identity: str,
  requestId: str,
  firstExecutionRunId: str,
  reason: str,
  links: list(LinkSchema),
});
export type RequestCancelWorkflowExecutionRequest = Infer<typeof RequestCancelWorkflowExecutionRequestSchema>;

export const TerminateWorkflowExecutionRequestSchema = message('TerminateWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  reason: str,
  details: PayloadsSchema,
  identity: str,
  firstExecutionRunId: str,
  links: list(LinkSchema),
});
export type TerminateWorkflowExecutionRequest = Infer<typeof TerminateWorkflowExecutionRequestSchema>;

export const ResetWorkflowExecutionRequestSchema = message('ResetWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  reason: str,
  workflowTaskFinishEventId: i64,
  requestId: str,
  resetReapplyType: ResetReapplyType,
  resetReapplyExcludeTypes: list(ResetReapplyExcludeType),
  postResetOperations: list(json),
  identity: str,
});
export type ResetWorkflowExecutionRequest = Infer<typeof ResetWorkflowExecutionRequestSchema>;

export const ResetWorkflowExecutionResponseSchema = message('ResetWorkflowExecutionResponse', {
  runId: required(str),
});
export type ResetWorkflowExecutionResponse = Infer<typeof ResetWorkflowExecutionResponseSchema>;

const pauseFields = {
  namespace: required(str),
  workflowId: required(str),
  runId: str,
  identity: str,
  reason: str,
  requestId: str,
} as const;

export const PauseWorkflowExecutionRequestSchema = message('PauseWorkflowExecutionRequest', pauseFields);
export type PauseWorkflowExecutionRequest = Infer<typeof PauseWorkflowExecutionRequestSchema>;

export const UnpauseWorkflowExecutionRequestSchema = message('UnpauseWorkflowExecutionRequest', pauseFields);
export type UnpauseWorkflowExecutionRequest = Infer<typeof UnpauseWorkflowExecutionRequestSchema>;

export const WorkflowExecutionOptionsSchema = message('WorkflowExecutionOptions', {
  versioningOverride: json,
  priority: PrioritySchema,
  timeSkippingConfig: json,
});

export const UpdateWorkflowExecutionOptionsRequestSchema = message('UpdateWorkflowExecutionOptionsRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  workflowExecutionOptions: WorkflowExecutionOptionsSchema,
  updateMask: str,
  identity: str,
});
export type UpdateWorkflowExecutionOptionsRequest = Infer<typeof UpdateWorkflowExecutionOptionsRequestSchema>;

export const UpdateWorkflowExecutionOptionsResponseSchema = message(
  'UpdateWorkflowExecutionOptionsResponse',
  {
    workflowExecutionOptions: WorkflowExecutionOptionsSchema,
    updateTime: time,
  },
);
export type UpdateWorkflowExecutionOptionsResponse = Infer<
  typeof UpdateWorkflowExecutionOptionsResponseSchema
>;

/** The answer of calls that say nothing. */
export const EmptyResponseSchema = message('Empty', {});
