/** Programs for the tests of the client: something to update, ask and follow. */
import { ApplicationFailure } from 'perdure/common';
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
} from 'perdure/workflow';

export const addToTally = defineUpdate<number, [number]>('addToTally');
export const addLater = defineUpdate<number, [number]>('addLater');
export const tallyTotal = defineQuery<number>('tallyTotal');
export const closeTally = defineSignal('closeTally');

export async function tally(start = 0): Promise<number> {
  let total = start;
  let isClosed = false;
  const validator = (amount: number) => {
    if (amount < 0) throw new Error('negative');
  };
  setHandler(addToTally, (amount) => (total += amount), { validator });
  setHandler(addLater, async (amount) => {
    await sleep(100);
    if (total + amount > 100) throw ApplicationFailure.create({ message: 'too much', type: 'Limit' });
    total += amount;
    return total;
  });
  setHandler(tallyTotal, () => total);
  setHandler(closeTally, () => {
    isClosed = true;
  });
  await condition(() => isClosed);
  return total;
}

export async function countdown(from: number): Promise<string> {
  if (from > 0) await continueAsNew<typeof countdown>(from - 1);
  return 'liftoff';
}

export async function failsForGood(): Promise<void> {
  throw ApplicationFailure.nonRetryable('for good', 'Final', { code: 7 });
}

const nobody = proxyActivities<{ wait(): Promise<void> }>({
  taskQueue: 'nobody',
  startToCloseTimeout: '1 minute',
});

/** Waits for an activity of a task queue that nobody serves. */
export async function waitsForNobody(): Promise<void> {
  await nobody.wait();
}
