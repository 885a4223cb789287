/** What a worker runs for, and how its own end and that of the worker come to one result. */
import type { Duration } from '../common/time.ts';
import { CombinedWorkerRunError, PromiseCompletionTimeoutError } from './errors.ts';

export interface RunUntilOptions {
  /** How long the given promise may still take once the worker has stopped. @default 0 */
  promiseCompletionTimeout?: Duration;
}

export type FunctionOrPromise<R> = Promise<R> | (() => Promise<R>);

/** The value of what the worker ran for, if both ended well. */
export function combine<R>(
  worker: PromiseSettledResult<unknown>,
  inner: PromiseSettledResult<R> | undefined,
  timeoutMs: number,
): R {
  const result: PromiseSettledResult<R> = inner ?? {
    status: 'rejected',
    reason: new PromiseCompletionTimeoutError(
      `Promise did not resolve within ${timeoutMs}ms after Worker completed shutdown`,
    ),
  };
  if (worker.status === 'fulfilled') {
    if (result.status === 'fulfilled') return result.value;
    throw result.reason;
  }
  if (result.status === 'fulfilled') throw worker.reason;
  throw new CombinedWorkerRunError('Worker terminated with fatal error in `runUntil`', {
    cause: { workerError: worker.reason, innerError: result.reason },
  });
}

export async function settle<R>(fnOrPromise: FunctionOrPromise<R>): Promise<PromiseSettledResult<R>> {
  try {
    return {
      status: 'fulfilled',
      value: await (typeof fnOrPromise === 'function' ? fnOrPromise() : fnOrPromise),
    };
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}

export async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    work,
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
