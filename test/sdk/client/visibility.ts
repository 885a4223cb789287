/** Listing as clients see it, on whatever server a client leads to: the Worker's objects or the test environment's. */
import type { Client } from 'perdure/client';
import { SearchAttributeType, TypedSearchAttributes } from 'perdure/common';
import { expect } from 'vitest';
import { closeTally, failsForGood, tally } from './worker/workflows.ts';

const customer = { name: 'Customer', type: SearchAttributeType.KEYWORD } as const;

/** Of an index that follows in a while (VIS-12): asked until it says what is expected. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isThere: (answer: T) => boolean,
  attemptsMax = 400,
): Promise<T> {
  for (let attempts = 0; ; attempts++) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    if (attempts > attemptsMax) throw new Error(`It never came; last seen: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export async function listed(client: Client, query: string, pageSize?: number): Promise<string[]> {
  const found: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query, ...(pageSize && { pageSize }) }))
    found.push(workflowId);
  return found;
}

export async function showsListing(client: Client, prefix: string): Promise<void> {
  const ids = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${prefix}-${letter}`);
  const ours = `WorkflowId STARTS_WITH '${prefix}-'`;
  for (const workflowId of ids) {
    await client.workflow.start(tally, {
      workflowId,
      taskQueue: 'default',
      memo: { letter: workflowId.at(-1) },
      typedSearchAttributes: new TypedSearchAttributes([{ key: customer, value: `c-${workflowId.at(-1)}` }]),
    });
  }
  await client.workflow
    .execute(failsForGood, { workflowId: `${prefix}-f`, taskQueue: 'default' })
    .catch(() => {});
  await client.workflow.getHandle(ids[0] as string).signal(closeTally);
  await eventually(
    () => client.workflow.count(`${ours} AND ExecutionStatus = 'Completed'`),
    ({ count }) => count === 1,
  );
  await eventually(
    () => listed(client, ours),
    (found) => found.length === 6,
  );
  // VIS-9: open runs first.
  const pages = await listed(client, ours, 2);
  expect(pages).toHaveLength(6);
  expect(new Set(pages.slice(0, 4))).toEqual(new Set(ids.slice(1)));
  expect(await listed(client, `${ours} AND Customer IN ('c-b', 'c-c')`)).toHaveLength(2);
  expect(await listed(client, `${ours} AND WorkflowType = 'failsForGood'`)).toEqual([`${prefix}-f`]);
  const [entry] = await all(client.workflow.list({ query: `WorkflowId = '${prefix}-b'` }));
  expect(entry).toMatchObject({
    workflowId: `${prefix}-b`,
    type: 'tally',
    taskQueue: 'default',
    status: { code: 1, name: 'RUNNING' },
    memo: { letter: 'b' },
  });
  expect(entry?.typedSearchAttributes.get(customer)).toBe('c-b');
  expect(await client.workflow.count(`${ours} GROUP BY ExecutionStatus`)).toEqual({
    count: 6,
    groups: expect.arrayContaining([
      { count: 4, groupValues: [['Running']] },
      { count: 1, groupValues: [['Completed']] },
      { count: 1, groupValues: [['Failed']] },
    ]) as unknown,
  });
  const histories = await all(
    client.workflow
      .list({ query: `${ours} AND ExecutionStatus = 'Running'` })
      .intoHistories({ concurrency: 2 }),
  );
  expect(histories.map(({ workflowId }) => workflowId).sort()).toEqual(ids.slice(1));
  expect(histories[0]?.history).toMatchObject({
    events: expect.arrayContaining([expect.anything()]) as unknown,
  });
  await expect(listed(client, 'WorkflowType ~ 1')).rejects.toMatchObject({
    cause: { code: 3, details: expect.stringContaining('at position 14') as unknown },
  });
}

/** END-5. */
export async function showsDeletion(client: Client, workflowId: string): Promise<void> {
  const handle = await client.workflow.start(tally, { workflowId, taskQueue: 'default' });
  await eventually(
    () => listed(client, `WorkflowId = '${workflowId}'`),
    (found) => found.length === 1,
  );
  const { workflowService } = client;
  const workflowExecution = { workflowId };
  await workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  await eventually(
    () =>
      handle.describe().then(
        () => 'there',
        () => 'gone',
      ),
    (state) => state === 'gone',
  );
  expect(await listed(client, `WorkflowId = '${workflowId}'`)).toEqual([]);
  await expect(
    workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution }),
  ).rejects.toMatchObject({
    code: 5,
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
