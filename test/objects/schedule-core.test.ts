/** Schedules when things go wrong: missed days, clocks that jump, starts that fail, objects that lose their memory. */
import { describe, expect, it } from 'vitest';
import { AT, ScheduleWorld, type Start, scheduleWith } from './support/schedule-world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const daily = { spec: { cronString: ['0 6 * * *'] } };
const hourly = { spec: { interval: [{ interval: HOUR }] } };
const idOf = ({ workflowId }: Start) => workflowId;
const json = (value: unknown) => ({
  payloads: [
    {
      metadata: { encoding: new TextEncoder().encode('json/plain') },
      data: new TextEncoder().encode(JSON.stringify(value)),
    },
  ],
});

describe('missed times', () => {
  it('SCHED-11: 400 missed days: what is older than the catch-up window is counted, of the rest SKIP takes the first', async () => {
    const world = new ScheduleWorld();
    await world.create(daily);
    world.now += 400 * DAY;
    await world.ring();
    const { info } = await world.describe();
    expect(info.missedCatchupWindow).toBe(35);
    expect(world.starts.map(idOf)).toEqual(['w-2026-02-05T06:00:00Z']);
    expect(info.overlapSkipped).toBe(364);
    expect(info.recentSkips?.at(-1)?.reason).toBe('OVERLAP');
    expect(info.futureActionTimes?.[0]).toBe(Date.parse('2027-02-05T06:00:00Z'));
  });

  it('400 missed days with BUFFER_ALL run one after another, each once', async () => {
    const world = new ScheduleWorld();
    await world.create({ ...daily, policies: { overlapPolicy: 'BUFFER_ALL' } });
    world.now += 400 * DAY;
    await world.ring();
    for (let done = 0; done < 365; done++) await world.close(world.starts[done]);
    expect(world.starts).toHaveLength(365);
    expect(new Set(world.starts.map(idOf)).size).toBe(365);
    expect((await world.describe()).info).toMatchObject({
      actionCount: 365,
      missedCatchupWindow: 35,
      bufferSize: 0,
    });
  });

  it('400 missed days with ALLOW_ALL all start, some at a time', async () => {
    const world = new ScheduleWorld();
    await world.create({ ...daily, policies: { overlapPolicy: 'ALLOW_ALL' } });
    world.now += 400 * DAY;
    await world.ring();
    // One invocation sends 500 at most, news for the list among them; the next alarm goes on at once.
    await world.pass(SECOND);
    expect(new Set(world.starts.map(idOf)).size).toBe(365);
    expect((await world.describe()).info.actionCount).toBe(365);
  });

  it('SCHED-11: a catch-up window of its own, never below ten seconds', async () => {
    const world = new ScheduleWorld();
    await world.create({ ...hourly, policies: { catchupWindow: 1 } });
    world.now += HOUR + 10 * SECOND;
    await world.ring();
    expect(world.starts).toHaveLength(1);
    world.now += HOUR + SECOND;
    await world.ring();
    expect(world.starts).toHaveLength(1);
    expect((await world.describe()).info).toMatchObject({ missedCatchupWindow: 1 });
    expect((await world.describe()).info.recentSkips).toEqual([
      { scheduleTime: Date.parse('2026-01-01T02:00:00Z'), reason: 'MISSED_CATCHUP_WINDOW' },
    ]);
  });

  it('six hours of missed seconds are counted in steps, and the schedule goes on', async () => {
    const world = new ScheduleWorld();
    await world.create({ spec: { interval: [{ interval: SECOND }] }, policies: { catchupWindow: MINUTE } });
    world.now += 6 * HOUR;
    await world.pass(SECOND);
    const { info } = await world.describe();
    expect(info.missedCatchupWindow).toBe(6 * 3_600 - 61);
    expect(world.starts).toHaveLength(1);
  });

  it('LIM: a buffer that is full drops and counts', async () => {
    const world = new ScheduleWorld();
    await world.create({
      spec: { interval: [{ interval: SECOND }] },
      policies: { overlapPolicy: 'BUFFER_ALL' },
    });
    world.now += 1_500 * SECOND;
    await world.ring();
    const { info } = await world.describe();
    expect(info.bufferSize).toBe(1_000);
    expect(info.bufferDropped).toBe(499);
    expect(info.recentSkips?.at(-1)?.reason).toBe('BUFFER_FULL');
  });
});

describe('clocks', () => {
  it('a clock that jumps back does not take a time twice', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    await world.pass(HOUR);
    await world.close(world.starts[0]);
    world.now -= 30 * MINUTE;
    await world.ring();
    await world.pass(40 * MINUTE);
    expect(world.starts.map(idOf)).toEqual(['w-2026-01-01T01:00:00Z']);
    await world.pass(HOUR);
    expect(world.starts.map(idOf)).toEqual(['w-2026-01-01T01:00:00Z', 'w-2026-01-01T02:00:00Z']);
  });

  it('an alarm that comes early does nothing, and comes again', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    world.now += 10 * MINUTE;
    await world.ring();
    expect(world.starts).toEqual([]);
    await world.pass(50 * MINUTE);
    expect(world.starts).toHaveLength(1);
  });

  it('SCHED-7: acts at the time with its jitter, under the nominal one', async () => {
    const world = new ScheduleWorld();
    await world.create({ spec: { interval: [{ interval: HOUR }], jitter: 30 * MINUTE } });
    const [due] = (await world.describe()).info.futureActionTimes ?? [];
    expect(due).toBeGreaterThan(Date.parse('2026-01-01T01:00:00Z'));
    await world.pass(HOUR);
    expect(world.starts).toEqual([]);
    await world.pass(30 * MINUTE);
    expect(world.starts).toMatchObject([{ workflowId: 'w-2026-01-01T01:00:00Z', at: due }]);
    const attributes = world.starts[0]?.request.searchAttributes?.indexedFields ?? {};
    expect(new TextDecoder().decode(attributes.TemporalScheduledStartTime?.data ?? undefined)).toBe(
      '"2026-01-01T01:00:00Z"',
    );
  });

  it('SCHED-7: an update does not swallow a time whose jitter is not over', async () => {
    const world = new ScheduleWorld();
    const spec = { interval: [{ interval: HOUR }], jitter: 30 * MINUTE };
    await world.create({ spec });
    world.now += HOUR + SECOND;
    await world.update({ spec, state: { notes: 'changed' } });
    await world.pass(30 * MINUTE);
    expect(world.starts.map(idOf)).toEqual(['w-2026-01-01T01:00:00Z']);
  });
});

describe('starts that fail', () => {
  it('SCHED-24: are tried again under the same request ID, and no later than the catch-up window', async () => {
    const world = new ScheduleWorld();
    world.answer = () => ({ ok: false, error: { code: 'UNAVAILABLE', message: 'away' } });
    await world.create({ ...hourly, policies: { catchupWindow: 5 * MINUTE } });
    await world.pass(HOUR + 30 * MINUTE);
    expect(world.starts.length).toBeGreaterThan(5);
    expect(new Set(world.starts.map(({ request }) => request.requestId)).size).toBe(1);
    expect(world.starts.at(-1)?.at).toBeLessThanOrEqual(Date.parse('2026-01-01T01:05:00Z'));
    const { info } = await world.describe();
    expect(info).toMatchObject({ missedCatchupWindow: 1, bufferSize: 0 });
    expect(info.recentSkips).toEqual([
      { scheduleTime: Date.parse('2026-01-01T01:00:00Z'), reason: 'START_FAILED', message: 'away' },
    ]);
  });

  it('SCHED-24: a manual one is tried for a minute', async () => {
    const world = new ScheduleWorld();
    world.answer = () => Promise.reject(new Error('broken'));
    await world.create({ ...hourly, state: { paused: true } });
    await world.patch({ triggerImmediately: {} });
    await world.pass(10 * MINUTE);
    const began = Date.parse('2026-01-01T00:00:00Z');
    expect(world.starts.at(-1)?.at).toBeLessThanOrEqual(began + MINUTE);
    expect(world.starts.length).toBeGreaterThan(3);
    expect((await world.describe()).info.bufferSize).toBe(0);
  });

  it('SCHED-16: a workflow that is there already makes the action nothing, and the next time comes', async () => {
    const world = new ScheduleWorld();
    world.answer = () => ({ ok: false, error: { code: 'ALREADY_EXISTS', message: 'there' } });
    await world.create(hourly);
    await world.pass(2 * HOUR);
    expect(world.starts.map(idOf)).toEqual(['w-2026-01-01T01:00:00Z', 'w-2026-01-01T02:00:00Z']);
    expect(world.starts[0]?.request.workflowIdReusePolicy).toBe('REJECT_DUPLICATE');
    const { info } = await world.describe();
    expect(info.actionCount ?? 0).toBe(0);
    expect(info.recentSkips?.map(({ reason }) => reason)).toEqual([
      'WORKFLOW_ALREADY_STARTED',
      'WORKFLOW_ALREADY_STARTED',
    ]);
  });

  it('keepOriginalWorkflowId leaves the time out of the ID, and so IDs may come again', async () => {
    const world = new ScheduleWorld();
    await world.create({ ...hourly, policies: { keepOriginalWorkflowId: true } });
    await world.pass(HOUR);
    await world.close(world.starts[0]);
    await world.pass(HOUR);
    expect(world.starts.map(idOf)).toEqual(['w', 'w']);
    expect(world.starts[0]?.request.workflowIdReusePolicy).toBe('ALLOW_DUPLICATE');
  });
});

describe('what is not taken', () => {
  const START = Date.parse('2026-01-01T00:00:00Z');
  const skipsOf = async (world: ScheduleWorld) => {
    const { recentSkips, skipCounts } = (await world.describe()).info;
    return { recentSkips, skipCounts };
  };

  it('SCHED-14: times of a pause are one entry that counts them, and other reasons stay', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    await world.pass(2 * HOUR);
    await world.patch({ pause: 'holidays' });
    await world.pass(3 * HOUR);
    await world.patch({ pause: 'longer ones' });
    await world.pass(400 * DAY);
    await world.patch({ unpause: 'back' });
    const { recentSkips, skipCounts } = await skipsOf(world);
    expect(recentSkips).toEqual([
      { scheduleTime: START + 2 * HOUR, reason: 'OVERLAP' },
      { scheduleTime: START + 5 * HOUR + 400 * DAY, reason: 'PAUSED', count: 3 + 1_000 },
    ]);
    expect(skipCounts).toEqual([
      { reason: 'OVERLAP', count: 1 },
      { reason: 'PAUSED', count: 1_003 },
    ]);
    expect(world.starts).toHaveLength(1);
  });

  it('SCHED-10, SCHED-14: what waits while it is paused is passed over when its turn comes, and says so', async () => {
    const world = new ScheduleWorld();
    await world.create({ ...hourly, policies: { overlapPolicy: 'BUFFER_ALL' } });
    await world.pass(3 * HOUR);
    await world.patch({ pause: 'enough' });
    await world.close(world.starts[0]);
    expect(await skipsOf(world)).toEqual({
      recentSkips: [{ scheduleTime: START + 3 * HOUR, reason: 'PAUSED', count: 2 }],
      skipCounts: [{ reason: 'PAUSED', count: 2 }],
    });
    expect(world.starts).toHaveLength(1);
  });

  it('SCHED-13: with no actions left the others that were due say so', async () => {
    const world = new ScheduleWorld();
    await world.create({
      ...hourly,
      policies: { overlapPolicy: 'ALLOW_ALL' },
      state: { limitedActions: true, remainingActions: 2 },
    });
    world.now += 5 * HOUR;
    await world.ring();
    expect(world.starts).toHaveLength(2);
    expect(await skipsOf(world)).toEqual({
      recentSkips: [{ scheduleTime: START + 5 * HOUR, reason: 'NO_ACTIONS_LEFT', count: 3 }],
      skipCounts: [{ reason: 'NO_ACTIONS_LEFT', count: 3 }],
    });
  });

  it('every reason is counted, also beyond the last ten', async () => {
    const world = new ScheduleWorld();
    await world.create(daily);
    world.now += 400 * DAY;
    await world.ring();
    expect((await skipsOf(world)).skipCounts).toEqual([
      { reason: 'MISSED_CATCHUP_WINDOW', count: 35 },
      { reason: 'OVERLAP', count: 364 },
    ]);
  });
});

describe('what runs leave to others', () => {
  it('SCHED-19: runs under ALLOW_ALL get nothing and leave nothing', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    await world.pass(HOUR);
    await world.close(world.starts[0], 'COMPLETED', { result: json('first') });
    await world.patch({ triggerImmediately: { overlapPolicy: 'ALLOW_ALL' } });
    expect(world.starts[1]?.request.lastCompletionResult).toBeUndefined();
    await world.close(world.starts[1], 'COMPLETED', { result: json('beside') });
    await world.pass(HOUR);
    expect(world.starts[2]?.request.lastCompletionResult).toEqual(json('first'));
  });

  it('SCHED-19: a timeout is handed on as a failure, and a cancellation as nothing', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    await world.pass(HOUR);
    await world.close(world.starts[0], 'TIMED_OUT', { failure: { message: 'workflow timeout' } });
    await world.pass(HOUR);
    expect(world.starts[1]?.request.continuedFailure).toEqual({ message: 'workflow timeout' });
    await world.close(world.starts[1], 'CANCELED');
    await world.pass(HOUR);
    expect(world.starts[2]?.request.continuedFailure).toEqual({ message: 'workflow timeout' });
  });
});

describe('loss of memory', () => {
  it('H2: a start whose answer was lost is sent again under the same request ID', async () => {
    const world = new ScheduleWorld();
    world.answer = () => new Promise(() => {});
    await world.create(hourly);
    world.now += HOUR;
    void world.core.alarm();
    world.alarmAt = null;
    while (world.starts.length === 0) await new Promise((resolve) => setImmediate(resolve));
    world.crash();
    world.answer = (start) => world.begun(start);
    world.alarmAt = world.now + MINUTE;
    await world.pass(MINUTE);
    expect(world.starts).toHaveLength(2);
    expect(world.starts[0]?.request.requestId).toBe(world.starts[1]?.request.requestId);
    expect((await world.describe()).info.actionCount).toBe(1);
  });

  it('a reloaded object knows what runs, what waits, and what the last run left', async () => {
    const world = new ScheduleWorld();
    await world.create({ ...hourly, policies: { overlapPolicy: 'BUFFER_ALL' } });
    await world.pass(HOUR);
    await world.close(world.starts[0], 'COMPLETED', { result: json('first') });
    await world.pass(2 * HOUR);
    world.crash();
    await world.close(world.starts[1], 'FAILED', { failure: { message: 'torn' } });
    expect(world.starts).toHaveLength(3);
    expect(world.starts[2]?.request).toMatchObject({
      lastCompletionResult: json('first'),
      continuedFailure: { message: 'torn' },
    });
    expect(
      (await world.describe()).info.recentActions?.map(({ startWorkflowStatus }) => startWorkflowStatus),
    ).toEqual(['COMPLETED', 'FAILED', 'RUNNING']);
  });

  it('H1: a commit that fails is as if nothing had been', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    world.storage.failNextCommit = new Error('the disk is full');
    const failed = await world.core.patch(AT, { ...AT, patch: { pause: 'no' }, requestId: 'p' });
    expect(failed).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } });
    expect((await world.describe()).schedule.state?.paused).toBeUndefined();
    expect((await world.patch({ pause: 'yes' })).ok).toBe(true);
    expect((await world.describe()).schedule.state?.notes).toBe('yes');
  });

  it('a run that ends before the answer to its start is here counts once', async () => {
    const world = new ScheduleWorld();
    world.answer = async (start) => {
      await world.closeNow(start);
      return world.begun(start);
    };
    await world.create(hourly);
    await world.pass(HOUR);
    const { info } = await world.describe();
    expect(info.actionCount).toBe(1);
    expect(info.runningWorkflows).toEqual([]);
    expect(info.recentActions).toMatchObject([{ startWorkflowStatus: 'COMPLETED' }]);
  });

  it('news of an earlier schedule with this ID are nothing to a new one', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    await world.pass(HOUR);
    const [old] = world.starts;
    await world.core.delete(AT);
    await world.settle();
    await world.create({ ...hourly, policies: { pauseOnFailure: true } });
    await world.close(old, 'FAILED', { failure: { message: 'old' } });
    expect((await world.describe()).schedule.state?.paused).toBeUndefined();
  });
});

describe('requests', () => {
  it('a create, patch or update that is sent twice is done once', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    await world.create(hourly);
    const again = await world.core.create(AT, { ...AT, schedule: scheduleWith(hourly), requestId: 'other' });
    expect(again).toMatchObject({ ok: false, error: { code: 'ALREADY_EXISTS' } });
    for (let sent = 0; sent < 2; sent++)
      await world.patch({ triggerImmediately: { overlapPolicy: 'ALLOW_ALL' } }, 'once');
    expect(world.starts).toHaveLength(1);
  });

  it('SCHED-18: a conflict token that does not match refuses the update', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    const { conflictToken } = await world.describe();
    await world.patch({ pause: 'meanwhile' });
    const update = { ...AT, schedule: scheduleWith(daily), ...(conflictToken && { conflictToken }) };
    expect(await world.core.update(AT, update)).toMatchObject({
      ok: false,
      error: { code: 'FAILED_PRECONDITION' },
    });
    const { conflictToken: fresh } = await world.describe();
    expect(await world.core.update(AT, { ...update, ...(fresh && { conflictToken: fresh }) })).toMatchObject({
      ok: true,
    });
  });

  it('SCHED-18: absent memo and attributes stay, empty ones clear', async () => {
    const world = new ScheduleWorld();
    const [note] = json('x').payloads;
    if (note === undefined) throw new Error('no payload');
    await world.create(hourly, {
      memo: { fields: { note } },
      searchAttributes: { indexedFields: { Team: note } },
    });
    await world.update(daily);
    expect((await world.describe()).memo?.fields).toEqual({ note });
    await world.core.update(AT, { ...AT, schedule: scheduleWith(daily), memo: {}, searchAttributes: {} });
    const { memo, searchAttributes } = await world.describe();
    expect([memo, searchAttributes]).toEqual([{}, {}]);
  });

  it.each([
    ['cronSchedule', { cronSchedule: '@daily' }],
    ['workflowIdReusePolicy', { workflowIdReusePolicy: 'REJECT_DUPLICATE' as const }],
    ['above the limit of 1000', { workflowId: 'w'.repeat(985) }],
    ['WorkflowType', { workflowType: { name: '' } }],
    ['TaskQueue', { taskQueue: { name: '' } }],
    ['versioningOverride', { versioningOverride: {} }],
  ])('SCHED-23: an action that no start could take is refused: %s', async (problem, change) => {
    const world = new ScheduleWorld();
    const workflow = scheduleWith(hourly).action?.startWorkflow;
    const schedule = { ...hourly, action: { startWorkflow: { ...workflow, ...change } } };
    const refused = await world.core.create(AT, { ...AT, schedule });
    expect(refused).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
    expect(refused.ok ? '' : refused.error.message).toContain(problem);
  });

  it.each([
    ['exclude each other', { pause: 'a', unpause: 'b' }],
    ['endTime is before startTime', { backfillRequest: [{ startTime: 2, endTime: 1 }] }],
    ['required', { backfillRequest: [{ startTime: 2 }] }],
    [
      'at most 100 backfills',
      { backfillRequest: Array.from({ length: 101 }, () => ({ startTime: 1, endTime: 2 })) },
    ],
  ])('a patch that makes no sense is refused: %s', async (problem, patch) => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    const refused = await world.patch(patch);
    expect(refused.ok ? '' : refused.error.message).toContain(problem);
  });

  it('SCHED-20: matching times, at most a thousand', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    const span = { startTime: world.now - 5 * HOUR, endTime: world.now + 5_000 * HOUR };
    const times = await world.core.matchingTimes(AT, span);
    expect(times.ok && times.value.length).toBe(1_000);
    expect(times.ok && times.value[0]).toBe(world.now - 5 * HOUR);
  });
});

describe('the end of a schedule', () => {
  it('SCHED-21: with no time left and nothing running it is kept for seven days', async () => {
    const world = new ScheduleWorld();
    await world.create({ spec: { ...hourly.spec, endTime: world.now + 2 * HOUR } });
    await world.pass(2 * HOUR);
    await world.close(world.starts[0]);
    await world.pass(6 * DAY);
    expect((await world.describe()).info.actionCount).toBe(1);
    expect(await world.listed()).toEqual(['nightly']);
    await world.pass(DAY + MINUTE);
    expect(await world.core.describe(AT)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
    expect(await world.listed()).toEqual([]);
    expect(world.tables()).toEqual([]);
    expect(world.alarmAt).toBeNull();
  });

  it('SCHED-21: one that is paused, or whose workflow runs, is kept', async () => {
    const paused = new ScheduleWorld();
    await paused.create({ spec: {}, state: { paused: true } });
    await paused.pass(30 * DAY);
    expect((await paused.core.describe(AT)).ok).toBe(true);
    const busy = new ScheduleWorld();
    await busy.create({ spec: { ...hourly.spec, endTime: busy.now + HOUR } });
    await busy.pass(30 * DAY);
    expect((await busy.describe()).info.runningWorkflows).toHaveLength(1);
  });

  it('deleted it is gone at once, and from the list as soon as that can be told', async () => {
    const world = new ScheduleWorld();
    await world.create(hourly);
    world.indexFails = true;
    expect((await world.core.delete(AT)).ok).toBe(true);
    await world.settle();
    expect(await world.core.describe(AT)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
    expect(await world.listed()).toEqual(['nightly']);
    world.crash();
    world.indexFails = false;
    await world.pass(HOUR);
    expect(await world.listed()).toEqual([]);
    expect(world.tables()).toEqual([]);
  });
});
