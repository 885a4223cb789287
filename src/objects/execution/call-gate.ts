/**
 * How much of what comes from outside may wait in one object at a time: an object's memory is one part of 128 MB that many share.
 * What is over it is refused as busy, and nothing of it is kept; callers try again later.
 *
 * What this runtime itself brings passes: results of activities, deliveries of other objects, and requests to cancel or to
 * terminate, which end what floods it. They are bounded where they begin.
 */
import type { Result } from '../../engine/api.ts';
import { busyWorkflow } from '../../engine/errors.ts';
import type { CallLimits } from '../object-options.ts';

export class CallGate {
  readonly #limits: CallLimits;
  #calls = 0;
  #bytes = 0;

  constructor(limits: CallLimits) {
    this.#limits = limits;
  }

  /** Runs `call`, which brings so many bytes along, unless too much waits already. */
  async pass<T>(workflowId: string, bytes: number, call: () => Promise<Result<T>>): Promise<Result<T>> {
    const { callsMax, bytesMax } = this.#limits;
    if (this.#calls >= callsMax) {
      return busyWorkflow(
        `workflow ${workflowId} is busy: ${this.#calls} calls wait for it, which is the limit; try again later`,
      );
    }
    // One call alone is never too large: it has limits of its own.
    if (this.#calls > 0 && this.#bytes + bytes > bytesMax) {
      return busyWorkflow(
        `workflow ${workflowId} is busy: calls with ${this.#bytes} bytes wait for it, and ${bytes} more exceed ` +
          `the limit of ${bytesMax}; try again later`,
      );
    }
    this.#calls += 1;
    this.#bytes += bytes;
    try {
      return await call();
    } finally {
      this.#calls -= 1;
      this.#bytes -= bytes;
    }
  }
}
