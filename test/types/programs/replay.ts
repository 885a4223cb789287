/** Replaying histories. */

import type { Client } from '@temporalio/client';
import {
  type History,
  ReplayError,
  type ReplayHistoriesIterable,
  type ReplayResult,
  type ReplayWorkerOptions,
  Worker,
} from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

export const options: ReplayWorkerOptions = { workflowsPath: '/path', replayName: 'ci' };

export async function program(client: Client, json: unknown): Promise<void> {
  const nothing = await Worker.runReplayHistory(options, json);
  type _Nothing = Expect<Equal<typeof nothing, void>>;
  const history: History = await client.workflow.getHandle('id').fetchHistory();
  await Worker.runReplayHistory(options, history, 'id');
  try {
    await Worker.runReplayHistory({ workflowBundle: { code: '' } }, history);
  } catch (error) {
    if (error instanceof DeterminismViolationError || error instanceof ReplayError) throw error;
  }
  const histories: ReplayHistoriesIterable = client.workflow.list({ query: '' }).intoHistories();
  for await (const result of Worker.runReplayHistories(options, histories)) {
    type _Result = Expect<Equal<typeof result, ReplayResult>>;
    type _Error = Expect<Equal<typeof result.error, ReplayError | DeterminismViolationError | undefined>>;
    type _Run = Expect<Equal<typeof result.runId, string>>;
  }
  for await (const { workflowId } of Worker.runReplayHistories(options, [{ workflowId: 'a', history }])) {
    type _Id = Expect<Equal<typeof workflowId, string>>;
  }
  // @ts-expect-error TS2353: a replay has no task queue
  await Worker.runReplayHistory({ workflowsPath: '/path', taskQueue: 'q' }, json);
  // @ts-expect-error TS2554: a history is required
  await Worker.runReplayHistory(options);
}
