/** Batch jobs over real objects, by every way of asking for them. */
import { describe, expect, test } from 'vitest';
import { showsOperations, showsOptions, showsQuery, showsRefusals, showsStopping } from './batch.ts';
import { eventually } from './visibility.ts';
import { direct, fetchWorker, options, overHttp } from './worker/clients.ts';
import { tally } from './worker/workflows.ts';

describe.each([
  ['over HTTP', overHttp, 'http'],
  ['straight to the objects', direct, 'direct'],
])('batch jobs, %s', (_way, client, name) => {
  test('BATCH-1, BATCH-4, BATCH-5: what a query finds is worked on, and described', () =>
    showsQuery(client, `query-${name}`));

  test('BATCH-3: workflows are cancelled, paused, unpaused, signalled, reset and deleted', () =>
    showsOperations(client, `operations-${name}`));

  test('BATCH-3: options of workflows and their activities are changed', () =>
    showsOptions(client, `options-${name}`));

  test('BATCH-2, BATCH-5: one job runs at a time, until it is stopped, and none has the ID of another', () =>
    showsStopping(client, `stopping-${name}`));

  test('BATCH-1, BATCH-2: what makes no sense is refused by name', () => showsRefusals(client));
});

describe('batch jobs as JSON', () => {
  const call = async (method: string, path: string, body?: object) => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetchWorker(`/api/v1/namespaces/default/batch-operations${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test('BATCH-5: are started, described, listed and stopped with Temporal’s paths and names', async () => {
    const { workflowId } = await direct.workflow.start(tally, options('json'));
    const begin = () =>
      call('POST', '/json-job', {
        reason: 'by hand',
        targetExecutions: [{ type: 'EXECUTION_TYPE_WORKFLOW', businessId: workflowId }],
        terminationOperation: { identity: 'me' },
      });
    const { body } = await eventually(begin, ({ status }) => status !== 429);
    expect(body).toEqual({});
    const described = await eventually(
      () => call('GET', '/json-job'),
      (answer) => answer.body.state !== 'BATCH_OPERATION_STATE_RUNNING',
    );
    expect(described).toMatchObject({
      status: 200,
      body: {
        jobId: 'json-job',
        operationType: 'BATCH_OPERATION_TYPE_TERMINATE',
        state: 'BATCH_OPERATION_STATE_COMPLETED',
        totalOperationCount: '1',
        completeOperationCount: '1',
        identity: 'me',
        reason: 'by hand',
      },
    });
    expect((await begin()).status).toBe(409);
    expect((await call('POST', '/json-job/stop', { reason: 'late' })).status).toBe(404);
    expect((await call('GET', '/no-such-job')).status).toBe(404);
    const listing = await eventually(
      () => call('GET', ''),
      (answer) => JSON.stringify(answer.body).includes('json-job'),
    );
    expect(listing.body.operationInfo).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ jobId: 'json-job', operationType: 'BATCH_OPERATION_TYPE_TERMINATE' }),
      ]),
    );
    expect((await call('POST', '/other', { reason: 'r', terminationOperation: {} })).status).toBe(400);
  });
});
