/** Long polls against real objects: through the hand-over from RPC to socket, and through a crash of the object. */
import { abortAllDurableObjects } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { fetchWorker } from '../samples/front-door.ts';

const path = (workflowId: string) => `http://localhost/api/v1/namespaces/default/workflows/${workflowId}`;

async function send(method: string, url: string, body?: object): Promise<Record<string, unknown>> {
  const init = body ? { method, body: JSON.stringify(body) } : { method };
  const response = await fetchWorker(url, init);
  const json = (await response.json()) as Record<string, unknown>;
  expect(response.status, JSON.stringify(json)).toBe(200);
  return json;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A workflow that waits until it is told to end. */
const startCart = (workflowId: string) =>
  send('POST', path(workflowId), {
    workflowType: { name: 'cart' },
    taskQueue: { name: 'default' },
    input: [{ customerId: workflowId, items: [{ sku: 'lamp', quantity: 1 }] }],
  });

const checkOut = (workflowId: string) => send('POST', `${path(workflowId)}/signal/checkout`, {});

// Side by side: a crash of all objects is one more thing that the others stand.
describe.concurrent('waiting for the close of a run', () => {
  test('is answered at once when it comes in the first seconds', async () => {
    const id = `cart-${crypto.randomUUID()}`;
    await startCart(id);
    const result = send('GET', `${path(id)}/result?wait=30s`);
    await sleep(200);
    await checkOut(id);
    const begun = Date.now();
    expect(await result).toMatchObject({
      status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED',
      result: [{ status: 'checked_out' }],
    });
    expect(Date.now() - begun).toBeLessThan(3000);
  });

  test('goes on past ten seconds, and past a crash of the object', { timeout: 60_000 }, async () => {
    const id = `cart-${crypto.randomUUID()}`;
    await startCart(id);
    const page = send('GET', `${path(id)}/history?waitNewEvent=true&historyEventFilterType=CLOSE_EVENT`);
    await sleep(11_000);
    await abortAllDurableObjects();
    await sleep(1000);
    await checkOut(id);
    const begun = Date.now();
    expect(await page).toMatchObject({
      history: { events: [{ eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED' }] },
    });
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  test('ends after 20 s with a token that goes on from there', { timeout: 60_000 }, async () => {
    const id = `cart-${crypto.randomUUID()}`;
    await startCart(id);
    const url = `${path(id)}/history?waitNewEvent=true&historyEventFilterType=CLOSE_EVENT`;
    const begun = Date.now();
    const page = await send('GET', url);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(19_500);
    expect(page.history).toEqual({});
    await checkOut(id);
    const next = await send('GET', `${url}&nextPageToken=${encodeURIComponent(String(page.nextPageToken))}`);
    expect(next.nextPageToken).toBeUndefined();
    expect(next).toMatchObject({
      history: { events: [{ eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED' }] },
    });
  });
});
