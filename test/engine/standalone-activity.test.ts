import { describe, expect, test } from 'vitest';
import type { ActivityTask } from '../../src/engine/api.ts';
import { engine } from '../../src/engine/engine.ts';
import type { StandaloneActivityRequest, StartWorkflowRequest } from '../../src/engine/requests.ts';
import { standaloneExecutionId } from '../../src/sdk/common/standalone-activity.ts';
import { applicationFailure, args, byToken, Host, T0 } from './support/host.ts';

const newHost = () => new Host({ workflowId: standaloneExecutionId('charge-1') });
const one = { by: 'id', activityId: 'charge-1' } as const;

function started(
  activity: Partial<StandaloneActivityRequest> = {},
  request: Partial<StartWorkflowRequest> = {},
): Host {
  const host = newHost();
  start(host, activity, request);
  return host;
}

function start(
  host: Host,
  activity: Partial<StandaloneActivityRequest> = {},
  request: Partial<StartWorkflowRequest> = {},
) {
  return host.start({
    workflowType: 'charge',
    taskQueue: 'payments',
    activity: { activityId: 'charge-1', startToCloseTimeout: 10_000, ...activity },
    ...request,
  });
}

function admitted(host: Host): ActivityTask {
  const [task] = host.admit();
  if (task === undefined) throw new Error('an activity expected');
  return task;
}

const shown = (host: Host) => engine.describe(host.run, host.now).pendingActivities?.[0];

describe('standalone activities: one run, one activity', () => {
  test('SAA-1 the start schedules the activity, and no workflow task', () => {
    const host = started({ input: args('order-1') });
    expect(host.types()).toEqual(['WorkflowExecutionStarted', 'ActivityTaskScheduled']);
    expect(admitted(host)).toMatchObject({
      activityId: 'charge-1',
      activityType: 'charge',
      taskQueue: 'payments',
      attempt: 1,
      input: args('order-1'),
    });
    expect(host.beginTask()).toBeUndefined();
  });

  test('SAA-3 the run closes with its activity, and keeps the outcome once', () => {
    const host = started();
    host.apply({ kind: 'ActivityCompleted', activity: byToken(admitted(host)), result: args('paid') });
    expect(host.types().slice(2)).toEqual([
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'WorkflowExecutionCompleted',
    ]);
    expect(host.run.status).toBe('COMPLETED');
    expect(host.last('ActivityTaskCompleted').result).toEqual(args('paid'));
    expect(host.last('WorkflowExecutionCompleted').result).toBeUndefined();
    host.reload();
    expect(host.run.status).toBe('COMPLETED');
  });

  test('SAA-3 attempts are retried as those of workflows are; the last failure closes the run', () => {
    const host = started({ retryPolicy: { initialInterval: 1_000, maximumAttempts: 2 } });
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(host)),
      failure: applicationFailure('no'),
    });
    expect(host.admit()).toEqual([]);
    host.advance(1_000);
    const second = admitted(host);
    expect(second.attempt).toBe(2);
    host.reload();
    host.apply({ kind: 'ActivityFailed', activity: byToken(second), failure: applicationFailure('never') });
    expect(host.run.status).toBe('FAILED');
    expect(host.last('ActivityTaskFailed')).toMatchObject({
      failure: { message: 'never' },
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
    });
  });

  test('SAA-3 a timeout that ends it makes the run time out', () => {
    const host = started({ scheduleToCloseTimeout: 5_000 });
    host.advance(5_000);
    expect(host.run.status).toBe('TIMED_OUT');
    expect(host.last('ActivityTaskTimedOut').failure?.timeoutFailureInfo?.timeoutType).toBe(
      'SCHEDULE_TO_START',
    );
  });

  test('SAA-2 a start without its activity, and what only workflows take, are refused', () => {
    const host = newHost();
    expect(host.start()).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    expect(new Host().start({ activity: { activityId: 'a', startToCloseTimeout: 1 } })).toMatchObject({
      error: { code: 'INVALID_ARGUMENT' },
    });
    start(host);
    expect(host.apply({ kind: 'Signal', signalName: 'go' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(host.apply({ kind: 'Pause', request: {} })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    const external = {
      workflowExecution: { workflowId: 'w', runId: 'r' },
      initiatedEventId: 5,
      childWorkflowOnly: false,
      requestId: 'q',
    };
    expect(host.apply({ kind: 'RequestCancel', external })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(host.types()).toHaveLength(2);
  });

  test('SAA-2 workflow code cannot start a child under its ID', () => {
    const host = new Host();
    host.start();
    host.task({
      commandType: 'StartChildWorkflowExecution',
      attributes: { workflowId: standaloneExecutionId('charge-1'), workflowType: { name: 'w' } },
    });
    expect(host.last('WorkflowTaskFailed')).toMatchObject({
      cause: 'BAD_START_CHILD_EXECUTION_ATTRIBUTES',
      failure: { message: expect.stringContaining('reserved for an activity') },
    });
  });

  test('SAA-2 a timeout is required, and none may be negative', () => {
    expect(start(newHost(), { startToCloseTimeout: 0 })).toMatchObject({
      error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining('startToCloseTimeout') },
    });
    expect(start(newHost(), { heartbeatTimeout: -1 })).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });
});

describe('standalone activities: cancel, terminate, operators', () => {
  test('SAA-4 a running attempt hears of the cancel by heartbeat, and confirms it', () => {
    const host = started();
    const task = admitted(host);
    host.apply({ kind: 'RequestCancel', reason: 'enough' });
    expect(shown(host)?.state).toBe('CANCEL_REQUESTED');
    host.reload();
    expect(host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task) })).toMatchObject({
      value: { cancelRequested: true },
    });
    host.apply({ kind: 'ActivityCanceled', activity: byToken(task), details: args('stopped') });
    expect(host.run.status).toBe('CANCELED');
    expect(host.last('ActivityTaskCanceled').details).toEqual(args('stopped'));
  });

  test('SAA-4 one that waits is cancelled at once: for its first attempt, its next one, or unpaused', () => {
    const delayed = started({}, { workflowStartDelay: 60_000 });
    const retrying = started();
    retrying.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(retrying)),
      failure: applicationFailure('no'),
    });
    const paused = started();
    paused.apply({ kind: 'PauseActivity', activities: one });
    for (const host of [delayed, retrying, paused]) {
      host.apply({ kind: 'RequestCancel' });
      expect(host.run.status).toBe('CANCELED');
      expect(host.types().at(-1)).toBe('WorkflowExecutionCanceled');
    }
  });

  test('SAA-4 after a cancel request a failure is the last', () => {
    const host = started();
    const task = admitted(host);
    host.apply({ kind: 'RequestCancel' });
    host.apply({ kind: 'ActivityFailed', activity: byToken(task), failure: applicationFailure('no') });
    expect(host.run.status).toBe('FAILED');
    expect(host.last('ActivityTaskFailed').retryState).toBe('CANCEL_REQUESTED');
  });

  test('SAA-4 terminating asks nobody, and fences the running attempt', () => {
    const host = started();
    const task = admitted(host);
    host.apply({ kind: 'Terminate', reason: 'stop' });
    expect(host.run.status).toBe('TERMINATED');
    expect(host.apply({ kind: 'ActivityCompleted', activity: byToken(task) })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
  });

  test('SAA-6 pause, unpause, reset and options are those of activities of workflows', () => {
    const host = started();
    host.apply({ kind: 'PauseActivity', activities: one });
    host.reload();
    expect(host.admit()).toEqual([]);
    host.apply({ kind: 'UnpauseActivity', activities: one });
    host.apply({
      kind: 'UpdateActivityOptions',
      activities: one,
      updateMask: ['taskQueue.name', 'startToCloseTimeout', 'priority'],
      options: { taskQueue: 'other', startToCloseTimeout: 500, priority: { priorityKey: 2 } },
    });
    host.reload();
    expect(admitted(host)).toMatchObject({ taskQueue: 'other', startToCloseTimeout: 500 });
    host.apply({
      kind: 'UpdateActivityOptions',
      activities: one,
      options: {},
      updateMask: ['priority'],
    });
    expect(shown(host)?.activityOptions?.priority).toBeUndefined();
    host.apply({
      kind: 'UpdateActivityOptions',
      activities: one,
      options: {},
      updateMask: [],
      restoreOriginal: true,
    });
    expect(shown(host)?.activityOptions).toMatchObject({
      taskQueue: { name: 'payments' },
      startToCloseTimeout: 10_000,
    });
  });
});

describe('standalone activities: start delay', () => {
  test('SAA-5 the first attempt waits, later ones do not, and schedule-to-close counts from its end', () => {
    const host = started({ scheduleToCloseTimeout: 30_000 }, { workflowStartDelay: 60_000 });
    expect(host.admit()).toEqual([]);
    expect(host.nextDeadline()).toBe(T0 + 60_000);
    expect(shown(host)).toMatchObject({
      nextAttemptScheduleTime: T0 + 60_000,
      expirationTime: T0 + 90_000,
    });
    host.reload();
    host.advance(60_000);
    const task = admitted(host);
    expect(task.scheduledTime).toBe(T0 + 60_000);
    host.apply({ kind: 'ActivityFailed', activity: byToken(task), failure: applicationFailure('no') });
    host.advance(1_000);
    expect(admitted(host).attempt).toBe(2);
  });

  test('SAA-5 a changed delay counts from the start as well, and is nothing once an attempt began', () => {
    const change = (host: Host, startDelay: number) =>
      host.apply({
        kind: 'UpdateActivityOptions',
        activities: one,
        options: { startDelay },
        updateMask: ['startDelay'],
      });
    const host = started({}, { workflowStartDelay: 60_000 });
    host.advance(5_000);
    change(host, 20_000);
    host.reload();
    expect(host.nextDeadline()).toBe(T0 + 20_000);
    change(host, 1_000);
    expect(admitted(host).attempt).toBe(1);
    change(host, 600_000);
    expect(shown(host)?.state).toBe('STARTED');
  });
});

describe('standalone activities: ID reuse and conflict', () => {
  const done = () => {
    const host = started({}, { requestId: 'first' });
    host.apply({ kind: 'ActivityCompleted', activity: byToken(admitted(host)) });
    return host;
  };

  test('SAA-7 a running one refuses another, or stands in for it', () => {
    const host = started({}, { requestId: 'first' });
    expect(start(host)).toMatchObject({ error: { code: 'ALREADY_EXISTS' } });
    const { runId } = host.run;
    expect(start(host, {}, { workflowIdConflictPolicy: 'USE_EXISTING' })).toMatchObject({
      value: { runId, started: false },
    });
    expect(start(host, {}, { requestId: 'first' })).toMatchObject({ value: { runId, started: true } });
  });

  test('SAA-7 a closed one is followed by another as the reuse policy says', () => {
    expect(start(done())).toMatchObject({ value: { started: true } });
    expect(start(done(), {}, { workflowIdReusePolicy: 'REJECT_DUPLICATE' })).toMatchObject({
      error: { code: 'ALREADY_EXISTS' },
    });
    expect(start(done(), {}, { workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' })).toMatchObject({
      error: { code: 'ALREADY_EXISTS' },
    });
    const failed = started();
    failed.apply({ kind: 'Terminate' });
    expect(start(failed, {}, { workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' })).toMatchObject({
      value: { started: true },
    });
  });

  test('SAA-7 an attempt of an earlier run counts no more', () => {
    const host = started();
    const task = admitted(host);
    host.apply({ kind: 'Terminate' });
    start(host);
    expect(host.apply({ kind: 'ActivityCompleted', activity: byToken(task) })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    expect(host.run.status).toBe('RUNNING');
  });
});
