/**
 * Ends workflow code that does not come to rest. Loop heads and function entries of the bundle count its fuel down; when it
 * is out, the run that burns it is charged and, past its budget, poisoned: whatever it does from then on throws, so that no
 * `catch` keeps it alive, and its instance is dropped.
 */
import { maybeContext } from './context.ts';
import { DeadlockError } from './errors.ts';
import type { Fuel } from './workflow-bundle.ts';

/** Ticks between two looks at the budget and the clock. */
export const TICKS_PER_REFILL = 65_536;

export interface FuelLimits {
  /** Ticks of one activation. What ends a loop where the clock stands still during synchronous work. */
  ticks: number;
  /** Real milliseconds of one activation, where the clock moves. */
  timeMs: number;
}

export const DEFAULT_FUEL_LIMITS: FuelLimits = { ticks: 50_000_000, timeMs: 2000 };

/** What one run has burnt in its current activation. */
export class FuelMeter {
  #ticks = 0;
  #startedAt = 0;
  readonly #now: () => number;
  readonly #limits: FuelLimits;

  constructor(now: () => number, limits: FuelLimits) {
    this.#now = now;
    this.#limits = limits;
  }

  reset(): void {
    this.#ticks = 0;
    this.#startedAt = this.#now();
  }

  /** Charges one refill; false when that was one too many. */
  charge(): boolean {
    this.#ticks += TICKS_PER_REFILL;
    return this.#ticks <= this.#limits.ticks && this.#now() - this.#startedAt <= this.#limits.timeMs;
  }

  get limits(): FuelLimits {
    return this.#limits;
  }
}

/** Makes `fuel` charge the calling run whenever it is out. */
export function connectFuel(fuel: Fuel): void {
  fuel.refill = () => {
    const run = maybeContext()?.run;
    // Another run that shares the tank finds it filled; a poisoned one finds it empty at its every step.
    fuel.remaining = 0;
    run?.assertAlive();
    if (run !== undefined && !run.fuel.charge()) {
      const error = new DeadlockError(
        `[TMPRL1101] Potential deadlock detected: workflow didn't yield within ${run.fuel.limits.timeMs}ms ` +
          `(workflow '${run.workflowId}' of type '${run.workflowType}', run '${run.runId}'): look for a loop without end`,
      );
      run.poison(error);
      throw error;
    }
    fuel.remaining = TICKS_PER_REFILL;
  };
}
