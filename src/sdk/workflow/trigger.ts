import { Completion } from '../../executor/completion.ts';
import type { CancelledFailure } from '../common/failure.ts';
import type { Any } from '../common/type-helpers.ts';

class TriggerCompletion<T> extends Completion<T> {
  constructor() {
    super();
    this.promise.catch(() => undefined);
    if (!this.rejectIfCancelled()) this.listen();
  }

  scopeCancelled(error: CancelledFailure): void {
    this.reject(error);
  }
}

/**
 * A promise with `resolve` and `reject` of its own. It belongs to the scope in which it was made, and rejects with
 * CancelledFailure when that is cancelled.
 *
 * @example
 * ```ts
 * const approved = new Trigger<boolean>();
 * setHandler(approve, (isApproved) => approved.resolve(isApproved));
 * await Promise.race([approved, sleep('2 days')]);
 * ```
 */
export class Trigger<T> implements PromiseLike<T> {
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason?: Any) => void;
  protected readonly promise: Promise<T>;

  constructor() {
    const completion = new TriggerCompletion<T>();
    this.promise = completion.promise;
    this.resolve = (value) => completion.resolve(value);
    this.reject = (reason) => completion.reject(reason);
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a PromiseLike.
  then<TResult1 = T, TResult2 = never>(
    onfulfilled?: ((value: T) => TResult1 | PromiseLike<TResult1>) | undefined | null,
    onrejected?: ((reason: Any) => TResult2 | PromiseLike<TResult2>) | undefined | null,
  ): PromiseLike<TResult1 | TResult2> {
    return this.promise.then(onfulfilled, onrejected);
  }
}
