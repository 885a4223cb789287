/** What the samples rely on in the service they call: effects at most once, undoing that comes first, failures on request. */
import { abortAllDurableObjects } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { type LedgerEntry, type Operation, operations } from '../../src/demo/operations.ts';
import { fetchWorker } from '../samples/front-door.ts';

const origin = 'http://localhost';

async function ask(
  operation: Operation,
  key: string,
  body: object,
): Promise<{ status: number; answer: object }> {
  const response = await fetchWorker(`${origin}/demo${operations[operation].path}`, {
    method: 'POST',
    headers: { 'Idempotency-Key': key },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
}

async function outcomes(prefix: string): Promise<string[]> {
  const response = await fetchWorker(`${origin}/demo/ledger?prefix=${prefix}`);
  const { entries } = await response.json<{ entries: LedgerEntry[] }>();
  return entries.map(({ operation, outcome }) => `${operation} ${outcome}`);
}

describe('demo service: idempotency', () => {
  test('two requests with one key take effect once and get the same answer', async () => {
    const order = { subject: 'twice', amount: 10 };
    const first = await ask('chargePayment', 'twice/charge', order);
    const second = await ask('chargePayment', 'twice/charge', order);
    expect(first).toEqual({ status: 200, answer: { id: expect.stringMatching(/^pay_/) } });
    expect(second).toEqual(first);
    expect(await outcomes('twice')).toEqual(['chargePayment done', 'chargePayment repeated']);
  });

  test('the ledger survives the loss of its object', async () => {
    await ask('createOrder', 'lost/create', { subject: 'lost' });
    await abortAllDurableObjects();
    expect(await outcomes('lost')).toEqual(['createOrder done']);
  });

  test('a prefix selects subjects that begin with it, as text and not as a pattern', async () => {
    await ask('createOrder', 'p1', { subject: 'pre_fix-1' });
    await ask('createOrder', 'p2', { subject: 'preXfix-2' });
    expect(await outcomes('pre_fix')).toHaveLength(1);
  });
});

describe('demo service: undoing', () => {
  test('a refund undoes the payment it names', async () => {
    await ask('chargePayment', 'undo/charge', { subject: 'undo', amount: 10 });
    const refund = await ask('refundPayment', 'undo/refund', { subject: 'undo', undoKey: 'undo/charge' });
    expect(refund).toEqual({ status: 200, answer: { id: expect.stringMatching(/^ref_/) } });
    expect(await outcomes('undo')).toEqual(['chargePayment done', 'refundPayment undone']);
  });

  test('a payment that comes after its refund is refused', async () => {
    const refund = await ask('refundPayment', 'late/refund', { subject: 'late', undoKey: 'late/charge' });
    expect(refund).toEqual({ status: 200, answer: {} });
    const charge = await ask('chargePayment', 'late/charge', { subject: 'late', amount: 10 });
    expect(charge).toMatchObject({ status: 409, answer: { error: 'AlreadyUndone' } });
  });
});

describe('demo service: failures on request', () => {
  test('the first requests fail without effect, then one succeeds', async () => {
    const order = { subject: 'flaky', amount: 10, fault: { failures: 2 } };
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt++)
      statuses.push((await ask('chargePayment', 'flaky/c', order)).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  test('an answer that is lost leaves its effect behind', async () => {
    const order = { subject: 'unheard', amount: 10, fault: { lostAnswers: 1 } };
    expect((await ask('chargePayment', 'unheard/c', order)).status).toBe(503);
    expect((await ask('chargePayment', 'unheard/c', order)).status).toBe(200);
    expect(await outcomes('unheard')).toEqual(['chargePayment answer-lost', 'chargePayment repeated']);
  });

  test.each([
    ['chargePayment', { amount: 666 }, 'CardDeclined'],
    ['reserveInventory', { items: [{ sku: 'out-of-stock-lamp', quantity: 1 }] }, 'OutOfStock'],
    ['shipOrder', { fault: { refuse: true } }, 'Refused'],
  ] as const)('%s with %o is refused for good', async (operation, body, error) => {
    const refused = await ask(operation, `refused/${operation}`, { subject: 'refused', ...body });
    expect(refused).toMatchObject({ status: 422, answer: { error } });
  });

  test('a request without a key is a mistake of the caller', async () => {
    const response = await fetchWorker(`${origin}/demo/payments`, {
      method: 'POST',
      body: '{"subject":"x"}',
    });
    expect(response.status).toBe(400);
  });

  test.each([
    [{}, 'subject: expected a text, found nothing'],
    [{ subject: 7 }, 'subject: expected a text, found 7'],
    [{ subject: 'x'.repeat(10_001) }, 'subject: at most 10000 characters, found 10001'],
    [{ items: 5 }, 'items: expected a list of items, found 5'],
    [{ items: [null] }, 'items[0]: expected an object, found null'],
    [{ items: [{ sku: {} }] }, 'items[0].sku: expected a text, found {}'],
    [{ items: [{ sku: 'lamp' }] }, 'items[0].quantity: expected a number, found nothing'],
    [{ items: Array.from({ length: 1_001 }, () => 0) }, 'items: at most 1000, found 1001'],
    [{ amount: '4900' }, 'amount: expected a number, found "4900"'],
    [{ attempt: -1 }, 'attempt: expected a whole number of 0 or more, found -1'],
    [{ fault: 3 }, 'fault: expected an object, found 3'],
    [{ fault: { delayMs: 'long' } }, 'fault.delayMs: expected a whole number of 0 or more, found "long"'],
    [{ fault: { refuse: 1 } }, 'fault.refuse: expected true or false, found 1'],
  ])('a body such as %o is one too, by the name of the field', async (body, message) => {
    const request = {
      subject: 'wrong',
      ...(Object.keys(body).length === 0 && { subject: undefined }),
      ...body,
    };
    const refused = await ask('chargePayment', 'wrong/charge', request);
    expect(refused).toEqual({ status: 400, answer: { error: 'BadRequest', message } });
    expect(await outcomes('wrong')).toEqual([]);
  });

  test.each(['', 'null', '[]', '{', '\u0000'])('so is %j for a body', async (body) => {
    const response = await fetchWorker(`${origin}/demo/payments`, {
      method: 'POST',
      headers: { 'Idempotency-Key': 'nonsense' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: 'BadRequest',
      message: expect.stringContaining('body: '),
    });
  });
});
