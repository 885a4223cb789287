/** Completing activities from outside. */
import {
  ActivityCancelledError,
  ActivityNotFoundError,
  AsyncCompletionClient,
  type Client,
  type FullActivityId,
} from '@temporalio/client';
import type { Equal, Expect } from './expect';

export async function program(client: Client, token: Uint8Array): Promise<void> {
  await client.activity.complete(token, { done: true });
  const done = await client.activity.complete({ workflowId: 'w', activityId: 'a' }, 'result');
  type _Done = Expect<Equal<typeof done, void>>;
  await client.activity.fail({ workflowId: 'w', runId: 'r', activityId: 'a' }, new Error('x'));
  await client.activity.reportCancellation(token);
  await client.activity.reportCancellation(token, ['details']);
  try {
    await client.activity.heartbeat(token, { progress: 5 });
  } catch (error) {
    if (error instanceof ActivityCancelledError || error instanceof ActivityNotFoundError) throw error;
  }
  const id: FullActivityId = { workflowId: 'w', activityId: 'a' };
  await client.activity.complete(id, undefined);
  // @ts-expect-error TS2769: an activity is named by its ID
  await client.activity.complete({ workflowId: 'w' }, 5);
  // @ts-expect-error TS2769: or by its token, in bytes
  await client.activity.complete('token', 5);
}
export const alone = new AsyncCompletionClient();
