/**
 * Whoever reaches the `Activities` entrypoint can run any activity with any input. It is asked here as strangers would ask it, on
 * the Worker as it is most open: other settings only refuse more.
 */
import { exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../src/demo/operations.ts';
import type { ActivityTask } from '../../src/engine/api.ts';
import { encodeActivityCall } from '../../src/objects/activity/activity-task-codec.ts';
import { DEFAULT_LEASE_TIMES } from '../../src/objects/object-options.ts';
import { fetchWorker } from '../samples/front-door.ts';

/** A task as an object would send it; only that no run asked for it. */
function orderTask(orderId: string): Uint8Array<ArrayBuffer> {
  const times = { scheduledTime: 0, currentAttemptScheduledTime: 0, startedTime: Date.now() };
  const task: ActivityTask = {
    ...{ namespace: 'default', workflowId: orderId, runId: crypto.randomUUID(), workflowType: 'order' },
    ...{ scheduledEventId: 5, activityId: '1', activityType: 'createOrder', taskQueue: 'default' },
    ...{ attempt: 1, stamp: 1, ...times },
    ...{ scheduleToCloseTimeout: 0, startToCloseTimeout: 10_000, heartbeatTimeout: 0, retryPolicy: {} },
    input: {
      payloads: [
        {
          metadata: { encoding: new TextEncoder().encode('json/plain') },
          data: new TextEncoder().encode(JSON.stringify({ orderId, items: [], amount: 1 })),
        },
      ],
    },
  };
  return encodeActivityCall({ task, depth: 1, lease: DEFAULT_LEASE_TIMES });
}

async function ledger(prefix: string): Promise<LedgerEntry[]> {
  const response = await fetchWorker(`http://localhost/demo/ledger?prefix=${prefix}`);
  return (await response.json<{ entries: LedgerEntry[] }>()).entries;
}

describe('the Activities entrypoint', () => {
  test('runs what an object of its Worker sends it', async () => {
    const { Activities } = exports as unknown as { Activities: Fetcher }; // As src/index.ts exports it.
    const body = orderTask('from-inside');
    const response = await Activities.fetch('http://activities/activities/createOrder', {
      method: 'POST',
      body,
    });
    expect(response.status).toBe(200);
    expect(await ledger('from-inside')).toMatchObject([{ operation: 'createOrder', outcome: 'done' }]);
  });

  test.each([
    'http://localhost/activities/createOrder',
    'http://localhost//activities/createOrder',
    'http://localhost/activities/createOrder/',
    'http://localhost/%61ctivities/createOrder',
    'http://localhost/demo/../activities/createOrder',
    'http://localhost/demo/activities/createOrder',
    'http://localhost/api/v1/activities/createOrder',
    'http://localhost/api/v1/namespaces/default/activities/createOrder',
    'http://activities/activities/createOrder',
    'http://activities.localhost/activities/createOrder',
  ])('cannot be asked from outside, by %s', async (url) => {
    for (const method of ['POST', 'PUT']) {
      const response = await fetchWorker(url, { method, body: orderTask('from-outside') });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('content-type')).toContain('application/json'); // And no frame with an outcome.
    }
    expect(await ledger('from-outside')).toEqual([]);
  });
});
