/** Refusals of the service as the errors that callers of activities catch. */
import {
  ActivityExecutionAlreadyStartedError,
  ActivityNotFoundError,
  isGrpcServiceError,
  ServiceError,
} from './errors.ts';
import { rethrowKnownErrorTypes } from './rethrow.ts';
import { grpcStatus, RpcError } from './rpc-error.ts';

export function rethrowActivityError(err: unknown, fallbackMessage: string): never {
  if (isGrpcServiceError(err)) {
    const known = rethrowKnownErrorTypes(err);
    if (known.code === grpcStatus.NOT_FOUND) throw new ActivityNotFoundError(known.details);
    throw new ServiceError(fallbackMessage, { cause: known });
  }
  if (err instanceof ServiceError) throw err;
  throw new ServiceError('Unexpected error while making gRPC request', { cause: err as Error });
}

/** SAA-7. */
export function throwAlreadyStarted(err: unknown, activityId: string): void {
  if (!(err instanceof RpcError) || err.code !== grpcStatus.ALREADY_EXISTS) return;
  const detail = err.statusDetails.find(({ type }) => type === 'ActivityExecutionAlreadyStartedFailure');
  if (detail === undefined) return;
  const runId = String(detail.runId ?? '');
  throw new ActivityExecutionAlreadyStartedError('Activity execution already started', activityId, runId);
}
