/** The `orderSaga` sample: whichever step fails, those before it are undone in reverse, and it itself to be safe. */
import { WorkflowFailedError } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import type { Order } from '../../src/activities/index.ts';
import { orderSaga } from '../../src/workflows/order-saga.ts';
import {
  client,
  expectNothingLeft,
  lampOrder,
  milestones,
  outcomes,
  readHistory,
  taskQueue,
  uniqueId,
} from './support.ts';

function startSaga(input: Order) {
  return client.workflow.start(orderSaga, { taskQueue, workflowId: input.orderId, args: [input] });
}

async function completedActivities(workflowId: string): Promise<string[]> {
  const names = milestones(await readHistory(workflowId));
  return names.flatMap((name) => /^ActivityTaskCompleted\((.*)\)$/.exec(name)?.[1] ?? []);
}

describe('orderSaga: nothing goes wrong', () => {
  test('reserve, charge, ship', async () => {
    const input = lampOrder(uniqueId('saga'));
    expect(await (await startSaga(input)).result()).toEqual({
      orderId: input.orderId,
      reservationId: expect.stringMatching(/^res_/),
      paymentId: expect.stringMatching(/^pay_/),
      shipmentId: expect.stringMatching(/^shp_/),
    });
    expect(await completedActivities(input.orderId)).toEqual([
      'reserveInventory',
      'chargePayment',
      'shipOrder',
    ]);
  });
});

describe('orderSaga: a step fails', () => {
  test.each([
    ['reserve', { items: [{ sku: 'out-of-stock', quantity: 1 }] }, 'OutOfStock', ['releaseInventory']],
    ['charge', { amount: 666 }, 'CardDeclined', ['reserveInventory', 'refundPayment', 'releaseInventory']],
    [
      'ship',
      { simulate: { shipOrder: { refuse: true } } },
      'Refused',
      ['reserveInventory', 'chargePayment', 'cancelShipment', 'refundPayment', 'releaseInventory'],
    ],
  ] as const)(
    '%s: compensations run in reverse, and the run fails with the cause',
    async (_, changes, type, completed) => {
      const input = lampOrder(uniqueId('saga'), changes as Partial<Order>);
      const failed = await (await startSaga(input)).result().catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(WorkflowFailedError);
      expect((failed as WorkflowFailedError).cause?.cause).toMatchObject({ type });
      expect(await completedActivities(input.orderId)).toEqual(completed);
      await expectNothingLeft(input.orderId);
    },
  );

  test('the carrier is asked at most once, even when trying again would help', async () => {
    const input = lampOrder(uniqueId('saga'), { simulate: { shipOrder: { failures: 1 } } });
    await expect((await startSaga(input)).result()).rejects.toBeInstanceOf(WorkflowFailedError);
    const shipping = (await outcomes(input.orderId)).filter((name) => name.startsWith('shipOrder'));
    expect(shipping).toEqual(['shipOrder unavailable']);
    await expectNothingLeft(input.orderId);
  });

  test('a compensation that fails is passed over, and those after it still run', async () => {
    const input = lampOrder(uniqueId('saga'), {
      simulate: { shipOrder: { refuse: true }, refundPayment: { refuse: true } },
    });
    const failed = await (await startSaga(input)).result().catch((error: unknown) => error);
    expect((failed as WorkflowFailedError).cause).toMatchObject({ activityType: 'shipOrder' });
    const happened = await outcomes(input.orderId);
    expect(happened).toContain('refundPayment refused');
    expect(happened).toContain('releaseInventory undone');
  });
});
