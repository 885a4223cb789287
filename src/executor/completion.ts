/** The promise of an operation and its link to the scope it was made in. */
import type { SerializationContext } from '../sdk/common/converter/serialization-context.ts';
import type { CancelledFailure } from '../sdk/common/failure.ts';
import type { TypeInfo } from '../sdk/common/type-info.ts';
import type { Command } from '../sdk/common/wire/commands.ts';
import type { CancelListener, CancellationScope } from './cancellation-scope.ts';
import { requireContext, runInContext, type WorkflowContext } from './context.ts';
import { type EventGroupMarker, eventGroupsOf } from './event-groups.ts';
import type { Operation } from './operation.ts';
import type { WorkflowRun } from './run.ts';

/**
 * Settles a promise once. While it is open it hears of its scope's cancellation; after that it holds on to nothing.
 * Subclasses say what cancellation means for them.
 */
export abstract class Completion<T> implements CancelListener {
  readonly run: WorkflowRun;
  readonly promise: Promise<T>;
  readonly cancelOrder: number;
  protected readonly scope: CancellationScope;
  readonly #context: WorkflowContext;
  #resolve: (value: T | PromiseLike<T>) => void = unset;
  #reject: (reason: unknown) => void = unset;
  #isOpen = true;
  /** How a result is converted, where it matters. */
  resultContext: SerializationContext | undefined;
  outputType: TypeInfo | undefined;
  /** Where workflow code made the call; only kept for stack trace queries. */
  readonly stack: string | undefined;

  constructor() {
    this.#context = requireContext();
    const { run, scope } = this.#context;
    this.run = run;
    this.scope = scope;
    this.cancelOrder = run.nextCancelOrder();
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.stack = run.stacks?.add(this);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True, and the promise rejects, when the scope is cancelled already: the operation must not begin (SCOPE-7). */
  protected rejectIfCancelled(): boolean {
    if (!this.scope.consideredCancelled) return false;
    const { cancelOrder } = this;
    this.scope.addListener({ cancelOrder, scopeCancelled: (error) => this.reject(error) });
    return true;
  }

  /**
   * Begins the operation, linked to its scope, unless that is cancelled. What `start` throws, as for options that are none, rejects
   * the promise: the calls of workflow code give one in any case (FAIL-12).
   */
  protected begin(start: () => void): void {
    if (this.rejectIfCancelled()) return;
    this.listen();
    this.attempt(start);
  }

  /** Runs `start`; what it throws rejects the promise. */
  protected attempt(start: () => void): void {
    try {
      start();
    } catch (error) {
      this.reject(error);
    }
  }

  /** Event groups are those around the call and those that it was given, whoever makes a command of it now, and when. */
  protected groupsOfCall(given: readonly EventGroupMarker[] | undefined): ReturnType<typeof eventGroupsOf> {
    return runInContext(this.#context, () => eventGroupsOf(given));
  }

  /** Pushes a command that the call entails later on: it belongs to the groups of the call, and to none of who cancels it. */
  protected pushCommandOfCall(
    command: Command,
    groups: readonly EventGroupMarker[] | undefined,
    operation?: Operation,
  ): void {
    runInContext(this.#context, () =>
      this.run.pushCommand({ ...command, ...eventGroupsOf(groups) }, operation),
    );
  }

  /** From now on `scopeCancelled` is called when the scope is cancelled, for as long as the promise is open. */
  protected listen(): void {
    if (this.scope.cancellable) this.scope.addListener(this);
  }

  abstract scopeCancelled(error: CancelledFailure): void;

  resolve(value: T | PromiseLike<T>): void {
    if (this.#close()) this.#resolve(value);
  }

  reject(reason: unknown): void {
    if (this.#close()) this.#reject(reason);
  }

  #close(): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    this.scope.removeListener(this);
    this.run.stacks?.remove(this);
    return true;
  }
}

function unset(): void {
  throw new TypeError('A promise ran its executor late');
}
