/** CancellationScope: its constructors, static forms and members. */
import { CancellationScope, CancelledFailure, isCancellation, sleep, Trigger } from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

export async function workflow(): Promise<void> {
  const value = await CancellationScope.cancellable(async () => 5);
  type _Value = Expect<Equal<typeof value, number>>;
  const shielded = await CancellationScope.nonCancellable(() => Promise.resolve('x'));
  type _Shielded = Expect<Equal<typeof shielded, string>>;
  const timed = await CancellationScope.withTimeout('5s', async () => [1]);
  type _Timed = Expect<Equal<typeof timed, number[]>>;
  const scope = new CancellationScope({ cancellable: true, timeout: '1 minute' });
  const inner = await scope.run(async () => ({ a: 1 }));
  type _Inner = Expect<Equal<typeof inner, { a: number }>>;
  const bare = new CancellationScope();
  bare.cancel();
  type _Requested = Expect<Equal<typeof bare.cancelRequested, Promise<never>>>;
  type _Considered = Expect<Equal<typeof bare.consideredCancelled, boolean>>;
  type _Cancellable = Expect<Equal<typeof bare.cancellable, boolean>>;
  type _Parent = Expect<Equal<typeof bare.parent, CancellationScope | undefined>>;
  const current = CancellationScope.current();
  type _Current = Expect<Equal<typeof current, CancellationScope>>;
  try {
    await scope.run(() => sleep('1 day'));
  } catch (error) {
    if (error instanceof CancelledFailure) type_of(error.details);
    const is = isCancellation(error);
    type _Is = Expect<Equal<typeof is, boolean>>;
  }
  const trigger = new Trigger<string>();
  trigger.resolve('x');
  trigger.reject(new Error('x'));
  const triggered = await trigger;
  type _Triggered = Expect<Equal<typeof triggered, string>>;
  await new Trigger<void>();
  // @ts-expect-error TS2322: a scope runs an async function
  await scope.run(() => 5);
  // @ts-expect-error TS2554: a timeout needs its duration
  await CancellationScope.withTimeout(async () => 5);
  // @ts-expect-error TS2561: there is no such option
  new CancellationScope({ timeoutMs: 5 });
  // @ts-expect-error TS2345: a trigger resolves to its type
  trigger.resolve(5);
}
function type_of(_details: unknown[]): void {}
