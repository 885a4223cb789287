/**
 * Context of its own that a run's tracing carries along its asynchronous calls. One store for all runs of an isolate: hosts
 * without async context frames look at every store there is whenever a promise is made.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Entry {
  readonly owner: object;
  readonly value: unknown;
}

const storage = new AsyncLocalStorage<Entry>();

/** Calls `fn` with `value` as what `owner` finds in it, and in everything asynchronous that it starts. */
export function runWithTraceContext<T>(owner: object, value: unknown, fn: () => T): T {
  return storage.run({ owner, value }, fn);
}

/** What `owner` has put around the calling code; undefined if that was someone else, or nobody. */
export function traceContextOf(owner: object): unknown {
  const entry = storage.getStore();
  return entry?.owner === owner ? entry.value : undefined;
}
