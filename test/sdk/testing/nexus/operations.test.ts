/** `TemporalOperationHandler` from end to end: workflows, updates and activities that stand for operations. */
import { join } from 'node:path';
import { historyToJSON } from 'perdure/common/lib/proto-utils';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as activities from './operations-activities.ts';
import { cancelledUpdates, deskHandler, linksSeen } from './operations-handlers.ts';
import { desk } from './operations-service.ts';
import * as workflows from './operations-workflows.ts';

let env: TestWorkflowEnvironment;
let running: Promise<void>[];
let workers: Worker[];
const HANDLERS = 'desk-handlers';
const CALLERS = 'desk-callers';
const STARTED = 49;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createLocal();
  const workflowsPath = join(import.meta.dirname, 'operations-workflows.ts');
  const common = { connection: env.nativeConnection, workflowsPath };
  workers = [
    await Worker.create({ ...common, taskQueue: CALLERS }),
    await Worker.create({
      ...common,
      taskQueue: HANDLERS,
      nexusServices: [deskHandler],
      activities,
      maxHeartbeatThrottleInterval: '50ms',
    }),
  ];
  running = workers.map((worker) => worker.run());
  await env.createNexusEndpoint('the-desk', HANDLERS);
});

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await env.teardown();
  await Runtime.instance().shutdown();
});

let count = 0;
const start = <T extends (...args: never[]) => Promise<unknown>>(workflow: T, ...args: Parameters<T>) =>
  env.client.workflow.start(workflow as never, {
    taskQueue: CALLERS,
    workflowId: `desk-caller-${count++}`,
    args: args as never,
  });
type Started = Awaited<ReturnType<typeof start>>;

const typesOf = async ({ workflowId }: { workflowId: string }) => {
  const { events } = await env.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).map(({ eventType }) => Number(eventType));
};
const untilStarted = (caller: Started) =>
  expect.poll(() => typesOf(caller), { timeout: 10_000 }).toContain(STARTED);

/** The workflow whose updates are sent. */
const newOrder = (workflowId: string) =>
  env.client.workflow.start(workflows.order, { taskQueue: HANDLERS, workflowId, args: [] });

describe('operations that an update stands for', () => {
  it('NXS-22: start with its acceptance and end with its outcome', async () => {
    const order = await newOrder('order-1');
    const caller = await start(workflows.approves, 'the-desk', { workflowId: 'order-1', how: 'waits' });
    await untilStarted(caller);
    await order.signal(workflows.decide, 'yes');
    expect(await caller.result()).toEqual({ isAsync: true, result: 'approved: yes' });
    const failing = await start(workflows.approves, 'the-desk', { workflowId: 'order-1', how: 'fails' });
    expect(await failing.result()).toMatchObject({ result: { cause: { message: 'not approved: yes' } } });
  });

  it('NXS-22: end at once where it has ended by then', async () => {
    await newOrder('order-2');
    const caller = await start(workflows.approves, 'the-desk', { workflowId: 'order-2', how: 'at once' });
    // Whether the answer or the outcome is there first, is open.
    expect(await caller.result()).toMatchObject({ result: 'approved at once' });
    const rejected = await start(workflows.approves, 'the-desk', { workflowId: 'order-2', how: 'rejected' });
    expect(await rejected.result()).toMatchObject({
      cause: { message: 'Workflow Update failed' },
      innermost: 'not an order to approve',
    });
  });

  it('NXS-23: several operations can wait for one update', async () => {
    const order = await newOrder('order-3');
    const input = { workflowId: 'order-3', updateId: 'the one', how: 'waits' } as const;
    const callers = [
      await start(workflows.approves, 'the-desk', input),
      await start(workflows.approves, 'the-desk', input),
    ];
    for (const caller of callers) await untilStarted(caller);
    await order.signal(workflows.decide, 'both');
    for (const caller of callers)
      expect(await caller.result()).toEqual({ isAsync: true, result: 'approved: both' });
    const { events } = await order.fetchHistory();
    expect(
      (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes),
    ).toHaveLength(1);
  });

  it.each(['complete', 'continue'] as const)(
    'NXS-22: fail when the run that has it ends: %s',
    async (how) => {
      const order = await newOrder(`order-4-${how}`);
      const input = { workflowId: `order-4-${how}`, how: 'waits' } as const;
      const caller = await start(workflows.approves, 'the-desk', input);
      await untilStarted(caller);
      await order.signal(workflows.end, how);
      expect(await caller.result()).toMatchObject({
        result: {
          cause: { message: expect.stringContaining('Workflow completed before the Update completed') },
        },
      });
    },
  );

  it('NXS-25: are cancelled as their handler says, and not at all where it says nothing', async () => {
    await newOrder('order-5');
    const update = { workflowId: 'order-5', updateId: 'u-5', how: 'waits' } as const;
    const caller = await start(workflows.cancelsOperation, 'the-desk', { approve: update });
    expect(await caller.result()).toMatchObject({ isCancellation: true });
    await expect
      .poll(() => cancelledUpdates)
      .toContainEqual({ workflowId: 'order-5', runId: expect.stringMatching(/./), updateId: 'u-5' });
    const other = await start(workflows.cancelsOperation, 'the-desk', { approveForGood: update });
    await other.result();
    const { events } = await env.client.workflow.getHandle(other.workflowId).fetchHistory();
    const refusal = (events ?? []).find((event) => event.nexusOperationCancelRequestFailedEventAttributes);
    expect(JSON.stringify(refusal)).toContain('NOT_IMPLEMENTED');
  });
});

describe('operations that an activity stands for', () => {
  it('NXS-24: end as it does', async () => {
    const charged = await start(workflows.charges, 'the-desk', { activityId: 'c-1', how: 'completes' });
    expect(await charged.result()).toEqual({ isAsync: true, result: 'charged' });
    const failed = await start(workflows.charges, 'the-desk', { activityId: 'c-2', how: 'fails' });
    expect(await failed.result()).toMatchObject({
      isAsync: true,
      result: { cause: { message: 'no funds' } },
    });
  });

  it('NXS-25: cancelling one cancels the activity', async () => {
    const what = { charge: { activityId: 'c-3', how: 'waits' } } as const;
    const caller = await start(workflows.cancelsOperation, 'the-desk', what);
    expect(await caller.result()).toMatchObject({ hasToken: true, isCancellation: true });
    const { status } = await env.client.activity.getHandle('c-3').describe();
    expect(status).toBe('CANCELED');
  });

  it('NXS-24: several operations can wait for one activity', async () => {
    const input = { activityId: 'c-4', how: 'waits' } as const;
    const callers = [
      await start(workflows.charges, 'the-desk', input),
      await start(workflows.charges, 'the-desk', input),
    ];
    for (const caller of callers) await untilStarted(caller);
    const { rawCallbacks, rawInfo } = await env.client.activity.getHandle('c-4').describe();
    expect(rawCallbacks).toMatchObject([{ info: { state: 1 } }, { info: { state: 1 } }]);
    expect(rawInfo.links).toMatchObject([{ workflowEvent: { workflowId: callers[0]?.workflowId } }]);
    await env.client.activity.getHandle('c-4').terminate('enough');
    for (const caller of callers)
      expect(await caller.result()).toMatchObject({ result: { cause: { name: 'TerminatedFailure' } } });
  });
});

describe('links between the caller of an operation and what stands for it', () => {
  interface JsonEvent {
    eventId: string;
    eventType: string;
    links?: { workflowEvent?: Record<string, unknown>; activity?: unknown; workflow?: unknown }[];
  }
  const eventsOf = async (workflowId: string): Promise<JsonEvent[]> =>
    JSON.parse(historyToJSON(await env.client.workflow.getHandle(workflowId).fetchHistory())).events;
  const linksOf = async (workflowId: string, eventType: string) =>
    (await eventsOf(workflowId)).find((event) => event.eventType === `EVENT_TYPE_${eventType}`)?.links;
  const eventOf = (workflowId: string, eventId: number, eventType: string) => ({
    workflowEvent: expect.objectContaining({
      namespace: 'default',
      workflowId,
      runId: expect.stringMatching(/./),
      eventRef: { eventId: `${eventId}`, eventType: `EVENT_TYPE_${eventType}` },
    }),
  });

  it('NXS-26: of a workflow: from its start to the call and back', async () => {
    const caller = await start(workflows.calls, 'the-desk', 'open', 'order-9');
    await untilStarted(caller);
    const scheduled = eventOf(caller.workflowId, 5, 'NEXUS_OPERATION_SCHEDULED');
    expect(await linksOf('order-9', 'WORKFLOW_EXECUTION_STARTED')).toEqual([scheduled]);
    expect(await linksOf(caller.workflowId, 'NEXUS_OPERATION_STARTED')).toEqual([
      eventOf('order-9', 1, 'WORKFLOW_EXECUTION_STARTED'),
    ]);
  });

  it('NXS-26: of an update: from its acceptance to the call and back', async () => {
    await newOrder('order-10');
    const input = { workflowId: 'order-10', how: 'waits' } as const;
    const caller = await start(workflows.approves, 'the-desk', input);
    await untilStarted(caller);
    const scheduled = eventOf(caller.workflowId, 5, 'NEXUS_OPERATION_SCHEDULED');
    expect(await linksOf('order-10', 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED')).toEqual([scheduled]);
    const accepted = (await eventsOf('order-10')).find(({ eventType }) => eventType.endsWith('ACCEPTED'));
    expect(await linksOf(caller.workflowId, 'NEXUS_OPERATION_STARTED')).toEqual([
      eventOf('order-10', Number(accepted?.eventId), 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED'),
    ]);
    const { inbound, outbound } = linksSeen.at(-1) ?? {};
    expect(inbound).toEqual([expect.stringContaining('eventID=5&eventType=NexusOperationScheduled')]);
    expect(outbound).toEqual([expect.stringContaining('eventType=WorkflowExecutionUpdateAccepted')]);
  });

  it('NXS-26: of an activity', async () => {
    const caller = await start(workflows.charges, 'the-desk', { activityId: 'c-5', how: 'completes' });
    await caller.result();
    expect(await linksOf(caller.workflowId, 'NEXUS_OPERATION_STARTED')).toEqual([
      { activity: { namespace: 'default', activityId: 'c-5', runId: expect.stringMatching(/./) } },
    ]);
  });

  it('NXS-26: of signals that a handler sends', async () => {
    const caller = await start(workflows.calls, 'the-desk', 'tell', 'order-11');
    await caller.result();
    const scheduled = eventOf(caller.workflowId, 5, 'NEXUS_OPERATION_SCHEDULED');
    const signals = (await eventsOf('order-11')).filter(({ eventType }) => eventType.endsWith('SIGNALED'));
    expect(signals.map(({ links }) => links)).toEqual([[scheduled], [scheduled]]);
    const links = (await linksOf(caller.workflowId, 'NEXUS_OPERATION_COMPLETED')) ?? [];
    const signaled = {
      workflowId: 'order-11',
      requestIdRef: { eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED' },
    };
    expect(links).toMatchObject([{ workflowEvent: signaled }, { workflowEvent: signaled }]);
    const [byStart, byHandle] = links.map(({ workflowEvent }) => workflowEvent);
    expect(byHandle?.runId).toBe(byStart?.runId);
    expect(byHandle?.requestIdRef).not.toEqual(byStart?.requestIdRef);
  });
});

describe('operations without a workflow that calls', () => {
  const client = () => env.client.nexus.createServiceClient({ endpoint: 'the-desk', service: desk });
  const options = (id: string) => ({ id, scheduleToCloseTimeout: '1 day' }) as const;

  it('NXS-22, NXS-26: end as the update does that stands for them, and are linked to it', async () => {
    const order = await newOrder('order-12');
    const input = { workflowId: 'order-12', how: 'waits' } as const;
    const handle = await client().startOperation('approve', input, options('op-1'));
    await expect
      .poll(async () => JSON.stringify((await order.fetchHistory()).events ?? []), { timeout: 10_000 })
      .toContain('workflowExecutionUpdateAcceptedEventAttributes');
    const { events } = await order.fetchHistory();
    const accepted = (events ?? []).find((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    expect(accepted).toMatchObject({ links: [{ nexusOperation: { operationId: 'op-1' } }] });
    await order.signal(workflows.decide, 'yes');
    expect(await handle.result()).toBe('approved: yes');
  });

  it('NXS-24: end as the activity does that stands for them', async () => {
    const input = { activityId: 'c-6', how: 'fails' } as const;
    const failed = client().executeOperation('charge', input, options('op-2'));
    await expect(failed).rejects.toMatchObject({ cause: { message: 'no funds' } });
  });
});

describe('operations of a TemporalOperationHandler', () => {
  it('NXS-13: can be a workflow, or an answer', async () => {
    const caller = await start(workflows.calls, 'the-desk', 'open', 'order-6');
    await untilStarted(caller);
    await env.client.workflow.getHandle('order-6').signal(workflows.end, 'complete');
    expect(await caller.result()).toBe('closed');
    const answered = await start(workflows.calls, 'the-desk', 'answer', 'the desk');
    expect(await answered.result()).toBe('the desk of default');
  });

  it('NXS-25: one thing alone can stand for one', async () => {
    const caller = await start(workflows.calls, 'the-desk', 'twice', 'order-7');
    expect(await caller.result()).toMatchObject({
      cause: {
        name: 'HandlerError',
        message: expect.stringContaining('Only one async operation can be started'),
      },
    });
  });

  it('NXS-25: signals and queries go with it', async () => {
    const caller = await start(workflows.calls, 'the-desk', 'tell', 'order-8');
    expect(await caller.result()).toBe('first, second');
  });
});
