/** Errors of workflow code, and async local storage. */
import {
  ActivityFailure,
  ApplicationFailure,
  AsyncLocalStorage,
  CancelledFailure,
  DeterminismViolationError,
  IllegalStateError,
  isCancellation,
  rootCause,
  TemporalFailure,
  ValueError,
  WorkflowError,
} from '@temporalio/workflow';
import type { Equal, Expect, Extends } from './expect';

const storage = new AsyncLocalStorage<{ tenant: string }>();
export async function program(): Promise<string> {
  const result = storage.run({ tenant: 'a' }, () => storage.getStore()?.tenant);
  type _Result = Expect<Equal<typeof result, string | undefined>>;
  try {
    throw new IllegalStateError('x');
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof CancelledFailure) return 'cancelled';
    if (isCancellation(error)) return 'cancelled';
    if (error instanceof TemporalFailure) throw error;
    if (error instanceof WorkflowError || error instanceof DeterminismViolationError) throw error;
    if (error instanceof ValueError) return error.message;
    throw ApplicationFailure.create({ message: rootCause(error), cause: error as Error });
  }
}
type _Error = Expect<Extends<DeterminismViolationError, Error>>;
type _Illegal = Expect<Extends<IllegalStateError, Error>>;
// @ts-expect-error TS2769: values are of the type that was said
storage.run({ tenant: 5 }, () => {});
