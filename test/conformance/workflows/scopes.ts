/** Cancellation scopes, and workflows that are cancelled. */
import {
  ActivityCancellationType,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { record, pause, greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });
const { beatUntilCancelled } = proxyActivities<typeof activities>({
  startToCloseTimeout: '20s',
  heartbeatTimeout: '5s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

export const stop = defineSignal('stop');
export const steps = defineQuery<string[]>('steps');

const text = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Waits for ever, and lets the cancellation through. */
export async function untilCancelled(): Promise<void> {
  await condition(() => false);
}

export async function cleansUp(key: string): Promise<void> {
  try {
    await sleep('1 hour');
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      await record(key, 'cleaned');
      await sleep(10);
      await record(key, 'twice');
    });
    throw error;
  }
}

/** Says that it was cancelled, and completes. */
export async function ignoresCancel(): Promise<string> {
  try {
    await sleep('1 hour');
  } catch (error) {
    return text(error);
  }
  return 'slept';
}

/** After the cancel an ordinary call rejects at once. */
export async function worksAfterCancel(): Promise<string[]> {
  const seen: string[] = [];
  await sleep('1 hour').catch((error) => seen.push(text(error)));
  await greet('too late').catch((error) => seen.push(text(error)));
  await sleep(10).catch((error) => seen.push(text(error)));
  await condition(() => false).catch((error) => seen.push(text(error)));
  seen.push(await CancellationScope.nonCancellable(() => greet('shielded')));
  return seen;
}

/** A cancellation that nobody asked for fails the run. */
export async function cancelsItself(): Promise<void> {
  const scope = new CancellationScope();
  const work = scope.run(() => sleep('1 hour'));
  scope.cancel();
  await work;
}

export async function failsWhileCancelled(): Promise<void> {
  try {
    await sleep('1 hour');
  } catch {
    throw ApplicationFailure.nonRetryable('could not clean up', 'CleanupError');
  }
}

export async function requested(): Promise<string> {
  const scope = CancellationScope.current();
  const before = scope.consideredCancelled;
  try {
    await scope.cancelRequested;
  } catch (error) {
    return `${before} ${scope.consideredCancelled} ${text(error)}`;
  }
  return 'never';
}

/** The outer one is cancelled, the inner one goes on. */
export async function nested(): Promise<string[]> {
  const seen: string[] = [];
  const outer = new CancellationScope();
  const work = outer.run(async () => {
    const shielded = CancellationScope.nonCancellable(async () => {
      await sleep(1_500);
      seen.push('shielded done');
      const inner = new CancellationScope();
      const sleeping = inner.run(() => sleep('1 hour')).catch((error) => seen.push(`inner ${text(error)}`));
      inner.cancel();
      await sleeping;
      return 'kept';
    });
    const exposed = sleep('1 hour').catch((error) => seen.push(`exposed ${text(error)}`));
    await exposed;
    seen.push(await shielded);
  });
  await sleep(10);
  outer.cancel();
  outer.cancel();
  await work;
  return seen;
}

export async function timeboxed(ms: number): Promise<string> {
  try {
    return await CancellationScope.withTimeout(ms, async () => {
      await sleep(500);
      return 'in time';
    });
  } catch (error) {
    return text(error);
  }
}

export async function timeboxedActivity(): Promise<string> {
  try {
    await CancellationScope.withTimeout('50ms', () => pause(5_000));
  } catch (error) {
    return `${text(error)} ${isCancellation(error)} ${CancellationScope.current().consideredCancelled}`;
  }
  return 'never';
}

export async function cancelledByHandler(key: string): Promise<string> {
  const scope = new CancellationScope();
  setHandler(stop, () => scope.cancel());
  try {
    return await scope.run(() => beatUntilCancelled(key));
  } catch (error) {
    return `${text(error)} ${isCancellation(error)}`;
  }
}

export async function nonCancellableIgnores(): Promise<string> {
  const scope = new CancellationScope({ cancellable: false });
  const work = scope.run(() => sleep(30).then(() => 'finished'));
  scope.cancelRequested.catch(() => undefined);
  scope.cancel();
  return `${await work} ${scope.consideredCancelled} ${scope.cancellable}`;
}

export async function scopeTree(): Promise<boolean[]> {
  const root = CancellationScope.current();
  const checks: boolean[] = [];
  await CancellationScope.cancellable(async () => {
    const child = CancellationScope.current();
    checks.push(child.parent === root, child !== root, child.cancellable);
    await CancellationScope.nonCancellable(async () => {
      checks.push(CancellationScope.current().parent === child, !CancellationScope.current().cancellable);
      await sleep(5);
      checks.push(CancellationScope.current().parent === child);
    });
    checks.push(CancellationScope.current() === child);
  });
  checks.push(CancellationScope.current() === root);
  return checks;
}

/** Several at once; the first that fails cancels the rest. */
export async function firstFailureCancels(): Promise<string[]> {
  const seen: string[] = [];
  try {
    await CancellationScope.cancellable(async () => {
      const scope = CancellationScope.current();
      const guarded = (work: Promise<unknown>) =>
        work.catch((error) => {
          seen.push(text(error));
          scope.cancel();
          throw error;
        });
      await Promise.allSettled([
        guarded(sleep(20).then(() => Promise.reject(new Error('bad leg')))),
        guarded(sleep('1 hour')),
        guarded(sleep('2 hours')),
      ]);
    });
  } catch (error) {
    seen.push(text(error));
  }
  return seen;
}

/** An order whose steps are queried while it is cancelled. */
export async function cancellableOrder(key: string): Promise<string[]> {
  const done: string[] = [];
  setHandler(steps, () => done);
  const compensations: (() => Promise<void>)[] = [];
  try {
    compensations.unshift(() => record(key, 'unreserve'));
    await record(key, 'reserve');
    done.push('reserved');
    compensations.unshift(() => record(key, 'refund'));
    await record(key, 'charge');
    done.push('charged');
    await sleep('1 day');
    done.push('shipped');
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      for (const compensate of compensations) await compensate();
    });
    done.push('compensated');
  }
  return done;
}

export async function rethrowsAsOther(): Promise<void> {
  try {
    await sleep('1 hour');
  } catch (error) {
    if (error instanceof CancelledFailure) throw new CancelledFailure('my own words', ['detail'], error);
  }
}
