/** The one alarm: when it stands, when it moves, and what happens when it comes early, late, or dies. */
import { describe, expect, it } from 'vitest';
import { AlarmKeeper } from '../../src/objects/execution/alarm-keeper.ts';
import { DEFAULT_OBJECT_TIMES } from '../../src/objects/object-options.ts';
import { activities, inSequence, scheduleActivity, startTimer, untilSignals } from './support/deciders.ts';
import { start, World } from './support/world.ts';

const DAY = 86_400_000;

describe('the alarm of a timer', () => {
  it.each([1, 999, 60_000, 30 * DAY])('of %i ms fires it on time, never before', async (ms) => {
    const world = new World({ decide: inSequence([(index) => startTimer(`${index}`, ms)]) });
    const object = world.object('w');
    await start(object);
    await world.advance(ms - 1);
    expect((await object.eventTypes()).at(-1)).toBe('TimerStarted');
    await world.advance(1);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('a hundred years away stands within the bound, and moves on from there', async () => {
    const year = 365 * DAY;
    const world = new World({ decide: inSequence([(index) => startTimer(`${index}`, 100 * year)]) });
    const object = world.object('w');
    await start(object);
    expect(object.alarmAt).toBe(world.now + DEFAULT_OBJECT_TIMES.alarmAheadMaxMs);
    await world.advance(100 * year - 1000);
    expect((await object.eventTypes()).at(-1)).toBe('TimerStarted');
    await world.advance(2000);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('overdue after a restart fires at once', async () => {
    const world = new World({ decide: inSequence([(index) => startTimer(`${index}`, 1000)]) });
    const object = world.object('w');
    await start(object);
    object.crash();
    world.now += DAY;
    await world.settle();
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it.each([
    ['is not put off', 100, 100],
    ['is brought forward', 5_000, 1_000],
    ['is set where none stood', null, 1_000],
  ])('after a commit that failed %s by the retry', async (_, standing, expected) => {
    let alarmAt: number | null = standing;
    const keeper = new AlarmKeeper(
      {
        getAlarm: async () => alarmAt,
        setAlarm: (at) => {
          alarmAt = at;
        },
        deleteAlarm: () => {
          alarmAt = null;
        },
      },
      DAY,
    );
    await keeper.ensureAfterLoss(1_000, 0);
    expect(alarmAt).toBe(expected);
  });

  it('that was lost is set again by the next request', async () => {
    const world = new World({ decide: inSequence([(index) => startTimer(`${index}`, 60_000)]) });
    const object = world.object('w');
    await start(object);
    object.crash();
    object.alarmAt = null;
    await object.core.describe(object.at);
    await world.settle();
    expect(object.alarmAt).toBe(world.now + 60_000);
  });
});

describe('the alarm itself', () => {
  it('of state that cannot be read comes again, later each time, and the state stays as it is', async () => {
    const world = new World({ decide: inSequence([(index) => startTimer(`${index}`, 1_000)]) });
    const object = world.object('w');
    await start(object);
    object.crash();
    object.storage.exec('UPDATE meta SET schema_version = 1000');
    const { commits } = object.storage;
    await world.advance(60_000);
    const inAMinute = world.logs.filter(({ message }) => message.startsWith('The alarm failed')).length;
    expect(inAMinute).toBeGreaterThan(2);
    await world.advance(3_600_000);
    const inAnHour = world.logs.filter(({ message }) => message.startsWith('The alarm failed')).length;
    expect(inAnHour - inAMinute).toBeLessThan(15);
    expect(object.alarmAt).not.toBeNull();
    expect(object.storage.commits).toBe(commits);
    expect(await object.core.describe(object.at)).toMatchObject({
      ok: false,
      error: { code: 'UNAVAILABLE', message: expect.stringContaining('deploy the release that wrote it') },
    });
  });

  it('is moved only when something is due earlier', async () => {
    const world = new World({ decide: activities(8) });
    const object = world.object('w');
    await start(object);
    await world.settle();
    expect(await object.eventTypes()).toContain('WorkflowExecutionCompleted');
    // Once for the first lease, once for the end.
    expect(object.alarmsSet).toBe(2);
  });

  it('has set its floor and synced before it works', async () => {
    const world = new World({ decide: inSequence([(index) => startTimer(`${index}`, 1000)]) });
    const object = world.object('w');
    await start(object);
    object.crash();
    const order: string[] = [];
    object.storage.onSync = () => order.push(object.alarmAt === null ? 'sync without alarm' : 'floor');
    world.handle = async () => {
      order.push('work');
      return { kind: 'completed', commands: [], updates: [], queries: [] };
    };
    world.now += 1000;
    await world.settle();
    expect(order[0]).toBe('floor');
    expect(order).toContain('work');
  });

  it('that comes early does nothing but stand again', async () => {
    const world = new World({ decide: inSequence([(index) => startTimer(`${index}`, DAY)]) });
    const object = world.object('w');
    await start(object);
    const due = object.alarmAt;
    const { commits } = object.storage;
    await object.fireAlarm();
    expect(object.alarmAt).toBe(due);
    expect(object.storage.commits).toBe(commits);
  });

  it('throws nothing through when storage fails, and its floor stands', async () => {
    const world = new World({ decide: inSequence([(index) => startTimer(`${index}`, 1000)]) });
    const object = world.object('w');
    await start(object);
    world.now += 1000;
    object.storage.onSync = () => {
      throw new Error('disk gone');
    };
    object.alarmAt = null;
    await object.core.alarm();
    expect(object.alarmAt).toBeGreaterThan(world.now);
  });

  it('of an object that holds nothing is removed', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('nothing');
    object.alarmAt = world.now;
    await world.settle();
    expect(object.alarmAt).toBeNull();
  });
});

describe('work that nobody here does', () => {
  it('an activity on a foreign task queue waits, and costs no alarms', async () => {
    const elsewhere = scheduleActivity('1', { taskQueue: 'elsewhere' });
    const world = new World({ decide: inSequence([() => elsewhere]) });
    const object = world.object('w');
    await start(object);
    await world.advance(DAY);
    expect(world.dispatched).toEqual([]);
    expect(object.alarmsSet).toBeLessThan(5);
  });

  it('a run on a foreign task queue stays open without alarms, and takes signals', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    await start(object, { taskQueue: 'elsewhere' });
    expect(await object.apply({ kind: 'Signal', signalName: 'kept' })).toMatchObject({ ok: true });
    await world.advance(DAY);
    expect(object.alarmsSet).toBeLessThan(5);
    expect(await object.eventTypes()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowTaskScheduled',
      'WorkflowExecutionSignaled',
    ]);
  });
});

describe('retention', () => {
  it('erases the object after close and retention, and the ID is free again', async () => {
    const world = new World({ decide: untilSignals(0), limits: { retentionMs: DAY } });
    const object = world.object('w');
    await start(object);
    await world.advance(DAY - 1000);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    await world.advance(2000);
    expect(object.alarmAt).toBeNull();
    const gone = await object.core.describe(object.at);
    expect(gone).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
    const again = await start(object, { requestId: 'again', workflowIdReusePolicy: 'REJECT_DUPLICATE' });
    expect(again).toMatchObject({ ok: true, value: { started: true } });
  });

  it('is that of the namespace at the start', async () => {
    const world = new World({ decide: untilSignals(0) });
    const object = world.object('w');
    const at = { ...object.at, namespaceConfig: { retentionMs: 5 * DAY } };
    await object.core.start(at, { workflowType: 'test', taskQueue: 'default', requestId: 'start' });
    expect(object.alarmAt).toBe(world.now + 5 * DAY);
  });
});
