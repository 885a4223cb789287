/** Random programs: how they are made, and what they have to give, said without any workflow. */
import type { Random } from './random.ts';

export type Step =
  /** An activity whose first attempts fail. */
  | { kind: 'activity'; id: string; failures: number; ms: number }
  /** One that must not run twice: it gives its result, or is lost. */
  | { kind: 'once'; id: string; ms: number }
  | { kind: 'doomed'; id: string }
  | { kind: 'local'; id: string; failures: number }
  | { kind: 'timer'; id: string; ms: number }
  /** A scope that times out around a longer sleep. */
  | { kind: 'timeout'; id: string; ms: number }
  /** A scope that is cancelled from outside while an activity and a timer run in it. */
  | { kind: 'cancelled'; id: string; ms: number }
  /** Waits until this many signals have come. */
  | { kind: 'signals'; count: number }
  /** Waits until this many different updates have come. */
  | { kind: 'updates'; count: number }
  | { kind: 'patch'; id: string }
  /** A random value that an activity gives back. */
  | { kind: 'random'; id: string }
  | { kind: 'child'; id: string; program: Step[]; failing: boolean }
  | { kind: 'sequence'; steps: Step[] }
  | { kind: 'parallel'; steps: Step[] }
  /** The rest in a new run. At the top of a program only. */
  | { kind: 'next' };

export interface Progress {
  results: unknown[];
  signals: number[];
  updates: number[];
}

/** A program that ends when all signals and updates have come. */
export function makeProgram(
  random: Random,
  { signals, updates }: { signals: number; updates: number },
): Step[] {
  const steps = makeSteps(random, { depth: 0, prefix: 's', signals, isChild: false });
  return [...steps, { kind: 'signals', count: signals }, { kind: 'updates', count: updates }];
}

interface Place {
  depth: number;
  prefix: string;
  signals: number;
  isChild: boolean;
}

function makeSteps(random: Random, place: Place): Step[] {
  const count = random.between(1, place.depth === 0 ? 7 : 3);
  return Array.from({ length: count }, (_, index) =>
    makeStep(random, { ...place, prefix: `${place.prefix}.${index}` }),
  );
}

const LEAVES = [
  'activity',
  'activity',
  'once',
  'doomed',
  'local',
  'timer',
  'timeout',
  'cancelled',
  'patch',
  'random',
] as const;

function makeStep(random: Random, place: Place): Step {
  const { depth, prefix: id, signals, isChild } = place;
  const inner = { ...place, depth: depth + 1 };
  if (depth < 3 && random.chance(0.35)) {
    const kind = random.pick(['sequence', 'parallel', 'parallel', 'child'] as const);
    if (kind !== 'child') return { kind, steps: makeSteps(random, inner) };
    return {
      kind,
      id,
      program: makeSteps(random, { ...inner, depth: 2, isChild: true }),
      failing: random.chance(0.2),
    };
  }
  if (!isChild && signals > 0 && random.chance(0.15)) {
    return { kind: 'signals', count: random.between(1, signals) };
  }
  if (depth === 0 && random.chance(0.12)) return { kind: 'next' };
  const kind = random.pick(LEAVES);
  const ms = random.between(1, 80);
  switch (kind) {
    case 'activity':
      return { kind, id, ms, failures: random.chance(0.3) ? random.between(1, 3) : 0 };
    case 'local':
      return { kind, id, failures: random.chance(0.3) ? 1 : 0 };
    case 'doomed':
    case 'patch':
    case 'random':
      return { kind, id };
    default:
      return { kind, id, ms };
  }
}

/** What a step gives; a list says that one of several is right. */
export function expectedOf(step: Step): unknown {
  switch (step.kind) {
    case 'activity':
    case 'local':
      return `${step.kind} ${step.id}`;
    case 'once':
      return { oneOf: [`once ${step.id}`, `lost ${step.id}`] };
    case 'doomed':
      return `failed ${step.id}`;
    case 'timer':
      return `slept ${step.id}`;
    case 'timeout':
      return `timed out ${step.id}`;
    case 'cancelled':
      return `cancelled ${step.id}`;
    case 'signals':
    case 'updates':
      return `${step.kind} ${step.count}`;
    case 'patch':
      return `patched ${step.id}`;
    case 'random':
      return `same ${step.id}`;
    case 'child':
      return step.failing ? `child failed ${step.id}` : step.program.map(expectedOf);
    case 'sequence':
    case 'parallel':
      return step.steps.map(expectedOf);
    case 'next':
      return 'next';
  }
}

/** Where `found` is not what was expected; undefined when it is. */
export function difference(expected: unknown, found: unknown, path = '$'): string | undefined {
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length) return at(path, expected, found);
    return expected.map((each, index) => difference(each, found[index], `${path}[${index}]`)).find(Boolean);
  }
  const choices =
    typeof expected === 'object' && expected !== null ? (expected as { oneOf: unknown[] }).oneOf : [expected];
  return choices.includes(found) ? undefined : at(path, expected, found);
}

function at(path: string, expected: unknown, found: unknown): string {
  return `${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
}
