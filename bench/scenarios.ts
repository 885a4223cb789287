/** What is measured. A scenario gives, per system and round, one figure: milliseconds, or runs a second for throughput. */
import { median } from './statistics.ts';
import type { System } from './systems.ts';
import type { Work } from './work.ts';

export interface Scenario {
  readonly name: string;
  readonly unit: 'ms' | 'steps/s' | 's';
  /** What the ratio to the bare object must be: at most for times, at least for throughput. Undefined: only printed. */
  readonly bound?: number;
  /** Absolute figure of the bare object in the published comparison, same unit; undefined where there is none. */
  readonly published?: number;
  /** Samples a round; the local engine of Cloudflare Workflows, which bounds nothing, gets fewer. */
  readonly samples: number;
  /** Cloudflare Workflows has nothing to compare. */
  readonly isOurs?: boolean;
  round(system: System, prefix: string, samples: number): Promise<number>;
}

const sequential = (steps: number, bytes = 0): Work => ({ mode: 'sequential', steps, bytes });

async function latency(system: System, prefix: string, samples: number, work: Work): Promise<number> {
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const began = performance.now();
    await system.execute(`${prefix}-${sample}`, work);
    times.push(performance.now() - began);
  }
  return median(times);
}

async function throughput(
  system: System,
  prefix: string,
  samples: number,
  work: Work,
  atOnce: number,
): Promise<number> {
  let next = 0;
  const began = performance.now();
  const lane = async () => {
    while (next < samples) await system.execute(`${prefix}-${next++}`, work);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (samples * work.steps * 1000) / (performance.now() - began);
}

async function signalToCompletion(system: System, prefix: string, samples: number): Promise<number> {
  const work: Work = { mode: 'signal', steps: 0, bytes: 0 };
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const id = `${prefix}-${sample}`;
    await system.start(id, work);
    times.push(await (system.hasWaits ? signalWaiting(system, id, work) : signalThenAsk(system, id, work)));
  }
  return median(times);
}

/** The wait is under way before the signal is sent; the pause lets its request arrive first. */
async function signalWaiting(system: System, id: string, work: Work): Promise<number> {
  const completed = system.completed(id, work);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const began = performance.now();
  await Promise.all([system.signal(id), completed]);
  return performance.now() - began;
}

/** Two requests here too: one that does it, one that tells whoever wants to know. */
async function signalThenAsk(system: System, id: string, work: Work): Promise<number> {
  const began = performance.now();
  await system.signal(id);
  await system.completed(id, work);
  return performance.now() - began;
}

async function updates(system: System, prefix: string, samples: number): Promise<number> {
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const id = `${prefix}-${sample}`;
    await system.start(id, { mode: 'update', steps: 0, bytes: 0 });
    const began = performance.now();
    await system.update?.(id);
    times.push(performance.now() - began);
  }
  return median(times);
}

const MARGINAL_STEPS = 51;

/** What one step more costs, in ms: runs of many steps against runs of one, in turn. */
async function marginal(
  system: System,
  prefix: string,
  samples: number,
  mode: Work['mode'],
): Promise<number> {
  const differences: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const [one, many] = [1, MARGINAL_STEPS].map((steps) => async () => {
      const began = performance.now();
      await system.execute(`${prefix}-${sample}-${steps}`, { mode, steps, bytes: 0 });
      return performance.now() - began;
    }) as [() => Promise<number>, () => Promise<number>];
    const short = await one();
    differences.push(((await many()) - short) / (MARGINAL_STEPS - 1));
  }
  return median(differences);
}

async function sleepers(system: System, prefix: string, count: number): Promise<number> {
  const work: Work = { mode: 'sleep', steps: 2000, bytes: 0 };
  const began = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < count) await system.start(`${prefix}-${next++}`, work);
  };
  await Promise.all(Array.from({ length: 32 }, lane));
  for (let index = 0; index < count; index++) await system.completed(`${prefix}-${index}`, work);
  return (performance.now() - began) / 1000;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: '1 activity',
    unit: 'ms',
    bound: 1.4,
    published: 3.8,
    samples: 200,
    round: (s, p, n) => latency(s, p, n, sequential(1)),
  },
  {
    name: '10 sequential activities',
    unit: 'ms',
    bound: 1.4,
    published: 7.3,
    samples: 200,
    round: (s, p, n) => latency(s, p, n, sequential(10)),
  },
  {
    name: '10 sequential, 32 at once',
    unit: 'steps/s',
    bound: 0.75,
    published: 1628,
    samples: 200,
    round: (s, p, n) => throughput(s, p, n, sequential(10), 32),
  },
  {
    name: '100 parallel activities',
    unit: 'ms',
    bound: 1.25,
    published: 35,
    samples: 200,
    round: (s, p, n) => latency(s, p, n, { mode: 'parallel', steps: 100, bytes: 0 }),
  },
  {
    name: 'signal to completion',
    unit: 'ms',
    bound: 1.25,
    published: 2.3,
    samples: 200,
    round: signalToCompletion,
  },
  { name: '1,000 sleeping 2 s', unit: 's', bound: 1.25, published: 5.4, samples: 1000, round: sleepers },
  {
    name: '100 KB result',
    unit: 'ms',
    bound: 1.15,
    published: 5.5,
    samples: 200,
    round: (s, p, n) => latency(s, p, n, sequential(1, 100_000)),
  },
  {
    name: 'local activity, over a row write',
    unit: 'ms',
    bound: 1.3,
    samples: 40,
    isOurs: true,
    round: (s, p, n) => marginal(s, p, n, 'local'),
  },
  {
    name: '5 child workflows in a row',
    unit: 'ms',
    samples: 100,
    isOurs: true,
    round: (s, p, n) => latency(s, p, n, { mode: 'children', steps: 5, bytes: 0 }),
  },
  { name: 'update to its result', unit: 'ms', samples: 200, isOurs: true, round: updates },
];
