/** Signals, queries and updates. */
import type { HandlerUnfinishedPolicy } from 'perdure/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  CancelledFailure,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
  sleep,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { greet, add } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });

export const push = defineSignal<[string]>('push');
export const other = defineSignal<[string, number]>('other');
export const finish = defineSignal('finish');
export const fail = defineSignal<['temporal' | 'plain' | 'cancelled']>('fail');
export const items = defineQuery<string[]>('items');
export const itemAt = defineQuery<string | undefined, [number]>('itemAt');
export const broken = defineQuery<void>('broken');
export const promised = defineQuery<unknown>('promised');

/** Collects what it is sent until it is told to finish. */
export async function collector(): Promise<string[]> {
  const seen: string[] = [];
  let isFinished = false;
  setHandler(push, (item) => void seen.push(item));
  setHandler(finish, () => {
    isFinished = true;
  });
  setHandler(items, () => seen);
  setHandler(itemAt, (index) => seen[index]);
  setHandler(broken, () => {
    throw new TypeError('query is broken');
  });
  setHandler(promised, (() => Promise.resolve(1)) as unknown as () => unknown);
  await condition(() => isFinished);
  return seen;
}

/** Its handlers come late: what was sent before is handled in the order of the handlers. */
export async function lateHandlers(): Promise<string[]> {
  const seen: string[] = [];
  setHandler(other, (word, count) => void seen.push(`${word}*${count}`));
  setHandler(push, (item) => void seen.push(item));
  seen.push('ready');
  await condition(() => seen.length > 3);
  return seen;
}

export async function veryLateHandlers(): Promise<string[]> {
  const seen: string[] = [];
  await sleep(150);
  setHandler(push, (item) => void seen.push(item));
  return seen;
}

export async function defaultSignals(): Promise<string[]> {
  const seen: string[] = [];
  setHandler(finish, () => void seen.push('finish'));
  setDefaultSignalHandler((name, ...args) => void seen.push(`${name}(${args.join()})`));
  await condition(() => seen.includes('finish'));
  return seen;
}

export async function asyncHandlers(): Promise<string[]> {
  const seen: string[] = [];
  setHandler(push, async (item) => {
    seen.push(`begin ${item}`);
    seen.push(await greet(item));
  });
  setHandler(items, () => seen);
  await condition(() => seen.length > 0);
  await condition(allHandlersFinished);
  return seen;
}

/** Handlers of one task begin in the order of arrival, and go on side by side. */
export async function interleaving(): Promise<string[]> {
  const seen: string[] = [];
  setHandler(push, async (item) => {
    seen.push(`${item} 1`);
    await Promise.resolve();
    seen.push(`${item} 2`);
    await sleep(item === 'a' ? 60 : 20);
    seen.push(`${item} 3`);
  });
  await condition(() => seen.length === 6);
  return seen;
}

export async function signalFails(): Promise<string> {
  setHandler(fail, (kind) => {
    if (kind === 'temporal') throw ApplicationFailure.create({ message: 'bad signal', type: 'BadSignal' });
    if (kind === 'cancelled') throw new CancelledFailure('from handler');
    throw new Error('plain');
  });
  await sleep('1 hour');
  return 'done';
}

export async function signalContinues(round: number): Promise<number> {
  setHandler(finish, async () => {
    await continueAsNew<typeof signalContinues>(round + 1);
  });
  if (round > 0) return round;
  await condition(() => false);
  return -1;
}

export async function replacesHandler(): Promise<string[]> {
  const seen: string[] = [];
  setHandler(push, (item) => void seen.push(`first ${item}`));
  await condition(() => seen.length === 1);
  setHandler(push, (item) => void seen.push(`second ${item}`));
  await condition(() => seen.length === 2);
  setHandler(push, undefined);
  setHandler(finish, () => void seen.push('finish'));
  await condition(() => seen.includes('finish'));
  setHandler(push, (item) => void seen.push(`third ${item}`));
  return seen;
}

export async function defaultQueries(): Promise<void> {
  setHandler(items, () => ['specific']);
  setDefaultQueryHandler((name, ...args) => `${name}(${args.join()})`);
  await condition(() => false);
}

export async function describesItself(): Promise<void> {
  setHandler(push, () => undefined, { description: 'adds an item' });
  setHandler(items, () => [], { description: 'all items' });
  setHandler(addUp, (a, b) => a + b, { description: 'adds numbers' });
  await condition(() => false);
}

export const addUp = defineUpdate<number, [number, number]>('addUp');
export const setName = defineUpdate<string, [string]>('setName');
export const slow = defineUpdate<string, [string]>('slow');
export const failing = defineUpdate<void, ['temporal' | 'plain' | 'cancelled' | 'activity']>('failing');
export const nothing = defineUpdate('nothing');

/** Takes updates until it is told to finish. */
export async function updatable(): Promise<{ name: string; log: string[] }> {
  let name = '';
  let isFinished = false;
  let attempts = 0;
  const log: string[] = [];
  setHandler(addUp, (a, b) => add(a, b));
  setHandler(
    setName,
    (to) => {
      const before = name;
      name = to;
      log.push(`${currentUpdateInfo()?.name}`);
      return before;
    },
    {
      validator(to) {
        if (to === '') throw new Error('name must not be empty');
        if (to === 'typed')
          throw ApplicationFailure.create({ message: 'typed', type: 'Rejected', details: [1] });
      },
    },
  );
  setHandler(slow, async (word) => {
    await sleep(40);
    log.push(`${currentUpdateInfo()?.id}`);
    return `${word}!`;
  });
  setHandler(failing, async (kind) => {
    if (kind === 'temporal') throw ApplicationFailure.nonRetryable('update failed', 'UpdateFailure', 'why');
    if (kind === 'cancelled') throw new CancelledFailure('cancelled update');
    if (kind === 'activity') {
      const once = proxyActivities<typeof activities>({
        startToCloseTimeout: '5s',
        retry: { maximumAttempts: 1 },
      });
      await once.failPlain('deep');
    }
    attempts += 1;
    throw new Error(`plain ${attempts}`);
  });
  setHandler(nothing, () => undefined);
  setHandler(finish, () => {
    isFinished = true;
  });
  await condition(() => isFinished);
  return { name, log };
}

export async function defaultUpdates(): Promise<void> {
  setDefaultUpdateHandler((name, ...args) => `${name}(${args.join()})`);
  await condition(() => false);
}

/** The update’s handler comes first of all, so that an update sent with the start finds it. */
export async function counter(initial: number): Promise<number> {
  let value = initial;
  let isFinished = false;
  setHandler(addUp, (a, b) => {
    value += a + b;
    return value;
  });
  setHandler(finish, () => {
    isFinished = true;
  });
  await condition(() => isFinished && allHandlersFinished());
  return value;
}

/** Completes while an update is still on its way. */
export async function leavesUpdates(policy: HandlerUnfinishedPolicy): Promise<string> {
  let isBegun = false;
  setHandler(
    slow,
    async (word) => {
      isBegun = true;
      await sleep('1 hour');
      return word;
    },
    { unfinishedPolicy: policy },
  );
  await condition(() => isBegun);
  await sleep(50);
  return 'left';
}

/** Signals before updates, each kind in its order. */
export async function mixedOrder(): Promise<string[]> {
  const seen: string[] = [];
  setHandler(push, (item) => void seen.push(`signal ${item}`));
  setHandler(setName, (name) => {
    seen.push(`update ${name}`);
    return name;
  });
  await condition(() => seen.length >= 4);
  return seen;
}

/** The handler waits until the main function has prepared what it needs. */
export async function waitsForSetup(): Promise<string> {
  let prepared: string | undefined;
  let isFinished = false;
  setHandler(setName, async (name) => {
    await condition(() => prepared !== undefined);
    return `${prepared} ${name}`;
  });
  setHandler(finish, () => {
    isFinished = true;
  });
  prepared = await greet(workflowInfo().workflowType);
  await condition(() => isFinished);
  return prepared;
}
