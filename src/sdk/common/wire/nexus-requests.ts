/** Requests and responses about Nexus: the registry of endpoints, and the tasks of those who serve operations. */
import { FailureField, PayloadSchema } from './messages.ts';
import {
  bytes,
  dur,
  enumeration,
  type Infer,
  i32,
  i64,
  list,
  message,
  required,
  str,
  time,
} from './schema.ts';

export const NexusEndpointSpecSchema = message('EndpointSpec', {
  name: str,
  description: PayloadSchema,
  target: message('EndpointTarget', {
    worker: message('EndpointTargetWorker', { namespace: str, taskQueue: str }),
    external: message('EndpointTargetExternal', { url: str }),
  }),
});
export type NexusEndpointSpec = Infer<typeof NexusEndpointSpecSchema>;

export const NexusEndpointSchema = message('Endpoint', {
  version: i64,
  id: str,
  spec: NexusEndpointSpecSchema,
  createdTime: time,
  lastModifiedTime: time,
  urlPrefix: str,
});
export type WireNexusEndpoint = Infer<typeof NexusEndpointSchema>;

export const CreateNexusEndpointRequestSchema = message('CreateNexusEndpointRequest', {
  spec: required(NexusEndpointSpecSchema),
});
export const NexusEndpointResponseSchema = message('NexusEndpointResponse', {
  endpoint: NexusEndpointSchema,
});
export const GetNexusEndpointRequestSchema = message('GetNexusEndpointRequest', { id: required(str) });
export const UpdateNexusEndpointRequestSchema = message('UpdateNexusEndpointRequest', {
  id: required(str),
  version: required(i64),
  spec: required(NexusEndpointSpecSchema),
});
export const DeleteNexusEndpointRequestSchema = message('DeleteNexusEndpointRequest', {
  id: required(str),
  version: required(i64),
});
export const ListNexusEndpointsRequestSchema = message('ListNexusEndpointsRequest', {
  pageSize: i32,
  nextPageToken: bytes,
  name: str,
});
export const ListNexusEndpointsResponseSchema = message('ListNexusEndpointsResponse', {
  nextPageToken: bytes,
  endpoints: list(NexusEndpointSchema),
});

const PendingNexusOperationState = enumeration('PENDING_NEXUS_OPERATION_STATE_', {
  SCHEDULED: 1,
  BACKING_OFF: 2,
  STARTED: 3,
  BLOCKED: 4,
});
const NexusOperationCancellationState = enumeration('NEXUS_OPERATION_CANCELLATION_STATE_', {
  SCHEDULED: 1,
  BACKING_OFF: 2,
  SUCCEEDED: 3,
  FAILED: 4,
  TIMED_OUT: 5,
  BLOCKED: 6,
});

/** A Nexus operation of a running workflow, as describe shows it. */
export const PendingNexusOperationInfoSchema = message('PendingNexusOperationInfo', {
  endpoint: str,
  service: str,
  operation: str,
  operationId: str,
  scheduleToCloseTimeout: dur,
  scheduledTime: time,
  state: PendingNexusOperationState,
  attempt: i32,
  lastAttemptCompleteTime: time,
  lastAttemptFailure: FailureField,
  nextAttemptScheduleTime: time,
  cancellationInfo: message('NexusOperationCancellationInfo', {
    requestedTime: time,
    state: NexusOperationCancellationState,
    attempt: i32,
    lastAttemptCompleteTime: time,
    lastAttemptFailure: FailureField,
    nextAttemptScheduleTime: time,
    blockedReason: str,
  }),
  scheduledEventId: i64,
  blockedReason: str,
  operationToken: str,
  scheduleToStartTimeout: dur,
  startToCloseTimeout: dur,
});
export type PendingNexusOperationInfo = Infer<typeof PendingNexusOperationInfoSchema>;
