/** Timers, conditions and races. */
import {
  CancellationScope,
  CancelledFailure,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  sleep,
  Trigger,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { greet, pause } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });

export const go = defineSignal('go');
export const setTo = defineSignal<[number]>('setTo');

export async function sleeps(): Promise<number> {
  const before = Date.now();
  await sleep(100);
  await sleep('0.1 seconds');
  return Date.now() - before;
}

export async function sleepsOddly(): Promise<void> {
  await sleep(0);
  await sleep(-5);
  await sleep(0.4);
}

export async function namedSleep(): Promise<void> {
  await sleep(20, { summary: 'a short rest' });
}

export async function parallelTimers(): Promise<number[]> {
  const order: number[] = [];
  const wait = async (ms: number) => {
    await sleep(ms);
    order.push(ms);
  };
  await Promise.all([wait(90), wait(30), wait(60)]);
  return order;
}

export async function manyTimers(count: number): Promise<number> {
  await Promise.all(Array.from({ length: count }, (_, index) => sleep(10 + (index % 7))));
  return count;
}

export async function waitsFor(): Promise<string> {
  let isGone = false;
  setHandler(go, () => {
    isGone = true;
  });
  await condition(() => isGone);
  return 'gone';
}

export async function waitsWithTimeout(ms: number | string): Promise<{ result: boolean; waited: boolean }> {
  let isGone = false;
  setHandler(go, () => {
    isGone = true;
  });
  const before = Date.now();
  const result = await condition(() => isGone, ms as number);
  return { result, waited: Date.now() > before };
}

export async function trueAtOnce(): Promise<boolean[]> {
  await condition(() => true);
  return [await condition(() => true, '1 hour'), await condition(() => true, 0)];
}

/** Two conditions on one value wake in the order they were made. */
export async function conditionsInOrder(): Promise<string[]> {
  let value = 0;
  const order: string[] = [];
  setHandler(setTo, (to) => {
    value = to;
  });
  const first = condition(() => value >= 1).then(() => order.push('first'));
  const second = condition(() => value >= 1).then(() => order.push('second'));
  const third = condition(() => value >= 2).then(() => order.push('third'));
  await Promise.all([first, second, third]);
  return order;
}

export async function timerOrActivity(): Promise<string> {
  return await Promise.race([sleep(60).then(() => 'timer'), pause(1_000).then(() => 'activity')]);
}

export async function activityOrTimer(): Promise<string> {
  return await Promise.race([sleep('1 day').then(() => 'timer'), greet('x').then(() => 'activity')]);
}

/** A debounce: each signal starts the wait anew. */
export async function debounce(ms: number): Promise<number> {
  let count = 0;
  setHandler(setTo, () => {
    count += 1;
  });
  await condition(() => count > 0);
  for (;;) {
    const seen = count;
    if (!(await condition(() => count > seen, ms))) return count;
  }
}

/** A deadline that can be moved while it is waited for. */
export async function movableDeadline(initial: number): Promise<number> {
  let deadline = Date.now() + initial;
  let moved = 0;
  setHandler(setTo, (ms) => {
    deadline = Date.now() + ms;
    moved += 1;
  });
  for (;;) {
    const seen = deadline;
    const left = seen - Date.now();
    if (left <= 0) return moved;
    if (!(await condition(() => deadline !== seen, left))) return moved;
  }
}

export async function timeouts(): Promise<string[]> {
  const seen: string[] = [];
  const cleared = setTimeout(() => seen.push('never'), 20);
  clearTimeout(cleared);
  setTimeout((word: string) => seen.push(word), 30, 'with argument');
  await new Promise<void>((resolve) =>
    setTimeout(() => {
      seen.push('last');
      resolve();
    }, 60),
  );
  return seen;
}

export async function triggered(): Promise<string> {
  const trigger = new Trigger<string>();
  setHandler(go, () => trigger.resolve('by signal'));
  setTimeout(() => trigger.resolve('by timer'), 5_000);
  return await trigger;
}

export async function triggerCancelled(): Promise<string> {
  const scope = new CancellationScope();
  const trigger = scope.run(async () => {
    const inner = new Trigger<string>();
    return await inner;
  });
  scope.cancel();
  try {
    return await trigger;
  } catch (error) {
    return error instanceof CancelledFailure ? error.message : 'something else';
  }
}

export async function timeStandsStill(): Promise<boolean> {
  const before = Date.now();
  for (let index = 0; index < 100_000; index++) Math.sqrt(index);
  const isStill = Date.now() === before && new Date().toISOString() === new Date(before).toISOString();
  await sleep(25);
  return isStill && Date.now() >= before + 25;
}

export async function startTimes(): Promise<boolean> {
  const { startTime, runStartTime } = workflowInfo();
  return startTime instanceof Date && runStartTime instanceof Date && Date.now() >= startTime.getTime();
}

/** Starts and cancels in one task: nothing is recorded. */
export async function unheardTimer(): Promise<string> {
  const scope = new CancellationScope();
  const timer = scope.run(() => sleep('1 hour'));
  scope.cancel();
  return await timer.then(
    () => 'slept',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

export async function cancelledLater(): Promise<string> {
  const scope = new CancellationScope();
  const timer = scope.run(() => sleep('1 hour')).catch((error: Error) => `${error.name}: ${error.message}`);
  await sleep(10);
  scope.cancel();
  return String(await timer);
}
