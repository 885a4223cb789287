import { proxyLocalActivities } from 'perdure/workflow';
import type { Work } from '../work.ts';
import type * as activities from '../worker/activities.ts';

const { step } = proxyLocalActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

/** Local activities in a row. */
export async function local({ steps, bytes }: Work): Promise<number> {
  for (let index = 0; index < steps; index++) await step(bytes);
  return steps;
}
