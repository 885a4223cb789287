/** Workflow code that kills its isolate: what is stored by then, and how often it is tried again. */
import { describe, expect, it } from 'vitest';
import { untilSignals } from './support/deciders.ts';
import { start, World, type WorldObject } from './support/world.ts';

/** From now on every activation ends the isolate. */
function poison(world: World, object: WorldObject): { activations: number } {
  const seen = { activations: 0 };
  world.handle = () => {
    seen.activations += 1;
    object.crash();
    return new Promise(() => {});
  };
  return seen;
}

describe('poison: an activation of a loaded run', () => {
  it('finds its inputs and its attempt on disk', async () => {
    const world = new World({ decide: untilSignals(2) });
    const object = world.object('w');
    await start(object);
    object.crash();
    let synced = -1;
    world.handle = async () => {
      synced = object.storage.syncs;
      object.crash();
      return new Promise(() => {});
    };
    const signal = object.apply({ kind: 'Signal', signalName: 'fatal', requestId: 'fatal' });
    expect(await signal).toMatchObject({ ok: true });
    await world.settle();
    expect(synced).toBeGreaterThan(0);
    world.handle = undefined;
    expect(await object.eventTypes()).toContain('WorkflowExecutionSignaled');
  });

  it('is tried again later and later, fails in history with its cause, and accepts signals all the while', async () => {
    const world = new World({ decide: untilSignals(2) });
    const object = world.object('w');
    await start(object);
    object.crash();
    const seen = poison(world, object);
    await object.apply({ kind: 'Signal', signalName: 'fatal', requestId: 'fatal' });
    await world.advance(60_000);
    const inAMinute = seen.activations;
    expect(inAMinute).toBeGreaterThan(2);
    expect(inAMinute).toBeLessThan(12);
    await world.advance(3_600_000);
    expect(seen.activations - inAMinute).toBeLessThan(20);
    const failed = (await object.history()).find(
      (event) => event.eventType.startsWith('WorkflowTask') && /Failed|TimedOut/.test(event.eventType),
    );
    const cause = { message: expect.stringMatching(/The isolate ended during \d+ activations of this run/) };
    expect(failed).toMatchObject({
      eventType: 'WorkflowTaskFailed',
      attributes: { cause: 'WORKFLOW_WORKER_UNHANDLED_FAILURE', failure: cause },
    });
    const description = await object.core.describe(object.at);
    expect(description).toMatchObject({
      ok: true,
      value: {
        workflowExecutionInfo: { status: 'RUNNING' },
        pendingWorkflowTask: { lastFailure: cause },
      },
    });
  });

  it('goes on within half a minute of a start, however often the machine was killed under it before', async () => {
    for (let kills = 1; kills <= 10; kills++) {
      const world = new World({ decide: untilSignals(1) });
      const object = world.object('w');
      await start(object);
      object.crash();
      const seen = poison(world, object);
      await object.apply({ kind: 'Signal', signalName: 'go', requestId: 'go' });
      while (seen.activations < kills) await world.advance(1_000);
      world.handle = undefined;
      await world.advance(30_000);
      expect((await object.eventTypes()).at(-1), `after ${kills} kills`).toBe('WorkflowExecutionCompleted');
    }
  });

  it('heals when a new build no longer kills it', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    await start(object);
    object.crash();
    poison(world, object);
    await object.apply({ kind: 'Signal', signalName: 'fatal', requestId: 'fatal' });
    await world.advance(600_000);
    world.handle = undefined;
    await world.advance(1_200_000);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    expect(object.storage.exec('SELECT * FROM state WHERE kind = ?', 2)).toEqual([]);
  });

  it('lost once, by a deploy or a restart, leaves no trace in history', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    await start(object);
    object.crash();
    const seen = poison(world, object);
    await object.apply({ kind: 'Signal', signalName: 'fatal', requestId: 'fatal' });
    await world.settle();
    expect(seen.activations).toBe(1);
    world.handle = undefined;
    await world.advance(10_000);
    expect(await object.eventTypes()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'WorkflowExecutionCompleted',
    ]);
  });
});

describe('poison: the first activation of a new run', () => {
  it('has nothing stored before it, so that a start is one commit', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    poison(world, object);
    void start(object);
    await world.settle();
    expect(object.storage.commits).toBe(0);
    expect(object.alarmAt).toBeNull();
  });

  it('is committed first when the start is the repeat of one that died', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    poison(world, object);
    const request = { workflowType: 'test', taskQueue: 'default', requestId: 'start' };
    void object.core.start(object.at, request);
    await world.settle();
    const repeated = await object.core.start({ ...object.at, guarded: true }, request);
    expect(repeated).toMatchObject({ ok: true, value: { started: true } });
    await world.settle();
    world.handle = undefined;
    await world.advance(10_000);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowTaskCompleted');
  });
});

describe('poison: the end of the run', () => {
  it('leaves nothing of the attempts that were guarded', async () => {
    const world = new World({ decide: untilSignals(2) });
    const object = world.object('w');
    await start(object);
    object.crash();
    poison(world, object);
    await object.apply({ kind: 'Signal', signalName: 'fatal', requestId: 'fatal' });
    await world.advance(5_000);
    expect(object.storage.exec('SELECT * FROM state WHERE kind = 2')).toHaveLength(1);
    await object.apply({ kind: 'Terminate' });
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionTerminated');
    expect(object.storage.exec('SELECT * FROM state')).toEqual([]);
  });
});
