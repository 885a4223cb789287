/** A start and an update as one: decided together, refused together. */
import { describe, expect, test } from 'vitest';
import type { UpdateResponse, WorkflowTaskCompletion } from '../../src/engine/workflow-task.ts';
import type { UpdateCall } from '../../src/objects/execution/workflow-execution-api.ts';
import { TASK_QUEUE, World, type WorldObject } from './support/world.ts';

const call = (updateId: string, name = 'change'): UpdateCall => ({
  request: { meta: { updateId }, input: { name } },
  waitStage: 'COMPLETED',
  waitMs: 10_000,
});

/** Completes every update but the one called `bad`, which it rejects. */
function updatable(): World {
  const world = new World({ decide: () => [] });
  world.handle = async ({ updates }): Promise<WorkflowTaskCompletion> => ({
    kind: 'completed',
    commands: [],
    queries: [],
    updates: updates.flatMap(({ updateId, request, sequencingEventId }): UpdateResponse[] =>
      updateId === 'bad'
        ? [{ kind: 'rejected', updateId, failure: { message: 'no' } }]
        : [
            { kind: 'accepted', updateId, messageId: 'a', request, sequencingEventId },
            { kind: 'completed', updateId, messageId: 'c', outcome: { success: { payloads: [] } } },
          ],
    ),
  });
  return world;
}

async function updateWithStart(
  world: World,
  object: WorldObject,
  update: UpdateCall,
  workflowIdConflictPolicy: 'FAIL' | 'USE_EXISTING',
  requestId = update.request.meta.updateId,
) {
  const request = { workflowType: 'test', taskQueue: TASK_QUEUE, requestId, workflowIdConflictPolicy };
  const reply = object.core.updateWithStart(object.at, request, update);
  await world.settle();
  return reply;
}

const aborted = {
  code: 10,
  details: [{ '@type': expect.stringContaining('MultiOperationExecutionAborted') }],
};

describe('update-with-start', () => {
  test('UPD-17 an outcome that is there stands whatever the conflict policy says', async () => {
    const world = updatable();
    const object = world.object('w');
    const first = await updateWithStart(world, object, call('u'), 'FAIL');
    expect(first).toMatchObject({ ok: true, value: { start: { started: true } } });
    const again = await updateWithStart(world, object, call('u'), 'FAIL', 'another start');
    expect(again).toMatchObject({
      ok: true,
      value: { start: { started: false }, update: { outcome: { success: {} } } },
    });
  });

  test('UPD-17 a call that comes again after its run was continued as new finds its outcome, and another update the open run', async () => {
    const world = updatable();
    const complete = world.handle ?? expect.unreachable('the world has a handler');
    world.handle = async (task) => {
      const completion = await complete(task);
      const continues = task.updates.some(({ updateId }) => updateId === 'u');
      if (completion.kind !== 'completed' || !continues) return completion;
      const attributes = { workflowType: { name: 'test' }, taskQueue: { name: TASK_QUEUE } };
      return { ...completion, commands: [{ commandType: 'ContinueAsNewWorkflowExecution', attributes }] };
    };
    const object = world.object('w');
    const first = await updateWithStart(world, object, call('u'), 'USE_EXISTING', 'start');
    expect(await object.core.describe(object.at)).toMatchObject({
      ok: true,
      value: { workflowExecutionInfo: { status: 'RUNNING' } },
    });
    const again = await updateWithStart(world, object, call('u'), 'USE_EXISTING', 'start');
    expect(again.ok && again.value.update).toEqual(first.ok && first.value.update);
    // The next run has yet to begin: nobody waits for it here.
    const later = { ...call('v'), waitMs: 0 };
    const other = await updateWithStart(world, object, later, 'USE_EXISTING', 'start');
    expect(other).toMatchObject({ ok: true, value: { update: { stage: 'ADMITTED' } } });
    expect(other.ok && other.value.update.runId).not.toBe(first.ok && first.value.update.runId);
  });

  test('UPD-17 a rejected update leaves the run started', async () => {
    const world = updatable();
    const object = world.object('w');
    expect(await updateWithStart(world, object, call('bad'), 'FAIL')).toMatchObject({
      ok: true,
      value: { start: { started: true }, update: { outcome: { failure: { message: 'no' } } } },
    });
    expect(await object.eventTypes()).toContain('WorkflowExecutionStarted');
  });

  test('UPD-17, UPD-18 an update that cannot be admitted begins no run', async () => {
    const world = updatable();
    const object = world.object('w');
    expect(await updateWithStart(world, object, call('u', ''), 'FAIL')).toMatchObject({
      ok: false,
      error: {
        code: 'INVALID_ARGUMENT',
        details: [{ type: 'MultiOperationExecutionFailure', statuses: [aborted, { code: 3 }] }],
      },
    });
    expect(await object.core.describe(object.at)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  });

  test('UPD-18 a refused start lists both statuses in order, the update as aborted', async () => {
    const world = updatable();
    const object = world.object('w');
    await updateWithStart(world, object, call('first'), 'FAIL');
    expect(await updateWithStart(world, object, call('second'), 'FAIL')).toMatchObject({
      ok: false,
      error: {
        code: 'ALREADY_EXISTS',
        details: [{ type: 'MultiOperationExecutionFailure', statuses: [{ code: 6 }, aborted] }],
      },
    });
  });
});
