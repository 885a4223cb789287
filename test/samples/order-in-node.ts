/** The same tests of the `order` sample with Node's own runner: `node -C perdure-source --test test/samples/order-in-node.ts`. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WorkflowFailedError } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { cancelOrderSignal, order } from '../../src/workflows/order.ts';
import { fakeOrderActivities } from './order-activities.ts';

const taskQueue = 'orders';
const items = [{ sku: 'lamp', quantity: 1 }];
let env: TestWorkflowEnvironment;

before(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createTimeSkipping();
});

after(() => env.teardown());

async function withWorker<T>(run: () => Promise<T>): Promise<{ result: T; calls: string[] }> {
  const { activities, calls } = fakeOrderActivities();
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowsPath: join(import.meta.dirname, '../../src/workflows/index.ts'),
    activities,
  });
  return { result: await worker.runUntil(run), calls };
}

test('an order is created, paid and reserved', async () => {
  const args = [{ orderId: 'order-1', items, amount: 20 }] as const;
  const { result, calls } = await withWorker(() =>
    env.client.workflow.execute(order, { taskQueue, workflowId: 'order-1', args }),
  );
  assert.deepEqual(result, {
    orderId: 'order-1',
    status: 'completed',
    paymentId: 'pay_1',
    reservationId: 'res_1',
  });
  assert.equal(calls[0], 'createOrder');
  assert.deepEqual(calls.slice(1).toSorted(), ['chargePayment', 'reserveInventory']);
});

test('an order that cannot be paid is undone, and fails', async () => {
  const args = [{ orderId: 'order-2', items, amount: 666 }] as const;
  const { calls } = await withWorker(() =>
    assert.rejects(
      env.client.workflow.execute(order, { taskQueue, workflowId: 'order-2', args }),
      WorkflowFailedError,
    ),
  );
  assert.ok(calls.includes('cancelOrder'));
  assert.ok(!calls.includes('refundPayment'));
});

test('an order that is cancelled before it begins does nothing', async () => {
  const { result, calls } = await withWorker(async () => {
    const handle = await env.client.workflow.signalWithStart(order, {
      taskQueue,
      workflowId: 'order-3',
      args: [{ orderId: 'order-3', items, amount: 20 }],
      signal: cancelOrderSignal,
      signalArgs: ['ordered twice'],
    });
    return await handle.result();
  });
  assert.deepEqual(result, { orderId: 'order-3', status: 'cancelled', reason: 'ordered twice' });
  assert.deepEqual(calls, []);
});
