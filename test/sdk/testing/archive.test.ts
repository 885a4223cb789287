/** What clients see of histories that are archived: time is skipped beyond the retention of their namespace. */
import { Client } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, listed } from '../client/visibility.ts';
import { countdown } from '../client/worker/workflows.ts';

const NAMESPACE = 'kept';
let env: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;
let client: Client;

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createTimeSkipping();
  client = new Client({ connection: env.connection, namespace: NAMESPACE });
  await env.client.workflowService.registerNamespace({
    namespace: NAMESPACE,
    workflowExecutionRetentionPeriod: { seconds: 86_400 },
    historyArchivalState: 2,
  });
  worker = await Worker.create({
    connection: env.nativeConnection,
    namespace: NAMESPACE,
    taskQueue: 'default',
    workflowsPath: new URL('../client/worker/workflows.ts', import.meta.url).pathname,
  });
  running = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
});

const exported = async (workflowId: string, query = '') => {
  const path = `/api/v1/namespaces/${NAMESPACE}/workflows/${workflowId}/history/export${query}`;
  const response = await fetch(`http://${env.address}${path}`);
  return { status: response.status, lines: (await response.text()).trim().split('\n') };
};

describe('an archived history', () => {
  test('VIS-13, END-5: is read and exported as before its run was erased, and gone when it is deleted', async () => {
    const handle = await client.workflow.start(countdown, {
      workflowId: 'w',
      taskQueue: 'default',
      args: [1],
    });
    expect(await handle.result()).toBe('liftoff');
    const { runId } = await handle.describe();
    const first = client.workflow.getHandle('w', handle.firstExecutionRunId);
    const [before, firstBefore] = [await handle.fetchHistory(), await first.fetchHistory()];
    const live = await exported('w');
    await env.sleep('2 days');
    await eventually(
      () =>
        handle.describe().then(
          () => 'there',
          (error: Error) => error.name,
        ),
      (state) => state === 'WorkflowNotFoundError',
    );
    await eventually(
      () => listed(client, ''),
      (found) => found.length === 0,
    );
    expect(await handle.fetchHistory()).toEqual(before);
    expect(await first.fetchHistory()).toEqual(firstBefore);
    const { workflowService } = client;
    const execution = { workflowId: 'w', runId };
    const page = await workflowService.getWorkflowExecutionHistory({
      namespace: NAMESPACE,
      execution,
      maximumPageSize: 2,
    });
    expect(page).toMatchObject({ archived: true });
    const backwards = await workflowService.getWorkflowExecutionHistoryReverse({
      namespace: NAMESPACE,
      execution,
    });
    const ids = (backwards.history as { events: { eventId: unknown }[] }).events.map(({ eventId }) =>
      Number(eventId),
    );
    expect(ids).toEqual([...ids].sort((one, other) => other - one));
    expect(ids).toHaveLength(before.events?.length ?? 0);
    expect(await exported('w')).toEqual(live);
    expect(JSON.parse(live.lines[0] ?? '')).toEqual({
      format: 1,
      namespace: NAMESPACE,
      workflowId: 'w',
      runId,
    });
    expect((await exported('w', `?runId=${handle.firstExecutionRunId}`)).lines).toHaveLength(
      1 + (firstBefore.events?.length ?? 0),
    );
    const workflowExecution = { workflowId: 'w' };
    await workflowService.deleteWorkflowExecution({ namespace: NAMESPACE, workflowExecution });
    await expect(handle.fetchHistory()).rejects.toMatchObject({ code: 5 });
    expect((await exported('w')).status).toBe(404);
  });
});
