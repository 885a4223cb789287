/**
 * The error that a failure stands for, by its `...Info` member. A text that the record does not have is empty, as in
 * everything that Temporal's SDK reads off the wire; an application failure's `type` that is there as undefined stays so.
 */
import type { EnumDecoder } from '../enum-converters.ts';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  NexusOperationFailure,
  type ProtoFailure,
  ServerFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '../failure.ts';
import { decodeApplicationFailureCategory, decodeRetryState, decodeTimeoutType } from '../failure-enums.ts';
import { nexusHandlerErrorOf } from '../nexus-handler-error.ts';
import type { PayloadConverter } from './payload-converter.ts';
import { arrayFromPayloads, fromPayloadsAtIndex } from './payload-lists.ts';
import type { SerializationContext } from './serialization-context.ts';

/** The error of the right class, with everything but `stack` and `failure`. */
export function failureToErrorOfClass(
  failure: ProtoFailure,
  cause: Error | undefined,
  converter: PayloadConverter,
  context?: SerializationContext,
): Error {
  const message = failure.message ?? undefined;
  if (failure.applicationFailureInfo) {
    const { type, nonRetryable, details, category } = failure.applicationFailureInfo;
    const values = arrayFromPayloads(converter, details?.payloads, context);
    // The delay is for the service; as in Temporal it is not read back.
    return new ApplicationFailure(
      message,
      'type' in failure.applicationFailureInfo ? type : '',
      Boolean(nonRetryable),
      values,
      cause,
      undefined,
      category === undefined || category === null
        ? undefined
        : nameOf(decodeApplicationFailureCategory, category),
    );
  }
  if (failure.serverFailureInfo) {
    return new ServerFailure(message, Boolean(failure.serverFailureInfo.nonRetryable), cause);
  }
  if (failure.timeoutFailureInfo) {
    const { lastHeartbeatDetails, timeoutType } = failure.timeoutFailureInfo;
    const details = fromPayloadsAtIndex<unknown>(converter, 0, lastHeartbeatDetails?.payloads, context);
    return new TimeoutFailure(message, details, nameOf(decodeTimeoutType, timeoutType));
  }
  if (failure.terminatedFailureInfo) return new TerminatedFailure(message, cause);
  if (failure.canceledFailureInfo) {
    const details = arrayFromPayloads(converter, failure.canceledFailureInfo.details?.payloads, context);
    return new CancelledFailure(message, details, cause);
  }
  if (failure.resetWorkflowFailureInfo) {
    const { lastHeartbeatDetails } = failure.resetWorkflowFailureInfo;
    const details = arrayFromPayloads(converter, lastHeartbeatDetails?.payloads, context);
    return new ApplicationFailure(message, 'ResetWorkflow', false, details, cause);
  }
  return wrapperOf(failure, message, cause);
}

/** The name of an enum's value. Records of this runtime hold it; a protobuf object, of a user's converter, holds the number. */
function nameOf<Name extends string>(decode: EnumDecoder<Name>, value: unknown): Name {
  // Sound: names are passed on as they came, so that one that is not known yet does not fail a read.
  return (typeof value === 'number' ? decode(value) : value) as Name;
}

/** The failures that wrap another. */
function wrapperOf(failure: ProtoFailure, message: string | undefined, cause: Error | undefined): Error {
  if (failure.childWorkflowExecutionFailureInfo) {
    const { namespace, workflowType, workflowExecution, retryState } =
      failure.childWorkflowExecutionFailureInfo;
    if (!(workflowType?.name && workflowExecution)) {
      throw new TypeError('Missing attributes on childWorkflowExecutionFailureInfo');
    }
    const { name } = workflowType;
    return new ChildWorkflowFailure(
      namespace ?? '',
      workflowExecution,
      name,
      nameOf(decodeRetryState, retryState),
      cause,
    );
  }
  if (failure.activityFailureInfo) {
    const { activityType, activityId, retryState, identity } = failure.activityFailureInfo;
    if (!activityType?.name) throw new TypeError('Missing activityType?.name on activityFailureInfo');
    return new ActivityFailure(
      message,
      activityType.name,
      activityId ?? '',
      nameOf(decodeRetryState, retryState),
      identity ?? '',
      cause,
    );
  }
  if (failure.nexusHandlerFailureInfo) return nexusHandlerErrorOf(failure, cause);
  if (failure.nexusOperationExecutionFailureInfo) {
    const { scheduledEventId, endpoint, service, operation, operationToken } =
      failure.nexusOperationExecutionFailureInfo;
    return new NexusOperationFailure(
      message,
      scheduledEventId,
      endpoint ?? '',
      service ?? '',
      operation ?? '',
      operationToken ?? '',
      cause,
    );
  }
  return new TemporalFailure(message, cause);
}
