/**
 * Time and order. Whatever would wait for the machine waits here, and one thing at a time goes on: of what is due at the same
 * moment chance decides. Between two of them every promise is followed as far as it goes.
 */
import type { Random } from '../random.ts';

interface Entry {
  at: number;
  tie: number;
  run: (() => void) | undefined;
}

const drained = globalThis.setImmediate;

export class Scheduler {
  /** The platform's own time. */
  now: number = Date.UTC(2026, 0, 1);
  /** How far the clocks of machines are off it. */
  offBy = 0;
  steps = 0;
  /** Tells two courses apart. */
  trace = 0;
  readonly #random: Random;
  readonly #heap: Entry[] = [];
  /** Looks on before every step. */
  onStep: () => void = () => {};

  constructor(random: Random) {
    this.#random = random;
  }

  /** What a clock on the wall shows. */
  get wall(): number {
    return this.now + this.offBy;
  }

  /** Returns how to call it off. */
  after(ms: number, run: () => void): () => void {
    const entry: Entry = { at: this.now + Math.max(0, Math.round(ms)), tie: this.#random.next(), run };
    this.#push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Everything that follows from what has happened so far, without time. */
  drain(): Promise<void> {
    return new Promise((resolve) => void drained(resolve));
  }

  /** False when nothing is left. */
  async step(): Promise<boolean> {
    await this.drain();
    this.onStep();
    for (let entry = this.#pop(); entry !== undefined; entry = this.#pop()) {
      const { run } = entry;
      if (run === undefined) continue;
      this.now = Math.max(this.now, entry.at);
      this.steps += 1;
      this.trace = (Math.imul(this.trace, 31) + (entry.at % 1_000_003) + Math.floor(entry.tie * 1e6)) | 0;
      entry.run = undefined;
      run();
      return true;
    }
    return false;
  }

  /** When the next thing happens; undefined when nothing does. */
  next(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#pop();
    return this.#heap[0]?.at;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && isBefore(other, child)) {
        below += 1;
        child = other;
      }
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}
