import { Context, heartbeat, sleep } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';

export async function greet(name: string): Promise<string> {
  return `Hello, ${name}!`;
}

/** Succeeds at the given attempt. */
export async function flaky(attempt: number): Promise<number> {
  const { info } = Context.current();
  if (attempt === Number.POSITIVE_INFINITY || attempt === null)
    throw ApplicationFailure.nonRetryable('never', 'Never');
  if (info.attempt < attempt) throw new Error(`attempt ${info.attempt}`);
  return info.attempt;
}

export async function longRunning(): Promise<void> {
  for (;;) {
    heartbeat();
    await sleep(50);
  }
}
