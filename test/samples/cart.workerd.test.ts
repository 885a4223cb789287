/** The `cart` sample: its state is that of the signals so far, whichever run they reached. */
import { describe, expect, test } from 'vitest';
import { add, type CartInput, cart, checkout, getCart, remove } from '../../src/workflows/cart.ts';
import { client, eventTypes, outcomes, readHistory, taskQueue, uniqueId, untilHistory } from './support.ts';

function startCart(customerId: string, changes: Partial<CartInput> = {}) {
  return client.workflow.start(cart, {
    taskQueue,
    workflowId: customerId,
    args: [{ customerId, ...changes }],
  });
}

describe('cart', () => {
  test('items are added, removed and ordered', async () => {
    const customerId = uniqueId('cart');
    const handle = await startCart(customerId);
    await handle.signal(add, { sku: 'tea', quantity: 2 });
    await handle.signal(add, { sku: 'rice', quantity: 1 });
    await handle.signal(remove, { sku: 'tea', quantity: 1 });
    const items = [
      { sku: 'tea', quantity: 1 },
      { sku: 'rice', quantity: 1 },
    ];
    expect(await handle.query(getCart)).toEqual(items);
    await handle.signal(checkout);
    const orderId = expect.stringMatching(/^ord_/);
    expect(await handle.result()).toEqual({ status: 'checked_out', customerId, items, orderId });
    expect(await outcomes(customerId)).toEqual(['createOrder done']);
  });

  test('removing more than there is removes what there is', async () => {
    const handle = await startCart(uniqueId('cart'), { items: [{ sku: 'tea', quantity: 1 }] });
    await handle.signal(remove, { sku: 'tea', quantity: 5 });
    expect(await handle.query(getCart)).toEqual([]);
  });

  test('an empty cart cannot be checked out, and what is no item is ignored', async () => {
    const handle = await startCart(uniqueId('cart'), { expiry: '700ms' });
    await handle.signal(checkout);
    await handle.signal('add', 'tea');
    await handle.signal('add', { sku: 'tea', quantity: -1 });
    expect(await handle.result()).toMatchObject({ status: 'expired', items: [] });
  });

  test('left alone it expires with what is in it', async () => {
    const customerId = uniqueId('cart');
    const items = [{ sku: 'book', quantity: 1 }];
    const handle = await startCart(customerId, { items, expiry: 300 });
    expect(await handle.result()).toEqual({ status: 'expired', customerId, items });
  });

  test('a change puts the expiry off', async () => {
    const customerId = uniqueId('cart');
    const handle = await startCart(customerId, { expiry: 600 });
    await handle.signal(add, { sku: 'tea', quantity: 1 });
    await handle.result();
    const timers = eventTypes(await readHistory(customerId)).filter((type) => type.startsWith('Timer'));
    expect(timers.slice(-2)).toEqual(['TimerStarted', 'TimerFired']);
    expect(timers).toContain('TimerCanceled');
  });

  test('after some changes it goes on in a new run with the same contents', async () => {
    const customerId = uniqueId('cart');
    const handle = await startCart(customerId, { changesPerRun: 2 });
    for (let count = 0; count < 5; count++) await handle.signal(add, { sku: 'tea', quantity: 1 });
    const current = client.workflow.getHandle(customerId);
    await untilHistory(customerId, (events) => events.length > 0);
    await current.signal(checkout);
    expect(await current.result()).toMatchObject({ items: [{ sku: 'tea', quantity: 5 }] });
    const first = await readHistory(customerId, handle.firstExecutionRunId);
    expect(eventTypes(first).at(-1)).toBe('WorkflowExecutionContinuedAsNew');
    const continued = await readHistory(customerId);
    expect(continued[0]?.attributes).toMatchObject({
      continuedExecutionRunId: expect.any(String),
      firstExecutionRunId: handle.firstExecutionRunId,
    });
  });
});
