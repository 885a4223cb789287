/** A bound on how many things are done at once, and on how many are begun per second. */

export class Slots {
  readonly #size: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#size = Math.max(size, 1);
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves when there is a free one, which is then taken. */
  async take(): Promise<void> {
    if (this.#taken >= this.#size) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
  }

  /** Whoever waits longest has it next. */
  release(): void {
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
