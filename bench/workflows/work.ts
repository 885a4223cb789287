import { condition, defineSignal, proxyActivities, setHandler, sleep } from 'perdure/workflow';
import type { Work } from '../work.ts';
import type * as activities from '../worker/activities.ts';

export const proceed = defineSignal('proceed');

export async function work({ mode, steps, bytes, taskQueue }: Work): Promise<number> {
  const { step } = proxyActivities<typeof activities>({
    startToCloseTimeout: '1 minute',
    ...(taskQueue !== undefined && { taskQueue }),
  });
  if (mode === 'sleep') await sleep(steps);
  if (mode === 'signal') {
    let proceeded = false;
    setHandler(proceed, () => {
      proceeded = true;
    });
    await condition(() => proceeded);
  }
  if (mode === 'parallel') await Promise.all(Array.from({ length: steps }, () => step(bytes)));
  if (mode === 'sequential') for (let index = 0; index < steps; index++) await step(bytes);
  return steps;
}
