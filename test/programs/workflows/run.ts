/** The run itself: numbers it draws, times it reads, patches, attributes, what it is told about itself. */
import {
  AsyncLocalStorage,
  condition,
  continueAsNew,
  deprecatePatch,
  patched,
  proxyActivities,
  sleep,
  Trigger,
  upsertMemo,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../activities.ts';
import { outcomeOf } from './what-is-seen.ts';

const { echo } = proxyActivities<typeof activities>({ startToCloseTimeout: '30s' });

export async function chance(): Promise<unknown[]> {
  const drawn: unknown[] = [];
  for (let draws = 0; draws < 3; draws++) {
    drawn.push(uuid4(), Math.random(), Date.now(), new Date().toISOString());
    await sleep(1);
  }
  return drawn;
}

/** Durations that are none use up numbers too: the timers after them tell. */
export async function durations(): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const duration of [-1, 0, '1 ms', 'nonsense', Number.NaN] as const)
    seen.push(await outcomeOf(() => sleep(duration as number)));
  seen.push(await condition(() => false, 5), await condition(() => true, 5), await condition(() => false, 0));
  const fired: string[] = [];
  setTimeout(() => fired.push('second'), 20);
  setTimeout(() => fired.push('first'), 10);
  clearTimeout(setTimeout(() => fired.push('never'), 15));
  await sleep(40);
  const trigger = new Trigger<string>();
  setTimeout(() => trigger.resolve('pulled'), 5);
  return [...seen, ...fired, await trigger];
}

export async function patches(): Promise<boolean[]> {
  const known = [patched('one'), patched('one'), patched('two')];
  deprecatePatch('three');
  await sleep(1);
  return [...known, patched('one'), patched('late')];
}

export async function attributes(): Promise<unknown[]> {
  const seen: unknown[] = [];
  const look = () => {
    const { searchAttributes, typedSearchAttributes, memo } = workflowInfo();
    seen.push(JSON.parse(JSON.stringify([searchAttributes, typedSearchAttributes, memo ?? null])));
  };
  upsertSearchAttributes({ CustomIntField: [3], CustomKeywordField: ['a'] });
  upsertMemo({ a: 1, b: 'x' });
  look();
  upsertSearchAttributes({ CustomIntField: [] });
  upsertMemo({ a: null });
  look();
  await sleep(1);
  look();
  return seen;
}

/** All but what a replay cannot know: the task queue is another one there. */
export async function info(): Promise<unknown> {
  const { historyLength, historySize } = workflowInfo();
  await echo('between');
  const { unsafe: _unsafe, taskQueue: _taskQueue, ...rest } = workflowInfo();
  const sorted = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  return [historyLength, historySize, sorted];
}

export async function chain(left: number): Promise<unknown> {
  const { continuedFromExecutionRunId, firstExecutionRunId, runId, memo } = workflowInfo();
  upsertMemo({ left });
  if (left > 0) return continueAsNew<typeof chain>(left - 1);
  return [continuedFromExecutionRunId, firstExecutionRunId, runId, memo ?? null, uuid4()];
}

export async function storage(): Promise<unknown[]> {
  const names = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const look = async (name: string) => {
    seen.push(names.getStore());
    await echo(name);
    seen.push(names.getStore());
  };
  await Promise.all(['x', 'y'].map((name) => names.run(name, () => look(name))));
  return [...seen, names.getStore() ?? null];
}
