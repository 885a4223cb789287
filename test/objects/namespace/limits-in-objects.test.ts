/** Limits of a namespace where workflows meet them: with a caller who knows them, and in an object that its alarm has loaded. */
import { describe, expect, it } from 'vitest';
import type { NamespaceLimits } from '../../../src/objects/namespace/namespace-limits.ts';
import { defaultNamespace } from '../../../src/objects/namespace/namespace-record.ts';
import type { Command } from '../../../src/sdk/common/wire/commands.ts';
import { complete, scheduleActivity, startTimer } from '../support/deciders.ts';
import { type Decider, start, World } from '../support/world.ts';

function worldOf(decide: Decider, limits: NamespaceLimits) {
  const world = new World({
    decide,
    stubs: { namespaceSettings: async () => ({ ...defaultNamespace('id', 0), limits }) },
  });
  const object = world.object('w');
  Object.assign(object.at, { namespaceConfig: { retentionMs: 86_400_000, limits } });
  return { world, object };
}

const activities = (count: number) =>
  Array.from({ length: count }, (_, index) => scheduleActivity(`${index}`));

const startChild = (number: number): Command => ({
  commandType: 'StartChildWorkflowExecution',
  attributes: { workflowId: `child-${number}`, workflowType: { name: 'child' } },
});
const signalOther = (number: number): Command => ({
  commandType: 'SignalExternalWorkflowExecution',
  attributes: { execution: { workflowId: `other-${number}` }, signalName: 's' },
});
const cancelOther = (number: number): Command => ({
  commandType: 'RequestCancelExternalWorkflowExecution',
  attributes: { workflowId: `other-${number}` },
});

/** Updates begin, and go on. */
const acceptsUpdates: World['handle'] = async ({ updates }) => ({
  kind: 'completed',
  commands: updates.map(() => ({ commandType: 'ProtocolMessage', attributes: { messageId: 'a' } })),
  queries: [],
  updates: updates.map(({ updateId, request, sequencingEventId }) => ({
    kind: 'accepted',
    updateId,
    messageId: 'a',
    request,
    sequencingEventId,
  })),
});

describe('limits of a namespace', () => {
  it('LIM-3: pending activities beyond them fail the workflow task', async () => {
    const { world, object } = worldOf((history) => (history.length < 4 ? activities(3) : []), {
      pendingActivities: 2,
    });
    await start(object);
    await world.settle();
    const failed = (await object.history()).find(({ eventType }) => eventType === 'WorkflowTaskFailed');
    expect(failed?.attributes).toMatchObject({ cause: 'PENDING_ACTIVITIES_LIMIT_EXCEEDED' });
  });

  it('LIM-3: hold in an object that nobody has called since it was lost', async () => {
    const { world, object } = worldOf(
      (history) =>
        history.some(({ eventType }) => eventType === 'TimerFired')
          ? activities(3)
          : [startTimer('t', 60_000)],
      { pendingActivities: 2 },
    );
    await start(object);
    await world.settle();
    object.crash();
    await world.advance(61_000);
    expect(await object.eventTypes()).toContain('WorkflowTaskFailed');
    expect(await object.eventTypes()).not.toContain('ActivityTaskScheduled');
  });

  it.each([
    ['pendingChildren', 'PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED', 'child workflows', startChild],
    ['pendingExternalSignals', 'PENDING_SIGNALS_LIMIT_EXCEEDED', 'signals to other workflows', signalOther],
    [
      'pendingExternalCancels',
      'PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED',
      'requests to cancel other workflows',
      cancelOther,
    ],
  ] as const)(
    'LIM-3: %s beyond them fail the workflow task, which names the limit',
    async (limit, cause, what, command) => {
      const { world, object } = worldOf((history) => (history.length < 4 ? [1, 2, 3].map(command) : []), {
        [limit]: 2,
      });
      await start(object);
      await world.settle();
      const failed = (await object.history()).find(({ eventType }) => eventType === 'WorkflowTaskFailed');
      expect(failed?.attributes).toMatchObject({
        cause,
        failure: { message: `the limit of 2 pending ${what} is reached: await some before more are begun` },
      });
    },
  );

  it.each([
    [{ updatesInFlight: 2 }, 'RESOURCE_EXHAUSTED', 'in-flight updates has been reached (2)'],
    [{ updates: 2 }, 'FAILED_PRECONDITION', 'updates in this workflow has been reached (2)'],
  ])(
    'LIM-3: updates beyond %j are refused, and the refusal names the limit',
    async (limits, code, message) => {
      const { world, object } = worldOf(() => [], limits);
      world.handle = acceptsUpdates;
      await start(object);
      await world.settle();
      const update = (updateId: string) =>
        object.core.update(object.at, {
          request: { meta: { updateId }, input: { name: 'change' } },
          waitStage: 'ACCEPTED',
          waitMs: 10_000,
        });
      for (const updateId of ['one', 'two']) {
        const accepted = update(updateId);
        await world.settle();
        expect(await accepted).toMatchObject({ ok: true, value: { stage: 'ACCEPTED' } });
      }
      expect(await update('three')).toMatchObject({
        ok: false,
        error: { code, message: expect.stringContaining(message) as unknown },
      });
    },
  );

  it('LIM-1, LIM-3: what workflow code sends beyond their payload terminates the run, and says why', async () => {
    const data = new Uint8Array(1_500).fill(32);
    const { world, object } = worldOf(
      () => [
        {
          commandType: 'CompleteWorkflowExecution',
          attributes: { result: { payloads: [{ metadata: {}, data }] } },
        },
      ],
      { payloadBytes: 1_024 },
    );
    await start(object);
    await world.settle();
    const last = (await object.history()).at(-1);
    expect(last?.eventType).toBe('WorkflowExecutionTerminated');
    expect(JSON.stringify(last?.attributes)).toMatch(/exceeds size limit/);
  });

  it('LIM-3: history bytes beyond them end the run, and say why', async () => {
    let timers = 0;
    const { world, object } = worldOf(() => [startTimer(`${'t'.repeat(900)}-${++timers}`, 1_000)], {
      historyBytes: 65_536,
    });
    await start(object);
    await world.advance(300_000);
    const last = (await object.history()).at(-1);
    expect(last?.eventType).toBe('WorkflowExecutionTerminated');
    expect(JSON.stringify(last?.attributes)).toMatch(/history size/i);
  });

  it('LIM-3: a history beyond them ends the run, and says why', async () => {
    let timers = 0;
    const { world, object } = worldOf(() => [startTimer(`t-${++timers}`, 1_000)], { historyEvents: 100 });
    await start(object);
    await world.advance(300_000);
    const last = (await object.history()).at(-1);
    expect(last?.eventType).toBe('WorkflowExecutionTerminated');
    expect(JSON.stringify(last?.attributes)).toMatch(/history/i);
    expect(last?.eventId).toBeLessThan(120);
  });

  it('LIM-3: signals beyond them are refused; a limit that is raised lets them in', async () => {
    const { object } = worldOf(() => [], { signals: 1 });
    await start(object);
    const signal = () =>
      object.core.apply(object.at, { kind: 'Signal', signalName: 's', requestId: crypto.randomUUID() });
    expect(await signal()).toMatchObject({ ok: true });
    expect(await signal()).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
    Object.assign(object.at, { namespaceConfig: { retentionMs: 86_400_000, limits: { signals: 5 } } });
    expect(await signal()).toMatchObject({ ok: true });
  });

  it('that cannot be read leave those of the server', async () => {
    const world = new World({
      decide: (history) =>
        history.some(({ eventType }) => eventType === 'TimerFired') ? [complete] : [startTimer('t', 60_000)],
      stubs: { namespaceSettings: () => Promise.reject(new Error('down')) },
    });
    const object = world.object('w');
    await start(object);
    await world.settle();
    object.crash();
    await world.advance(61_000);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    expect(world.logs.map(({ message }) => message)).toContain('The limits of a namespace could not be read');
  });
});
