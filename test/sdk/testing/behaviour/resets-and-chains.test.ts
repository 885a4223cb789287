import { isGrpcServiceError, WithStartWorkflowOperation, type WorkflowHandle } from 'perdure/client';
import { describe, expect, it } from 'vitest';
import { failureOf, namespace, until, useBehaviour } from './support.ts';
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

const taskQueue = 'resets';
const behaviour = useBehaviour(taskQueue);
const { options, eventTypes } = behaviour;

async function reset(handle: WorkflowHandle, at: number, more: object = {}): Promise<WorkflowHandle> {
  const { runId } = await behaviour.env.client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId: handle.workflowId },
    reason: 'again',
    workflowTaskFinishEventId: at,
    ...more,
  });
  return behaviour.env.client.workflow.getHandle(handle.workflowId, runId as string);
}

const lastFinish = (types: string[]): number => types.lastIndexOf('workflowTaskCompleted') + 1;

describe('a reset over what is pending', () => {
  it('RESET-4..6: activity again, the timer at its time, the child attached again', async () => {
    const { workflowId } = options('pending');
    const childId = `${workflowId}-child`;
    const handle = await behaviour.env.client.workflow.start(manyPending, {
      taskQueue,
      workflowId,
      args: [childId],
    });
    const child = behaviour.env.client.workflow.getHandle(childId);
    await until(
      () => handle.query(list),
      (brought) => brought.includes('pending'),
    );
    await child.signal(add, 'before');
    const again = await reset(handle, lastFinish(await eventTypes(handle)));
    await child.signal(add, 'after');
    await child.signal(done);
    await again.signal(done);
    expect(new Set(await again.result())).toEqual(new Set(['pending', 'slept', 'before', 'after']));
    expect((await child.describe()).status.name).toBe('COMPLETED');
  });

  it('RESET-3: children that closed after the point are closed in the new run', async () => {
    const { workflowId } = options('closed-child');
    const childId = `${workflowId}-child`;
    const handle = await behaviour.env.client.workflow.start(manyPending, {
      taskQueue,
      workflowId,
      args: [childId],
    });
    await until(
      () => eventTypes(handle),
      (types) =>
        types.includes('childWorkflowExecutionStarted') &&
        lastFinish(types) > types.indexOf('childWorkflowExecutionStarted'),
    );
    const at = lastFinish(await eventTypes(handle));
    const child = behaviour.env.client.workflow.getHandle(childId);
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
    const handle = await behaviour.env.client.workflow.start(relayRuns, options('chain'));
    const { firstExecutionRunId } = handle;
    await until(
      () => handle.query(list),
      () => true,
    );
    await handle.signal(add, 'a');
    await until(
      () => behaviour.env.client.workflow.getHandle(handle.workflowId).query(list),
      (items) => items.length === 1,
    );
    await handle.signal(add, 'b');
    await until(
      () => behaviour.env.client.workflow.getHandle(handle.workflowId).query(list),
      (items) => items.length === 2,
    );
    const first = behaviour.env.client.workflow.getHandle(handle.workflowId, firstExecutionRunId);
    const at = (await eventTypes(first)).indexOf('workflowTaskCompleted') + 1;
    const again = await reset(handle, at, {
      workflowExecution: { workflowId: handle.workflowId, runId: firstExecutionRunId },
    });
    // Both signals are in the first run again, which therefore goes on with both.
    const current = behaviour.env.client.workflow.getHandle(handle.workflowId);
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
      const handle = await behaviour.env.client.workflow.start(eager, options('eager'));
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
    const handle = await behaviour.env.client.workflow.start(cutsUpdates, options('cuts'));
    const accepted = await handle.startUpdate(slow, { args: ['z'], waitForStage: 'ACCEPTED' });
    const error = await failureOf(accepted.result());
    expect(error.cause).toMatchObject({ type: 'AcceptedUpdateCompletedWorkflow' });
    const current = behaviour.env.client.workflow.getHandle(handle.workflowId);
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
  ] as const)(
    'UPD-17, UPD-18: %s is refused in update-with-start, and nothing is begun',
    async (field, refused) => {
      const { workflowId } = options('refused');
      const startWorkflowOperation = new WithStartWorkflowOperation(collector, {
        taskQueue,
        workflowId,
        workflowIdConflictPolicy: 'FAIL',
        ...refused,
      });
      const error = await failureOf(
        behaviour.env.client.workflow.executeUpdateWithStart(put, { startWorkflowOperation, args: ['x'] }),
      );
      // The status of the operation itself, as it is.
      expect(error).toMatchObject({ code: 3, message: `${field}: not allowed in update-with-start` });
      expect(isGrpcServiceError(error)).toBe(true);
      expect(await failureOf(startWorkflowOperation.workflowHandle())).toBe(error);
      const described = await failureOf(behaviour.env.client.workflow.getHandle(workflowId).describe());
      expect(described.name).toBe('WorkflowNotFoundError');
    },
  );

  it('UPD-17, UPD-18: update-with-start and FAIL on a running workflow', async () => {
    const { workflowId } = options('fails');
    await behaviour.env.client.workflow.start(collector, { taskQueue, workflowId });
    const startWorkflowOperation = new WithStartWorkflowOperation(collector, {
      taskQueue,
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
    });
    const error = await failureOf(
      behaviour.env.client.workflow.executeUpdateWithStart(put, { startWorkflowOperation, args: ['x'] }),
    );
    expect(error.name).toBe('WorkflowExecutionAlreadyStartedError');
    expect((await failureOf(startWorkflowOperation.workflowHandle())).name).toBe(
      'WorkflowExecutionAlreadyStartedError',
    );
    await behaviour.env.client.workflow.getHandle(workflowId).terminate();
  });
});

describe('a run that was continued', () => {
  it('END-2, SIG-1: is closed for signals, updates and termination, and cancelled already', async () => {
    const { client } = behaviour.env;
    const { workflowId } = options('earlier');
    const first = await client.workflow.start(relayRuns, { taskQueue, workflowId });
    await first.signal(add, 'a');
    const current = client.workflow.getHandle(workflowId);
    await until(
      () => current.describe(),
      ({ runId }) => runId !== first.firstExecutionRunId,
    );
    const earlier = client.workflow.getHandle(workflowId, first.firstExecutionRunId);
    const refusals = [earlier.terminate(), earlier.signal('any'), earlier.executeUpdate('any')];
    for (const error of await Promise.all(refusals.map(failureOf)))
      expect(error).toMatchObject({
        name: 'WorkflowNotFoundError',
        message: 'workflow execution already completed',
        runId: first.firstExecutionRunId,
      });
    await earlier.cancel();
    const unknown = client.workflow.getHandle(workflowId, crypto.randomUUID());
    expect((await failureOf(unknown.terminate())).message).toMatch(/^workflow not found for ID: /);
    await current.terminate();
  });
});

describe('a paused workflow', () => {
  it('WPAUSE-2: timers fire and wait, no activity is dispatched, terminate works', async () => {
    const { workflowId } = options('pause');
    const childId = `${workflowId}-child`;
    const handle = await behaviour.env.client.workflow.start(manyPending, {
      taskQueue,
      workflowId,
      args: [childId],
    });
    await until(
      () => handle.query(list),
      (brought) => brought.includes('pending'),
    );
    const { workflowService } = behaviour.env.client;
    await workflowService.pauseWorkflowExecution({ namespace, workflowId, reason: 'look', requestId: 'p' });
    await behaviour.env.sleep('2 hours');
    const types = await eventTypes(handle);
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
      async () => (await behaviour.env.client.workflow.getHandle(childId).describe()).status.name,
      (name) => name === 'TERMINATED',
    );
  });
});

describe('execution options', () => {
  it('are updated, shown, and recorded', async () => {
    const handle = await behaviour.env.client.workflow.start(collector, options('options'));
    await behaviour.env.client.workflowService.updateWorkflowExecutionOptions({
      namespace,
      workflowExecution: { workflowId: handle.workflowId },
      workflowExecutionOptions: { priority: { priorityKey: 2, fairnessKey: 'tenant' } },
      updateMask: { paths: ['priority'] },
    });
    expect((await handle.describe()).priority).toMatchObject({ priorityKey: 2, fairnessKey: 'tenant' });
    expect(await eventTypes(handle)).toContain('workflowExecutionOptionsUpdated');
    await handle.terminate();
  });
});
