/** What stands in divisions, apart from workflows: batch jobs, and activities without a workflow. */
import { describe, expect, it } from 'vitest';
import { openVisibilityTables } from '../../../src/objects/visibility/visibility-schema.ts';
import {
  STANDALONE_ACTIVITY_DIVISION,
  standaloneExecutionId,
} from '../../../src/sdk/common/standalone-activity.ts';
import { loadSqlite } from '../../../src/sdk/testing/server/sqlite-database.ts';
import { SqliteStorage } from '../../../src/sdk/testing/server/sqlite-storage.ts';
import { IndexWorld, NAMESPACE, payloadOf, updateOf } from './support.ts';

const START = Date.UTC(2026, 0, 1);
const workflow = (number: number, more = {}) =>
  updateOf({ workflowId: `w-${number}`, runId: `r-${number}`, startTime: START + number, ...more });
const inDivision = (division: string) => ({
  attributes: { TemporalNamespaceDivision: payloadOf(division) },
});
const activity = (number: number, more = {}) =>
  updateOf({
    workflowId: standaloneExecutionId(`a-${number}`),
    runId: `x-${number}`,
    startTime: START + number,
    ...inDivision(STANDALONE_ACTIVITY_DIVISION),
    ...more,
  });

const listed = async (world: IndexWorld, query: string, pageSize = 100): Promise<string[]> => {
  const found: string[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const division = STANDALONE_ACTIVITY_DIVISION;
    const request = { query, pageSize, division, ...(nextPageToken && { nextPageToken }) };
    const page = await world.index.list(NAMESPACE, request);
    if (!page.ok) throw new Error(page.error.message);
    found.push(...page.value.executions.map(({ execution }) => execution.runId ?? ''));
    nextPageToken = page.value.nextPageToken;
  } while (nextPageToken !== undefined);
  return found;
};

describe('the index: a shard of an earlier release', () => {
  it('lists in order of divisions once it is opened', async () => {
    const storage = new SqliteStorage(await loadSqlite());
    openVisibilityTables(storage);
    storage.exec('DROP INDEX runs_by_order');
    storage.exec('CREATE INDEX runs_by_order ON runs (sort_close, sort_start, run_id)');
    storage.exec("UPDATE meta SET value = '1' WHERE name = 'schema'");
    openVisibilityTables(storage);
    const [index] = storage.exec<{ sql: string }>(
      "SELECT sql FROM sqlite_master WHERE name = 'runs_by_order'",
    );
    expect(index?.sql).toContain('division, sort_close');
    expect(() => openVisibilityTables(storage)).not.toThrow();
  });
});

describe('the index: divisions', () => {
  it('SAA-9: activities are listed apart from workflows, in the same order, page by page', async () => {
    const world = await IndexWorld.open({ shards: 3 });
    for (let number = 1; number <= 9; number++) await world.tell(workflow(number), activity(number));
    await world.tell(activity(4, { closeTime: START + 5000, version: 2 }));
    expect(await world.list()).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1].map((number) => `r-${number}`));
    const activities = [9, 8, 7, 6, 5, 3, 2, 1, 4].map((number) => `x-${number}`);
    expect(await listed(world, '')).toEqual(activities);
    expect(await listed(world, '', 2)).toEqual(activities);
    expect(await world.count()).toBe(9);
    expect(await world.index.count(NAMESPACE, '', STANDALONE_ACTIVITY_DIVISION)).toMatchObject({
      value: { count: 9 },
    });
  });

  it('SAA-9: the names of activities are for their lists only', async () => {
    const world = await IndexWorld.open();
    await world.tell(workflow(1), activity(1), activity(2));
    expect(await listed(world, "ActivityId = 'a-2'")).toEqual(['x-2']);
    expect(await listed(world, "ActivityId IN ('a-1', 'nobody')")).toEqual(['x-1']);
    expect(await listed(world, "ActivityId STARTS_WITH 'a-' AND ActivityType IS NOT NULL")).toHaveLength(2);
    const page = await world.index.list(NAMESPACE, { query: "ActivityId = 'a-1'", pageSize: 1 });
    expect(page).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
  });

  it('a token goes on with its own listing only', async () => {
    const world = await IndexWorld.open();
    for (let number = 1; number <= 3; number++) await world.tell(workflow(number), activity(number));
    const page = await world.index.list(NAMESPACE, { query: '', pageSize: 1 });
    const nextPageToken = page.ok ? page.value.nextPageToken : undefined;
    expect(nextPageToken).toBeDefined();
    const other = { query: '', pageSize: 1, nextPageToken, division: STANDALONE_ACTIVITY_DIVISION };
    expect(await world.index.list(NAMESPACE, other)).toMatchObject({
      error: { code: 'INVALID_ARGUMENT' },
    });
  });

  it('open runs are counted in whatever division they stand', async () => {
    const world = await IndexWorld.open();
    const closed = { closeTime: START + 5000, version: 2 };
    await world.tell(workflow(1), workflow(2), activity(1), activity(2, closed));
    await world.tell(workflow(3, inDivision('Own')), workflow(4, { ...inDivision('Own'), ...closed }));
    expect(await world.index.statistics(NAMESPACE)).toMatchObject([{ runs: 6, open: 4 }]);
  });
});
