/**
 * Every route of the server, over HTTP, with requests that nobody should send. PERDURE_FUZZ_REQUESTS and PERDURE_FUZZ_SEED
 * make it longer and repeat it.
 */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CALLS } from '../../src/sdk/client/calls/index.ts';
import { LocalServer } from '../../src/sdk/testing/server/local-server.ts';
import { type Answer, fuzz, mayWait } from './fuzz/fuzz.ts';
import type { RandomRequest } from './fuzz/random-request.ts';

const COUNT = Number(process.env.PERDURE_FUZZ_REQUESTS ?? 1000);
const SEED = Number(process.env.PERDURE_FUZZ_SEED ?? 20_260_105);
/** Polls are left after this long. */
const PATIENCE_MS = 20;
const LONG_MS = 60_000;

let server: LocalServer;
/** What objects logged as errors: failures that no answer shows. */
const mishaps: string[] = [];
beforeAll(async () => {
  server = await LocalServer.start({
    log: (level, message, attributes) => {
      if (level === 'ERROR') mishaps.push(`${message}: ${attributes?.error}`);
    },
  });
  await server.addNamespace('other');
  await server.addNamespace('canary');
});
afterAll(() => server.close());

function ask(
  { method, target, headers, body }: RandomRequest,
  patienceMs = mayWait(target, headers) ? PATIENCE_MS : LONG_MS,
): Promise<Answer | undefined> {
  const [host = '', port = ''] = server.address.split(':');
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(body?.length ?? 0) };
    const options = { host, port, method, path: target, headers: { ...headers, ...length } };
    const outgoing = httpRequest(options, (response) => {
      const contentType = response.headers['content-type'] ?? '';
      // What is wrong with a request is said before a stream begins.
      if (contentType.startsWith('text/event-stream')) {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, contentType, text: '' });
        outgoing.destroy();
        return;
      }
      const chunks: Uint8Array[] = [];
      response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      response.on('end', () => {
        clearTimeout(timer);
        resolve({
          status: response.statusCode ?? 0,
          contentType,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    const leave = () => {
      resolve(undefined);
      outgoing.destroy();
    };
    const timer = setTimeout(leave, patienceMs);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const request = (method: string, target: string, body?: object): RandomRequest => ({
  call: 'getSystemInfo',
  method,
  target,
  headers: {},
  ...(body && { body: Buffer.from(JSON.stringify(body)) }),
});

async function json(method: string, target: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await ask(request(method, target, body), LONG_MS);
  expect(answer?.status, answer?.text).toBe(200);
  return JSON.parse(answer?.text ?? '');
}

describe('random requests', () => {
  test('none is answered with a 5xx or with anything but JSON, and none disturbs a neighbour', {
    timeout: 3_600_000,
  }, async () => {
    const workflow = '/api/v1/namespaces/canary/workflows/canary';
    await json('POST', workflow, { workflowType: { name: 'bird' }, taskQueue: { name: 'cage' }, input: [1] });
    const history = await json('GET', `${workflow}/history`);
    const description = await json('GET', workflow);
    const check = async () => {
      expect(await json('GET', `${workflow}/history`)).toEqual(history);
      expect(await json('GET', workflow)).toEqual(description);
    };
    const result = await fuzz({
      seed: SEED,
      count: COUNT,
      ask: (request) => ask(request),
      canary: { every: 250, check },
    });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    // Not all of it is noise: many calls are accepted now and then, and most statuses are met.
    expect(result.answered).toBeGreaterThan(COUNT / 2);
    expect(result.accepted.size).toBeGreaterThan(Object.keys(CALLS).length / 3);
    expect(Object.keys(result.statuses)).toEqual(expect.arrayContaining(['200', '400', '404', '409', '501']));
  });
});

describe('found by random requests', () => {
  test('an update of a named run is not found where no workflow ever was', async () => {
    const query = 'updateRef.workflowExecution.runId=some&wait=0.1s';
    const target = `/api/v1/namespaces/default/workflows/never/updates/u?${query}`;
    const answer = await ask(
      { call: 'pollWorkflowExecutionUpdate', method: 'GET', target, headers: {} },
      LONG_MS,
    );
    expect([answer?.status, JSON.parse(answer?.text ?? '')]).toEqual([
      404,
      { code: 5, message: 'update "u" not found', details: [] },
    ]);
  });

  test('a query that waits for a worker does not outlive its workflow', async () => {
    const namespace = '/api/v1/namespaces/default';
    const workflow = `${namespace}/workflows/deleted`;
    const poll = `${namespace}/task-queues/deleted/poll-workflow-task`;
    await json('POST', workflow, { workflowType: { name: 'any' }, taskQueue: { name: 'deleted' } });
    const task = await json('POST', poll, { identity: 'me' });
    await json('POST', `${namespace}/workflow-task-complete`, { taskToken: task.taskToken, commands: [] });
    const query = ask(request('POST', `${workflow}/query/q`, {}), LONG_MS);
    await json('GET', workflow);
    await json('DELETE', workflow);
    const answer = await ask(
      { ...request('POST', poll, { identity: 'me' }), headers: { prefer: 'wait=1' } },
      LONG_MS,
    );
    expect([answer?.status, answer?.text]).toEqual([200, '{}']);
    expect(await query).toMatchObject({ status: 404, text: expect.stringContaining('workflow not found') });
    expect(mishaps).toEqual([]);
  });
});
