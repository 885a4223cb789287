/** Local activities. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const local = proxyLocalActivities<typeof activities>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '20ms', maximumAttempts: 5 },
});
const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '5s' });

export async function localGreeting(name: string): Promise<string> {
  return await local.greet(name);
}

export async function localMix(): Promise<string[]> {
  const words = [await local.greet('local 1'), await greet('remote')];
  await sleep(10);
  words.push(...(await Promise.all([local.greet('local 2'), local.greet('local 3'), greet('remote 2')])));
  return words;
}

export async function localRetry(times: number): Promise<string> {
  return await local.throwsTimes(times);
}

export async function localInfo(): Promise<Record<string, unknown>> {
  return await local.info();
}

export async function localFailure(): Promise<string[]> {
  try {
    await local.failNonRetryable('local trouble');
  } catch (error) {
    const kinds = [error instanceof ActivityFailure, error instanceof ApplicationFailure];
    return [(error as Error).name, (error as Error).message, ...kinds.map(String)];
  }
  return [];
}

export async function localTimeout(): Promise<string[]> {
  const { oblivious } = proxyLocalActivities<typeof activities>({
    startToCloseTimeout: '80ms',
    retry: { maximumAttempts: 1 },
  });
  try {
    await oblivious(1_000);
  } catch (error) {
    return [(error as Error).name, String((error as Error).cause)];
  }
  return [];
}

/** Waits longer between attempts than the threshold: a timer of the workflow. */
export async function localBackoff(): Promise<string> {
  const { throwsTimes } = proxyLocalActivities<typeof activities>({
    startToCloseTimeout: '5s',
    localRetryThreshold: '50ms',
    retry: { initialInterval: '100ms', backoffCoefficient: 1 },
  });
  return await throwsTimes(2);
}

export async function localCancelled(): Promise<string[]> {
  const scope = new CancellationScope();
  const work = scope.run(() => local.pause(3_000));
  await local.pause(50);
  scope.cancel();
  try {
    return [await work];
  } catch (error) {
    return [(error as Error).name, String((error as Error).cause)];
  }
}

export async function manyLocals(count: number): Promise<number> {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += await local.add(index, 1);
  return sum;
}

/** Longer than a workflow task may take. */
export async function slowLocal(): Promise<string> {
  return await local.pause(1_500);
}

export async function localByDefault(): Promise<unknown> {
  const { nobodyWroteThis } = proxyLocalActivities({ startToCloseTimeout: '1s' });
  return await nobodyWroteThis?.(1);
}
