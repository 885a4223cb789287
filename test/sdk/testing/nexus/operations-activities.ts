/** The activity that operations can wait for. */
import { ApplicationFailure, heartbeat, sleep } from 'perdure/activity';
import type { ToCharge } from './operations-service.ts';

export async function charge(how: ToCharge['how']): Promise<string> {
  if (how === 'fails') throw ApplicationFailure.nonRetryable('no funds');
  if (how === 'completes') return 'charged';
  // A cancellation comes with the answer to a heartbeat; the wait ends with it.
  for (;;) {
    heartbeat();
    await sleep(20);
  }
}
