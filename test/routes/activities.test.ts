import { describe, expect, test } from 'vitest';
import { encodeTaskToken } from '../../src/sdk/common/task-token.ts';
import { encodeBase64 } from '../../src/sdk/common/wire/base64.ts';
import { jsonPayload, RUN_ID, refused, testApp } from './fake-execution.ts';

const base = '/api/v1/namespaces/default';
const byId = `${base}/workflows/order-1/activities/charge-1`;
const tokenOf = (namespace: string) =>
  encodeBase64(
    encodeTaskToken({ namespace, workflowId: 'order/1', runId: RUN_ID, scheduledEventId: 5, stamp: 2 }),
  );
const failure = { message: 'no', applicationFailureInfo: { type: 'E' } };
const flags = { ok: true, value: { cancelRequested: true, activityPaused: false, activityReset: false } };

describe('activities by ID', () => {
  const activity = { by: 'id', activityId: 'charge-1', runId: RUN_ID };

  test.each([
    [
      'complete',
      { result: ['ok'] },
      { kind: 'ActivityCompleted', result: { payloads: [jsonPayload('ok')] } },
      {},
    ],
    ['fail', { failure }, { kind: 'ActivityFailed', failure: { message: 'no' } }, {}],
    [
      'resolve-as-canceled',
      { details: ['d'] },
      { kind: 'ActivityCanceled', details: { payloads: [jsonPayload('d')] } },
      {},
    ],
  ])('%s', async (verb, body, input, answer) => {
    const app = testApp();
    const reply = await app.request('POST', `${byId}/${verb}`, { runId: RUN_ID, identity: 'me', ...body });
    expect([reply.status, reply.body]).toEqual([200, answer]);
    expect(app.execution.asked[0]).toMatchObject({
      method: 'apply',
      args: [{ workflowId: 'order-1' }, { ...input, activity, identity: 'me' }],
    });
  });

  test('heartbeat answers with what is asked of the activity', async () => {
    const app = testApp({ apply: () => flags });
    expect((await app.request('POST', `${byId}/heartbeat`, { details: [50] })).body).toEqual({
      cancelRequested: true,
    });
    expect((await testApp().request('POST', `${byId}/heartbeat`, {})).body).toEqual({});
  });

  test('an unknown activity is 404', async () => {
    const app = testApp({ apply: () => refused({ code: 'NOT_FOUND', message: 'no such activity' }) });
    expect((await app.request('POST', `${byId}/complete`, {})).status).toBe(404);
  });

  test.each([{}, { failure: null }, { failure: { message: 'x' } }, { failure: { canceledFailureInfo: {} } }])(
    'fail with %j is 400',
    async (body) => {
      const { status, body: reply } = await testApp().request('POST', `${byId}/fail`, body);
      expect(status).toBe(400);
      expect(reply.message).toContain('failure');
    },
  );

  test('a failure deeper than 100 causes is 400', async () => {
    let nested: object = failure;
    for (let depth = 0; depth < 150; depth++) nested = { ...failure, cause: nested };
    expect((await testApp().request('POST', `${byId}/fail`, { failure: nested })).status).toBe(400);
  });
});

describe('activities by token', () => {
  const activity = { by: 'token', runId: RUN_ID, scheduledEventId: 5, stamp: 2 };

  test.each([
    ['activity-complete', { result: ['ok'] }, 'ActivityCompleted'],
    ['activity-fail', { failure }, 'ActivityFailed'],
    ['activity-heartbeat', { details: [1] }, 'ActivityHeartbeat'],
    ['activity-resolve-as-canceled', {}, 'ActivityCanceled'],
  ])('%s goes to the attempt that the token names', async (verb, body, kind) => {
    const app = testApp();
    const { status } = await app.request('POST', `${base}/${verb}`, {
      taskToken: tokenOf('default'),
      ...body,
    });
    expect(status).toBe(200);
    expect(app.execution.asked[0]).toMatchObject({ args: [{ workflowId: 'order/1' }, { kind, activity }] });
  });

  test('a token of another namespace is not found in this one', async () => {
    const app = testApp({}, { namespaces: ['default', 'other'] });
    const { status } = await app.request('POST', `${base}/activity-complete`, {
      taskToken: tokenOf('other'),
    });
    expect(status).toBe(404);
    expect(app.execution.asked).toEqual([]);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['not base64', '%%%'],
    ['not ours', btoa('[1,2,3]')],
    ['binary', '////'],
    ['of another version', btoa('[2,"default","w","r",1,1]')],
    ['bent', btoa('[1,"default","w","r",-1,1]')],
    ['deep', btoa('['.repeat(20_000))],
  ])('a token that is %s is 400', async (_, taskToken) => {
    const { status, body } = await testApp().request('POST', `${base}/activity-complete`, { taskToken });
    expect(status).toBe(400);
    expect(body.message).toContain('taskToken');
  });
});

describe("operators' commands", () => {
  const one = { by: 'id', activityId: 'charge-1' };
  const deprecated = `${base}/activities-deprecated`;
  const execution = { workflowId: 'order-1', runId: RUN_ID };

  test.each([
    [
      `${byId}/pause`,
      { reason: 'r', identity: 'i', requestId: 'q' },
      { kind: 'PauseActivity', activities: one, reason: 'r', identity: 'i', requestId: 'q' },
    ],
    [
      `${byId}/unpause`,
      { resetAttempts: true, jitter: '5s' },
      { kind: 'UnpauseActivity', activities: one, resetAttempts: true, jitterMs: 5000 },
    ],
    [
      `${byId}/reset`,
      { keepPaused: true, resetHeartbeat: true },
      { kind: 'ResetActivity', activities: one, keepPaused: true, resetHeartbeat: true },
    ],
    [
      `${deprecated}/pause`,
      { execution, id: 'charge-1' },
      { kind: 'PauseActivity', activities: one, runId: RUN_ID },
    ],
    [
      `${deprecated}/unpause`,
      { execution, unpauseAll: true },
      { kind: 'UnpauseActivity', activities: { by: 'all' } },
    ],
    [
      `${deprecated}/reset`,
      { execution, type: 'charge' },
      { kind: 'ResetActivity', activities: { by: 'type', activityType: 'charge' } },
    ],
  ])('%s', async (path, body, input) => {
    const app = testApp();
    const reply = await app.request('POST', path, body);
    expect([reply.status, reply.body]).toEqual([200, {}]);
    expect(app.execution.asked[0]).toMatchObject({
      method: 'apply',
      args: [{ workflowId: 'order-1' }, input],
    });
  });

  test('update-options changes what the mask names, and answers with what holds now', async () => {
    const pending = {
      activityId: 'charge-1',
      activityType: { name: 'charge' },
      activityOptions: { startToCloseTimeout: 9000 },
    };
    const info = { execution, type: { name: 'order' } };
    const app = testApp({
      describe: () => ({
        ok: true,
        value: { executionConfig: {}, workflowExecutionInfo: info, pendingActivities: [pending] },
      }),
    });
    const body = {
      activityOptions: {
        startToCloseTimeout: '9s',
        taskQueue: { name: 'other' },
        retryPolicy: { maximumAttempts: 2 },
      },
      updateMask: 'start_to_close_timeout, taskQueue.name,retry_policy.maximum_attempts',
    };
    const reply = await app.request('POST', `${byId}/update-options`, body);
    expect(reply.body).toEqual({ activityOptions: { startToCloseTimeout: '9s' } });
    expect(app.execution.asked[0]?.args[1]).toEqual({
      kind: 'UpdateActivityOptions',
      activities: one,
      updateMask: ['startToCloseTimeout', 'taskQueue.name', 'retryPolicy.maximumAttempts'],
      options: { startToCloseTimeout: 9000, taskQueue: 'other', retryPolicy: { maximumAttempts: 2 } },
    });
  });

  test.each([
    [`${byId}/update-options`, {}, 'updateMask'],
    [`${deprecated}/pause`, { execution }, 'id, type'],
    [`${deprecated}/reset`, { execution, id: 'a', matchAll: true }, 'id, type'],
    [`${deprecated}/pause`, { id: 'a' }, 'execution'],
    [`${base}/workflows/order-1/update-options`, { updateMask: 'memo' }, 'updateMask'],
  ])('%s with %j is 400', async (path, body, field) => {
    const { status, body: reply } = await testApp().request('POST', path, body);
    expect(status).toBe(400);
    expect(reply.message).toContain(field);
  });

  test('options of a run', async () => {
    const app = testApp();
    const body = { workflowExecutionOptions: { priority: { priorityKey: 1 } }, updateMask: 'priority' };
    expect((await app.request('POST', `${base}/workflows/order-1/update-options`, body)).body).toEqual({
      workflowExecutionOptions: { priority: { priorityKey: 1 } },
    });
    expect(app.execution.asked[0]?.args[1]).toEqual({
      kind: 'UpdateWorkflowOptions',
      priority: { priorityKey: 1 },
    });
  });
});

describe('what is not offered yet', () => {
  test.each([['GET', `${base}/archived-workflows`]])(
    '%s %s is 501 with a word on what is missing',
    async (method, path) => {
      const reply = await testApp().request(method, path);
      expect([reply.status, reply.body.code]).toEqual([501, 12]);
      expect(reply.body.message).toContain('not offered by this version of Perdure');
    },
  );

  test.each(['workflows', 'workflow-count?query=x', 'workflow-scan'])(
    '%s is 501 without an index',
    async (path) => {
      const reply = await testApp().request('GET', `${base}/${path}`);
      expect([reply.status, reply.body.code]).toEqual([501, 12]);
      expect(reply.body.message).toContain('does not export the class Visibility');
    },
  );

  test.each([
    ['GET', 'schedules'],
    ['GET', 'schedule-count'],
    ['GET', 'schedules/nightly'],
    ['DELETE', 'schedules/nightly'],
  ])('%s %s is 501 without the objects of schedules', async (method, path) => {
    const reply = await testApp().request(method, `${base}/${path}`);
    expect([reply.status, reply.body.code]).toEqual([501, 12]);
    expect(reply.body.message).toMatch(/does not export the class Schedule(Index)?\.$/);
  });
});
