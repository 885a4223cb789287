/** What a seed stands for: a program, who calls it and when, the deployment around it, and how much goes wrong. Plain data. */
import type { Beginning } from './caller.ts';
import type { FaultKind, FaultRates } from './faults.ts';
import { type Operation, operationsOf } from './operator.ts';
import { makeProgram, type Step } from './programs/program.ts';
import { Random } from './random.ts';

export interface Scenario {
  seed: number;
  program: Step[];
  signals: number;
  updates: number;
  queries: number;
  /** Updates that the program refuses. */
  refused: number;
  /** Whether somebody reads the history along. */
  isFollowed: boolean;
  begins: Beginning;
  /** What a client does to the run besides. */
  interference: 'none' | 'cancel' | 'terminate';
  interfereAtMs: number;
  /** What people do to the run on its way. Scenarios of old files have none. */
  operations?: Operation[];
  isolates: number;
  /** Workers elsewhere that run all code. Scenarios of old files have none. */
  workersElsewhere?: number;
  dispatchWindow: number;
  /** Tasks are replayed in the shadow. */
  development: boolean;
  /** When new code is deployed, and for how long before that code is out that breaks every task. */
  deployAtMs: number | undefined;
  brokenForMs: number;
  rates: FaultRates;
  faultsMax: number;
}

/** Rates at which a few of each happen in a program of ordinary size. */
const RATES: Readonly<Record<FaultKind, number>> = {
  crashBeforeCommit: 0.03,
  crashAfterCommit: 0.04,
  failedCommit: 0.02,
  slowFlush: 0.15,
  tornCommit: 0.5,
  isolateCrash: 0.25,
  evicted: 0.003,
  lostAgain: 0.25,
  requestLost: 0.05,
  answerLost: 0.05,
  duplicated: 0.08,
  late: 0.04,
  alarmEarly: 0.08,
  alarmLate: 0.08,
  alarmTwice: 0.1,
  alarmDropped: 0.7,
  activityRequestLost: 0.04,
  activityAnswerLost: 0.04,
  handlerCut: 0.4,
  reportLost: 0.1,
  workerLost: 0.03,
  slowTask: 0.08,
  callerGone: 0.1,
  slowCaller: 0.1,
  clockStep: 0.0015,
};

const CRASHES: readonly FaultKind[] = [
  'crashBeforeCommit',
  'crashAfterCommit',
  'failedCommit',
  'slowFlush',
  'tornCommit',
  'isolateCrash',
  'evicted',
  'lostAgain',
  'workerLost',
];
const NETWORK: readonly FaultKind[] = ['requestLost', 'answerLost', 'duplicated', 'late', 'reportLost'];
const ALARMS: readonly FaultKind[] = [
  'alarmEarly',
  'alarmLate',
  'alarmTwice',
  'alarmDropped',
  'evicted',
  'clockStep',
];
const ACTIVITIES: readonly FaultKind[] = [
  'activityRequestLost',
  'activityAnswerLost',
  'handlerCut',
  'reportLost',
  'late',
  'evicted',
  'lostAgain',
  'workerLost',
];
const CALLERS: readonly FaultKind[] = [
  'slowTask',
  'slowCaller',
  'callerGone',
  'requestLost',
  'answerLost',
  'duplicated',
];

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed, 'scenario');
  const signals = random.chance(0.6) ? random.between(1, 5) : 0;
  const updates = random.chance(0.5) ? random.between(1, 4) : 0;
  const size = random.pick([2, 4, 8]);
  const interference = random.pick([
    'none',
    'none',
    'none',
    'none',
    'none',
    'none',
    'cancel',
    'terminate',
  ] as const);
  const isDeployed = random.chance(0.3);
  const elsewhere = new Random(seed, 'elsewhere');
  return {
    seed,
    program: makeProgram(random, { signals, updates, size }),
    signals,
    updates,
    queries: random.between(0, 2),
    refused: random.chance(0.2) ? random.between(1, 2) : 0,
    isFollowed: random.chance(0.15),
    begins: random.pick(['start', 'start', 'start', 'signalWithStart', 'updateWithStart']),
    interference,
    interfereAtMs: random.between(0, random.pick([10, 50, 1_000, 20_000])),
    isolates: random.between(1, 2),
    dispatchWindow: random.pick([1, 2, 100, 100]),
    development: random.chance(0.15),
    deployAtMs: isDeployed ? random.between(0, random.pick([100, 3_000, 60_000])) : undefined,
    brokenForMs: isDeployed && random.chance(0.3) ? random.between(100, 60_000) : 0,
    workersElsewhere: elsewhere.chance(0.2) ? elsewhere.between(1, 2) : 0,
    operations: operationsOf(new Random(seed, 'operations'), interference !== 'none'),
    ...makeFaults(random, interference),
  };
}

/** With a signal or an update only where the program waits for one. */
export function beginningOf({ begins, signals, updates }: Scenario): Beginning {
  if (begins === 'signalWithStart' && signals === 0) return 'start';
  return begins === 'updateWithStart' && updates === 0 ? 'start' : begins;
}

/** Whether anybody takes the run back, or its activities. */
export function isTaken(scenario: Scenario, kind: Operation['kind']): boolean {
  return (scenario.operations ?? []).some((operation) => operation.kind === kind);
}

/** None, one family, or everything; few or many. */
function makeFaults(
  random: Random,
  interference: Scenario['interference'],
): Pick<Scenario, 'rates' | 'faultsMax'> {
  // What is on its way when a run ends in a hurry.
  if (interference !== 'none' && random.chance(0.3)) return { rates: { late: 0.3 }, faultsMax: 10 };
  if (random.chance(0.12)) return { rates: {}, faultsMax: 0 };
  const all = Object.keys(RATES) as FaultKind[]; // Sound: the record has these keys and no other.
  const kinds = random.pick([all, all, CRASHES, CRASHES, NETWORK, ALARMS, ACTIVITIES, CALLERS]);
  const share = random.pick([0.3, 1, 1, 2]);
  const rates: FaultRates = {};
  for (const kind of kinds) rates[kind] = Math.min(0.9, RATES[kind] * share);
  return { rates, faultsMax: random.pick([1, 3, 10, 25]) };
}
