/** The index apart from objects: what updates, erasures, alarms and changes of its shards do to listings. */
import { describe, expect, it } from 'vitest';
import { homeShard } from '../../../src/objects/visibility/visibility-shards.ts';
import { IndexWorld, NAMESPACE, payloadOf, updateOf } from './support.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const open = (number: number, more = {}) =>
  updateOf({ workflowId: `w-${number}`, runId: `r-${number}`, startTime: START + number * MINUTE, ...more });
const closed = (number: number, more = {}) =>
  open(number, { closeTime: START + number * MINUTE + 1000, version: 2, ...more });
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the index: updates', () => {
  it('VIS-9: open runs first, then by close time, the newest first', async () => {
    const world = await IndexWorld.open({ shards: 3 });
    await world.tell(closed(1), open(2), closed(3), open(4), closed(5));
    expect(await world.list()).toEqual(['r-4', 'r-2', 'r-5', 'r-3', 'r-1']);
  });

  it('an update that comes late or twice changes nothing', async () => {
    const world = await IndexWorld.open();
    await world.tell(closed(1), open(1), closed(1));
    expect(await world.list("ExecutionStatus = 'Completed'")).toEqual(['r-1']);
    expect(await world.count()).toBe(1);
  });

  it('what was erased does not come back with an update that was under way', async () => {
    const world = await IndexWorld.open({ shards: 2 });
    await world.tell(closed(1), closed(2));
    await world.index.erase(NAMESPACE, 'w-1', ['r-1']);
    await world.tell(closed(1, { version: 3 }));
    expect(await world.list()).toEqual(['r-2']);
    await world.runTo(world.now + 2 * 3_600_000);
    expect(await world.index.statistics(NAMESPACE)).toMatchObject([{ tombstones: 0 }, { tombstones: 0 }]);
  });

  it('a changed attribute is found by its new value and no more by its old', async () => {
    const world = await IndexWorld.open({ types: { Customer: 'KEYWORD', Tags: 'KEYWORD_LIST' } });
    await world.tell(open(1, { attributes: { Customer: payloadOf('a'), Tags: payloadOf(['x', 'y']) } }));
    await world.tell(
      open(1, { version: 2, attributes: { Customer: payloadOf('b'), Tags: payloadOf(['y']) } }),
    );
    expect(await world.list("Customer = 'a'")).toEqual([]);
    expect(await world.list("Customer = 'b'")).toEqual(['r-1']);
    expect(await world.list("Tags = 'x'")).toEqual([]);
    expect(await world.list("Tags = 'y'")).toEqual(['r-1']);
  });

  it('SA-2: values without a type of their own are taken as the namespace has registered them', async () => {
    const world = await IndexWorld.open({ types: { Due: 'DATETIME', Note: 'TEXT' } });
    const attributes = { Due: payloadOf(['2026-05-01T00:00:00Z']), Note: payloadOf('call back') };
    await world.tell(open(1, { attributes }));
    expect(await world.list("Due > '2026-04-30T00:00:00Z' AND Note = 'back'")).toEqual(['r-1']);
  });

  it('a value stored before its attribute was registered with another type is not compared with values of that', async () => {
    const world = await IndexWorld.open({ types: { Size: 'KEYWORD' } });
    await world.tell(open(1, { attributes: { Size: payloadOf('9') } }));
    world.record.customSearchAttributes = { Size: 'INT' };
    expect(await world.list('Size > 5')).toEqual([]);
    expect(await world.list('Size IS NULL')).toEqual(['r-1']);
  });

  it('VIS-10: rows of a division are hidden unless the filter names it', async () => {
    const world = await IndexWorld.open();
    await world.tell(
      open(1),
      open(2, { attributes: { TemporalNamespaceDivision: payloadOf('TemporalBatcher') } }),
    );
    expect(await world.list()).toEqual(['r-1']);
    expect(await world.count()).toBe(1);
    expect(await world.list("TemporalNamespaceDivision = 'TemporalBatcher'")).toEqual(['r-2']);
    expect(await world.list('TemporalNamespaceDivision IS NULL')).toEqual(['r-1']);
  });

  it('VIS-11: counts are grouped by status over all shards', async () => {
    const world = await IndexWorld.open({ shards: 3 });
    await world.tell(...numbers(1, 5).map((n) => open(n)), ...numbers(6, 9).map((n) => closed(n)));
    await world.tell(closed(10, { status: 'FAILED' }));
    const result = await world.index.count(NAMESPACE, 'GROUP BY ExecutionStatus');
    expect(result.ok && result.value.count).toBe(10);
    const groups = result.ok ? result.value.groups : [];
    expect(new Map(groups.map(({ value, count }) => [value, count]))).toEqual(
      new Map([
        ['Running', 5],
        ['Completed', 4],
        ['Failed', 1],
      ]),
    );
  });

  it('a memo of two megabytes is left out of the row, and pages of large rows stay small', async () => {
    const world = await IndexWorld.open();
    const bytes = (size: number) => ({ data: { data: new Uint8Array(size) } });
    await world.tell(open(0, { memo: bytes(1_900_000) }));
    await world.tell(...numbers(1, 9).map((n) => open(n, { memo: bytes(1_400_000) })));
    const page = await world.index.list(NAMESPACE, { query: '', pageSize: 10 });
    expect(page.ok && page.value.executions.length).toBeLessThan(8);
    expect(await world.list()).toHaveLength(10);
  });
});

describe('the index: pages while runs change', () => {
  it.each([1, 3])('each run that matches all along is listed exactly once (%i shards)', async (shards) => {
    const world = await IndexWorld.open({ shards });
    await world.tell(...numbers(1, 40).map((n) => (n % 2 === 0 ? open(n) : closed(n))));
    let turn = 0;
    const found = await world.list('', 3, async () => {
      world.now += 1;
      turn += 1;
      // Runs close on both sides of where the listing stands; new ones begin and end.
      const [low, high] = [turn * 2, 42 - turn * 2];
      for (const number of [low, high].filter((n) => n >= 2 && n <= 40))
        await world.tell(open(number, { version: 2, closeTime: START + 1000 * MINUTE + turn }));
      await world.tell(open(1000 + turn), closed(2000 + turn, { closeTime: START + 2000 * MINUTE + turn }));
    });
    const known = found.filter((runId) => Number(runId.slice(2)) <= 40);
    expect([...known].sort()).toEqual(
      numbers(1, 40)
        .map((n) => `r-${n}`)
        .sort(),
    );
    expect(new Set(found).size).toBe(found.length);
  });

  it('VIS-9: a token of another query, or none at all, is refused', async () => {
    const world = await IndexWorld.open();
    await world.tell(open(1), open(2));
    const first = await world.index.list(NAMESPACE, { query: '', pageSize: 1 });
    const nextPageToken = first.ok ? first.value.nextPageToken : undefined;
    expect(nextPageToken).toBeDefined();
    for (const token of [
      nextPageToken,
      new TextEncoder().encode('x'),
      new TextEncoder().encode('[1,2,[],[]]'),
    ]) {
      const other = await world.index.list(NAMESPACE, {
        query: "WorkflowType = 'x'",
        pageSize: 1,
        nextPageToken: token,
      });
      expect(other).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
    }
  });

  it('VIS-14: a page size of nothing or of too much is 1000', async () => {
    const world = await IndexWorld.open({ shards: 2 });
    await world.tell(...numbers(1, 1001).map((n) => open(n)));
    for (const pageSize of [0, -1, 1001]) {
      const page = await world.index.list(NAMESPACE, { query: '', pageSize });
      expect(page.ok && page.value.executions.length).toBe(1000);
    }
  });
});

describe('the index: runs that do not wake', () => {
  it('asks an object that is overdue by ten minutes, and takes its answer for the row', async () => {
    const world = await IndexWorld.open();
    const wakeAt = world.now + MINUTE;
    await world.tell(open(1, { wakeAt }));
    world.objects.set('w-1', [closed(1)]);
    await world.runTo(wakeAt + 599_000);
    expect(world.asked).toEqual([]);
    await world.runTo(wakeAt + 600_000);
    expect(world.asked).toEqual(['w-1']);
    expect(await world.list("ExecutionStatus = 'Completed'")).toEqual(['r-1']);
    await world.runTo(wakeAt + 86_400_000);
    expect(world.asked).toEqual(['w-1']);
  });

  it('goes on asking what cannot be reached, and forgets what its object has erased', async () => {
    const world = await IndexWorld.open();
    await world.tell(open(1, { wakeAt: world.now }));
    await world.runTo(world.now + 601_000);
    await world.runTo(world.now + 601_000);
    expect(world.asked).toEqual(['w-1', 'w-1']);
    expect(await world.list()).toEqual(['r-1']);
    world.objects.set('w-1', []);
    await world.runTo(world.now + 601_000);
    expect(await world.list()).toEqual([]);
  });

  it('a shard whose runs wait for nothing leaves no alarm, and its alarms come to an end', async () => {
    const world = await IndexWorld.open();
    await world.tell(open(1, { wakeAt: world.now + MINUTE }));
    world.objects.set('w-1', [open(1, { version: 2 })]);
    await world.runTo(world.now + 12 * MINUTE);
    expect(world.asked).toEqual(['w-1']);
    expect(world.shard(0).alarm).toBeUndefined();
    await world.index.erase(NAMESPACE, 'w-1', ['r-1']);
    await world.runTo(world.now + 7 * 24 * 60 * MINUTE);
    expect(world.shard(0).alarm).toBeUndefined();
  });

  it('refresh asks the objects of all its runs', async () => {
    const world = await IndexWorld.open({ shards: 2 });
    await world.tell(...numbers(1, 250).map((n) => open(n)));
    for (const number of numbers(1, 250))
      world.objects.set(`w-${number}`, number % 2 === 0 ? [closed(number)] : []);
    await world.index.refresh(NAMESPACE);
    await world.runTo(world.now + 10_000);
    expect(world.asked).toHaveLength(250);
    expect(await world.count("ExecutionStatus = 'Completed'")).toBe(125);
    expect(await world.count()).toBe(125);
  });
});

describe('the index: another number of shards', () => {
  it.each([
    [2, 5],
    [5, 2],
  ])('moves runs from %i to %i shards; all are found meanwhile and afterwards', async (before, shards) => {
    const world = await IndexWorld.open({ shards: before });
    await world.tell(...numbers(1, 300).map((n) => open(n)));
    world.record = { ...world.record, visibilityShards: shards, visibilityShardsBefore: before };
    await world.tell(closed(7), open(301));
    await world.index.erase(NAMESPACE, 'w-8', ['r-8']);
    const expected = numbers(1, 301).filter((n) => n !== 8);
    expect((await world.list('', 50)).toSorted()).toEqual(expected.map((n) => `r-${n}`).toSorted());
    await world.index.rehome(NAMESPACE);
    await world.tell(closed(9), open(10, { version: 2, attributes: { Step: payloadOf('two', 'Keyword') } }));
    expect((await world.list('', 50)).toSorted()).toEqual(expected.map((n) => `r-${n}`).toSorted());
    await world.runTo(world.now + 30_000);
    expect(await world.count()).toBe(300);
    expect(await world.list("ExecutionStatus = 'Completed'")).toEqual(['r-9', 'r-7']);
    const runs = (await world.index.statistics(NAMESPACE)).map(({ runs: count }) => count);
    const homes = expected.map((n) => homeShard(`w-${n}`, shards));
    expect(runs).toEqual(runs.map((_, shard) => homes.filter((home) => home === shard).length));
  });

  it.each([
    [8, 4],
    [4, 8],
  ])(
    'who has not heard of the change from %i to %i shards yet brings nothing out of place',
    async (before, shards) => {
      const world = await IndexWorld.open({ shards: before });
      await world.tell(...numbers(1, 200).map((n) => open(n)));
      const earlier = world.record;
      const changed = {
        ...earlier,
        visibilityShards: shards,
        visibilityShardsBefore: before,
        visibilityShardChanges: 1,
      };
      world.record = changed;
      await world.index.rehome(NAMESPACE);
      world.record = earlier;
      await world.tell(...numbers(1, 40).map((n) => closed(n)), open(201));
      world.record = changed;
      await world.runTo(world.now + 30_000);
      world.record = earlier;
      await world.tell(...numbers(41, 80).map((n) => closed(n)), open(202));
      world.record = { ...changed, visibilityShardsBefore: shards };
      expect(await world.count()).toBe(202);
      await world.index.erase(NAMESPACE, 'w-202', ['r-202']);
      world.record = earlier;
      await world.index.erase(NAMESPACE, 'w-201', ['r-201']);
      world.record = { ...changed, visibilityShardsBefore: shards };
      expect((await world.list()).toSorted()).toEqual(
        numbers(1, 200)
          .map((n) => `r-${n}`)
          .toSorted(),
      );
      expect(await world.count("ExecutionStatus = 'Completed'")).toBe(80);
    },
  );

  it('says how many of its shards still move runs', async () => {
    const world = await IndexWorld.open({ shards: 2 });
    await world.tell(...numbers(1, 300).map((n) => open(n)));
    const isMoving = async () => (await world.index.statistics(NAMESPACE)).map((shard) => shard.isMoving);
    expect(await isMoving()).toEqual([false, false]);
    world.record = {
      ...world.record,
      visibilityShards: 3,
      visibilityShardsBefore: 2,
      visibilityShardChanges: 1,
    };
    await world.index.rehome(NAMESPACE);
    expect(await isMoving()).toEqual([true, true, true]);
    await world.runTo(world.now + 30_000);
    expect(await isMoving()).toEqual([false, false, false]);
  });
});
