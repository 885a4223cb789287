/**
 * Which run, scope and update the calling code belongs to. It travels with the async context and nowhere else: many runs
 * interleave in one isolate, so there is no variable that says "the current run".
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { IllegalStateError } from '../sdk/common/errors.ts';
import type { WireEventGroupMarker } from '../sdk/common/wire/event-groups.ts';
import type { CancellationScope } from './cancellation-scope.ts';
import type { RandomSource } from './random.ts';
import type { WorkflowRun } from './run.ts';

/** What `currentUpdateInfo()` gives inside an update's handler and validator. */
export interface UpdateInfo {
  /** The update's ID, unique within the run. */
  readonly id: string;
  /** The name it was sent under. */
  readonly name: string;
}

/** By ID, behind the message whose handler runs. */
export type EventGroups = ReadonlyMap<string | symbol, WireEventGroupMarker>;

export interface WorkflowContext {
  readonly run: WorkflowRun;
  readonly scope: CancellationScope;
  readonly update?: UpdateInfo | undefined;
  /** Set inside `WorkflowRandomStream.with`. */
  readonly random?: RandomSource | undefined;
  /** Set inside handlers of messages and `EventGroupMarker.withScope`. */
  readonly eventGroups?: EventGroups | undefined;
}

const storage = new AsyncLocalStorage<WorkflowContext>();

/** Runs `fn` with `context` as the calling context, for it and for everything asynchronous that it starts. */
export function runInContext<Args extends unknown[], T>(
  context: WorkflowContext,
  fn: (...args: Args) => T,
  ...args: Args
): T {
  return storage.run(context, fn, ...args);
}

export function maybeContext(): WorkflowContext | undefined {
  return storage.getStore();
}

/** The calling context; throws IllegalStateError with `message` outside workflow code. */
export function requireContext(message = 'Workflow uninitialized'): WorkflowContext {
  const context = storage.getStore();
  if (context === undefined) throw new IllegalStateError(message);
  context.run.assertAlive();
  return context;
}

export function requireRun(message?: string): WorkflowRun {
  return requireContext(message).run;
}
