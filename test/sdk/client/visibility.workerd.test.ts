/** Lists, counts and deletions over real objects: runs, the index and its shards. */
import { describe, expect, test } from 'vitest';
import { eventually, listed, showsDeletion, showsListing } from './visibility.ts';
import { direct, fetchWorker, options, overHttp } from './worker/clients.ts';
import { tally } from './worker/workflows.ts';

describe.each([
  ['over HTTP', overHttp],
  ['straight to the objects', direct],
])('visibility, %s', (way, client) => {
  test('VIS-2, VIS-9, VIS-11: workflows are listed, counted and fetched by what they are', () =>
    showsListing(client, `list-${way.length}`));

  test('END-5: a deleted workflow is gone, its row with it', () =>
    showsDeletion(client, `deleted-${way.length}`));
});

const admin = async (method: string, path: string, body?: object) => {
  const init = { method, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetchWorker(`http://localhost/cluster/namespaces/default/visibility${path}`, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('the care of the index', () => {
  test('the number of shards changes while runs are listed, and a rebuild asks their objects', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `shard-${index}`);
    for (const workflowId of ids) await direct.workflow.start(tally, { ...options('tally'), workflowId });
    const ours = "WorkflowId STARTS_WITH 'shard-'";
    await eventually(
      () => listed(direct, ours),
      (found) => found.length === 20,
    );
    expect((await admin('POST', '/shards', { shardCount: 7 })).status).toBe(200);
    expect(new Set(await listed(direct, ours, 3))).toEqual(new Set(ids));
    const shards = async () =>
      (await admin('GET', '')).body.shards as { runCount?: string; moving?: boolean }[];
    // They move when every isolate has heard of the change.
    await eventually(shards, (all) => !all.some(({ moving }) => moving), 2_000);
    await eventually(shards, (all) => all.filter(({ runCount }) => Number(runCount ?? 0) > 0).length > 4);
    expect(new Set(await listed(direct, ours, 3))).toEqual(new Set(ids));
    expect(await admin('POST', '/rebuild', { workflowIds: ['shard-1', 'nobody'] })).toEqual({
      status: 200,
      body: { objectCount: 1 },
    });
    expect((await admin('POST', '/rebuild', {})).status).toBe(200);
    expect((await admin('POST', '/shards', { shardCount: 65 })).status).toBe(400);
    expect((await admin('POST', '/rebuild', { objectIds: ['xyz'] })).status).toBe(400);
    expect(new Set(await listed(direct, ours))).toEqual(new Set(ids));
  });
});
