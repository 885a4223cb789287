/** What is the same on every replay, and what the web gives. */
import {
  condition,
  defineQuery,
  defineSignal,
  deprecatePatch,
  getRandomStream,
  inWorkflowContext,
  log,
  patched,
  proxyActivities,
  proxySinks,
  type Sinks,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '5s' });

export interface AuditSinks extends Sinks {
  audit: { written(word: string, data?: unknown): void; everywhere(word: string): void };
}
const { audit } = proxySinks<AuditSinks>();

export const proceed = defineSignal('proceed');
export const drawn = defineQuery<unknown[]>('drawn');

/** Draws before and after an activity; a query of a replayed instance sees the same. */
export async function draws(): Promise<unknown[]> {
  const values: unknown[] = [];
  setHandler(drawn, () => values);
  let isOver = false;
  setHandler(proceed, () => {
    isOver = true;
  });
  values.push(Math.random(), uuid4(), crypto.randomUUID(), Date.now(), new Date().toISOString());
  values.push(getRandomStream('mine').random());
  await greet('x');
  values.push(Math.random(), uuid4(), Date.now(), new Date(0).getTime(), Date.UTC(2020, 1, 1));
  await condition(() => isOver);
  values.push(Math.random());
  return values;
}

let loadedTimes = 0;
loadedTimes += 1;
const moduleState: string[] = [];

/** Every run has modules of its own. */
export async function moduleStateOf(name: string): Promise<{ names: string[]; loadedTimes: number }> {
  moduleState.push(name);
  await sleep(20);
  return { names: moduleState, loadedTimes };
}

export async function webApis(): Promise<Record<string, unknown>> {
  const controller = new AbortController();
  let isAborted = false;
  controller.signal.addEventListener('abort', () => {
    isAborted = true;
  });
  controller.abort(new Error('why'));
  const bytes = new TextEncoder().encode('grüße');
  const url = new URL('https://example.com/a?b=1#c');
  url.searchParams.append('d', '2');
  return {
    isAborted,
    aborted: controller.signal.aborted,
    reason: (controller.signal.reason as Error).message,
    text: new TextDecoder().decode(bytes),
    url: url.href,
    params: new URLSearchParams({ x: 'y z' }).toString(),
    clone: structuredClone(new Map([[1, { two: 3 }]])).get(1),
    base64: btoa('hello'),
    intl: new Intl.NumberFormat('en-US').format(12345.6),
    inContext: inWorkflowContext(),
    big: (10n ** 20n).toString(),
    sorted: [3, 1, 2].toSorted(),
    groups: Object.groupBy([1, 2, 3], (value) => (value % 2 ? 'odd' : 'even')),
  };
}

export async function forbidden(what: 'fetch' | 'setInterval' | 'WeakRef' | 'eval'): Promise<string> {
  const uses: Record<typeof what, () => unknown> = {
    fetch: () => fetch('https://example.com'),
    setInterval: () => setInterval(() => undefined, 1),
    WeakRef: () => new WeakRef({}),
    // biome-ignore lint/security/noGlobalEval: what is tried is what is tested.
    eval: () => eval('1 + 1'),
  };
  try {
    await uses[what]();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'allowed';
}

export async function patchedOnce(): Promise<string[]> {
  const branches: string[] = [];
  branches.push(patched('new-way') ? 'new' : 'old');
  await greet('x');
  branches.push(patched('new-way') ? 'new' : 'old');
  deprecatePatch('gone');
  branches.push(patched('second') ? 'new' : 'old');
  return branches;
}

export async function infoChanges(): Promise<Record<string, unknown>[]> {
  const snapshots: Record<string, unknown>[] = [];
  const snap = () => {
    const { historyLength, historySize, continueAsNewSuggested, memo, searchAttributes } = workflowInfo();
    snapshots.push({ historyLength, historySize, continueAsNewSuggested, memo, searchAttributes });
  };
  snap();
  upsertMemo({ stage: 1, gone: null });
  upsertSearchAttributes({ CustomKeywordField: ['a'], CustomIntField: [7] });
  snap();
  await greet('x');
  upsertMemo({ stage: null, more: { deep: true } });
  upsertSearchAttributes({ CustomKeywordField: [] });
  snap();
  return snapshots;
}

export async function logsAndSinks(): Promise<void> {
  log.info('before', { step: 1 });
  audit.written('before', { nested: [1] });
  await greet('x');
  audit.everywhere('after');
  log.warn('after');
  await sleep(10);
  log.debug('end', { workflow: workflowInfo().workflowType });
}

export async function details(): Promise<void> {
  setCurrentDetails('**waiting** for somebody');
  await condition(() => false);
}

export async function wholeInfo(): Promise<Record<string, unknown>> {
  const { unsafe, typedSearchAttributes, ...rest } = workflowInfo();
  return {
    ...rest,
    typed: typedSearchAttributes.getAll().map(({ key, value }) => [key.name, key.type, value]),
    isReplaying: unsafe.isReplaying,
  };
}
