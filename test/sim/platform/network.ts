/**
 * Calls that leave one place for another: each takes its time, and may be lost, be answered to nobody, come twice or late. So
 * they come in any order.
 */
import type { Faults } from '../faults.ts';
import type { Random } from '../random.ts';
import type { Life } from './lives.ts';
import type { Scheduler } from './scheduler.ts';

const LATENCY_MAX_MS = 4;
const LATE_MAX_MS = 100_000;

export interface Call<T> {
  /** Who waits for the answer. */
  from: Life;
  /** Holds the call back until what it rests on is on disk. */
  gate?: ((run: () => void) => void) | undefined;
  /** Sound to deliver twice: the callee recognises it. */
  isRepeatable: boolean;
  deliver(): Promise<T>;
  faults: {
    request: 'requestLost' | 'activityRequestLost' | 'reportLost';
    answer: 'answerLost' | 'activityAnswerLost';
  };
}

export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #faults: Faults;

  constructor(scheduler: Scheduler, random: Random, faults: Faults) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#faults = faults;
  }

  call<T>({ from, gate = (run) => run(), isRepeatable, deliver, faults }: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = () => this.#travel(from.guard(() => reject(new NetworkError('Network connection lost.'))));
      const begin = () => {
        if (this.#faults.draw(faults.request) !== undefined) return lost();
        this.#travel(() => this.#deliver(deliver, faults.answer, from, { resolve, reject }));
        if (isRepeatable && this.#faults.draw('duplicated') !== undefined)
          this.#travel(() => void deliver().catch(() => undefined));
      };
      gate(() => begin());
    });
  }

  #deliver<T>(
    deliver: () => Promise<T>,
    answerFault: Call<T>['faults']['answer'],
    from: Life,
    { resolve, reject }: { resolve: (answer: T) => void; reject: (error: unknown) => void },
  ): void {
    deliver().then(
      (answer) => {
        const isLost = this.#faults.draw(answerFault) !== undefined;
        const arrive = isLost
          ? () => reject(new NetworkError('Network connection lost.'))
          : () => resolve(answer);
        this.#travel(from.guard(arrive));
      },
      (error: unknown) => this.#travel(from.guard(() => reject(error))),
    );
  }

  #travel(arrive: () => void): void {
    const late = this.#faults.draw('late');
    const ms = this.#random.between(0, LATENCY_MAX_MS) + (late === undefined ? 0 : late ** 3 * LATE_MAX_MS);
    this.#scheduler.after(ms, arrive);
  }
}
