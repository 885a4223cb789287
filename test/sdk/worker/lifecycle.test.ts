/** From the making of a worker to its end: its states, its lines, its signals, its connection and the runtime under it. */
import { join } from 'node:path';
import { cancelled, heartbeat } from 'perdure/activity';
import { IllegalStateError } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import {
  DefaultLogger,
  type LogEntry,
  NativeConnection,
  type PatchActivationInput,
  Runtime,
  Worker,
  type WorkerOptions,
} from 'perdure/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asksForPatch, callsActivity, logsAndSinks } from './workflows.ts';

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
const entries: LogEntry[] = [];
const runtimeOptions = {
  logger: new DefaultLogger('DEBUG', (entry) => entries.push(entry)),
  shutdownSignals: ['SIGUSR2' as const],
};
let env: TestWorkflowEnvironment;
let ids = 0;

beforeAll(async () => {
  Runtime.install(runtimeOptions);
  env = await TestWorkflowEnvironment.createLocal();
}, 60_000);

beforeEach(() => {
  entries.length = 0;
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

const makeWorker = (options: Partial<WorkerOptions> = {}) =>
  Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'life',
    workflowsPath,
    activities: { act: async () => 'done' },
    ...options,
  });
const start = (taskQueue = 'life') => ({ taskQueue, workflowId: `life-${ids++}` });
const lines = () => entries.map(({ level, message, meta }) => [level, meta?.state ?? message]);

describe('the states of a worker', () => {
  it('WRK-1: go from STOPPING to DRAINING at once, and its lines tell of each', async () => {
    const worker = await makeWorker();
    expect(worker.getStatus()).toMatchObject({ runState: 'INITIALIZED', workflowPollerState: 'POLLING' });
    const running = worker.run();
    await env.client.workflow.execute(callsActivity, { ...start(), args: ['life'] });
    entries.length = 0;
    worker.shutdown();
    expect(worker.getStatus()).toMatchObject({ runState: 'DRAINING', activityPollerState: 'POLLING' });
    expect(() => worker.shutdown()).toThrow(new IllegalStateError('Not running. Current state: DRAINING'));
    await running;
    expect(worker.getStatus()).toMatchObject({ runState: 'STOPPED', activityPollerState: 'SHUTDOWN' });
    const told = lines();
    expect(told.slice(0, 2)).toEqual([
      ['INFO', 'STOPPING'],
      ['INFO', 'DRAINING'],
    ]);
    expect(told.slice(2, 4)).toEqual(
      expect.arrayContaining([
        ['DEBUG', 'Workflow Worker terminated'],
        ['DEBUG', 'Activity Worker terminated'],
      ]),
    );
    expect(told.slice(4)).toEqual([
      ['INFO', 'DRAINED'],
      ['DEBUG', 'Heartbeats complete'],
      ['INFO', 'STOPPED'],
    ]);
    expect(entries.every(({ meta }) => meta?.taskQueue === 'life' && meta.sdkComponent === 'worker')).toBe(
      true,
    );
  });

  it('are told together with what there is not to do', async () => {
    const worker = await makeWorker({ activities: {} });
    await worker.runUntil(async () => undefined);
    expect(lines()).toContainEqual(['WARN', 'No activities registered, not polling for activity tasks']);
    expect(lines()).toContainEqual(['INFO', 'No Nexus services registered, not polling for Nexus tasks']);
    entries.length = 0;
    await (await makeWorker({ enableNonLocalActivities: false })).runUntil(async () => undefined);
    expect(lines().filter(([level]) => level === 'WARN')).toEqual([]);
  });
});

describe('the connection of a worker', () => {
  it('WRK-3: can be replaced while it runs', async () => {
    const other = await TestWorkflowEnvironment.createLocal();
    const former = await NativeConnection.connect({ address: env.address });
    const worker = await makeWorker({ connection: former, taskQueue: 'moves' });
    await worker.runUntil(async () => {
      const args: [string] = ['moves'];
      await env.client.workflow.execute(callsActivity, { ...start('moves'), args });
      const { client } = worker;
      worker.connection = other.nativeConnection;
      expect(worker.connection).toBe(other.nativeConnection);
      expect(worker.client).not.toBe(client);
      await former.close();
      expect(await other.client.workflow.execute(callsActivity, { ...start('moves'), args })).toBe('done');
    });
    await other.teardown();
  });

  it('is closed once', async () => {
    const connection = await NativeConnection.connect({ address: env.address });
    await connection.close();
    await expect(connection.close()).rejects.toThrow(new IllegalStateError('Client already closed'));
  });
});

describe('what workflow code asks of its worker', () => {
  it('LOG-1: a task ends once its sink calls have', async () => {
    const calls: unknown[] = [];
    let letGo = () => {};
    const isHeld = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const begun: string[] = [];
    const fn = async (_info: unknown, name: string) => {
      begun.push(name);
      if (name === 'before') await isHeld;
      calls.push(name);
    };
    const worker = await makeWorker({ taskQueue: 'sinks', sinks: { events: { happened: { fn } } } });
    await worker.runUntil(async () => {
      const handle = await env.client.workflow.start(logsAndSinks, start('sinks'));
      await expect.poll(() => begun, { timeout: 20_000 }).toEqual(['before']);
      const { events } = await handle.fetchHistory();
      expect(events?.some((event) => event.workflowTaskCompletedEventAttributes)).toBe(false);
      letGo();
      await handle.result();
    });
    expect(calls).toEqual(['before', 'after']);
  });

  it('errors of sinks are told as the worker tells them', async () => {
    const fn = () => {
      throw new Error('no such place');
    };
    const worker = await makeWorker({ taskQueue: 'bad-sinks', sinks: { events: { happened: { fn } } } });
    await worker.runUntil(env.client.workflow.execute(logsAndSinks, start('bad-sinks')));
    const [entry] = entries.filter(({ level }) => level === 'ERROR');
    expect(entry).toMatchObject({
      message: 'External sink function threw an error',
      meta: { sdkComponent: 'worker', taskQueue: 'bad-sinks', ifaceName: 'events', fnName: 'happened' },
    });
  });

  it('WRK-7: a callback says whether a patch is active, and says it clearly', async () => {
    const inputs: PatchActivationInput[] = [];
    const worker = await makeWorker({
      taskQueue: 'patches',
      patchActivationCallback(input) {
        inputs.push(input);
        if (inputs.length === 1) return 'yes' as never;
        return false;
      },
    });
    const result = await worker.runUntil(env.client.workflow.execute(asksForPatch, start('patches')));
    expect(result).toBe(false);
    expect(Object.isFrozen(inputs[0]) && Object.isFrozen(inputs[0]?.workflowInfo)).toBe(true);
    const [failing] = entries.filter(({ message }) => message === 'Failing workflow task');
    expect(failing?.meta).toMatchObject({
      sdkComponent: 'core',
      failure: { message: 'patchActivationCallback must return a boolean, got string' },
    });
  });
});

describe('lines about activities', () => {
  it('WRK-8: tell of one that cannot begin', async () => {
    const worker = await makeWorker({ taskQueue: 'no-such', activities: { other: async () => 1 } });
    await worker.runUntil(async () => {
      const options = { ...start('no-such'), args: ['no-such', 1] as [string, number] };
      await env.client.workflow.execute(callsActivity, options).catch(() => undefined);
    });
    const [line] = entries.filter(({ level }) => level === 'ERROR');
    expect(line?.message).toBe(
      'Error while processing ActivityTask.start: Activity function act is not registered on this Worker, available activities: ["other"]',
    );
    expect(line?.meta).toMatchObject({
      sdkComponent: 'worker',
      taskQueue: 'no-such',
      activityType: 'act',
      attempt: 1,
    });
  });

  it('WRK-8: tell of heartbeats that cannot be sent', async () => {
    const act = async () => {
      heartbeat(5n);
      await cancelled();
    };
    const worker = await makeWorker({ taskQueue: 'bad-beats', activities: { act } });
    await worker.runUntil(async () => {
      const options = { ...start('bad-beats'), args: ['bad-beats', 1] as [string, number] };
      await expect(env.client.workflow.execute(callsActivity, options)).rejects.toMatchObject({
        cause: { cause: { message: 'HEARTBEAT_DETAILS_CONVERSION_FAILED' } },
      });
    });
    const [line] = entries.filter(({ level }) => level === 'WARN');
    expect(line).toMatchObject({
      message: 'Failed to encode heartbeat details, cancelling Activity',
      meta: { activityType: 'act', error: { message: 'Unable to convert 5 to payload' } },
    });
  });
});

describe('signals of the process', () => {
  it('WRK-2: end a worker soon, and those that run after it', async () => {
    const own = await TestWorkflowEnvironment.createLocal();
    const worker = await makeWorker({ taskQueue: 'signalled' });
    const running = worker.run();
    process.emit('SIGUSR2', 'SIGUSR2');
    expect(worker.getState()).toBe('RUNNING');
    await running;
    expect(process.listenerCount('SIGUSR2')).toBe(0);
    await (await makeWorker({ taskQueue: 'signalled' })).run();
    await own.teardown();
  });
});

describe('the runtime', () => {
  it('WRK-4: ends with the last connection, and comes again with its options', async () => {
    const { address } = env;
    await Runtime.instance().shutdown();
    const { logger } = runtimeOptions;
    const first = Runtime.install(runtimeOptions);
    expect(() => Runtime.install({})).toThrow('Runtime singleton has already been installed');
    const connection = await NativeConnection.connect({ address });
    const worker = await makeWorker({ connection, taskQueue: 'runtime' });
    await worker.runUntil(async () => undefined);
    expect(Runtime.instance()).toBe(first);
    await connection.close();
    expect(Runtime._instance).toBeUndefined();
    expect(Runtime.instance()).not.toBe(first);
    expect(Runtime.instance().logger).toBe(logger);
    expect(() => Runtime.install({})).toThrow('Did you start a Worker before calling `install`?');
  });

  it('refuses options that cannot be, and shows those that it has', async () => {
    await Runtime.instance().shutdown();
    expect(() => Runtime.install({ workerHeartbeatInterval: 'now and then' as never })).toThrow(TypeError);
    const filter = 5 as never;
    expect(() => Runtime.install({ telemetryOptions: { logging: { filter } } })).toThrow(
      new TypeError('Invalid logging filter'),
    );
    const { options } = Runtime.install(runtimeOptions);
    expect(options).toMatchObject({
      shutdownSignals: ['SIGUSR2'],
      metricsBuffer: undefined,
      runtimeOptions: {
        logExporter: {
          type: 'console',
          filter: 'ERROR,temporalio_sdk_core=WARN,temporalio_client=WARN,temporalio_common=WARN',
          format: null,
        },
        telemetry: { metricPrefix: 'temporal_', attachServiceName: true },
        metricsExporter: null,
        workerHeartbeatIntervalMillis: 60_000,
      },
    });
  });
});
