/** Waiting. */
import { CancellationScope } from '../../executor/cancellation-scope.ts';
import { untilCondition } from '../../executor/conditions.ts';
import { requireRun } from '../../executor/context.ts';
import type { TimerOptions } from '../../executor/interceptors.ts';
import { startTimer } from '../../executor/timers.ts';
import type { Duration } from '../common/time.ts';

export type { TimerOptions } from '../../executor/interceptors.ts';

/**
 * Resolves after `ms`: milliseconds, or a duration such as `'30 days'`; at least 1 ms. The timer is durable: it costs nothing
 * while it runs and survives any restart. Rejects with CancelledFailure when the caller's scope is cancelled.
 *
 * @example
 * ```ts
 * await sleep('30 days');
 * ```
 */
export function sleep(ms: Duration, options?: TimerOptions): Promise<void> {
  return startTimer(ms, options);
}

/** Temporal's marker for `condition(fn, 0)` being a timer of 1 ms and not a wait without limit. */
const TIMEOUT_ZERO_PATCH = '__sdk_internal_patch_number:1';

/**
 * Resolves with `true` when `fn` holds, or with `false` when `timeout` is over first. `fn` must be synchronous and change
 * nothing; it is looked at whenever the run has changed.
 */
export function condition(fn: () => boolean, timeout: Duration, options: TimerOptions): Promise<boolean>;
export function condition(fn: () => boolean, timeout: Duration): Promise<boolean>;
/** Resolves when `fn` holds. */
export function condition(fn: () => boolean): Promise<void>;
export async function condition(
  fn: () => boolean,
  timeout?: Duration,
  options?: TimerOptions,
): Promise<unknown> {
  const run = requireRun('Workflow.condition(...) may only be used from a Workflow Execution.');
  if (timeout === 0 && !run.patched(TIMEOUT_ZERO_PATCH, false)) return untilCondition(fn);
  if (typeof timeout !== 'number' && typeof timeout !== 'string') return untilCondition(fn);
  // Not awaited: it would resolve two microtasks earlier than it does in Temporal's SDK.
  return CancellationScope.cancellable(() => conditionWithin(fn, timeout, options));
}

async function conditionWithin(
  fn: () => boolean,
  timeout: Duration,
  options?: TimerOptions,
): Promise<boolean> {
  try {
    return await Promise.race([
      sleep(timeout, options).then(() => false),
      untilCondition(fn).then(() => true),
    ]);
  } finally {
    CancellationScope.current().cancel();
  }
}
