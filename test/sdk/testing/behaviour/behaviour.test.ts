import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  WorkflowUpdateStage,
} from 'perdure/client';
import { type ActivityFailure, TerminatedFailure, TimeoutFailure } from 'perdure/common';
import { describe, expect, it } from 'vitest';
import { failureOf, namespace, until, useBehaviour } from './support.ts';
import {
  add,
  cleansUp,
  collector,
  counting,
  cronThenNew,
  done,
  flaky,
  grows,
  list,
  oneActivity,
  put,
  slow,
  steps,
  tree,
  wrapped,
} from './workflows.ts';

const taskQueue = 'behaviour';
const HOUR = 3_600_000;
const behaviour = useBehaviour(taskQueue);
const { activities, options, eventTypes } = behaviour;

describe('workflow retry', () => {
  it('RETRY-4, RETRY-5: starts anew from the started event; nextRetryDelay is capped by maximumInterval', async () => {
    const before = await behaviour.env.currentTimeMs();
    const result = await behaviour.env.client.workflow.execute(flaky, {
      ...options('flaky'),
      args: ['Some'],
      memo: { given: true },
      retry: { maximumAttempts: 5, initialInterval: '1s', maximumInterval: '10 minutes' },
    });
    expect(result).toEqual({
      attempt: 3,
      lastFailure: 'attempt 2',
      memo: { given: true },
      isFirst: false,
      continued: true,
    });
    const took = (await behaviour.env.currentTimeMs()) - before;
    expect(took).toBeGreaterThanOrEqual(20 * 60_000);
    expect(took).toBeLessThan(HOUR);
  });

  it('RETRY-3: types that are not retried, and wrapped failures that are', async () => {
    const first = await failureOf(
      behaviour.env.client.workflow.execute(flaky, {
        ...options('typed'),
        args: ['Never'],
        retry: { nonRetryableErrorTypes: ['Never'] },
      }),
    );
    expect(first).toMatchObject({ retryState: 'NON_RETRYABLE_FAILURE' });
    const second = await failureOf(
      behaviour.env.client.workflow.execute(wrapped, {
        ...options('wrapped'),
        retry: { maximumAttempts: 2 },
      }),
    );
    expect(second).toMatchObject({ retryState: 'MAXIMUM_ATTEMPTS_REACHED' });
    expect((second.cause as ActivityFailure).cause).toMatchObject({ message: 'fatal' });
  });

  it('TO-1, RETRY-5: the execution timeout ends the chain', async () => {
    const handle = await behaviour.env.client.workflow.start(flaky, {
      ...options('short'),
      args: ['Some'],
      workflowExecutionTimeout: '30 minutes',
      retry: { initialInterval: '20 minutes', backoffCoefficient: 1, maximumInterval: '20 minutes' },
    });
    const error = await failureOf(handle.result());
    expect(error).toMatchObject({ retryState: 'TIMEOUT' });
    expect(error.cause).toMatchObject({ message: 'attempt 2' });
  });
});

describe('cron', () => {
  it('CRON-2..7: results and failures are handed on, each run at its time', async () => {
    const handle = await behaviour.env.client.workflow.start(counting, {
      ...options('cron'),
      cronSchedule: '0 * * * *',
    });
    const described = await handle.describe();
    expect(described.executionTime?.getUTCMinutes()).toBe(0);
    await behaviour.env.sleep('6 hours');
    const { runId } = await handle.describe();
    const current = await behaviour.env.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    const started = current.events?.[0]?.workflowExecutionStartedEventAttributes;
    expect(started).toMatchObject({ initiator: 3, cronSchedule: '0 * * * *' });
    const payload = started?.lastCompletionResult?.payloads?.[0]?.data;
    const last = Number(new TextDecoder().decode(payload ?? new Uint8Array()));
    expect(last).toBeGreaterThanOrEqual(3);
    await handle.terminate();
    expect(await failureOf(handle.result())).toBeInstanceOf(WorkflowFailedError);
    expect((await handle.describe()).status.name).toBe('TERMINATED');
  });

  it('CRON-5: continue-as-new drops the schedule', async () => {
    const handle = await behaviour.env.client.workflow.start(cronThenNew, {
      ...options('dropped'),
      cronSchedule: '*/10 * * * *',
    });
    expect(await handle.result()).toBe('none');
  });
});

describe('starts', () => {
  it('START-4, 5, 8: conflict policies', async () => {
    const { workflowId } = options('conflict');
    const start = (policy?: 'FAIL' | 'USE_EXISTING' | 'TERMINATE_EXISTING') =>
      behaviour.env.client.workflow.start(collector, {
        taskQueue,
        workflowId,
        ...(policy && { workflowIdConflictPolicy: policy }),
      });
    const first = await start();
    expect(await failureOf(start())).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    expect((await start('USE_EXISTING')).firstExecutionRunId).toBe(first.firstExecutionRunId);
    await behaviour.env.sleep('2s');
    const third = await start('TERMINATE_EXISTING');
    expect(third.firstExecutionRunId).not.toBe(first.firstExecutionRunId);
    const error = await failureOf(
      behaviour.env.client.workflow.getHandle(workflowId, first.firstExecutionRunId).result(),
    );
    expect(error.cause).toBeInstanceOf(TerminatedFailure);
    await third.signal(done);
    await third.result();
    await behaviour.env.sleep('2s');
    const reuse = (workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY') =>
      behaviour.env.client.workflow.start(collector, { taskQueue, workflowId, workflowIdReusePolicy });
    expect(await failureOf(reuse('REJECT_DUPLICATE'))).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    expect(await failureOf(reuse('ALLOW_DUPLICATE_FAILED_ONLY'))).toBeInstanceOf(
      WorkflowExecutionAlreadyStartedError,
    );
  });

  it('START-15: a signal during the delay waits for its end; signal-with-start ends it', async () => {
    const delayed = await behaviour.env.client.workflow.start(collector, {
      ...options('delayed'),
      startDelay: '1 hour',
    });
    await delayed.signal(add, 'a');
    expect(await eventTypes(delayed)).toEqual(['workflowExecutionStarted', 'workflowExecutionSignaled']);
    await behaviour.env.client.workflow.signalWithStart(collector, {
      taskQueue,
      workflowId: delayed.workflowId,
      signal: add,
      signalArgs: ['b'],
    });
    expect(
      await until(
        () => delayed.query(list),
        (items) => items.length === 2,
      ),
    ).toEqual(['a', 'b']);
    await delayed.terminate();
  });
});

describe('updates', () => {
  it('UPD-2, UPD-3: one ID is one update; a refused one may come again', async () => {
    const handle = await behaviour.env.client.workflow.start(collector, options('updates'));
    expect(await handle.executeUpdate(put, { args: ['x'], updateId: 'u' })).toBe('1');
    expect(await handle.executeUpdate(put, { args: ['ignored'], updateId: 'u' })).toBe('1');
    const refused = await failureOf(handle.executeUpdate(put, { args: ['bad'], updateId: 'v' }));
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await handle.executeUpdate(put, { args: ['y'], updateId: 'v' })).toBe('2');
    const accepted = await handle.startUpdate(slow, {
      args: ['z'],
      updateId: 'w',
      waitForStage: WorkflowUpdateStage.ACCEPTED,
    });
    await handle.signal(done);
    await behaviour.env.sleep('2 minutes');
    expect(await accepted.result()).toBe('z');
    expect(await handle.result()).toEqual(['put x', 'put y', 'slow z']);
    expect(await handle.getUpdateHandle('w').result()).toBe('z');
    expect((await failureOf(handle.getUpdateHandle('none').result())).name).toBe('WorkflowNotFoundError');
  });

  it('UPD-10: accepted and not completed when the run is terminated', async () => {
    const handle = await behaviour.env.client.workflow.start(collector, options('cut'));
    const accepted = await handle.startUpdate(slow, { args: ['z'], waitForStage: 'ACCEPTED' });
    await handle.terminate('enough');
    const error = await failureOf(accepted.result());
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(error.cause).toMatchObject({ type: 'AcceptedUpdateCompletedWorkflow', nonRetryable: true });
  });

  it('UPD-17: update-with-start starts, uses what runs, and gives an old outcome again', async () => {
    const { workflowId } = options('with-start');
    const operation = () =>
      new WithStartWorkflowOperation(collector, {
        taskQueue,
        workflowId,
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
    const send = (item: string, updateId: string, startWorkflowOperation = operation()) =>
      behaviour.env.client.workflow.executeUpdateWithStart(put, {
        startWorkflowOperation,
        args: [item],
        updateId,
      });
    expect(await send('a', '1')).toBe('1');
    expect(await send('b', '2')).toBe('2');
    expect(await send('c', '1')).toBe('1');
    const rejected = operation();
    expect(await failureOf(send('bad', '3', rejected))).toBeInstanceOf(WorkflowUpdateFailedError);
    expect((await rejected.workflowHandle()).workflowId).toBe(workflowId);
    const handle = behaviour.env.client.workflow.getHandle(workflowId);
    await handle.signal(done);
    expect(await handle.result()).toEqual(['put a', 'put b']);
  });
});

describe('reset', () => {
  const finishes = (events: string[]) =>
    events.flatMap((type, index) => (type === 'workflowTaskCompleted' ? [index + 1] : []));

  async function reset(handle: WorkflowHandle, eventId: number, more: object = {}): Promise<WorkflowHandle> {
    const { runId } = await behaviour.env.client.workflowService.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: handle.workflowId },
      reason: 'again',
      workflowTaskFinishEventId: eventId,
      requestId: options('reset').workflowId,
      ...more,
    });
    return behaviour.env.client.workflow.getHandle(handle.workflowId, runId as string);
  }

  it('RESET-1..3, 8: to the first task, signals and updates come again in their order', async () => {
    const handle = await behaviour.env.client.workflow.start(steps, options('reset'));
    await until(
      () => handle.query(list),
      (log) => log.length === 1,
    );
    await handle.signal(add, 'one');
    await handle.executeUpdate(put, { args: ['two'], updateId: 'u' });
    await handle.signal(add, 'three');
    await handle.result();
    const calls = activities.calls.length;
    const again = await reset(handle, finishes(await eventTypes(handle))[0] ?? 0);
    const result = await again.result();
    expect(result).toEqual(expect.arrayContaining(['one', 'put two', 'three']));
    expect(activities.calls.length).toBeGreaterThan(calls);
    const types = await eventTypes(again);
    expect(types).toContain('workflowTaskFailed');
    expect(types.filter((type) => type === 'workflowExecutionUpdateAdmitted')).toHaveLength(1);
    const { events } = await again.fetchHistory();
    expect(events?.[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId).toBe(
      handle.firstExecutionRunId,
    );
  });

  it('RESET-3: signals can be left out', async () => {
    const handle = await behaviour.env.client.workflow.start(collector, options('excluded'));
    await until(
      () => handle.query(list),
      () => true,
    );
    await handle.signal(add, 'gone');
    await handle.executeUpdate(put, { args: ['kept'] });
    const again = await reset(handle, finishes(await eventTypes(handle))[0] ?? 0, {
      resetReapplyExcludeTypes: [1],
    });
    await again.signal(done);
    expect(await again.result()).toEqual(['put kept']);
    const old = behaviour.env.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId, {
      followRuns: false,
    });
    expect((await failureOf(old.result())).cause).toBeInstanceOf(TerminatedFailure);
  });

  it('RESET-2: the same request ID is one reset; an impossible point is refused', async () => {
    const handle = await behaviour.env.client.workflow.start(collector, options('twice'));
    await until(
      () => handle.query(list),
      () => true,
    );
    const [eventId = 0] = finishes(await eventTypes(handle));
    const requestId = options('same').workflowId;
    const first = await reset(handle, eventId, { requestId });
    const second = await reset(handle, eventId, { requestId });
    expect((await second.describe()).runId).toBe((await first.describe()).runId);
    await expect(reset(handle, 1)).rejects.toMatchObject({ code: 3 });
    await expect(reset(handle, 999)).rejects.toMatchObject({ code: 3 });
    await first.terminate();
  });
});

describe('pause', () => {
  const pause = (handle: WorkflowHandle, call: 'pauseWorkflowExecution' | 'unpauseWorkflowExecution') =>
    behaviour.env.client.workflowService[call]({
      namespace,
      workflowId: handle.workflowId,
      identity: 'me',
      reason: 'look',
      requestId: options('p').workflowId,
    });

  it('WPAUSE-1, WPAUSE-2: a paused workflow takes signals, refuses queries and updates, and goes on', async () => {
    const handle = await behaviour.env.client.workflow.start(collector, options('paused'));
    await until(
      () => handle.query(list),
      () => true,
    );
    await pause(handle, 'pauseWorkflowExecution');
    await expect(pause(handle, 'pauseWorkflowExecution')).rejects.toMatchObject({ code: 9 });
    expect((await handle.describe()).status.name).toBe('PAUSED');
    await handle.signal(add, 'while paused');
    expect((await failureOf(handle.query(list))).name).toBe('QueryRejectedError');
    expect(await failureOf(handle.executeUpdate(put, { args: ['x'] }))).toBeInstanceOf(Error);
    await handle.signal(done);
    await pause(handle, 'unpauseWorkflowExecution');
    expect(await handle.result()).toEqual(['while paused']);
  });

  it('ACT-25..28: an activity that is paused, changed, reset and unpaused', async () => {
    const handle = await behaviour.env.client.workflow.start(oneActivity, options('activity'));
    const { workflowService } = behaviour.env.client;
    const execution = { workflowId: handle.workflowId };
    const pending = async () => (await handle.describe()).raw.pendingActivities?.[0];
    await until(pending, (activity) => Number(activity?.attempt) === 2);
    await workflowService.pauseActivity({ namespace, execution, id: 'the-one', identity: 'me' });
    expect((await pending())?.paused).toBe(true);
    await workflowService.updateActivityOptions({
      namespace,
      execution,
      id: 'the-one',
      activityOptions: { startToCloseTimeout: { seconds: 7 } },
      updateMask: { paths: ['start_to_close_timeout'] },
    });
    await workflowService.resetActivity({ namespace, execution, id: 'the-one', keepPaused: true });
    expect(Number((await pending())?.attempt)).toBe(1);
    expect((await pending())?.paused).toBe(true);
    activities.healed = true;
    await workflowService.unpauseActivity({ namespace, execution, id: 'the-one', identity: 'me' });
    expect(await handle.result()).toBe('healed in 1');
    await expect(
      workflowService.pauseActivity({ namespace, execution, id: 'none', identity: 'me' }),
    ).rejects.toMatchObject({ code: 5 });
  });
});

describe('the end of a tree', () => {
  const statusOf = async (workflowId: string) =>
    (await behaviour.env.client.workflow.getHandle(workflowId).describe()).status.name;

  it.each([
    ['TERMINATE', 'TERMINATED'],
    ['REQUEST_CANCEL', 'CANCELLED'],
    ['ABANDON', 'RUNNING'],
  ] as const)('CHILD-6: %s leaves the leaves %s', async (policy, status) => {
    const { workflowId } = options(`tree-${policy}`);
    await behaviour.env.client.workflow.start(tree, { taskQueue, workflowId, args: [2, policy] });
    const leaves = ['l.l', 'l.r', 'r.l', 'r.r'].map((path) => `${workflowId}.${path}`);
    await until(
      () => Promise.all(leaves.map((id) => statusOf(id).catch(() => 'absent'))),
      (statuses) => statuses.every((found) => found === 'RUNNING'),
    );
    await behaviour.env.client.workflow.getHandle(workflowId).terminate();
    for (const leaf of leaves) {
      if (status === 'RUNNING') expect(await statusOf(leaf)).toBe(status);
      else
        await until(
          () => statusOf(leaf),
          (found) => found === status,
        );
    }
    if (status !== 'RUNNING') return;
    for (const path of ['l', 'r', 'l.l', 'l.r', 'r.l', 'r.r'])
      await behaviour.env.client.workflow.getHandle(`${workflowId}.${path}`).terminate();
  });
});

describe('cancel and time', () => {
  it('SCOPE-8, SCOPE-9: cleanup runs, and a normal return completes the workflow', async () => {
    const handle = await behaviour.env.client.workflow.start(cleansUp, options('cleanup'));
    await until(
      () => eventTypes(handle),
      (types) => types.includes('timerStarted'),
    );
    await handle.cancel();
    expect(await handle.result()).toMatch(/^cleanup/);
    await handle.cancel();
    await expect(handle.terminate()).rejects.toMatchObject({ name: 'WorkflowNotFoundError' });
  });

  it('TO-2, TO-8: the run timeout', async () => {
    const handle = await behaviour.env.client.workflow.start(collector, {
      ...options('timeout'),
      workflowRunTimeout: '1 minute',
    });
    const error = await failureOf(handle.result());
    expect(error.cause).toBeInstanceOf(TimeoutFailure);
    expect(error).toMatchObject({
      cause: { timeoutType: 'START_TO_CLOSE' },
      retryState: 'RETRY_POLICY_NOT_SET',
    });
  });

  it('CAN-6, WFT-17: a long history suggests continue-as-new', async () => {
    const result = await behaviour.env.client.workflow.execute(grows, options('grows'));
    expect(result).toEqual({ run: 2, length: expect.any(Number), suggested: false });
    expect(result.length).toBeLessThan(10);
  });
});
