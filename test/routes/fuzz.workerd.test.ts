/** The same on real objects, where the samples' workflows run. */
import { describe, expect, test } from 'vitest';
import { fetchWorker } from '../samples/front-door.ts';
import { type Answer, fuzz, mayWait } from './fuzz/fuzz.ts';
import type { RandomRequest } from './fuzz/random-request.ts';

const COUNT = 600;
const SEED = 7;
const PATIENCE_MS = 50;

async function ask({ method, target, headers, body }: RandomRequest): Promise<Answer | undefined> {
  const signal = AbortSignal.timeout(mayWait(target, headers) ? PATIENCE_MS : 60_000);
  try {
    const response = await fetchWorker(`http://localhost${target}`, {
      method,
      headers,
      signal,
      ...(body && { body }),
    });
    const contentType = response.headers.get('content-type') ?? '';
    if (!contentType.startsWith('text/event-stream'))
      return { status: response.status, contentType, text: await response.text() };
    await response.body?.cancel();
    return { status: response.status, contentType, text: '' };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function json(method: string, target: string, body?: object): Promise<unknown> {
  const response = await fetchWorker(`http://localhost${target}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text);
}

describe('random requests', () => {
  test('real objects answer none with a 5xx, and none disturbs a neighbour', {
    timeout: 300_000,
  }, async () => {
    const namespaces = '/api/v1/namespaces';
    await json('POST', namespaces, { namespace: 'other', workflowExecutionRetentionPeriod: '86400s' });
    const workflow = `${namespaces}/default/workflows/canary`;
    await json('POST', workflow, { workflowType: { name: 'bird' }, taskQueue: { name: 'cage' }, input: [1] });
    const history = await json('GET', `${workflow}/history`);
    const check = async () => expect(await json('GET', `${workflow}/history`)).toEqual(history);
    const result = await fuzz({ seed: SEED, count: COUNT, ask, canary: { every: 100, check } });
    expect(result.answered).toBeGreaterThan(COUNT / 2);
    expect(Object.keys(result.statuses)).toEqual(expect.arrayContaining(['200', '400', '404', '501']));
  });
});
