/**
 * Who follows the history: long polls in memory, sockets on the platform. Of a turn that sent activities they are told once
 * these have begun, so that what is seen to have started has left: a loss of the object right after finds it running.
 */
import type { ActivityTask } from '../../engine/api.ts';
import { haveBegun } from '../activity/begun-attempts.ts';
import type { ObjectClock } from '../ports.ts';
import { Waiters } from './waiters.ts';

/** How often it is looked whether what was sent has begun. */
const CHECK_MS = 2;

export class Followers {
  readonly waiters: Waiters;
  /** Called when there is something new, beside the waiters. */
  onNews: () => void = () => {};
  /** Whether anyone beside the waiters listens. */
  hasOthers: () => boolean = () => false;
  readonly #clock: ObjectClock;
  readonly #latestMs: number;
  #told: Promise<void> = Promise.resolve();
  /** Sent while nobody followed: who comes now is told of it as the others would have been. */
  #untold: { sent: readonly ActivityTask[]; latest: number } | undefined;

  /** `latestMs`: who has not heard that an attempt began is told anyway after this long. */
  constructor(clock: ObjectClock, latestMs: number) {
    this.#clock = clock;
    this.#latestMs = latestMs;
    this.waiters = new Waiters(clock);
  }

  /** Resolves when they have been told of everything that is committed by now. */
  get told(): Promise<void> {
    if (this.#untold !== undefined) this.#tellOnceBegun(this.#untold);
    return this.#told;
  }

  /** After a commit, with what it sent. */
  tell(sent: readonly ActivityTask[]): void {
    if (sent.length === 0) {
      this.#tellNow();
      return;
    }
    const untold = { sent, latest: this.#clock.now() + this.#latestMs };
    if (this.waiters.size > 0 || this.hasOthers()) this.#tellOnceBegun(untold);
    else this.#untold = untold;
  }

  #tellOnceBegun({ sent, latest }: { sent: readonly ActivityTask[]; latest: number }): void {
    this.#untold = undefined;
    this.#told = new Promise((resolve) => {
      const look = () => {
        if (!haveBegun(sent) && this.#clock.now() < latest) {
          this.#clock.after(CHECK_MS, look);
          return;
        }
        this.#tellNow();
        resolve();
      };
      look();
    });
  }

  #tellNow(): void {
    this.waiters.notify();
    this.onNews();
  }
}
