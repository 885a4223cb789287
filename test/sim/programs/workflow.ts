/** The workflows that run generated programs, as two versions of the code have them, and one that is broken. */
import { defineSearchAttributeKey, SearchAttributeType } from '../../../src/sdk/common/index.ts';
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '../../../src/sdk/workflow/index.ts';
import { type Activities, activity, onlyOnce, plain, sameRandom } from './activity-steps.ts';
import { child, leftChild } from './child-steps.ts';
import type { Progress, Step } from './program.ts';
import { cancelled, race, shielded, timesOut } from './scope-steps.ts';

const poke = defineSignal<[number]>('poke');
const note = defineUpdate<string, [number]>('note');
const progressOf = defineQuery<Progress>('progress');
const heard = defineSignal<[string]>('heard');
const enough = defineSignal('enough');
const marked = defineSearchAttributeKey('Marked', SearchAttributeType.KEYWORD);

export const LISTENER = 'listener';
/** Updates from this number on are refused. */
export const REFUSED_FROM = 100;

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
  setHandler(note, (id) => noted(id, progress), { validator: validNote });
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

async function noted(id: number, progress: Progress): Promise<string> {
  const { work } = proxyActivities<Activities>(plain);
  const answer = `noted ${id}`;
  const done = await work({
    id: `update ${id}`,
    ms: id * 10,
    failures: id % 2,
    behaviour: 'answers',
    answer,
  });
  progress.updates.push(id);
  return done;
}

function validNote(id: number): void {
  if (id >= REFUSED_FROM) throw new Error(`${id} is not to be noted`);
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
    case 'shielded':
      return await shielded(step);
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
    case 'mark':
      upsertSearchAttributes([{ key: marked, value: step.id }]);
      return `marked ${step.id}`;
    case 'tell':
      await getExternalWorkflowHandle(LISTENER).signal(heard, step.id);
      return `told ${step.id}`;
    case 'child':
      return await child(step);
    case 'left':
      return await leftChild(step);
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

async function patchedStep(id: string): Promise<string> {
  await sleep(5);
  return `patched ${id}`;
}
