/** What becomes of errors. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  condition,
  defineSignal,
  proxyActivities,
  rootCause,
  setHandler,
  setWorkflowOptions,
  sleep,
  TemporalFailure,
  TimeoutFailure,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { failNonRetryable, failPlain } = proxyActivities<typeof activities>({
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
});

export const heal = defineSignal('heal');

export async function throwsApplication(): Promise<void> {
  throw ApplicationFailure.create({
    message: 'no more',
    type: 'SoldOut',
    nonRetryable: true,
    details: [{ sku: 'A1' }, 3],
    cause: new Error('the reason'),
  });
}

export async function throwsPlain(): Promise<void> {
  throw new Error('plain errors fail the task');
}

export async function throwsTypeError(): Promise<void> {
  const nothing: { member?: { deep: string } } = {};
  (nothing.member as { deep: string }).deep.trim();
}

/** Fails its task until it is signalled. */
export async function healsItself(): Promise<string> {
  let isHealed = false;
  setHandler(heal, () => {
    isHealed = true;
  });
  await sleep(10);
  if (!isHealed) throw new Error('not yet');
  return 'healed';
}

export async function letsThrough(): Promise<void> {
  await failNonRetryable('from the activity');
}

export async function wraps(): Promise<void> {
  try {
    await failPlain('the database is away');
  } catch (error) {
    throw ApplicationFailure.create({ message: 'could not save', type: 'SaveFailed', cause: error as Error });
  }
}

export async function rethrowsCause(): Promise<void> {
  try {
    await failNonRetryable('unwrapped');
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause) throw error.cause;
    throw error;
  }
}

export class OutOfStock extends Error {
  constructor(sku: string) {
    super(`${sku} is out of stock`);
    this.name = 'OutOfStock';
  }
}

/** Its errors fail the run: named in its own options. */
export async function failsByType(): Promise<void> {
  throw new OutOfStock('A1');
}
setWorkflowOptions({ failureExceptionTypes: [OutOfStock] }, failsByType);

/** Its errors fail the run: named where the worker is made. */
export async function failsByName(): Promise<void> {
  throw new OutOfStock('B2');
}

export async function throwsTimeout(): Promise<void> {
  throw new TimeoutFailure('my own timeout', undefined, 'START_TO_CLOSE');
}

export async function throwsValue(kind: 'string' | 'null' | 'object'): Promise<void> {
  if (kind === 'string') throw 'text';
  if (kind === 'null') throw null;
  throw { code: 1 };
}

export async function unhandledRejection(): Promise<void> {
  void Promise.reject(new Error('nobody listens'));
  await sleep('1 hour');
}

export async function handledLater(): Promise<string> {
  const failing = failPlain('handled later').catch((error) => rootCause(error));
  await sleep(50);
  return String(await failing);
}

export async function instances(): Promise<boolean[]> {
  try {
    await failNonRetryable('x');
  } catch (error) {
    return [
      error instanceof Error,
      error instanceof TemporalFailure,
      error instanceof ActivityFailure,
      (error as Error).cause instanceof ApplicationFailure,
      (error as Error).cause instanceof TemporalFailure,
      (error as Error).cause instanceof CancelledFailure,
      rootCause(error) === 'x',
    ];
  }
  return [];
}

export async function bigResult(bytes: number): Promise<string> {
  return 'x'.repeat(bytes);
}

export async function notSerializable(): Promise<unknown> {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  return circular;
}

export async function endless(): Promise<void> {
  for (;;) await Promise.resolve();
}

export async function busyLoop(): Promise<void> {
  for (;;) Math.sqrt(2);
}

export async function waitsThenLoops(): Promise<void> {
  let isOver = false;
  setHandler(heal, () => {
    isOver = true;
  });
  await condition(() => isOver);
  for (;;) Math.sqrt(2);
}
