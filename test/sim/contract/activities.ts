/** What the objects of the contract fetch. */
import { sleep } from '../../../src/sdk/activity/index.ts';
import { ApplicationFailure } from '../../../src/sdk/common/failure.ts';

export async function contractEcho(argument: unknown): Promise<unknown> {
  await sleep(1);
  return argument;
}

export async function contractFails(): Promise<never> {
  throw ApplicationFailure.nonRetryable('as it was told');
}

export async function contractHangs(): Promise<string> {
  await sleep(60_000);
  return 'at last';
}
