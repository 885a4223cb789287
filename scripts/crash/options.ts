/** What `npm run test:crash -- ...` takes, and the random numbers that follow from it. */
import { parseArgs } from 'node:util';
import { killKinds } from '../lib/server.ts';
import { type Disruption, disruptions } from './disruptions.ts';

export interface CrashOptions {
  /** Runs in flight at any time. */
  runs: number;
  /** As many as the minutes hold when undefined. */
  kills: number | undefined;
  seed: number;
  /** How long kills may go on; the waiting afterwards comes on top. */
  minutes: number;
  /** What is done to the runtime, one after another. */
  modes: readonly Disruption[];
  /** Of a hundred steps of orders, how many fail at first. */
  failing: number;
  isSoak: boolean;
  /** Of the throughput that was measured before, for a soak. */
  share: number;
}

export function readOptions(): CrashOptions {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      kills: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      minutes: { type: 'string' },
      modes: { type: 'string' },
      failing: { type: 'string' },
      torture: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      share: { type: 'string', default: '70' },
    },
  });
  const { torture, soak } = values;
  const kills = values.kills ?? (torture ? undefined : '10');
  const options = {
    runs: Number(values.runs ?? (torture ? '500' : '200')),
    seed: Number(values.seed),
    minutes: Number(values.minutes ?? (torture ? '60' : soak ? '30' : '6')),
    failing: Number(values.failing ?? (torture ? '5' : '0')),
    share: Number(values.share),
    ...(kills !== undefined && { kills: Number(kills) }),
  };
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name}: a number, found '${value}'`);
  }
  const modes = readModes(values.modes ?? (torture ? disruptions.join() : killKinds.join()));
  return { kills: undefined, ...options, modes, isSoak: soak };
}

function readModes(text: string): readonly Disruption[] {
  return text.split(',').map((name) => {
    const mode = disruptions.find((each) => each === name);
    if (mode === undefined)
      throw new Error(`--modes: expected some of ${disruptions.join()}, found '${name}'`);
    return mode;
  });
}

/** One stream of random numbers per purpose, all from one seed: what is killed does not change what is started. */
export class Random {
  #state: number;

  constructor(seed: number, purpose: string) {
    this.#state = [...purpose].reduce(
      (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619),
      seed | 0,
    );
  }

  /** From 0 up to, and not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.between(0, choices.length - 1)] ?? choices[0];
  }
}
