/** Activities without a workflow over real objects, by every way of asking for them; the Worker's own activities run them. */
import { describe, expect, test } from 'vitest';
import {
  showsEndings,
  showsFailures,
  showsListing,
  showsOperators,
  showsPolicies,
  showsRefusals,
  showsResults,
} from './standalone-activities.ts';
import { direct, fetchWorker, overHttp } from './worker/clients.ts';

describe.each([
  ['over HTTP', overHttp, 'http'],
  ['straight to the objects', direct, 'direct'],
])('activities without a workflow, %s', (_way, client, name) => {
  test('SAA-1, SAA-3, SAA-10: an activity runs, is retried, and gives its result', () =>
    showsResults(client, `results-${name}`));
  test('SAA-3: what did not complete says why', () => showsFailures(client, `failures-${name}`));
  test('SAA-4: they are cancelled and terminated', () => showsEndings(client, `endings-${name}`));
  test('SAA-7: an ID is taken as long as its policies say', () => showsPolicies(client, `policies-${name}`));
  test('SAA-6, SAA-8: they are paused, changed and described', () =>
    showsOperators(client, `operators-${name}`));
  test('SAA-9: they are listed and counted, and are no workflows', () =>
    showsListing(client, `listing-${name}`));
  test('SAA-2: what makes no sense is refused', () => showsRefusals(client, `refusals-${name}`));
});

describe('activities without a workflow as JSON', () => {
  const call = async (method: string, path: string, body?: object) => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetchWorker(`/api/v1/namespaces/default/activities${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const start = (id: string, more: object = {}) =>
    call('POST', `/${id}`, {
      activityType: { name: 'greet' },
      taskQueue: { name: 'default' },
      startToCloseTimeout: '60s',
      input: ['Eve'],
      ...more,
    });

  test('SAA-1, SAA-3: started and awaited with Temporal’s paths and names', async () => {
    const { body } = await start('json-1');
    expect(body).toMatchObject({ started: true, runId: expect.any(String) });
    expect(await call('GET', '/json-1/outcome')).toEqual({
      status: 200,
      body: { runId: body.runId, outcome: { result: ['Hello, Eve!'] } },
    });
    const { body: described } = await call('GET', '/json-1?includeInput=true&includeOutcome=true');
    expect(described).toMatchObject({
      runId: body.runId,
      info: {
        activityId: 'json-1',
        activityType: { name: 'greet' },
        status: 'ACTIVITY_EXECUTION_STATUS_COMPLETED',
        taskQueue: 'default',
        startToCloseTimeout: '60s',
      },
      input: ['Eve'],
      outcome: { result: ['Hello, Eve!'] },
    });
    expect(described).not.toHaveProperty('longPollToken');
  });

  test('SAA-4, SAA-7: repetitions have no second effect, and refusals say what stands in the way', async () => {
    const first = await start('json-2', { requestId: 'same', taskQueue: { name: 'nobody' } });
    const again = await start('json-2', { requestId: 'same', taskQueue: { name: 'nobody' } });
    expect(again.body.runId).toBe(first.body.runId);
    const refused = await start('json-2');
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 6,
        details: [
          {
            '@type':
              'type.googleapis.com/temporal.api.errordetails.v1.ActivityExecutionAlreadyStartedFailure',
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
    expect((await call('GET', '/json-2/outcome')).body.outcome).toMatchObject({
      failure: { message: 'over', terminatedFailureInfo: {} },
    });
    expect((await call('DELETE', '/json-2')).status).toBe(200);
    expect((await call('GET', '/json-2')).status).toBe(404);
  });

  test('SAA-8: who has a token waits for the state to change', async () => {
    const { body } = await start('json-3', { taskQueue: { name: 'nobody' } });
    const seen = await call('GET', '/json-3');
    const query = new URLSearchParams({
      runId: String(body.runId),
      longPollToken: String(seen.body.longPollToken),
    });
    const changed = call('GET', `/json-3?${query}`);
    await call('POST', '/json-3/pause', { reason: 'calm' });
    expect((await changed).body).toMatchObject({ info: { status: 'ACTIVITY_EXECUTION_STATUS_PAUSED' } });
    expect((await call('GET', `/json-3?longPollToken=${seen.body.longPollToken}`)).status).toBe(400);
    await call('POST', '/json-3/terminate');
  });

  test('SAA-2: what is missing is named', async () => {
    for (const [field, more] of [
      ['activityType', { activityType: {} }],
      ['taskQueue', { taskQueue: undefined }],
      ['startToCloseTimeout', { startToCloseTimeout: undefined }],
      ['completionCallbacks', { completionCallbacks: [{ nexus: { url: 'https://example.com' } }] }],
      ['startDelay', { startDelay: '-1s' }],
    ] as const) {
      const answer = await start('json-4', more);
      expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(field) } });
    }
  });
});
