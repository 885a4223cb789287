/** Callers that wait in memory for something to become true. After every commit each is asked again. */
import type { ObjectClock } from '../ports.ts';

export class Waiters {
  readonly #clock: ObjectClock;
  readonly #checks = new Set<() => void>();

  constructor(clock: ObjectClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#checks.size;
  }

  /** The first defined answer of `check`, or undefined after `ms`. */
  until<T>(check: () => T | undefined, ms: number): Promise<T | undefined> {
    const now = check();
    if (now !== undefined || ms <= 0) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        this.#checks.delete(again);
        cancel();
        finish();
      };
      const again = () => {
        try {
          const answer = check();
          if (answer !== undefined) settle(() => resolve(answer));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const cancel = this.#clock.after(ms, () => settle(() => resolve(undefined)));
      this.#checks.add(again);
    });
  }

  notify(): void {
    for (const check of [...this.#checks]) check();
  }
}
