/** A workflow's Nexus requests, from its object to the queue of their endpoint, in virtual time. */
import { describe, expect, it } from 'vitest';
import type { NexusEndpoint } from '../../../src/objects/nexus/nexus-endpoint-record.ts';
import type { TaskQueueApi, TaskReference } from '../../../src/objects/task-queue/task-queue-api.ts';
import { type Decider, start, World } from '../support/world.ts';

const once: Decider = (history) =>
  history.some(({ eventType }) => eventType === 'NexusOperationScheduled')
    ? []
    : [
        {
          commandType: 'ScheduleNexusOperation',
          attributes: { endpoint: 'shop', service: 'orders', operation: 'pay' },
        },
      ];

function worldOf({ isFull = false, endpoint = true }: { isFull?: boolean; endpoint?: boolean } = {}) {
  const state = { isFull, endpoint };
  const offered: { queue: string; task: TaskReference }[] = [];
  const shop: NexusEndpoint = {
    id: 'e',
    version: 1,
    name: 'shop',
    namespace: 'shops',
    taskQueue: 'q',
    createdTime: 0,
  };
  const world = new World({
    decide: once,
    stubs: {
      nexusEndpoint: async () => (state.endpoint ? shop : undefined),
      taskQueue: (namespace, taskQueue) => {
        const add = async (tasks: readonly TaskReference[]) => {
          if (state.isFull) throw new Error('full');
          for (const task of tasks) offered.push({ queue: `${namespace}/${taskQueue}`, task });
        };
        return { add } as Pick<TaskQueueApi, 'add'> as TaskQueueApi;
      },
    },
  });
  return { world, object: world.object('w'), offered, state };
}

describe('a Nexus request', () => {
  it('is offered to the queue of its endpoint, with the namespace of its caller', async () => {
    const { world, object, offered } = worldOf();
    await start(object);
    await world.settle();
    expect(offered).toMatchObject([
      {
        queue: 'shops/q',
        task: { kind: 'nexus', namespace: object.at.namespace, workflowId: 'w', key: 'nexus/5/start/1' },
      },
    ]);
  });

  it('is offered again, later each time, while nobody comes for it', async () => {
    const { world, object, offered } = worldOf();
    await start(object);
    await world.advance(59_000);
    expect(offered).toHaveLength(1);
    await world.advance(2_000);
    expect(offered).toHaveLength(2);
    await world.advance(60_000);
    expect(offered).toHaveLength(2);
    await world.advance(61_000);
    expect(offered).toHaveLength(3);
  });

  it('is offered again soon to a queue that was full', async () => {
    const { world, object, offered, state } = worldOf({ isFull: true });
    await start(object);
    await world.settle();
    expect(offered).toEqual([]);
    state.isFull = false;
    await world.advance(10_000);
    expect(offered).toHaveLength(1);
  });

  it('T1: without an endpoint is refused, and offered as its next attempt when there is one', async () => {
    const { world, object, offered, state } = worldOf({ endpoint: false });
    await start(object);
    await world.advance(500);
    expect(offered).toEqual([]);
    state.endpoint = true;
    await world.advance(2_000);
    expect(offered).toMatchObject([{ task: { key: 'nexus/5/start/2' } }]);
  });

  it('T2: is offered by the alarm of the commit that made it due, if its object is gone between the two', async () => {
    const { world, object, offered } = worldOf();
    const { storage } = object;
    const transaction = storage.transaction.bind(storage);
    storage.transaction = (work) => {
      const result = transaction(work);
      if (storage.commits === 1) object.crash();
      return result;
    };
    await Promise.race([start(object), world.settle()]);
    expect([object.crashes, offered]).toEqual([1, []]);
    await world.advance(6_000);
    expect(offered).toMatchObject([{ task: { key: 'nexus/5/start/1' } }]);
  });
});
