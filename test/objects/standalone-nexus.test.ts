/**
 * A Nexus operation without a workflow in its object: retries, losses of memory at every step and every commit, retention, what it
 * costs. What the platform does to real objects is in `standalone-nexus.workerd.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import type { NexusAnswer, NexusTask } from '../../src/engine/api.ts';
import type { StandaloneNexusRequest } from '../../src/engine/requests.ts';
import type { NexusEndpoint } from '../../src/objects/nexus/nexus-endpoint-record.ts';
import { nexusExecutionId } from '../../src/sdk/common/standalone-nexus.ts';
import { World, type WorldObject } from './support/world.ts';

const DAY = 86_400_000;
const SHOP: NexusEndpoint = {
  id: 'e',
  version: 1,
  name: 'shop',
  namespace: 'shops',
  taskQueue: 'q',
  createdTime: 0,
};
const paid: NexusAnswer = { kind: 'completed' };
const goesOn: NexusAnswer = { kind: 'started', operationToken: 'token' };
const notYet: NexusAnswer = {
  kind: 'refused',
  failure: { message: 'not yet', nexusHandlerFailureInfo: { type: 'UNAVAILABLE' } },
  isRetryable: true,
};
const noWorkflows = () => {
  throw new Error('an operation has no workflow task');
};

type Handler = (task: NexusTask) => NexusAnswer | Promise<NexusAnswer>;

function worldOf(handler: Handler, retentionMs = DAY) {
  const asked: NexusTask[] = [];
  const world = new World({
    decide: noWorkflows,
    limits: { retentionMs },
    stubs: { nexusEndpoint: async () => SHOP },
    options: {
      nexusHandler: (taskQueue) =>
        taskQueue === 'q'
          ? async (task) => {
              asked.push(task);
              return handler(task);
            }
          : undefined,
    },
  });
  return { world, asked, object: world.object(nexusExecutionId('a')) };
}

function start(object: WorldObject, operation: Partial<StandaloneNexusRequest> = {}) {
  return object.core.start(object.at, {
    workflowType: 'pay',
    taskQueue: 'shop',
    requestId: 'r',
    nexusOperation: {
      operationId: 'a',
      endpoint: 'shop',
      service: 'orders',
      operation: 'pay',
      requestId: 'told',
      ...operation,
    },
  });
}

/** As whoever stands for the operation tells its end: until that is confirmed. */
const end = (object: WorldObject, runId: string) =>
  object.apply({
    kind: 'NexusOperationClosed',
    runId,
    scheduledEventId: 2,
    requestId: 'told',
    operationToken: 'token',
    close: { kind: 'completed' },
  });

const lastType = async (object: WorldObject) => (await object.eventTypes()).at(-1);

/** Throws the object's memory away right after its commit of this number: nobody hears of it. */
function crashAfterCommit(object: WorldObject, number: number): void {
  const { storage } = object;
  const transaction = storage.transaction.bind(storage);
  let isDone = false;
  storage.transaction = (work) => {
    const result = transaction(work);
    if (!isDone && storage.commits === number) {
      isDone = true;
      object.crash();
    }
    return result;
  };
}

describe('the object of a Nexus operation without a workflow', () => {
  it('SNX-1 makes its request with the start, and closes with the answer', async () => {
    const { world, object, asked } = worldOf(() => paid);
    expect(await start(object)).toMatchObject({ ok: true, value: { started: true } });
    await world.settle();
    expect(asked).toMatchObject([{ kind: 'start', attempt: 1, requestId: 'told', operation: 'pay' }]);
    expect(await lastType(object)).toBe('WorkflowExecutionCompleted');
    // Start, the taking of the request, and the end: a batch, a row or a summary each, and the alarm.
    expect(object.rowsWritten).toBeLessThanOrEqual(10);
  });

  it('SNX-1 retries, and loses nothing when its memory is lost after each step', async () => {
    const { world, object, asked } = worldOf(({ attempt }) => (attempt < 4 ? notYet : paid));
    await start(object);
    for (let step = 0; step < 20; step++) {
      object.crash();
      await world.advance(10_000);
    }
    expect(asked.at(-1)?.attempt).toBe(4);
    expect(new Set(asked.map(({ requestId }) => requestId))).toEqual(new Set(['told']));
    expect(await lastType(object)).toBe('WorkflowExecutionCompleted');
  });

  it.each(Array.from({ length: 7 }, (_, index) => index + 1))(
    'SNX-1, SNX-3 ends once, and starts one operation, when it is lost after its commit %i',
    async (commit) => {
      const { world, object, asked } = worldOf(({ kind, attempt }) =>
        kind === 'start' && attempt === 1 ? notYet : goesOn,
      );
      crashAfterCommit(object, commit);
      await Promise.race([start(object), world.settle()]);
      for (let step = 0; step < 6; step++) await world.advance(15_000);
      const again = await start(object);
      if (!again.ok) throw new Error(again.error.message);
      const { runId } = again.value;
      // Told again after a loss, as the one that stands for it does.
      await Promise.race([end(object, runId), world.settle()]);
      await end(object, runId);
      await world.advance(15_000);
      expect(object.crashes).toBe(1);
      const types = await object.eventTypes();
      expect(types.filter((type) => type === 'NexusOperationScheduled')).toHaveLength(1);
      expect(types.slice(-3)).toEqual([
        'NexusOperationStarted',
        'NexusOperationCompleted',
        'WorkflowExecutionCompleted',
      ]);
      expect(new Set(asked.map(({ requestId }) => requestId))).toEqual(new Set(['told']));
      expect(await start(object)).toMatchObject({ value: { runId } });
    },
  );

  it('SNX-1 a request whose handler is lost with the object is made again, and a late answer is refused', async () => {
    const answers: ((answer: NexusAnswer) => void)[] = [];
    const { world, object, asked } = worldOf(() => new Promise((resolve) => void answers.push(resolve)));
    await start(object);
    await world.settle();
    object.crash();
    await world.advance(12_000);
    expect(asked.map(({ attempt }) => attempt)).toEqual([1, 2]);
    answers[0]?.({ kind: 'failed', failure: { message: 'too late' } });
    await world.settle();
    expect(await lastType(object)).toBe('NexusOperationScheduled');
    answers[1]?.(paid);
    await world.settle();
    expect(await lastType(object)).toBe('WorkflowExecutionCompleted');
  });

  it('SNX-4 a cancel is kept across losses, and delivered until it is taken', async () => {
    const cancelled: NexusAnswer = { kind: 'cancelRequested' };
    const { world, object, asked } = worldOf(({ kind, attempt }) =>
      kind === 'start' ? goesOn : attempt < 3 ? notYet : cancelled,
    );
    await start(object);
    await world.settle();
    await object.apply({ kind: 'RequestCancel', requestId: 'c', reason: 'no' });
    object.crash();
    expect(await object.apply({ kind: 'RequestCancel', requestId: 'c' })).toMatchObject({ ok: true });
    for (let step = 0; step < 10; step++) {
      object.crash();
      await world.advance(5_000);
    }
    expect(asked.at(-1)).toMatchObject({ kind: 'cancel', attempt: 3, operationToken: 'token' });
    expect(await lastType(object)).toBe('NexusOperationCancelRequestCompleted');
  });

  it('SNX-3 times out by its alarm, after the loss of its memory', async () => {
    const { world, object } = worldOf(() => goesOn);
    await start(object, { startToCloseTimeout: 3_600_000 });
    await world.settle();
    object.crash();
    await world.advance(3_599_000);
    expect(await lastType(object)).toBe('NexusOperationStarted');
    object.crash();
    await world.advance(2_000);
    expect(await lastType(object)).toBe('WorkflowExecutionTimedOut');
  });

  it('SNX-4 what a terminated one still hears has no effect', async () => {
    const { world, object } = worldOf(() => goesOn);
    const begun = await start(object);
    await world.settle();
    await object.apply({ kind: 'Terminate', requestId: 't' });
    if (!begun.ok) throw new Error(begun.error.message);
    expect(await end(object, begun.value.runId)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(await lastType(object)).toBe('WorkflowExecutionTerminated');
  });

  it('is erased after its retention, and its ID is free again', async () => {
    const { world, object } = worldOf(() => paid);
    await start(object);
    await world.advance(DAY - 60_000);
    expect(await object.core.describe(object.at)).toMatchObject({ ok: true });
    await world.advance(DAY);
    expect(await object.core.describe(object.at)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(object.alarmAt).toBeNull();
    expect(await start(object)).toMatchObject({ ok: true, value: { started: true } });
  });
});
