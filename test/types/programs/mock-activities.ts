/** MockActivityEnvironment. */

import type { EventEmitter } from 'node:events';
import type { Context, Info } from '@temporalio/activity';
import { ActivityCancellationDetails } from '@temporalio/common';
import {
  defaultActivityInfo,
  MockActivityEnvironment,
  type MockActivityEnvironmentOptions,
} from '@temporalio/testing';
import {
  type ActivityExecuteInput,
  type ActivityInterceptorsFactory,
  DefaultLogger,
} from '@temporalio/worker';
import type { Equal, Expect, Extends } from './expect';

async function greet(name: string, times?: number): Promise<string> {
  return name.repeat(times ?? 1);
}
async function none(): Promise<void> {}

export async function program(): Promise<void> {
  const environment = new MockActivityEnvironment({ attempt: 2, heartbeatDetails: { at: 5 } });
  const text = await environment.run(greet, 'World', 2);
  type _Text = Expect<Equal<typeof text, unknown>>;
  await environment.run(greet, 'World');
  await environment.run(none);
  await environment.run(async (one: number, other: { a: string }) => `${one}${other.a}`, 1, { a: 'x' });
  environment.on('heartbeat', (details: unknown) => void details);
  environment.cancel();
  environment.cancel('CANCELLED');
  environment.cancel('PAUSED', new ActivityCancellationDetails({ paused: true }));
  type _Context = Expect<Equal<typeof environment.context, Context>>;
  type _Emitter = Expect<Extends<MockActivityEnvironment, EventEmitter>>;
  // @ts-expect-error TS2345: reasons have names
  environment.cancel('because');
  // @ts-expect-error TS2322: info has known members of known types
  new MockActivityEnvironment({ attempt: 'two' });
}
const factory: ActivityInterceptorsFactory = () => ({
  inbound: { execute: (input: ActivityExecuteInput, next) => next(input) },
});
export const options: MockActivityEnvironmentOptions = {
  interceptors: [factory],
  logger: new DefaultLogger('INFO'),
};
export const made = new MockActivityEnvironment(undefined, options);
export const info: Info = { ...defaultActivityInfo, activityId: 'other' };
