/** Replays of histories, as a check before a deploy makes them. */
import { join } from 'node:path';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { bundleWorkflowCode, DefaultLogger, type History, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logsAndSinks } from './workflows.ts';

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
const lines: { message: string; meta?: Record<string | symbol, unknown> | undefined }[] = [];
const logger = new DefaultLogger('ERROR', (entry) => lines.push(entry));
let history: History;
let workflowBundle: { code: string };

beforeAll(async () => {
  Runtime.install({ logger });
  workflowBundle = await bundleWorkflowCode({ workflowsPath });
  const env = await TestWorkflowEnvironment.createLocal();
  const connection = env.nativeConnection;
  const worker = await Worker.create({ connection, taskQueue: 'replay', workflowBundle });
  const options = { taskQueue: 'replay', workflowId: 'replayed' };
  await worker.runUntil(env.client.workflow.execute(logsAndSinks, options));
  history = await env.client.workflow.getHandle('replayed').fetchHistory();
  await env.teardown();
}, 60_000);

afterAll(() => Runtime.instance().shutdown());

describe('replays', () => {
  it('WRK-9: give a result with an error, which is there also where it is undefined', async () => {
    const runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId;
    const results = [];
    for await (const result of Worker.runReplayHistories({ workflowBundle }, [{ workflowId: 'a', history }]))
      results.push(result);
    expect(results).toStrictEqual([{ workflowId: 'a', runId, error: undefined }]);
  });

  it('tell of sinks that are not there, with the run and the queue of the replay', async () => {
    lines.length = 0;
    await Worker.runReplayHistory({ workflowBundle, replayName: 'check' }, history, 'a');
    expect(lines[0]).toMatchObject({
      message: 'Workflow referenced an unregistered external sink',
      meta: { sdkComponent: 'worker', workflowId: 'a', workflowType: 'logsAndSinks', ifaceName: 'events' },
    });
  });

  it('wait for sinks', async () => {
    const calls: unknown[] = [];
    const fn = async (_info: unknown, name: string) => {
      await new Promise((resolve) => setImmediate(resolve));
      calls.push(name);
    };
    const sinks = { events: { happened: { fn, callDuringReplay: true } } };
    await Worker.runReplayHistory({ workflowBundle, sinks }, history);
    expect(calls).toEqual(['before', 'after']);
  });

  it.each([
    ['null', null],
    ['text', 'history'],
    ['a history without events', { events: [] }],
  ])('refuse what is no history: %s', async (_name, what) => {
    await expect(Worker.runReplayHistory({ workflowBundle }, what)).rejects.toThrow(TypeError);
  });

  it('leave no runtime behind', async () => {
    await Runtime.instance().shutdown();
    await Worker.runReplayHistory({ workflowBundle }, history);
    expect(Runtime._instance).toBeUndefined();
  });
});
