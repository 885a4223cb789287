/** Nexus operations without a workflow over real objects, by every way of asking for them; the Worker itself serves them. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  registerEndpoint,
  showsAsynchronous,
  showsDescription,
  showsEndings,
  showsFailures,
  showsListing,
  showsPolicies,
  showsRefusals,
  showsResults,
} from './nexus-operations.ts';
import { direct, fetchWorker, overHttp } from './worker/clients.ts';

beforeAll(() => registerEndpoint(overHttp));

describe.each([
  ['over HTTP', overHttp, 'http'],
  ['straight to the objects', direct, 'direct'],
])('Nexus operations without a workflow, %s', (_way, client, name) => {
  test('SNX-1, SNX-3, SNX-8: an operation is served, tried again, and gives its result', () =>
    showsResults(client, `nx-results-${name}`));
  test('SNX-3: a workflow stands for one', () => showsAsynchronous(client, `nx-async-${name}`));
  test('SNX-3: what did not complete says why', () => showsFailures(client, `nx-failures-${name}`));
  test('SNX-4: they are cancelled and terminated', () => showsEndings(client, `nx-endings-${name}`));
  test('SNX-5: an ID is taken as long as its policies say', () =>
    showsPolicies(client, `nx-policies-${name}`));
  test('SNX-6: they are described', () => showsDescription(client, `nx-described-${name}`));
  test('SNX-7: they are listed and counted, and are no workflows', () =>
    showsListing(client, `nx-listing-${name}`));
  test('SNX-2: what makes no sense is refused', () => showsRefusals(client, `nx-refusals-${name}`));
});

describe('Nexus operations without a workflow as JSON', () => {
  const call = async (method: string, path: string, body?: object) => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetchWorker(`/api/v1/namespaces/default/nexus-operations${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const start = (id: string, more: object = {}) =>
    call('POST', `/${id}`, {
      endpoint: 'the-till',
      service: 'till',
      operation: 'hello',
      scheduleToCloseTimeout: '60s',
      input: 'Eve',
      ...more,
    });
  const open = (id: string, more: object = {}) =>
    start(id, { operation: 'flaky', input: { key: id, at: 1000 }, ...more });

  test('SNX-1, SNX-3: started and awaited with Temporal’s paths and names', async () => {
    const { body } = await start('json-1');
    expect(body).toMatchObject({ started: true, runId: expect.any(String) });
    expect(await call('GET', '/json-1/poll')).toEqual({
      status: 200,
      body: { runId: body.runId, waitStage: 'NEXUS_OPERATION_WAIT_STAGE_CLOSED', result: 'Hello, Eve!' },
    });
    const { body: described } = await call('GET', '/json-1?includeInput=true&includeOutcome=true');
    expect(described).toMatchObject({
      runId: body.runId,
      info: {
        operationId: 'json-1',
        endpoint: 'the-till',
        service: 'till',
        operation: 'hello',
        status: 'NEXUS_OPERATION_EXECUTION_STATUS_COMPLETED',
        scheduleToCloseTimeout: '60s',
      },
      input: 'Eve',
      result: 'Hello, Eve!',
    });
    expect(described).not.toHaveProperty('longPollToken');
    const { body: bare } = await call('GET', '/json-1');
    expect(bare).not.toHaveProperty('input');
    expect(bare).not.toHaveProperty('result');
  });

  test('SNX-4, SNX-5: repetitions have no second effect, and refusals say what stands in the way', async () => {
    const first = await open('json-2', { requestId: 'same' });
    expect((await open('json-2', { requestId: 'same' })).body.runId).toBe(first.body.runId);
    expect(await start('json-2')).toMatchObject({
      status: 409,
      body: {
        code: 6,
        details: [
          {
            '@type':
              'type.googleapis.com/temporal.api.errordetails.v1.NexusOperationExecutionAlreadyStartedFailure',
            runId: first.body.runId,
          },
        ],
      },
    });
    const end = (requestId: string) => call('POST', '/json-2/terminate', { requestId, reason: 'over' });
    expect((await end('t-1')).status).toBe(200);
    expect((await end('t-1')).status).toBe(200);
    expect(await end('t-2')).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining('json-2') },
    });
    expect((await call('GET', '/json-2/poll')).body).toMatchObject({
      failure: { message: 'over', terminatedFailureInfo: {} },
    });
    expect((await call('DELETE', '/json-2')).status).toBe(200);
    expect((await call('GET', '/json-2')).status).toBe(404);
  });

  test('SNX-6: who has a token waits for the state to change', async () => {
    const { body } = await open('json-3');
    const seen = await call('GET', '/json-3');
    const query = new URLSearchParams({
      runId: String(body.runId),
      longPollToken: String(seen.body.longPollToken),
    });
    const changed = call('GET', `/json-3?${query}`);
    expect((await changed).body).toMatchObject({ info: { operationId: 'json-3' } });
    expect((await call('GET', `/json-3?longPollToken=${seen.body.longPollToken}`)).status).toBe(400);
    await call('POST', '/json-3/terminate');
  });

  test('SNX-2: what is missing or wrong is named', async () => {
    const long = 'x'.repeat(1001);
    for (const [field, more] of [
      ['endpoint', { endpoint: undefined }],
      ['service', { service: '' }],
      ['operation', { operation: undefined }],
      ['service', { service: long }],
      ['scheduleToCloseTimeout', { scheduleToCloseTimeout: '-1s' }],
      ['idReusePolicy', { idReusePolicy: 'SOMETIMES' }],
      ['nexusHeader', { nexusHeader: { 'Request-Timeout': '1s' } }],
      ['NexusHeader', { nexusHeader: { a: 'x'.repeat(9000) } }],
    ] as const) {
      const answer = await start('json-4', more);
      expect(answer, field).toMatchObject({ status: 400, body: { message: expect.stringContaining(field) } });
    }
    const nowhere = await start('json-4', { endpoint: 'nowhere' });
    expect(nowhere).toMatchObject({ status: 404, body: { message: expect.stringContaining('nowhere') } });
    expect((await call('GET', `/${long}`)).status).toBe(400);
    expect((await call('GET', '/json-4/poll?waitStage=LATER')).status).toBe(400);
    expect((await call('GET', '?query=Nothing%20%3D%201')).status).toBe(400);
  });
});
