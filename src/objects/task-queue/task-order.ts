/**
 * In which order waiting tasks go out (TQ-4).
 *
 * O1 A lower priority key goes first, 3 by default.
 * O2 Within a priority, fairness keys take turns by weight: each task moves its key back by 1/weight, and the key that is
 *    furthest in front is next. A key that was empty begins where the others are, so that none saves up turns.
 * O3 Within a key the oldest goes first; a task that was taken back goes before those that never went out.
 * O4 A key whose rate or concurrency is used up is passed over until it is free again.
 */
import { RateGate } from './task-rates.ts';

export const DEFAULT_PRIORITY = 3;

export interface Ordered {
  readonly priority: number;
  readonly fairnessKey: string;
  readonly fairnessWeight: number;
}

export interface KeyLimits {
  /** Undefined: none. */
  ratePerSecond: number | undefined;
  weights: Readonly<Record<string, number>>;
  /** Whether one more task of the key may be with a worker. */
  hasRoom(key: string): boolean;
}

interface KeyQueue<T> {
  readonly returned: T[];
  readonly waiting: Set<T>;
  /** Where the key stands among the others. */
  pass: number;
}

interface Level<T> {
  readonly keys: Map<string, KeyQueue<T>>;
  /** Where the key stood that was served last. */
  time: number;
}

/** Keys whose place or rate is remembered though nothing of theirs waits. */
const IDLE_KEYS_MAX = 1000;

export class TaskOrder<T extends Ordered> {
  readonly #levels = new Map<number, Level<T>>();
  readonly #gates = new Map<string, RateGate>();
  readonly #limits: KeyLimits;
  #size = 0;

  constructor(limits: KeyLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  add(task: T, isReturned: boolean): void {
    const level = this.#level(task.priority);
    let queue = level.keys.get(task.fairnessKey);
    if (queue === undefined) {
      queue = { returned: [], waiting: new Set(), pass: level.time };
      level.keys.set(task.fairnessKey, queue);
    } else if (isEmpty(queue)) queue.pass = Math.max(queue.pass, level.time);
    if (isReturned) queue.returned.push(task);
    else queue.waiting.add(task);
    this.#size += 1;
  }

  /** Takes the task that is next; undefined when none may go out now. */
  take(now: number): T | undefined {
    for (const priority of [...this.#levels.keys()].sort((a, b) => a - b)) {
      const level = this.#level(priority);
      const key = this.#nextKey(level, now);
      if (key !== undefined) return this.#takeFrom(level, key, now);
    }
    return undefined;
  }

  #nextKey({ keys }: Level<T>, now: number): string | undefined {
    let next: string | undefined;
    let pass = Number.POSITIVE_INFINITY;
    for (const [key, queue] of keys) {
      if (isEmpty(queue) || queue.pass >= pass || !this.#isFree(key, now)) continue;
      next = key;
      pass = queue.pass;
    }
    return next;
  }

  #takeFrom(level: Level<T>, key: string, now: number): T | undefined {
    const queue = level.keys.get(key);
    const task = queue?.returned.shift() ?? queue?.waiting.values().next().value;
    if (queue === undefined || task === undefined) return undefined;
    queue.waiting.delete(task);
    this.#size -= 1;
    level.time = Math.max(level.time, queue.pass);
    queue.pass += 1 / this.weightOf(task);
    this.spend(task, now);
    if (isEmpty(queue) && level.keys.size > IDLE_KEYS_MAX) forgetIdle(level);
    return task;
  }

  /** Counts a task that went out by another way, to the worker that has its run. */
  spend(task: T, now: number): void {
    if (this.#limits.ratePerSecond === undefined) return;
    const gate = this.#gate(task.fairnessKey);
    gate.set(this.#limits.ratePerSecond * this.weightOf(task));
    gate.spend(now);
  }

  #gate(key: string): RateGate {
    let gate = this.#gates.get(key);
    if (gate === undefined) {
      if (this.#gates.size >= IDLE_KEYS_MAX * 10) this.#gates.clear();
      gate = new RateGate();
      this.#gates.set(key, gate);
    }
    return gate;
  }

  #isFree(key: string, now: number): boolean {
    if (!this.#limits.hasRoom(key)) return false;
    const { ratePerSecond } = this.#limits;
    if (ratePerSecond === undefined) return true;
    return ratePerSecond > 0 && (this.#gates.get(key)?.freeAt ?? 0) <= now;
  }

  weightOf({ fairnessKey, fairnessWeight }: Ordered): number {
    return this.#limits.weights[fairnessKey] ?? (fairnessWeight > 0 ? fairnessWeight : 1);
  }

  /** The next moment at which a key that waits for its rate is free. */
  nextFree(now: number): number | undefined {
    if (this.#limits.ratePerSecond === undefined) return undefined;
    let next: number | undefined;
    for (const { keys } of this.#levels.values()) {
      for (const [key, queue] of keys) {
        const at = isEmpty(queue) ? 0 : (this.#gates.get(key)?.freeAt ?? 0);
        if (at > now && Number.isFinite(at) && (next === undefined || at < next)) next = at;
      }
    }
    return next;
  }

  delete(task: T): void {
    const queue = this.#levels.get(task.priority)?.keys.get(task.fairnessKey);
    if (queue === undefined) return;
    const index = queue.returned.indexOf(task);
    if (index >= 0) queue.returned.splice(index, 1);
    else if (!queue.waiting.delete(task)) return;
    this.#size -= 1;
  }

  #level(priority: number): Level<T> {
    let level = this.#levels.get(priority);
    if (level === undefined) {
      level = { keys: new Map(), time: 0 };
      this.#levels.set(priority, level);
    }
    return level;
  }
}

function isEmpty<T>({ returned, waiting }: KeyQueue<T>): boolean {
  return returned.length === 0 && waiting.size === 0;
}

/** A key that stands no further than the others is as if it had never been. */
function forgetIdle<T>({ keys, time }: Level<T>): void {
  for (const [key, queue] of keys) if (isEmpty(queue) && queue.pass <= time) keys.delete(key);
}
