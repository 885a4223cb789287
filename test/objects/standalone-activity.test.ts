/**
 * An activity without a workflow in its object: retries, losses of memory at every step, retention, what it costs. What the
 * platform does to real objects is in `standalone-activity.workerd.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import type { ActivityTask } from '../../src/engine/api.ts';
import type { StandaloneActivityRequest } from '../../src/engine/requests.ts';
import type { ActivityOutcome } from '../../src/objects/activity/activity-task-codec.ts';
import { standaloneExecutionId } from '../../src/sdk/common/standalone-activity.ts';
import { TASK_QUEUE, World, type WorldObject } from './support/world.ts';

const DAY = 86_400_000;
const done: ActivityOutcome = { kind: 'completed', result: { payloads: [] } };
const notYet: ActivityOutcome = {
  kind: 'failed',
  failure: { message: 'not yet', applicationFailureInfo: { type: 'NotYet' } },
};
const noWorkflows = () => {
  throw new Error('an activity has no workflow task');
};

const objectOf = (world: World, activityId: string): WorldObject =>
  world.object(standaloneExecutionId(activityId));

function start(object: WorldObject, activity: Partial<StandaloneActivityRequest> = {}, startDelay = 0) {
  return object.core.start(object.at, {
    workflowType: 'charge',
    taskQueue: TASK_QUEUE,
    requestId: 'r',
    activity: { activityId: 'a', startToCloseTimeout: 60_000, ...activity },
    workflowStartDelay: startDelay,
  });
}

describe('the object of an activity without a workflow', () => {
  it('SAA-1 sends the first attempt with the start, in one commit', async () => {
    const world = new World({ decide: noWorkflows, activity: () => done });
    const object = objectOf(world, 'a');
    expect(await start(object)).toMatchObject({ ok: true, value: { started: true } });
    await world.settle();
    expect(world.dispatched).toMatchObject([{ activityId: 'a', attempt: 1 }]);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    // Start and end: a batch and a summary each, and the alarm.
    expect(object.rowsWritten).toBeLessThanOrEqual(10);
  });

  it('SAA-3 retries, and loses nothing when its memory is lost after each step', async () => {
    const world = new World({
      decide: noWorkflows,
      activity: (task: ActivityTask) => (task.attempt < 4 ? notYet : done),
    });
    const object = objectOf(world, 'a');
    await start(object, { retryPolicy: { initialInterval: 10_000 } });
    for (let step = 0; step < 30; step++) {
      object.crash();
      await world.advance(10_000);
    }
    expect(world.dispatched.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('SAA-3 an attempt whose object is lost begins once, and its late result is taken', async () => {
    const finish = { with: (_: ActivityOutcome) => {} };
    const world = new World({
      decide: noWorkflows,
      activity: () => new Promise((resolve) => void Object.assign(finish, { with: resolve })),
    });
    const object = objectOf(world, 'a');
    await start(object);
    await world.settle();
    object.crash();
    await world.advance(5_000);
    finish.with(done);
    await world.settle();
    expect(world.dispatched).toHaveLength(1);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
  });

  it('SAA-4 a cancel is kept across a loss, and ends what waits', async () => {
    const world = new World({ decide: noWorkflows, activity: () => done });
    const object = objectOf(world, 'a');
    await start(object, {}, DAY);
    object.crash();
    await object.apply({ kind: 'RequestCancel', requestId: 'c', reason: 'no' });
    object.crash();
    expect(await object.apply({ kind: 'RequestCancel', requestId: 'c' })).toMatchObject({ ok: true });
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCanceled');
    await world.advance(2 * DAY);
    expect(world.dispatched).toEqual([]);
  });

  it('SAA-5 wakes by its alarm when the start delay is over', async () => {
    const world = new World({ decide: noWorkflows, activity: () => done });
    const object = objectOf(world, 'a');
    await start(object, {}, 3_600_000);
    object.crash();
    await world.advance(3_599_000);
    expect(world.dispatched).toEqual([]);
    await world.advance(2_000);
    expect(world.dispatched).toHaveLength(1);
  });

  it('SAA-4 what a terminated one still does has no effect', async () => {
    const finish = { with: (_: ActivityOutcome) => {} };
    const world = new World({
      decide: noWorkflows,
      activity: () => new Promise((resolve) => void Object.assign(finish, { with: resolve })),
    });
    const object = objectOf(world, 'a');
    await start(object);
    await world.settle();
    await object.apply({ kind: 'Terminate', requestId: 't' });
    finish.with(done);
    await world.advance(DAY / 24);
    expect(world.dispatched).toHaveLength(1);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionTerminated');
  });

  it('is erased after its retention, and its ID is free again', async () => {
    const world = new World({ decide: noWorkflows, activity: () => done, limits: { retentionMs: DAY } });
    const object = objectOf(world, 'a');
    await start(object);
    await world.advance(DAY - 60_000);
    expect(await object.core.describe(object.at)).toMatchObject({ ok: true });
    await world.advance(DAY);
    expect(await object.core.describe(object.at)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(object.alarmAt).toBeNull();
    expect(await start(object)).toMatchObject({ ok: true, value: { started: true } });
  });
});
