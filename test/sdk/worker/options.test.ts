/** Options of a worker that show elsewhere: in history, in queries, in a replay. */
import { join } from 'node:path';
import { ValueError } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import {
  appendDefaultInterceptors,
  bundleWorkflowCode,
  DefaultLogger,
  defaultSinks,
  type InjectedSinks,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkerPlugin,
} from 'perdure/worker';
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
      await expect.poll(() => begun.query<string[]>('builds'), { timeout: 20_000 }).toEqual(['.one']);
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
    await expect(makeWorker({ workflowBundle: {} as never })).rejects.toThrow(
      new TypeError('Invalid WorkflowOptions.workflowBundle'),
    );
    const service = { definition: { name: 'twice' } } as never;
    await expect(makeWorker({ nexusServices: [service, service] })).rejects.toThrow(
      new TypeError("Duplicate registration of nexus service 'twice'"),
    );
  });

  const version = { deploymentName: 'shop', buildId: 'one' };
  const atOnce = (polls: object) => ({ type: 'autoscaling' as const, ...polls });
  it.each<[string, Partial<WorkerOptions>]>([
    ['SimpleMaximum poller behavior must be at least 1', { maxConcurrentActivityTaskExecutions: 0 }],
    [
      '`max_cached_workflows` > 0 requires `workflow_task_poller_behavior` to be at least 2',
      { maxConcurrentWorkflowTaskExecutions: 1 },
    ],
    [
      'Autoscaling minimum poller behavior must be at least 1',
      { activityTaskPollerBehavior: atOnce({ minimum: 0, initial: 1 }) },
    ],
    [
      'Autoscaling maximum must be greater than or equal to minimum',
      { activityTaskPollerBehavior: atOnce({ minimum: 10, maximum: 5 }) },
    ],
    [
      'Autoscaling initial must be between minimum and maximum',
      { nexusTaskPollerBehavior: atOnce({ initial: 7, maximum: 6 }) },
    ],
    ['`max_worker_activities_per_second` must be positive and nonzero', { maxActivitiesPerSecond: 0 }],
    [
      'WorkerDeploymentVersion must have a non-empty build_id and deployment_name when deployment-based versioning is enabled',
      {
        workerDeploymentOptions: {
          version: { ...version, buildId: '' },
          useWorkerVersioning: true,
          defaultVersioningBehavior: 'PINNED',
        },
      },
    ],
  ])('WRK-5: are refused in the words of workers elsewhere: %s', async (reason, options) => {
    await expect(makeWorker(options)).rejects.toThrow(
      new TypeError(`Failed to convert WorkerOptions to CoreWorkerConfig: ${reason}`),
    );
  });

  it('name the converter that is not there', async () => {
    const payloadConverterPath = join(import.meta.dirname, 'no-such-converter');
    await expect(makeWorker({ dataConverter: { payloadConverterPath } })).rejects.toThrow(
      new ValueError(
        `Could not find a file at the specified payloadConverterPath: '${payloadConverterPath}'.`,
      ),
    );
  });

  it('are refused by connections', async () => {
    const { address } = env;
    const grpcCompression = { codec: 'brotli' } as never;
    await expect(NativeConnection.connect({ address, grpcCompression })).rejects.toThrow(
      new TypeError('Unsupported gRPC compression codec: brotli'),
    );
    const both = { apiKey: 'key', metadata: { Authorization: 'Bearer key' } };
    await expect(NativeConnection.connect({ address, ...both })).rejects.toThrow(
      'were provided. Only one makes sense to use at a time.',
    );
    const dnsLoadBalancingConfig = { resolutionInterval: 'soon' as never };
    await expect(NativeConnection.connect({ address, dnsLoadBalancingConfig })).rejects.toThrow(TypeError);
  });

  it('are refused where there is nothing to do', async () => {
    await expect(Worker.create({ connection: env.nativeConnection, taskQueue })).rejects.toThrow(
      'At least one task type must be enabled',
    );
  });

  it('are refused without a way to version workflows', async () => {
    const workerDeploymentOptions = { version, useWorkerVersioning: true } as never;
    await expect(makeWorker({ workerDeploymentOptions })).rejects.toThrow(
      new Error('Unknown versioning behavior: undefined'),
    );
  });

  it('are told of where a finished bundle makes them useless', async () => {
    const lines: string[] = [];
    const ignored = {
      workflowBundle: await bundleWorkflowCode({ workflowsPath }),
      bundlerOptions: {},
      interceptors: { workflowModules: ['./own'] },
    };
    await Runtime.instance().shutdown();
    Runtime.install({ logger: new DefaultLogger('WARN', ({ message }) => lines.push(message)) });
    await makeWorker({ ...ignored, maxCachedWorkflows: 1 });
    await Runtime.instance().shutdown();
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    expect(lines).toEqual([
      'maxCachedWorkflows must be either 0 (ie. cache is disabled) or greater than 1. Defaulting to 2.',
      'Ignoring WorkerOptions.workflowsPath because WorkerOptions.workflowBundle is set',
      'Ignoring WorkerOptions.bundlerOptions because WorkerOptions.workflowBundle is set',
      expect.stringContaining('Ignoring WorkerOptions.interceptors.workflowModules'),
    ]);
  });
});

describe('options of former releases', () => {
  it('still say where logs go', async () => {
    const own: unknown[] = [];
    const logger = new DefaultLogger('INFO', ({ message, meta }) => own.push([message, meta?.sdkComponent]));
    const worker = await makeWorker({ sinks: defaultSinks(logger) as InjectedSinks<never> });
    await worker.runUntil(env.client.workflow.execute(logsAndSinks, start()));
    expect(own).toContainEqual(['in between', 'workflow']);
    expect(defaultSinks()).toEqual({});
    expect(appendDefaultInterceptors({}, Runtime.instance().logger)).toEqual({});
    expect(appendDefaultInterceptors({}, logger).activityInbound).toHaveLength(1);
  });

  it('turn debugging on by the variable TEMPORAL_DEBUG', async () => {
    const modes = ['1', 'T', 'true', '0', 'no', ''].map(async (value) => {
      vi.stubEnv('TEMPORAL_DEBUG', value);
      const worker = makeWorker();
      vi.unstubAllEnvs();
      return (await worker).options.debugMode;
    });
    expect(await Promise.all(modes)).toEqual([true, true, true, false, false, false]);
  });
});

describe('plugins of a worker', () => {
  it('WRK-6: see those of its connection among them, and may add others, which then take part in runs', async () => {
    const seen: unknown[] = [];
    const added: WorkerPlugin = {
      name: 'added',
      async runWorker(worker, next) {
        seen.push('added runs');
        await next(worker);
      },
    };
    const plugin: WorkerPlugin = {
      name: 'own',
      configureWorker(options) {
        seen.push(options.plugins?.map(({ name }) => name));
        return { ...options, plugins: [...(options.plugins ?? []), added] };
      },
    };
    const connection = await NativeConnection.connect({
      address: env.address,
      plugins: [{ name: 'of the connection' }],
    });
    const worker = await makeWorker({ connection, plugins: [plugin] });
    await worker.runUntil(async () => undefined);
    await connection.close();
    expect(seen).toEqual([['own', 'of the connection'], 'added runs']);
  });
});
