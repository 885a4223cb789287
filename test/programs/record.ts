/** `node record.ts FOLDER`: runs the programs on this library's own server and worker, and writes the history of each run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from 'perdure/client';
import { historyToJSON } from 'perdure/common/lib/proto-utils';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import * as activities from './activities.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node record.ts FOLDER');

interface Program {
  type: string;
  args?: unknown[];
  options?: object;
  during?(handle: WorkflowHandle): Promise<unknown>;
}

const PROGRAMS: readonly Program[] = [
  { type: 'chance' },
  { type: 'durations' },
  { type: 'patches' },
  { type: 'attributes' },
  { type: 'info', options: { memo: { a: [1] }, priority: { priorityKey: 3 }, workflowRunTimeout: '50s' } },
  { type: 'chain', args: [2] },
  { type: 'storage' },
  { type: 'scopes' },
  { type: 'order' },
  { type: 'activitiesUnderWay' },
  { type: 'children' },
  { type: 'cancelledRun', during: (handle) => handle.cancel() },
  { type: 'ofActivities' },
  { type: 'ofRetries' },
  { type: 'ofChildren' },
  { type: 'ofOthers' },
  { type: 'failing' },
  { type: 'failingTwice', options: { retry: { initialInterval: 10, maximumAttempts: 3 } } },
  { type: 'rounds' },
  {
    type: 'lateHandlers',
    async during(handle) {
      await handle.signal('unheardOf', 1);
      for (const text of ['a', 'b']) await handle.signal('note', text);
    },
  },
  {
    type: 'handlers',
    async during(handle) {
      const sent = ['x', 'fail', 'reject', 'y'].map((text) =>
        handle.executeUpdate('change', { args: [text] }),
      );
      await handle.signal('note', 'between');
      await Promise.allSettled([...sent, handle.executeUpdate('changeAtOnce', { args: ['z'] })]);
      await handle.executeUpdate('change', { args: ['end'] });
    },
  },
];

process.env.TZ = 'UTC';
Runtime.install({ logger: new DefaultLogger('ERROR') });
const env = await TestWorkflowEnvironment.createTimeSkipping();
const { workflow } = env.client;

async function record({ type, args = [], options = {}, during }: Program): Promise<void> {
  const workflowId = `program-${type}`;
  const handle = await workflow.start(type, { taskQueue: 'programs', workflowId, args, ...options });
  await during?.(handle);
  await handle.result().catch(() => undefined);
  let runId: string | undefined = handle.firstExecutionRunId;
  for (let run = 1; runId !== undefined; run++) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    const text = historyToJSON(history);
    writeFileSync(
      join(folder as string, `program-${type}-${run}.json`),
      `{"workflowId":"${workflowId}","history":${text}}`,
    );
    runId = /"newExecutionRunId":\s*"([0-9a-f-]{36})"/.exec(text)?.[1];
  }
}

const worker = await Worker.create({
  connection: env.nativeConnection,
  taskQueue: 'programs',
  workflowsPath: join(import.meta.dirname, 'workflows/index.ts'),
  activities,
});
await worker.runUntil(Promise.all(PROGRAMS.map(record)));
await env.teardown();
