/** While a simulation runs, the time and timers of this process are the simulation's: what reads them is not asked to care. */
import { AsyncResource } from 'node:async_hooks';
import { currentLife } from './lives.ts';
import type { Scheduler } from './scheduler.ts';

class Timer {
  readonly cancel: () => void;

  constructor(scheduler: Scheduler, ms: number, run: () => void) {
    const life = currentLife();
    const bound = AsyncResource.bind(run);
    this.cancel = scheduler.after(ms, life === undefined ? bound : life.guard(bound));
  }

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }
}

/** Returns how to give the globals back. */
export function installGlobals(scheduler: Scheduler): () => void {
  const { setTimeout, clearTimeout, setImmediate, clearImmediate } = globalThis;
  const { now } = Date;
  const set = (fn: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    new Timer(scheduler, ms, () => fn(...args));
  const clear = (timer: unknown) => {
    if (timer instanceof Timer) timer.cancel();
  };
  Object.assign(globalThis, {
    setTimeout: set,
    clearTimeout: clear,
    setImmediate: (fn: (...args: unknown[]) => void, ...args: unknown[]) => set(fn, 0, ...args),
    clearImmediate: clear,
  });
  Date.now = () => scheduler.wall;
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate, clearImmediate });
    Date.now = now;
  };
}
