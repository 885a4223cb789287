import {
  ActivityFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  isCancellation,
  log,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../activities.ts';

const { greet, flaky, longRunning } = proxyActivities<typeof activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1 hour', backoffCoefficient: 1 },
});
const { greet: greetHere } = proxyLocalActivities<typeof activities>({ startToCloseTimeout: '5s' });

export async function hello(name: string): Promise<string> {
  return await greet(name);
}

export async function helloHere(name: string): Promise<string> {
  return await greetHere(name);
}

export async function quarter(): Promise<number> {
  const before = Date.now();
  await sleep('90 days');
  log.info('a quarter has passed');
  return Date.now() - before;
}

export async function retries(): Promise<number> {
  const before = Date.now();
  await flaky(3);
  return Date.now() - before;
}

export const add = defineSignal<[number]>('add');
export const total = defineQuery<number>('total');
export const set = defineUpdate<number, [number]>('set');

export async function counter(until: number): Promise<number> {
  let sum = 0;
  setHandler(add, (by) => {
    sum += by;
  });
  setHandler(total, () => sum);
  setHandler(
    set,
    (value) => {
      const before = sum;
      sum = value;
      return before;
    },
    {
      validator(value) {
        if (value < 0) throw new Error('negative');
      },
    },
  );
  await condition(() => sum >= until);
  return sum;
}

export async function cancellable(): Promise<string> {
  try {
    await longRunning();
    return 'completed';
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return await CancellationScope.nonCancellable(() => greet('cleaner'));
  }
}

export async function race(): Promise<string> {
  return await Promise.race([sleep(500_000).then(() => 'timer'), longRunning().then(() => 'activity')]);
}

export async function parent(names: string[]): Promise<string[]> {
  return await Promise.all(names.map((name) => executeChild(hello, { args: [name] })));
}

export async function loop(left: number): Promise<string> {
  if (left > 0) await continueAsNew<typeof loop>(left - 1);
  return workflowInfo().runId;
}

export async function fails(): Promise<never> {
  try {
    await flaky(Number.POSITIVE_INFINITY);
  } catch (error) {
    if (error instanceof ActivityFailure) throw error;
  }
  throw new Error('not reached');
}

/** A history of more than two thousand events. */
export async function manyTimers(count: number): Promise<number> {
  let fired = 0;
  let mayGo = false;
  setHandler(defineQuery<number>('fired'), () => fired);
  setHandler(defineSignal('go'), () => {
    mayGo = true;
  });
  for (; fired < count; fired++) await sleep(1000);
  await condition(() => mayGo);
  return fired;
}
