/** Attempts that are not run under the eyes of their object: their timeouts are all that it goes by. */
import type { LeaseTimes } from '../object-options.ts';
import type { RunningActivity } from './activity-runner.ts';

const NEVER_MS = 2 ** 31 - 1;

/** No pings: nobody waits for them. */
export const NO_LEASE: LeaseTimes = {
  pingAfterMs: NEVER_MS,
  pingIntervalMs: NEVER_MS,
  slowAfterMs: NEVER_MS,
  slowPingIntervalMs: NEVER_MS,
  intervalsPerLease: 1,
};

/** In Node a timer alone is no reason to go on: an activity that never ends must not keep its process from ending. */
export function letProcessEnd<Timer>(timer: Timer): Timer {
  (timer as { unref?: () => void }).unref?.();
  return timer;
}

/** Tells the attempt by itself that its time is over. `timeoutMs` 0 is none. */
export function cancelWhenTimedOut(activity: RunningActivity, timeoutMs: number, elapsedMs = 0): void {
  if (timeoutMs <= 0 || timeoutMs > NEVER_MS) return;
  const cancel = () => activity.cancel('TIMED_OUT', { timedOut: true, notFound: true });
  const timer = letProcessEnd(setTimeout(cancel, Math.max(timeoutMs - elapsedMs, 0)));
  void activity.outcome.then(() => clearTimeout(timer));
}
