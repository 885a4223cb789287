import { describe, expect, test } from 'vitest';
import { NEXUS_CALLBACK_URL, nexusCallbackHeader } from '../../src/sdk/common/nexus-callback.ts';
import { RUN_ID, refused, testApp } from './fake-execution.ts';

const START = { workflowType: { name: 'order' }, taskQueue: { name: 'orders' } };
const order = '/api/v1/namespaces/default/workflows/order-1';
const plain = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('start', () => {
  test('answers with run, status and a link, under both families of paths (START-11)', async () => {
    for (const path of [order, '/namespaces/default/workflows/order-1']) {
      const app = testApp();
      const { status, body } = await app.request('POST', path, START);
      expect(status).toBe(200);
      expect(body).toEqual({
        runId: RUN_ID,
        firstExecutionRunId: RUN_ID,
        started: true,
        status: 'WORKFLOW_EXECUTION_STATUS_RUNNING',
        link: {
          workflowEvent: {
            namespace: 'default',
            workflowId: 'order-1',
            runId: RUN_ID,
            eventRef: { eventId: '1', eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED' },
          },
        },
      });
    }
  });

  test('hands the object everything that the request says, in memory form', async () => {
    const app = testApp();
    await app.request('POST', order, {
      ...START,
      input: [{ sku: 'A1' }, null],
      workflow_run_timeout: '3600s',
      workflowIdReusePolicy: 3,
      workflowIdConflictPolicy: 'WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING',
      retryPolicy: { maximumAttempts: 3, initialInterval: '1.500s' },
      memo: { fields: { note: 'rush' } },
      searchAttributes: null,
      requestId: 'r-1',
    });
    const [{ method, args } = { method: '', args: [] }] = app.execution.asked;
    expect(method).toBe('start');
    expect(args[0]).toEqual({
      namespace: 'default',
      workflowId: 'order-1',
      namespaceConfig: { retentionMs: 72 * 3_600_000 },
    });
    expect(args[1]).toMatchObject({
      workflowType: 'order',
      taskQueue: 'orders',
      requestId: 'r-1',
      workflowRunTimeout: 3_600_000,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      retryPolicy: { maximumAttempts: 3, initialInterval: 1500 },
      input: { payloads: [{ data: plain({ sku: 'A1' }) }, { metadata: expect.anything() }] },
      memo: { fields: { note: { data: plain('rush') } } },
    });
  });

  test('makes a request ID when there is none, so that a repeat of the call is the same start', async () => {
    let calls = 0;
    const app = testApp({
      start: () => {
        if (calls++ === 0) throw Object.assign(new Error('Network connection lost.'), { retryable: true });
        return {
          ok: true,
          value: { runId: RUN_ID, firstExecutionRunId: RUN_ID, started: true, status: 'RUNNING' },
        };
      },
    });
    expect((await app.request('POST', order, START)).status).toBe(200);
    const ids = app.execution.asked.map(({ args }) => (args[1] as { requestId: string }).requestId);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
    expect(app.execution.asked.map(({ args }) => (args[0] as { guarded?: boolean }).guarded)).toEqual([
      undefined,
      true,
    ]);
  });

  test('is repeated once only', async () => {
    const app = testApp({
      start: () => {
        throw new Error('internal error');
      },
    });
    const { status, body } = await app.request('POST', order, START);
    expect(status).toBe(503);
    expect(body.message).toContain("workflow 'order-1' of namespace 'default'");
    expect(app.execution.asked).toHaveLength(2);
  });

  test('with Prefer: wait brings the closing event along', async () => {
    const app = testApp({
      start: (_at, _request, waitMs) => ({
        ok: true,
        value: {
          runId: RUN_ID,
          firstExecutionRunId: RUN_ID,
          started: true,
          status: waitMs === 10_000 ? 'COMPLETED' : 'RUNNING',
          result: {
            runId: RUN_ID,
            status: 'COMPLETED',
            closeEvent: {
              eventId: 5,
              eventTime: 0,
              eventType: 'WorkflowExecutionCompleted',
              attributes: { result: { payloads: [] }, workflowTaskCompletedEventId: 4 },
            },
          },
        },
      }),
    });
    const { body } = await app.request('POST', order, START, { prefer: 'respond-async, wait=10' });
    expect(body).toMatchObject({
      status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED',
      result: {
        status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED',
        closeEvent: { eventId: '5', eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED' },
      },
    });
  });

  test('a running workflow is 409 with the detail that names its run', async () => {
    const message = 'Workflow execution is already running.';
    const details = [
      { type: 'WorkflowExecutionAlreadyStartedFailure', startRequestId: 'r-0', runId: RUN_ID },
    ];
    const app = testApp({ start: () => refused({ code: 'ALREADY_EXISTS', message, details }) });
    const { status, body } = await app.request('POST', order, START);
    expect(status).toBe(409);
    expect(body).toEqual({
      code: 6,
      message,
      details: [
        {
          '@type': 'type.googleapis.com/temporal.api.errordetails.v1.WorkflowExecutionAlreadyStartedFailure',
          startRequestId: 'r-0',
          runId: RUN_ID,
        },
      ],
    });
  });

  test.each([
    ['a missing workflow type', { taskQueue: { name: 'q' } }, 'workflowType'],
    ['an empty workflow type', { ...START, workflowType: { name: '' } }, 'workflowType.name'],
    ['a missing task queue', { workflowType: { name: 'w' } }, 'taskQueue'],
    ['a string where an object belongs', { ...START, taskQueue: 'q' }, 'taskQueue'],
    ['an unknown enum value', { ...START, workflowIdReusePolicy: 'SOMETIMES' }, 'workflowIdReusePolicy'],
    ['an unknown enum number', { ...START, workflowIdReusePolicy: 99 }, 'workflowIdReusePolicy'],
    ['a duration in other words', { ...START, workflowRunTimeout: '1 hour' }, 'workflowRunTimeout'],
    ['a negative duration', { ...START, workflowRunTimeout: '-1s' }, 'workflowRunTimeout'],
    [
      'a retry policy that shrinks',
      { ...START, retryPolicy: { backoffCoefficient: 0.5 } },
      'backoffCoefficient',
    ],
    ['negative attempts', { ...START, retryPolicy: { maximumAttempts: -1 } }, 'maximumAttempts'],
    [
      'cron with a delay',
      { ...START, cronSchedule: '* * * * *', workflowStartDelay: '5s' },
      'workflowStartDelay',
    ],
    ['a long task queue', { ...START, taskQueue: { name: 'q'.repeat(1001) } }, 'taskQueue.name'],
    ['a long request ID', { ...START, requestId: 'ä'.repeat(501) }, 'requestId'],
    ['a lone surrogate', { ...START, requestId: '\ud800' }, 'requestId'],
    ['a number for a string', { ...START, identity: 5 }, 'identity'],
    ['a long summary', { ...START, userMetadata: { summary: 'x'.repeat(400) } }, 'userMetadata.summary'],
    [
      '101 search attributes',
      {
        ...START,
        searchAttributes: {
          indexedFields: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, 1])),
        },
      },
      'searchAttributes.indexedFields',
    ],
    [
      'a long search attribute',
      { ...START, searchAttributes: { indexedFields: { k: 'x'.repeat(2048) } } },
      'searchAttributes.indexedFields.k',
    ],
    ['a payload above 2 MiB', { ...START, input: ['x'.repeat(2 * 1024 * 1024)] }, 'input'],
    ['a memo above 2 MiB', { ...START, memo: { fields: { a: 'x'.repeat(2 * 1024 * 1024) } } }, 'memo.fields'],
  ])('%s is 400 and named', async (_, body, field) => {
    const app = testApp();
    const reply = await app.request('POST', order, body);
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe(3);
    expect(reply.body.message).toContain(field);
    expect(app.execution.asked).toEqual([]);
  });

  test('a workflow ID of 1,001 bytes is 400', async () => {
    const { status, body } = await testApp().request(
      'POST',
      `/namespaces/default/workflows/${'i'.repeat(1001)}`,
      START,
    );
    expect([status, body.message]).toEqual([
      400,
      'workflowId: length of 1001 bytes exceeds the limit of 1000',
    ]);
  });

  test.each([
    ['schedules', 'scheduleId', 1000],
    ['batch-operations', 'jobId', 986],
  ])('%s: an ID that is too long is 400, naming the field', async (path, field, max) => {
    const create = (length: number) =>
      testApp().request('POST', `/namespaces/default/${path}/${'i'.repeat(length)}`, {});
    const { status, body } = await create(max + 1);
    expect([status, body.message]).toEqual([
      400,
      `${field}: length of ${max + 1} bytes exceeds the limit of ${max}`,
    ]);
    expect((await create(max)).body.message).not.toContain(field);
  });

  test.each(['a/b', 'a%2Fb', '100%', 'ünï/😀', 'with space', 'a?b#c', '%25', 'a+b'])(
    'the workflow ID %j arrives as it was sent',
    async (id) => {
      const app = testApp();
      await app.request('POST', `/api/v1/namespaces/default/workflows/${encodeURIComponent(id)}`, START);
      expect(app.execution.asked[0]?.args[0]).toMatchObject({ workflowId: id });
    },
  );

  test('the path wins over the body', async () => {
    const app = testApp();
    await app.request('POST', order, {
      ...START,
      workflow_id: 'other',
      workflowId: 'another',
      namespace: 'x',
    });
    expect(app.execution.asked[0]?.args[0]).toMatchObject({ namespace: 'default', workflowId: 'order-1' });
  });
});

describe('signal', () => {
  test('goes to the run in the body', async () => {
    const app = testApp();
    const body = { workflowExecution: { runId: RUN_ID }, input: ['why'], identity: 'me', requestId: 'r' };
    expect((await app.request('POST', `${order}/signal/cancelOrder`, body)).body).toEqual({});
    expect(app.execution.asked[0]?.args[1]).toMatchObject({
      kind: 'Signal',
      signalName: 'cancelOrder',
      runId: RUN_ID,
      identity: 'me',
      requestId: 'r',
      input: { payloads: [{ data: plain('why') }] },
    });
  });

  test('a closed workflow is 404', async () => {
    const message = 'workflow execution already completed';
    const app = testApp({ apply: () => refused({ code: 'NOT_FOUND', message }) });
    const { status, body } = await app.request('POST', `${order}/signal/s`, {});
    expect([status, body]).toEqual([404, { code: 5, message, details: [] }]);
  });

  test('a body is not needed', async () => {
    expect((await testApp().request('POST', `${order}/signal/s`)).status).toBe(200);
  });

  test('with start takes both inputs', async () => {
    const app = testApp();
    const { body } = await app.request('POST', `${order}/signal-with-start/add`, {
      ...START,
      input: [1],
      signalInput: [2],
    });
    expect(body).toMatchObject({
      runId: RUN_ID,
      firstExecutionRunId: RUN_ID,
      signalLink: { workflowEvent: { runId: RUN_ID } },
    });
    expect(body.started).toBeUndefined();
    expect(app.execution.asked[0]?.args[1]).toMatchObject({
      workflowType: 'order',
      signalName: 'add',
      input: { payloads: [{ data: plain(1) }] },
      signalInput: { payloads: [{ data: plain(2) }] },
    });
  });
});

describe('query', () => {
  test('answers in shorthand', async () => {
    const app = testApp();
    const body = { query: { queryArgs: ['x'] }, queryRejectCondition: 'QUERY_REJECT_CONDITION_NOT_OPEN' };
    expect((await app.request('POST', `${order}/query/getStatus`, body)).body).toEqual({ queryResult: [42] });
    expect(app.execution.asked[0]?.args[1]).toMatchObject({
      queryType: 'getStatus',
      rejectCondition: 'NOT_OPEN',
      queryArgs: { payloads: [{ data: plain('x') }] },
    });
  });

  test('a rejection is an answer', async () => {
    const app = testApp({ query: () => ({ ok: true, value: { rejected: 'COMPLETED' } }) });
    const { status, body } = await app.request('POST', `${order}/query/q`, {});
    expect([status, body]).toEqual([
      200,
      { queryRejected: { status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED' } },
    ]);
  });

  test('a handler that throws is 400 with its failure', async () => {
    const failure = { message: 'no', applicationFailureInfo: { type: 'E' } };
    const details = [{ type: 'QueryFailedFailure', failure }];
    const app = testApp({ query: () => refused({ code: 'INVALID_ARGUMENT', message: 'no', details }) });
    const { status, body } = await app.request('POST', `${order}/query/q`, {});
    expect(status).toBe(400);
    expect(body.details).toEqual([
      { '@type': 'type.googleapis.com/temporal.api.errordetails.v1.QueryFailedFailure', failure },
    ]);
  });
});

describe('cancel, terminate, reset, pause', () => {
  test('cancel', async () => {
    const app = testApp();
    const { body } = await app.request('POST', `${order}/cancel`, {
      reason: 'r',
      firstExecutionRunId: 'f',
      identity: 'i',
    });
    expect(body).toEqual({});
    expect(app.execution.asked[0]?.args[1]).toMatchObject({
      kind: 'RequestCancel',
      reason: 'r',
      firstExecutionRunId: 'f',
      identity: 'i',
    });
  });

  test('terminate takes the run from the query string when the body has none', async () => {
    const app = testApp();
    await app.request('POST', `${order}/terminate?execution.runId=${RUN_ID}`, {
      reason: 'r',
      details: ['d'],
    });
    expect(app.execution.asked[0]?.args[1]).toMatchObject({ kind: 'Terminate', runId: RUN_ID, reason: 'r' });
  });

  test('reset needs an event above 1, and knows both ways to exclude', async () => {
    const app = testApp();
    expect((await app.request('POST', `${order}/reset`, {})).body.message).toContain(
      'workflowTaskFinishEventId',
    );
    const body = { workflowTaskFinishEventId: '4', resetReapplyType: 3, resetReapplyExcludeTypes: [2] };
    expect((await app.request('POST', `${order}/reset`, body)).body).toEqual({ runId: 'new-run' });
    expect(app.execution.asked[0]?.args[1]).toMatchObject({
      workflowTaskFinishEventId: 4,
      excludeSignals: false,
      excludeUpdates: true,
    });
    await app.request('POST', `${order}/reset`, {
      workflowTaskFinishEventId: 4,
      resetReapplyType: 'RESET_REAPPLY_TYPE_NONE',
    });
    expect(app.execution.asked[1]?.args[1]).toMatchObject({ excludeSignals: true, excludeUpdates: true });
  });

  test('pause and unpause', async () => {
    const app = testApp();
    expect(
      (await app.request('POST', `${order}/pause`, { reason: 'r', identity: 'i', runId: RUN_ID })).body,
    ).toEqual({});
    expect((await app.request('POST', `${order}/unpause`, {})).body).toEqual({});
    expect(app.execution.asked.map(({ method }) => method)).toEqual(['pause', 'unpause']);
    expect(app.execution.asked[0]?.args[1]).toMatchObject({ reason: 'r', identity: 'i', runId: RUN_ID });
  });
});

describe('describe', () => {
  test('is what the object says, of the run asked for', async () => {
    const app = testApp({
      describe: () => ({
        ok: true,
        value: {
          executionConfig: { taskQueue: { name: 'orders', kind: 'NORMAL' }, workflowRunTimeout: 0 },
          workflowExecutionInfo: {
            execution: { workflowId: 'order-1', runId: RUN_ID },
            type: { name: 'order' },
            status: 'RUNNING',
            historyLength: 5,
          },
        },
      }),
    });
    const { body } = await app.request('GET', `${order}?execution.runId=${RUN_ID}`);
    expect(app.execution.asked[0]?.args[1]).toBe(RUN_ID);
    expect(body).toMatchObject({
      executionConfig: {
        taskQueue: { name: 'orders', kind: 'TASK_QUEUE_KIND_NORMAL' },
        workflowRunTimeout: '0s',
      },
      workflowExecutionInfo: { status: 'WORKFLOW_EXECUTION_STATUS_RUNNING', historyLength: '5' },
    });
  });
});

describe('updates', () => {
  const accepted = { updateId: 'u-1', runId: RUN_ID, stage: 'ACCEPTED' };
  const completed = { ...accepted, stage: 'COMPLETED', outcome: { success: { payloads: [] } } };

  test('wait for completion unless told otherwise, and make an ID', async () => {
    const app = testApp({ update: () => ({ ok: true, value: completed }) });
    const { body } = await app.request('POST', `${order}/update/add`, { request: { input: { args: [1] } } });
    expect(body).toEqual({
      updateRef: { workflowExecution: { workflowId: 'order-1', runId: RUN_ID }, updateId: 'u-1' },
      outcome: { success: [] },
      stage: 'UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED',
      link: { workflow: { namespace: 'default', workflowId: 'order-1', runId: RUN_ID } },
    });
    expect(app.execution.asked[0]?.args[1]).toMatchObject({
      waitStage: 'COMPLETED',
      request: { meta: { updateId: expect.stringMatching(/^[0-9a-f-]{36}$/) }, input: { name: 'add' } },
    });
  });

  test('NXS-23: with callbacks it is sent once more when it was waited for, so that they stand in history', async () => {
    const reference = { namespace: 'n', workflowId: 'w', runId: 'r', scheduledEventId: 5, requestId: 'q' };
    const callback = { nexus: { url: NEXUS_CALLBACK_URL, header: nexusCallbackHeader(reference) } };
    const eventRef = { eventId: '5', eventType: 'EVENT_TYPE_NEXUS_OPERATION_SCHEDULED' };
    const link = { workflowEvent: { namespace: 'n', workflowId: 'w', runId: 'r', eventRef } };
    let sent = 0;
    const app = testApp({
      update: () => ({ ok: true, value: ++sent === 1 ? { ...accepted, stage: 'ADMITTED' } : accepted }),
      pollUpdate: () => ({ ok: true, value: { ...accepted, acceptedEventId: 7 } }),
    });
    const { status } = await app.request('POST', `${order}/update/add`, {
      waitPolicy: { lifecycleStage: 'ACCEPTED' },
      request: { requestId: 'q', completionCallbacks: [callback], links: [link] },
    });
    expect(status).toBe(200);
    expect(app.execution.asked.map(({ method }) => method)).toEqual(['update', 'pollUpdate', 'update']);
    expect(app.execution.asked.at(-1)?.args[1]).toMatchObject({
      request: {
        requestId: 'q',
        completionCallbacks: [callback],
        links: [{ workflowEvent: { eventRef: { eventId: 5, eventType: 'NEXUS_OPERATION_SCHEDULED' } } }],
      },
    });
  });

  test.each([
    ['completionCallbacks', [{ nexus: { url: 'https://example.com' } }]],
    ['links', Array.from({ length: 11 }, () => ({ batchJob: { jobId: 'j' } }))],
  ])('what would not be called or kept is refused: %s', async (field, value) => {
    const app = testApp({ update: () => ({ ok: true, value: accepted }) });
    const { status, body } = await app.request('POST', `${order}/update/add`, {
      request: { [field]: value },
    });
    expect([status, body.message]).toEqual([400, expect.stringContaining(`request.${field}`)]);
  });

  test('UPD-1: admitted and lost with the memory of its object, it is sent again under its ID', async () => {
    const notFound = { ok: false, error: { code: 'NOT_FOUND', message: 'update not found' } };
    let sent = 0;
    const app = testApp({
      update: () => ({ ok: true, value: ++sent === 1 ? { ...accepted, stage: 'ADMITTED' } : completed }),
      pollUpdate: () => notFound,
    });
    const { status, body } = await app.request('POST', `${order}/update/add`, {});
    expect([status, body.outcome]).toEqual([200, { success: [] }]);
    const requests = app.execution.asked
      .filter(({ method }) => method === 'update')
      .map(({ args }) => (args[1] as { request: unknown }).request);
    expect(requests).toEqual([requests[0], requests[0]]);
  });

  test('accepted and not found any more, it is not sent again', async () => {
    const app = testApp({
      update: () => ({ ok: true, value: accepted }),
      pollUpdate: () => ({ ok: false, error: { code: 'NOT_FOUND', message: 'update not found' } }),
    });
    expect((await app.request('POST', `${order}/update/add`, {})).status).toBe(404);
    expect(app.execution.asked.filter(({ method }) => method === 'update')).toHaveLength(1);
  });

  test('a failed outcome is 200', async () => {
    const outcome = { failure: { message: 'no', applicationFailureInfo: {} } };
    const app = testApp({ update: () => ({ ok: true, value: { ...completed, outcome } }) });
    const { status, body } = await app.request('POST', `${order}/update/add`, {});
    expect([status, body.outcome]).toEqual([200, outcome]);
  });

  test('ADMITTED is refused (UPD-1)', async () => {
    const stage = 'UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED';
    const { status } = await testApp().request('POST', `${order}/update/add`, {
      waitPolicy: { lifecycleStage: stage },
    });
    expect(status).toBe(403);
  });

  test('polling waits for the stage asked for, or looks only', async () => {
    const app = testApp({ pollUpdate: () => ({ ok: true, value: completed }) });
    await app.request(
      'GET',
      `${order}/updates/u-1?waitStage=COMPLETED&wait=5s&updateRef.workflowExecution.runId=${RUN_ID}`,
    );
    await app.request('GET', `${order}/updates/u-1`);
    expect(app.execution.asked.map(({ args }) => args.slice(1))).toEqual([
      [RUN_ID, 'u-1', 'COMPLETED', 5000],
      [undefined, 'u-1', 'ADMITTED', 0],
    ]);
  });

  test('with start is one call on the object', async () => {
    const start = { runId: RUN_ID, firstExecutionRunId: RUN_ID, started: true, status: 'RUNNING' };
    const app = testApp({ updateWithStart: () => ({ ok: true, value: { start, update: completed } }) });
    const { body } = await app.request('POST', `${order}/update-with-start/add`, {
      start: START,
      update: {},
    });
    expect(body).toMatchObject({
      start: { runId: RUN_ID, started: true },
      update: { updateRef: { updateId: 'u-1' } },
    });
    expect(app.execution.asked[0]?.args[1]).toMatchObject({ workflowType: 'order' });
    expect(app.execution.asked[0]?.args[2]).toMatchObject({ request: { input: { name: 'add' } } });
  });

  test.each([
    ['start.cronSchedule', { start: { ...START, cronSchedule: '* * * * *' }, update: {} }],
    ['start.workflowStartDelay', { start: { ...START, workflowStartDelay: '1s' }, update: {} }],
    ['update.firstExecutionRunId', { start: START, update: { firstExecutionRunId: 'f' } }],
    ['update.workflowExecution.runId', { start: START, update: { workflowExecution: { runId: 'r' } } }],
  ])('with start refuses %s', async (field, body) => {
    const reply = await testApp().request('POST', `${order}/update-with-start/add`, body);
    expect([reply.status, reply.body.message]).toEqual([400, `${field}: not allowed in update-with-start`]);
  });
});
