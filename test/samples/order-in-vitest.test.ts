/** The `order` sample tested in Node with Vitest: its activities are replaced, and no server is needed. */
import { join } from 'node:path';
import { WorkflowFailedError } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelOrderSignal, order } from '../../src/workflows/order.ts';
import { fakeOrderActivities } from './order-activities.ts';

const taskQueue = 'orders';
const items = [{ sku: 'lamp', quantity: 1 }];
let env: TestWorkflowEnvironment;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createTimeSkipping();
});

afterAll(() => env.teardown());

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
  expect(result).toEqual({
    orderId: 'order-1',
    status: 'completed',
    paymentId: 'pay_1',
    reservationId: 'res_1',
  });
  expect(calls[0]).toBe('createOrder');
  expect(calls.slice(1).toSorted()).toEqual(['chargePayment', 'reserveInventory']);
});

test('an order that cannot be paid is undone, and fails', async () => {
  const args = [{ orderId: 'order-2', items, amount: 666 }] as const;
  const { result, calls } = await withWorker(() =>
    env.client.workflow
      .execute(order, { taskQueue, workflowId: 'order-2', args })
      .catch((error: unknown) => error),
  );
  expect(result).toBeInstanceOf(WorkflowFailedError);
  expect(calls).toContain('cancelOrder');
  expect(calls).not.toContain('refundPayment');
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
  expect(result).toEqual({ orderId: 'order-3', status: 'cancelled', reason: 'ordered twice' });
  expect(calls).toEqual([]);
});
