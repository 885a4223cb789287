/** setHandler for signals, queries and updates; validators; default handlers. */

import { HandlerUnfinishedPolicy } from '@temporalio/common';
import {
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';

const approve = defineSignal<[user: string, level: number]>('approve');
const stop = defineSignal('stop');
const status = defineQuery<string>('status');
const at = defineQuery<number, [index: number]>('at');
const rename = defineUpdate<string, [name: string]>('rename');
const touch = defineUpdate<void>('touch');

export async function workflow(): Promise<void> {
  const users: string[] = [];
  setHandler(approve, (user, level) => {
    users.push(user.toUpperCase() + level.toFixed());
  });
  setHandler(approve, async (user) => void users.push(user));
  setHandler(stop, () => {});
  setHandler(stop, undefined);
  setHandler(approve, () => {}, {
    description: 'approves',
    unfinishedPolicy: HandlerUnfinishedPolicy.ABANDON,
  });
  setHandler(status, () => 'ok', { description: 'the status' });
  setHandler(at, (index) => index * 2);
  setHandler(status, undefined);
  setHandler(rename, (name) => name.trim());
  setHandler(rename, async (name) => name.trim(), {
    validator: (name) => {
      if (name.length === 0) throw new Error('empty');
    },
    description: 'renames',
    unfinishedPolicy: HandlerUnfinishedPolicy.WARN_AND_ABANDON,
  });
  setHandler(touch, async () => {});
  setHandler(touch, () => {}, { validator: () => {} });

  setDefaultSignalHandler((name, ...args) => void `${name}${args.length}`);
  setDefaultSignalHandler(async (name: string, ...args: unknown[]) => void `${name}${args.length}`);
  setDefaultSignalHandler(undefined);
  setDefaultQueryHandler((name, ...args) => [name, args.length]);
  setDefaultQueryHandler(undefined);
  setDefaultUpdateHandler(async (name, ...args) => [name, args.length]);
  setDefaultUpdateHandler(undefined);

  // @ts-expect-error TS2769: a handler's parameters are the definition's
  setHandler(approve, (user: number) => void user);
  // @ts-expect-error TS2769: a handler with a parameter that is never given
  setHandler(stop, (extra: string) => void extra);
  // @ts-expect-error TS2769: a query answers at once
  setHandler(status, async () => 'ok');
  // @ts-expect-error TS2769: an answer of another type
  setHandler(at, () => 'text');
  // @ts-expect-error TS2769: an outcome of another type
  setHandler(rename, () => 5);
  // @ts-expect-error TS2769: a validator's parameters are the update's
  setHandler(rename, (name) => name, { validator: (name: number) => void name });
  // @ts-expect-error TS2769: signals have no validator
  setHandler(approve, () => {}, { validator: () => {} });
  // @ts-expect-error TS2769: queries finish at once
  setHandler(status, () => '', { unfinishedPolicy: HandlerUnfinishedPolicy.ABANDON });
  await condition(() => users.length > 0);
}
