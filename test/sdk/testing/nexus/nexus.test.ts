/** Nexus from end to end on a server in this process: workflows call operations that workers elsewhere serve. */
import { join } from 'node:path';
import { historyToJSON } from 'perdure/common/lib/proto-utils';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, type NexusInterceptorsFactory, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelsOfStubborn, shopHandler } from './handlers.ts';
import * as workflows from './workflows.ts';

let env: TestWorkflowEnvironment;
let running: Promise<void>[];
let workers: Worker[];
const seen: string[] = [];
const HANDLERS = 'nexus-handlers';
const CALLERS = 'nexus-callers';

const watching: NexusInterceptorsFactory = ({ service, operation }) => ({
  inbound: {
    startOperation: (input, next) => {
      seen.push(`start ${service}/${operation}`);
      return next(input);
    },
    cancelOperation: (input, next) => {
      seen.push(`cancel ${service}/${operation}`);
      return next(input);
    },
  },
});

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createTimeSkipping();
  const workflowsPath = join(import.meta.dirname, 'workflows.ts');
  const common = { connection: env.nativeConnection, workflowsPath };
  workers = [
    await Worker.create({
      ...common,
      taskQueue: CALLERS,
      interceptors: { workflowModules: [workflowsPath] },
    }),
    await Worker.create({
      ...common,
      taskQueue: HANDLERS,
      nexusServices: [shopHandler],
      interceptors: { nexus: [watching] },
    }),
  ];
  running = workers.map((worker) => worker.run());
  await env.createNexusEndpoint('the-shop', HANDLERS);
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await env.teardown();
  await Runtime.instance().shutdown();
});

let count = 0;
const execute = <T extends (...args: never[]) => Promise<unknown>>(workflow: T, ...args: Parameters<T>) =>
  env.client.workflow.execute(workflow as never, {
    taskQueue: CALLERS,
    workflowId: `caller-${count++}`,
    args: args as never,
  }) as ReturnType<T>;

const typesOf = async (workflowId: string) => {
  const { events } = await env.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).map(({ eventType }) => Number(eventType));
};

describe('nexus operations that end at once', () => {
  it('NXS-15: give their result, with or without a handle', async () => {
    expect(await execute(workflows.callsHello, 'the-shop', 'you')).toBe('Hello, you!');
    expect(await execute(workflows.startsHello, 'the-shop')).toEqual({
      service: 'shop',
      operation: 'hello',
      result: 'Hello, you!',
    });
    expect(seen).toContain('start shop/hello');
  });

  it('NXS-16: that fail, or are cancelled by their handler, reject with the reason as cause', async () => {
    expect(await execute(workflows.callsEnd, 'the-shop', 'failed')).toMatchObject({
      message: 'nexus operation completed unsuccessfully',
      endpoint: 'the-shop',
      service: 'shop',
      operation: 'end',
      hasToken: false,
      isCancellation: false,
      cause: { name: 'ApplicationFailure', message: 'it has failed', inner: 'deep down' },
    });
    expect(await execute(workflows.callsEnd, 'the-shop', 'canceled')).toMatchObject({
      isCancellation: true,
      cause: { name: 'CancelledFailure', message: 'it has canceled' },
    });
  });

  it('NXS-16: an error of the handler is a HandlerError of nexus-rpc in workflow code too', async () => {
    expect(await execute(workflows.callsRefuse, 'the-shop', 'BAD_REQUEST')).toMatchObject({
      operation: 'refuse-it',
      cause: { message: 'never' },
      handlerError: { type: 'BAD_REQUEST', retryable: false },
    });
  });

  it('NXS-4: are tried again where the handler says that it may help', async () => {
    expect(await execute(workflows.callsFlaky, 'the-shop', 'k', 2)).toBe(3);
  });

  it('NXS-17: find namespace, task queue, endpoint and the headers of interceptors', async () => {
    expect(await execute(workflows.callsWhere, 'the-shop')).toEqual({
      namespace: 'default',
      taskQueue: HANDLERS,
      endpoint: 'the-shop',
      header: 'a workflow',
    });
  });
});

describe('nexus operations of an endpoint that is not there', () => {
  it('NXS-20: wait and are tried again, say why, and end with their timeout', async () => {
    const result = execute(workflows.callsWithTimeout, 'not-there');
    expect(await result).toMatchObject({
      message: 'nexus operation timed out',
      cause: { name: 'TimeoutFailure', message: 'operation timed out' },
    });
  });

  it('NXS-20: go on when it is registered', async () => {
    const handle = await env.client.workflow.start(workflows.callsHello, {
      taskQueue: CALLERS,
      workflowId: 'early',
      args: ['comes-later', 'you'],
    });
    await expect
      .poll(async () => {
        const { raw } = await handle.describe();
        return JSON.stringify(raw.pendingNexusOperations ?? []);
      })
      .toContain('There is no Nexus endpoint');
    await env.createNexusEndpoint('comes-later', HANDLERS);
    expect(await handle.result()).toBe('Hello, you!');
  });
});

describe('nexus operations that workflows stand for', () => {
  it('NXS-13: end as their workflow does, hours later', async () => {
    const order = { orderId: '1', how: 'at once' } as const;
    expect(await execute(workflows.orders, 'the-shop', order)).toEqual({
      hasToken: true,
      result: 'shipped 1 in step 0',
    });
    expect(await execute(workflows.orders, 'the-shop', { orderId: '2', how: 'fails' })).toMatchObject({
      result: { hasToken: true, cause: { message: 'no stock for 2' } },
    });
  });

  it('NXS-14: as the last of a chain of runs does', async () => {
    expect(await execute(workflows.orders, 'the-shop', { orderId: '3', how: 'in steps' })).toMatchObject({
      result: 'shipped 3 in step 2',
    });
  });

  it('NXS-14: two callers can wait for one workflow', async () => {
    const order = { orderId: 'shared', how: 'at once' } as const;
    const both = [execute(workflows.orders, 'the-shop', order), execute(workflows.orders, 'the-shop', order)];
    for (const one of await Promise.all(both))
      expect(one).toMatchObject({ result: 'shipped shared in step 0' });
  });

  it('NXS-18: cancelling the scope cancels the workflow, and the operation ends as cancelled', async () => {
    expect(await execute(workflows.cancels, 'the-shop', 'ship', 'WAIT_CANCELLATION_COMPLETED')).toMatchObject(
      {
        hasToken: true,
        isCancellation: true,
      },
    );
    const { status } = await env.client.workflow.getHandle('ship-c-WAIT_CANCELLATION_COMPLETED').describe();
    expect(status.name).toBe('CANCELLED');
  });
});

describe('nexus operations whose scope is cancelled', () => {
  it.each(['TRY_CANCEL', 'ABANDON', 'WAIT_CANCELLATION_REQUESTED'] as const)(
    'NXS-18: %s does not wait for the end of the operation',
    async (type) => {
      expect(await execute(workflows.cancels, 'the-shop', 'stubborn', type)).toMatchObject({
        isCancellation: true,
        hasToken: true,
      });
      const types = await typesOf(`caller-${count - 1}`);
      // 54: the request; 56: that it was taken.
      expect(types.includes(54)).toBe(type !== 'ABANDON');
      if (type === 'WAIT_CANCELLATION_REQUESTED') expect(types).toContain(56);
      if (type === 'WAIT_CANCELLATION_REQUESTED') expect(cancelsOfStubborn).toContain(`token of ${type}`);
    },
  );

  it.each(['TRY_CANCEL', 'ABANDON', 'WAIT_CANCELLATION_REQUESTED', 'WAIT_CANCELLATION_COMPLETED'] as const)(
    'NXS-9, NXS-18: %s of one that nobody has heard of ends the call at once',
    async (type) => {
      const workflowId = `caller-${count++}`;
      await env.createNexusEndpoint(`nobody-${type}`, 'nobody polls this queue');
      const handle = await env.client.workflow.start(workflows.cancelsUnheard, {
        taskQueue: CALLERS,
        workflowId,
        args: [`nobody-${type}`, type],
      });
      await expect.poll(async () => typesOf(workflowId)).toContain(48);
      await handle.signal(workflows.go);
      expect(await handle.result()).toMatchObject({ isCancellation: true, hasToken: false });
      const types = await typesOf(workflowId);
      expect(types.includes(54)).toBe(type !== 'ABANDON');
      if (type.startsWith('WAIT')) expect(types).toContain(52);
    },
  );

  it('NXS-18: before anything was sent, nothing is', async () => {
    const workflowId = `caller-${count}`;
    expect(await execute(workflows.cancelsAtOnce, 'the-shop')).toMatchObject([
      { isCancellation: true },
      'CancelledFailure',
    ]);
    expect(await typesOf(workflowId)).not.toContain(48);
  });
});

describe('nexus operations in replay', () => {
  it('NXS-19: every history of these tests replays, and one of another service does not', async () => {
    const workflowsPath = join(import.meta.dirname, 'workflows.ts');
    const histories = async function* () {
      for (let index = 0; index < count; index++) {
        const workflowId = `caller-${index}`;
        yield { workflowId, history: await env.client.workflow.getHandle(workflowId).fetchHistory() };
      }
    };
    let replayed = 0;
    for await (const { error } of Worker.runReplayHistories({ workflowsPath }, histories())) {
      expect(error).toBeUndefined();
      replayed++;
    }
    expect(replayed).toBeGreaterThan(12);
    const first = await env.client.workflow.getHandle('caller-0').fetchHistory();
    const text = historyToJSON(first).replaceAll('"hello"', '"goodbye"');
    await expect(Worker.runReplayHistory({ workflowsPath }, JSON.parse(text))).rejects.toThrow(
      /Nexus operation id of scheduled event 'shop\/goodbye' does not match/,
    );
  });
});
