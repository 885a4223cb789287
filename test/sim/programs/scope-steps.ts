/** Steps that cancel what they have begun. */
import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  sleep,
} from '../../../src/sdk/workflow/index.ts';
import { type Activities, plain } from './activity-steps.ts';
import type { Step } from './program.ts';

export async function timesOut(id: string, ms: number): Promise<string> {
  try {
    await CancellationScope.withTimeout(Math.max(1, ms), () => sleep('1 hour'));
  } catch (error) {
    return isCancellation(error) ? `timed out ${id}` : String(error);
  }
  return 'slept for an hour';
}

export async function cancelled({ id, ms, how }: Extract<Step, { kind: 'cancelled' }>): Promise<string> {
  const { untilCancelled } = proxyActivities<Activities>({
    scheduleToCloseTimeout: '4 minutes',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: 10, backoffCoefficient: 1 },
    cancellationType: how,
  });
  const scope = new CancellationScope();
  const inside = scope.run(() => Promise.allSettled([sleep('1 hour'), untilCancelled(id)]));
  if (ms > 20) await sleep(ms);
  scope.cancel();
  const [timer, work] = await inside;
  const isTimerCancelled = timer.status === 'rejected' && isCancellation(timer.reason);
  // An attempt that is lost when nobody may make another ends the activity too.
  const isWorkOver = work.status === 'rejected' && work.reason instanceof ActivityFailure;
  return isTimerCancelled && (isWorkOver || how === 'ABANDON') ? `cancelled ${id}` : `not cancelled ${id}`;
}

export async function race({ id, timerMs, activityMs }: Extract<Step, { kind: 'race' }>): Promise<string> {
  const { work } = proxyActivities<Activities>(plain);
  const scope = new CancellationScope();
  return await scope.run(async () => {
    const timer = sleep(timerMs).then(() => `timer ${id}`);
    const activity = work({
      id,
      ms: activityMs,
      failures: 0,
      behaviour: 'answers',
      answer: `activity ${id}`,
    });
    const first = await Promise.race([timer, activity]);
    timer.catch(() => undefined);
    activity.catch(() => undefined);
    scope.cancel();
    return first;
  });
}

/** The cancel of the scope around it does not reach the activity. */
export async function shielded({ id, ms }: Extract<Step, { kind: 'shielded' }>): Promise<string> {
  const { work } = proxyActivities<Activities>(plain);
  const scope = new CancellationScope();
  const inside = scope.run(() =>
    CancellationScope.nonCancellable(() =>
      work({ id, ms, failures: 0, behaviour: 'answers', answer: `shielded ${id}` }),
    ),
  );
  if (ms > 40) await sleep(10);
  scope.cancel();
  return await inside;
}
