/** The workflow that runs random programs. */
import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  TimeoutFailure,
  uuid4,
} from 'perdure/workflow';
import type { Progress, Step } from './program.ts';

export interface Work {
  id: string;
  ms: number;
  failures: number;
  answer: string;
}

type Activities = { work(work: Work): Promise<string>; fail(id: string): Promise<void> };

const retry = { initialInterval: 10, backoffCoefficient: 1 } as const;
const { work } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry });
const once = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });
const { fail } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry });
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute', retry });

export const poke = defineSignal<[number]>('poke');
export const note = defineUpdate<string, [number]>('note');
export const progressOf = defineQuery<Progress>('progress');

export async function program(
  steps: Step[],
  progress: Progress = { results: [], signals: [], updates: [] },
  failing = false,
): Promise<Progress> {
  setHandler(poke, async (id) => {
    await Promise.resolve();
    progress.signals.push(id);
  });
  setHandler(note, async (id) => {
    const answer = await work({ id: `update ${id}`, ms: id * 10, failures: id % 2, answer: `noted ${id}` });
    progress.updates.push(id);
    return answer;
  });
  setHandler(progressOf, () => progress);
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'next') {
      await condition(allHandlersFinished);
      const results = [...progress.results, 'next'];
      return await continueAsNew<typeof program>(steps.slice(index + 1), { ...progress, results }, failing);
    }
    progress.results.push(await run(step, progress));
  }
  if (failing) throw ApplicationFailure.nonRetryable('as it was told', 'Told');
  return progress;
}

async function run(step: Step, progress: Progress): Promise<unknown> {
  switch (step.kind) {
    case 'activity':
      return await work({ ...step, answer: `activity ${step.id}` });
    case 'local':
      return await local.work({ ...step, ms: 0, answer: `local ${step.id}` });
    case 'once':
      return await onlyOnce(step.id, step.ms);
    case 'doomed':
      return await fail(step.id).then(
        () => 'did not fail',
        (error) => (error instanceof ActivityFailure ? `failed ${step.id}` : String(error)),
      );
    case 'timer':
      await sleep(step.ms);
      return `slept ${step.id}`;
    case 'timeout':
      return await timesOut(step.id, step.ms);
    case 'cancelled':
      return await cancelled(step.id, step.ms);
    case 'signals':
      await condition(() => progress.signals.length >= step.count);
      return `signals ${step.count}`;
    case 'updates':
      await condition(() => new Set(progress.updates).size >= step.count && allHandlersFinished());
      return `updates ${step.count}`;
    case 'patch':
      return patched(step.id) ? `patched ${step.id}` : 'not patched';
    case 'random': {
      const answer = uuid4();
      return (await work({ id: step.id, ms: 5, failures: 0, answer })) === answer
        ? `same ${step.id}`
        : 'differs';
    }
    case 'child':
      return await child(step);
    case 'sequence':
      return await inSequence(step.steps, progress);
    case 'parallel':
      return await Promise.all(step.steps.map((each) => run(each, progress)));
    case 'next':
      throw new Error('not at the top of the program');
  }
}

async function inSequence(steps: Step[], progress: Progress): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const step of steps) results.push(await run(step, progress));
  return results;
}

async function onlyOnce(id: string, ms: number): Promise<string> {
  try {
    return await once.work({ id, ms, failures: 0, answer: `once ${id}` });
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) return `lost ${id}`;
    throw error;
  }
}

async function timesOut(id: string, ms: number): Promise<string> {
  try {
    await CancellationScope.withTimeout(ms, () => sleep('1 hour'));
  } catch (error) {
    return isCancellation(error) ? `timed out ${id}` : String(error);
  }
  return 'slept for an hour';
}

async function cancelled(id: string, ms: number): Promise<string> {
  const scope = new CancellationScope();
  const inside = scope.run(() =>
    Promise.all([sleep('1 hour'), work({ id, ms: 100_000, failures: 0, answer: 'too late' })]),
  );
  const outcome = inside.then(
    () => 'not cancelled',
    (error) => (isCancellation(error) ? `cancelled ${id}` : String(error)),
  );
  if (ms > 20) await sleep(ms);
  scope.cancel();
  return await outcome;
}

async function child({ id, program: steps, failing }: Extract<Step, { kind: 'child' }>): Promise<unknown> {
  try {
    const done = await executeChild(program, {
      args: [steps, { results: [], signals: [], updates: [] }, failing],
    });
    return done.results;
  } catch (error) {
    if (error instanceof ChildWorkflowFailure && error.cause instanceof ApplicationFailure) {
      return `child failed ${id}`;
    }
    throw error;
  }
}
