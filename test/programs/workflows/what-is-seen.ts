/** What workflow code sees of values and errors, as plain data: both workers have to show the same. */
import { isCancellation } from 'perdure/workflow';

export type Seen = { [member: string]: unknown } | string | null;

/** All that can be told of an error, its causes included; stacks differ, as the files do. */
export function seenOf(error: unknown): Seen {
  if (error === undefined || error === null) return null;
  if (!(error instanceof Error)) return String(error);
  const { stack: _stack, cause, failure: _failure, ...members } = error as Error & { failure?: unknown };
  return {
    ...members,
    class: error.constructor.name,
    name: error.name,
    message: error.message,
    isCancellation: isCancellation(error),
    cause: seenOf(cause),
  };
}

/** The value, or what is seen of the error. */
export async function outcomeOf(work: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    return { value: (await (typeof work === 'function' ? work() : work)) ?? null };
  } catch (error) {
    return { error: seenOf(error) };
  }
}
