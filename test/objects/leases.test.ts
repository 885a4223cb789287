/** How long an attempt may be silent: pings, heartbeats, results, and what their absence means. */
import { describe, expect, it } from 'vitest';
import type { ActivityTask } from '../../src/engine/api.ts';
import { tokenOf } from '../../src/objects/activity/activity-dispatcher.ts';
import type { ActivityOutcome } from '../../src/objects/activity/activity-task-codec.ts';
import { activities, inParallel } from './support/deciders.ts';
import { start, World } from './support/world.ts';

const done: ActivityOutcome = { kind: 'completed', result: { payloads: [] } };
const never = () => new Promise<ActivityOutcome>(() => {});

/** Pings as the entrypoint does, until told to stop. */
function pinging(world: World, task: ActivityTask, everyMs: number, leaseMs: number): () => void {
  let isOn = true;
  const ping = () => {
    if (!isOn) return;
    void world.object(task.workflowId).apply({ kind: 'ActivityPing', activity: tokenOf(task), leaseMs });
    world.after(everyMs, ping);
  };
  world.after(everyMs, ping);
  return () => {
    isOn = false;
  };
}

describe('an attempt that was sent', () => {
  it('and pings begins once, through losses of its object, and its late result is recorded', async () => {
    const finish = { with: (_: ActivityOutcome) => {} };
    const world = new World({
      decide: activities(1, { startToCloseTimeout: 600_000 }),
      activity: (task) => {
        pinging(world, task, 5_000, 15_000);
        return new Promise((resolve) => void Object.assign(finish, { with: resolve }));
      },
    });
    const object = world.object('w');
    await start(object);
    await world.advance(70_000);
    object.crash();
    await world.advance(130_000);
    finish.with(done);
    await world.settle();
    expect(world.dispatched).toHaveLength(1);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('and falls silent is lost after its lease, and the next attempt is sent', async () => {
    const world = new World({
      decide: activities(1),
      activity: (task) => (task.attempt === 1 ? never() : done),
    });
    const object = world.object('w');
    await start(object);
    object.crash();
    await object.core.describe(object.at);
    await world.advance(14_000);
    expect(world.dispatched).toHaveLength(1);
    await world.advance(30_000);
    expect(world.dispatched.map((task) => task.attempt)).toEqual([1, 2]);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('for minutes is lost with its object within a minute, though its pings were rare', async () => {
    let silence = () => {};
    const world = new World({
      decide: activities(1, { startToCloseTimeout: 3_600_000, retryPolicy: { maximumAttempts: 1 } }),
      activity: (task) => {
        silence = pinging(world, task, 20_000, 60_000);
        return never();
      },
    });
    const object = world.object('w');
    await start(object);
    await world.advance(300_000);
    silence();
    object.crash();
    await world.advance(58_000); // Nobody asks for it: its alarm is all that wakes it.
    expect(world.dispatched).toHaveLength(1);
    expect(await object.eventTypes()).toContain('ActivityTaskTimedOut');
  });

  it('is given up after a crash, though the platform unloads an object that is idle for ten seconds', async () => {
    const world = new World({
      decide: activities(1, { startToCloseTimeout: 3_600_000, retryPolicy: { maximumAttempts: 1 } }),
      activity: never,
    });
    const object = world.object('w');
    await start(object);
    await world.advance(8_000);
    object.crash();
    for (let second = 0, idleSeconds = 0; second < 60; second++) {
      await world.advance(1_000);
      idleSeconds = world.isHeld ? 0 : idleSeconds + 1;
      if (idleSeconds >= 10) object.crash();
    }
    expect(await object.eventTypes()).toContain('ActivityTaskTimedOut');
  });

  it('once at most ends with a timeout when its object and it are lost', async () => {
    const world = new World({
      decide: activities(1, { retryPolicy: { maximumAttempts: 1 } }),
      activity: never,
    });
    const object = world.object('w');
    await start(object);
    object.crash();
    await world.advance(60_000);
    expect(world.dispatched).toHaveLength(1);
    expect(await object.eventTypes()).toContain('ActivityTaskTimedOut');
  });

  it('is aborted at its start-to-close timeout, and not when it is cancelled', async () => {
    const signals: AbortSignal[] = [];
    const world = new World({
      decide: activities(1, { startToCloseTimeout: 8_000, retryPolicy: { maximumAttempts: 1 } }),
      activity: (_, signal) => {
        signals.push(signal);
        return never();
      },
    });
    const object = world.object('w');
    await start(object);
    await world.advance(7_000);
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    await world.advance(2_000);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  it('and completes asynchronously has no lease, also after a loss', async () => {
    const world = new World({
      decide: activities(1, { startToCloseTimeout: 86_400_000 }),
      activity: () => ({ kind: 'willCompleteAsync' }),
    });
    const object = world.object('w');
    await start(object);
    await world.settle();
    object.crash();
    await world.advance(3_600_000);
    expect(world.dispatched).toHaveLength(1);
    const activity = { by: 'id', activityId: '1' } as const;
    expect(await object.apply({ kind: 'ActivityCompleted', activity })).toMatchObject({ ok: true });
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('has its token fenced: a result of an attempt that was given up counts no more', async () => {
    const world = new World({
      decide: activities(1),
      activity: (task) => (task.attempt === 1 ? never() : done),
    });
    const object = world.object('w');
    await start(object);
    await world.settle();
    const [first] = world.dispatched;
    object.crash();
    await world.advance(60_000);
    expect(first && (await world.report(first, done))).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
    expect((await object.eventTypes()).filter((type) => type === 'ActivityTaskCompleted')).toHaveLength(1);
  });
});

describe('while an attempt is outstanding', () => {
  it('the alarm stands no later than one lease ahead', async () => {
    const world = new World({ decide: activities(1, { startToCloseTimeout: 600_000 }), activity: never });
    const object = world.object('w');
    await start(object);
    await world.settle();
    expect((object.alarmAt ?? 0) - world.now).toBeLessThanOrEqual(30_000);
    object.crash();
    await object.core.describe(object.at);
    await world.settle();
    expect((object.alarmAt ?? 0) - world.now).toBeLessThanOrEqual(15_000);
  });

  it('a ping writes nothing, and answers that a cancel was requested', async () => {
    const world = new World({ decide: activities(1), activity: never });
    const object = world.object('w');
    await start(object);
    await world.settle();
    const { rowsWritten } = object;
    const [task] = world.dispatched;
    if (task === undefined) throw new Error('nothing was sent');
    const reply = await object.apply({ kind: 'ActivityPing', activity: tokenOf(task), leaseMs: 15_000 });
    expect(reply).toEqual({
      ok: true,
      value: { cancelRequested: false, activityPaused: false, activityReset: false },
    });
    expect(object.rowsWritten).toBe(rowsWritten);
  });
});

describe('the dispatch window', () => {
  it('admits no more than it holds; the rest is not started, and follows as results come', async () => {
    const waiting: ((outcome: ActivityOutcome) => void)[] = [];
    const world = new World({
      decide: inParallel(25),
      activity: () => new Promise((resolve) => void waiting.push(resolve)),
      options: { dispatchWindow: 10 },
    });
    const object = world.object('w');
    await start(object);
    await world.settle();
    expect(world.dispatched).toHaveLength(10);
    for (const resolve of waiting.splice(0, 3)) resolve(done);
    await world.settle();
    expect(world.dispatched).toHaveLength(13);
    while (waiting.length > 0) {
      for (const resolve of waiting.splice(0)) resolve(done);
      await world.settle();
    }
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });
});
