/** `Date` in workflow code: without arguments it is the time of the current workflow task (DET-5). */
import { requireRun } from './context.ts';

function now(): number {
  return requireRun().now;
}

/** A Proxy and not a subclass: `Date()` without `new` must work, and dates from elsewhere must be instances of it. */
export const DateForWorkflows: DateConstructor = new Proxy(Date, {
  construct(target, args: unknown[], newTarget) {
    const given = args.length === 0 ? [now()] : args;
    return Reflect.construct(target, given, newTarget === DateForWorkflows ? target : newTarget) as Date;
  },
  apply(target) {
    return new target(now()).toString();
  },
  get(target, key) {
    return key === 'now' ? now : (Reflect.get(target, key) as unknown);
  },
  getOwnPropertyDescriptor(target, key) {
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
    return key === 'now' && descriptor ? { ...descriptor, value: now } : descriptor;
  },
  set: () => false,
  defineProperty: () => false,
  deleteProperty: () => false,
  setPrototypeOf: () => false,
});
