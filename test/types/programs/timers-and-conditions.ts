/** sleep, condition, Duration values, deterministic helpers. */

import type { Duration } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  deprecatePatch,
  patched,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

export async function workflow(): Promise<void> {
  const slept = await sleep(1000);
  type _Slept = Expect<Equal<typeof slept, void>>;
  await sleep('5 minutes', { summary: 'until the reminder' });
  let ready = false;
  const waited = await condition(() => ready);
  type _Waited = Expect<Equal<typeof waited, void>>;
  const inTime = await condition(() => ready, '1 day');
  type _InTime = Expect<Equal<typeof inTime, boolean>>;
  const inTimeMs = await condition(() => ready, 5);
  type _InTimeMs = Expect<Equal<typeof inTimeMs, boolean>>;
  await condition(allHandlersFinished);
  ready = patched('change');
  deprecatePatch('older');
  const id = uuid4();
  type _Id = Expect<Equal<typeof id, string>>;
  const timer = setTimeout(() => {}, 100);
  clearTimeout(timer);
  const now: number = Date.now() + Math.random() + workflowInfo().startTime.getTime();
  void now;
  // @ts-expect-error TS2345: a condition is a function
  await condition(ready);
  // @ts-expect-error TS2322: a condition is asked, not awaited
  await condition(async () => ready);
  // @ts-expect-error TS2345: a duration has a unit
  await sleep('5 parsecs');
  // @ts-expect-error TS2554: a patch has a name
  patched();
}

export const durations: Duration[] = [
  0,
  1.5,
  '1',
  '1ms',
  '5s',
  '5 s',
  '1.5h',
  '10 Minutes',
  '-3 min',
  '1 week',
  '2y',
  '100 MSECS',
];
// @ts-expect-error TS2322: text without a number
export const noNumber: Duration = 'day';
// @ts-expect-error TS2322: a date is none
export const date: Duration = new Date();
// @ts-expect-error TS2322: a number with an unknown unit
export const unknownUnit: Duration = '5 fortnights';
