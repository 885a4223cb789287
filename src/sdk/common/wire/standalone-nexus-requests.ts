/** Requests and responses of the calls on Nexus operations that have no workflow. */
import { LinkSchema } from './links.ts';
import { FailureField, PayloadSchema, SearchAttributesSchema, UserMetadataSchema } from './messages.ts';
import { NexusOperationCancellationState, PendingNexusOperationState } from './nexus-requests.ts';
import {
  commandFields,
  countFields,
  idConflictPolicies,
  idReusePolicies,
  listFields,
} from './request-fields.ts';
import {
  bool,
  bytes,
  dur,
  enumeration,
  type Infer,
  i32,
  i64,
  list,
  map,
  message,
  required,
  str,
  time,
} from './schema.ts';

export const NexusOperationIdReusePolicy = enumeration('NEXUS_OPERATION_ID_REUSE_POLICY_', idReusePolicies);

export const NexusOperationIdConflictPolicy = enumeration(
  'NEXUS_OPERATION_ID_CONFLICT_POLICY_',
  idConflictPolicies,
);

export const NexusOperationExecutionStatus = enumeration('NEXUS_OPERATION_EXECUTION_STATUS_', {
  RUNNING: 1,
  COMPLETED: 2,
  FAILED: 3,
  CANCELED: 4,
  TERMINATED: 5,
  TIMED_OUT: 6,
});
export type NexusOperationExecutionStatusName = keyof typeof NexusOperationExecutionStatus.values;

export const NexusOperationWaitStage = enumeration('NEXUS_OPERATION_WAIT_STAGE_', {
  STARTED: 1,
  CLOSED: 2,
});

const timeouts = {
  scheduleToCloseTimeout: dur,
  scheduleToStartTimeout: dur,
  startToCloseTimeout: dur,
} as const;

export const StartNexusOperationExecutionRequestSchema = message('StartNexusOperationExecutionRequest', {
  namespace: required(str),
  identity: str,
  requestId: str,
  operationId: required(str),
  endpoint: required(str),
  service: required(str),
  operation: required(str),
  ...timeouts,
  input: PayloadSchema,
  idReusePolicy: NexusOperationIdReusePolicy,
  idConflictPolicy: NexusOperationIdConflictPolicy,
  searchAttributes: SearchAttributesSchema,
  nexusHeader: map(str),
  userMetadata: UserMetadataSchema,
});
export type StartNexusOperationExecutionRequest = Infer<typeof StartNexusOperationExecutionRequestSchema>;

export const StartNexusOperationExecutionResponseSchema = message('StartNexusOperationExecutionResponse', {
  runId: required(str),
  started: bool,
});

/** What lists show of one. */
const listedFields = {
  operationId: required(str),
  runId: str,
  endpoint: str,
  service: str,
  operation: str,
  scheduleTime: time,
  closeTime: time,
  status: NexusOperationExecutionStatus,
  searchAttributes: SearchAttributesSchema,
  stateTransitionCount: i64,
  executionDuration: dur,
  stateSizeBytes: i64,
} as const;

export const NexusOperationExecutionListInfoSchema = message('NexusOperationExecutionListInfo', listedFields);
export type NexusOperationExecutionListInfo = Infer<typeof NexusOperationExecutionListInfoSchema>;

export const NexusOperationExecutionCancellationInfoSchema = message(
  'NexusOperationExecutionCancellationInfo',
  {
    requestedTime: time,
    state: NexusOperationCancellationState,
    attempt: i32,
    lastAttemptCompleteTime: time,
    lastAttemptFailure: FailureField,
    nextAttemptScheduleTime: time,
    blockedReason: str,
    reason: str,
  },
);
export type NexusOperationExecutionCancellationInfo = Infer<
  typeof NexusOperationExecutionCancellationInfoSchema
>;

export const NexusOperationExecutionInfoSchema = message('NexusOperationExecutionInfo', {
  ...listedFields,
  state: PendingNexusOperationState,
  ...timeouts,
  attempt: i32,
  expirationTime: time,
  lastAttemptCompleteTime: time,
  lastAttemptFailure: FailureField,
  nextAttemptScheduleTime: time,
  cancellationInfo: NexusOperationExecutionCancellationInfoSchema,
  blockedReason: str,
  requestId: str,
  operationToken: str,
  nexusHeader: map(str),
  userMetadata: UserMetadataSchema,
  links: list(LinkSchema),
  identity: str,
});
export type NexusOperationExecutionInfo = Infer<typeof NexusOperationExecutionInfoSchema>;

const one = { namespace: required(str), operationId: required(str), runId: str } as const;

export const DescribeNexusOperationExecutionRequestSchema = message(
  'DescribeNexusOperationExecutionRequest',
  { ...one, includeInput: bool, includeOutcome: bool, longPollToken: bytes },
);
export type DescribeNexusOperationExecutionRequest = Infer<
  typeof DescribeNexusOperationExecutionRequestSchema
>;

export const DescribeNexusOperationExecutionResponseSchema = message(
  'DescribeNexusOperationExecutionResponse',
  {
    runId: str,
    info: NexusOperationExecutionInfoSchema,
    input: PayloadSchema,
    /** Of `result` and `failure` one, once it has closed. */
    result: PayloadSchema,
    failure: FailureField,
    longPollToken: bytes,
  },
);
export type DescribeNexusOperationExecutionResponse = Infer<
  typeof DescribeNexusOperationExecutionResponseSchema
>;

export const PollNexusOperationExecutionRequestSchema = message('PollNexusOperationExecutionRequest', {
  ...one,
  waitStage: NexusOperationWaitStage,
});
export type PollNexusOperationExecutionRequest = Infer<typeof PollNexusOperationExecutionRequestSchema>;

/** Empty when the stage was not reached in time. */
export const PollNexusOperationExecutionResponseSchema = message('PollNexusOperationExecutionResponse', {
  runId: str,
  waitStage: NexusOperationWaitStage,
  operationToken: str,
  result: PayloadSchema,
  failure: FailureField,
});
export type PollNexusOperationExecutionResponse = Infer<typeof PollNexusOperationExecutionResponseSchema>;

export const ListNexusOperationExecutionsRequestSchema = message(
  'ListNexusOperationExecutionsRequest',
  listFields,
);

export const ListNexusOperationExecutionsResponseSchema = message('ListNexusOperationExecutionsResponse', {
  operations: list(NexusOperationExecutionListInfoSchema),
  nextPageToken: bytes,
});

export const CountNexusOperationExecutionsRequestSchema = message(
  'CountNexusOperationExecutionsRequest',
  countFields,
);

const command = { ...one, ...commandFields } as const;

export const RequestCancelNexusOperationExecutionRequestSchema = message(
  'RequestCancelNexusOperationExecutionRequest',
  command,
);
export const TerminateNexusOperationExecutionRequestSchema = message(
  'TerminateNexusOperationExecutionRequest',
  command,
);
export type NexusOperationExecutionCommand = Infer<typeof TerminateNexusOperationExecutionRequestSchema>;

export const DeleteNexusOperationExecutionRequestSchema = message(
  'DeleteNexusOperationExecutionRequest',
  one,
);
