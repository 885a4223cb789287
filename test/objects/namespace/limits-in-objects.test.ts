/** Limits of a namespace where workflows meet them: with a caller who knows them, and in an object that its alarm has loaded. */
import { describe, expect, it } from 'vitest';
import type { NamespaceLimits } from '../../../src/objects/namespace/namespace-limits.ts';
import { defaultNamespace } from '../../../src/objects/namespace/namespace-record.ts';
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
