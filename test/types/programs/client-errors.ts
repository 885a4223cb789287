/** Errors of the client, as programs tell them apart. */
import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WorkflowContinuedAsNewError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { RetryState } from '@temporalio/common';
import type { Equal, Expect } from './expect';

export function program(error: unknown): string | undefined {
  if (error instanceof WorkflowFailedError) {
    type _Cause = Expect<Equal<typeof error.cause, Error | undefined>>;
    type _Retry = Expect<Equal<typeof error.retryState, RetryState>>;
    return error.message;
  }
  if (error instanceof WorkflowNotFoundError) {
    type _Run = Expect<Equal<typeof error.runId, string | undefined>>;
    return error.workflowId;
  }
  if (error instanceof WorkflowExecutionAlreadyStartedError) return error.workflowType;
  if (error instanceof WorkflowContinuedAsNewError) return error.newExecutionRunId;
  if (error instanceof WorkflowUpdateFailedError) {
    type _Cause = Expect<Equal<typeof error.cause, Error | undefined>>;
    return error.message;
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return error.message;
  if (error instanceof QueryRejectedError) return String(error.status);
  if (error instanceof QueryNotRegisteredError) return String(error.code);
  if (error instanceof ServiceError) return error.message;
  if (isGrpcServiceError(error)) {
    const code: number = error.code;
    return `${code}${error.details}`;
  }
  return undefined;
}
export const made = [
  new WorkflowFailedError('m', new Error('x'), 'TIMEOUT'),
  new WorkflowNotFoundError('m', 'id', undefined),
  new WorkflowExecutionAlreadyStartedError('m', 'id', 'type'),
  new WorkflowContinuedAsNewError('m', 'run'),
  new ServiceError('m', { cause: new Error('x') }),
];
// @ts-expect-error TS2554: the ID is required
new WorkflowNotFoundError('m');
// @ts-expect-error TS2345: retry states have names
new WorkflowFailedError('m', undefined, 'NEVER');
