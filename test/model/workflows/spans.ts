import {
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  startChild,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { greet, tell } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });

export const go = defineSignal('go');

function untilTold(): Promise<void> {
  let isTold = false;
  setHandler(go, () => {
    isTold = true;
  });
  return condition(() => isTold);
}

export async function spannedChild(): Promise<string> {
  await untilTold();
  return await greet('child');
}

export async function spannedParent(): Promise<string[]> {
  const greeting = await greet('parent');
  await untilTold();
  const handle = await startChild(spannedChild, { workflowId: `${workflowInfo().workflowId}-child` });
  await handle.signal(go);
  return [greeting, await handle.result()];
}

/** Its child is told by an activity, and not by itself. */
export async function spannedTeller(): Promise<string> {
  const handle = await startChild(spannedChild, { workflowId: `${workflowInfo().workflowId}-child` });
  await tell(handle.workflowId);
  return await handle.result();
}
