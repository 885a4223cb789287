import { proxyActivities } from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });

/** An activity's answer to what it was given, both as large as they come. */
export async function relay(name: string): Promise<string> {
  return await greet(name);
}
