/** Options of a worker that show elsewhere: in history, in queries, in a replay. */
import { join } from 'node:path';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logsAndSinks, stays, throwsHouseError, waitsADay, whichBuild } from './workflows.ts';

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
const taskQueue = 'options';
let env: TestWorkflowEnvironment;
let ids = 0;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

const makeWorker = (options: Partial<WorkerOptions> = {}) =>
  Worker.create({ connection: env.nativeConnection, taskQueue, workflowsPath, ...options });
const start = () => ({ taskQueue, workflowId: `options-${ids++}` });

describe('the build of a worker', () => {
  it('is recorded in completed tasks, and told to workflow code, which sees on replay what was then', async () => {
    const options = { ...start(), args: [] as [] };
    const first = await makeWorker({ buildId: 'one' });
    const handle = await first.runUntil(async () => {
      const begun = await env.client.workflow.start(whichBuild, options);
      await expect.poll(() => begun.query<string[]>('builds')).toEqual(['.one']);
      return begun;
    });
    const second = await makeWorker({
      workerDeploymentOptions: {
        version: { deploymentName: 'shop', buildId: 'two' },
        useWorkerVersioning: false,
      },
    });
    const result = await second.runUntil(async () => {
      await handle.signal('goOn');
      return await handle.result();
    });
    expect(result).toEqual(['.one', 'shop.two']);
    const { events } = await handle.fetchHistory();
    const completed = events?.flatMap(
      ({ workflowTaskCompletedEventAttributes: attributes }) => attributes ?? [],
    );
    expect(completed?.map(({ workerVersion }) => workerVersion?.buildId)).toEqual(['one', 'two']);
    expect(completed?.at(-1)?.deploymentVersion).toEqual({ deploymentName: 'shop', buildId: 'two' });
    await Worker.runReplayHistory({ workflowsPath }, { events }, options.workflowId);
  });

  it('comes with how the run is versioned: as the workflow says, else as the worker does', async () => {
    const versioned = { taskQueue: 'versioned', args: [] as [] };
    const worker = await makeWorker({
      taskQueue: 'versioned',
      workerDeploymentOptions: {
        version: { deploymentName: 'shop', buildId: 'three' },
        useWorkerVersioning: true,
        defaultVersioningBehavior: 'AUTO_UPGRADE',
      },
    });
    const behaviors = await worker.runUntil(async () => {
      const deployment = { namespace: 'default', deploymentName: 'shop', buildId: 'three' };
      await vi.waitFor(() => env.client.workflowService.setWorkerDeploymentCurrentVersion(deployment), {
        timeout: 20_000,
      });
      const handles = [
        await env.client.workflow.start(stays, { ...start(), ...versioned }),
        await env.client.workflow.start(logsAndSinks, { ...start(), ...versioned }),
      ];
      await Promise.all(handles.map((handle) => handle.result()));
      const histories = await Promise.all(handles.map((handle) => handle.fetchHistory()));
      return histories.map(({ events }) =>
        events?.flatMap(({ workflowTaskCompletedEventAttributes: attributes }) => attributes ?? []).at(0),
      );
    });
    expect(behaviors).toMatchObject([
      { versioningBehavior: 1, workerDeploymentName: 'shop' },
      { versioningBehavior: 2, workerDeploymentName: 'shop' },
    ]);
  });

  it('is the hash of its bundle by default', async () => {
    const worker = await makeWorker();
    const handle = await worker.runUntil(async () => {
      const begun = await env.client.workflow.start(logsAndSinks, start());
      await begun.result();
      return begun;
    });
    const { events } = await handle.fetchHistory();
    const [completed] = events?.flatMap((event) => event.workflowTaskCompletedEventAttributes ?? []) ?? [];
    expect(completed?.workerVersion?.buildId).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('stack traces', () => {
  it('find the author below many frames of the library, with the text of the file where that is asked for', async () => {
    const worker = await makeWorker({ showStackTraceSources: true });
    await worker.runUntil(async () => {
      const handle = await env.client.workflow.start(waitsADay, start());
      expect(await handle.query('__stack_trace')).toMatch(/at waitsADay \(.*workflows\.ts:\d+:\d+\)/);
      const { sources } = await handle.query<{ sources: Record<string, { content: string }[]> }>(
        '__enhanced_stack_trace',
      );
      expect(Object.values(sources)[0]?.[0]?.content).toContain('export async function waitsADay');
      await handle.terminate();
    });
  });
});

describe('a replay', () => {
  it('calls the sinks that ask for it', async () => {
    const worker = await makeWorker();
    const handle = await worker.runUntil(async () => {
      const begun = await env.client.workflow.start(logsAndSinks, start());
      await begun.result();
      return begun;
    });
    const calls: unknown[] = [];
    const sink = (callDuringReplay: boolean) => ({
      events: {
        happened: { fn: (_info: unknown, ...args: unknown[]) => void calls.push(args), callDuringReplay },
      },
    });
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowsPath, sinks: sink(false) }, history);
    expect(calls).toEqual([]);
    await Worker.runReplayHistory({ workflowsPath, sinks: sink(true) }, history);
    expect(calls).toEqual([
      ['before', 1],
      ['after', 2],
    ]);
  });

  it('lets the run fail by the errors that its worker named', async () => {
    const workflowFailureErrorTypes = { '*': ['HouseError'] };
    const worker = await makeWorker({ workflowFailureErrorTypes });
    const handle = await worker.runUntil(async () => {
      const begun = await env.client.workflow.start(throwsHouseError, start());
      await expect(begun.result()).rejects.toMatchObject({ cause: { message: 'on fire' } });
      return begun;
    });
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowsPath, workflowFailureErrorTypes }, history);
    await expect(Worker.runReplayHistory({ workflowsPath }, history)).rejects.toThrow('on fire');
  });
});

describe('options that cannot be', () => {
  it('are told of when they contradict each other', async () => {
    const bundlerOptions = { ignoreModules: ['dns'], preloadModules: ['dns', 'dns/promises'] };
    await expect(makeWorker({ bundlerOptions })).rejects.toThrow(
      "Cannot preload modules that are also ignored: 'dns', 'dns/promises'",
    );
  });

  it('are refused', async () => {
    await expect(makeWorker({ useVersioning: true })).rejects.toThrow('Must provide a buildId');
    await expect(makeWorker({ sinks: { __temporal_own: {} } })).rejects.toThrow(TypeError);
  });
});
