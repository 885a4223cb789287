/** Workflows that commands are tried on. */
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  proxyActivities,
  setHandler,
  sleep,
} from 'perdure/workflow';

const { slow } = proxyActivities<{ slow(text: string): Promise<string> }>({
  startToCloseTimeout: '1 hour',
  retry: { maximumAttempts: 3 },
});

export const add = defineSignal<[number]>('add');
export const finish = defineSignal('finish');
export const total = defineQuery<number>('total');
export const increase = defineUpdate<number, [number]>('increase');

/** Adds up what it is told until it is told to end. */
export async function counter(start = 0): Promise<number> {
  let sum = start;
  let isDone = false;
  setHandler(add, (by) => {
    sum += by;
  });
  setHandler(finish, () => {
    isDone = true;
  });
  setHandler(total, () => sum);
  setHandler(
    increase,
    (by) => {
      sum += by;
      return sum;
    },
    {
      validator(by) {
        if (by < 0) throw new Error('only upwards');
      },
    },
  );
  await condition(() => isDone);
  return sum;
}

export async function hello(name: string): Promise<string> {
  return `Hello, ${name}!`;
}

export async function fails(): Promise<void> {
  throw ApplicationFailure.nonRetryable('out of stock', 'StockError', { sku: 'A1' });
}

/** One more run, and then done. */
export async function twice(isSecond = false): Promise<string> {
  if (!isSecond) await continueAsNew<typeof twice>(true);
  return 'second';
}

/** Waits for an activity that somebody else completes. */
export async function waits(text: string): Promise<string> {
  return await slow(text);
}

export async function parent(): Promise<string> {
  await sleep(1);
  return await executeChild(hello, { args: ['child'], workflowId: 'the-child' });
}
