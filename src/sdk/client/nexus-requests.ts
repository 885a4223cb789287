/** Requests of `NexusClient`, and what becomes of its answers. */
import {
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
  decodeUserMetadata,
  encodeToPayload,
  encodeUserMetadata,
} from '../common/converter/codec-helpers.ts';
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import {
  decodeTypedSearchAttributes,
  encodeUnifiedSearchAttributes,
  typedSearchAttributePayloadConverter,
} from '../common/converter/payload-search-attributes.ts';
import { enumName } from '../common/enum-converters.ts';
import type {
  SearchAttributePair,
  SearchAttributeType,
  TypedSearchAttributes,
  TypedSearchAttributeValue,
} from '../common/search-attributes.ts';
import { msOptionalToNumber } from '../common/time.ts';
import { withoutUndefined } from '../common/type-helpers.ts';
import type { TypeInfo } from '../common/type-info.ts';
import type { Failure, Payload } from '../common/wire/messages.ts';
import {
  type DescribeNexusOperationExecutionResponse,
  NexusOperationExecutionCancellationInfoSchema,
  NexusOperationExecutionInfoSchema,
  NexusOperationExecutionListInfoSchema,
  NexusOperationIdConflictPolicy,
  NexusOperationIdReusePolicy,
  type PollNexusOperationExecutionResponse,
  type StartNexusOperationExecutionRequest,
  type NexusOperationExecutionCancellationInfo as WireCancellation,
  type NexusOperationExecutionListInfo as WireListInfo,
} from '../common/wire/standalone-nexus-requests.ts';
import { ServiceError } from './errors.ts';
import { NexusOperationFailureError } from './nexus-errors.ts';
import type { StartNexusOperationInput } from './nexus-interceptors.ts';
import type {
  NexusOperationExecution,
  NexusOperationExecutionCancellationInfo,
  NexusOperationExecutionDescription,
} from './nexus-types.ts';

export async function toStartRequest(
  input: StartNexusOperationInput,
  dataConverter: LoadedDataConverter,
  caller: { namespace: string; identity: string },
): Promise<StartNexusOperationExecutionRequest> {
  if (!input.id) throw new TypeError('id is required');
  const { endpoint, service, operation } = input;
  return withoutUndefined({
    ...caller,
    requestId: crypto.randomUUID(),
    operationId: input.id,
    endpoint,
    service,
    operation,
    scheduleToCloseTimeout: msOptionalToNumber(input.scheduleToCloseTimeout),
    scheduleToStartTimeout: msOptionalToNumber(input.scheduleToStartTimeout),
    startToCloseTimeout: msOptionalToNumber(input.startToCloseTimeout),
    input: await encodeToPayload(dataConverter, input.arg, undefined, input.inputType),
    idReusePolicy: enumName(NexusOperationIdReusePolicy, input.idReusePolicy),
    idConflictPolicy: enumName(NexusOperationIdConflictPolicy, input.idConflictPolicy),
    searchAttributes: attributesOf(input.searchAttributes),
    nexusHeader: input.headers ?? {},
    userMetadata: await encodeUserMetadata(dataConverter, input.summary, undefined),
  });
}

function attributesOf(attributes: SearchAttributePair[] | TypedSearchAttributes | undefined) {
  return attributes && { indexedFields: encodeUnifiedSearchAttributes(undefined, attributes) };
}

/** Undefined: the operation is open. Rejects with `NexusOperationFailureError`. */
export async function decodeOutcome(
  { result, failure }: PollNexusOperationExecutionResponse,
  dataConverter: LoadedDataConverter,
  outputType: TypeInfo | undefined,
): Promise<{ value: unknown } | undefined> {
  if (failure !== undefined) throw await failureError(failure, dataConverter);
  if (result === undefined) return undefined;
  return { value: await decodeFromPayloadsAtIndex(dataConverter, 0, [result], undefined, outputType) };
}

async function failureError(failure: Failure, dataConverter: LoadedDataConverter): Promise<Error> {
  const { message = 'unknown failure' } = failure;
  const cause = await decodeOptionalFailureToOptionalError(dataConverter, failure);
  return new NexusOperationFailureError(`Nexus operation failed: ${message}`, cause ?? new Error(message));
}

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));

function commonPart(info: WireListInfo): Omit<NexusOperationExecution, 'raw'> {
  return {
    operationId: info.operationId,
    runId: info.runId ?? '',
    endpoint: info.endpoint ?? '',
    service: info.service ?? '',
    operation: info.operation ?? '',
    scheduleTime: dateOf(info.scheduleTime),
    closeTime: dateOf(info.closeTime),
    status: info.status,
    searchAttributes: decodeTypedSearchAttributes(info.searchAttributes?.indexedFields),
    stateTransitionCount: info.stateTransitionCount ?? 0,
    executionDuration: info.executionDuration,
  };
}

export async function decodeListInfo(info: WireListInfo): Promise<NexusOperationExecution> {
  const { messageToProto } = await import('../common/wire/proto-shape.ts');
  return { ...commonPart(info), raw: messageToProto(NexusOperationExecutionListInfoSchema, info) };
}

export async function decodeNexusDescription(
  { info }: DescribeNexusOperationExecutionResponse,
  dataConverter: LoadedDataConverter,
): Promise<NexusOperationExecutionDescription> {
  if (info === undefined) throw new ServiceError('Missing info in describeNexusOperationExecution response');
  const { messageToProto } = await import('../common/wire/proto-shape.ts');
  const { cancellationInfo, userMetadata } = info;
  let metadata: ReturnType<typeof decodeUserMetadata> | undefined;
  const texts = () => (metadata ??= decodeUserMetadata(dataConverter, userMetadata));
  return {
    ...commonPart(info),
    raw: messageToProto(NexusOperationExecutionInfoSchema, info),
    state: info.state,
    scheduleToCloseTimeout: info.scheduleToCloseTimeout,
    scheduleToStartTimeout: info.scheduleToStartTimeout,
    startToCloseTimeout: info.startToCloseTimeout,
    attempt: info.attempt ?? 0,
    expirationTime: dateOf(info.expirationTime),
    lastAttemptCompleteTime: dateOf(info.lastAttemptCompleteTime),
    nextAttemptScheduleTime: dateOf(info.nextAttemptScheduleTime),
    lastAttemptFailure: await decodeOptionalFailureToOptionalError(dataConverter, info.lastAttemptFailure),
    blockedReason: info.blockedReason || undefined,
    requestId: info.requestId ?? '',
    operationToken: info.operationToken || undefined,
    identity: info.identity ?? '',
    cancellationInfo: cancellationInfo && (await decodeCancellation(cancellationInfo, dataConverter)),
    staticSummary: async () => (await texts()).staticSummary,
    staticDetails: async () => (await texts()).staticDetails,
  };
}

async function decodeCancellation(
  info: WireCancellation,
  dataConverter: LoadedDataConverter,
): Promise<NexusOperationExecutionCancellationInfo> {
  const { messageToProto } = await import('../common/wire/proto-shape.ts');
  return {
    raw: messageToProto(NexusOperationExecutionCancellationInfoSchema, info),
    requestedTime: dateOf(info.requestedTime),
    state: info.state,
    attempt: info.attempt ?? 0,
    lastAttemptCompleteTime: dateOf(info.lastAttemptCompleteTime),
    nextAttemptScheduleTime: dateOf(info.nextAttemptScheduleTime),
    lastAttemptFailure: await decodeOptionalFailureToOptionalError(dataConverter, info.lastAttemptFailure),
    blockedReason: info.blockedReason || undefined,
    reason: info.reason ?? '',
  };
}

/** Throws `ServiceError` for a value without a type that is known. */
export function decodeGroupValue(payload: Payload): TypedSearchAttributeValue<SearchAttributeType> {
  const value = typedSearchAttributePayloadConverter.fromPayload<
    TypedSearchAttributeValue<SearchAttributeType> | undefined
  >(payload);
  if (value !== undefined) return value;
  throw new ServiceError('A count of Nexus operations has a group whose value has no known type');
}
