/** Requests and responses about Nexus: the registry of endpoints, and the tasks of those who serve operations. */
import {
  FailureField,
  NexusHandlerErrorRetryBehavior,
  PayloadSchema,
  TaskQueueSchema,
  WorkerDeploymentOptionsSchema,
} from './messages.ts';
import {
  type AnyField,
  bool,
  bytes,
  dur,
  enumeration,
  type Infer,
  i32,
  i64,
  lazy,
  list,
  map,
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

export const PendingNexusOperationState = enumeration('PENDING_NEXUS_OPERATION_STATE_', {
  SCHEDULED: 1,
  BACKING_OFF: 2,
  STARTED: 3,
  BLOCKED: 4,
});
export const NexusOperationCancellationState = enumeration('NEXUS_OPERATION_CANCELLATION_STATE_', {
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

const LinkSchema = message('NexusLink', { url: str, type: str });

/** Like the polls of other tasks. */
export const PollNexusTaskQueueRequestSchema = message('PollNexusTaskQueueRequest', {
  namespace: required(str),
  taskQueue: required(TaskQueueSchema),
  identity: str,
  workerInstanceKey: str,
  deploymentOptions: WorkerDeploymentOptionsSchema,
});

/** A request to a handler. */
export const NexusRequestSchema = message('NexusRequest', {
  /** `request-timeout` and `operation-timeout` are the server's, the rest is the caller's. */
  header: map(str),
  scheduledTime: time,
  startOperation: message('StartOperationRequest', {
    service: str,
    operation: str,
    requestId: str,
    /** Where and with which headers the end of an asynchronous operation is told. */
    callback: str,
    payload: PayloadSchema,
    callbackHeader: map(str),
    links: list(LinkSchema),
  }),
  cancelOperation: message('CancelOperationRequest', {
    service: str,
    operation: str,
    operationId: str,
    operationToken: str,
  }),
  capabilities: message('Capabilities', { temporalFailureResponses: bool }),
  endpoint: str,
});
export type WireNexusRequest = Infer<typeof NexusRequestSchema>;

/** An empty task token: there was no task in time. */
export const PollNexusTaskQueueResponseSchema = message('PollNexusTaskQueueResponse', {
  taskToken: bytes,
  request: NexusRequestSchema,
});

/** A failure in the words of the Nexus protocol. */
export interface WireNexusFailure {
  message?: string;
  metadata?: Record<string, string>;
  /** JSON. */
  details?: Uint8Array;
  stackTrace?: string;
  cause?: WireNexusFailure;
}
const NexusFailureSchema = message('NexusFailure', {
  message: str,
  metadata: map(str),
  details: bytes,
  stackTrace: str,
  cause: lazy<WireNexusFailure>((): AnyField => NexusFailureSchema),
});

export const RespondNexusTaskCompletedRequestSchema = message('RespondNexusTaskCompletedRequest', {
  namespace: required(str),
  taskToken: required(bytes),
  identity: str,
  response: required(
    message('NexusResponse', {
      /** One of its members. */
      startOperation: message('StartOperationResponse', {
        syncSuccess: message('Sync', { payload: PayloadSchema, links: list(LinkSchema) }),
        asyncSuccess: message('Async', { operationId: str, operationToken: str, links: list(LinkSchema) }),
        operationError: message('UnsuccessfulOperationError', {
          operationState: str,
          failure: NexusFailureSchema,
        }),
        failure: FailureField,
      }),
      cancelOperation: message('CancelOperationResponse', {}),
    }),
  ),
});

export const RespondNexusTaskFailedRequestSchema = message('RespondNexusTaskFailedRequest', {
  namespace: required(str),
  taskToken: required(bytes),
  identity: str,
  error: message('HandlerError', {
    errorType: str,
    failure: NexusFailureSchema,
    retryBehavior: NexusHandlerErrorRetryBehavior,
  }),
  /** Instead of `error`: a failure with `nexusHandlerFailureInfo`. */
  failure: FailureField,
});
