/** Activities of the conformance programs, written as a team's own would be. */
import {
  activityInfo,
  CompleteAsyncError,
  Context,
  cancellationDetails,
  cancellationSignal,
  heartbeat,
  log,
  sleep,
} from 'perdure/activity';
import { ApplicationFailure, CancelledFailure } from 'perdure/common';

/** What activities did, by a key of the test's own; tests and Worker share the isolate. */
export const journal = new Map<string, string[]>();

function note(key: string, entry: string): void {
  journal.set(key, [...(journal.get(key) ?? []), entry]);
}

export async function record(key: string, entry: string): Promise<void> {
  note(key, entry);
}

export async function greet(name: string): Promise<string> {
  return `Hello, ${name}!`;
}

export async function add(a: number, b: number): Promise<number> {
  return a + b;
}

export async function nothing(): Promise<void> {}

export async function echo<T>(value: T): Promise<T> {
  return value;
}

export async function pause(ms: number): Promise<string> {
  await sleep(ms);
  return 'rested';
}

/** Not stopped by cancellation. */
export async function oblivious(ms: number): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return 'oblivious';
}

export async function failUntil(attempt: number): Promise<number> {
  const info = activityInfo();
  if (info.attempt < attempt) throw new Error(`attempt ${info.attempt}`);
  return info.attempt;
}

export async function failWithDelay(ms: number): Promise<number> {
  const { attempt } = activityInfo();
  if (attempt === 1) {
    throw ApplicationFailure.create({ message: 'come back', type: 'Later', nextRetryDelay: ms });
  }
  return attempt;
}

export async function failPlain(message: string): Promise<void> {
  throw new Error(message);
}

export class CardDeclined extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CardDeclined';
  }
}

export async function failCustom(message: string): Promise<void> {
  throw new CardDeclined(message);
}

export async function failNonRetryable(message: string): Promise<void> {
  throw ApplicationFailure.nonRetryable(message, 'Fatal', { code: 42 }, 'second');
}

export async function failTyped(type: string): Promise<void> {
  throw ApplicationFailure.retryable('typed failure', type, activityInfo().attempt);
}

export async function failWithCause(): Promise<void> {
  const cause = new TypeError('inner');
  throw new Error('outer', { cause });
}

export async function throwValue(kind: 'string' | 'undefined' | 'object'): Promise<void> {
  if (kind === 'string') throw 'just text';
  if (kind === 'object') throw { code: 1 };
  throw undefined;
}

export async function throwCancelled(): Promise<void> {
  throw new CancelledFailure('not really');
}

export async function info(): Promise<Record<string, unknown>> {
  const { taskToken, heartbeatDetails, ...rest } = activityInfo();
  return { ...rest, hasToken: taskToken instanceof Uint8Array, heartbeatDetails };
}

/** Beats until it is cancelled, then says how it learnt. */
export async function beatUntilCancelled(key: string): Promise<string> {
  const context = Context.current();
  note(key, 'started');
  try {
    for (;;) {
      context.heartbeat({ beat: true });
      await context.sleep(30);
    }
  } catch (error) {
    const details = cancellationDetails();
    note(key, `${(error as Error).name}: ${(error as Error).message}`);
    note(key, `aborted=${cancellationSignal().aborted} cancelRequested=${details?.cancelRequested}`);
    throw error;
  }
}

/** Swallows its cancellation and finishes. */
export async function finishAnyway(key: string): Promise<string> {
  note(key, 'started');
  try {
    for (;;) {
      heartbeat();
      await sleep(30);
    }
  } catch {
    return 'finished anyway';
  }
}

/** Fails otherwise when cancelled. */
export async function failOnCancel(key: string): Promise<string> {
  note(key, 'started');
  try {
    for (;;) {
      heartbeat();
      await sleep(30);
    }
  } catch {
    throw ApplicationFailure.retryable('cleanup failed', 'CleanupFailed');
  }
}

/** Says how far it got, then hangs on its first attempt until the heartbeat timeout. */
export async function hangAfterBeat(progress: number): Promise<{ attempt: number; resumedFrom: unknown }> {
  const { attempt, heartbeatDetails } = activityInfo();
  if (attempt === 1) {
    heartbeat(progress);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
  return { attempt, resumedFrom: heartbeatDetails };
}

export async function beatAndFail(progress: number): Promise<unknown> {
  const { attempt, heartbeatDetails } = activityInfo();
  if (attempt === 1) {
    heartbeat(progress - 1);
    heartbeat(progress);
    throw new Error('stumbled');
  }
  return heartbeatDetails;
}

/** Completed by somebody else, by the token kept under `key`. */
export async function completeElsewhere(key: string): Promise<string> {
  note(key, activityInfo().base64TaskToken);
  throw new CompleteAsyncError();
}

export async function logged(message: string): Promise<void> {
  log.info(message, { extra: 1 });
}

export async function throwsTimes(times: number): Promise<string> {
  if (activityInfo().attempt <= times) throw ApplicationFailure.create({ message: 'again', type: 'Again' });
  return `ok after ${times}`;
}

/** For activity types nobody wrote a function for. */
export default async function dynamic(...args: unknown[]): Promise<string> {
  return `${activityInfo().activityType}(${args.join(', ')})`;
}
