/** Turns that do not go as planned: commits that fail, completions that are refused, hosts that take their time. */
import { describe, expect, it } from 'vitest';
import type { WorkflowTaskCompletion } from '../../src/engine/workflow-task.ts';
import { activities, complete, scheduleActivity, startTimer, untilSignals } from './support/deciders.ts';
import { start, World } from './support/world.ts';

describe('a commit that fails', () => {
  it('answers its callers with an error, drops the cached instance, and goes on from storage', async () => {
    const world = new World({ decide: untilSignals(2) });
    const object = world.object('w');
    const begun = await start(object);
    object.storage.failNextCommit = new Error('disk full');
    const reply = await object.apply({ kind: 'Signal', signalName: 'lost' });
    expect(reply).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } });
    expect(world.evictions).toContain(begun.ok && begun.value.runId);
    expect(await object.apply({ kind: 'Signal', signalName: 'first' })).toMatchObject({ ok: true });
    expect(await object.apply({ kind: 'Signal', signalName: 'second' })).toMatchObject({ ok: true });
    const signals = (await object.history()).filter(
      (event) => event.eventType === 'WorkflowExecutionSignaled',
    );
    expect(signals.map((event) => 'signalName' in event.attributes && event.attributes.signalName)).toEqual([
      'first',
      'second',
    ]);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('of a result, leaves the attempt to its lease', async () => {
    const world = new World({
      decide: activities(1),
      activity: (task) => {
        if (task.attempt === 1) object.storage.failNextCommit = new Error('disk full');
        return { kind: 'completed', result: { payloads: [] } };
      },
    });
    const object = world.object('w');
    await start(object);
    await world.settle();
    expect((await object.eventTypes()).at(-1)).toBe('ActivityTaskScheduled');
    await world.advance(60_000);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    expect(world.dispatched.map((task) => task.attempt)).toEqual([1, 2]);
  });

  it('never runs in a tight loop when every commit fails', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    await start(object);
    let commits = 0;
    object.storage.transaction = () => {
      commits += 1;
      throw new Error('disk full');
    };
    await object.apply({ kind: 'Signal', signalName: 'lost' });
    await world.advance(60_000);
    expect(commits).toBeLessThan(60);
  });
});

describe('a completion that is refused', () => {
  it('drops the instance, and the next task decides on the new events too', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    await start(object);
    const late = { resolve: (_: WorkflowTaskCompletion) => {} };
    world.handle = () => new Promise((resolve) => void Object.assign(late, { resolve }));
    const first = object.apply({ kind: 'Signal', signalName: 'first' });
    await world.advance(100);
    expect(await first).toMatchObject({ ok: true });
    expect(await object.apply({ kind: 'Signal', signalName: 'second' })).toMatchObject({ ok: true });
    world.handle = undefined;
    late.resolve({ kind: 'completed', commands: [complete], updates: [], queries: [] });
    await world.settle();
    const types = await object.eventTypes();
    expect(types).toContain('WorkflowTaskFailed');
    expect(types.at(-1)).toBe('WorkflowExecutionCompleted');
    expect(world.evictions.length).toBeGreaterThan(0);
  });
});

describe('a host that does not answer promptly', () => {
  it('leaves its task outstanding: inputs are committed and answered meanwhile, its completion is a turn', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    const late = { resolve: (_: WorkflowTaskCompletion) => {} };
    world.handle = () => new Promise((resolve) => void Object.assign(late, { resolve }));
    const begun = start(object);
    await world.advance(100);
    expect(await begun).toMatchObject({ ok: true });
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowTaskStarted');
    const commits = object.storage.commits;
    expect(await object.apply({ kind: 'Signal', signalName: 'during' })).toMatchObject({ ok: true });
    expect(object.storage.commits).toBe(commits + 1);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowTaskStarted');
    world.handle = undefined;
    late.resolve({ kind: 'completed', commands: [scheduleActivity('1')], updates: [], queries: [] });
    await world.settle();
    expect(await object.eventTypes()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'ActivityTaskScheduled',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'WorkflowExecutionCompleted',
    ]);
  });

  it('keeps what was buffered when the object is lost in the middle', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    world.handle = () => new Promise(() => {});
    const begun = start(object);
    await world.advance(100);
    await begun;
    await object.apply({ kind: 'Signal', signalName: 'during', requestId: 'during' });
    object.crash();
    world.handle = undefined;
    await world.advance(60_000);
    const types = await object.eventTypes();
    expect(types.filter((type) => type === 'WorkflowExecutionSignaled')).toHaveLength(1);
    expect(types.at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('is not listened to once its task has timed out', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    const late = { resolve: (_: WorkflowTaskCompletion) => {} };
    world.handle = () => new Promise((resolve) => void Object.assign(late, { resolve }));
    const begun = start(object, { workflowTaskTimeout: 1_000 });
    await world.advance(100);
    await begun;
    const stale = late.resolve;
    await world.advance(1_500);
    expect(await object.eventTypes()).toContain('WorkflowTaskTimedOut');
    world.handle = undefined;
    stale({ kind: 'completed', commands: [complete], updates: [], queries: [] });
    await world.settle();
    expect(await object.eventTypes()).not.toContain('WorkflowExecutionCompleted');
  });
});

describe('one input whose decision breaks an invariant', () => {
  it('fails alone: the others of its turn are decided again without it', async () => {
    const world = new World({ decide: untilSignals(1) });
    const object = world.object('w');
    await start(object);
    const broken = object.core.loop.submit(() => {
      throw new Error('broken');
    });
    const signal = object.apply({ kind: 'Signal', signalName: 'fine' });
    await expect(broken).rejects.toThrow('broken');
    expect(await signal).toMatchObject({ ok: true });
    await world.settle();
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });
});

describe('reads', () => {
  it('are answered though there is always something to do', async () => {
    let tasks = 0;
    const world = new World({
      decide: () => {
        tasks += 1;
        // Each task takes longer than what it waits for.
        world.now += 5;
        return tasks < 300 ? [startTimer(`${tasks}`, 1)] : [complete];
      },
    });
    const object = world.object('w');
    await start(object);
    const before = tasks;
    await object.core.describe(object.at);
    expect(tasks - before).toBeLessThan(20);
  });
});
