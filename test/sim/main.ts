/**
 * `npm run test:sim -- [--seeds N] [--from S] [--minutes M | --processor-minutes P] [--workers W] [--out FOLDER] | --replay FILE [--verbose]`
 *
 * Plays seeds S to S + N - 1, or as many as M minutes hold, or P minutes of processor time, whatever else they do meanwhile. A failure prints its seed, is made smaller, and is written to a file
 * that plays it again.
 */
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Fault, FaultKind } from './faults.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { type Failing, shrink, tryOut } from './shrink.ts';
import { SimulationFailure, simulate } from './simulate.ts';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    'processor-minutes': { type: 'string' },
    workers: { type: 'string' },
    out: { type: 'string', default: join(tmpdir(), 'perdure-sim') },
    replay: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    bail: { type: 'boolean', default: false },
    share: { type: 'string' },
  },
});

/** What was played, in figures. */
interface Tally {
  seeds: number;
  failures: { seed: number; message: string; file: string }[];
  steps: number;
  events: number;
  commits: number;
  hours: number;
  undisturbed: number;
  faults: Partial<Record<FaultKind, number>>;
  /** Of those that played: seconds of processor time. */
  processorSeconds: number;
}

interface Range {
  from: number;
  seeds: number;
  /** Every how-manieth seed. */
  stride: number;
  until: number;
  /** Of processor time, for each worker; null for any. */
  processorSeconds: number | null;
}

const EMPTY: Tally = {
  seeds: 0,
  failures: [],
  steps: 0,
  events: 0,
  commits: 0,
  hours: 0,
  undisturbed: 0,
  faults: {},
  processorSeconds: 0,
};

async function play(range: Range): Promise<Tally> {
  const { from, seeds, stride } = range;
  const tally: Tally = structuredClone(EMPTY);
  const isBailing = options.bail;
  for (let seed = from; seed < from + seeds && hasTime(range); seed += stride) {
    tally.seeds += 1;
    try {
      add(tally, await simulate(scenarioOf(seed)));
    } catch (error) {
      if (!(error instanceof SimulationFailure)) throw error;
      tally.failures.push(await failed(seed, error));
      if (isBailing) break;
    }
  }
  return { ...tally, processorSeconds: processorSeconds() };
}

function hasTime({ until, processorSeconds: most }: Range): boolean {
  return performance.timeOrigin + performance.now() < until && (most === null || processorSeconds() < most);
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function add(tally: Tally, course: Awaited<ReturnType<typeof simulate>>): void {
  tally.steps += course.steps;
  tally.events += course.events;
  tally.commits += course.commits;
  tally.hours += course.ms / 3_600_000;
  if (course.fired.length === 0) tally.undisturbed += 1;
  for (const { kind } of course.fired) tally.faults[kind] = (tally.faults[kind] ?? 0) + 1;
}

async function failed(seed: number, error: SimulationFailure): Promise<Tally['failures'][number]> {
  console.log(`FAILED ${error.message.slice(0, 600)}`);
  const { scenario, faults, oracle, message } = error;
  const failing: Failing = { scenario, faults, oracle, message };
  const smaller = options['no-shrink'] ? failing : await shrink(failing);
  mkdirSync(options.out, { recursive: true });
  const file = join(options.out, `seed-${seed}.json`);
  writeFileSync(file, `${JSON.stringify(smaller, null, 2)}\n`);
  console.log(`  smaller: ${summary(smaller.scenario, smaller.faults)}`);
  console.log(`  npm run test:sim -- --replay ${file}`);
  return { seed, message: smaller.message.slice(0, 600), file };
}

function summary({ program, signals, updates }: Scenario, faults: readonly Fault[]): string {
  const named = faults.map(({ kind, nth }) => `${kind}#${nth}`).join(', ') || 'none';
  return `faults ${named}; ${signals} signals, ${updates} updates; ${JSON.stringify(program)}`;
}

async function replay(file: string): Promise<number> {
  // Sound: written by `failed`.
  const { scenario, faults } = JSON.parse(readFileSync(file, 'utf8')) as Failing;
  if (options.verbose) {
    const log = (level: string, message: string, attributes?: Record<string, unknown>) =>
      console.log(level, message, attributes?.workflowId ?? '', attributes?.error ?? '');
    await simulate(scenario, { only: faults, log, isPrinting: true }).catch((error: unknown) =>
      console.log(error),
    );
    return 0;
  }
  const failing = await tryOut(scenario, faults);
  console.log(failing === undefined ? 'It passes.' : failing.message);
  return failing === undefined ? 0 : 1;
}

/** Each worker takes every how-manieth seed. */
async function playTogether(range: Range, workers: number): Promise<Tally> {
  const shares = Array.from({ length: workers }, (_, index) => ({
    ...range,
    from: range.from + index,
    stride: workers,
  }));
  const tallies = await Promise.all(
    shares.map((share) => playElsewhere({ ...share, seeds: range.seeds - share.from + range.from })),
  );
  return tallies.reduce(sum, structuredClone(EMPTY));
}

function playElsewhere(share: Range): Promise<Tally> {
  const own = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
  const flags = ['--no-shrink', '--bail'].filter((flag) => own.includes(flag));
  const child = fork(import.meta.filename, [
    '--share',
    JSON.stringify(share),
    '--out',
    options.out,
    ...flags,
  ]);
  return new Promise((resolve, reject) => {
    let tally: Tally | undefined;
    child.on('message', (message) => {
      tally = message as Tally; // Sound: sent by `main`.
    });
    child.on('exit', (code) => (tally ? resolve(tally) : reject(new Error(`A worker ended with ${code}.`))));
  });
}

function sum(a: Tally, b: Tally): Tally {
  const faults = { ...a.faults };
  for (const [kind, count] of Object.entries(b.faults)) {
    const key = kind as FaultKind; // Sound: the record has no other keys.
    faults[key] = (faults[key] ?? 0) + count;
  }
  const add = (
    key: 'seeds' | 'steps' | 'events' | 'commits' | 'hours' | 'undisturbed' | 'processorSeconds',
  ) => a[key] + b[key];
  return {
    seeds: add('seeds'),
    steps: add('steps'),
    events: add('events'),
    commits: add('commits'),
    hours: add('hours'),
    undisturbed: add('undisturbed'),
    processorSeconds: add('processorSeconds'),
    failures: [...a.failures, ...b.failures].sort((x, y) => x.seed - y.seed),
    faults,
  };
}

function print(tally: Tally, seconds: number): void {
  const { seeds, failures, steps, events, commits, hours, undisturbed, faults, processorSeconds } = tally;
  const each = ((seconds * 1_000) / Math.max(seeds, 1)).toFixed(1);
  console.log(
    `${seeds} seeds in ${seconds.toFixed(1)} s (${each} ms each), ${undisturbed} of them without a fault`,
  );
  console.log(`${(processorSeconds / 60).toFixed(1)} minutes of processors`);
  console.log(
    `${steps} steps, ${events} events, ${commits} commits, ${hours.toFixed(0)} hours of their time`,
  );
  const counts = Object.entries(faults).sort(([, a], [, b]) => b - a);
  console.log(`faults: ${counts.map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  console.log(`${seeds - failures.length} passed, ${failures.length} failed`);
  for (const { message, file } of failures) console.log(`  ${message.slice(0, 300)}\n    ${file}`);
}

async function main(): Promise<number> {
  if (options.replay !== undefined) return await replay(options.replay);
  if (options.share !== undefined) {
    process.send?.(await play(JSON.parse(options.share) as Range)); // Sound: given by `playElsewhere`.
    return 0;
  }
  const startedAt = performance.now();
  const minutes = options.minutes === undefined ? undefined : Number(options.minutes);
  const until = performance.timeOrigin + performance.now() + (minutes ?? 24 * 60) * 60_000;
  const processorMinutes = options['processor-minutes'];
  const isTimed = minutes !== undefined || processorMinutes !== undefined;
  const seeds = isTimed ? Number.MAX_SAFE_INTEGER / 2 : Number(options.seeds);
  const workers = Number(options.workers ?? Math.min(availableParallelism(), 4));
  const most = processorMinutes === undefined ? null : (Number(processorMinutes) * 60) / workers;
  const range = { from: Number(options.from), seeds, stride: 1, until, processorSeconds: most };
  const tally = workers > 1 ? await playTogether(range, workers) : await play(range);
  print(tally, (performance.now() - startedAt) / 1_000);
  return tally.failures.length > 0 ? 1 : 0;
}

process.exitCode = await main();
