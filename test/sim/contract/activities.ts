/** What the objects of the contract fetch. */
import { Context, sleep } from '../../../src/sdk/activity/index.ts';
import { ApplicationFailure } from '../../../src/sdk/common/failure.ts';

export async function contractEcho(argument: unknown): Promise<unknown> {
  await sleep(1);
  return argument;
}

export async function contractFails(): Promise<never> {
  throw ApplicationFailure.nonRetryable('as it was told');
}

const heard: string[] = [];

/** Until it is cancelled; then it goes on for a little. */
export async function contractTells(): Promise<string> {
  await Context.current().cancelled.catch(() => heard.push('cancelled'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  heard.push('went on');
  return 'too late';
}

/** What those have heard that ran before, in this isolate. */
export async function contractHeard(): Promise<string[]> {
  return heard.splice(0);
}

export async function contractHangs(): Promise<string> {
  await sleep(60_000);
  return 'at last';
}
