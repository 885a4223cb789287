/** Schedules as users see them, on the server of this process: hours pass in no time, and workflows really run. */
import { join } from 'node:path';
import {
  ScheduleAlreadyRunning,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from 'perdure/client';
import { defineSearchAttributeKey } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alternates, continues, fails, lasts, lingers, type Seen, tell } from './workflows.ts';

const taskQueue = 'scheduled';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let env: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;
let ids = 0;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createTimeSkipping();
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowsPath: join(import.meta.dirname, 'workflows.ts'),
  });
  running = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
  await Runtime.instance().shutdown();
});

interface Wanted extends Partial<Omit<ScheduleOptions, 'action'>> {
  workflow?: (...args: never[]) => Promise<unknown>;
  args?: unknown[];
}

async function create({ workflow = tell, args = [], ...options }: Wanted): Promise<ScheduleHandle> {
  const scheduleId = options.scheduleId ?? `s-${++ids}`;
  return env.client.schedule.create({
    spec: { intervals: [{ every: '1 hour' }] },
    ...options,
    scheduleId,
    action: {
      type: 'startWorkflow',
      workflowType: workflow.name,
      taskQueue,
      args,
      workflowId: `${scheduleId}-w`,
    },
  });
}

const resultOf = <T>(workflowId: string): Promise<T> =>
  env.client.workflow.getHandle(workflowId).result() as Promise<T>;

async function startedBy(handle: ScheduleHandle): Promise<string[]> {
  const { info } = await handle.describe();
  return info.recentActions.map(({ action }) => action.workflow.workflowId);
}

/** Up to a minute behind the next full hour, so that hours are counted from a known point. */
async function toTheHour(): Promise<number> {
  const now = await env.currentTimeMs();
  await env.sleep(HOUR - (now % HOUR) + MINUTE);
  const after = await env.currentTimeMs();
  return after - MINUTE - (after % MINUTE);
}

describe('a schedule', () => {
  it('SCHED-8, SCHED-19, SA-8: starts workflows at its times, with the time in their ID, attributes and what the last one left', async () => {
    const hour = await toTheHour();
    const handle = await create({});
    await env.sleep(2 * HOUR);
    const ids = await startedBy(handle);
    const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
    expect(ids).toEqual([1, 2].map((hours) => `${handle.scheduleId}-w-${iso(hour + hours * HOUR)}`));
    const [first, second] = await Promise.all(ids.map((id) => resultOf<Seen>(id)));
    expect(first).toEqual({
      workflowId: ids[0],
      byId: handle.scheduleId,
      startTime: new Date(hour + HOUR).toISOString(),
      lastResult: undefined,
      lastFailure: undefined,
    });
    expect(second?.lastResult).toBe(ids[0]);
    await handle.delete();
  });

  it('SCHED-19: a failure is carried on until a run completes', async () => {
    await toTheHour();
    const handle = await create({ workflow: alternates });
    await env.sleep(3 * HOUR);
    const [one, two, three] = await startedBy(handle);
    expect(await resultOf(one ?? '')).toMatch(/ after nothing$/);
    await expect(resultOf(two ?? '')).rejects.toThrow();
    expect(await resultOf(three ?? '')).toMatch(/ after after .* after nothing$/);
    await handle.delete();
  });

  it('SCHED-20: describe shows recent and next actions, what runs, and counters', async () => {
    const hour = await toTheHour();
    const handle = await create({ workflow: lasts, args: [90 * MINUTE], memo: { owner: 'ops' } });
    await env.sleep(HOUR);
    const { info, memo, spec, policies, state, action } = await handle.describe();
    expect(info.recentActions).toHaveLength(1);
    expect(info.recentActions[0]?.scheduledAt).toEqual(new Date(hour + HOUR));
    expect(info.recentActions[0]?.takenAt.getTime()).toBeGreaterThanOrEqual(hour + HOUR);
    expect(info.runningActions).toEqual([info.recentActions[0]?.action]);
    expect(info.nextActionTimes).toEqual(
      Array.from({ length: 10 }, (_, index) => new Date(hour + (index + 2) * HOUR)),
    );
    expect(info.numActionsTaken).toBe(1);
    expect(memo).toEqual({ owner: 'ops' });
    expect(spec.intervals).toStrictEqual([{ every: HOUR, offset: undefined }]);
    expect(policies).toEqual({ overlap: 'SKIP', catchupWindow: 365 * DAY, pauseOnFailure: false });
    expect(state).toMatchObject({ paused: false });
    expect(action).toMatchObject({ type: 'startWorkflow', workflowType: 'lasts', args: [90 * MINUTE] });
    await handle.delete();
  });

  it('SCHED-22: an ID is taken once, and unknown ones are not found', async () => {
    const handle = await create({});
    await expect(create({ scheduleId: handle.scheduleId })).rejects.toThrow(ScheduleAlreadyRunning);
    await handle.delete();
    for (const call of [
      () => handle.describe(),
      () => handle.delete(),
      () => handle.pause(),
      () => handle.trigger(),
      () => handle.update((previous) => previous),
    ])
      await expect(call()).rejects.toThrow(ScheduleNotFoundError);
    const again = await create({ scheduleId: handle.scheduleId });
    expect((await again.describe()).info.numActionsTaken).toBe(0);
    await again.delete();
  });

  it('a spec that makes no sense is a TypeError that says why', async () => {
    await expect(create({ spec: { cronExpressions: ['0 25 * * *'] } })).rejects.toThrow(TypeError);
    await expect(create({ spec: { timezone: 'Mars/Olympus' } })).rejects.toThrow('unknown time zone');
    // @ts-expect-error Not a month.
    await expect(create({ spec: { calendars: [{ month: 'SMARCH' }] } })).rejects.toThrow(/field month/);
  });
});

describe('overlap policies', () => {
  /** A workflow of 90 minutes on a schedule of one hour, for `hours`; the offsets in hours of what was started. */
  async function overlapping(
    overlap: ScheduleOverlapPolicy,
    hours: number,
    workflow = lasts,
    ms = 90 * MINUTE,
  ) {
    const hour = await toTheHour();
    const handle = await create({ workflow, args: [ms], policies: { overlap } });
    await env.sleep(hours * HOUR);
    const { info } = await handle.describe();
    const taken = info.recentActions.map(({ scheduledAt, takenAt, action }) => ({
      at: (scheduledAt.getTime() - hour) / HOUR,
      delay: Math.round((takenAt.getTime() - scheduledAt.getTime()) / MINUTE),
      workflowId: action.workflow.workflowId,
    }));
    return { handle, info, taken, times: taken.map(({ at }) => at) };
  }

  it('SCHED-9: SKIP drops what comes while one runs, and counts it', async () => {
    const { handle, info, times } = await overlapping('SKIP', 5);
    expect(times).toEqual([1, 3, 5]);
    expect(info.numActionsSkippedOverlap).toBe(2);
    await handle.delete();
  });

  it('SCHED-9: BUFFER_ONE keeps the first that waits', async () => {
    const { handle, info, taken } = await overlapping('BUFFER_ONE', 5.9, lasts, 140 * MINUTE);
    // 1:00 to 3:20; of 2:00 and 3:00 the first waits; it runs to 5:40, and of 4:00 and 5:00 the first waits.
    expect(taken.map(({ at, delay }) => [at, delay])).toEqual([
      [1, 0],
      [2, 80],
      [4, 100],
    ]);
    expect(info.numActionsSkippedOverlap).toBe(2);
    await handle.delete();
  });

  it('SCHED-9: BUFFER_ALL keeps all, one after another', async () => {
    const { handle, info, taken } = await overlapping('BUFFER_ALL', 5);
    expect(taken.map(({ at, delay }) => [at, delay])).toEqual([
      [1, 0],
      [2, 30],
      [3, 60],
    ]);
    expect(info.numActionsSkippedOverlap).toBe(0);
    await handle.delete();
  });

  it('SCHED-9: CANCEL_OTHER starts when the one it cancelled has ended', async () => {
    const { handle, taken } = await overlapping('CANCEL_OTHER', 2.5, lingers);
    expect(taken.map(({ at, delay }) => [at, delay])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    const { status } = await env.client.workflow.getHandle(taken[0]?.workflowId ?? '').describe();
    expect(status.name).toBe('CANCELLED');
    await handle.delete();
  });

  it('SCHED-9: TERMINATE_OTHER ends the other at once', async () => {
    const { handle, taken } = await overlapping('TERMINATE_OTHER', 2.5, lingers);
    expect(taken.map(({ at, delay }) => [at, delay])).toEqual([
      [1, 0],
      [2, 0],
    ]);
    const { status } = await env.client.workflow.getHandle(taken[0]?.workflowId ?? '').describe();
    expect(status.name).toBe('TERMINATED');
    await handle.delete();
  });

  it('SCHED-9: ALLOW_ALL starts beside the others', async () => {
    const { handle, info, times } = await overlapping('ALLOW_ALL', 3, lasts, 10 * HOUR);
    expect(times).toEqual([1, 2, 3]);
    expect(info.runningActions).toHaveLength(3);
    await handle.delete();
  });

  it('SCHED-9: a run that continues as new still runs', async () => {
    const { handle, times } = await overlapping('SKIP', 4.5, continues as never, 3 as never);
    // Three runs of 50 minutes each: from 1:00 to 3:30.
    expect(times).toEqual([1, 4]);
    await handle.delete();
  });

  it('SCHED-10: what waits is judged by the policy in force when its turn comes', async () => {
    const hour = await toTheHour();
    const handle = await create({
      workflow: lasts,
      args: [10 * HOUR],
      policies: { overlap: ScheduleOverlapPolicy.BUFFER_ALL },
    });
    await env.sleep(3 * HOUR);
    expect((await handle.describe()).info.recentActions).toHaveLength(1);
    await handle.update((previous) => ({
      ...previous,
      policies: { ...previous.policies, overlap: 'ALLOW_ALL' },
    }));
    const { info } = await handle.describe();
    await env.sleep(MINUTE);
    const taken = (await handle.describe()).info.recentActions;
    expect(taken.map(({ scheduledAt }) => (scheduledAt.getTime() - hour) / HOUR)).toEqual([1, 2, 3]);
    expect(info.lastUpdatedAt).toBeInstanceOf(Date);
    await handle.delete();
  });
});

describe('pausing, triggering, backfilling', () => {
  it('SCHED-14, SCHED-17: times that pass while paused are not made up for; notes say why', async () => {
    const hour = await toTheHour();
    const handle = await create({});
    await handle.pause('holidays');
    expect((await handle.describe()).state).toEqual({ paused: true, note: 'holidays' });
    await env.sleep(3 * HOUR);
    await handle.unpause();
    const unpaused = await handle.describe();
    expect(unpaused.state.paused).toBe(false);
    expect(unpaused.info.recentActions).toEqual([]);
    await env.sleep(HOUR);
    expect(await startedBy(handle)).toEqual([
      `${handle.scheduleId}-w-${new Date(hour + 4 * HOUR).toISOString().replace('.000Z', 'Z')}`,
    ]);
    await handle.delete();
  });

  it('SCHED-12: pauses after a failure, with a note', async () => {
    await toTheHour();
    const handle = await create({ workflow: fails, policies: { pauseOnFailure: true } });
    await env.sleep(3 * HOUR);
    const { state, info } = await handle.describe();
    expect(state.paused).toBe(true);
    expect(state.note).toContain('out of paper');
    expect(info.numActionsTaken).toBe(1);
    await handle.delete();
  });

  it('SCHED-12: does not pause after a termination', async () => {
    await toTheHour();
    const handle = await create({ workflow: lingers, policies: { pauseOnFailure: true } });
    await env.sleep(HOUR);
    const [first] = await startedBy(handle);
    await env.client.workflow.getHandle(first ?? '').terminate();
    await env.sleep(HOUR);
    const { state, info } = await handle.describe();
    expect(state.paused).toBe(false);
    expect(info.numActionsTaken).toBe(2);
    await handle.delete();
  });

  it('SCHED-13: limited actions count down; triggers and backfills neither ask nor count', async () => {
    const hour = await toTheHour();
    const handle = await create({ state: { remainingActions: 2 } });
    expect((await handle.describe()).info.nextActionTimes).toHaveLength(2);
    await env.sleep(3 * HOUR);
    const used = await handle.describe();
    expect(used.info.numActionsTaken).toBe(2);
    expect(used.state.remainingActions).toBe(0);
    expect(used.info.nextActionTimes).toEqual([]);
    await handle.trigger();
    await handle.backfill({
      start: new Date(hour - 3 * HOUR),
      end: new Date(hour - 2 * HOUR),
      overlap: 'ALLOW_ALL',
    });
    await env.sleep(MINUTE);
    const after = await handle.describe();
    expect(after.info.numActionsTaken).toBe(5);
    expect(after.state.remainingActions).toBe(0);
    await handle.delete();
  });

  it('SCHED-15: a trigger acts now, even while paused; two within a second are two', async () => {
    const handle = await create({ state: { paused: true, note: 'by hand only' } });
    await handle.trigger();
    await handle.trigger(ScheduleOverlapPolicy.ALLOW_ALL);
    await env.sleep(MINUTE);
    const { info, state } = await handle.describe();
    expect(info.numActionsTaken).toBe(2);
    expect(new Set(await startedBy(handle)).size).toBe(2);
    expect(state).toEqual({ paused: true, note: 'by hand only' });
    await handle.delete();
  });

  it('SCHED-16: a backfill takes every time of a span, its start included, under nominal IDs, and may repeat them', async () => {
    const hour = await toTheHour();
    const handle = await create({ state: { paused: true } });
    const span = {
      start: new Date(hour - 30 * HOUR),
      end: new Date(hour - 5 * HOUR),
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
    };
    await handle.backfill(span);
    await env.sleep(10 * MINUTE);
    const { info } = await handle.describe();
    expect(info.numActionsTaken).toBe(26);
    const last = `${handle.scheduleId}-w-${new Date(hour - 5 * HOUR).toISOString().replace('.000Z', 'Z')}`;
    expect((await startedBy(handle)).at(-1)).toBe(last);
    await handle.backfill([{ ...span, start: span.end }]);
    await env.sleep(MINUTE);
    expect((await handle.describe()).info.numActionsTaken).toBe(27);
    await handle.delete();
  });

  it('acts at creation when asked to, and backfills', async () => {
    const hour = await toTheHour();
    const handle = await create({
      state: {
        triggerImmediately: true,
        backfill: [{ start: new Date(hour - 2 * HOUR), end: new Date(hour - HOUR), overlap: 'ALLOW_ALL' }],
      },
    });
    await env.sleep(MINUTE);
    expect((await handle.describe()).info.numActionsTaken).toBe(3);
    await handle.delete();
  });
});

describe('updates and lists', () => {
  it('SCHED-18: an update replaces the schedule, keeps memo and attributes, and does not run the past again', async () => {
    const hour = await toTheHour();
    const handle = await create({
      memo: { owner: 'ops' },
      typedSearchAttributes: [{ key: defineSearchAttributeKey('Team', 'KEYWORD'), value: 'red' }],
    });
    await env.sleep(HOUR);
    await handle.update((previous) => ({
      ...previous,
      spec: { intervals: [{ every: '20 minutes' }] },
      state: { ...previous.state, note: 'faster' },
    }));
    const { info, memo, searchAttributes, state } = await handle.describe();
    expect(info.recentActions).toHaveLength(1);
    expect(info.nextActionTimes[0]).toEqual(new Date(hour + HOUR + 20 * MINUTE));
    expect(memo).toEqual({ owner: 'ops' });
    expect(searchAttributes).toEqual({ Team: ['red'] });
    expect(state.note).toBe('faster');
    await env.sleep(HOUR);
    expect((await handle.describe()).info.numActionsTaken).toBe(4);
    await handle.delete();
  });

  it('SCHED-20: lists all, page by page, or those that a query selects', async () => {
    const handles = [];
    for (const team of ['red', 'blue', 'blue'])
      handles.push(
        await create({
          memo: { team },
          state: { paused: team === 'red', note: `${team} team` },
          typedSearchAttributes: [{ key: defineSearchAttributeKey('Team', 'KEYWORD'), value: team }],
        }),
      );
    const wanted = handles.map(({ scheduleId }) => scheduleId).reverse();
    const listed = async (query?: string) => {
      const found: string[] = [];
      for await (const { scheduleId } of env.client.schedule.list({ pageSize: 2, ...(query && { query }) }))
        found.push(scheduleId);
      return found;
    };
    expect(await listed()).toEqual(wanted);
    expect(await listed("Team = 'blue'")).toEqual(wanted.slice(0, 2));
    expect(await listed('TemporalSchedulePaused = true')).toEqual(wanted.slice(2));
    expect(await listed(`ScheduleId IN ('${wanted[0]}', 'other')`)).toEqual(wanted.slice(0, 1));
    await expect(listed('Team = ')).rejects.toThrow('Failed to list schedules');
    for await (const summary of env.client.schedule.list({ query: `ScheduleId = '${wanted[2]}'` })) {
      expect(summary).toMatchObject({
        memo: { team: 'red' },
        state: { paused: true, note: 'red team' },
        action: { type: 'startWorkflow', workflowType: 'tell' },
        searchAttributes: { Team: ['red'] },
      });
      expect(summary.info.nextActionTimes).toHaveLength(5);
    }
    for (const handle of handles) await handle.delete();
    expect(await listed()).toEqual([]);
  });
});
