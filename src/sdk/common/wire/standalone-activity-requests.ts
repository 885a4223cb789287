/** Requests and responses of the calls on activities that have no workflow. */
import { ActivityCallbackInfoSchema } from './callbacks.ts';
import { LinkSchema } from './links.ts';
import {
  ActivityTypeSchema,
  FailureField,
  HeaderSchema,
  PayloadsSchema,
  PendingActivityState,
  PrioritySchema,
  RetryPolicySchema,
  SearchAttributesSchema,
  TaskQueueSchema,
  UserMetadataSchema,
} from './messages.ts';
import {
  commandFields,
  countFields,
  idConflictPolicies,
  idReusePolicies,
  listFields,
  OnConflictOptionsSchema,
} from './request-fields.ts';
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
  message,
  required,
  str,
  time,
} from './schema.ts';

export const ActivityIdReusePolicy = enumeration('ACTIVITY_ID_REUSE_POLICY_', idReusePolicies);

export const ActivityIdConflictPolicy = enumeration('ACTIVITY_ID_CONFLICT_POLICY_', idConflictPolicies);

export const ActivityExecutionStatus = enumeration('ACTIVITY_EXECUTION_STATUS_', {
  RUNNING: 1,
  COMPLETED: 2,
  FAILED: 3,
  CANCELED: 4,
  TERMINATED: 5,
  TIMED_OUT: 6,
  PAUSED: 7,
});
export type ActivityExecutionStatusName = keyof typeof ActivityExecutionStatus.values;

const timeouts = {
  scheduleToCloseTimeout: dur,
  scheduleToStartTimeout: dur,
  startToCloseTimeout: dur,
  heartbeatTimeout: dur,
} as const;

export const StartActivityExecutionRequestSchema = message('StartActivityExecutionRequest', {
  namespace: required(str),
  identity: str,
  requestId: str,
  activityId: required(str),
  activityType: required(ActivityTypeSchema),
  taskQueue: required(TaskQueueSchema),
  ...timeouts,
  retryPolicy: RetryPolicySchema,
  input: PayloadsSchema,
  idReusePolicy: ActivityIdReusePolicy,
  idConflictPolicy: ActivityIdConflictPolicy,
  searchAttributes: SearchAttributesSchema,
  header: HeaderSchema,
  userMetadata: UserMetadataSchema,
  priority: PrioritySchema,
  completionCallbacks: list(json),
  links: list(LinkSchema),
  onConflictOptions: OnConflictOptionsSchema,
  startDelay: dur,
});
export type StartActivityExecutionRequest = Infer<typeof StartActivityExecutionRequestSchema>;

export const StartActivityExecutionResponseSchema = message('StartActivityExecutionResponse', {
  runId: required(str),
  started: bool,
  link: LinkSchema,
});
export type StartActivityExecutionResponse = Infer<typeof StartActivityExecutionResponseSchema>;

/** What lists show of one. */
const listedFields = {
  activityId: required(str),
  runId: str,
  activityType: required(ActivityTypeSchema),
  scheduleTime: time,
  closeTime: time,
  status: ActivityExecutionStatus,
  searchAttributes: SearchAttributesSchema,
  taskQueue: str,
  stateTransitionCount: i64,
  stateSizeBytes: i64,
  executionDuration: dur,
  executionTime: time,
} as const;

export const ActivityExecutionListInfoSchema = message('ActivityExecutionListInfo', listedFields);
export type ActivityExecutionListInfo = Infer<typeof ActivityExecutionListInfoSchema>;

export const ActivityExecutionInfoSchema = message('ActivityExecutionInfo', {
  ...listedFields,
  runState: PendingActivityState,
  ...timeouts,
  retryPolicy: RetryPolicySchema,
  heartbeatDetails: PayloadsSchema,
  lastHeartbeatTime: time,
  lastStartedTime: time,
  attempt: i32,
  expirationTime: time,
  lastFailure: FailureField,
  lastWorkerIdentity: str,
  currentRetryInterval: dur,
  lastAttemptCompleteTime: time,
  nextAttemptScheduleTime: time,
  lastDeploymentVersion: json,
  priority: PrioritySchema,
  header: HeaderSchema,
  userMetadata: UserMetadataSchema,
  canceledReason: str,
  links: list(LinkSchema),
  totalHeartbeatCount: i64,
  sdkName: str,
  sdkVersion: str,
  startDelay: dur,
});
export type ActivityExecutionInfo = Infer<typeof ActivityExecutionInfoSchema>;

/** One of the two. */
export const ActivityExecutionOutcomeSchema = message('ActivityExecutionOutcome', {
  result: PayloadsSchema,
  failure: FailureField,
});
export type ActivityExecutionOutcome = Infer<typeof ActivityExecutionOutcomeSchema>;

const one = { namespace: required(str), activityId: required(str), runId: str } as const;

export const DescribeActivityExecutionRequestSchema = message('DescribeActivityExecutionRequest', {
  ...one,
  includeInput: bool,
  includeOutcome: bool,
  includeHeartbeatDetails: bool,
  includeLastFailure: bool,
  longPollToken: bytes,
});
export type DescribeActivityExecutionRequest = Infer<typeof DescribeActivityExecutionRequestSchema>;

export const DescribeActivityExecutionResponseSchema = message('DescribeActivityExecutionResponse', {
  runId: str,
  info: ActivityExecutionInfoSchema,
  input: PayloadsSchema,
  outcome: ActivityExecutionOutcomeSchema,
  longPollToken: bytes,
  callbacks: list(ActivityCallbackInfoSchema),
});
export type DescribeActivityExecutionResponse = Infer<typeof DescribeActivityExecutionResponseSchema>;

export const PollActivityExecutionRequestSchema = message('PollActivityExecutionRequest', one);

/** Empty when the activity has not closed in time. */
export const PollActivityExecutionResponseSchema = message('PollActivityExecutionResponse', {
  runId: str,
  outcome: ActivityExecutionOutcomeSchema,
});
export type PollActivityExecutionResponse = Infer<typeof PollActivityExecutionResponseSchema>;

export const ListActivityExecutionsRequestSchema = message('ListActivityExecutionsRequest', listFields);

export const ListActivityExecutionsResponseSchema = message('ListActivityExecutionsResponse', {
  executions: list(ActivityExecutionListInfoSchema),
  nextPageToken: bytes,
});

export const CountActivityExecutionsRequestSchema = message('CountActivityExecutionsRequest', countFields);

const command = { ...one, ...commandFields } as const;

export const RequestCancelActivityExecutionRequestSchema = message(
  'RequestCancelActivityExecutionRequest',
  command,
);
export const TerminateActivityExecutionRequestSchema = message('TerminateActivityExecutionRequest', command);
export type ActivityExecutionCommand = Infer<typeof TerminateActivityExecutionRequestSchema>;

export const DeleteActivityExecutionRequestSchema = message('DeleteActivityExecutionRequest', one);
