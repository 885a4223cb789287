import { condition, defineUpdate, proxyActivities, setHandler } from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { step } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export const append = defineUpdate<void>('append');

/** Grows by one activity for each update, for ever. */
export async function appender(): Promise<void> {
  setHandler(append, async () => {
    await step(0);
  });
  await condition(() => false);
}
