/**
 * What a program has to give, said without any workflow. Where a loss may rightly change the outcome there are several right
 * ones; the first is the one of an undisturbed run.
 */
import { type Behaviour, isLate, type Step } from './program.ts';

export interface OneOf {
  oneOf: readonly [string, ...string[]];
}

export function expectedOf(step: Step): unknown {
  switch (step.kind) {
    case 'activity':
      return outcomeOfActivity(step);
    case 'once':
      return { oneOf: [`once ${step.id}`, `lost ${step.id}`] };
    case 'local':
      return `local ${step.id}`;
    case 'timer':
      return `slept ${step.id}`;
    case 'timeout':
      return `timed out ${step.id}`;
    case 'wait':
      return `waited ${step.id}`;
    case 'cancelled':
      return `cancelled ${step.id}`;
    case 'shielded':
      return `shielded ${step.id}`;
    case 'race':
      return { oneOf: [`timer ${step.id}`, `activity ${step.id}`], isOpen: true };
    case 'signals':
    case 'updates':
      return `${step.kind} ${step.count}`;
    case 'patch':
      return { oneOf: [`plain ${step.id}`, `patched ${step.id}`], isOpen: true };
    case 'random':
      return `same ${step.id}`;
    case 'mark':
      return `marked ${step.id}`;
    case 'tell':
      return `told ${step.id}`;
    case 'left':
      return `left ${step.id}`;
    case 'child':
      return outcomeOfChild(step);
    case 'sequence':
    case 'parallel':
      return step.steps.map(expectedOf);
    case 'next':
      return 'next';
  }
}

/** Whose attempts fail with what `isOnceOnly` names, and do not merely run out of time. */
const FAILING: ReadonlySet<Behaviour> = new Set(['answers', 'beats', 'postpones']);

function outcomeOfActivity({
  id,
  failures,
  behaviour,
  settings,
}: Extract<Step, { kind: 'activity' }>): unknown {
  const { scheduleToStart, scheduleToClose } = settings;
  // Its turn may not come in time: how many run at once is bounded, and what was abandoned goes on.
  const isOpen = scheduleToStart !== undefined || scheduleToClose !== undefined;
  if (behaviour === 'refuses') return { oneOf: [`refused ${id}`, `gave up ${id}`], isOpen };
  const { attempts = Number.POSITIVE_INFINITY, isOnceOnly = false } = settings.retry;
  if (isLate(behaviour)) {
    const first = failures >= attempts ? `gave up ${id}` : `done ${id}`;
    // A timeout that is noticed late leaves the attempt its time to answer.
    const late = Array.from({ length: failures }, (_, index) => `late ${id} (${index + 1})`);
    return { oneOf: [first, `done ${id}`, `gave up ${id}`, ...late] };
  }
  const isFailing = failures > 0 && FAILING.has(behaviour);
  // An attempt that was lost counts too, and did not fail in the way that is not retried.
  if (isOnceOnly && isFailing) return { oneOf: [`gave up ${id}`, `done ${id}`] };
  // One that fails while it is paused has another.
  if (behaviour !== 'answersLater' && failures >= attempts) return { oneOf: [`gave up ${id}`, `done ${id}`] };
  if (!Number.isFinite(attempts) && !isOpen) return `done ${id}`;
  return { oneOf: [`done ${id}`, `gave up ${id}`], isOpen };
}

function outcomeOfChild({ id, ends, program }: Extract<Step, { kind: 'child' }>): unknown {
  switch (ends) {
    case 'well':
    case 'retried':
      return program.map(expectedOf);
    case 'failing':
      return `child failed ${id}`;
    case 'cancelled':
      return `child cancelled ${id}`;
    case 'timedOut':
      return `child timed out ${id}`;
  }
}

/** Where `found` is not what was expected; undefined when it is. */
export function difference(
  expected: unknown,
  found: unknown,
  isDisturbed: boolean,
  path = '$',
): string | undefined {
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length) return at(path, expected, found);
    for (const [index, each] of expected.entries()) {
      const different = difference(each, found[index], isDisturbed, `${path}[${index}]`);
      if (different !== undefined) return different;
    }
    return undefined;
  }
  if (typeof expected !== 'object' || expected === null)
    return expected === found ? undefined : at(path, expected, found);
  const { oneOf, isOpen = false } = expected as OneOf & { isOpen?: boolean };
  const right = isDisturbed || isOpen ? oneOf : oneOf.slice(0, 1);
  return right.some((each) => each === found) ? undefined : at(path, right, found);
}

function at(path: string, expected: unknown, found: unknown): string {
  return `${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
}
