/** `setTimeout` in workflow code: a durable timer with a number for its handle (TMR-6). */
import { CancelledFailure } from '../sdk/common/failure.ts';
import { CancellationScope, NO_PARENT } from './cancellation-scope.ts';
import { requireRun, runInContext } from './context.ts';
import type { WorkflowRun } from './run.ts';
import { startTimer, Timer } from './timers.ts';

type Callback = (...args: unknown[]) => void;

/** Calls `callback` after at least `ms` milliseconds of workflow time, 1 or more. */
export function setTimeoutForWorkflows(callback: Callback, ms?: number, ...args: unknown[]): number {
  const run = requireRun();
  const durationMs = Number(ms ?? 0) || 0;
  if (!run.hasFlag('nonCancellableScopesAreShielded'))
    return setTimeoutOfOldSdks(run, Math.max(1, durationMs), () => callback(...args));
  const scope = new CancellationScope({ cancellable: true });
  const handle = run.peekSeq('timer');
  const timer = scope.run(() => startTimer(durationMs));
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

/** As histories without the flag were made (NDE-6): in no scope, cancelled at once, and each cancel uses up a timer number. */
function setTimeoutOfOldSdks(run: WorkflowRun, durationMs: number, callback: () => void): number {
  const handle = run.nextSeq('timer');
  const scope = new CancellationScope({ cancellable: true, parent: NO_PARENT });
  const timer = runInContext(
    { run, scope },
    () => new Timer({ seq: handle, durationMs, options: undefined }),
  );
  const isCleared = () => void run.timeouts.delete(handle);
  timer.promise.then(() => {
    isCleared();
    callback();
  }, isCleared);
  run.timeouts.set(handle, {
    cancel() {
      run.nextSeq('timer');
      timer.scopeCancelled(new CancelledFailure('Cancellation scope cancelled'));
    },
  });
  return handle;
}

/**
 * Cancels a timer of `setTimeout`. One that has fired or was cleared before uses up a timer number, as in Temporal's SDK,
 * whose histories have that gap; any other handle does nothing.
 */
export function clearTimeoutForWorkflows(handle: number | undefined): void {
  const run = requireRun();
  if (handle === undefined) return;
  const timer = run.timeouts.get(handle);
  if (timer === undefined) {
    if (handle < run.peekSeq('timer')) run.nextSeq('timer');
    return;
  }
  run.timeouts.delete(handle);
  timer.cancel();
}
