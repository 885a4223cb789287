/**
 * What has been done since the last request or alarm came in. The platform ends a chain of nested invocations and an
 * invocation with too many subrequests or too much CPU, local runs never show it; so it is counted, and what is left is handed
 * to the alarm.
 */
import type { InvocationLimits } from '../object-options.ts';

/** More was done in one invocation than this runtime allows itself: a fault of this runtime. */
export class InvocationBudgetError extends Error {
  override readonly name = 'InvocationBudgetError';
}

export class InvocationBudget {
  readonly #limits: InvocationLimits;
  #hops = 0;
  #dispatches = 0;
  #cpuMs = 0;

  constructor(limits: InvocationLimits) {
    this.#limits = limits;
  }

  /** A request or alarm came in, `hops` invocations deep in its chain. */
  begin(hops: number): void {
    this.#hops = hops;
    this.#dispatches = 0;
    this.#cpuMs = 0;
  }

  /** What is worked on now came from a deeper chain. */
  deepen(hops: number): void {
    this.#hops = Math.max(this.#hops, hops);
  }

  get hops(): number {
    return this.#hops;
  }

  /** Calls to others that may still go out. */
  get dispatchesLeft(): number {
    if (this.#hops >= this.#limits.hopsMax || this.#cpuMs >= this.#limits.cpuMsMax) return 0;
    return this.#limits.dispatchesMax - this.#dispatches;
  }

  /** Nothing more may be begun in this invocation. */
  get isSpent(): boolean {
    return this.#cpuMs >= this.#limits.cpuMsMax || this.#dispatches >= this.#limits.dispatchesMax;
  }

  spendDispatch(what: string): void {
    if (this.dispatchesLeft <= 0) {
      throw new InvocationBudgetError(
        `${what} would be call ${this.#dispatches + 1} at depth ${this.#hops} of one invocation; the limits are ` +
          `${this.#limits.dispatchesMax} calls and ${this.#limits.hopsMax} hops. The alarm has to do it.`,
      );
    }
    this.#dispatches += 1;
  }

  spendCpu(ms: number): void {
    this.#cpuMs += ms;
  }
}
