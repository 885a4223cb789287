/** Refusals of the service as the errors that users catch. */
import { NamespaceNotFoundError, WorkflowNotFoundError } from '../common/errors.ts';
import { CancelledFailure } from '../common/failure.ts';
import { isGrpcServiceError, ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from './errors.ts';
import {
  type GrpcServiceError,
  grpcStatus,
  isGrpcStatusCode,
  RpcError,
  type StatusDetail,
} from './rpc-error.ts';
import type { WorkflowExecution } from './types.ts';

export function rethrowGrpcError(
  err: unknown,
  fallbackMessage: string,
  execution?: WorkflowExecution,
): never {
  if (!isGrpcServiceError(err)) {
    throw new ServiceError('Unexpected error while making gRPC request', { cause: err as Error });
  }
  const known = rethrowKnownErrorTypes(err);
  if (known.code === grpcStatus.NOT_FOUND) {
    throw new WorkflowNotFoundError(known.details, execution?.workflowId ?? '', execution?.runId);
  }
  throw new ServiceError(fallbackMessage, { cause: known });
}

/** UPD-8: the end of the call by deadline or signal says nothing about the update. */
export function rethrowUpdateError(
  err: unknown,
  fallbackMessage: string,
  execution?: WorkflowExecution,
): never {
  const isEnded =
    isGrpcServiceError(err) &&
    (err.code === grpcStatus.DEADLINE_EXCEEDED || err.code === grpcStatus.CANCELLED);
  if (isEnded) throw new WorkflowUpdateRPCTimeoutOrCancelledError(err.details, { cause: err });
  if (err instanceof CancelledFailure) {
    throw new WorkflowUpdateRPCTimeoutOrCancelledError(err.message, { cause: err });
  }
  return rethrowGrpcError(err, fallbackMessage, execution);
}

/**
 * Throws what a detail of the error identifies; otherwise gives it back. Of operations that were sent together, the error becomes
 * that of the first that failed by itself, and not because another did (UPD-18).
 */
export function rethrowKnownErrorTypes(err: GrpcServiceError): GrpcServiceError {
  for (const detail of err instanceof RpcError ? err.statusDetails : []) {
    if (detail.type === 'NamespaceNotFoundFailure')
      throw new NamespaceNotFoundError(String(detail.namespace));
    if (detail.type === 'MultiOperationExecutionFailure' && becomeFirstFailed(err, detail)) throw err;
  }
  return err;
}

function becomeFirstFailed(err: GrpcServiceError, { statuses }: StatusDetail): boolean {
  for (const status of Array.isArray(statuses) ? statuses : []) {
    const { code, message, details } = status as {
      code?: unknown;
      message?: unknown;
      details?: { '@type'?: string }[];
    };
    const isAborted = details?.some((detail) => detail['@type']?.endsWith('.MultiOperationExecutionAborted'));
    if (isAborted || !isGrpcStatusCode(code) || code === grpcStatus.OK) continue;
    err.code = code;
    if (typeof message === 'string') err.message = message;
    return true;
  }
  return false;
}
