/** Schedules on real Durable Objects, by both ways of the client, and as JSON over HTTP. */
import { type ScheduleDescription, type ScheduleHandle, ScheduleNotFoundError } from 'perdure/client';
import { describe, expect, test, vi } from 'vitest';
import { direct, fetchWorker, overHttp } from './worker/clients.ts';
import { countdown, failsForGood } from './worker/workflows.ts';

const taskQueue = 'default';
const HOUR = 3_600_000;

/** Until the schedule shows it; what it waits for comes by itself. */
async function shows<T>(
  handle: ScheduleHandle,
  read: (description: ScheduleDescription) => T | false | undefined,
): Promise<T> {
  const look = async (): Promise<T> => {
    const value = read(await handle.describe());
    if (value === false || value === undefined) throw new Error('not yet');
    return value;
  };
  return vi.waitFor(look, { timeout: 20_000, interval: 50 });
}

describe.each([
  ['over HTTP', overHttp],
  ['straight to the objects', direct],
])('%s', (way, client) => {
  const id = (name: string) => `${name} ${way}/ü`;

  test('SCHED-1, SCHED-9: runs of a second each second, one after another, and their ends are heard', async () => {
    const handle = await client.schedule.create({
      scheduleId: id('seconds'),
      spec: { intervals: [{ every: '1s' }] },
      action: { type: 'startWorkflow', workflowType: countdown, taskQueue, args: [0] },
      state: { remainingActions: 2 },
    });
    const { recentActions, runningActions } = await shows(
      handle,
      ({ info, state }) =>
        state.remainingActions === 0 &&
        info.runningActions.length === 0 &&
        info.numActionsTaken === 2 &&
        info,
    );
    expect(runningActions).toEqual([]);
    const [first] = recentActions;
    const { workflowId, firstExecutionRunId } = first?.action.workflow ?? { workflowId: '' };
    expect(workflowId).toMatch(/^seconds .*\/ü-workflow-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await client.workflow.getHandle(workflowId, firstExecutionRunId).result()).toBe('liftoff');
    await handle.delete();
    await expect(handle.describe()).rejects.toThrow(ScheduleNotFoundError);
  });

  test('SCHED-12, SCHED-15: a triggered run that fails pauses its schedule', async () => {
    const handle = await client.schedule.create({
      scheduleId: id('fails'),
      spec: {
        calendars: [{ month: 'JANUARY', dayOfMonth: 1 }],
        intervals: [{ every: '1000 days' }, { every: '1000 days', offset: 0 }],
        timezone: 'Europe/Berlin',
      },
      action: { type: 'startWorkflow', workflowType: failsForGood, taskQueue },
      policies: { pauseOnFailure: true },
    });
    await handle.trigger('SKIP');
    const note = await shows(handle, ({ state }) => state.paused && state.note);
    expect(note).toContain('for good');
    const { raw, spec } = await handle.describe();
    expect(spec).toMatchObject({ timezone: 'Europe/Berlin', calendars: [{ month: [{ start: 'JANUARY' }] }] });
    // SCHED-5: an offset of 0 is one that was given.
    expect(spec.intervals?.map(({ offset }) => offset)).toEqual([undefined, 0]);
    expect(raw.info?.recentActions?.[0]?.startWorkflowStatus).toBe(3);
    await handle.delete();
  });

  test('SCHED-16: a backfill of a day, and the list', async () => {
    const day = Date.UTC(2026, 0, 1);
    const handle = await client.schedule.create({
      scheduleId: id('backfilled'),
      spec: { cronExpressions: ['0 */6 * * * # four times a day'] },
      action: { type: 'startWorkflow', workflowType: countdown, taskQueue, args: [1] },
      state: {
        paused: true,
        backfill: [{ start: new Date(day), end: new Date(day + 23 * HOUR), overlap: 'BUFFER_ALL' }],
      },
    });
    const { recentActions } = await shows(
      handle,
      ({ info }) => info.numActionsTaken === 4 && info.runningActions.length === 0 && info,
    );
    expect(recentActions.map(({ scheduledAt }) => scheduledAt.getUTCHours())).toEqual([0, 6, 12, 18]);
    const listed = await vi.waitFor(async () => {
      for await (const summary of client.schedule.list({ query: `ScheduleId = '${id('backfilled')}'` }))
        if (summary.info.recentActions.length === 4) return summary;
      throw new Error('not yet');
    });
    expect(listed).toMatchObject({ state: { paused: true }, action: { workflowType: 'countdown' } });
    expect(listed.spec?.calendars?.[0]?.comment).toBe('four times a day');
    await handle.delete();
  });
});

describe('as JSON', () => {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetchWorker(`http://localhost/api/v1/namespaces/default/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const nightly = {
    spec: { cronString: ['0 2 * * *'], timezoneName: 'Europe/Berlin' },
    action: {
      startWorkflow: {
        workflowId: 'nightly',
        workflowType: { name: 'countdown' },
        taskQueue: { name: 'default' },
        input: [1],
      },
    },
    policies: { overlapPolicy: 'SCHEDULE_OVERLAP_POLICY_SKIP', catchupWindow: '3600s' },
  };

  test('create, describe, update, patch, matching times, list, count, delete', async () => {
    const created = await call('POST', 'schedules/nightly', { schedule: nightly, requestId: 'r-1' });
    expect(created).toEqual({ status: 200, body: { conflictToken: 'AAAAAAAAAAE=' } });
    expect((await call('POST', 'schedules/nightly', { schedule: nightly, requestId: 'r-1' })).status).toBe(
      200,
    );
    const taken = await call('POST', 'schedules/nightly', { schedule: nightly, requestId: 'r-2' });
    expect(taken).toMatchObject({ status: 409, body: { code: 6 } });

    const { body: described } = await call('GET', 'schedules/nightly');
    expect(described).toMatchObject({
      schedule: {
        spec: {
          timezoneName: 'Europe/Berlin',
          structuredCalendar: [{ hour: [{ start: 2, end: 2, step: 1 }] }],
        },
        policies: { overlapPolicy: 'SCHEDULE_OVERLAP_POLICY_SKIP', catchupWindow: '3600s' },
        action: { startWorkflow: { input: [1] } },
      },
      conflictToken: 'AAAAAAAAAAE=',
    });
    expect(described.schedule).not.toHaveProperty('spec.cronString');

    const span = 'startTime=2026-03-28T00:00:00Z&endTime=2026-03-30T23:00:00Z';
    expect((await call('GET', `schedules/nightly/matching-times?${span}`)).body).toEqual({
      // The 29th has no 02:00 in Berlin.
      startTime: ['2026-03-28T01:00:00Z', '2026-03-30T00:00:00Z'],
    });
    expect(
      await call('GET', 'schedules/nightly/matching-times?startTime=2026-03-28T00:00:00Z'),
    ).toMatchObject({
      status: 400,
      body: { message: 'endTime: required, but not set' },
    });

    expect(await call('POST', 'schedules/nightly/patch', { patch: { pause: 'moon' } })).toEqual({
      status: 200,
      body: {},
    });
    const stale = await call('POST', 'schedules/nightly/update', {
      schedule: nightly,
      conflictToken: 'AAAAAAAAAAE=',
    });
    expect(stale).toMatchObject({ status: 400, body: { code: 9 } });
    const updated = await call('POST', 'schedules/nightly/update', {
      schedule: { ...nightly, state: { notes: 'new moon' } },
      memo: { fields: { owner: 'ops' } },
    });
    expect(updated).toEqual({ status: 200, body: {} });

    await vi.waitFor(async () => {
      const { body } = await call('GET', "schedules?query=WorkflowType = 'countdown'");
      expect(body.schedules).toMatchObject([
        { scheduleId: 'nightly', memo: { fields: { owner: 'ops' } }, info: { notes: 'new moon' } },
      ]);
    });
    expect((await call('GET', 'schedule-count')).body).toEqual({ count: '1' });
    expect(await call('GET', 'schedules?query=Nobody = 1')).toMatchObject({ status: 400, body: { code: 3 } });

    expect(await call('DELETE', 'schedules/nightly?identity=me')).toEqual({ status: 200, body: {} });
    expect(await call('GET', 'schedules/nightly')).toMatchObject({ status: 404, body: { code: 5 } });
    await vi.waitFor(async () => expect((await call('GET', 'schedule-count')).body).toEqual({}));
  });

  test('requests that make no sense are refused with the field that is wrong', async () => {
    const refused = async (schedule: unknown) =>
      (await call('POST', 'schedules/bad', { schedule })).body.message;
    expect(await refused({ ...nightly, spec: { cronString: ['x'] } })).toMatch(
      /^Invalid schedule spec: cron/,
    );
    expect(await refused({ ...nightly, action: {} })).toMatch(/^schedule.action.startWorkflow: required/);
    expect(await refused(undefined)).toMatch(/required/);
    const workflow = nightly.action.startWorkflow;
    const withCron = { startWorkflow: { ...workflow, cronSchedule: '@daily' } };
    expect(await refused({ ...nightly, action: withCron })).toMatch(/cronSchedule: a schedule cannot start/);
    expect((await call('GET', 'schedules?nextPageToken=AAAA')).body.message).toMatch(/^nextPageToken/);
    const internal = { workflowType: { name: 'countdown' }, taskQueue: { name: 'default' } };
    for (const callback of [{ internal: { data: 'AAAA' } }, { nexus: { url: 'https://example.com' } }]) {
      const answer = await call('POST', 'workflows/forged', { ...internal, completionCallbacks: [callback] });
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.body.message).toMatch(/^completionCallbacks\[0\]/);
    }
  });
});
