/** Activities: options, failures, retries and timeouts, as workflow code and history see them. */
import { ActivityCancelledError, ActivityNotFoundError } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import {
  attributesOf,
  client,
  eventTypes,
  eventually,
  milestones,
  options,
  recorded,
  taskQueue,
  unique,
} from './support.ts';
import { journal } from './worker/activities.ts';
import * as programs from './workflows/activities.ts';

const ONE_ACTIVITY = [
  'WorkflowExecutionStarted',
  'WorkflowTaskScheduled',
  'WorkflowTaskStarted',
  'WorkflowTaskCompleted',
  'ActivityTaskScheduled',
  'ActivityTaskStarted',
  'ActivityTaskCompleted',
  'WorkflowTaskScheduled',
  'WorkflowTaskStarted',
  'WorkflowTaskCompleted',
  'WorkflowExecutionCompleted',
];

describe('calling an activity', () => {
  test('gives its result, and eleven events', async () => {
    const at = options('greeting');
    expect(await client.workflow.execute(programs.greeting, { ...at, args: ['Ada'] })).toBe('Hello, Ada!');
    expect(await eventTypes(at.workflowId)).toEqual(ONE_ACTIVITY);
    const [scheduled] = await attributesOf(at.workflowId, 'ActivityTaskScheduled');
    expect(scheduled).toMatchObject({
      activityId: '1',
      activityType: { name: 'greet' },
      taskQueue: { name: 'default' },
      startToCloseTimeout: '10s',
      retryPolicy: { initialInterval: '0.020s', backoffCoefficient: 2, maximumInterval: '2s' },
      workflowTaskCompletedEventId: '4',
    });
    const [started] = await attributesOf(at.workflowId, 'ActivityTaskStarted');
    expect(started).toMatchObject({ scheduledEventId: '5', attempt: 1 });
    const [completed] = await attributesOf(at.workflowId, 'ActivityTaskCompleted');
    expect(completed).toMatchObject({ scheduledEventId: '5', startedEventId: '6' });
  });

  test('passes values through JSON, and bytes as they are', async () => {
    expect(await client.workflow.execute(programs.values, options('values'))).toEqual([
      null, // undefined, in the workflow's own result
      null,
      { nested: [1, 'two', { three: true }] },
      '',
      0,
      5,
    ]);
    expect(await client.workflow.execute(programs.bytes, options('bytes'))).toBe(258);
    expect(await client.workflow.execute(programs.undefinedArgument, options('undefined'))).toBe('undefined');
  });

  test('with every option shows them in its info and in history', async () => {
    const at = options('many-options');
    const info = await client.workflow.execute(programs.manyOptions, at);
    expect(info).toMatchObject({
      activityId: 'my-activity',
      activityType: 'info',
      attempt: 1,
      isLocal: false,
      workflowExecution: { workflowId: at.workflowId },
      workflowType: 'manyOptions',
      workflowNamespace: 'default',
      activityNamespace: 'default',
      namespace: 'default',
      taskQueue: 'default',
      startToCloseTimeoutMs: 5_000,
      scheduleToCloseTimeoutMs: 60_000,
      heartbeatTimeoutMs: 2_000,
      hasToken: true,
      inWorkflow: true,
      retryPolicy: {
        initialInterval: 2_000,
        backoffCoefficient: 3,
        maximumInterval: 60_000,
        maximumAttempts: 7,
        nonRetryableErrorTypes: ['Fatal'],
      },
    });
    expect(typeof info.scheduledTimestampMs).toBe('number');
    expect(typeof info.currentAttemptScheduledTimestampMs).toBe('number');
    expect(typeof info.base64TaskToken).toBe('string');
    const [scheduled] = await attributesOf(at.workflowId, 'ActivityTaskScheduled');
    expect(scheduled).toMatchObject({
      scheduleToCloseTimeout: '60s',
      scheduleToStartTimeout: '30s',
      startToCloseTimeout: '5s',
      heartbeatTimeout: '2s',
      retryPolicy: { maximumAttempts: 7, nonRetryableErrorTypes: ['Fatal'] },
    });
  });

  test('with scheduleToClose only has the other two from it', async () => {
    const at = options('schedule-to-close-only');
    const info = await client.workflow.execute(programs.onlyScheduleToClose, at);
    expect(info).toMatchObject({ startToCloseTimeoutMs: 20_000, scheduleToCloseTimeoutMs: 20_000 });
    const [scheduled] = await attributesOf(at.workflowId, 'ActivityTaskScheduled');
    expect(scheduled).toMatchObject({ scheduleToStartTimeout: '20s', startToCloseTimeout: '20s' });
    expect(scheduled.retryPolicy).toMatchObject({
      initialInterval: '1s',
      backoffCoefficient: 2,
      maximumInterval: '100s',
    });
  });

  test('with options of the call lays them over those of the proxy', async () => {
    const info = await client.workflow.execute(programs.overridden, options('overridden'));
    expect(info).toMatchObject({
      startToCloseTimeoutMs: 3_000,
      retryPolicy: { initialInterval: 20, maximumAttempts: 2 },
    });
  });

  test('without a close timeout is a TypeError at the proxy', async () => {
    expect(await client.workflow.execute(programs.neitherTimeout, options('no-timeout'))).toBe(
      'TypeError: Required either scheduleToCloseTimeout or startToCloseTimeout',
    );
  });

  test('by name, and one that only the default activity serves', async () => {
    expect(await client.workflow.execute(programs.byName, options('by-name'))).toBe('Hello, Ada!');
    expect(await client.workflow.execute(programs.untyped, options('untyped'))).toBe(
      'somethingNobodyWrote(a, 1)',
    );
  });

  test('several at once and the first of several', async () => {
    expect(await client.workflow.execute(programs.settledTogether, options('settled'))).toEqual([
      'Hello, A!',
      'ActivityFailure: Activity task failed',
      '2',
    ]);
    expect(await client.workflow.execute(programs.firstOfThree, options('first'))).toBe('Hello, fast!');
    expect(await client.workflow.execute(programs.sequence, { ...options('seq'), args: [20] })).toBe(210);
  });

  test('500 at once', async () => {
    const at = options('fan-out');
    expect(await client.workflow.execute(programs.fanOut, { ...at, args: [500] })).toBe(125_250);
    const types = await eventTypes(at.workflowId);
    expect(types.slice(4, 504).every((type) => type === 'ActivityTaskScheduled')).toBe(true);
    expect(types.filter((type) => type === 'ActivityTaskCompleted')).toHaveLength(500);
  });
});

describe('a failing activity (FAIL-3)', () => {
  test('is retried, and history shows the last attempt with the failure before it', async () => {
    const at = options('flaky');
    expect(await client.workflow.execute(programs.flakyActivity, { ...at, args: [3] })).toBe(3);
    expect(await eventTypes(at.workflowId)).toEqual(ONE_ACTIVITY);
    const [started] = await attributesOf(at.workflowId, 'ActivityTaskStarted');
    expect(started).toMatchObject({
      attempt: 3,
      lastFailure: {
        message: 'attempt 2',
        source: 'TypeScriptSDK',
        applicationFailureInfo: { type: 'Error' },
      },
    });
    expect(started.lastFailure.stackTrace).toContain('failUntil');
  });

  test('waits as nextRetryDelay says', async () => {
    const at = options('delayed');
    const before = Date.now();
    expect(await client.workflow.execute(programs.delayedRetry, { ...at, args: [400] })).toBe(2);
    expect(Date.now() - before).toBeGreaterThanOrEqual(400);
  });

  test.each([
    ['plain', ['ApplicationFailure'], ['plain message'], 'Error', false, 'MAXIMUM_ATTEMPTS_REACHED'],
    ['custom', ['ApplicationFailure'], ['no funds'], 'CardDeclined', false, 'MAXIMUM_ATTEMPTS_REACHED'],
    ['nonRetryable', ['ApplicationFailure'], ['stop here'], 'Fatal', true, 'NON_RETRYABLE_FAILURE'],
    ['listed', ['ApplicationFailure'], ['listed'], 'CardDeclined', false, 'NON_RETRYABLE_FAILURE'],
    ['exhausted', ['ApplicationFailure'], ['typed failure'], 'Busy', false, 'MAXIMUM_ATTEMPTS_REACHED'],
    [
      'withCause',
      ['ApplicationFailure', 'TemporalFailure'],
      ['outer', 'inner'],
      'Error',
      false,
      'MAXIMUM_ATTEMPTS_REACHED',
    ],
    ['string', ['ApplicationFailure'], ['just text'], '', false, 'MAXIMUM_ATTEMPTS_REACHED'],
    ['undefined', ['ApplicationFailure'], ['undefined'], '', false, 'MAXIMUM_ATTEMPTS_REACHED'],
    ['object', ['ApplicationFailure'], ['undefined'], 'Object', false, 'MAXIMUM_ATTEMPTS_REACHED'],
    [
      'cancelled',
      ['ApplicationFailure'],
      ['not really'],
      'CancelledFailure',
      false,
      'MAXIMUM_ATTEMPTS_REACHED',
    ],
  ] as const)(
    '%s reaches the workflow as an ActivityFailure',
    async (kind, names, messages, type, nonRetryable, retryState) => {
      const at = options(`failing-${kind}`);
      const report = await client.workflow.execute(programs.caughtFailure, { ...at, args: [kind] });
      expect(report).toMatchObject({
        names: ['ActivityFailure', ...names],
        messages: ['Activity task failed', ...messages],
        retryState,
        nonRetryable,
        activityId: '1',
      });
      expect(report.type ?? undefined).toBe(type);
      expect(await milestones(at.workflowId)).toEqual([
        'WorkflowExecutionStarted',
        'ActivityTaskScheduled',
        'ActivityTaskStarted',
        'ActivityTaskFailed',
        'WorkflowExecutionCompleted',
      ]);
      const [failed] = await attributesOf(at.workflowId, 'ActivityTaskFailed');
      expect(failed.retryState).toBe(`RETRY_STATE_${retryState}`);
    },
  );

  test('keeps the details of its failure', async () => {
    const report = await client.workflow.execute(programs.caughtFailure, {
      ...options('details'),
      args: ['nonRetryable'],
    });
    expect(report.details).toEqual([{ code: 42 }, 'second']);
    const exhausted = await client.workflow.execute(programs.caughtFailure, {
      ...options('details'),
      args: ['exhausted'],
    });
    expect(exhausted.details).toEqual([3]);
  });
});

describe('timeouts of an activity', () => {
  test('start to close', async () => {
    const at = options('start-to-close');
    expect(await client.workflow.execute(programs.startToClose, at)).toMatchObject({
      names: ['ActivityFailure', 'TimeoutFailure'],
      messages: ['Activity task timed out', 'activity StartToClose timeout'],
      timeoutType: 'START_TO_CLOSE',
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
    });
    const [timedOut] = await attributesOf(at.workflowId, 'ActivityTaskTimedOut');
    expect(timedOut).toMatchObject({
      retryState: 'RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED',
      failure: { timeoutFailureInfo: { timeoutType: 'TIMEOUT_TYPE_START_TO_CLOSE' } },
    });
  });

  test('start to close is retried', async () => {
    const at = options('start-to-close-retried');
    expect(await client.workflow.execute(programs.startToCloseRetried, at)).toEqual({
      attempt: 2,
      resumedFrom: 7,
    });
    const [started] = await attributesOf(at.workflowId, 'ActivityTaskStarted');
    expect(started).toMatchObject({ attempt: 2, lastFailure: { timeoutFailureInfo: {} } });
  });

  test('schedule to close ends the retries with the last failure', async () => {
    const at = options('schedule-to-close');
    expect(await client.workflow.execute(programs.scheduleToClose, at)).toMatchObject({
      names: ['ActivityFailure', 'ApplicationFailure'],
      messages: ['Activity task failed', 'never works'],
      retryState: 'TIMEOUT',
    });
  });

  test('schedule to close in the middle of an attempt', async () => {
    const at = options('schedule-to-close-running');
    expect(await client.workflow.execute(programs.scheduleToCloseWhileRunning, at)).toMatchObject({
      names: ['ActivityFailure', 'TimeoutFailure'],
      timeoutType: 'SCHEDULE_TO_CLOSE',
      retryState: 'TIMEOUT',
    });
  });

  test('schedule to start, on a queue that nobody serves', async () => {
    const at = options('schedule-to-start');
    expect(await client.workflow.execute(programs.scheduleToStart, at)).toMatchObject({
      names: ['ActivityFailure', 'TimeoutFailure'],
      timeoutType: 'SCHEDULE_TO_START',
      retryState: 'TIMEOUT',
    });
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'ActivityTaskScheduled',
      'ActivityTaskTimedOut',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('heartbeat, with the last details', async () => {
    expect(await client.workflow.execute(programs.heartbeatTimeout, options('heartbeat'))).toMatchObject({
      names: ['ActivityFailure', 'TimeoutFailure'],
      messages: ['Activity task timed out', 'activity Heartbeat timeout'],
      timeoutType: 'HEARTBEAT',
      lastHeartbeatDetails: 41,
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
    });
  });

  test('heartbeat, and the next attempt resumes from the details', async () => {
    expect(await client.workflow.execute(programs.heartbeatResume, options('resume'))).toEqual({
      attempt: 2,
      resumedFrom: 41,
    });
  });

  test('details beaten just before a failure are not lost', async () => {
    expect(await client.workflow.execute(programs.detailsWithFailure, options('beaten'))).toBe(99);
  });
});

describe('cancelling an activity', () => {
  const cancelling = async (
    type: programs.Cancelling['type'],
    activity: programs.Cancelling['activity'],
    key: string,
  ) => {
    const at = options(`cancel-${type}`);
    const outcome = await client.workflow.execute(programs.cancelRunning, {
      ...at,
      args: [{ type, activity, key }],
    });
    return { outcome, workflowId: at.workflowId };
  };

  test('TRY_CANCEL rejects at once and tells the activity', async () => {
    const key = unique('try');
    const { outcome, workflowId } = await cancelling('TRY_CANCEL', 'finishAnyway', key);
    expect(outcome).toMatchObject({
      names: ['ActivityFailure', 'CancelledFailure'],
      messages: ['Activity cancelled', expect.any(String)],
      retryState: 'CANCEL_REQUESTED',
      isCancellation: true,
    });
    expect(await milestones(workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'ActivityTaskScheduled',
      'TimerStarted',
      'TimerFired',
      'ActivityTaskCancelRequested',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('the default is TRY_CANCEL in effect', async () => {
    const outcome = await client.workflow.execute(programs.cancelDefaultType, {
      ...options('cancel-default'),
      args: [unique('default')],
    });
    expect(outcome).toMatchObject({ names: ['ActivityFailure', 'CancelledFailure'] });
  });

  test('WAIT_CANCELLATION_COMPLETED waits for the activity to be cancelled', async () => {
    const key = unique('wait');
    const { outcome, workflowId } = await cancelling(
      'WAIT_CANCELLATION_COMPLETED',
      'beatUntilCancelled',
      key,
    );
    expect(outcome).toMatchObject({
      names: ['ActivityFailure', 'CancelledFailure'],
      messages: ['Activity cancelled', expect.any(String)],
      isCancellation: true,
    });
    expect(journal.get(key)).toEqual([
      'started',
      'CancelledFailure: CANCELLED',
      'aborted=true cancelRequested=true',
    ]);
    expect(await milestones(workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'ActivityTaskScheduled',
      'TimerStarted',
      'TimerFired',
      'ActivityTaskCancelRequested',
      'ActivityTaskStarted',
      'ActivityTaskCanceled',
      'WorkflowExecutionCompleted',
    ]);
    const [canceled] = await attributesOf(workflowId, 'ActivityTaskCanceled');
    expect(canceled).toMatchObject({ scheduledEventId: '5', startedEventId: expect.any(String) });
    expect(canceled.latestCancelRequestedEventId).toBeDefined();
  });

  test('WAIT_CANCELLATION_COMPLETED takes what the activity makes of it', async () => {
    const { outcome } = await cancelling('WAIT_CANCELLATION_COMPLETED', 'finishAnyway', unique('anyway'));
    expect(outcome).toBe('finished anyway');
    const { outcome: failed } = await cancelling('WAIT_CANCELLATION_COMPLETED', 'failOnCancel', unique('f'));
    expect(failed).toMatchObject({
      names: ['ActivityFailure', 'ApplicationFailure'],
      type: 'CleanupFailed',
      retryState: 'CANCEL_REQUESTED',
      isCancellation: false,
    });
  });

  test('ABANDON rejects at once and sends nothing', async () => {
    const { outcome, workflowId } = await cancelling('ABANDON', 'finishAnyway', unique('abandon'));
    expect(outcome).toMatchObject({ names: ['ActivityFailure', 'CancelledFailure'], isCancellation: true });
    expect(await milestones(workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'ActivityTaskScheduled',
      'TimerStarted',
      'TimerFired',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('in the task that scheduled it leaves no trace', async () => {
    for (const program of [programs.cancelSameTask, programs.callInCancelledScope]) {
      const at = options(program.name);
      const report = await client.workflow.execute(program, at);
      expect(report.names.at(-1)).toBe('CancelledFailure');
      expect(await milestones(at.workflowId)).toEqual([
        'WorkflowExecutionStarted',
        'WorkflowExecutionCompleted',
      ]);
    }
  });

  test('between attempts closes it at once', async () => {
    const at = options('backoff');
    expect(
      await client.workflow.execute(programs.cancelInBackoff, {
        ...at,
        args: ['WAIT_CANCELLATION_COMPLETED'],
      }),
    ).toMatchObject({ names: ['ActivityFailure', 'CancelledFailure'] });
    expect(await milestones(at.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'ActivityTaskScheduled',
      'TimerStarted',
      'TimerFired',
      'ActivityTaskCancelRequested',
      'ActivityTaskCanceled',
      'WorkflowExecutionCompleted',
    ]);
  });
});

describe('asynchronous completion', () => {
  const begin = async () => {
    const key = unique('async');
    const handle = await client.workflow.start(programs.asyncCompletion, {
      ...options('async'),
      args: [key],
    });
    const token = await eventually(() => journal.get(key)?.[0]);
    const byToken = Uint8Array.from(atob(token), (char) => char.charCodeAt(0));
    const byId = { workflowId: handle.workflowId, activityId: 'elsewhere' };
    return { handle, byToken, byId };
  };

  test('completes by token', async () => {
    const { handle, byToken } = await begin();
    await client.activity.complete(byToken, 'by token');
    expect(await handle.result()).toBe('by token');
    await expect(client.activity.complete(byToken, 'again')).rejects.toThrow(ActivityNotFoundError);
  });

  test('completes by ID', async () => {
    const { handle, byId } = await begin();
    await client.activity.complete(byId, 'by ID');
    expect(await handle.result()).toBe('by ID');
    await expect(client.activity.complete(byId, 'again')).rejects.toThrow(ActivityNotFoundError);
  });

  test('fails by token and by ID', async () => {
    for (const which of ['byToken', 'byId'] as const) {
      const begun = await begin();
      const target = begun[which];
      const error = new TypeError(`failed ${which}`);
      await (target instanceof Uint8Array
        ? client.activity.fail(target, error)
        : client.activity.fail(target, error));
      expect(await begun.handle.result()).toMatchObject({
        names: ['ActivityFailure', 'ApplicationFailure'],
        messages: ['Activity task failed', `failed ${which}`],
        type: 'TypeError',
      });
    }
  });

  test('heartbeats; cancellation is only reported once it was asked for', async () => {
    const { handle, byToken } = await begin();
    await client.activity.heartbeat(byToken, 'still here');
    const description = await handle.describe();
    expect(description.raw.pendingActivities).toHaveLength(1);
    await expect(client.activity.reportCancellation(byToken)).rejects.toThrow();
    await handle.cancel();
    await recorded(handle, 'ActivityTaskCancelRequested');
    await expect(client.activity.heartbeat(byToken)).rejects.toThrow(ActivityCancelledError);
    await client.activity.reportCancellation(byToken, 'details');
    expect(await handle.result()).toBe('cancelled');
  });

  test('of an unknown activity is not found', async () => {
    const target = { workflowId: unique('nobody'), activityId: '1' };
    await expect(client.activity.complete(target, 1)).rejects.toThrow(ActivityNotFoundError);
    void taskQueue;
  });
});
