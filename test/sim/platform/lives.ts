/**
 * Who may still act. Code runs in a life: that of an object's instance or of an activity's invocation, in an isolate. What a
 * life has asked the platform for does not come back when it is over, as promises of a lost object never settle.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** What is left of a lost instance asks its platform for something. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}

export class Life {
  readonly name: string;
  readonly #within: Life | undefined;
  readonly #ends = new Set<() => void>();
  #isOver = false;

  constructor(name: string, within?: Life) {
    this.name = name;
    this.#within = within;
  }

  get isAlive(): boolean {
    return !this.#isOver && (this.#within?.isAlive ?? true);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const end of [...this.#ends]) end();
    this.#ends.clear();
  }

  /** Returns how to call it off. */
  onEnd(run: () => void): () => void {
    this.#ends.add(run);
    return () => void this.#ends.delete(run);
  }

  /** `run` only if it still matters by then. */
  guard(run: () => void): () => void {
    return () => {
      if (this.isAlive) run();
    };
  }
}

const lives = new AsyncLocalStorage<Life>();

export function inLife<T>(life: Life, work: () => T): T {
  return lives.run(life, work);
}

export function currentLife(): Life | undefined {
  return lives.getStore();
}
