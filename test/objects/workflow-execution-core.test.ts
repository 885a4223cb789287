import { describe, expect, it } from 'vitest';
import {
  activities,
  inParallel,
  inSequence,
  scheduleActivity,
  startTimer,
  untilSignals,
} from './support/deciders.ts';
import { start, World } from './support/world.ts';

const order = inSequence([
  (index) => scheduleActivity(`${index}`),
  (index) => startTimer(`${index}`, 60_000),
  (index) => scheduleActivity(`${index}`),
]);

describe('an order: activity, timer, activity', () => {
  it('runs to its end with the events of Temporal, in order', async () => {
    const world = new World({ decide: order });
    const object = world.object('order');
    const reply = await start(object);
    expect(reply).toMatchObject({ ok: true, value: { started: true, status: 'RUNNING' } });
    await world.advance(59_000);
    expect(await object.core.result(object.at, { followRuns: true, waitMs: 0 })).toMatchObject({
      value: { status: 'RUNNING' },
    });
    await world.advance(2_000);
    expect(await object.eventTypes()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'ActivityTaskScheduled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'TimerStarted',
      'TimerFired',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'ActivityTaskScheduled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'WorkflowExecutionCompleted',
    ]);
    expect(world.dispatched.map((task) => [task.activityId, task.attempt])).toEqual([
      ['1', 1],
      ['3', 1],
    ]);
  });

  it('answers a start that waits when the run closes', async () => {
    const world = new World({ decide: activities(2) });
    const object = world.object('w');
    const reply = object.core.start(object.at, { workflowType: 'test', taskQueue: 'default' }, 5_000);
    await world.settle();
    expect(await reply).toMatchObject({ ok: true, value: { result: { status: 'COMPLETED' } } });
  });
});

describe('a step of a sequential workflow: what it costs', () => {
  it('writes at most two rows and commits at most 1.2 times, alarms included', async () => {
    const costs = async (steps: number) => {
      const world = new World({ decide: activities(steps) });
      const object = world.object('w');
      await start(object);
      await world.settle();
      expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
      return { rows: object.rowsWritten, commits: object.storage.commits };
    };
    const one = await costs(1);
    const eleven = await costs(11);
    expect((eleven.rows - one.rows) / 10).toBeLessThanOrEqual(2);
    expect((eleven.commits - one.commits) / 10).toBeLessThanOrEqual(1.2);
    expect(one.rows).toBeLessThanOrEqual(10);
  });

  it('needs no transaction around its one row', async () => {
    const world = new World({ decide: activities(5) });
    const object = world.object('w');
    await start(object);
    await world.settle();
    const { commits, singleCommits } = object.storage;
    // The first creates the tables and sets the alarm, the last moves it and closes the run.
    expect(commits - singleCommits).toBe(2);
  });

  it('is a row that fits its page: above 1,002 bytes a table WITHOUT ROWID writes two pages more', async () => {
    const world = new World({ decide: activities(5) });
    const object = world.object('w');
    await start(object);
    await world.settle();
    const [row] = object.storage.exec<{ bytes: number }>('SELECT max(length(data)) AS bytes FROM batches');
    expect(row?.bytes).toBeLessThan(750);
  });

  it('schedules a hundred parallel activities in one commit', async () => {
    const world = new World({ decide: inParallel(100), activity: () => new Promise(() => {}) });
    const object = world.object('w');
    await start(object);
    await world.settle();
    expect(world.dispatched).toHaveLength(100);
    expect(object.storage.commits).toBe(1);
  });
});

describe('inputs that arrive together', () => {
  it('are decided in one turn, and each caller is answered', async () => {
    const world = new World({ decide: untilSignals(3) });
    const object = world.object('w');
    await start(object);
    const before = object.storage.commits;
    const replies = ['a', 'b', 'c'].map((signalName) => object.apply({ kind: 'Signal', signalName }));
    await world.settle();
    expect(await Promise.all(replies)).toEqual(
      Array.from({ length: 3 }, () => ({ ok: true, value: { runId: expect.stringMatching(/./) } })),
    );
    expect(object.storage.commits - before).toBe(1);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('refuses what is sent to an unknown workflow and stores nothing', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('nobody');
    const reply = await object.apply({ kind: 'Signal', signalName: 'hello' });
    expect(reply).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
    expect(object.rowsWritten).toBe(0);
    expect(object.alarmAt).toBeNull();
  });
});

describe('a caller that waits on a socket that has broken off', () => {
  it('fails no turn: what was committed is answered, and nothing is loaded again', async () => {
    const world = new World({ decide: untilSignals(3) });
    const object = world.object('broken-socket');
    await start(object);
    const waitsFor = await object.core.socketWait(object.at, undefined);
    let sends = 0;
    const send = () => {
      sends += 1;
      throw new TypeError("Can't call WebSocket send() after close().");
    };
    object.sockets = [{ waitsFor, send, close: () => undefined }];
    for (const signalName of ['one', 'two'])
      expect(await object.apply({ kind: 'Signal', signalName })).toMatchObject({ ok: true });
    expect(sends).toBe(2);
    expect(world.logs.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });
});
