/** Requests and responses of the calls on activities: respond and heartbeat, by ID and by token; operator commands. */
import {
  FailureField,
  PayloadsSchema,
  PrioritySchema,
  RetryPolicySchema,
  TaskQueueSchema,
  WorkflowExecutionSchema,
} from './messages.ts';
import { bool, bytes, dur, type Infer, list, message, required, str } from './schema.ts';

const byId = {
  namespace: required(str),
  /** Unset for an activity without a workflow. */
  workflowId: str,
  runId: str,
  activityId: required(str),
  identity: str,
} as const;

const byToken = { namespace: required(str), taskToken: required(bytes), identity: str } as const;

export const RespondActivityTaskCompletedByIdRequestSchema = message(
  'RespondActivityTaskCompletedByIdRequest',
  {
    ...byId,
    result: PayloadsSchema,
  },
);
export type RespondActivityTaskCompletedByIdRequest = Infer<
  typeof RespondActivityTaskCompletedByIdRequestSchema
>;

export const RespondActivityTaskFailedByIdRequestSchema = message('RespondActivityTaskFailedByIdRequest', {
  ...byId,
  failure: FailureField,
  lastHeartbeatDetails: PayloadsSchema,
});
export type RespondActivityTaskFailedByIdRequest = Infer<typeof RespondActivityTaskFailedByIdRequestSchema>;

export const RespondActivityTaskCanceledByIdRequestSchema = message(
  'RespondActivityTaskCanceledByIdRequest',
  {
    ...byId,
    details: PayloadsSchema,
  },
);
export type RespondActivityTaskCanceledByIdRequest = Infer<
  typeof RespondActivityTaskCanceledByIdRequestSchema
>;

export const RecordActivityTaskHeartbeatByIdRequestSchema = message(
  'RecordActivityTaskHeartbeatByIdRequest',
  {
    ...byId,
    details: PayloadsSchema,
  },
);
export type RecordActivityTaskHeartbeatByIdRequest = Infer<
  typeof RecordActivityTaskHeartbeatByIdRequestSchema
>;

export const RespondActivityTaskCompletedRequestSchema = message('RespondActivityTaskCompletedRequest', {
  ...byToken,
  result: PayloadsSchema,
});
export type RespondActivityTaskCompletedRequest = Infer<typeof RespondActivityTaskCompletedRequestSchema>;

export const RespondActivityTaskFailedRequestSchema = message('RespondActivityTaskFailedRequest', {
  ...byToken,
  failure: FailureField,
  lastHeartbeatDetails: PayloadsSchema,
});
export type RespondActivityTaskFailedRequest = Infer<typeof RespondActivityTaskFailedRequestSchema>;

export const RespondActivityTaskFailedResponseSchema = message('RespondActivityTaskFailedResponse', {
  failures: list(FailureField),
});
export type RespondActivityTaskFailedResponse = Infer<typeof RespondActivityTaskFailedResponseSchema>;

export const RespondActivityTaskCanceledRequestSchema = message('RespondActivityTaskCanceledRequest', {
  ...byToken,
  details: PayloadsSchema,
});
export type RespondActivityTaskCanceledRequest = Infer<typeof RespondActivityTaskCanceledRequestSchema>;

export const RecordActivityTaskHeartbeatRequestSchema = message('RecordActivityTaskHeartbeatRequest', {
  ...byToken,
  details: PayloadsSchema,
});
export type RecordActivityTaskHeartbeatRequest = Infer<typeof RecordActivityTaskHeartbeatRequestSchema>;

/** The answer to both forms of heartbeat. */
export const RecordActivityTaskHeartbeatResponseSchema = message('RecordActivityTaskHeartbeatResponse', {
  cancelRequested: bool,
  activityPaused: bool,
  activityReset: bool,
});
export type RecordActivityTaskHeartbeatResponse = Infer<typeof RecordActivityTaskHeartbeatResponseSchema>;

export const PauseActivityExecutionRequestSchema = message('PauseActivityExecutionRequest', {
  ...byId,
  reason: str,
  requestId: str,
});
export type PauseActivityExecutionRequest = Infer<typeof PauseActivityExecutionRequestSchema>;

export const UnpauseActivityExecutionRequestSchema = message('UnpauseActivityExecutionRequest', {
  ...byId,
  resetAttempts: bool,
  resetHeartbeat: bool,
  reason: str,
  jitter: dur,
});
export type UnpauseActivityExecutionRequest = Infer<typeof UnpauseActivityExecutionRequestSchema>;

export const ResetActivityExecutionRequestSchema = message('ResetActivityExecutionRequest', {
  ...byId,
  resetHeartbeat: bool,
  keepPaused: bool,
  jitter: dur,
  restoreOriginalOptions: bool,
});
export type ResetActivityExecutionRequest = Infer<typeof ResetActivityExecutionRequestSchema>;

export const ActivityOptionsSchema = message('ActivityOptions', {
  taskQueue: TaskQueueSchema,
  scheduleToCloseTimeout: dur,
  scheduleToStartTimeout: dur,
  startToCloseTimeout: dur,
  heartbeatTimeout: dur,
  retryPolicy: RetryPolicySchema,
  priority: PrioritySchema,
  startDelay: dur,
});
/** Options of a scheduled activity as they are on the wire: durations in milliseconds. */
export type WireActivityOptions = Infer<typeof ActivityOptionsSchema>;

export const UpdateActivityExecutionOptionsRequestSchema = message('UpdateActivityExecutionOptionsRequest', {
  ...byId,
  activityOptions: ActivityOptionsSchema,
  /** Comma-separated paths, camelCase. */
  updateMask: str,
  restoreOriginal: bool,
});
export type UpdateActivityExecutionOptionsRequest = Infer<typeof UpdateActivityExecutionOptionsRequestSchema>;

export const UpdateActivityOptionsResponseSchema = message('UpdateActivityOptionsResponse', {
  activityOptions: ActivityOptionsSchema,
});
export type UpdateActivityOptionsResponse = Infer<typeof UpdateActivityOptionsResponseSchema>;

const byIdOrType = {
  namespace: required(str),
  execution: required(WorkflowExecutionSchema),
  identity: str,
  id: str,
  type: str,
} as const;

export const PauseActivityRequestSchema = message('PauseActivityRequest', {
  ...byIdOrType,
  reason: str,
  requestId: str,
});
export type PauseActivityRequest = Infer<typeof PauseActivityRequestSchema>;

export const UnpauseActivityRequestSchema = message('UnpauseActivityRequest', {
  ...byIdOrType,
  unpauseAll: bool,
  resetAttempts: bool,
  resetHeartbeat: bool,
  jitter: dur,
});
export type UnpauseActivityRequest = Infer<typeof UnpauseActivityRequestSchema>;

export const ResetActivityRequestSchema = message('ResetActivityRequest', {
  ...byIdOrType,
  matchAll: bool,
  resetHeartbeat: bool,
  keepPaused: bool,
  jitter: dur,
  restoreOriginalOptions: bool,
});
export type ResetActivityRequest = Infer<typeof ResetActivityRequestSchema>;

export const UpdateActivityOptionsRequestSchema = message('UpdateActivityOptionsRequest', {
  ...byIdOrType,
  activityOptions: ActivityOptionsSchema,
  updateMask: str,
  matchAll: bool,
  restoreOriginal: bool,
});
export type UpdateActivityOptionsRequest = Infer<typeof UpdateActivityOptionsRequestSchema>;
