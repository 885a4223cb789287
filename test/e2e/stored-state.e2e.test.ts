/**
 * What earlier releases have written: each `test/fixtures/state-*` is opened by this one. Open runs go on by themselves, closed
 * ones answer as they did. State of a later release is refused and left as it is.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, Server } from '../../scripts/lib/server.ts';
import { FixtureApi, type Json } from '../fixtures/support/api.ts';
import { ARCHIVE, closedRuns } from '../fixtures/support/runs.ts';

const fixtures = resolve(import.meta.dirname, '../fixtures');
const releases = readdirSync(fixtures)
  .filter((name) => name.startsWith('state-'))
  .map((name) => name.slice('state-'.length));

interface Answers {
  [workflowId: string]: { result: Json; info: Json; history: Json[] };
}

function unpack(release: string, to: string): void {
  const from = join(fixtures, `state-${release}`, 'do');
  for (const file of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.gz')) continue;
    const path = join(to, 'v3/do', file.slice(0, -'.gz'.length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, gunzipSync(readFileSync(join(from, file))));
  }
}

function answersOf(release: string): Answers {
  return JSON.parse(gunzipSync(readFileSync(join(fixtures, `state-${release}/answers.json.gz`))).toString());
}

describe.each(releases)('state written by release %s', (release) => {
  const answers = answersOf(release);
  let folder: string;
  let server: Server;
  let api: FixtureApi;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'perdure-stored-'));
    server = new Server({ port: await freePort(), folder });
    unpack(release, server.stateFolder);
    await server.start();
    api = new FixtureApi(server.url);
  }, 120_000);

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const outcome = async (workflowId: string, namespace?: string) => {
    const { status, result, failure } = await api.result(workflowId, namespace);
    return { status, value: (result as unknown[] | undefined)?.[0], failure };
  };
  const COMPLETED = 'WORKFLOW_EXECUTION_STATUS_COMPLETED';

  test.each(closedRuns)('%s answers as it did: result, description, history', async (workflowId) => {
    const { result, info, history } = answers[workflowId] ?? {};
    expect(await api.result(workflowId)).toEqual(result);
    // A count that 0.1.0 did not give; later releases find it in the history.
    const stateTransitionCount = expect.stringMatching(/^[1-9]\d*$/);
    expect((await api.describe(workflowId)).workflowExecutionInfo).toEqual({ ...info, stateTransitionCount });
    expect(await api.history(workflowId, String(result?.runId))).toEqual(history);
  });

  test('a closed run answers queries, by replaying what was stored', async () => {
    expect(await api.query('order-completed', 'getStatus')).toBe('completed');
    expect(await api.query('order-cancelled', 'getStatus')).toBe('cancelled');
    expect(await api.query('approval-approved', 'getStatus')).toBe('approved');
    expect(await api.query('cart-checked-out', 'getCart')).toEqual([{ sku: 'tea', quantity: 2 }]);
  });

  test('every run of a chain is there', async () => {
    const info = answers['cart-checked-out']?.info as { firstRunId: string };
    const history = await api.history('cart-checked-out', info.firstRunId);
    expect(history.at(-1)?.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
  });

  test('an activity that was running is tried again, and its run completes', async () => {
    const { status, value } = await outcome('order-paying');
    expect({ status, value }).toMatchObject({ status: COMPLETED, value: { status: 'completed' } });
    const started = (await historyOf('order-paying')).filter(
      ({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_STARTED',
    );
    const attempts = started.map((event) =>
      Number((event.activityTaskStartedEventAttributes as Json).attempt),
    );
    expect(Math.max(...attempts)).toBeGreaterThan(1); // The second, or a later one: a busy machine may lose that too.
  });

  test('an activity that waited for its next attempt gets it', async () => {
    expect(await outcome('order-retrying')).toMatchObject({
      status: COMPLETED,
      value: { status: 'completed' },
    });
  });

  test('an activity with one attempt that was running has timed out, and what was done is undone', async () => {
    const { status, failure } = await outcome('saga-shipping');
    expect(status).toBe('WORKFLOW_EXECUTION_STATUS_FAILED');
    expect(failure).toMatchObject({ cause: { timeoutFailureInfo: {} } });
    const undone = (await historyOf('saga-shipping')).filter(
      ({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_COMPLETED',
    );
    expect(undone).toHaveLength(5); // reserve, charge; cancelShipment, refund, release
  });

  test('a heartbeat is given to the next attempt, which goes on from there', async () => {
    const { status, value } = await outcome('notify-in-the-middle');
    expect(status).toBe(COMPLETED);
    expect((value as { resumedAt: number }).resumedAt).toBeGreaterThan(0);
  });

  test('timers that are overdue fire', async () => {
    expect(await outcome('approval-overdue')).toMatchObject({ value: { status: 'auto_rejected' } });
  });

  test('a timer that is not due stands, and a signal is taken', async () => {
    const types = (await historyOf('approval-waiting')).map(({ eventType }) => eventType);
    expect(types).toContain('EVENT_TYPE_TIMER_STARTED');
    expect(types).not.toContain('EVENT_TYPE_TIMER_FIRED');
    await api.signal('approval-waiting', 'approve', [true]);
    expect(await outcome('approval-waiting')).toMatchObject({ value: { status: 'approved' } });
  });

  test('an entity workflow has its state, over its runs', async () => {
    const items = [
      { sku: 'tea', quantity: 3 },
      { sku: 'rice', quantity: 1 },
    ];
    expect(await api.query('cart-filled', 'getCart')).toEqual(items);
    await api.signal('cart-filled', 'checkout', []);
    expect(await outcome('cart-filled')).toMatchObject({ value: { status: 'checked_out', items } });
  });

  test('a namespace has its search attributes, and a run in it its values', async () => {
    const { workflowExecutionInfo } = await api.describe('approval-archived', ARCHIVE);
    expect(workflowExecutionInfo).toMatchObject({
      searchAttributes: { indexedFields: { CustomerId: 'ann' } },
      memo: { fields: { note: 'kept' } },
    });
    const attributes = await api.request(`namespaces/${ARCHIVE}/search-attributes`);
    expect(JSON.stringify(attributes)).toContain('CustomerId');
    await api.signal('approval-archived', 'approve', [false], ARCHIVE);
    expect(await outcome('approval-archived', ARCHIVE)).toMatchObject({ value: { status: 'rejected' } });
  });

  test('a run whose workflow type is not there is still stuck, open, and can be terminated', async () => {
    const { pendingWorkflowTask, workflowExecutionInfo } = await api.describe('stuck');
    expect(workflowExecutionInfo).toMatchObject({ status: 'WORKFLOW_EXECUTION_STATUS_RUNNING' });
    expect(Number((pendingWorkflowTask as Json).attempt)).toBeGreaterThan(1);
    await api.request('namespaces/default/workflows/stuck/terminate', { reason: 'never written' });
    expect((await api.result('stuck')).status).toBe('WORKFLOW_EXECUTION_STATUS_TERMINATED');
  });

  test('an index that came later has every run of it, as the objects had recorded for one', async () => {
    const folderOfClass = join(fixtures, `state-${release}/do/perdure-WorkflowExecution`);
    const objectIds = readdirSync(folderOfClass)
      .map((file) => file.slice(0, file.indexOf('.')))
      .filter((name) => name !== 'metadata');
    const { objectCount } = await api.request('namespaces/default/visibility/rebuild', { objectIds });
    expect(objectCount).toBe(objectIds.length);
    const listed = await untilListed(closedRuns);
    for (const workflowId of closedRuns) {
      const { execution, type, status, startTime, closeTime, historyLength } =
        answers[workflowId]?.info ?? {};
      const { runId } = execution as Json;
      const row = listed.find((candidate) => (candidate.execution as Json).runId === runId);
      expect(row, workflowId).toMatchObject({ type, status, startTime, closeTime, historyLength });
    }
  });

  async function untilListed(workflowIds: readonly string[]): Promise<Json[]> {
    for (;;) {
      const answer = await api.request('namespaces/default/workflows?pageSize=1000');
      const executions = (answer.executions ?? []) as Json[];
      const found = new Set(executions.map(({ execution }) => (execution as Json).workflowId));
      if (workflowIds.every((workflowId) => found.has(workflowId))) return executions;
      await delay(100);
    }
  }

  async function historyOf(workflowId: string): Promise<Json[]> {
    const { runId } = await api.result(workflowId, 'default', '0s');
    return api.history(workflowId, String(runId));
  }
});

describe('state written by a later release', () => {
  test('is refused with what to do, in every call, and stays as it is; other workflows go on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perdure-later-'));
    const server = new Server({ port: await freePort(), folder });
    unpack(releases.at(-1) ?? '', server.stateFolder);
    const path = databaseOf(server.stateFolder, 'approval-waiting');
    const later = new DatabaseSync(path);
    later.exec('UPDATE meta SET schema_version = 1000');
    later.close();
    const before = contents(path);
    try {
      await server.start();
      const api = new FixtureApi(server.url);
      const refusal = /503.*schema version 1000.*deploy the release that wrote it/;
      await expect(api.describe('approval-waiting')).rejects.toThrow(refusal);
      await expect(api.signal('approval-waiting', 'approve', [true])).rejects.toThrow(refusal);
      await expect(api.start('approval-waiting', 'approval', { subject: 'again' })).rejects.toThrow(refusal);
      expect(await api.query('order-completed', 'getStatus')).toBe('completed');
    } finally {
      await server.stop();
    }
    expect(contents(path)).toEqual(before);
    rmSync(folder, { recursive: true });
  }, 120_000);
});

function databaseOf(stateFolder: string, workflowId: string): string {
  const folder = join(stateFolder, 'v3/do/perdure-WorkflowExecution');
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.sqlite') || file === 'metadata.sqlite') continue;
    const path = join(folder, file);
    const database = new DatabaseSync(path, { readOnly: true });
    const row = database.prepare('SELECT workflow_id FROM meta').get();
    database.close();
    if (row?.workflow_id === workflowId) return path;
  }
  throw new Error(`no database of ${workflowId}`);
}

/** Every row of the object's own tables. */
function contents(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = ['meta', 'runs', 'batches', 'payloads', 'state'];
  const rows = tables.map((table) => database.prepare(`SELECT * FROM ${table}`).all());
  database.close();
  return rows;
}
