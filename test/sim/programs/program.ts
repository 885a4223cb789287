/** Generated programs: what they are made of, and how a seed makes one. Plain data, so that a file can hold them. */
import type { Random } from '../random.ts';

/** How an activity behaves, whatever its settings. */
export type Behaviour =
  /** Its first attempts fail, the next gives its answer. */
  | 'answers'
  /** As above, and says now and then how far it is. */
  | 'beats'
  /** Its first attempts never come back. */
  | 'hangs'
  /** Its first attempts give no sign of life, as which they are over long before they would end. */
  | 'silent'
  /** As `answers`; each failure says itself when the next attempt is to come. */
  | 'postpones'
  /** Fails in a way that no other attempt can mend. */
  | 'refuses'
  /** Its answer comes from elsewhere, by its token. */
  | 'answersLater'
  /** Its first attempts go on past their timeout and heed nothing; each has an answer when the next one is under way. */
  | 'overruns'
  /** As above, with answers by token. */
  | 'answersTooLate';

/** Milliseconds; what is absent is not set. `isOnceOnly`: the failures that its attempts have are not to be retried. */
export interface ActivitySettings {
  /** This or `scheduleToClose`. */
  startToClose?: number;
  scheduleToClose?: number;
  scheduleToStart?: number;
  heartbeat?: number;
  retry: { initial: number; coefficient: number; maximum?: number; attempts?: number; isOnceOnly?: boolean };
}

export type CancellationKind = 'ABANDON' | 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED';
export type ChildCancellationKind = CancellationKind | 'WAIT_CANCELLATION_REQUESTED';
export type ClosePolicy = 'TERMINATE' | 'REQUEST_CANCEL' | 'ABANDON';

export type Step =
  | {
      kind: 'activity';
      id: string;
      ms: number;
      failures: number;
      behaviour: Behaviour;
      settings: ActivitySettings;
    }
  /** At most one attempt: it gives its answer, or is lost. */
  | { kind: 'once'; id: string; ms: number }
  | { kind: 'local'; id: string; ms: number; failures: number }
  | { kind: 'timer'; id: string; ms: number }
  /** A scope with a timeout around a longer sleep. */
  | { kind: 'timeout'; id: string; ms: number }
  /** A condition that never holds, with a timeout. */
  | { kind: 'wait'; id: string; ms: number }
  /** A scope that is cancelled while an activity and a timer run in it. */
  | { kind: 'cancelled'; id: string; ms: number; how: CancellationKind }
  /** What is shielded from the cancel of the scope around it. */
  | { kind: 'shielded'; id: string; ms: number }
  /** A timer against an activity; the loser is cancelled. */
  | { kind: 'race'; id: string; timerMs: number; activityMs: number }
  | { kind: 'signals'; count: number }
  | { kind: 'updates'; count: number }
  /** Old code does this step plainly, new code asks for the patch. */
  | { kind: 'patch'; id: string }
  /** A random value that an activity gives back. */
  | { kind: 'random'; id: string }
  /** A search attribute, for the index to list. */
  | { kind: 'mark'; id: string }
  /** Says something to the listener, another workflow. */
  | { kind: 'tell'; id: string }
  | { kind: 'child'; id: string; program: Step[]; ends: ChildEnd; how: ChildCancellationKind }
  /** A child that is started and not waited for. */
  | { kind: 'left'; id: string; policy: ClosePolicy; ms: number }
  | { kind: 'sequence'; steps: Step[] }
  | { kind: 'parallel'; steps: Step[] }
  /** The rest in a new run. At the top of a program only. */
  | { kind: 'next' };

/** `timedOut`: its run timeout ends it. */
export type ChildEnd = 'well' | 'failing' | 'retried' | 'cancelled' | 'timedOut';

export interface Progress {
  results: unknown[];
  signals: number[];
  updates: number[];
}

/** Long enough for what was lost to be noticed long before. */
export const START_TO_CLOSE_MS = 1_200_000;

/** How long a child that is left behind would go on. */
export const LEFT_MS = 8 * 3_600_000;

interface Place {
  depth: number;
  prefix: string;
  signals: number;
  isChild: boolean;
  longMs: number;
}

export function makeProgram(
  random: Random,
  { signals, updates, size }: { signals: number; updates: number; size: number },
): Step[] {
  const longMs = random.pick([500, 5_000, 60_000]);
  const place = { depth: 0, prefix: 's', signals, isChild: false, longMs };
  const steps = makeSteps(random, place, random.between(1, size));
  return [...steps, { kind: 'signals', count: signals }, { kind: 'updates', count: updates }];
}

function makeSteps(random: Random, place: Place, count: number): Step[] {
  return Array.from({ length: count }, (_, index) =>
    makeStep(random, { ...place, prefix: `${place.prefix}.${index}` }),
  );
}

const LEAVES = [
  'activity',
  'activity',
  'activity',
  'once',
  'once',
  'local',
  'timer',
  'timeout',
  'wait',
  'cancelled',
  'shielded',
  'race',
  'patch',
  'random',
  'mark',
  'tell',
] as const;

function makeStep(random: Random, place: Place): Step {
  const { depth, signals, isChild } = place;
  if (depth < 3 && random.chance(0.35)) return makeCompound(random, place);
  if (!isChild && signals > 0 && random.chance(0.12))
    return { kind: 'signals', count: random.between(1, signals) };
  if (depth === 0 && random.chance(0.12)) return { kind: 'next' };
  return makeLeaf(random, place);
}

function makeCompound(random: Random, place: Place): Step {
  const { depth, prefix: id } = place;
  const inner = { ...place, depth: depth + 1 };
  const kind = random.pick(['sequence', 'parallel', 'parallel', 'child', 'left'] as const);
  switch (kind) {
    case 'child': {
      const ends = random.pick([
        'well',
        'well',
        'well',
        'failing',
        'retried',
        'cancelled',
        'timedOut',
      ] as const);
      const how = random.pick([
        'WAIT_CANCELLATION_COMPLETED',
        'WAIT_CANCELLATION_REQUESTED',
        'TRY_CANCEL',
        'ABANDON',
      ] as const);
      return {
        kind,
        id,
        program: makeSteps(random, { ...inner, depth: 2, isChild: true }, random.between(1, 3)),
        ends,
        how,
      };
    }
    case 'left': {
      const policy = random.pick(['TERMINATE', 'REQUEST_CANCEL', 'ABANDON'] as const);
      // Long past the end of its parent, if that does not end it.
      return { kind, id, policy, ms: policy === 'ABANDON' ? random.between(1, 20_000) : LEFT_MS };
    }
    default:
      return { kind, steps: makeSteps(random, inner, random.between(1, 4)) };
  }
}

function makeLeaf(random: Random, { prefix: id, longMs }: Place): Step {
  const kind = random.pick(LEAVES);
  const ms = random.between(0, random.chance(0.3) ? longMs : 80);
  switch (kind) {
    case 'activity':
      return makeActivity(random, id, ms);
    case 'local':
      return {
        kind,
        id,
        ms: random.chance(0.8) ? 0 : random.between(1, 15_000),
        failures: random.chance(0.3) ? 1 : 0,
      };
    case 'cancelled':
      return { kind, id, ms, how: random.pick(['ABANDON', 'TRY_CANCEL', 'WAIT_CANCELLATION_COMPLETED']) };
    case 'race':
      return { kind, id, timerMs: ms, activityMs: random.between(0, 80) };
    case 'patch':
    case 'random':
    case 'mark':
    case 'tell':
      return { kind, id };
    default:
      return { kind, id, ms };
  }
}

function makeActivity(random: Random, id: string, ms: number): Step {
  const behaviour = random.pick([
    'answers',
    'answers',
    'answers',
    'beats',
    'hangs',
    'silent',
    'postpones',
    'refuses',
    'answersLater',
    'overruns',
    'answersTooLate',
  ] as const);
  if (isLate(behaviour)) return makeLateActivity(random, id, behaviour);
  const failures = random.chance(0.4) ? random.between(1, 3) : 0;
  const settings: ActivitySettings = {
    startToClose: START_TO_CLOSE_MS,
    retry: { initial: random.pick([1, 10, 1_000, 5_000]), coefficient: random.pick([1, 2]) },
  };
  if (behaviour === 'hangs') settings.startToClose = random.between(ms + 1_000, ms + 10_000);
  if (behaviour === 'beats') settings.heartbeat = random.between(2_000, 10_000) + ms;
  if (behaviour === 'silent') settings.heartbeat = random.between(1_000, 5_000) + ms;
  if (random.chance(0.2)) settings.scheduleToClose = random.between(60_000, 200_000);
  if (random.chance(0.1)) settings.scheduleToStart = random.between(30_000, 60_000);
  if (random.chance(0.3)) settings.retry.attempts = random.between(2, 5);
  if (random.chance(0.2)) settings.retry.maximum = 6_000;
  if (random.chance(0.08)) settings.retry.isOnceOnly = true;
  const isBounded = settings.scheduleToClose !== undefined && behaviour !== 'hangs';
  if (isBounded && random.chance(0.4)) delete settings.startToClose;
  return { kind: 'activity', id, ms, failures, behaviour, settings };
}

export const isLate = (behaviour: Behaviour): behaviour is 'overruns' | 'answersTooLate' =>
  behaviour === 'overruns' || behaviour === 'answersTooLate';

/** Nothing but start-to-close ends an attempt, so that the late answer meets the one after it. */
function makeLateActivity(random: Random, id: string, behaviour: 'overruns' | 'answersTooLate'): Step {
  const settings: ActivitySettings = {
    startToClose: random.between(5_000, 20_000),
    retry: { initial: random.pick([1, 1_000]), coefficient: 1 },
  };
  if (random.chance(0.3)) settings.retry.attempts = random.between(2, 4);
  return {
    kind: 'activity',
    id,
    ms: random.between(500, 4_000),
    failures: random.between(1, 2),
    behaviour,
    settings,
  };
}

/** How many times the listener is told something by a program that runs to its end. */
export function countTold(steps: readonly Step[]): string[] {
  return steps.flatMap((step): string[] => {
    switch (step.kind) {
      case 'tell':
        return [step.id];
      case 'child':
        return step.ends === 'cancelled' || step.ends === 'timedOut' ? [] : countTold(step.program);
      case 'sequence':
      case 'parallel':
        return countTold(step.steps);
      default:
        return [];
    }
  });
}
