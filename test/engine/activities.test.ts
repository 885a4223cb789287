import { describe, expect, test } from 'vitest';
import type { ActivityTask } from '../../src/engine/api.ts';
import { engine } from '../../src/engine/engine.ts';
import {
  activity,
  applicationFailure,
  args,
  byId,
  byToken,
  bytes,
  cancelTimer,
  command,
  complete,
  given,
  givenWith,
  Host,
  T0,
} from './support/host.ts';

const MINUTE = 60_000;

function admitted(host: Host): ActivityTask {
  const [task] = host.admit();
  if (task === undefined) throw new Error('an activity expected');
  return task;
}

const cancel = (scheduledEventId = 5) => command('RequestCancelActivityTask', { scheduledEventId });
const notFound = { error: { code: 'NOT_FOUND' } };

describe('activities: scheduled', () => {
  test.each([
    [
      'schedule-to-close alone',
      { scheduleToCloseTimeout: 9_000, startToCloseTimeout: 0 },
      0,
      [9_000, 9_000, 9_000, 0],
    ],
    ['start-to-close alone', { startToCloseTimeout: 9_000 }, 0, [0, 0, 9_000, 0]],
    [
      'start-to-close alone, with a run timeout',
      { startToCloseTimeout: 9_000 },
      30_000,
      [30_000, 30_000, 9_000, 0],
    ],
    [
      'all, capped by schedule-to-close',
      {
        scheduleToCloseTimeout: 5_000,
        scheduleToStartTimeout: 9_000,
        startToCloseTimeout: 9_000,
        heartbeatTimeout: 7_000,
      },
      0,
      [5_000, 5_000, 5_000, 5_000],
    ],
    [
      'all, capped by the run timeout',
      { scheduleToCloseTimeout: 90_000, startToCloseTimeout: 80_000, heartbeatTimeout: 70_000 },
      10_000,
      [10_000, 10_000, 10_000, 10_000],
    ],
  ])('ACT-3 timeouts are normalised: %s', (_what, given, workflowRunTimeout, expected) => {
    const host = givenWith({ workflowRunTimeout }, {}, activity(given));
    const scheduled = host.last('ActivityTaskScheduled');
    expect([
      scheduled.scheduleToCloseTimeout,
      scheduled.scheduleToStartTimeout,
      scheduled.startToCloseTimeout,
      scheduled.heartbeatTimeout,
    ]).toEqual(expected);
  });

  test('ACT-3 the scheduled event carries defaults: queue of the run, retry policy, empty header', () => {
    const host = given(activity({ input: args('Ada'), priority: { priorityKey: 1 } }));
    expect(host.last('ActivityTaskScheduled')).toEqual({
      activityId: '1',
      activityType: { name: 'charge' },
      taskQueue: { name: 'orders', kind: 'NORMAL' },
      header: {},
      input: args('Ada'),
      scheduleToCloseTimeout: 0,
      scheduleToStartTimeout: 0,
      startToCloseTimeout: MINUTE,
      heartbeatTimeout: 0,
      workflowTaskCompletedEventId: 4,
      retryPolicy: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 100_000 },
      priority: { priorityKey: 1 },
    });
  });

  test.each([
    ['no timeout', activity({ startToCloseTimeout: 0 })],
    ['a negative timeout', activity({ heartbeatTimeout: -1 })],
    ['no ID', activity({ activityId: '' })],
    ['no type', activity({ activityType: { name: '' } })],
    ['a long ID', activity({ activityId: 'x'.repeat(1_001) })],
    ['a long type', activity({ activityType: { name: 'x'.repeat(1_001) } })],
    ['a bad retry policy', activity({ retryPolicy: { backoffCoefficient: 0.1 } })],
  ])('ACT-3 %s fails the task', (_what, bad) => {
    const host = new Host();
    host.start();
    expect(host.task(bad)).toMatchObject({ kind: 'refused', cause: 'BAD_SCHEDULE_ACTIVITY_ATTRIBUTES' });
  });

  test('ACT-2 an activity ID is unique among open ones and free after the close', () => {
    const host = new Host();
    host.start();
    expect(host.task(activity(), activity())).toMatchObject({ cause: 'SCHEDULE_ACTIVITY_DUPLICATE_ID' });
    host.task(activity());
    host.apply({ kind: 'ActivityCompleted', activity: byToken(admitted(host)) });
    expect(host.task(activity())).toMatchObject({ kind: 'accepted' });
    host.signal('go');
    expect(host.task(activity())).toMatchObject({ cause: 'SCHEDULE_ACTIVITY_DUPLICATE_ID' });
  });

  test('ACT-22 at most the allowed number may be pending', () => {
    const host = new Host({ limits: { pendingActivitiesMax: 2 } });
    host.start();
    const three = ['1', '2', '3'].map((activityId) => activity({ activityId }));
    expect(host.task(...three)).toMatchObject({ cause: 'PENDING_ACTIVITIES_LIMIT_EXCEEDED' });
    expect(host.task(...three.slice(1))).toMatchObject({ kind: 'accepted' });
  });
});

describe('activities: attempts', () => {
  test('an attempt is admitted with all that its dispatch needs, oldest first, as many as the window takes', () => {
    const host = given(
      activity({ input: args(1), header: { fields: {} } }),
      activity({ activityId: '2', taskQueue: { name: 'far' } }),
    );
    expect(engine.activitiesWaiting(host.execution, host.now)).toBe(2);
    const [task, ...more] = host.admit(1);
    expect(more).toEqual([]);
    expect(task).toEqual({
      namespace: 'default',
      workflowId: 'wf-1',
      runId: host.run.runId,
      workflowType: 'greet',
      scheduledEventId: 5,
      activityId: '1',
      activityType: 'charge',
      taskQueue: 'orders',
      attempt: 1,
      stamp: 1,
      input: args(1),
      header: { fields: {} },
      scheduledTime: T0,
      currentAttemptScheduledTime: T0,
      startedTime: T0,
      scheduleToCloseTimeout: 0,
      startToCloseTimeout: MINUTE,
      heartbeatTimeout: 0,
      retryPolicy: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 100_000 },
    });
    expect(engine.activitiesWaiting(host.execution, host.now)).toBe(1);
    expect(host.turn((turn) => turn.admitActivities(9, (queue) => queue === 'orders'))).toEqual([]);
    expect(host.turn((turn) => turn.admitActivities(9, (queue) => queue === 'far'))).toMatchObject([
      { activityId: '2' },
    ]);
  });

  test('ACT-1 a first attempt that succeeds: Started with its real time, directly before Completed', () => {
    const host = given(activity());
    const task = admitted(host);
    host.now += 70;
    host.apply({
      kind: 'ActivityCompleted',
      activity: byToken(task),
      result: args('ok'),
      identity: 'worker-2',
    });
    expect(host.history().slice(5, 7)).toMatchObject([
      {
        eventType: 'ActivityTaskStarted',
        eventTime: T0,
        attributes: { scheduledEventId: 5, identity: 'worker-1', attempt: 1 },
      },
      {
        eventType: 'ActivityTaskCompleted',
        eventTime: T0 + 70,
        attributes: { result: args('ok'), scheduledEventId: 5, startedEventId: 6, identity: 'worker-2' },
      },
    ]);
    expect(host.last('ActivityTaskStarted')).not.toHaveProperty('lastFailure');
  });

  test('ACT-1, ACT-R a failed attempt leaves no event; the next one starts after the backoff and knows the failure', () => {
    const host = given(activity());
    const first = admitted(host);
    host.now += 10;
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(first),
      failure: applicationFailure('busy'),
      lastHeartbeatDetails: args(7),
    });
    expect(host.types()).toHaveLength(5);
    expect(host.admit()).toEqual([]);
    expect(host.nextDeadline()).toBe(T0 + 10 + 1_000);
    host.reload();
    expect(host.apply({ kind: 'ActivityCompleted', activity: byToken(first) })).toMatchObject(notFound);
    host.advance(1_000);
    expect(host.nextDeadline()).toBeUndefined();
    const second = admitted(host);
    expect(second).toMatchObject({
      attempt: 2,
      stamp: 2,
      heartbeatDetails: args(7),
      currentAttemptScheduledTime: T0 + 1_010,
    });
    host.reload();
    host.apply({ kind: 'ActivityCompleted', activity: byToken(second), result: args('ok') });
    expect(host.last('ActivityTaskStarted')).toMatchObject({
      attempt: 2,
      lastFailure: applicationFailure('busy'),
    });
    expect(host.rows.get(host.run.runId)?.activityRows.size).toBe(0);
  });

  test('ACT-6 the last failure is recorded with why there is no further attempt', () => {
    const host = given(activity({ retryPolicy: { maximumAttempts: 2 } }));
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(host)),
      failure: applicationFailure('one'),
    });
    host.advance(1_000);
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(host)),
      failure: applicationFailure('two'),
    });
    expect(host.last('ActivityTaskFailed')).toMatchObject({
      failure: { message: 'two' },
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
      identity: 'worker-1',
    });
    expect(host.types().at(-1)).toBe('WorkflowTaskScheduled');
  });

  test.each([
    ['not retryable', { nonRetryable: true }, {}, 'NON_RETRYABLE_FAILURE'],
    [
      'a listed type',
      { type: 'Fatal' },
      { retryPolicy: { nonRetryableErrorTypes: ['Fatal'] } },
      'NON_RETRYABLE_FAILURE',
    ],
    ['no time for the next attempt', {}, { scheduleToCloseTimeout: 500 }, 'TIMEOUT'],
  ])('ACT-R %s: %4$s', (_what, info, options, retryState) => {
    const host = given(activity(options));
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(host)),
      failure: applicationFailure('no', info),
    });
    expect(host.last('ActivityTaskFailed').retryState).toBe(retryState);
  });

  test('ACT-8 a failure that is not of application kind is INVALID_ARGUMENT', () => {
    const host = given(activity());
    const failure = { message: 'x', canceledFailureInfo: {} };
    expect(host.apply({ kind: 'ActivityFailed', activity: byToken(admitted(host)), failure })).toMatchObject({
      error: { code: 'INVALID_ARGUMENT' },
    });
  });

  test('ACT-20 what is too large to record becomes a server failure that is not retried', () => {
    const large = bytes(2 * 1024 * 1024 + 1);
    const results = [
      { input: { kind: 'ActivityCompleted', result: large }, message: 'COMPLETE_RESULT_EXCEEDS_LIMIT' },
      {
        input: {
          kind: 'ActivityFailed',
          failure: { applicationFailureInfo: { type: 'Big', details: large } },
        },
        message: 'FAILURE_EXCEEDS_LIMIT',
      },
      { input: { kind: 'ActivityHeartbeat', details: large }, message: 'HEARTBEAT_EXCEEDS_LIMIT' },
    ] as const;
    for (const { input, message } of results) {
      const host = given(activity());
      host.apply({ ...input, activity: byToken(admitted(host)) });
      expect(host.last('ActivityTaskFailed')).toMatchObject({
        failure: { message, serverFailureInfo: { nonRetryable: true } },
        retryState: 'NON_RETRYABLE_FAILURE',
      });
    }
  });
});

describe('activities: timeouts', () => {
  test('ACT-4, ACT-6 start-to-close is retried, and closes the activity when attempts are used up', () => {
    const host = given(activity({ startToCloseTimeout: 5_000, retryPolicy: { maximumAttempts: 2 } }));
    admitted(host);
    host.advance(5_000);
    expect(host.types()).toHaveLength(5);
    host.advance(1_000);
    admitted(host);
    host.reload();
    host.advance(5_000);
    const timeout = {
      message: 'activity StartToClose timeout',
      source: 'Server',
      timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' },
    };
    expect(host.last('ActivityTaskTimedOut')).toEqual({
      failure: { ...timeout, cause: timeout },
      scheduledEventId: 5,
      startedEventId: 6,
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
    });
  });

  test('ACT-6 when time forbids the next attempt, schedule-to-close is what timed out', () => {
    const host = given(activity({ startToCloseTimeout: 5_000, scheduleToCloseTimeout: 5_500 }));
    admitted(host);
    host.advance(5_000);
    expect(host.last('ActivityTaskTimedOut')).toMatchObject({
      failure: {
        message:
          'Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying',
        timeoutFailureInfo: { timeoutType: 'SCHEDULE_TO_CLOSE' },
      },
      retryState: 'TIMEOUT',
    });
  });

  test('ACT-4 schedule-to-start ends an attempt that nobody took, without a started event', () => {
    const host = given(activity({ scheduleToStartTimeout: 3_000 }));
    expect(host.nextDeadline()).toBe(T0 + 3_000);
    host.advance(3_000);
    expect(host.types()).not.toContain('ActivityTaskStarted');
    const timedOut = host.last('ActivityTaskTimedOut');
    expect(timedOut).toMatchObject({
      failure: { timeoutFailureInfo: { timeoutType: 'SCHEDULE_TO_START' } },
      retryState: 'TIMEOUT',
    });
    expect(timedOut).not.toHaveProperty('startedEventId');
  });

  test('ACT-4 schedule-to-close spans all attempts and fires during a backoff too', () => {
    const host = given(activity({ scheduleToCloseTimeout: 10_000, retryPolicy: { initialInterval: 9_000 } }));
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(host)),
      failure: applicationFailure('busy'),
    });
    host.advance(9_000);
    host.advance(1_000);
    expect(host.last('ActivityTaskTimedOut')).toMatchObject({
      failure: {
        message: 'activity ScheduleToClose timeout',
        timeoutFailureInfo: { timeoutType: 'SCHEDULE_TO_CLOSE' },
        cause: { message: 'busy' },
      },
      retryState: 'TIMEOUT',
    });
  });

  test('ACT-4, ACT-5, ACT-9 the heartbeat timeout counts from the last heartbeat and keeps its details', () => {
    const host = given(activity({ heartbeatTimeout: 5_000, retryPolicy: { maximumAttempts: 1 } }));
    host.advance(20_000);
    const task = admitted(host);
    host.advance(4_000);
    const beat = host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task), details: args(42) });
    expect(beat).toEqual({
      ok: true,
      value: { cancelRequested: false, activityPaused: false, activityReset: false },
    });
    host.reload();
    expect(host.nextDeadline()).toBe(host.now + 5_000);
    host.advance(4_999);
    expect(host.types()).toHaveLength(5);
    host.advance(1);
    expect(host.last('ActivityTaskTimedOut').failure).toEqual({
      message: 'activity Heartbeat timeout',
      source: 'Server',
      timeoutFailureInfo: { timeoutType: 'HEARTBEAT', lastHeartbeatDetails: args(42) },
    });
  });

  test('a heartbeat without details and without a timeout writes nothing', () => {
    const host = given(activity());
    const task = admitted(host);
    const before = { ...host.written };
    host.turn((turn) => {
      turn.apply({ kind: 'ActivityPing', activity: byToken(task), leaseMs: 15_000 });
    });
    expect(host.written).toEqual(before);
  });

  test('the earliest of many timeouts fires first, whatever the order in which they were set', () => {
    const host = given(
      ...[3_000, 1_000, 2_000].map((startToCloseTimeout, index) =>
        activity({ activityId: `a${index}`, startToCloseTimeout, retryPolicy: { maximumAttempts: 1 } }),
      ),
    );
    host.admit();
    const order: string[] = [];
    for (let step = 0; step < 3; step++) {
      host.advance(1_000);
      order.push(String(host.last('ActivityTaskTimedOut').scheduledEventId));
    }
    expect(order).toEqual(['6', '7', '5']);
  });
});

describe('activities: lost attempts', () => {
  test('a lost attempt counts and the next one follows after the backoff', () => {
    const host = given(activity());
    const task = admitted(host);
    host.reload();
    expect(engine.pendingWork(host.execution).startedActivities).toEqual([task]);
    host.apply({ kind: 'ActivityAttemptLost', activity: byToken(task), reason: 'lease expired' });
    expect(engine.pendingWork(host.execution).startedActivities).toEqual([]);
    host.advance(1_000);
    expect(admitted(host)).toMatchObject({ attempt: 2 });
    expect(
      host.apply({ kind: 'ActivityAttemptLost', activity: byToken(task), reason: 'again' }),
    ).toMatchObject(notFound);
  });

  test.each([
    ['START_TO_CLOSE', {}],
    ['HEARTBEAT', { heartbeatTimeout: 9_000 }],
  ])('with maximumAttempts 1 it times out (%s) and never starts again', (timeoutType, options) => {
    const host = given(activity({ ...options, retryPolicy: { maximumAttempts: 1 } }));
    host.apply({
      kind: 'ActivityAttemptLost',
      activity: byToken(admitted(host)),
      reason: 'the object was evicted',
    });
    expect(host.last('ActivityTaskTimedOut')).toMatchObject({
      failure: { timeoutFailureInfo: { timeoutType } },
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
    });
    expect(host.admit()).toEqual([]);
  });

  test('an attempt that is not started cannot be lost', () => {
    const host = given(activity());
    host.apply({ kind: 'ActivityAttemptLost', activity: byId('1'), reason: 'too early' });
    expect(admitted(host).attempt).toBe(1);
  });
});

describe('activities: asynchronous completion', () => {
  test('ACT-18 it needs no one to wait for it, also after a reload, and completes by ID or token', () => {
    const host = given(activity());
    const task = admitted(host);
    host.apply({ kind: 'ActivityWillCompleteAsync', activity: byToken(task) });
    host.reload();
    expect(engine.pendingWork(host.execution).startedActivities).toEqual([]);
    expect(host.apply({ kind: 'ActivityCompleted', activity: byId('unknown') })).toMatchObject(notFound);
    expect(
      host.apply({ kind: 'ActivityCompleted', activity: byId('1'), result: args(1), identity: 'human' }),
    ).toMatchObject({ ok: true });
    expect(host.last('ActivityTaskStarted').identity).toBe('worker-1');
    expect(host.last('ActivityTaskCompleted').identity).toBe('human');
    expect(host.apply({ kind: 'ActivityCompleted', activity: byToken(task) })).toMatchObject(notFound);
  });

  test('ACT-18 the word that it completes asynchronously means nothing for an attempt that waits', () => {
    const host = given(activity());
    host.apply({ kind: 'ActivityWillCompleteAsync', activity: byId('1') });
    expect(host.written.activities).toBe(0);
  });

  test('ACT-19 completing by ID what is not started writes Started with that identity', () => {
    const host = given(activity());
    host.now += 5;
    host.apply({ kind: 'ActivityCompleted', activity: byId('1'), identity: 'human' });
    expect(host.last('ActivityTaskStarted')).toMatchObject({ identity: 'human', attempt: 1 });
    expect(host.types().slice(5, 7)).toEqual(['ActivityTaskStarted', 'ActivityTaskCompleted']);
  });

  test('ACT-18 a run ID that is another run is NOT_FOUND', () => {
    const host = given(activity());
    const reference = { by: 'id', runId: 'other', activityId: '1' } as const;
    expect(host.apply({ kind: 'ActivityHeartbeat', activity: reference })).toMatchObject(notFound);
  });
});

describe('activities: cancellation', () => {
  test('ACT-15 a cancel of a waiting activity closes it at once', () => {
    const host = given(activity());
    host.signal('stop');
    host.task(cancel());
    expect(host.types().slice(8)).toEqual([
      'WorkflowTaskCompleted',
      'ActivityTaskCancelRequested',
      'ActivityTaskCanceled',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('ActivityTaskCanceled')).toEqual({
      latestCancelRequestedEventId: 10,
      scheduledEventId: 5,
      identity: 'worker-1',
      details: args('ACTIVITY_ID_NOT_STARTED'),
    });
    expect(engine.activitiesWaiting(host.execution, host.now)).toBe(0);
  });

  test('ACT-15 so does a cancel during a backoff, and the ID is free in the same task', () => {
    const host = given(activity());
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(host)),
      failure: applicationFailure('busy'),
    });
    host.signal('stop');
    expect(host.task(cancel(), activity())).toMatchObject({ kind: 'accepted' });
    expect(host.run.activities.size).toBe(1);
    expect(host.rows.get(host.run.runId)?.activityRows.size).toBe(0);
  });

  test('ACT-10, ACT-15 a started one learns it by heartbeat and reports it', () => {
    const host = given(activity());
    const task = admitted(host);
    host.signal('stop');
    host.task(cancel());
    host.reload();
    expect(host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task) })).toMatchObject({
      value: { cancelRequested: true },
    });
    expect(host.apply({ kind: 'ActivityPing', activity: byToken(task), leaseMs: 1 })).toMatchObject({
      value: { cancelRequested: true },
    });
    host.apply({ kind: 'ActivityCanceled', activity: byToken(task), details: args('cleaned up') });
    expect(host.last('ActivityTaskCanceled')).toMatchObject({
      latestCancelRequestedEventId: 10,
      details: args('cleaned up'),
    });
    expect(host.types().slice(-3)).toEqual([
      'ActivityTaskStarted',
      'ActivityTaskCanceled',
      'WorkflowTaskScheduled',
    ]);
  });

  test('ACT-16 after the request a failure is not retried, and a timeout closes as timed out', () => {
    for (const outcome of ['failed', 'timed out']) {
      const host = given(activity({ startToCloseTimeout: 5_000 }));
      const task = admitted(host);
      host.signal('stop');
      host.task(cancel());
      if (outcome === 'failed')
        host.apply({ kind: 'ActivityFailed', activity: byToken(task), failure: applicationFailure('busy') });
      else host.advance(5_000);
      const closing =
        outcome === 'failed' ? host.last('ActivityTaskFailed') : host.last('ActivityTaskTimedOut');
      expect(closing.retryState).toBe('CANCEL_REQUESTED');
    }
  });

  test('ACT-17 reporting a cancellation nobody asked for is INVALID_ARGUMENT', () => {
    const host = given(activity());
    expect(host.apply({ kind: 'ActivityCanceled', activity: byToken(admitted(host)) })).toMatchObject({
      error: { code: 'INVALID_ARGUMENT' },
    });
  });

  test('cancelling what is unknown, or twice, fails the task', () => {
    const host = given(activity());
    admitted(host);
    host.signal('stop');
    expect(host.task(cancel(99))).toMatchObject({ cause: 'BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES' });
    host.task(cancel());
    host.signal('stop');
    expect(host.task(cancel())).toMatchObject({ cause: 'BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES' });
    expect(host.task(cancelTimer('9'))).toMatchObject({ cause: 'BAD_CANCEL_TIMER_ATTRIBUTES' });
  });

  test('ACT-24 the close of the run leaves no events of its activities, and their rows go', () => {
    const host = given(activity(), activity({ activityId: '2' }));
    const [task] = host.admit();
    if (!task) throw new Error('an activity expected');
    host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task), details: args(1) });
    expect(host.rows.get(host.run.runId)?.activityRows.size).toBe(2);
    host.signal('finish');
    host.task(complete());
    expect(host.types().at(-1)).toBe('WorkflowExecutionCompleted');
    expect(host.rows.get(host.run.runId)?.activityRows.size).toBe(0);
    expect(host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task) })).toMatchObject(notFound);
    expect(host.admit()).toEqual([]);
  });
});
