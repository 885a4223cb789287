/**
 * The run's pseudo-random numbers (DET-1, DET-2, DET-4): the same stream that Temporal's TypeScript SDK draws from, so that
 * a history made here replays there and the other way round.
 *
 * R1. One generator per run, seeded by the original run ID; a reset seeds it anew by the new run ID.
 * R2. A named stream depends on the run's seed and its name only; drawing from it moves no other stream.
 */
import { sipHash13 } from './sip-hash.ts';

/** Draws a number from 0 up to, not including, 1. */
export type RandomSource = () => number;

const encoder = new TextEncoder();
const TWO_TO_32 = 0x1_0000_0000;
const TWO_TO_MINUS_32 = 2.3283064365386963e-10;

/** The eight seed bytes of a run, most significant first. The hash covers the text and one closing 0xff. */
export function seedOfRun(runId: string): number[] {
  const text = encoder.encode(runId);
  const hashed = new Uint8Array(text.length + 1);
  hashed.set(text);
  hashed[text.length] = 0xff;
  const digest = sipHash13(hashed);
  return Array.from({ length: 8 }, (_, index) => Number((digest >> BigInt(8 * (7 - index))) & 0xffn));
}

function bigEndian32(value: number): number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** The seed of the stream called `name` in a run seeded with `seed`. */
export function seedOfStream(seed: readonly number[], name: string): number[] {
  const nameBytes = encoder.encode(name);
  return [
    ...encoder.encode('temporal-workflow-random-stream-v1'),
    ...bigEndian32(seed.length),
    ...seed,
    ...bigEndian32(nameBytes.length),
    ...nameBytes,
  ];
}

/** Johannes Baagøe's Alea generator over the bytes of `seed`. */
export function alea(seed: readonly number[]): RandomSource {
  const mash = createMash();
  const blank = [32];
  let s0 = mash(blank);
  let s1 = mash(blank);
  let s2 = mash(blank);
  let carry = 1;
  s0 = wrap(s0 - mash(seed));
  s1 = wrap(s1 - mash(seed));
  s2 = wrap(s2 - mash(seed));
  return () => {
    const next = 2091639 * s0 + carry * TWO_TO_MINUS_32;
    s0 = s1;
    s1 = s2;
    carry = next | 0;
    s2 = next - carry;
    return s2;
  };
}

function wrap(value: number): number {
  return value < 0 ? value + 1 : value;
}

function createMash(): (data: readonly number[]) => number {
  let hash = 0xefc8249d;
  return (data) => {
    for (const byte of data) {
      hash += byte;
      let fraction = 0.02519603282416938 * hash;
      hash = fraction >>> 0;
      fraction = (fraction - hash) * hash;
      hash = fraction >>> 0;
      hash += (fraction - hash) * TWO_TO_32;
    }
    return (hash >>> 0) * TWO_TO_MINUS_32;
  };
}

export function fillBytes(random: RandomSource, bytes: Uint8Array): Uint8Array {
  for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(random() * 0x100);
  return bytes;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A version 4 UUID of four draws. */
export function uuid4From(random: RandomSource): string {
  const bytes: number[] = [];
  for (let word = 0; word < 4; word++) bytes.push(...bigEndian32((random() * TWO_TO_32) >>> 0));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.map((byte) => HEX[byte]).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** All random streams of one run. Seeding waits for the first draw: most workflows never make one. */
export class RunRandom {
  #runId: string;
  #seed: readonly number[] | undefined;
  #main: RandomSource | undefined;
  readonly #named = new Map<string, RandomSource>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** DET-2: a reset goes on under the seed of its new run. */
  reseed(runId: string): void {
    this.#runId = runId;
    this.#seed = undefined;
    this.#main = undefined;
    this.#named.clear();
  }

  readonly draw: RandomSource = () => {
    this.#main ??= alea(this.#currentSeed());
    return this.#main();
  };

  drawFrom(name: string): number {
    let source = this.#named.get(name);
    if (source === undefined) {
      source = alea(seedOfStream(this.#currentSeed(), name));
      this.#named.set(name, source);
    }
    return source();
  }

  #currentSeed(): readonly number[] {
    this.#seed ??= seedOfRun(this.#runId);
    return this.#seed;
  }
}
