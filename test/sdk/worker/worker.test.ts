import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CompleteAsyncError, Context, cancelled, heartbeat } from 'perdure/activity';
import { type Client, WorkflowFailedError } from 'perdure/client';
import { ActivityFailure, defaultPayloadConverter, type PayloadCodec } from 'perdure/common';
import { TestWorkflowEnvironment, workflowInterceptorModules } from 'perdure/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asserts, callsActivity, logsAndSinks, waitsForAll, waitsForLocal } from './workflows.ts';

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
let env: TestWorkflowEnvironment;
let client: Client;
let ids = 0;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createLocal();
  ({ client } = env);
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

function makeWorker(options: Partial<WorkerOptions> = {}): Promise<Worker> {
  return Worker.create({ connection: env.nativeConnection, taskQueue: 'q', workflowsPath, ...options });
}

const start = (taskQueue = 'q') => ({ taskQueue, workflowId: `w${ids++}` });

describe('a worker: activities', () => {
  it('runs them on a queue of their own, by another worker', async () => {
    const workflows = await makeWorker();
    const activities = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'activities-only',
      activities: { act: async () => Context.current().info.taskQueue },
    });
    const result = await workflows.runUntil(
      activities.runUntil(() =>
        client.workflow.execute(callsActivity, { ...start(), args: ['activities-only'] }),
      ),
    );
    expect(result).toBe('activities-only');
  });

  it('cancels them when it shuts down, and the next worker runs them again', async () => {
    let attempts = 0;
    let started: () => void = () => {};
    const isStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const activities = {
      async act() {
        attempts += 1;
        if (attempts > 1) return 'second';
        started();
        await cancelled();
        return 'never';
      },
    };
    const options = start('restarted');
    const handle = await (await makeWorker({ taskQueue: 'restarted', activities })).runUntil(async () => {
      const begun = await client.workflow.start(callsActivity, { ...options, args: ['restarted'] });
      await isStarted;
      return begun;
    });
    const result = await (await makeWorker({ taskQueue: 'restarted', activities })).runUntil(handle.result());
    expect(result).toBe('second');
  });

  it('gives them the grace time to end by themselves', async () => {
    let wasCancelled = false;
    const activities = {
      async act() {
        Context.current().cancelled.catch(() => {
          wasCancelled = true;
        });
        heartbeat();
        await delay(300);
        return 'in time';
      },
    };
    const worker = await makeWorker({ taskQueue: 'grace', activities, shutdownGraceTime: '10s' });
    const handle = await worker.runUntil(async () => {
      const begun = await client.workflow.start(callsActivity, { ...start('grace'), args: ['grace'] });
      await delay(100);
      return begun;
    });
    expect(wasCancelled).toBe(false);
    expect(await (await makeWorker({ taskQueue: 'grace', activities })).runUntil(handle.result())).toBe(
      'in time',
    );
  });

  it('cuts them off at the force time', async () => {
    const worker = await makeWorker({
      taskQueue: 'force',
      activities: { act: () => delay(5000) },
      shutdownForceTime: 200,
    });
    const run = worker.runUntil(async () => {
      await client.workflow.start(callsActivity, { ...start('force'), args: ['force'] });
      await delay(150);
    });
    await expect(run).rejects.toThrow('Timed out while waiting for worker to shutdown gracefully');
    expect(worker.getState()).toBe('FAILED');
  });

  it('lets others complete them by token', async () => {
    let token: Uint8Array = new Uint8Array();
    const activities = {
      act() {
        token = Context.current().info.taskToken;
        throw new CompleteAsyncError();
      },
    };
    const result = await (await makeWorker({ activities, taskQueue: 'async' })).runUntil(async () => {
      const handle = await client.workflow.start(callsActivity, { ...start('async'), args: ['async'] });
      while (token.length === 0) await delay(10);
      await client.activity.complete(token, 'from elsewhere');
      return await handle.result();
    });
    expect(result).toBe('from elsewhere');
  });

  it('names those it has when one is not registered', async () => {
    const worker = await makeWorker({
      taskQueue: 'other-names',
      activities: { other: async () => undefined },
    });
    const run = worker.runUntil(async () => {
      const handle = await client.workflow.start(callsActivity, {
        ...start('other-names'),
        args: ['other-names', 1],
      });
      return await handle.result();
    });
    const failure = await run.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    const { cause } = failure as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ActivityFailure);
    expect((cause as ActivityFailure).cause?.message).toBe(
      'Activity function act is not registered on this Worker, available activities: ["other"]',
    );
  });

  it('begins no more of them at once than it is told', async () => {
    let running = 0;
    let most = 0;
    const activities = {
      async act() {
        running += 1;
        most = Math.max(most, running);
        await delay(20);
        running -= 1;
      },
    };
    const worker = await makeWorker({
      activities,
      taskQueue: 'bounded',
      maxConcurrentActivityTaskExecutions: 2,
    });
    await worker.runUntil(
      client.workflow.execute(waitsForAll, { ...start('bounded'), args: ['bounded', 10] }),
    );
    expect(most).toBe(2);
  });
});

describe('a worker: workflows', () => {
  it('runs a finished bundle', async () => {
    const workflowBundle = await bundleWorkflowCode({ workflowsPath });
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'bundle',
      workflowBundle,
      activities: { act: async () => 'bundled' },
    });
    expect(
      await worker.runUntil(client.workflow.execute(callsActivity, { ...start('bundle'), args: ['bundle'] })),
    ).toBe('bundled');
  });

  it('calls sinks, and not on replay; logs with the attributes of the run', async () => {
    const calls: unknown[][] = [];
    const lines: unknown[] = [];
    await Runtime.instance().shutdown();
    Runtime.install({
      logger: new DefaultLogger('INFO', ({ message, meta }) => lines.push([message, meta?.workflowType])),
    });
    const options: Partial<WorkerOptions> = {
      taskQueue: 'sinks',
      maxCachedWorkflows: 0,
      sinks: {
        events: { happened: { fn: (info, ...args) => void calls.push([info.workflowType, ...args]) } },
      },
    };
    await (await makeWorker(options)).runUntil(client.workflow.execute(logsAndSinks, start('sinks')));
    await Runtime.instance().shutdown();
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    expect(calls).toEqual([
      ['logsAndSinks', 'before', 1],
      ['logsAndSinks', 'after', 2],
    ]);
    expect(lines.filter((line) => (line as unknown[])[0] === 'in between')).toEqual([
      ['in between', 'logsAndSinks'],
    ]);
  });

  it('encodes payloads with the codecs of its data converter', async () => {
    const seen: string[] = [];
    const codec: PayloadCodec = {
      encode: async (payloads) =>
        payloads.map((payload) => ({
          metadata: { encoding: new TextEncoder().encode('binary/reversed') },
          data: new TextEncoder().encode(
            JSON.stringify([...new TextDecoder().decode(payload.data ?? undefined)].reverse().join('')),
          ),
        })),
      decode: async (payloads) =>
        payloads.map((payload) => {
          if (new TextDecoder().decode(payload.metadata?.encoding ?? undefined) !== 'binary/reversed')
            return payload;
          const text = [...(JSON.parse(new TextDecoder().decode(payload.data ?? undefined)) as string)]
            .reverse()
            .join('');
          seen.push(text);
          return {
            metadata: { encoding: new TextEncoder().encode('json/plain') },
            data: new TextEncoder().encode(text),
          };
        }),
    };
    const { Client: ClientClass } = await import('perdure/client');
    const dataConverter = { payloadCodecs: [codec] };
    const own = new ClientClass({ connection: env.connection, dataConverter });
    const worker = await makeWorker({
      taskQueue: 'codec',
      dataConverter,
      activities: { act: async () => 'secret' },
    });
    const { workflowId, taskQueue } = start('codec');
    const result = await worker.runUntil(
      own.workflow.execute(callsActivity, { workflowId, taskQueue, args: ['codec'] }),
    );
    expect(result).toBe('secret');
    expect(seen).toContain('"codec"');
    const history = JSON.stringify(await client.workflow.getHandle(workflowId).fetchHistory());
    expect(history).not.toContain(Buffer.from('"secret"').toString('base64'));
    await Worker.runReplayHistory(
      { workflowsPath, dataConverter },
      await own.workflow.getHandle(workflowId).fetchHistory(),
      workflowId,
    );
  });

  it('converts payloads by the module of its data converter, in workflow code, activities and the client', async () => {
    const dataConverter = { payloadConverterPath: join(import.meta.dirname, 'shout-payload-converter.ts') };
    const own = await TestWorkflowEnvironment.createFromExistingServer({
      address: env.address,
      client: { dataConverter },
    });
    const worker = await makeWorker({
      taskQueue: 'shout',
      dataConverter,
      activities: { act: async () => '!hey' },
    });
    const { workflowId, taskQueue } = start('shout');
    const result = await worker.runUntil(
      own.client.workflow.execute(callsActivity, { workflowId, taskQueue, args: ['shout'] }),
    );
    expect(result).toBe('!hey');
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const [payload] = events?.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads ?? [];
    expect(new TextDecoder().decode(payload?.metadata?.encoding ?? undefined)).toBe('json/shout');
    expect(new TextDecoder().decode(payload?.data ?? undefined)).toBe('hey');
    await own.teardown();
  });

  it('puts interceptors around workflows and activities, and carries headers between them', async () => {
    const worker = await makeWorker({
      taskQueue: 'intercepted',
      activities: { act: async () => 'plain' },
      interceptors: {
        workflowModules: [join(import.meta.dirname, 'interceptor-module.ts')],
        activity: [
          (context) => ({
            inbound: {
              async execute(input, next) {
                const { sender } = input.headers;
                const from = sender && defaultPayloadConverter.fromPayload<string>(sender);
                return `${String(await next(input))} ${context.info.activityType} for the ${from}`;
              },
            },
          }),
        ],
      },
    });
    const result = worker.runUntil(
      client.workflow.execute(callsActivity, { ...start('intercepted'), args: ['intercepted'] }),
    );
    expect(await result).toBe('[plain act for the workflow]');
  });

  it('waits for its server to come back, and goes on', async () => {
    const reserved = await TestWorkflowEnvironment.createLocal();
    const { address } = reserved;
    await reserved.teardown();
    const port = Number(address.split(':')[1]);
    const before = await TestWorkflowEnvironment.createLocal({ server: { port } });
    const worker = await Worker.create({
      connection: before.nativeConnection,
      taskQueue: 'restarted-server',
      workflowsPath,
      activities: { act: async () => 'after' },
    });
    const result = await worker.runUntil(async () => {
      await delay(100);
      await before.teardown();
      await delay(300);
      const after = await TestWorkflowEnvironment.createLocal({ server: { port } });
      const done = await after.client.workflow.execute(callsActivity, {
        ...start('restarted-server'),
        args: ['restarted-server'],
      });
      return { done, after };
    });
    expect(result.done).toBe('after');
    await result.after.teardown();
  }, 60_000);

  it('keeps a task alive for a local activity that outlasts it', async () => {
    const slow = async () => {
      await delay(1800);
      return 'at last';
    };
    const worker = await makeWorker({ taskQueue: 'local', activities: { slow } });
    const options = { ...start('local'), workflowTaskTimeout: '1s' as const };
    expect(await worker.runUntil(client.workflow.execute(waitsForLocal, options))).toBe('at last');
    const { events } = await client.workflow.getHandle(options.workflowId).fetchHistory();
    const types = events?.map(({ eventType }) => eventType) ?? [];
    // 7 is WorkflowTaskCompleted, 8 would be WorkflowTaskTimedOut.
    expect(types).not.toContain(8);
    expect(types.filter((type) => type === 7).length).toBeGreaterThan(1);
  });

  it('fails a workflow whose assertion fails, with the interceptors for tests', async () => {
    const worker = await makeWorker({
      taskQueue: 'asserts',
      interceptors: { workflowModules: workflowInterceptorModules },
    });
    const run = worker.runUntil(client.workflow.execute(asserts, start('asserts')));
    await expect(run).rejects.toMatchObject({ cause: { message: 'one is not two' } });
  });
});

describe('a worker that cannot work', () => {
  it('is not made for a namespace that there is not', async () => {
    await expect(makeWorker({ namespace: 'nowhere' })).rejects.toThrow(/Namespace nowhere is not found/);
  });

  it('is not made without a task queue', async () => {
    await expect(makeWorker({ taskQueue: '' })).rejects.toThrow('Task queue name is required');
  });

  it('is told that nobody answers', async () => {
    const connecting = NativeConnection.connect({ address: '127.0.0.1:1', connectTimeout: 300 });
    await expect(connecting).rejects.toThrow('cannot be reached: Connection refused');
  });

  it('keeps its connection from being closed', async () => {
    const connection = await NativeConnection.connect({ address: env.address });
    const worker = await Worker.create({ connection, taskQueue: 'q', workflowsPath });
    await worker.runUntil(async () => {
      await expect(connection.close()).rejects.toThrow(
        'Cannot close connection while Workers hold a reference to it',
      );
    });
    await connection.close();
  });
});
