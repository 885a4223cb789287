/** A bound on how many things are done at once, and on how many are begun per second. */
import type { SlotInfo } from './tuner.ts';

/** One place, for one task. */
export interface Slot {
  /** It has its task. */
  use(info: SlotInfo): void;
  release(): void;
}

export interface SlotSource {
  readonly taken: number;
  /** Resolves when there is a free one, which is then taken. Rejects when the signal is aborted meanwhile. */
  take(signal: AbortSignal): Promise<Slot>;
}

/** A fixed number of slots. */
export class Slots implements SlotSource {
  readonly #size: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#size = Math.max(size, 1);
  }

  get taken(): number {
    return this.#taken;
  }

  async take(signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted();
    if (this.#taken >= this.#size) await this.#wait(signal);
    else this.#taken += 1;
    return { use: () => {}, release: () => this.#release() };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = () => {
        signal.removeEventListener('abort', cancel);
        resolve();
      };
      const cancel = () => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        reject(signal.reason);
      };
      this.#waiting.push(give);
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Whoever waits longest has it next. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next();
    else this.#taken -= 1;
  }
}

/** Lets at most so many pass per second. */
export class Rate {
  readonly #intervalMs: number;
  #freeAt = 0;

  constructor(perSecond: number | undefined) {
    this.#intervalMs = perSecond === undefined || perSecond <= 0 ? 0 : 1000 / perSecond;
  }

  async pass(): Promise<void> {
    if (this.#intervalMs === 0) return;
    const now = Date.now();
    const at = Math.max(this.#freeAt, now);
    this.#freeAt = at + this.#intervalMs;
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
  }
}
