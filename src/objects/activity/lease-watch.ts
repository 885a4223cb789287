/**
 * Keeps an object in memory while it waits for attempts that it found started. An idle object is unloaded within seconds, and
 * each load grants new leases (L2 of activity-dispatcher.ts): unloaded before their end, it would wait for a dead attempt for ever.
 *
 * One timer at a time, held by `keepAlive`. It ends with the last lease: by a result, by a ping that never comes, or by a timeout.
 */
import type { ObjectClock } from '../ports.ts';

export interface LeaseWatchOptions {
  clock: ObjectClock;
  keepAlive(work: Promise<unknown>): void;
  /** When the first lease ends of those without an open fetch. */
  nextExpiry(): number | undefined;
  /** Lets the object do what is due. */
  wake(): Promise<void>;
}

/** Where what is due cannot be done, nothing is looked at more often. */
const INTERVAL_MIN_MS = 1_000;

export class LeaseWatch {
  readonly #options: LeaseWatchOptions;
  #isWatching = false;

  constructor(options: LeaseWatchOptions) {
    this.#options = options;
  }

  begin(): void {
    if (this.#isWatching || this.#options.nextExpiry() === undefined) return;
    this.#isWatching = true;
    this.#options.keepAlive(
      this.#watch().finally(() => {
        this.#isWatching = false;
      }),
    );
  }

  async #watch(): Promise<void> {
    const { clock, nextExpiry, wake } = this.#options;
    for (let expiry = nextExpiry(); expiry !== undefined; expiry = nextExpiry()) {
      const waitMs = Math.max(expiry - clock.now(), INTERVAL_MIN_MS);
      await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      await wake();
    }
  }
}
