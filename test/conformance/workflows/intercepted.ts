/** Programs that run on the queue with interceptors and a codec. */
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { echo, failNonRetryable, hangAfterBeat, contextOf } = proxyActivities<
  typeof activities & { contextOf(): Promise<string> }
>({ startToCloseTimeout: '5s', heartbeatTimeout: '300ms', retry: { initialInterval: '20ms' } });
const local = proxyLocalActivities<typeof activities>({ startToCloseTimeout: '5s' });

export const secret = defineSignal<[string]>('secret');
export const secrets = defineQuery<string[], [string]>('secrets');
export const swap = defineUpdate<string, [string]>('swap');

/** Every place where a value crosses over. */
export async function crossings(first: string): Promise<Record<string, unknown>> {
  const heard: string[] = [];
  setHandler(secret, (word) => void heard.push(word));
  setHandler(secrets, (prefix) => heard.map((word) => prefix + word));
  setHandler(
    swap,
    (word) => {
      const last = heard.pop() ?? '';
      heard.push(word);
      return last;
    },
    {
      validator: (word) => {
        if (word === 'bad') throw ApplicationFailure.nonRetryable('secret refusal', 'Refused', { word });
      },
    },
  );
  await condition(() => heard.includes('go'));
  const failure = await failNonRetryable('secret failure').then(
    () => new ApplicationFailure('nothing failed'),
    (error: Error) => error.cause as ApplicationFailure,
  );
  return {
    first,
    remote: await echo({ hidden: true }),
    local: await local.echo(['hidden', 2]),
    child: await executeChild(passesOn, { args: ['to child', 0], memo: { note: 'child memo' } }),
    failure: { message: failure.message, details: failure.details },
    resumed: await hangAfterBeat(17),
    memo: workflowInfo().memo,
    heard,
  };
}

export async function passesOn(value: string, round: number): Promise<string> {
  if (round < 2) return await continueAsNew<typeof passesOn>(`${value} ${round}`, round + 1);
  return `${value}: ${JSON.stringify(workflowInfo().memo)}`;
}

export async function failsSecretly(): Promise<void> {
  await failNonRetryable('nobody may read this');
}

/** What the interceptors put into headers reaches activities, children and signals. */
export async function propagates(): Promise<string[]> {
  const [own, fromChild] = [await contextOf(), await executeChild(contextChild)];
  await sleep(5);
  return [own, fromChild];
}

export async function contextChild(): Promise<string> {
  return await contextOf();
}
