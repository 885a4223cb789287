/** Signals, queries and updates: defining them, and handling them. */

import type { UpdateInfo } from '../../executor/context.ts';
import { maybeContext, requireContext, requireRun } from '../../executor/context.ts';
import type { DefaultQueryHandler } from '../../executor/queries.ts';
import type { DefaultSignalHandler } from '../../executor/signals.ts';
import type { DefaultUpdateHandler } from '../../executor/updates.ts';
import {
  HandlerUnfinishedPolicy,
  type QueryDefinition,
  type QueryDefinitionOptions,
  type SignalDefinition,
  type SignalDefinitionOptions,
  type UpdateDefinition,
  type UpdateDefinitionOptions,
} from '../common/interfaces.ts';
import { throwIfReservedName } from '../common/reserved.ts';
import { type Any, type AnyFunc, assertNever } from '../common/type-helpers.ts';

export type { UpdateInfo } from '../../executor/context.ts';
export type { DefaultQueryHandler } from '../../executor/queries.ts';
export type { DefaultSignalHandler } from '../../executor/signals.ts';
export type { DefaultUpdateHandler } from '../../executor/updates.ts';

/** A function that takes the arguments of a definition and gives its result. */
export type Handler<
  Ret,
  Args extends Any[],
  T extends UpdateDefinition<Ret, Args> | SignalDefinition<Args> | QueryDefinition<Ret, Args>,
> =
  T extends UpdateDefinition<infer R, infer A>
    ? (...args: A) => R | Promise<R>
    : T extends SignalDefinition<infer A>
      ? (...args: A) => void | Promise<void>
      : T extends QueryDefinition<infer R, infer A>
        ? (...args: A) => R
        : never;

/** Looks at an update's arguments before it is accepted. What it throws rejects the update. */
export type UpdateValidator<Args extends Any[]> = (...args: Args) => void;

export type QueryHandlerOptions = { description?: string };
export type SignalHandlerOptions = { description?: string; unfinishedPolicy?: HandlerUnfinishedPolicy };
export type UpdateHandlerOptions<Args extends Any[]> = {
  validator?: UpdateValidator<Args>;
  description?: string;
  unfinishedPolicy?: HandlerUnfinishedPolicy;
};

/** Names an update and its types, for `setHandler` here and for `executeUpdate` in clients. */
export function defineUpdate<Ret, Args extends Any[] = [], Name extends string = string>(
  name: Name,
  options: UpdateDefinitionOptions = {},
): UpdateDefinition<Ret, Args, Name> {
  // The two members that carry types are never set.
  return { type: 'update', name, ...options } as UpdateDefinition<Ret, Args, Name>;
}

/** Names a signal and the types of its arguments, for `setHandler` here and for `signal` elsewhere. */
export function defineSignal<Args extends Any[] = [], Name extends string = string>(
  name: Name,
  options: SignalDefinitionOptions = {},
): SignalDefinition<Args, Name> {
  return { type: 'signal', name, ...options } as SignalDefinition<Args, Name>;
}

/** Names a query and its types, for `setHandler` here and for `query` in clients. */
export function defineQuery<Ret, Args extends Any[] = [], Name extends string = string>(
  name: Name,
  options: QueryDefinitionOptions = {},
): QueryDefinition<Ret, Args, Name> {
  return { type: 'query', name, ...options } as QueryDefinition<Ret, Args, Name>;
}

function checkHandler(handler: unknown): asserts handler is AnyFunc | undefined {
  if (handler === undefined || handler === null || typeof handler === 'function') return;
  throw notAHandler(handler);
}

function notAHandler(handler: unknown): TypeError {
  return new TypeError(`Expected handler to be either a function or 'undefined'. Got: '${typeof handler}'`);
}

/**
 * Sets, replaces or (with `undefined`) removes the handler of a signal, query or update. Signals and updates that came before
 * their handler are handled inside this call. Handlers run in the root scope; query handlers must be synchronous.
 *
 * @example
 * ```ts
 * const approve = defineSignal<[boolean]>('approve');
 * setHandler(approve, (isApproved) => { state.isApproved = isApproved; });
 * ```
 */
export function setHandler<Ret, Args extends Any[], T extends QueryDefinition<Ret, Args>>(
  def: T,
  handler: Handler<Ret, Args, T> | undefined,
  options?: QueryHandlerOptions,
): void;
export function setHandler<Ret, Args extends Any[], T extends SignalDefinition<Args>>(
  def: T,
  handler: Handler<Ret, Args, T> | undefined,
  options?: SignalHandlerOptions,
): void;
export function setHandler<Ret, Args extends Any[], T extends UpdateDefinition<Ret, Args>>(
  def: T,
  handler: Handler<Ret, Args, T> | undefined,
  options?: UpdateHandlerOptions<Args>,
): void;
export function setHandler<Ret, Args extends Any[]>(
  def: UpdateDefinition<Ret, Args> | SignalDefinition<Args> | QueryDefinition<Ret, Args>,
  handler: unknown,
  options?: QueryHandlerOptions & SignalHandlerOptions & UpdateHandlerOptions<Args>,
): void {
  const run = requireRun('Workflow.setHandler(...) may only be used from a Workflow Execution.');
  throwIfReservedName(def.type, def.name);
  if (!['update', 'signal', 'query'].includes(def.type))
    throw new TypeError(`Invalid definition type: ${def.type}`);
  checkHandler(handler);
  const { name, typeInfo } = def;
  const { description, validator } = options ?? {};
  const unfinishedPolicy = options?.unfinishedPolicy ?? HandlerUnfinishedPolicy.WARN_AND_ABANDON;
  switch (def.type) {
    case 'update':
      if (handler)
        run.updates.setHandler(name, { handler, validator, description, unfinishedPolicy, typeInfo });
      else run.updates.handlers.delete(name);
      return;
    case 'signal':
      if (handler) run.signals.setHandler(name, { handler, description, unfinishedPolicy, typeInfo });
      else run.signals.handlers.delete(name);
      return;
    case 'query':
      if (handler) run.queries.handlers.set(name, { handler, description, typeInfo });
      else run.queries.handlers.delete(name);
      return;
    default:
      assertNever('Invalid definition type', def);
  }
}

/** Sets, or removes, the handler of signals that have none of their own. What was kept for want of one is handled at once. */
export function setDefaultSignalHandler(handler: DefaultSignalHandler | undefined): void {
  const run = requireRun('Workflow.setDefaultSignalHandler(...) may only be used from a Workflow Execution.');
  checkHandler(handler);
  run.signals.setDefaultHandler(handler ?? undefined);
}

/** Sets, or removes, the handler of updates that have none of their own. */
export function setDefaultUpdateHandler(handler: DefaultUpdateHandler | undefined): void {
  const run = requireRun('Workflow.setDefaultUpdateHandler(...) may only be used from a Workflow Execution.');
  checkHandler(handler);
  run.updates.setDefaultHandler(handler ?? undefined);
}

/** Sets, or removes, the handler of queries that have none of their own. */
export function setDefaultQueryHandler(handler: DefaultQueryHandler | undefined): void {
  const run = requireRun('Workflow.setDefaultQueryHandler(...) may only be used from a Workflow Execution.');
  // Alone among these functions, Temporal's refuses null here.
  if (handler === null) throw notAHandler(handler);
  checkHandler(handler);
  run.queries.setDefaultHandler(handler);
}

/**
 * Whether no signal or update handler is running.
 *
 * @example
 * ```ts
 * await condition(allHandlersFinished);
 * ```
 */
export function allHandlersFinished(): boolean {
  const run = requireRun('allHandlersFinished() may only be used from a Workflow Execution.');
  return run.signals.inProgress.size === 0 && run.updates.inProgress.size === 0;
}

/** The update whose handler or validator the calling code is part of. */
export function currentUpdateInfo(): UpdateInfo | undefined {
  return requireContext('Workflow.currentUpdateInfo(...) may only be used from a Workflow Execution.').update;
}

/** Whether the calling code is workflow code. */
export function inWorkflowContext(): boolean {
  return maybeContext() !== undefined;
}
