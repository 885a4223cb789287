import { describe, expect, test } from 'vitest';
import type { UpdateResponse, WorkflowTaskCompletion } from '../../src/engine/workflow-task.ts';
import type { UpdateCall } from '../../src/objects/execution/workflow-execution-api.ts';
import type { Command } from '../../src/sdk/common/wire/commands.ts';
import { complete } from './support/deciders.ts';
import { start, World, type WorldObject } from './support/world.ts';

const call = (updateId: string): UpdateCall => ({
  request: { meta: { updateId }, input: { name: 'change' } },
  waitStage: 'COMPLETED',
  waitMs: 10_000,
});

const MESSAGES: Command[] = ['a', 'c'].map((messageId) => ({
  commandType: 'ProtocolMessage',
  attributes: { messageId },
}));

/** Refuses updates called `bad`, completes others, and ends the run with the one called `last`. */
function updatable(): World {
  const world = new World({ decide: () => [] });
  world.handle = async ({ updates }): Promise<WorkflowTaskCompletion> => ({
    kind: 'completed',
    commands: updates.some(({ updateId }) => updateId === 'last') ? [...MESSAGES, complete] : [],
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

async function answered<T>(world: World, reply: Promise<T>): Promise<T | 'still waiting'> {
  await world.settle();
  return Promise.race([reply, Promise.resolve('still waiting' as const)]);
}

const poll = (object: WorldObject, updateId: string, runId?: string) =>
  object.core.pollUpdate(object.at, runId, updateId, 'COMPLETED', 10_000);

describe('an update: when its caller is answered', () => {
  test('UPD-3 a rejected one leaves no event, and its caller hears of it at once', async () => {
    const world = updatable();
    const object = world.object('w');
    await start(object);
    await world.settle();
    const before = await object.eventTypes();
    expect(await answered(world, object.core.update(object.at, call('bad')))).toMatchObject({
      ok: true,
      value: { stage: 'COMPLETED', outcome: { failure: { message: 'no' } } },
    });
    expect(await object.eventTypes()).toEqual(before);
  });

  test('UPD-11 one that is not known is not waited for', async () => {
    const world = updatable();
    const object = world.object('w');
    await start(object);
    await world.settle();
    expect(await answered(world, poll(object, 'never sent'))).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
  });

  test('UPD-11 one of an earlier run keeps its outcome', async () => {
    const world = updatable();
    const object = world.object('w');
    const first = await start(object);
    await world.settle();
    await answered(world, object.core.update(object.at, call('last')));
    world.now += 60_000;
    await start(object, { requestId: 'second start' });
    await world.settle();
    const runId = first.ok ? first.value.runId : '';
    expect(await answered(world, poll(object, 'last', runId))).toMatchObject({
      ok: true,
      value: { stage: 'COMPLETED', outcome: { success: {} } },
    });
    expect(await answered(world, poll(object, 'last'))).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});
