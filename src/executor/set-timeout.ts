/** `setTimeout` in workflow code: a durable timer with a number for its handle (TMR-6). */
import { CancellationScope } from './cancellation-scope.ts';
import { requireRun } from './context.ts';
import { startTimer } from './timers.ts';

/** Calls `callback` after at least `ms` milliseconds of workflow time, 1 or more. */
export function setTimeoutForWorkflows(
  callback: (...args: unknown[]) => void,
  ms?: number,
  ...args: unknown[]
): number {
  const run = requireRun();
  run.useFlag('nonCancellableScopesAreShielded');
  const scope = new CancellationScope({ cancellable: true });
  const handle = run.peekSeq('timer');
  const timer = scope.run(() => startTimer(Number(ms ?? 0) || 0));
  run.timeouts.set(handle, scope);
  timer.then(
    () => {
      run.timeouts.delete(handle);
      callback(...args);
    },
    () => void run.timeouts.delete(handle),
  );
  return handle;
}

/**
 * Cancels a timer of `setTimeout`. One that has fired or was cleared before uses up a timer number, as in Temporal's SDK,
 * whose histories have that gap; any other handle does nothing.
 */
export function clearTimeoutForWorkflows(handle: number | undefined): void {
  const run = requireRun();
  if (handle === undefined) return;
  const scope = run.timeouts.get(handle);
  if (scope === undefined) {
    if (handle < run.peekSeq('timer')) run.nextSeq('timer');
    return;
  }
  run.timeouts.delete(handle);
  scope.cancel();
}
