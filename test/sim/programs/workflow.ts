/** The workflows that run generated programs, as two versions of the code have them, and one that is broken. */
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
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  startChild,
  TimeoutFailure,
  uuid4,
  workflowInfo,
} from '../../../src/sdk/workflow/index.ts';
import type { Work } from './activities.ts';
import type { ActivitySettings, Progress, Step } from './program.ts';

type Activities = { work(work: Work): Promise<string>; untilCancelled(id: string): Promise<string> };

const poke = defineSignal<[number]>('poke');
const note = defineUpdate<string, [number]>('note');
const progressOf = defineQuery<Progress>('progress');
const heard = defineSignal<[string]>('heard');
const enough = defineSignal('enough');

export const LISTENER = 'listener';
const plain = {
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: 10, backoffCoefficient: 1 },
} as const;

/** What differs between deployments. */
export interface Version {
  /** Patches are asked for. */
  isNew: boolean;
  /** Every step fails its task, until the next deploy. */
  isBroken: boolean;
}

export interface Request {
  steps: Step[];
  progress?: Progress;
  /** How the program ends, besides by being done. */
  ends?: 'failing' | 'retried';
}

export function workflowsOf(version: Version): Record<string, (...args: never[]) => unknown> {
  return {
    program: (request: Request) => program(version, request),
    listener: () => listener(),
    patient: (ms: number) => patient(ms),
  };
}

async function program(version: Version, request: Request): Promise<Progress> {
  const { steps, progress = { results: [], signals: [], updates: [] }, ends } = request;
  setHandler(poke, async (id) => {
    await Promise.resolve();
    progress.signals.push(id);
  });
  setHandler(note, async (id) => {
    const { work } = proxyActivities<Activities>(plain);
    const answer = await work({
      id: `update ${id}`,
      ms: id * 10,
      failures: id % 2,
      behaviour: 'answers',
      answer: `noted ${id}`,
    });
    progress.updates.push(id);
    return answer;
  });
  setHandler(progressOf, () => progress);
  for (const [index, step] of steps.entries()) {
    if (version.isBroken) throw new Error('This deployment is broken.');
    if (step.kind === 'next') {
      await condition(allHandlersFinished);
      const kept = { ...progress, results: [...progress.results, 'next'] };
      const rest: Request = { ...request, steps: steps.slice(index + 1), progress: kept };
      return await continueAsNew<(request: Request) => Promise<Progress>>(rest);
    }
    progress.results.push(await run(step, progress, version));
  }
  if (ends === 'failing') throw ApplicationFailure.nonRetryable('as it was told', 'Told');
  if (ends === 'retried' && workflowInfo().attempt === 1)
    throw ApplicationFailure.retryable('once more', 'Again');
  return progress;
}

/** Hears what others say until it is enough. */
async function listener(): Promise<string[]> {
  const told: string[] = [];
  let isEnough = false;
  setHandler(heard, (id) => void told.push(id));
  setHandler(enough, () => {
    isEnough = true;
  });
  await condition(() => isEnough);
  return told;
}

/** Ends by itself after a while. */
async function patient(ms: number): Promise<string> {
  await sleep(ms);
  return 'patient';
}

async function run(step: Step, progress: Progress, version: Version): Promise<unknown> {
  if (version.isBroken) throw new Error('This deployment is broken.');
  switch (step.kind) {
    case 'activity':
      return await activity(step);
    case 'once':
      return await onlyOnce(step.id, step.ms);
    case 'local': {
      const { work } = proxyLocalActivities<Activities>(plain);
      return await work({
        id: step.id,
        ms: step.ms,
        failures: step.failures,
        behaviour: 'answers',
        answer: `local ${step.id}`,
      });
    }
    case 'timer':
      await sleep(step.ms);
      return `slept ${step.id}`;
    case 'timeout':
      return await timesOut(step.id, step.ms);
    case 'wait':
      return (await condition(() => false, Math.max(1, step.ms))) ? 'held' : `waited ${step.id}`;
    case 'cancelled':
      return await cancelled(step);
    case 'race':
      return await race(step);
    case 'signals':
      await condition(() => new Set(progress.signals).size >= step.count);
      return `signals ${step.count}`;
    case 'updates':
      await condition(() => new Set(progress.updates).size >= step.count && allHandlersFinished());
      return `updates ${step.count}`;
    case 'patch':
      return version.isNew && patched(step.id) ? await patchedStep(step.id) : `plain ${step.id}`;
    case 'random':
      return await sameRandom(step.id);
    case 'tell':
      await getExternalWorkflowHandle(LISTENER).signal(heard, step.id);
      return `told ${step.id}`;
    case 'child':
      return await child(step);
    case 'left':
      await startChild('patient', {
        args: [step.ms],
        parentClosePolicy: step.policy,
        workflowId: childId(step.id),
      });
      return `left ${step.id}`;
    case 'sequence': {
      const results: unknown[] = [];
      for (const each of step.steps) results.push(await run(each, progress, version));
      return results;
    }
    case 'parallel':
      return await Promise.all(step.steps.map((each) => run(each, progress, version)));
    case 'next':
      throw new Error('not at the top of the program');
  }
}

/** One of an earlier attempt of this workflow may still be there. */
function childId(id: string): string {
  const { workflowId, attempt } = workflowInfo();
  return attempt === 1 ? `${workflowId}/${id}` : `${workflowId}/${id} again`;
}

function optionsOf({ startToClose, scheduleToClose, scheduleToStart, heartbeat, retry }: ActivitySettings) {
  const { initial, coefficient, maximum, attempts } = retry;
  return {
    startToCloseTimeout: startToClose,
    ...(scheduleToClose !== undefined && { scheduleToCloseTimeout: scheduleToClose }),
    ...(scheduleToStart !== undefined && { scheduleToStartTimeout: scheduleToStart }),
    ...(heartbeat !== undefined && { heartbeatTimeout: heartbeat }),
    retry: {
      initialInterval: initial,
      backoffCoefficient: coefficient,
      ...(maximum !== undefined && { maximumInterval: maximum }),
      ...(attempts !== undefined && { maximumAttempts: attempts }),
    },
  };
}

async function activity({
  id,
  ms,
  failures,
  behaviour,
  settings,
}: Extract<Step, { kind: 'activity' }>): Promise<string> {
  const { work } = proxyActivities<Activities>(optionsOf(settings));
  try {
    return await work({ id, ms, failures, behaviour, answer: `done ${id}` });
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    const isRefusal = error.cause instanceof ApplicationFailure && error.cause.type === 'Refused';
    return `${isRefusal ? 'refused' : 'gave up'} ${id}`;
  }
}

async function onlyOnce(id: string, ms: number): Promise<string> {
  const { work } = proxyActivities<Activities>({
    startToCloseTimeout: '2 minutes',
    retry: { maximumAttempts: 1 },
  });
  try {
    return await work({ id, ms, failures: 0, behaviour: 'answers', answer: `once ${id}` });
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) return `lost ${id}`;
    throw error;
  }
}

async function timesOut(id: string, ms: number): Promise<string> {
  try {
    await CancellationScope.withTimeout(Math.max(1, ms), () => sleep('1 hour'));
  } catch (error) {
    return isCancellation(error) ? `timed out ${id}` : String(error);
  }
  return 'slept for an hour';
}

async function cancelled({ id, ms, how }: Extract<Step, { kind: 'cancelled' }>): Promise<string> {
  const { untilCancelled } = proxyActivities<Activities>({
    scheduleToCloseTimeout: '4 minutes',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: 10, backoffCoefficient: 1 },
    cancellationType: how,
  });
  const scope = new CancellationScope();
  const inside = scope.run(() => Promise.allSettled([sleep('1 hour'), untilCancelled(id)]));
  if (ms > 20) await sleep(ms);
  scope.cancel();
  const [timer, work] = await inside;
  const isTimerCancelled = timer.status === 'rejected' && isCancellation(timer.reason);
  // An attempt that is lost when nobody may make another ends the activity too.
  const isWorkOver = work.status === 'rejected' && work.reason instanceof ActivityFailure;
  return isTimerCancelled && (isWorkOver || how === 'ABANDON') ? `cancelled ${id}` : `not cancelled ${id}`;
}

async function race({ id, timerMs, activityMs }: Extract<Step, { kind: 'race' }>): Promise<string> {
  const { work } = proxyActivities<Activities>(plain);
  const scope = new CancellationScope();
  return await scope.run(async () => {
    const timer = sleep(timerMs).then(() => `timer ${id}`);
    const activity = work({
      id,
      ms: activityMs,
      failures: 0,
      behaviour: 'answers',
      answer: `activity ${id}`,
    });
    const first = await Promise.race([timer, activity]);
    timer.catch(() => undefined);
    activity.catch(() => undefined);
    scope.cancel();
    return first;
  });
}

async function patchedStep(id: string): Promise<string> {
  await sleep(5);
  return `patched ${id}`;
}

async function sameRandom(id: string): Promise<string> {
  const { work } = proxyActivities<Activities>(plain);
  const answer = uuid4();
  const given = await work({ id, ms: 5, failures: 0, behaviour: 'answers', answer });
  return given === answer ? `same ${id}` : 'differs';
}

async function child({ id, program: steps, ends }: Extract<Step, { kind: 'child' }>): Promise<unknown> {
  if (ends === 'cancelled') return await cancelledChild(id);
  const request: Request = { steps, ...(ends !== 'well' && { ends }) };
  try {
    const done = await executeChild<(request: Request) => Promise<Progress>>('program', {
      args: [request],
      workflowId: childId(id),
      ...(ends === 'retried' && { retry: { initialInterval: 10, maximumAttempts: 2 } }),
    });
    return done.results;
  } catch (error) {
    if (error instanceof ChildWorkflowFailure && error.cause instanceof ApplicationFailure)
      return `child failed ${id}`;
    throw error;
  }
}

async function cancelledChild(id: string): Promise<string> {
  const scope = new CancellationScope();
  const inside = scope.run(async () => {
    const handle = await startChild('patient', { args: [3_600_000], workflowId: childId(id) });
    return await handle.result();
  });
  const outcome = inside.then(
    () => `child done ${id}`,
    (error) => (isCancellation(error) ? `child cancelled ${id}` : String(error)),
  );
  await sleep(30);
  scope.cancel();
  return await outcome;
}
