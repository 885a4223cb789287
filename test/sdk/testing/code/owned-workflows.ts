/** One of each payload that there is. */
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  getExternalWorkflowHandle,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from 'perdure/workflow';

interface Activities {
  echo(value: unknown): Promise<unknown>;
  fail(value: string): Promise<never>;
  misses(): Promise<void>;
}

const once = { startToCloseTimeout: '1m', retry: { maximumAttempts: 1 } } as const;
const acts = proxyActivities<Activities>({ ...once, heartbeatTimeout: '200ms', summary: 'a summary' });
const local = proxyLocalActivities<Activities>(once);

export const tell = defineSignal<[string]>('tell');
export const ask = defineUpdate<string, [string]>('ask');
export const look = defineQuery<string, [string]>('look');

export async function child(value: string): Promise<unknown> {
  if (value === 'fails') throw ApplicationFailure.create({ message: value, details: ['of the child'] });
  return [value, workflowInfo().memo];
}

export async function listener(): Promise<string> {
  let heard = '';
  setHandler(tell, (text) => {
    heard = text;
  });
  await condition(() => heard !== '');
  return heard;
}

export async function everything(other: string, runs: number): Promise<unknown> {
  if (runs === 0) return [other, workflowInfo().memo];
  const told: string[] = [];
  setHandler(tell, (text) => void told.push(text));
  setHandler(ask, (text) => `answer to ${text}`);
  setHandler(look, (text) => `look ${text}`);
  const failures: unknown[] = [];
  const note = (error: unknown) => {
    if (!(error instanceof ActivityFailure || error instanceof ChildWorkflowFailure)) throw error;
    const { cause } = error;
    failures.push(cause instanceof ApplicationFailure ? cause.details : cause?.constructor.name);
  };
  upsertMemo({ later: 'memo' });
  const slow = acts.echo('slow');
  const seen = [await acts.echo(1), await local.echo(2), await slow];
  await acts.fail('one').catch(note);
  await acts.misses().catch(note);
  await local.fail('two').catch((error: ApplicationFailure) => failures.push(error.details));
  seen.push(await executeChild(child, { args: ['three'], memo: { a: 1 }, staticSummary: 'a child' }));
  await executeChild(child, { args: ['fails'] }).catch(note);
  await getExternalWorkflowHandle(other).signal(tell, 'from another');
  await sleep(1, { summary: 'a nap' });
  await condition(() => told.length === 2);
  if (told[1] === 'on') return continueAsNew<typeof everything>('next', runs - 1);
  return [seen, failures, told];
}
