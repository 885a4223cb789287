/** What workflow objects tell the index: when, how often, at what cost, and what becomes of it when objects are lost. */
import { describe, expect, it } from 'vitest';
import type { VisibilityUpdate, VisibilityWriter } from '../../../src/objects/visibility/visibility-api.ts';
import { complete, inSequence, scheduleActivity, startTimer, untilSignals } from '../support/deciders.ts';
import { type Decider, start, World } from '../support/world.ts';

/** An index that keeps the newest version of each run, as the real one does. */
class Told implements VisibilityWriter {
  readonly rows = new Map<string, VisibilityUpdate>();
  readonly erased: string[] = [];
  calls = 0;
  isDown = false;
  beforeAnswer: () => void = () => {};

  async update(_namespace: string, _workflowId: string, updates: readonly VisibilityUpdate[]): Promise<void> {
    this.calls += 1;
    if (this.isDown) throw new Error('The index is down.');
    for (const update of updates) {
      const runId = update.info.execution.runId ?? '';
      if ((this.rows.get(runId)?.version ?? 0) < update.version) this.rows.set(runId, update);
    }
    this.beforeAnswer();
  }

  async erase(_namespace: string, _workflowId: string, runIds: readonly string[]): Promise<void> {
    if (this.isDown) throw new Error('The index is down.');
    for (const runId of runIds) {
      this.rows.delete(runId);
      this.erased.push(runId);
    }
  }

  get statuses() {
    return [...this.rows.values()].map(({ info }) => info.status);
  }
}

const steps = (count: number): Decider =>
  inSequence(Array.from({ length: count }, () => (index) => scheduleActivity(`step-${index}`)));
const worldOf = (decide: Decider) => {
  const index = new Told();
  return { index, world: new World({ decide, visibility: index }) };
};

describe('the index is told', () => {
  it('VIS-12: of a start, a moment later', async () => {
    const { index, world } = worldOf(untilSignals(1));
    await start(world.object('w'));
    await world.settle();
    expect(index.calls).toBe(0);
    await world.advance(1_000);
    expect(index.statuses).toEqual(['RUNNING']);
  });

  it('of a run that ends at once only of its end', async () => {
    const { index, world } = worldOf(() => [complete]);
    await start(world.object('w'));
    await world.advance(1_000);
    expect(index).toMatchObject({ calls: 1, statuses: ['COMPLETED'] });
  });

  it('of each run of a chain', async () => {
    let runs = 0;
    const { index, world } = worldOf(() =>
      ++runs < 4 ? [{ commandType: 'ContinueAsNewWorkflowExecution', attributes: {} }] : [complete],
    );
    await start(world.object('w'));
    await world.advance(5_000);
    expect([...index.statuses].sort()).toEqual(['COMPLETED', ...Array(3).fill('CONTINUED_AS_NEW')]);
  });

  it('of attributes and memo that change, with the time of the next wake', async () => {
    const upsert = {
      commandType: 'UpsertWorkflowSearchAttributes' as const,
      attributes: { searchAttributes: { indexedFields: { A: { data: new TextEncoder().encode('"x"') } } } },
    };
    const { index, world } = worldOf(inSequence([() => startTimer('t', 3_600_000)]));
    world.decide = (history) =>
      history.some(({ eventType }) => eventType === 'WorkflowExecutionSignaled')
        ? [upsert]
        : history.some(({ eventType }) => eventType === 'TimerStarted')
          ? []
          : [startTimer('t', 3_600_000)];
    const begin = world.now;
    await start(world.object('w'));
    await world.advance(1_000);
    expect([...index.rows.values()][0]?.wakeAt).toBe(begin + 3_600_000);
    await world.object('w').apply({ kind: 'Signal', signalName: 's' });
    await world.advance(1_000);
    expect([...index.rows.values()][0]?.info.searchAttributes?.indexedFields).toHaveProperty('A');
  });
});

describe('the index is told, whatever is lost', () => {
  it('an object lost before it could tell does so by its alarm', async () => {
    const { index, world } = worldOf(untilSignals(1));
    const object = world.object('w');
    await start(object);
    object.crash();
    await world.advance(60_000);
    expect(index.statuses).toEqual(['RUNNING']);
  });

  it('an object lost before the answer came tells again, and once is enough afterwards', async () => {
    const { index, world } = worldOf(untilSignals(1));
    const object = world.object('w');
    index.beforeAnswer = () => object.crash();
    await start(object);
    await world.advance(1_000);
    index.beforeAnswer = () => {};
    await world.advance(120_000);
    expect(index).toMatchObject({ calls: 2, statuses: ['RUNNING'] });
    object.crash();
    await object.history();
    await world.advance(120_000);
    expect(index.calls).toBe(2);
  });

  it('an index that is down is told when it is back, less and less often asked', async () => {
    const { index, world } = worldOf(() => [complete]);
    index.isDown = true;
    await start(world.object('w'));
    await world.advance(3_600_000);
    expect(index.calls).toBeLessThan(20);
    index.isDown = false;
    await world.advance(700_000);
    expect(index.statuses).toEqual(['COMPLETED']);
  });

  it('runs of an earlier release, which told nobody, are told of when their object is next loaded', async () => {
    let runs = 0;
    const world = new World({
      decide: () => (++runs < 130 ? [{ commandType: 'ContinueAsNewWorkflowExecution', attributes: {} }] : []),
    });
    const object = world.object('w');
    await start(object);
    await world.advance(600_000);
    expect(runs).toBe(130);
    const index = new Told();
    Object.assign(world, { visibility: index });
    object.crash();
    await object.history();
    await world.advance(60_000);
    expect(index.rows.size).toBe(130);
    expect(index.statuses.filter((status) => status === 'RUNNING')).toHaveLength(1);
  });
});

describe('telling the index costs', () => {
  const costOf = async (count: number, isIndexed: boolean) => {
    const index = new Told();
    const world = new World({ decide: steps(count), ...(isIndexed && { visibility: index }) });
    const object = world.object('w');
    await start(object);
    await world.advance(10_000);
    expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionCompleted');
    return { rows: object.rowsWritten, commits: object.storage.commits };
  };

  it('no row and no commit a step, and at most three rows and one commit a run', async () => {
    const [plainOne, plainTen] = [await costOf(1, false), await costOf(10, false)];
    const [one, ten] = [await costOf(1, true), await costOf(10, true)];
    expect(ten.rows - one.rows).toBe(plainTen.rows - plainOne.rows);
    expect(ten.commits - one.commits).toBe(plainTen.commits - plainOne.commits);
    expect(ten.rows - plainTen.rows).toBeLessThanOrEqual(3);
    expect(ten.commits - plainTen.commits).toBeLessThanOrEqual(1);
  });

  it('one call for a run of many steps while it runs', async () => {
    const { index, world } = worldOf(steps(5));
    world.activity = async () => {
      await new Promise<void>((resolve) => void world.after(1_000, resolve));
      return { kind: 'completed', result: { payloads: [] } };
    };
    await start(world.object('w'));
    await world.advance(4_500);
    expect(index.calls).toBe(1);
    await world.advance(10_000);
    expect(index).toMatchObject({ calls: 2, statuses: ['COMPLETED'] });
  });
});

describe('what is erased', () => {
  it('VIS-13: is forgotten by the index first, and the object is empty', async () => {
    const { index, world } = worldOf(() => [complete]);
    const object = world.object('w');
    await start(object);
    await world.advance(1_000);
    const [runId] = [...index.rows.keys()];
    index.isDown = true;
    await world.advance(73 * 3_600_000);
    expect((await object.core.describe(object.at)).ok).toBe(true);
    index.isDown = false;
    await world.advance(3_600_000);
    expect(index.erased).toContain(runId);
    expect(await object.core.describe(object.at)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(object.storage.exec("SELECT name FROM sqlite_master WHERE type = 'table'")).toEqual([]);
    expect(object.alarmAt).toBeNull();
  });

  it('END-5: a deleted run is terminated, forgotten and gone, and its ID is free', async () => {
    const { index, world } = worldOf(untilSignals(1));
    const object = world.object('w');
    await start(object);
    await world.advance(1_000);
    expect(await object.core.delete(object.at)).toEqual({ ok: true, value: undefined });
    await world.advance(5_000);
    expect(index.rows.size).toBe(0);
    expect(object.storage.exec("SELECT name FROM sqlite_master WHERE type = 'table'")).toEqual([]);
    expect(await object.core.delete(object.at)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    await start(object);
    await world.advance(1_000);
    expect(index.statuses).toEqual(['RUNNING']);
  });

  it('END-5: a delete and an alarm that erase the same run spare one that begins between them', async () => {
    const { index, world } = worldOf(untilSignals(1));
    const object = world.object('w');
    await start(object);
    await world.advance(1_000);
    const held: (() => void)[] = [];
    const erase = index.erase.bind(index);
    index.erase = async (...args) => {
      await new Promise<void>((resolve) => held.push(resolve));
      await erase(...args);
    };
    const deleting = object.core.delete(object.at);
    await world.settle();
    const ringing = object.core.alarm();
    await world.settle();
    expect(held).toHaveLength(2);
    held[0]?.();
    expect(await deleting).toMatchObject({ ok: true });
    await start(object);
    await world.settle();
    held[1]?.();
    await ringing;
    expect(await object.core.describe(object.at)).toMatchObject({
      ok: true,
      value: { workflowExecutionInfo: { status: 'RUNNING' } },
    });
    index.erase = erase;
    await world.advance(1_000);
    expect(index.statuses).toEqual(['RUNNING']);
  });

  it('a deleted child tells its parent before it is gone', async () => {
    const childStart = {
      commandType: 'StartChildWorkflowExecution' as const,
      attributes: { workflowId: 'child', workflowType: { name: 'child' }, taskQueue: { name: 'default' } },
    };
    const { index, world } = worldOf((history, { workflowId }) => {
      if (workflowId === 'child' || history.some(({ eventType }) => eventType.startsWith('StartChild')))
        return [];
      return [childStart];
    });
    await start(world.object('parent'));
    await world.advance(1_000);
    expect((await world.object('child').core.delete(world.object('child').at)).ok).toBe(true);
    await world.advance(10_000);
    expect(await world.object('parent').eventTypes()).toContain('ChildWorkflowExecutionTerminated');
    expect(world.object('child').storage.exec("SELECT name FROM sqlite_master WHERE type = 'table'")).toEqual(
      [],
    );
    expect(index.rows.size).toBe(1);
  });

  it('an earlier run of an open workflow is deleted alone', async () => {
    let runs = 0;
    const { index, world } = worldOf(() =>
      ++runs === 1 ? [{ commandType: 'ContinueAsNewWorkflowExecution', attributes: {} }] : [],
    );
    const object = world.object('w');
    await start(object);
    await world.advance(1_000);
    const first =
      [...index.rows.values()].find(({ info }) => info.closeTime !== undefined)?.info.execution.runId ?? '';
    await object.core.delete(object.at, first);
    await world.advance(5_000);
    expect(index.statuses).toEqual(['RUNNING']);
    expect(await object.core.describe(object.at, first)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect((await object.core.describe(object.at)).ok).toBe(true);
  });
});
