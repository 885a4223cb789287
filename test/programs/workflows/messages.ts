/** Signals, updates and queries: the order in which handlers run, and what they may do. */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  currentUpdateInfo,
  defineSignal,
  defineUpdate,
  proxyActivities,
  proxyLocalActivities,
  setDefaultSignalHandler,
  setHandler,
  sleep,
} from 'perdure/workflow';
import type * as activities from '../activities.ts';

const options = { startToCloseTimeout: '30s' } as const;
const { echo } = proxyActivities<typeof activities>(options);
const local = proxyLocalActivities<typeof activities>(options);

export const go = defineSignal<[number]>('go');
export const note = defineSignal<[string]>('note');
export const change = defineUpdate<unknown, [string]>('change');
export const changeAtOnce = defineUpdate<string, [string]>('changeAtOnce');

export async function untilSignal(): Promise<number> {
  let got = 0;
  setHandler(go, (number) => {
    got = number;
  });
  await condition(() => got > 0);
  return got;
}

/** Signals that come before there is a handler for them wait, and one that nobody asked for goes to the default handler. */
export async function lateHandlers(): Promise<unknown[]> {
  const seen: unknown[] = [];
  await sleep(300);
  setHandler(note, async (text) => {
    seen.push(['note', text]);
    await sleep(1);
    seen.push(['note ends', text]);
  });
  await sleep(1);
  setDefaultSignalHandler((name, ...args) => {
    seen.push(['default', name, args]);
  });
  await condition(() => seen.length >= 5);
  await condition(allHandlersFinished);
  return seen;
}

export async function handlers(): Promise<unknown[]> {
  const seen: unknown[] = [];
  let isOver = false;
  setHandler(note, async (text) => {
    seen.push(['note', text]);
    await echo(text);
    seen.push(['note ends', text]);
  });
  setHandler(
    change,
    async (text) => {
      seen.push(['change', text, currentUpdateInfo()?.id, currentUpdateInfo()?.name]);
      if (text === 'fail') throw ApplicationFailure.nonRetryable('refused in the handler', 'Refused', text);
      const answer = [await local.echo(text), await echo(text)];
      seen.push(['change ends', text, currentUpdateInfo()?.id]);
      isOver = text === 'end';
      return answer;
    },
    {
      validator: (text) => {
        if (text === 'reject') throw new Error('refused by the validator');
      },
    },
  );
  setHandler(changeAtOnce, (text) => {
    seen.push(['at once', text]);
    return text;
  });
  await condition(() => isOver);
  await condition(allHandlersFinished);
  return seen;
}

/** Jobs of one task, microtasks and conditions. */
export async function rounds(): Promise<string[]> {
  const seen: string[] = [];
  const done = (name: string) => () => void seen.push(name);
  const all = [
    echo(1).then(done('activity')),
    sleep(1).then(done('timer')),
    local.echo(2).then(done('local activity')),
    condition(() => seen.length > 2).then(done('condition')),
  ];
  Promise.resolve().then(done('microtask')).then(done('microtask after it'));
  await Promise.all(all);
  return seen;
}
