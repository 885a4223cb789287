/** What an error of a handler means to the caller of its operation. */
import { ActivityExecutionAlreadyStartedError, isGrpcServiceError, ServiceError } from '../client/errors.ts';
import { grpcStatus } from '../client/rpc-error.ts';
import {
  ApplicationFailure,
  CancelledFailure,
  WorkflowExecutionAlreadyStartedError,
} from '../common/failure.ts';
import { isNexusHandlerError, NexusHandlerError } from '../common/nexus-handler-error.ts';

const OPERATION_ERROR = Symbol.for('__nexus_isOperationError');

/** An `OperationError` of any copy of `nexus-rpc`: the operation's own end, and not the handler's failure. */
export interface OperationError extends Error {
  readonly state: 'failed' | 'canceled';
}

export function isOperationError(error: unknown): error is OperationError {
  return typeof error === 'object' && error !== null && Reflect.get(error, OPERATION_ERROR) === true;
}

/** How it is told to the caller. */
export function failureOfOperationError(error: OperationError): Error {
  // Sound: what a cause is matters to the converter alone.
  const cause = error.cause as Error | undefined;
  const failure =
    error.state === 'canceled'
      ? new CancelledFailure(error.message, [], cause)
      : ApplicationFailure.create({
          message: error.message,
          type: 'OperationError',
          nonRetryable: true,
          ...(cause && { cause }),
        });
  failure.stack = error.stack ?? '';
  return failure;
}

/** By the status that a call of the client failed with: what the handler's own errors would be. */
const TYPES: Readonly<Record<number, { type: string; isFinal?: true }>> = {
  [grpcStatus.INVALID_ARGUMENT]: { type: 'BAD_REQUEST' },
  [grpcStatus.ALREADY_EXISTS]: { type: 'INTERNAL', isFinal: true },
  [grpcStatus.FAILED_PRECONDITION]: { type: 'INTERNAL', isFinal: true },
  [grpcStatus.OUT_OF_RANGE]: { type: 'INTERNAL', isFinal: true },
  [grpcStatus.ABORTED]: { type: 'UNAVAILABLE' },
  [grpcStatus.UNAVAILABLE]: { type: 'UNAVAILABLE' },
  [grpcStatus.NOT_FOUND]: { type: 'NOT_FOUND' },
  [grpcStatus.RESOURCE_EXHAUSTED]: { type: 'RESOURCE_EXHAUSTED' },
  [grpcStatus.UNIMPLEMENTED]: { type: 'NOT_IMPLEMENTED' },
  [grpcStatus.DEADLINE_EXCEEDED]: { type: 'UPSTREAM_TIMEOUT' },
};

/** Every other error is a handler's failure: another attempt may succeed, unless it says that none will. */
export function handlerErrorOf(error: unknown): NexusHandlerError {
  if (isNexusHandlerError(error)) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  if (error instanceof ApplicationFailure && error.nonRetryable)
    return new NexusHandlerError('INTERNAL', 'Handler failed with non-retryable application error', {
      cause,
      retryableOverride: false,
    });
  if (
    error instanceof WorkflowExecutionAlreadyStartedError ||
    error instanceof ActivityExecutionAlreadyStartedError
  )
    return internal(cause, false);
  const status =
    error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.code : undefined;
  const known = status === undefined ? undefined : TYPES[status];
  if (known === undefined || known.isFinal) return internal(cause, known?.isFinal ? false : undefined);
  return new NexusHandlerError(known.type, `Handler error: ${known.type}`, { cause });
}

function internal(cause: Error, retryableOverride: boolean | undefined): NexusHandlerError {
  return new NexusHandlerError('INTERNAL', 'Handler error: INTERNAL', { cause, retryableOverride });
}
