/** The `order` sample: what breaks if the cancellation, or a failure, comes before, during or after each step? */

import { WorkflowFailedError, WorkflowNotFoundError } from 'perdure/client';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from 'perdure/common';
import { describe, expect, test } from 'vitest';
import type { Order } from '../../src/activities/index.ts';
import { cancelOrderSignal, getStatus, order } from '../../src/workflows/order.ts';
import {
  client,
  eventTypes,
  expectNothingLeft,
  lampOrder,
  ledger,
  milestones,
  outcomes,
  readHistory,
  taskQueue,
  uniqueId,
  untilActivity,
} from './support.ts';

function startOrder(input: Order) {
  return client.workflow.start(order, { taskQueue, workflowId: input.orderId, args: [input] });
}

const task = ['WorkflowTaskScheduled', 'WorkflowTaskStarted', 'WorkflowTaskCompleted'];

describe('order: nothing goes wrong', () => {
  test('it is created, then paid and reserved side by side', async () => {
    const input = lampOrder(uniqueId('order'), { simulate: { reserveInventory: { delayMs: 150 } } });
    const handle = await startOrder(input);
    expect(await handle.result()).toEqual({
      orderId: input.orderId,
      status: 'completed',
      paymentId: expect.stringMatching(/^pay_/),
      reservationId: expect.stringMatching(/^res_/),
    });
    expect(eventTypes(await readHistory(input.orderId))).toEqual([
      'WorkflowExecutionStarted',
      ...task,
      ...['ActivityTaskScheduled', 'ActivityTaskStarted', 'ActivityTaskCompleted', ...task],
      ...['ActivityTaskScheduled', 'ActivityTaskScheduled'],
      ...['ActivityTaskStarted', 'ActivityTaskCompleted', ...task],
      ...['ActivityTaskStarted', 'ActivityTaskCompleted', ...task],
      'WorkflowExecutionCompleted',
    ]);
    expect(await outcomes(input.orderId)).toEqual([
      'createOrder done',
      'chargePayment done',
      'reserveInventory done',
    ]);
  });

  test('it can be asked for its status from the start to after the end', async () => {
    const input = lampOrder(uniqueId('order'), {
      simulate: { createOrder: { delayMs: 400 }, chargePayment: { delayMs: 400 } },
    });
    const handle = await startOrder(input);
    expect(await handle.query(getStatus)).toBe('pending');
    await untilActivity(input.orderId, 'chargePayment', 'Scheduled');
    expect(await handle.query(getStatus)).toBe('processing');
    await handle.result();
    expect(await handle.query(getStatus)).toBe('completed');
  });
});

describe('order: a step fails', () => {
  test('a service that is down for a moment is asked again, and the order completes', async () => {
    const input = lampOrder(uniqueId('order'), { items: [{ sku: 'fail-once-lamp', quantity: 1 }] });
    const handle = await startOrder(input);
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    const history = await readHistory(input.orderId);
    const first = history.find(({ eventType }) => eventType === 'ActivityTaskStarted');
    expect(first?.attributes).toMatchObject({
      attempt: 2,
      lastFailure: { applicationFailureInfo: { type: 'Unavailable' } },
    });
    expect((await outcomes(input.orderId)).slice(0, 2)).toEqual([
      'createOrder unavailable',
      'createOrder done',
    ]);
  });

  test('a payment whose answer was lost is not taken twice', async () => {
    const input = lampOrder(uniqueId('order'), { simulate: { chargePayment: { lostAnswers: 1 } } });
    const result = await (await startOrder(input)).result();
    const charges = (await ledger(input.orderId)).filter(({ operation }) => operation === 'chargePayment');
    expect(charges.map(({ outcome }) => outcome)).toEqual(['answer-lost', 'repeated']);
    expect(result).toMatchObject({ paymentId: charges[0]?.id });
  });

  test.each([
    ['a declined payment', { amount: 666 }, 'chargePayment', 'CardDeclined'],
    [
      'a missing product',
      { items: [{ sku: 'out-of-stock-lamp', quantity: 1 }] },
      'reserveInventory',
      'OutOfStock',
    ],
    ['a refusal to create', { simulate: { createOrder: { refuse: true } } }, 'createOrder', 'Refused'],
  ])('%s undoes what was done and fails the run', async (_, changes, activityType, type) => {
    const input = lampOrder(uniqueId('order'), changes);
    const handle = await startOrder(input);
    const failed = await handle.result().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    const { cause } = failed as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ActivityFailure);
    expect(cause).toMatchObject({ activityType });
    expect(cause?.cause).toBeInstanceOf(ApplicationFailure);
    expect(cause?.cause).toMatchObject({ type, nonRetryable: true });
    await expectNothingLeft(input.orderId);
  });
});

describe('order: it is cancelled', () => {
  const reason = 'ordered twice';

  test('before its first step: nothing is done at all', async () => {
    const input = lampOrder(uniqueId('order'));
    const handle = await client.workflow.signalWithStart(order, {
      ...{ taskQueue, workflowId: input.orderId, args: [input] },
      ...{ signal: cancelOrderSignal, signalArgs: [reason] },
    });
    expect(await handle.result()).toEqual({ orderId: input.orderId, status: 'cancelled', reason });
    expect(await ledger(input.orderId)).toEqual([]);
  });

  test.each([
    ['its creation', { createOrder: { delayMs: 600 } }, 'createOrder', ['cancelOrder']],
    [
      'its payment',
      { chargePayment: { delayMs: 600 } },
      'chargePayment',
      ['refundPayment', 'releaseInventory', 'cancelOrder'],
    ],
  ] as const)(
    'during %s: no further step begins, and those begun are undone',
    async (_, simulate, during, undone) => {
      const input = lampOrder(uniqueId('order'), { simulate });
      const handle = await startOrder(input);
      await untilActivity(input.orderId, during, 'Scheduled');
      await handle.signal(cancelOrderSignal, reason);
      expect(['cancelling', 'cancelled']).toContain(await handle.query(getStatus));
      expect(await handle.result()).toEqual({ orderId: input.orderId, status: 'cancelled', reason });
      expect(await handle.query(getStatus)).toBe('cancelled');
      const history = milestones(await readHistory(input.orderId));
      const undoing = history.flatMap(
        (name) => /ActivityTaskCompleted\(((?:refund|release|cancel)\w+)\)/.exec(name)?.[1] ?? [],
      );
      expect(undoing.toSorted()).toEqual([...undone].toSorted());
      await expectNothingLeft(input.orderId);
    },
  );

  test('while one of two parallel steps is done: the money goes back', async () => {
    const input = lampOrder(uniqueId('order'), { simulate: { reserveInventory: { delayMs: 600 } } });
    const handle = await startOrder(input);
    await untilActivity(input.orderId, 'chargePayment', 'Completed');
    await handle.signal(cancelOrderSignal, reason);
    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
    expect(await outcomes(input.orderId)).toContain('refundPayment undone');
    await expectNothingLeft(input.orderId);
  });

  test('twice: the first reason stands', async () => {
    const input = lampOrder(uniqueId('order'), { simulate: { createOrder: { delayMs: 600 } } });
    const handle = await startOrder(input);
    await handle.signal(cancelOrderSignal, reason);
    await handle.signal(cancelOrderSignal, 'another reason').catch((error) => {
      expect(error).toBeInstanceOf(WorkflowNotFoundError); // It was quick, and had closed already.
    });
    expect(await handle.result()).toMatchObject({ reason });
  });

  test('after completion: the signal finds no open run', async () => {
    const input = lampOrder(uniqueId('order'));
    const handle = await startOrder(input);
    await handle.result();
    await expect(handle.signal(cancelOrderSignal, reason)).rejects.toBeInstanceOf(WorkflowNotFoundError);
  });

  test("by a workflow cancellation: undone as well, and the run's end is a cancellation", async () => {
    const input = lampOrder(uniqueId('order'), { simulate: { chargePayment: { delayMs: 600 } } });
    const handle = await startOrder(input);
    await untilActivity(input.orderId, 'chargePayment', 'Scheduled');
    await handle.cancel();
    const failed = await handle.result().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    expect((failed as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    await expectNothingLeft(input.orderId);
  });
});
