/** Activities of the tests of objects. What they did is kept in the isolate, which tests and Worker share. */
import { activityInfo, heartbeat, sleep } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';

/** How often each attempt of each activity began, by the name it was called with. */
export const begun = new Map<string, number>();

function begin(name: string): void {
  begun.set(name, (begun.get(name) ?? 0) + 1);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function step(name: string, ms = 0): Promise<string> {
  begin(name);
  if (ms > 0) await pause(ms);
  return name;
}

export async function flaky(name: string, failures: number, ms: number): Promise<string> {
  begin(name);
  await pause(ms);
  if (activityInfo().attempt <= failures) throw ApplicationFailure.retryable('not yet', 'NotYet');
  return name;
}

/** Those that `held` may let go. */
export const released = new Set<string>();

export async function held(name: string): Promise<string> {
  begin(name);
  while (!released.has(name)) await pause(20);
  return `${name} was let go`;
}

export async function slow(name: string, ms: number): Promise<string> {
  begin(name);
  await pause(ms);
  return name;
}

/** Resumes where the last attempt's heartbeat was. */
export async function beating(name: string, count: number): Promise<string> {
  begin(name);
  const from = (activityInfo().heartbeatDetails as number | undefined) ?? 0;
  for (let index = from; index < count; index++) {
    await sleep(10);
    heartbeat(index + 1);
  }
  return `${name} from ${from}`;
}
