/** What runs in processes of its own: the tests for Node's runner, and the worker of examples/node-worker. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { expect, it } from 'vitest';
import { serve } from '../../src/sdk/testing/server/http-server.ts';
import { order } from '../../src/workflows/order.ts';

const root = join(import.meta.dirname, '../..');
const options = ['-C', 'perdure-source', '--disable-warning=ExperimentalWarning'];

it('the order sample is tested by node:test', async () => {
  const parameters = [...options, '--test', '--test-reporter=tap', 'test/samples/order-in-node.ts'];
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: root, env });
  expect(stdout).toMatch(/# pass 3\n# fail 0/);
}, 60_000);

it('a worker in Node serves the order activities', async () => {
  const asked: string[] = [];
  const demo = await serve(
    async (request) => {
      asked.push(new URL(request.url).pathname);
      return Response.json({ id: `id_${asked.length}` });
    },
    { host: '127.0.0.1', port: 0 },
  );
  const env = await TestWorkflowEnvironment.createLocal();
  const worker = spawn(
    process.execPath,
    [
      ...options,
      ...['examples/node-worker/worker.ts', '--address', env.address],
      ...['--task-queue', 'orders', '--demo', `http://${demo.address}/demo`],
    ],
    { cwd: root, stdio: 'ignore' },
  );
  try {
    const result = await env.client.workflow.execute(order, {
      taskQueue: 'orders',
      workflowId: 'order-1',
      args: [{ orderId: 'order-1', items: [{ sku: 'lamp', quantity: 1 }], amount: 20 }],
    });
    expect(result).toMatchObject({ status: 'completed' });
    expect(asked.toSorted()).toEqual(['/demo/inventory/reservations', '/demo/orders', '/demo/payments']);
  } finally {
    worker.kill('SIGTERM');
    const [code] = await once(worker, 'exit');
    await env.teardown();
    await demo.close();
    expect(code).toBe(0);
  }
}, 60_000);
