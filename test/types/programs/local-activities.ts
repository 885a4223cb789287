/** proxyLocalActivities and its options. */
import { type LocalActivityOptions, proxyLocalActivities, scheduleLocalActivity } from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

interface Lookups {
  rate(currency: string): Promise<number>;
  all(): Promise<readonly string[]>;
}

const { rate, all } = proxyLocalActivities<Lookups>({
  startToCloseTimeout: '2s',
  localRetryThreshold: '1 minute',
  retry: { maximumAttempts: 2 },
});

export async function workflow(): Promise<number> {
  const names = await all();
  type _Names = Expect<Equal<typeof names, readonly string[]>>;
  const overridden = await rate.executeWithOptions({ summary: 'euro', localRetryThreshold: 5000 }, ['EUR']);
  type _Overridden = Expect<Equal<typeof overridden, number>>;
  const scheduled = await scheduleLocalActivity<string[]>('all', [], { scheduleToCloseTimeout: '1s' });
  type _Scheduled = Expect<Equal<typeof scheduled, string[]>>;
  // @ts-expect-error TS2345: an argument of another type
  await rate(5);
  // @ts-expect-error TS2353: a local activity does not heartbeat
  await rate.executeWithOptions({ heartbeatTimeout: '1s' }, ['EUR']);
  return rate('EUR');
}

export const options: LocalActivityOptions = {
  startToCloseTimeout: 1,
  scheduleToCloseTimeout: '1h',
  scheduleToStartTimeout: '1m',
  localRetryThreshold: 1,
  cancellationType: 'ABANDON',
  summary: 'text',
};
// @ts-expect-error TS2353: a local activity runs where its workflow runs
export const withTaskQueue: LocalActivityOptions = { taskQueue: 'other' };
