/** What `npm run test:crash -- ...` takes, and the random numbers that follow from it. */
import { parseArgs } from 'node:util';

export interface CrashOptions {
  /** Runs in flight at any time. */
  runs: number;
  kills: number;
  seed: number;
  /** How long kills may go on; the waiting afterwards comes on top. */
  minutes: number;
}

export function readOptions(): CrashOptions {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '200' },
      kills: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      minutes: { type: 'string', default: '6' },
    },
  });
  const options = {
    runs: Number(values.runs),
    kills: Number(values.kills),
    seed: Number(values.seed),
    minutes: Number(values.minutes),
  };
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name}: a number, found '${value}'`);
  }
  return options;
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
