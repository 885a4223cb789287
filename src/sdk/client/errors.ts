/** The errors that calls of the client reject with. */
import type { RetryState } from '../common/failure-enums.ts';
import { isError, isRecord, SymbolBasedInstanceOfError } from '../common/type-helpers.ts';
import { type GrpcServiceError, grpcStatus } from './rpc-error.ts';

export type { GrpcServiceError } from './rpc-error.ts';

/** The service refused, or could not be reached; `cause` says how. */
export class ServiceError extends Error {
  override readonly cause?: Error;

  constructor(message: string, opts?: { cause: Error }) {
    super(message);
    this.cause = opts?.cause;
  }

  static {
    SymbolBasedInstanceOfError('ServiceError')(ServiceError);
  }
}

/** The workflow did not complete: `cause` is its failure, or tells that it was cancelled, terminated or timed out. */
export class WorkflowFailedError extends Error {
  override readonly cause: Error | undefined;
  readonly retryState: RetryState;

  constructor(message: string, cause: Error | undefined, retryState: RetryState) {
    super(message);
    this.cause = cause;
    this.retryState = retryState;
  }

  static {
    SymbolBasedInstanceOfError('WorkflowFailedError')(WorkflowFailedError);
  }
}

/** The update was rejected, or its handler failed: `cause` says why. */
export class WorkflowUpdateFailedError extends Error {
  override readonly cause: Error | undefined;

  constructor(message: string, cause: Error | undefined) {
    super(message);
    this.cause = cause;
  }

  static {
    SymbolBasedInstanceOfError('WorkflowUpdateFailedError')(WorkflowUpdateFailedError);
  }
}

/** The *call* ended by its deadline or its signal. The update itself may go on. */
export class WorkflowUpdateRPCTimeoutOrCancelledError extends Error {
  override readonly cause?: Error;

  constructor(message: string, opts?: { cause: Error }) {
    super(message);
    this.cause = opts?.cause;
  }

  static {
    SymbolBasedInstanceOfError('WorkflowUpdateRPCTimeoutOrCancelledError')(
      WorkflowUpdateRPCTimeoutOrCancelledError,
    );
  }
}

/** The run continued as new, and the caller asked not to follow. */
export class WorkflowContinuedAsNewError extends Error {
  readonly newExecutionRunId: string;

  constructor(message: string, newExecutionRunId: string) {
    super(message);
    this.newExecutionRunId = newExecutionRunId;
  }

  static {
    // The brand has one word more than the class, as in Temporal.
    SymbolBasedInstanceOfError('WorkflowExecutionContinuedAsNewError')(WorkflowContinuedAsNewError);
  }
}

/** The reject condition of the client met the state of the workflow. `status` is the number of that state. */
export class QueryRejectedError extends Error {
  readonly status: number;

  constructor(status: number) {
    super('Query rejected');
    this.status = status;
  }

  static {
    SymbolBasedInstanceOfError('QueryRejectedError')(QueryRejectedError);
  }
}

/** There is no such query, or its handler threw. */
export class QueryNotRegisteredError extends Error {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }

  static {
    SymbolBasedInstanceOfError('QueryNotRegisteredError')(QueryNotRegisteredError);
  }
}

/** No such activity, or this attempt of it is over. */
export class ActivityNotFoundError extends Error {
  static {
    SymbolBasedInstanceOfError('ActivityNotFoundError')(ActivityNotFoundError);
  }
}

/** Completion or heartbeat failed for another reason than `ActivityNotFoundError`. */
export class ActivityCompletionError extends Error {
  static {
    SymbolBasedInstanceOfError('ActivityCompletionError')(ActivityCompletionError);
  }
}

/** Answer to a heartbeat: the workflow asked to cancel this activity. */
export class ActivityCancelledError extends Error {
  static {
    SymbolBasedInstanceOfError('ActivityCancelledError')(ActivityCancelledError);
  }
}

/** Answer to a heartbeat: the activity was paused. */
export class ActivityPausedError extends Error {
  static {
    SymbolBasedInstanceOfError('ActivityPausedError')(ActivityPausedError);
  }
}

/** Answer to a heartbeat: the activity was reset. */
export class ActivityResetError extends Error {
  static {
    SymbolBasedInstanceOfError('ActivityResetError')(ActivityResetError);
  }
}

/** Whether this came from the service as it is: a number in `code`, text in `details`. */
export function isGrpcServiceError(err: unknown): err is GrpcServiceError {
  return (
    isError(err) &&
    'details' in err &&
    typeof err.details === 'string' &&
    'metadata' in err &&
    isRecord(err.metadata)
  );
}

/** @deprecated Use {@link isGrpcServiceError}. */
export const isServerErrorResponse = isGrpcServiceError;

/** Whether the error, or one of its causes, is a call that ran into its deadline. */
export function isGrpcDeadlineError(err: unknown): err is Error {
  return hasCodeInChain(err, grpcStatus.DEADLINE_EXCEEDED);
}

/** Whether the error, or one of its causes, is a call that was cancelled. */
export function isGrpcCancelledError(err: unknown): err is Error {
  return hasCodeInChain(err, grpcStatus.CANCELLED);
}

function hasCodeInChain(err: unknown, code: number): boolean {
  const seen = new Set<unknown>();
  for (let error = err; isError(error) && !seen.has(error); error = error.cause) {
    if (isGrpcServiceError(error) && error.code === code) return true;
    seen.add(error);
  }
  return false;
}

/** The activity did not complete: `cause` is its failure, or tells that it was cancelled, terminated or timed out. */
export class ActivityExecutionFailedError extends Error {
  override readonly cause: Error | undefined;
  readonly activityId: string;
  readonly runId?: string | undefined;

  constructor(message: string, cause: Error | undefined, activityId: string, runId?: string | undefined) {
    super(message);
    this.cause = cause;
    this.activityId = activityId;
    this.runId = runId;
  }

  static {
    SymbolBasedInstanceOfError('ActivityExecutionFailedError')(ActivityExecutionFailedError);
  }
}

/** The ID is taken, and the policies of the start do not allow another. `runId` is the run that has it. */
export class ActivityExecutionAlreadyStartedError extends Error {
  readonly activityId: string;
  readonly runId: string;

  constructor(message: string, activityId: string, runId: string) {
    super(message);
    this.activityId = activityId;
    this.runId = runId;
  }

  static {
    SymbolBasedInstanceOfError('ActivityExecutionAlreadyStartedError')(ActivityExecutionAlreadyStartedError);
  }
}
