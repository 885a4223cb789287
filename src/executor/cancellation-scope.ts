/**
 * The tree of cancellation (SCOPE-1 to SCOPE-13).
 *
 * S1. Cancelling marks a scope at once; what it holds hears of it in the next microtask, oldest first, and child scopes pass it
 *     on one microtask later still. So everything directly in a scope is cancelled before anything in its children.
 * S2. A non-cancellable scope notes the request (`cancelRequested` rejects) and passes nothing on.
 * S3. A scope is linked to its parent only while something in it listens, so that a long run does not collect spent scopes.
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
  /** Set on a non-cancellable scope once it has child scopes. */
  #shieldsFor: WorkflowRun | undefined;
  #ownError: CancelledFailure | undefined;
  #listeners: Set<CancelListener> | undefined;
  #promise: Promise<never> | undefined;
  #rejectPromise: ((error: CancelledFailure) => void) | undefined;

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
    this.parent.#shieldChild(run);
  }

  /** A scope that shields its children from a request relies on a flag, which the history has to record (NDE-6). */
  #shieldChild(run: WorkflowRun): void {
    if (this.cancellable) return;
    if (this.requestedError !== undefined) run.useFlag('nonCancellableScopesAreShielded');
    else if (this.#shieldsFor === undefined) this.#linkToParent();
    this.#shieldsFor = run;
  }

  /**
   * Rejects with CancelledFailure when cancellation of this scope is requested, here or in a cancellable scope above; also
   * for a scope that is not cancellable, whose contents go on.
   */
  get cancelRequested(): Promise<never> {
    if (this.#promise === undefined) {
      this.#promise = new Promise<never>((_, reject) => {
        this.#rejectPromise = reject;
      });
      this.#promise.catch(() => undefined);
      const error = this.requestedError;
      if (error !== undefined) this.#rejectPromise?.(error);
      else this.#linkToParent();
    }
    return this.#promise;
  }

  /** Whether the scope was cancelled in effect; never true for one that is not cancellable. */
  get consideredCancelled(): boolean {
    return this.cancellable && this.requestedError !== undefined;
  }

  /** @internal The request that reached this scope, its own or one from above. */
  get requestedError(): CancelledFailure | undefined {
    if (this.#ownError !== undefined) return this.#ownError;
    return this.parent?.cancellable ? this.parent.requestedError : undefined;
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
        requireContext().run.useFlag('nonCancellableScopesAreShielded');
        timer.cancel();
      }
    }
  }

  /** Requests cancellation of the scope and what it holds. A second request does nothing. */
  cancel(): void {
    this.requestCancel(new CancelledFailure('Cancellation scope cancelled'));
  }

  protected requestCancel(error: CancelledFailure): void {
    if (this.#ownError !== undefined) return;
    this.#ownError = error;
    this.#rejectPromise?.(error);
    this.#shieldsFor?.useFlag('nonCancellableScopesAreShielded');
    if (!this.cancellable || this.#listeners === undefined) return;
    queueMicrotask(() => this.#notify(error));
  }

  #notify(error: CancelledFailure): void {
    const listeners = [...(this.#listeners ?? [])].sort((a, b) => a.cancelOrder - b.cancelOrder);
    this.#listeners = undefined;
    for (const listener of listeners) listener.scopeCancelled(error);
  }

  /** @internal A request from the scope above (S1). */
  scopeCancelled(error: CancelledFailure): void {
    this.requestCancel(error);
  }

  /** @internal Tells `listener` once when this scope is cancelled in effect; the caller has checked that it is not yet. */
  addListener(listener: CancelListener): void {
    if (!this.cancellable) return;
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    this.#linkToParent();
  }

  /** @internal */
  removeListener(listener: CancelListener): void {
    if (this.#listeners?.delete(listener) !== true || this.#listeners.size > 0) return;
    this.#listeners = undefined;
    if (this.#promise === undefined && this.#shieldsFor === undefined) this.parent?.removeListener(this);
  }

  #linkToParent(): void {
    this.parent?.addListener(this);
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
    this.requestCancel(new CancelledFailure('Workflow cancelled'));
  }
}
