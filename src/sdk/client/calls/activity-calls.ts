/** The calls on activities: results and heartbeats by token and by ID, and operators' commands. */
import {
  EmptyResponseSchema,
  PauseActivityExecutionRequestSchema,
  PauseActivityRequestSchema,
  RecordActivityTaskHeartbeatByIdRequestSchema,
  RecordActivityTaskHeartbeatRequestSchema,
  RecordActivityTaskHeartbeatResponseSchema,
  ResetActivityExecutionRequestSchema,
  ResetActivityRequestSchema,
  RespondActivityTaskCanceledByIdRequestSchema,
  RespondActivityTaskCanceledRequestSchema,
  RespondActivityTaskCompletedByIdRequestSchema,
  RespondActivityTaskCompletedRequestSchema,
  RespondActivityTaskFailedByIdRequestSchema,
  RespondActivityTaskFailedRequestSchema,
  RespondActivityTaskFailedResponseSchema,
  UnpauseActivityExecutionRequestSchema,
  UnpauseActivityRequestSchema,
  UpdateActivityExecutionOptionsRequestSchema,
  UpdateActivityOptionsRequestSchema,
  UpdateActivityOptionsResponseSchema,
} from '../../common/wire/requests.ts';
import { defineCall, messageResponse } from './call.ts';

const byToken = '/namespaces/{namespace}';
const byId = '/namespaces/{namespace}/workflows/{workflowId}/activities/{activityId}';
/** The same of an activity without a workflow. */
const standalone = '/namespaces/{namespace}/activities/{activityId}';
const byType = '/namespaces/{namespace}/activities-deprecated';
const empty = messageResponse(EmptyResponseSchema);
const failed = messageResponse(RespondActivityTaskFailedResponseSchema);
const heartbeat = messageResponse(RecordActivityTaskHeartbeatResponseSchema);
const options = messageResponse(UpdateActivityOptionsResponseSchema);

export const activityCalls = {
  respondActivityTaskCompleted: defineCall({
    path: `${byToken}/activity-complete`,
    request: RespondActivityTaskCompletedRequestSchema,
    response: empty,
  }),
  respondActivityTaskFailed: defineCall({
    path: `${byToken}/activity-fail`,
    request: RespondActivityTaskFailedRequestSchema,
    response: failed,
  }),
  respondActivityTaskCanceled: defineCall({
    path: `${byToken}/activity-resolve-as-canceled`,
    request: RespondActivityTaskCanceledRequestSchema,
    response: empty,
  }),
  recordActivityTaskHeartbeat: defineCall({
    path: `${byToken}/activity-heartbeat`,
    request: RecordActivityTaskHeartbeatRequestSchema,
    response: heartbeat,
  }),
  respondActivityTaskCompletedById: defineCall({
    path: `${byId}/complete`,
    standalonePath: `${standalone}/complete`,
    request: RespondActivityTaskCompletedByIdRequestSchema,
    response: empty,
  }),
  respondActivityTaskFailedById: defineCall({
    path: `${byId}/fail`,
    standalonePath: `${standalone}/fail`,
    request: RespondActivityTaskFailedByIdRequestSchema,
    response: failed,
  }),
  respondActivityTaskCanceledById: defineCall({
    path: `${byId}/resolve-as-canceled`,
    standalonePath: `${standalone}/resolve-as-canceled`,
    request: RespondActivityTaskCanceledByIdRequestSchema,
    response: empty,
  }),
  recordActivityTaskHeartbeatById: defineCall({
    path: `${byId}/heartbeat`,
    standalonePath: `${standalone}/heartbeat`,
    request: RecordActivityTaskHeartbeatByIdRequestSchema,
    response: heartbeat,
  }),
  pauseActivityExecution: defineCall({
    path: `${byId}/pause`,
    standalonePath: `${standalone}/pause`,
    request: PauseActivityExecutionRequestSchema,
    response: empty,
  }),
  unpauseActivityExecution: defineCall({
    path: `${byId}/unpause`,
    standalonePath: `${standalone}/unpause`,
    request: UnpauseActivityExecutionRequestSchema,
    response: empty,
  }),
  resetActivityExecution: defineCall({
    path: `${byId}/reset`,
    standalonePath: `${standalone}/reset`,
    request: ResetActivityExecutionRequestSchema,
    response: empty,
  }),
  updateActivityExecutionOptions: defineCall({
    path: `${byId}/update-options`,
    standalonePath: `${standalone}/update-options`,
    request: UpdateActivityExecutionOptionsRequestSchema,
    response: options,
  }),
  pauseActivity: defineCall({
    path: `${byType}/pause`,
    request: PauseActivityRequestSchema,
    response: empty,
  }),
  unpauseActivity: defineCall({
    path: `${byType}/unpause`,
    request: UnpauseActivityRequestSchema,
    response: empty,
  }),
  resetActivity: defineCall({
    path: `${byType}/reset`,
    request: ResetActivityRequestSchema,
    response: empty,
  }),
  updateActivityOptions: defineCall({
    path: `${byType}/update-options`,
    request: UpdateActivityOptionsRequestSchema,
    response: options,
  }),
} as const;
