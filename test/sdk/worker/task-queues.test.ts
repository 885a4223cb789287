/** Task queues by way of the protocol: spread over partitions, watched, and at rest. */
import { join } from 'node:path';
import { Client, Connection } from 'perdure/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from 'perdure/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LocalServer } from '../../../src/sdk/testing/server/local-server.ts';
import { callsActivity } from './workflows.ts';

const RUNS = 24;
let workflowBundle: { code: string };
let server: LocalServer;
let client: Client;
let connection: NativeConnection;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, 'workflows.ts') });
});

afterAll(() => Runtime.instance().shutdown());

async function open(taskQueuePartitions: number): Promise<void> {
  server = await LocalServer.start({ taskQueuePartitions });
  const { address } = server;
  client = new Client({ connection: await Connection.connect({ address }) });
  connection = await NativeConnection.connect({ address });
}

afterEach(async () => {
  await connection.close();
  await server.close();
});

const worker = (identity: string, act: () => Promise<unknown>) =>
  Worker.create({ connection, identity, taskQueue: 'spread', workflowBundle, activities: { act } });

const start = (index: number) =>
  client.workflow.start(callsActivity, {
    taskQueue: 'spread',
    workflowId: `spread-${index}`,
    args: ['spread'],
  });

const described = () =>
  connection.gateway.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: 'spread' },
    taskQueueType: 'WORKFLOW',
    reportStats: true,
  });

describe('a task queue of several partitions', () => {
  it('is one to those who look at it: what waits in each of them is counted', async () => {
    await open(3);
    await Promise.all(Array.from({ length: RUNS }, (_, index) => start(index)));
    await vi.waitFor(async () => {
      expect(Number((await described()).stats?.approximateBacklogCount)).toBe(RUNS);
    });
    expect((await described()).pollers ?? []).toEqual([]);
    expect(server.queueRowsWritten).toBe(RUNS);
  });

  it('has all of its tasks done, by whichever workers there are', async () => {
    await open(3);
    const handles = await Promise.all(Array.from({ length: RUNS }, (_, index) => start(index)));
    let acted = 0;
    const act = async () => (acted += 1);
    const [one, two] = [await worker('one', act), await worker('two', act)];
    const results = await one.runUntil(
      two.runUntil(() => Promise.all(handles.map((handle) => handle.result()))),
    );
    expect(results).toHaveLength(RUNS);
    expect(acted).toBe(RUNS);
    const { pollers = [], stats } = await described();
    expect(new Set(pollers.map(({ identity }) => identity))).toEqual(new Set(['one', 'two']));
    expect(Number(stats?.approximateBacklogCount ?? 0)).toBe(0);
  });
});

describe('a task queue at rest', () => {
  it('costs no rows: neither polls without work nor tasks that a waiting poll takes', async () => {
    await open(1);
    const poll = () =>
      connection.gateway.pollActivityTaskQueue(
        { namespace: 'default', taskQueue: { name: 'spread' }, identity: 'me' },
        { waitMs: 20 },
      );
    for (let round = 0; round < 5; round++) expect((await poll()).taskToken ?? '').toHaveLength(0);
    const only = await worker('only', async () => 'done');
    const result = await only.runUntil(async () => {
      await vi.waitFor(async () => expect((await described()).pollers).toHaveLength(1));
      return await (await start(0)).result();
    });
    expect(result).toBe('done');
    expect(server.queueRowsWritten).toBe(0);
  });
});
