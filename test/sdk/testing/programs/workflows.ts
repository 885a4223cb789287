import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  patched,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  upsertMemo,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from './activities.ts';

const { fail, failOnce, hang } = proxyActivities<typeof activities>({
  scheduleToCloseTimeout: '1 day',
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 hour', backoffCoefficient: 1 },
});
const { refuse } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export const go = defineSignal<[string]>('go');
export const state = defineQuery<string>('state');
export const say = defineUpdate<string, [string]>('say');

export async function waits(): Promise<string> {
  let said = 'nothing';
  let word: string | undefined;
  setHandler(go, (given) => {
    word = given;
  });
  setHandler(state, () => said);
  setHandler(say, async (given) => {
    await sleep('1 hour');
    said = given;
    return `said ${given}`;
  });
  await condition(() => word !== undefined);
  return `${word} ${said}`;
}

export async function refused(): Promise<void> {
  await refuse();
}

export async function exhausts(): Promise<void> {
  await fail();
}

export async function keepsTrying(): Promise<string> {
  const { attempt } = workflowInfo();
  if (attempt < 3) throw ApplicationFailure.create({ message: `attempt ${attempt}`, type: 'TryAgain' });
  return `attempt ${attempt}`;
}

export async function hangs(): Promise<void> {
  await hang();
}

export async function parentOfMany(): Promise<string[]> {
  const stays = await startChild(waits, {
    workflowId: 'stays',
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
  await stays.signal(go, 'child');
  const cancelled = CancellationScope.cancellable(() =>
    executeChild(waits, { workflowId: 'cancelled-child' }),
  );
  const outcome = cancelled.then(
    () => 'completed',
    (error: Error) => error.constructor.name,
  );
  const other = await startChild(waits, { workflowId: 'other-child' });
  await getExternalWorkflowHandle('other-child').signal(go, 'external');
  await getExternalWorkflowHandle('cancelled-child').cancel();
  return [await stays.result(), await other.result(), await outcome];
}

export async function versions(): Promise<string> {
  await upsertMemo({ note: 'kept' });
  return patched('new-way') ? 'new' : 'old';
}

export async function forgetsToAwait(): Promise<void> {
  void Promise.reject(new Error('nobody looks'));
  await sleep(1);
}

export async function onceMore(): Promise<number> {
  return await failOnce();
}

export async function child(): Promise<string> {
  return 'child';
}

/** Nothing that is on its way may be overtaken by time: a child's start, its result, a signal. */
export async function races(): Promise<string[]> {
  const late = (name: string) => sleep('1 hour').then(() => `time overtook ${name}`);
  const results: string[] = [];
  for (let round = 0; round < 20; round++) {
    results.push(await Promise.race([executeChild(child), late('a child')]));
    const waiting = await startChild(waits);
    const signalled = getExternalWorkflowHandle(waiting.workflowId)
      .signal(go, 'signal')
      .then(() => waiting.result());
    results.push(await Promise.race([signalled, late('a signal')]));
  }
  return [...new Set(results)];
}
