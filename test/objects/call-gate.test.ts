/** A workflow that more is sent to than it can take: what is refused, what passes all the same, and that it passes over. */
import { describe, expect, it } from 'vitest';
import type { Payloads } from '../../src/sdk/common/wire/messages.ts';
import { untilSignals } from './support/deciders.ts';
import { World, type WorldObject } from './support/world.ts';

const BUSY = {
  ok: false,
  error: {
    code: 'RESOURCE_EXHAUSTED',
    details: [{ cause: 'RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW' }],
  },
};

const bytes = (count: number): Payloads => ({ payloads: [{ data: new Uint8Array(count) }] });

async function waitingWorkflow(calls: { callsMax: number; bytesMax: number }, signals = 1) {
  const world = new World({ decide: untilSignals(signals), options: { calls } });
  const object = world.object('w');
  const request = { workflowType: 'w', taskQueue: 'default', requestId: 'r' };
  expect(await object.stub.start(object.at, request)).toMatchObject({ ok: true });
  return { world, object };
}

const signal = (object: WorldObject, signalName: string, input?: Payloads) =>
  object.apply({ kind: 'Signal', signalName, ...(input && { input }) });

describe('calls that wait in one object', () => {
  it('are so many at most; more are refused with the workflow and the limit, until some have their answer', async () => {
    const { world, object } = await waitingWorkflow({ callsMax: 2, bytesMax: 1_000 });
    const wait = () => object.stub.result(object.at, { followRuns: true, waitMs: 5_000 });
    const waiting = [wait(), wait()];
    await world.settle();
    expect(await wait()).toMatchObject(BUSY);
    expect(await object.stub.describe(object.at)).toMatchObject({
      ...BUSY,
      error: {
        ...BUSY.error,
        message: 'workflow w is busy: 2 calls wait for it, which is the limit; try again later',
      },
    });
    expect(await signal(object, 'one')).toMatchObject(BUSY);
    await world.advance(5_000);
    expect(await Promise.all(waiting)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await signal(object, 'one')).toMatchObject({ ok: true });
    expect(await wait()).toMatchObject({ ok: true, value: { status: 'COMPLETED' } });
  });

  it('bring so many bytes at most; what is refused is not recorded', async () => {
    const { world, object } = await waitingWorkflow({ callsMax: 100, bytesMax: 1_000 }, 3);
    const sent = ['a', 'b', 'c'].map((name) => signal(object, name, bytes(600)));
    await world.settle();
    expect(await Promise.all(sent)).toMatchObject([{ ok: true }, BUSY, BUSY]);
    expect(await sent[1]).toMatchObject({ error: { message: expect.stringContaining('limit of 1000') } });
    expect((await object.eventTypes()).filter((type) => type === 'WorkflowExecutionSignaled')).toHaveLength(
      1,
    );
    expect(await signal(object, 'b', bytes(600))).toMatchObject({ ok: true });
  });

  it('may be larger than that alone: a payload has its own limit', async () => {
    const { object } = await waitingWorkflow({ callsMax: 100, bytesMax: 1_000 });
    expect(await signal(object, 'a', bytes(5_000))).toMatchObject({ ok: true });
  });

  it('do not keep it from being ended', async () => {
    const { world, object } = await waitingWorkflow({ callsMax: 1, bytesMax: 1_000 });
    const waiting = object.stub.result(object.at, { followRuns: true, waitMs: 5_000 });
    await world.settle();
    expect(await object.apply({ kind: 'RequestCancel' })).toMatchObject({ ok: true });
    expect(await object.apply({ kind: 'Terminate', reason: 'a flood' })).toMatchObject({ ok: true });
    expect(await waiting).toMatchObject({ ok: true, value: { status: 'TERMINATED' } });
  });
});
