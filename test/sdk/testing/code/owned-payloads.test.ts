/** A codec with a key for each owner: what is encoded for one is decoded for the same, wherever it goes (CONV-7). */
import { join } from 'node:path';
import { Context, heartbeat } from 'perdure/activity';
import { Client } from 'perdure/client';
import { ApplicationFailure, type PayloadCodec, type SerializationContext } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, type LogEntry, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as workflows from './owned-workflows.ts';

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const utf8 = new TextEncoder();
const logged: LogEntry[] = [];

function ownerOf(context: SerializationContext | undefined): string {
  if (context === undefined) throw new Error('nobody is said to own these payloads');
  if (context.type === 'workflow') return `workflow ${context.workflowId}`;
  return `${context.isLocal ? 'local ' : ''}activity ${context.activityId} of ${context.workflowId}`;
}

const owned: PayloadCodec = {
  encode: async (payloads, context) =>
    payloads.map((payload) => ({
      ...payload,
      metadata: { ...payload.metadata, owner: utf8.encode(ownerOf(context)) },
    })),
  decode: async (payloads, context) =>
    payloads.map(({ data, metadata: all }) => {
      const { owner, ...metadata } = all ?? {};
      const encodedFor = new TextDecoder().decode(owner);
      if (encodedFor !== ownerOf(context))
        throw new Error(
          `of ${encodedFor}, not of ${ownerOf(context)}: ${new TextDecoder().decode(data ?? undefined)}`,
        );
      return { metadata, ...(data && { data }) };
    }),
};

const dataConverter = { payloadCodecs: [owned] };
const activities = {
  echo: async (value: unknown) => value,
  fail: (text: string) => Promise.reject(ApplicationFailure.create({ message: text, details: [text] })),
  misses: async () => {
    heartbeat('alive');
    await Context.current().cancelled;
  },
};
let env: TestWorkflowEnvironment;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('WARN', (entry) => logged.push(entry)) });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

describe.each([
  ['cached', 1000],
  ['replayed for each task', 0],
])('payloads of owners, %s', (title, maxCachedWorkflows) => {
  it('CONV-7: are decoded for whom they were encoded', async () => {
    const { workflow } = new Client({ connection: env.connection, dataConverter });
    const taskQueue = `owned-${maxCachedWorkflows}`;
    const workflowsPath = join(import.meta.dirname, 'owned-workflows.ts');
    const { nativeConnection: connection } = env;
    const worker = await Worker.create({
      connection,
      taskQueue,
      workflowsPath,
      activities,
      dataConverter,
      maxCachedWorkflows,
    });
    const other = `${title} listener`;
    const start = (name: string) =>
      workflow.start(workflows.everything, {
        taskQueue,
        workflowId: `${title} ${name}`,
        args: [other, 1],
        memo: { first: 'memo' },
        staticSummary: 'a summary',
      });
    await worker.runUntil(async () => {
      const heard = await workflow.start(workflows.listener, { taskQueue, workflowId: other });
      const handle = await start('ends');
      await handle.signal(workflows.tell, 'x');
      expect(await handle.executeUpdate(workflows.ask, { args: ['y'] })).toBe('answer to y');
      expect(await handle.query(workflows.look, 'z')).toBe('look z');
      await handle.signal(workflows.tell, 'off');
      expect(await handle.result()).toEqual([
        [1, 2, 'slow', ['three', { a: 1 }]],
        [['one'], 'TimeoutFailure', ['two'], ['of the child']],
        ['x', 'off'],
      ]);
      expect((await handle.describe()).memo).toEqual({ first: 'memo', later: 'memo' });
      expect(await heard.result()).toBe('from another');
      const history = await handle.fetchHistory();
      await Worker.runReplayHistory({ workflowsPath, dataConverter }, history, handle.workflowId);
    });
    expect(logged.filter(({ message }) => message.includes('workflow task'))).toEqual([]);
  });
});
