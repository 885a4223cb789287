import { join } from 'node:path';
import { type ClientOptions, Connection, type ConnectionOptions, type WorkflowHandle } from 'perdure/client';
import { msToTs, tsToMs } from 'perdure/common/lib/time';
import { TestWorkflowEnvironment, TimeSkippingWorkflowClient } from 'perdure/testing';
import { DefaultLogger, type NativeConnectionOptions, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as activities from './activities.ts';
import {
  add,
  cancellable,
  counter,
  hello,
  helloHere,
  loop,
  manyTimers,
  parent,
  quarter,
  race,
  retries,
  set,
  total,
} from './workflows/index.ts';

const taskQueue = 'test';
const workflowsPath = join(import.meta.dirname, 'workflows');
const DAY = 24 * 3600 * 1000;

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  env = await TestWorkflowEnvironment.createTimeSkipping();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

function worker(): Promise<Worker> {
  return Worker.create({ connection: env.nativeConnection, taskQueue, workflowsPath, activities });
}

describe('a worker in an environment that skips time', () => {
  it('runs a workflow and its activity', async () => {
    const result = await (await worker()).runUntil(
      env.client.workflow.execute(hello, { taskQueue, workflowId: 'hello', args: ['World'] }),
    );
    expect(result).toBe('Hello, World!');
  });

  it('passes 90 days in no time', async () => {
    const elapsed = await (await worker()).runUntil(
      env.client.workflow.execute(quarter, { taskQueue, workflowId: 'quarter' }),
    );
    expect(elapsed).toBeGreaterThanOrEqual(90 * DAY);
    expect(elapsed).toBeLessThan(90 * DAY + 10_000);
  });

  it('passes the backoff of retries', async () => {
    const elapsed = await (await worker()).runUntil(
      env.client.workflow.execute(retries, { taskQueue, workflowId: 'retries' }),
    );
    expect(elapsed).toBeGreaterThanOrEqual(2 * 3_600_000);
  });

  it('runs local activities, children, and runs that continue as new', async () => {
    const { workflow } = env.client;
    const [here, children, last] = await (await worker()).runUntil(() =>
      Promise.all([
        workflow.execute(helloHere, { taskQueue, workflowId: 'here', args: ['Here'] }),
        workflow.execute(parent, { taskQueue, workflowId: 'parent', args: [['a', 'b', 'c']] }),
        workflow.execute(loop, { taskQueue, workflowId: 'loop', args: [3] }),
      ]),
    );
    expect(here).toBe('Hello, Here!');
    expect(children).toEqual(['Hello, a!', 'Hello, b!', 'Hello, c!']);
    expect(last).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('delivers signals, answers queries, runs updates', async () => {
    await (await worker()).runUntil(async () => {
      const handle = await env.client.workflow.start(counter, {
        taskQueue,
        workflowId: 'counter',
        args: [10],
      });
      await handle.signal(add, 3);
      expect(await handle.query(total)).toBe(3);
      expect(await handle.executeUpdate(set, { args: [5] })).toBe(3);
      await expect(handle.executeUpdate(set, { args: [-1] })).rejects.toMatchObject({
        cause: { message: 'negative' },
      });
      expect(await handle.query(total)).toBe(5);
      await handle.signal(add, 5);
      expect(await handle.result()).toBe(10);
      expect(await handle.query(total)).toBe(10);
    });
  });

  it('tells a heartbeating activity that it is cancelled', async () => {
    await (await worker()).runUntil(async () => {
      const handle = await env.client.workflow.start(cancellable, { taskQueue, workflowId: 'cancellable' });
      await activityStarted(handle);
      await handle.cancel();
      expect(await handle.result()).toBe('Hello, cleaner!');
    });
  }, 15_000);

  it('does not skip while an activity runs, unless that activity sleeps in the time of the environment', async () => {
    const sleeper = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'sleepers',
      workflowsPath,
      activities: { ...activities, longRunning: () => env.sleep(1_000_000) },
    });
    const result = await sleeper.runUntil(
      env.client.workflow.execute(race, { taskQueue: 'sleepers', workflowId: 'race' }),
    );
    expect(result).toBe('timer');
  });

  it('moves its clock by sleep, and workflows with it', async () => {
    await (await worker()).runUntil(async () => {
      const handle = await env.client.workflow.start(quarter, { taskQueue, workflowId: 'quarter-by-sleep' });
      const before = await env.currentTimeMs();
      await env.sleep('91 days');
      expect((await env.currentTimeMs()) - before).toBeGreaterThanOrEqual(91 * DAY);
      expect((await handle.describe()).status.name).toBe('COMPLETED');
    });
  });

  it('gives histories that replay, and finds code that does not fit', async () => {
    const history = await env.client.workflow.getHandle('quarter').fetchHistory();
    await Worker.runReplayHistory({ workflowsPath }, history);
    await expect(
      Worker.runReplayHistory({ workflowsPath: join(import.meta.dirname, 'changed-workflows.ts') }, history),
    ).rejects.toThrow(/TMPRL1100/);
  });
});

describe('several workers on one environment', () => {
  it('take only what is on their own task queues, each with its own bundle', async () => {
    const other = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'other',
      workflowsPath: join(import.meta.dirname, 'changed-workflows.ts'),
    });
    const [here, there] = await (await worker()).runUntil(
      other.runUntil(() =>
        Promise.all([
          env.client.workflow.execute(quarter, { taskQueue, workflowId: 'quarter-here' }),
          env.client.workflow.execute('quarter', { taskQueue: 'other', workflowId: 'quarter-there' }),
        ]),
      ),
    );
    expect(here).toBeGreaterThanOrEqual(90 * DAY);
    expect(there).toBe(0);
  });

  it('go on where one of them left off', async () => {
    const first = await worker();
    const handle = await first.runUntil(async () => {
      const started = await env.client.workflow.start(counter, {
        taskQueue,
        workflowId: 'handed-over',
        args: [3],
      });
      await started.signal(add, 1);
      expect(await started.query(total)).toBe(1);
      return started;
    });
    await handle.signal(add, 1);
    expect(first.getState()).toBe('STOPPED');
    const sum = await (await worker()).runUntil(async () => {
      await handle.signal(add, 1);
      return await handle.result();
    });
    expect(sum).toBe(3);
  });

  it('read a long history page by page', async () => {
    const options = { taskQueue, workflowId: 'long', args: [420] as [number] };
    const handle = await (await worker()).runUntil(async () => {
      const started = await env.client.workflow.start(manyTimers, options);
      await env.sleep('1 hour');
      while ((await started.query<number>('fired')) < 420) await env.sleep('1 hour');
      return started;
    });
    const { historyLength } = await handle.describe();
    expect(historyLength).toBeGreaterThan(2000);
    const last = (await worker()).runUntil(async () => {
      await handle.signal('go');
      return await handle.result();
    });
    expect(await last).toBe(420);
  }, 90_000);

  it('refuse to run twice, and to shut down when they do not run', async () => {
    const one = await worker();
    expect(one.getState()).toBe('INITIALIZED');
    expect(() => one.shutdown()).toThrow('Not running. Current state: INITIALIZED');
    await one.runUntil(Promise.resolve());
    await expect(one.run()).rejects.toThrow('Poller was already started');
  });
});

async function activityStarted(handle: WorkflowHandle): Promise<void> {
  for (;;) {
    const { raw } = await handle.describe();
    if (JSON.stringify(raw.pendingActivities ?? []).includes('lastStartedTime')) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('an environment that skips time', () => {
  it('has the calls of a test service', async () => {
    const { testService } = env.connection;
    if (testService === undefined) throw new Error('there is none');
    const before = tsToMs((await testService.getCurrentTime({})).time);
    await testService.unlockTimeSkippingWithSleep({ duration: msToTs('1 day') });
    const { time } = await testService.getCurrentTime({});
    expect(tsToMs(time) - before).toBeGreaterThanOrEqual(DAY);
    await testService.sleepUntil({ timestamp: msToTs(tsToMs(time) + DAY) });
    expect((await env.currentTimeMs()) - before).toBeGreaterThanOrEqual(2 * DAY);
  });

  it('lets clients of its connection skip time, and no others', async () => {
    const { connection } = env;
    const client = new TimeSkippingWorkflowClient({ connection });
    const elapsed = await (await worker()).runUntil(
      client.execute(quarter, { taskQueue, workflowId: 'quarter-again' }),
    );
    expect(elapsed).toBeGreaterThanOrEqual(90 * DAY);
    const elsewhere = Connection.lazy({ address: env.address });
    expect(() => new TimeSkippingWorkflowClient({ connection: elsewhere })).toThrow(
      new TypeError('TestService must be present when creating a TimeSkippingWorkflowClient'),
    );
  });

  it('configures its client by each plugin once', async () => {
    const calls: string[] = [];
    const plugin = {
      name: 'counts',
      configureConnection(options: ConnectionOptions) {
        calls.push('connection');
        return options;
      },
      configureNativeConnection(options: NativeConnectionOptions) {
        calls.push('native connection');
        return options;
      },
      configureClient(options: ClientOptions) {
        calls.push('client');
        return options;
      },
    };
    const { address } = env;
    const own = await TestWorkflowEnvironment.createFromExistingServer({ address, plugins: [plugin] });
    await own.teardown();
    expect(calls).toEqual(['native connection', 'connection', 'client']);
  });
});
