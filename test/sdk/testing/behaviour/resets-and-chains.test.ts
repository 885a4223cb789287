/** Resets over what is pending and over chains; messages while a run closes; pauses over timers and activities. */
import { join } from 'node:path';
import { WithStartWorkflowOperation, type WorkflowHandle } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeActivities } from './activities.ts';
import {
  add,
  collector,
  cutsUpdates,
  done,
  eager,
  list,
  manyPending,
  put,
  relayRuns,
  slow,
} from './workflows.ts';

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
const taskQueue = 'resets';
const namespace = 'default';

let env: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;
const activities = makeActivities();
let ids = 0;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createTimeSkipping();
  worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowsPath, activities });
  running = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
  await Runtime.instance().shutdown();
});

const options = (name: string) => ({ taskQueue, workflowId: `${name}-${ids++}` });
const failureOf = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: Error) => error,
  );

async function typesOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => {
    const key = Object.keys(event).find((name) => name.endsWith('EventAttributes') && event[name as never]);
    return (key ?? '').replace('EventAttributes', '');
  });
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 5_000; tries++) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain, last: ${JSON.stringify(await read())}`);
}

async function reset(handle: WorkflowHandle, at: number, more: object = {}): Promise<WorkflowHandle> {
  const { runId } = await env.client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId: handle.workflowId },
    reason: 'again',
    workflowTaskFinishEventId: at,
    ...more,
  });
  return env.client.workflow.getHandle(handle.workflowId, runId as string);
}

const lastFinish = (types: string[]): number => types.lastIndexOf('workflowTaskCompleted') + 1;

describe('a reset over what is pending', () => {
  it('RESET-4..6: activity again, the timer at its time, the child attached again', async () => {
    const { workflowId } = options('pending');
    const childId = `${workflowId}-child`;
    const handle = await env.client.workflow.start(manyPending, { taskQueue, workflowId, args: [childId] });
    const child = env.client.workflow.getHandle(childId);
    await until(
      () => handle.query(list),
      (brought) => brought.includes('pending'),
    );
    await child.signal(add, 'before');
    const again = await reset(handle, lastFinish(await typesOf(handle)));
    await child.signal(add, 'after');
    await child.signal(done);
    await again.signal(done);
    expect(new Set(await again.result())).toEqual(new Set(['pending', 'slept', 'before', 'after']));
    expect((await child.describe()).status.name).toBe('COMPLETED');
  });

  it('RESET-3: children that closed after the point are closed in the new run', async () => {
    const { workflowId } = options('closed-child');
    const childId = `${workflowId}-child`;
    const handle = await env.client.workflow.start(manyPending, { taskQueue, workflowId, args: [childId] });
    await until(
      () => typesOf(handle),
      (types) =>
        types.includes('childWorkflowExecutionStarted') &&
        lastFinish(types) > types.indexOf('childWorkflowExecutionStarted'),
    );
    const at = lastFinish(await typesOf(handle));
    const child = env.client.workflow.getHandle(childId);
    await child.signal(add, 'item');
    await child.signal(done);
    await until(
      () => handle.query(list),
      (brought) => brought.includes('item'),
    );
    const again = await reset(handle, at);
    await again.signal(done);
    expect(new Set(await again.result())).toEqual(new Set(['pending', 'slept', 'item']));
  });

  it('RESET-2, RESET-3: of an earlier run of a chain, with the signals of all later ones', async () => {
    const handle = await env.client.workflow.start(relayRuns, options('chain'));
    const { firstExecutionRunId } = handle;
    await until(
      () => handle.query(list),
      () => true,
    );
    await handle.signal(add, 'a');
    await until(
      () => env.client.workflow.getHandle(handle.workflowId).query(list),
      (items) => items.length === 1,
    );
    await handle.signal(add, 'b');
    await until(
      () => env.client.workflow.getHandle(handle.workflowId).query(list),
      (items) => items.length === 2,
    );
    const first = env.client.workflow.getHandle(handle.workflowId, firstExecutionRunId);
    const at = (await typesOf(first)).indexOf('workflowTaskCompleted') + 1;
    const again = await reset(handle, at, {
      workflowExecution: { workflowId: handle.workflowId, runId: firstExecutionRunId },
    });
    // Both signals are in the first run again, which therefore goes on with both.
    const current = env.client.workflow.getHandle(handle.workflowId);
    await until(
      async () => {
        await current.signal(add, 'more').catch(() => undefined);
        return (await current.describe()).status.name;
      },
      (name) => name === 'COMPLETED',
    );
    const result = await again.result();
    expect(result.slice(0, 2)).toEqual(['1:a', '1:b']);
  });
});

describe('messages while a run closes', () => {
  it('WFT-5, SIG-10: every signal that was accepted is seen', async () => {
    for (let round = 0; round < 10; round++) {
      const handle = await env.client.workflow.start(eager, options('eager'));
      let accepted = 0;
      const sending = Array.from({ length: 20 }, async () => {
        await handle.signal(add, 'x');
        accepted += 1;
      });
      await Promise.allSettled(sending);
      expect(await handle.result()).toBe(accepted);
    }
  });

  it('UPD-10: an update that was accepted fails when the run continues as new, an admitted one goes to the next run', async () => {
    const handle = await env.client.workflow.start(cutsUpdates, options('cuts'));
    const accepted = await handle.startUpdate(slow, { args: ['z'], waitForStage: 'ACCEPTED' });
    const error = await failureOf(accepted.result());
    expect(error.cause).toMatchObject({ type: 'AcceptedUpdateCompletedWorkflow' });
    const current = env.client.workflow.getHandle(handle.workflowId);
    await until(
      () => current.describe(),
      ({ runId }) => runId !== handle.firstExecutionRunId,
    );
    expect(await current.executeUpdate(put, { args: ['x'] })).toBe('second x');
    await current.signal(done);
    expect(await handle.result()).toBe('over');
  });

  it.each([
    ['start.cronSchedule', { cronSchedule: '0 * * * *' }],
    ['start.workflowStartDelay', { startDelay: '1 hour' }],
  ] as const)('UPD-17: %s is refused in update-with-start, and nothing is begun', async (field, refused) => {
    const { workflowId } = options('refused');
    const startWorkflowOperation = new WithStartWorkflowOperation(collector, {
      taskQueue,
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      ...refused,
    });
    const error = await failureOf(
      env.client.workflow.executeUpdateWithStart(put, { startWorkflowOperation, args: ['x'] }),
    );
    expect(error.cause).toMatchObject({ details: `${field}: not allowed in update-with-start` });
    const described = await failureOf(env.client.workflow.getHandle(workflowId).describe());
    expect(described.name).toBe('WorkflowNotFoundError');
  });

  it('UPD-17, UPD-18: update-with-start and FAIL on a running workflow', async () => {
    const { workflowId } = options('fails');
    await env.client.workflow.start(collector, { taskQueue, workflowId });
    const startWorkflowOperation = new WithStartWorkflowOperation(collector, {
      taskQueue,
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
    });
    const error = await failureOf(
      env.client.workflow.executeUpdateWithStart(put, { startWorkflowOperation, args: ['x'] }),
    );
    expect(error.name).toBe('WorkflowExecutionAlreadyStartedError');
    expect((await failureOf(startWorkflowOperation.workflowHandle())).name).toBe(
      'WorkflowExecutionAlreadyStartedError',
    );
    await env.client.workflow.getHandle(workflowId).terminate();
  });
});

describe('a paused workflow', () => {
  it('WPAUSE-2: timers fire and wait, no activity is dispatched, terminate works', async () => {
    const { workflowId } = options('pause');
    const childId = `${workflowId}-child`;
    const handle = await env.client.workflow.start(manyPending, { taskQueue, workflowId, args: [childId] });
    await until(
      () => handle.query(list),
      (brought) => brought.includes('pending'),
    );
    const { workflowService } = env.client;
    await workflowService.pauseWorkflowExecution({ namespace, workflowId, reason: 'look', requestId: 'p' });
    await env.sleep('2 hours');
    const types = await typesOf(handle);
    expect(types.at(-1)).toBe('timerFired');
    await workflowService.unpauseWorkflowExecution({ namespace, workflowId, reason: 'go', requestId: 'u' });
    expect(
      await until(
        () => handle.query(list),
        (brought) => brought.includes('slept'),
      ),
    ).toContain('slept');
    await workflowService.pauseWorkflowExecution({ namespace, workflowId, reason: 'again', requestId: 'q' });
    await handle.terminate('over');
    expect((await handle.describe()).status.name).toBe('TERMINATED');
    await until(
      async () => (await env.client.workflow.getHandle(childId).describe()).status.name,
      (name) => name === 'TERMINATED',
    );
  });
});

describe('execution options', () => {
  it('are updated, shown, and recorded', async () => {
    const handle = await env.client.workflow.start(collector, options('options'));
    await env.client.workflowService.updateWorkflowExecutionOptions({
      namespace,
      workflowExecution: { workflowId: handle.workflowId },
      workflowExecutionOptions: { priority: { priorityKey: 2, fairnessKey: 'tenant' } },
      updateMask: { paths: ['priority'] },
    });
    expect((await handle.describe()).priority).toMatchObject({ priorityKey: 2, fairnessKey: 'tenant' });
    expect(await typesOf(handle)).toContain('workflowExecutionOptionsUpdated');
    await handle.terminate();
  });
});
