/**
 * The tree of cancellation (SCOPE-1 to SCOPE-13).
 *
 * S1. A request rejects the scope: it counts as cancelled at once, what listens hears of it in the next microtask, oldest first.
 *     Child scopes are among those, so each level is a microtask later than the one above. Who waits for `cancelRequested` does
 *     so from when it was first asked for.
 * S2. A scope made in one that counts as cancelled does so too, but is rejected a microtask after it, as if told.
 * S3. A non-cancellable scope is rejected as well (`cancelRequested`), and tells no one.
 * S4. A scope that has ended and holds nothing leaves its parent, so that a long run does not collect spent scopes.
 *
 * The order of microtasks is Temporal's: histories made here replay there, and code may race cancellations.
 */
import { CancelledFailure } from '../sdk/common/failure.ts';
import { type Duration, msOptionalToNumber } from '../sdk/common/time.ts';
import { requireContext, runInContext } from './context.ts';
import type { WorkflowRun } from './run.ts';
import { startTimer } from './timers.ts';

/** Something that ends early when its scope is cancelled. `cancelOrder` comes from `WorkflowRun.nextCancelOrder`. */
export interface CancelListener {
  readonly cancelOrder: number;
  scopeCancelled(error: CancelledFailure): void;
}

/** Makes the root scope; not exported to workflow code. */
export const NO_PARENT: unique symbol = Symbol('NO_PARENT');

export interface CancellationScopeOptions {
  /** Time after which the scope cancels itself. */
  timeout?: Duration;
  /** `false` shields what is inside from requests to cancel this scope or one above it. */
  cancellable: boolean;
  /** Defaults to the scope of the caller. */
  parent?: CancellationScope | typeof NO_PARENT;
}

/**
 * A part of a workflow that is cancelled as one. Activities, timers, children, signals to other workflows, conditions, triggers
 * and further scopes made while it is current belong to it. Cancelling the workflow cancels the root scope, in which the main
 * function and all handlers run.
 *
 * @example
 * ```ts
 * try {
 *   await CancellationScope.withTimeout('10 minutes', () => chargeCard(order));
 * } catch (error) {
 *   if (isCancellation(error)) await CancellationScope.nonCancellable(() => releaseStock(order));
 *   throw error;
 * }
 * ```
 */
export class CancellationScope implements CancelListener {
  /** Milliseconds after which the scope cancels itself, if it has such a limit. */
  protected readonly timeout?: number;
  /** A scope that is not cancellable never counts as cancelled. */
  readonly cancellable: boolean;
  readonly parent?: CancellationScope;
  /** @internal */
  readonly cancelOrder: number;
  /** Counts as cancelled, if it is cancellable. */
  #isRequested = false;
  /** Set when it is rejected, which may be later (S2). */
  #error: CancelledFailure | undefined;
  readonly #listeners = new Set<CancelListener>();
  #isLinked = false;
  #promise: Promise<never> | undefined;
  #rejectPromise: ((error: CancelledFailure) => void) | undefined;
  /** Where the promise stands among the listeners. */
  #promiseOrder = Number.POSITIVE_INFINITY;

  constructor(options?: CancellationScopeOptions) {
    const timeout = msOptionalToNumber(options?.timeout);
    if (timeout !== undefined) this.timeout = timeout;
    this.cancellable = options?.cancellable ?? true;
    if (options?.parent === NO_PARENT) {
      this.cancelOrder = 0;
      return;
    }
    const { run, scope } = requireContext();
    this.parent = options?.parent ?? scope;
    this.cancelOrder = run.nextCancelOrder();
    if (this.parent.cancellable) this.#link();
    else this.parent.#shieldChild(this, run);
  }

  #link(): void {
    if (this.#isLinked || this.parent?.cancellable !== true) return;
    this.#isLinked = true;
    this.#isRequested ||= this.parent.#isRequested;
    this.parent.addListener(this);
  }

  /** That a scope shields its children from a request is a flag's: history records it, and older SDKs did not (NDE-6). */
  #shieldChild(child: CancellationScope, run: WorkflowRun): void {
    const isShielded = () => run.hasFlag('nonCancellableScopesAreShielded');
    if (this.#isRequested) {
      if (isShielded()) return;
      child.#isRequested = true;
    }
    const scopeCancelled = (error: CancelledFailure) => {
      if (!isShielded()) child.reject(error);
    };
    this.addListener({ cancelOrder: run.nextCancelOrder(), scopeCancelled });
  }

  /**
   * Rejects with CancelledFailure when cancellation of this scope is requested, here or in a cancellable scope above; also
   * for a scope that is not cancellable, whose contents go on.
   */
  get cancelRequested(): Promise<never> {
    if (this.#promise === undefined) {
      this.#link();
      this.#promiseOrder = requireContext().run.nextCancelOrder();
      this.#promise = new Promise<never>((_, reject) => {
        this.#rejectPromise = reject;
      });
      this.#promise.catch(() => undefined);
      if (this.#error !== undefined) this.#rejectPromise?.(this.#error);
    }
    return this.#promise;
  }

  /** Whether the scope was cancelled in effect; never true for one that is not cancellable. */
  get consideredCancelled(): boolean {
    this.#link();
    return this.cancellable && this.#isRequested;
  }

  /** Runs `fn` with this scope as the current one. Settles as `fn` settles: a cancelled scope does not reject by itself. */
  run<T>(fn: () => Promise<T>): Promise<T> {
    return runInContext({ ...requireContext(), scope: this }, () => this.runInContext(fn));
  }

  protected async runInContext<T>(fn: () => Promise<T>): Promise<T> {
    const timer = this.timeout ? new CancellationScope() : undefined;
    timer
      ?.run(() => startTimer(this.timeout ?? 0))
      .then(
        () => this.cancel(),
        () => undefined,
      );
    try {
      return await fn();
    } finally {
      if (timer !== undefined && !timer.consideredCancelled) {
        if (requireContext().run.hasFlag('nonCancellableScopesAreShielded')) timer.cancel();
      }
      this.#leaveParent();
    }
  }

  /** S4: whoever comes later links the scope again. */
  #leaveParent(): void {
    if (this.#listeners.size > 0 || this.#promise !== undefined) return;
    this.#isLinked = false;
    this.parent?.removeListener(this);
  }

  /** Requests cancellation of the scope and what it holds. A second request does nothing. */
  cancel(): void {
    this.reject(new CancelledFailure('Cancellation scope cancelled'));
  }

  protected reject(error: CancelledFailure): void {
    this.#isRequested = true;
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#notifySoon(error, ({ cancelOrder }) => cancelOrder < this.#promiseOrder);
    this.#rejectPromise?.(error);
    this.#notifySoon(error, ({ cancelOrder }) => cancelOrder > this.#promiseOrder);
  }

  #notifySoon(error: CancelledFailure, isMeant: (listener: CancelListener) => boolean): void {
    if ([...this.#listeners].some(isMeant)) queueMicrotask(() => this.#notify(error, isMeant));
  }

  #notify(error: CancelledFailure, isMeant: (listener: CancelListener) => boolean): void {
    const listeners = [...this.#listeners].filter(isMeant).sort((a, b) => a.cancelOrder - b.cancelOrder);
    for (const listener of listeners) this.#listeners.delete(listener);
    for (const listener of listeners) listener.scopeCancelled(error);
    this.#leaveParent();
  }

  /** @internal The scope above was rejected (S1). */
  scopeCancelled(error: CancelledFailure): void {
    this.reject(error);
  }

  /** @internal Tells `listener` once, a microtask after the scope was rejected or, if it is already, a microtask from now. */
  addListener(listener: CancelListener): void {
    this.#link();
    const error = this.#error;
    if (error === undefined) this.#listeners.add(listener);
    else queueMicrotask(() => listener.scopeCancelled(error));
  }

  /** @internal */
  removeListener(listener: CancelListener): void {
    this.#listeners.delete(listener);
  }

  /** The scope that the calling code runs in. */
  static current(): CancellationScope {
    return requireContext().scope;
  }

  /** Runs `fn` in a new scope that can be cancelled on its own. */
  static cancellable<T>(fn: () => Promise<T>): Promise<T> {
    return new this({ cancellable: true }).run(fn);
  }

  /** Runs `fn` shielded from cancellation: the place for clean-up. */
  static nonCancellable<T>(fn: () => Promise<T>): Promise<T> {
    return new this({ cancellable: false }).run(fn);
  }

  /** Runs `fn` in a scope that is cancelled after `timeout`. The result is whatever `fn` settles with. */
  static withTimeout<T>(timeout: Duration, fn: () => Promise<T>): Promise<T> {
    return new this({ cancellable: true, timeout }).run(fn);
  }
}

/** The scope of the main function and the handlers. */
export class RootCancellationScope extends CancellationScope {
  constructor() {
    super({ cancellable: true, parent: NO_PARENT });
  }

  override cancel(): void {
    this.reject(new CancelledFailure('Workflow cancelled'));
  }
}
