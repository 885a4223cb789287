/** Programs about what the server does with runs: retries, cron, resets, pauses, updates. */
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  isCancellation,
  type ParentClosePolicy,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  upsertMemo,
  workflowInfo,
} from 'perdure/workflow';
import type { ActivitiesOf } from './activities.ts';

const acts = proxyActivities<ActivitiesOf>({ startToCloseTimeout: '1 minute' });

export const add = defineSignal<[string]>('add');
export const done = defineSignal('done');
export const list = defineQuery<string[]>('list');
export const put = defineUpdate<string, [string]>('put');
export const slow = defineUpdate<string, [string]>('slow');

/** Keeps what signals and updates bring until it is told that it is done. */
export async function collector(initial: string[] = []): Promise<string[]> {
  const items = [...initial];
  let isDone = false;
  setHandler(add, (item) => void items.push(item));
  setHandler(list, () => items);
  setHandler(done, () => {
    isDone = true;
  });
  setHandler(
    put,
    (item) => {
      items.push(`put ${item}`);
      return `${items.length}`;
    },
    {
      validator: (item) => {
        if (item.startsWith('bad')) throw new Error(`no ${item}`);
      },
    },
  );
  setHandler(slow, async (item) => {
    await sleep(60_000);
    items.push(`slow ${item}`);
    return item;
  });
  await condition(() => isDone);
  await condition(allHandlersFinished);
  return items;
}

/** Fails until its third run; says what each run knew. */
export async function flaky(type: string): Promise<unknown> {
  const { attempt, lastFailure, memo, firstExecutionRunId, runId, continuedFromExecutionRunId } =
    workflowInfo();
  if (attempt < 3) {
    upsertMemo({ upserted: attempt });
    throw ApplicationFailure.create({ message: `attempt ${attempt}`, type, nextRetryDelay: '1 hour' });
  }
  return {
    attempt,
    lastFailure: (lastFailure as Error | undefined)?.message,
    memo,
    isFirst: firstExecutionRunId === runId,
    continued: continuedFromExecutionRunId !== undefined,
  };
}

export async function wrapped(): Promise<void> {
  await acts.fatal();
}

/** A cron run: counts, fails once, and tells what the runs before it left. */
export async function counting(): Promise<number> {
  const { lastResult, lastFailure, attempt } = workflowInfo();
  const last = (lastResult as number | undefined) ?? 0;
  if (last === 2 && lastFailure === undefined) throw ApplicationFailure.create({ message: 'third' });
  if (attempt !== 1) throw ApplicationFailure.create({ message: 'attempt' });
  return last + 1;
}

/** Continues as new from a cron run. */
export async function cronThenNew(again = false): Promise<string> {
  if (!again) return await continueAsNew<typeof cronThenNew>(true);
  return workflowInfo().cronSchedule ?? 'none';
}

/** Two activities with a signal between them. */
export async function steps(): Promise<string[]> {
  const log: string[] = [];
  let go = 0;
  setHandler(add, (item) => {
    log.push(item);
    go += 1;
  });
  setHandler(put, (item) => {
    log.push(`put ${item}`);
    return item;
  });
  setHandler(list, () => log);
  log.push(await acts.count('first'));
  await condition(() => go > 0);
  log.push(await acts.count('second'));
  await condition(() => go > 1);
  return log;
}

/** A tree of the given depth; each node waits for ever. */
export async function tree(depth: number, policy: ParentClosePolicy): Promise<void> {
  const { workflowId } = workflowInfo();
  setHandler(list, () => [workflowId]);
  if (depth > 0) {
    for (const side of ['l', 'r']) {
      await startChild(tree, {
        workflowId: `${workflowId}.${side}`,
        args: [depth - 1, policy],
        parentClosePolicy: policy,
      });
    }
  }
  let isDone = false;
  setHandler(done, () => {
    isDone = true;
  });
  await condition(() => isDone);
}

/** Cleans up after a cancellation, with an activity of its own. */
export async function cleansUp(): Promise<string> {
  try {
    await sleep('10 days');
    return 'slept';
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return await CancellationScope.nonCancellable(() => acts.count('cleanup'));
  }
}

/** Starts timers until it is suggested to continue as new; gives the numbers it saw. */
export async function grows(run = 1): Promise<{ run: number; length: number; suggested: boolean }> {
  if (run === 2) {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return { run, length: historyLength, suggested: continueAsNewSuggested };
  }
  for (;;) {
    await Promise.all(Array.from({ length: 100 }, () => sleep(1)));
    if (workflowInfo().continueAsNewSuggested) return await continueAsNew<typeof grows>(2);
    if (workflowInfo().historyLength > 6_000) throw ApplicationFailure.create({ message: 'never suggested' });
  }
}

export async function parentOfCollector(childId: string): Promise<string[]> {
  return await executeChild(collector, { workflowId: childId });
}

export async function oneActivity(): Promise<string> {
  return await proxyActivities<ActivitiesOf>({
    startToCloseTimeout: '1 minute',
    activityId: 'the-one',
    retry: { initialInterval: '10 minutes', backoffCoefficient: 1 },
  }).unsteady();
}

/** An activity, a timer and a child pending at the same time; gives what each brought. */
export async function manyPending(childId: string): Promise<string[]> {
  const brought: string[] = [];
  let isDone = false;
  setHandler(done, () => {
    isDone = true;
  });
  setHandler(list, () => brought);
  await Promise.all([
    acts.count('pending').then((value) => brought.push(value.split(' ')[0] ?? '')),
    sleep('1 hour').then(() => brought.push('slept')),
    executeChild(collector, { workflowId: childId }).then((items) => brought.push(...items)),
    condition(() => isDone),
  ]);
  return brought;
}

/** Each run takes one signal, then goes on as a new one; three of them. */
export async function relayRuns(run = 1, seen: string[] = []): Promise<string[]> {
  const items = [...seen];
  setHandler(add, (item) => void items.push(`${run}:${item}`));
  setHandler(list, () => items);
  await condition(() => items.length > seen.length);
  if (run === 3) return items;
  return await continueAsNew<typeof relayRuns>(run + 1, items);
}

/** Completes at once with what it has, however much comes while it does. */
export async function eager(): Promise<number> {
  let count = 0;
  setHandler(add, () => {
    count += 1;
  });
  await acts.count('eager');
  return count;
}

/** Waits for an update's handler that never ends, then continues as new over it. */
export async function cutsUpdates(again = false): Promise<string> {
  let begun = 0;
  setHandler(slow, async (item) => {
    begun += 1;
    await sleep('1 day');
    return item;
  });
  setHandler(put, (item) => `${again ? 'second' : 'first'} ${item}`);
  if (again) {
    let isDone = false;
    setHandler(done, () => {
      isDone = true;
    });
    await condition(() => isDone);
    return 'over';
  }
  await condition(() => begun > 0);
  return await continueAsNew<typeof cutsUpdates>(true);
}
