/** Requests and responses of the calls that read workflows: describe, history, lists and counts. */
import { ActivityOptionsSchema } from './activity-requests.ts';
import { CallbackInfoSchema } from './callbacks.ts';
import { LinkedEventType } from './links.ts';
import {
  ActivityTypeSchema,
  FailureField,
  MemoSchema,
  ParentClosePolicy,
  PayloadSchema,
  PayloadsSchema,
  PendingActivityState,
  PendingWorkflowTaskState,
  PrioritySchema,
  ResetPointsSchema,
  SearchAttributesSchema,
  TaskQueueSchema,
  UserMetadataSchema,
  WorkflowExecutionSchema,
  WorkflowExecutionStatus,
  WorkflowExecutionVersioningInfoSchema,
  WorkflowTypeSchema,
} from './messages.ts';
import { PendingNexusOperationInfoSchema } from './nexus-requests.ts';
import { listFields } from './request-fields.ts';
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

export const HistoryEventFilterType = enumeration('HISTORY_EVENT_FILTER_TYPE_', {
  ALL_EVENT: 1,
  CLOSE_EVENT: 2,
});

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
