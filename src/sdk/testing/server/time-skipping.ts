/**
 * When time may be skipped, and how far.
 *
 * T1 Somebody waits for time to pass: for the result of a workflow, or in `sleep`.
 * T2 Nothing is being done: no workflow task and no activity waits for a worker or is with one, and the server is at rest. An
 *    activity that completes asynchronously is being done until it is completed; one that waits for its retry is not.
 * T3 Time goes to the next moment at which something is due and no further, so that nothing is passed over.
 * T4 A `sleep` makes up for one thing that is being done: the activity that calls it, and waits.
 */
import type { ServerClock } from './server-clock.ts';

export interface SkippableServer {
  /** Workflow tasks and activity attempts that wait for a worker or are with one. */
  countBusy(): number;
  /** Whether anything of the server's own is still on its way. */
  isAtRest(): boolean;
  /** When something is due next in an open run. */
  nextDeadline(): number | undefined;
}

interface Sleep {
  wakeAt: number;
  wake(): void;
}

export class TimeSkipping {
  readonly #clock: ServerClock;
  readonly #server: SkippableServer;
  readonly #sleeps = new Set<Sleep>();
  #waiting = 0;
  #isScheduled = false;

  constructor(clock: ServerClock, server: SkippableServer) {
    this.#clock = clock;
    this.#server = server;
  }

  /** While `work` is pending its caller waits for time to pass (T1). */
  async whileWaiting<T>(work: () => Promise<T>): Promise<T> {
    this.unlock();
    try {
      return await work();
    } finally {
      this.lock();
    }
  }

  /** Somebody waits for time to pass until {@link lock} (T1). */
  unlock(): void {
    this.#waiting += 1;
    this.check();
  }

  lock(): void {
    this.#waiting -= 1;
  }

  /** Resolves when the server's time has moved by `ms`. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wakeAt = this.#clock.now() + ms;
      const alarm = { at: undefined, ring: () => sleep.wake() };
      const sleep: Sleep = {
        wakeAt,
        wake: () => {
          this.#sleeps.delete(sleep);
          this.#clock.remove(alarm);
          resolve();
        },
      };
      this.#sleeps.add(sleep);
      this.#clock.add(alarm);
      this.#clock.set(alarm, wakeAt);
      this.check();
    });
  }

  /** Called whenever something has moved. */
  check(): void {
    if (this.#isScheduled || !this.#isWanted()) return;
    this.#isScheduled = true;
    // After what is already on its way: requests that came with the last answer, and what they set in motion.
    setImmediate(() =>
      setImmediate(() => {
        this.#isScheduled = false;
        this.#skip();
      }),
    );
  }

  #isWanted(): boolean {
    return this.#waiting > 0 || this.#sleeps.size > 0;
  }

  #skip(): void {
    if (!this.#isWanted() || !this.#server.isAtRest()) return;
    const nobodyWaits = this.#waiting > 0 ? 0 : 1;
    if (this.#server.countBusy() + nobodyWaits - this.#sleeps.size > 0) return;
    const times = [...this.#sleeps].map(({ wakeAt }) => wakeAt);
    const deadline = this.#server.nextDeadline();
    if (deadline !== undefined) times.push(deadline);
    if (times.length === 0) return;
    this.#clock.skipTo(Math.min(...times));
    this.check();
  }
}
