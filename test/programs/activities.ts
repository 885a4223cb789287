import { CancelledFailure, Context, heartbeat } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';

export type FailureKind =
  | 'plain'
  | 'typed'
  | 'nested'
  | 'text'
  | 'nothing'
  | 'cancelled'
  | 'timed-out-before';

export async function echo(value: unknown): Promise<unknown> {
  return value;
}

export async function fail(kind: FailureKind): Promise<never> {
  switch (kind) {
    case 'plain':
      throw new TypeError('plain');
    case 'typed':
      throw ApplicationFailure.create({
        message: 'typed',
        type: 'Typed',
        nonRetryable: true,
        details: [1, null],
      });
    case 'nested':
      throw new Error('outer', { cause: new RangeError('middle', { cause: 'inner' }) });
    case 'text':
      throw 'only a text';
    case 'cancelled':
      throw new CancelledFailure('by itself', ['detail']);
    default:
      throw undefined;
  }
}

/** Until it is cancelled, or its worker is gone. */
export async function hang(): Promise<void> {
  const { cancelled } = Context.current();
  const beats = setInterval(() => heartbeat('beat'), 50);
  try {
    await cancelled;
  } finally {
    clearInterval(beats);
  }
}

/** Tells of each call but the last that it failed. */
export async function succeedOn(attempt: number): Promise<number> {
  const { info } = Context.current();
  if (info.attempt < attempt) throw new Error(`attempt ${info.attempt}`);
  return info.attempt;
}
