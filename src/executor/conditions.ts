/** Predicates that workflow code waits for (TMR-7 to TMR-9). */
import type { CancelledFailure } from '../sdk/common/failure.ts';
import { Completion } from './completion.ts';
import { requireRun } from './context.ts';

export class Condition extends Completion<void> {
  readonly #predicate: () => boolean;

  constructor(predicate: () => boolean) {
    super();
    this.#predicate = predicate;
    if (this.rejectIfCancelled()) return;
    this.run.nextSeq('condition');
    this.attempt(() => {
      if (this.evaluate()) return;
      this.listen();
      this.run.blockedConditions.add(this);
    });
  }

  /** True, and the promise resolves, when the predicate holds. */
  evaluate(): boolean {
    const fn = this.#predicate;
    if (!fn()) return false;
    this.run.blockedConditions.delete(this);
    this.resolve();
    return true;
  }

  scopeCancelled(error: CancelledFailure): void {
    this.run.blockedConditions.delete(this);
    this.reject(error);
  }
}

/** Waits until `predicate` holds; it is looked at after each job of each activation. */
export function untilCondition(predicate: () => boolean): Promise<void> {
  requireRun('Workflow.condition(...) may only be used from a Workflow Execution.');
  return new Condition(predicate).promise;
}
