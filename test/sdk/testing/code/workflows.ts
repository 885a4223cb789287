/** Programs about what workflow code sees. What each of them gives was compared with Temporal's own worker 1.24.0. */
import type { HandlerUnfinishedPolicy } from 'perdure/common';
import {
  type ActivityCancellationType,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  type ChildWorkflowCancellationType,
  condition,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setDefaultSignalHandler,
  setHandler,
  sleep,
  startChild,
  Trigger,
  workflowInfo,
} from 'perdure/workflow';
import type { activities } from './activities.ts';

type Acts = typeof activities;

export const running = defineSignal('running');
export const done = defineSignal('done');
export const poke = defineSignal<[string]>('poke');
export const log = defineQuery<string[]>('log');
export const ask = defineUpdate<unknown, [string]>('ask');

const options = {
  startToCloseTimeout: '20s',
  heartbeatTimeout: '10s',
  retry: { maximumAttempts: 1 },
} as const;
const acts = proxyActivities<Acts>(options);

/** Class and message of an error and its causes. */
const chain = (error: unknown): string =>
  error instanceof Error
    ? [`${error.constructor.name}: ${error.message}`, ...(error.cause ? [chain(error.cause)] : [])].join(
        ' < ',
      )
    : String(error);

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value ?? null,
    (error: unknown) => `${isCancellation(error) ? 'cancelled ' : ''}${chain(error)}`,
  );

/** What each operation does in a scope that was cancelled before. */
export async function inCancelledScope(): Promise<Record<string, unknown>> {
  const scope = new CancellationScope();
  scope.cancel();
  const operations: Record<string, () => Promise<unknown>> = {
    sleep: () => sleep(10),
    activity: () => acts.echo('x'),
    localActivity: () => proxyLocalActivities<Acts>({ startToCloseTimeout: '5s' }).echo('x'),
    condition: () => condition(() => false),
    conditionThatHolds: () => condition(() => true),
    conditionWithTimeout: () => condition(() => false, 10),
    executeChild: () => executeChild('echoes'),
    startChild: () => startChild('echoes'),
    signal: () => getExternalWorkflowHandle('nobody').signal('x'),
    cancel: () => getExternalWorkflowHandle('nobody').cancel(),
    trigger: async () => await new Trigger<void>(),
    nested: () => CancellationScope.cancellable(() => sleep(10)),
    limited: () => CancellationScope.withTimeout(10, () => sleep(100)),
    shielded: () => CancellationScope.nonCancellable(() => sleep(1).then(() => 'slept')),
    plain: async () => 'plain',
    resolvedTrigger: async () => {
      const trigger = new Trigger<string>();
      trigger.resolve('first');
      return await trigger;
    },
  };
  const outcomes: Record<string, unknown> = {};
  for (const [name, operation] of Object.entries(operations))
    outcomes[name] = await outcome(scope.run(operation));
  return outcomes;
}

/** A cancel that comes while the code waits: what is seen, and that clean-up goes on. */
export async function cleansUp(): Promise<void> {
  const seen: string[] = [];
  setHandler(log, () => seen);
  try {
    await sleep('1h');
  } catch (error) {
    seen.push(chain(error), String(CancellationScope.current().consideredCancelled));
    seen.push(String(await outcome(sleep(1))));
    await CancellationScope.nonCancellable(() => acts.echo('cleaned'));
    seen.push('cleaned');
    throw error;
  }
}

/** An activity is cancelled while it runs. */
export async function cancelsActivity(type: ActivityCancellationType, name: keyof Acts): Promise<unknown> {
  let isRunning = false;
  setHandler(running, () => {
    isRunning = true;
  });
  const scope = new CancellationScope();
  const cancellable = proxyActivities<Record<string, () => Promise<unknown>>>({
    ...options,
    cancellationType: type,
  });
  const result = outcome(scope.run(async () => await cancellable[name]?.()));
  await condition(() => isRunning);
  scope.cancel();
  return await result;
}

/** Everything that an error of an activity says. */
export async function activityError(name: keyof Acts, timeouts = {}): Promise<unknown> {
  const failing = proxyActivities<Record<string, () => Promise<unknown>>>({ ...options, ...timeouts });
  try {
    return await failing[name]?.();
  } catch (error) {
    return plain(error);
  }
}

function plain(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const { stack: _stack, failure: _failure, ...own } = error as Error & Record<string, unknown>;
  return { ...own, class: error.constructor.name, message: error.message, cause: plain(error.cause) };
}

/** A child is cancelled after its start, as it is being started, or before. */
export async function cancelsChild(
  type: ChildWorkflowCancellationType,
  child: string,
  when: 'running' | 'starting',
): Promise<unknown> {
  const scope = new CancellationScope();
  const result = outcome(
    scope.run(async () => {
      const handle = await startChild(child, { cancellationType: type });
      if (when === 'running') scope.cancel();
      return await handle.result();
    }),
  );
  if (when === 'starting') scope.cancel();
  return await result;
}

export async function echoes(value?: unknown): Promise<unknown> {
  return value;
}

export async function cleansUpAWhile(): Promise<void> {
  try {
    await sleep('1h');
  } catch (error) {
    await CancellationScope.nonCancellable(() => sleep(10));
    throw error;
  }
}

export async function swallows(): Promise<string> {
  return await sleep('1h').then(
    () => 'slept',
    () => 'swallowed',
  );
}

/** What happens when a child's ID is taken, and what its handle still does after its end. */
export async function childIds(): Promise<Record<string, unknown>> {
  const workflowId = `${workflowInfo().workflowId}-child`;
  const first = await startChild(collects, { workflowId });
  const taken = await outcome(startChild(collects, { workflowId }));
  await first.signal(poke, 'one');
  await first.signal('poke', 'two');
  await first.signal(done);
  return {
    taken,
    result: await first.result(),
    again: await first.result(),
    lateSignal: await outcome(first.signal(poke, 'late')),
    reused: await executeChild(echoes, { workflowId, args: ['again'] }),
    rejected: await outcome(executeChild(echoes, { workflowId, workflowIdReusePolicy: 'REJECT_DUPLICATE' })),
    failedOnly: await outcome(
      executeChild(echoes, { workflowId, workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' }),
    ),
  };
}

export async function collects(): Promise<string[]> {
  const got: string[] = [];
  let isDone = false;
  setHandler(poke, (text) => void got.push(text));
  setHandler(done, () => {
    isDone = true;
  });
  await condition(() => isDone);
  return got;
}

/** Signals wait for their handlers, and come in the order in which those are set. */
export async function latecomer(): Promise<string[]> {
  const got: string[] = [];
  let isDone = false;
  setHandler(done, () => {
    isDone = true;
  });
  await condition(() => isDone);
  setHandler(defineSignal<[string]>('b'), (text) => void got.push(`b ${text}`));
  setHandler(defineSignal<[string]>('a'), (text) => void got.push(`a ${text}`));
  setDefaultSignalHandler((name, ...args) => void got.push(`other ${name} ${args}`));
  return got;
}

/** Ends, by its own word or a failure, while handlers run. */
export async function endsEarly(policy: HandlerUnfinishedPolicy, how: string): Promise<boolean> {
  const forever = () => sleep('1h');
  setHandler(ask, forever, { unfinishedPolicy: policy });
  setHandler(poke, forever, { unfinishedPolicy: policy });
  let isDone = false;
  setHandler(done, () => {
    isDone = true;
  });
  await condition(() => isDone);
  if (how === 'fails') throw ApplicationFailure.nonRetryable('failed');
  return allHandlersFinished();
}

/** An update handler that does all that handlers do. */
export async function answers(): Promise<void> {
  let isDone = false;
  setHandler(done, () => {
    isDone = true;
  });
  setHandler(
    ask,
    async (how) => {
      if (how === 'sleeps') await sleep(1);
      if (how === 'activity') await acts.plain();
      if (how === 'scope') await CancellationScope.withTimeout(1, () => sleep('1h'));
      if (how === 'fails') throw ApplicationFailure.create({ message: 'failed', type: 'U', details: [1] });
      if (how === 'child') return await executeChild(echoes, { args: ['from the child'] });
      return `${how} ${currentUpdateInfo()?.name}`;
    },
    {
      validator: (how) => {
        if (how === 'refused') throw new TypeError(`no ${currentUpdateInfo()?.name}`);
      },
    },
  );
  await condition(() => isDone);
}
