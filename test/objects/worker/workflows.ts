/** Workflow code of the tests of objects on real Durable Objects. */
import {
  condition,
  createNexusServiceClient,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
} from 'perdure/workflow';
import type * as activities from './activities.ts';
import { shop } from './nexus-contract.ts';

export { grows, hoards, spins, swells } from './troublemakers.ts';

const { step, flaky, slow, beating } = proxyActivities<typeof activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '50ms' },
});
const { slow: slowOnce } = proxyActivities<typeof activities>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumAttempts: 1 },
});

export const proceed = defineSignal<[word: string]>('proceed');
export const seen = defineQuery<string[]>('seen');

/** A bit of everything: activities, one of them failing first, a timer, a signal. No two end at once, and each takes longer than a loss. */
export async function journey(name: string): Promise<string[]> {
  const words: string[] = [];
  setHandler(proceed, (word) => void words.push(word));
  setHandler(seen, () => words);
  words.push(await step(`${name}-1`, 40));
  await sleep(20);
  words.push(await flaky(`${name}-2`, 2, 40));
  await condition(() => words.includes('go'));
  words.push(...(await Promise.all([step(`${name}-3`, 40), step(`${name}-4`, 100)])));
  await sleep(20);
  return words;
}

export async function callsNexus(endpoint: string, operation: keyof typeof shop.operations, input: string) {
  const client = createNexusServiceClient({ endpoint, service: shop });
  const failed = (error: Error) => `${error.name}: ${(error.cause as Error).message}`;
  return await client
    .executeOperation(operation, input, { scheduleToCloseTimeout: '5 minutes' })
    .catch(failed);
}

export async function steps(count: number): Promise<number> {
  for (let index = 0; index < count; index++) await step(`${index}`);
  return count;
}

export async function parallel(count: number): Promise<number> {
  const done = await Promise.all(Array.from({ length: count }, (_, index) => step(`${index}`)));
  return done.length;
}

export async function nap(ms: number): Promise<void> {
  await sleep(ms);
}

export async function waitForSignals(count: number): Promise<string[]> {
  const words: string[] = [];
  setHandler(proceed, (word) => void words.push(word));
  setHandler(seen, () => words);
  await condition(() => words.length >= count);
  return words;
}

export const approve = defineUpdate<string, [who: string]>('approve');

/** Its updates wait for a word; it ends at the word `end`. */
export async function approvals(): Promise<string> {
  const words: string[] = [];
  setHandler(proceed, (word) => void words.push(word));
  setHandler(approve, async (who) => {
    await condition(() => words.length > 0);
    return `${who}: ${words[0]}`;
  });
  await condition(() => words.includes('end'));
  return 'closed';
}

/** One long activity that never heartbeats. */
export async function long(name: string, ms: number): Promise<string> {
  return slow(name, ms);
}

export async function longOnce(name: string, ms: number): Promise<string> {
  return slowOnce(name, ms);
}

export async function heartbeats(name: string, count: number): Promise<string> {
  return beating(name, count);
}

interface ElsewhereOptions {
  heartbeatTimeout?: number;
  startToCloseTimeout?: number;
}

/** One activity of another task queue. */
export async function elsewhere(
  taskQueue: string,
  argument: string,
  options: ElsewhereOptions = {},
): Promise<unknown> {
  const { act } = proxyActivities<{ act(argument: string): Promise<unknown> }>({
    taskQueue,
    startToCloseTimeout: '1 minute',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '50ms', maximumAttempts: 5 },
    ...options,
  });
  return await act(argument);
}
