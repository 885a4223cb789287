/** What the executor takes from the platform it runs on. Tests pass their own. */

export interface Host {
  /** Real time, in milliseconds since the epoch. */
  now(): number;
  /** Resolves in a new macrotask: after every microtask that is queued by then and all that those queue. */
  macrotask(): Promise<void>;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Real randomness, for `workflowInfo().unsafe`. */
  random(): number;
}

/** Node and workerd. `setImmediate` is the cheaper macrotask where there is one: Node's `setTimeout(0)` waits a millisecond. */
export function platformHost(): Host {
  const { setTimeout, clearTimeout, setImmediate } = globalThis;
  const nextMacrotask = typeof setImmediate === 'function' ? setImmediate : setTimeout;
  return {
    now: () => Date.now(),
    macrotask: () => new Promise((resolve) => void nextMacrotask(() => resolve())),
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
    random: () => Math.random(),
  };
}
