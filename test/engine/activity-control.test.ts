import { describe, expect, test } from 'vitest';
import type { ActivityTask } from '../../src/engine/api.ts';
import { engine } from '../../src/engine/engine.ts';
import { activity, applicationFailure, args, byToken, given, type Host, T0 } from './support/host.ts';

const one = { by: 'id', activityId: '1' } as const;

function admitted(host: Host): ActivityTask {
  const [task] = host.admit();
  if (task === undefined) throw new Error('an activity expected');
  return task;
}

const shown = (host: Host) => engine.describe(host.run, host.now).pendingActivities?.[0];

describe('activities: pause', () => {
  test('ACT-25 a paused activity is not dispatched and none of its timeouts fires', () => {
    const host = given(activity({ scheduleToStartTimeout: 1_000, scheduleToCloseTimeout: 5_000 }));
    host.apply({ kind: 'PauseActivity', activities: one, identity: 'ops', reason: 'calm', requestId: 'p' });
    host.reload();
    expect(host.nextDeadline()).toBeUndefined();
    host.advance(60_000);
    expect(host.admit()).toEqual([]);
    expect(shown(host)).toMatchObject({
      state: 'PAUSED',
      paused: true,
      pauseInfo: { pauseTime: T0, manual: { identity: 'ops', reason: 'calm' } },
    });
    host.apply({ kind: 'UnpauseActivity', activities: one });
    expect(host.nextDeadline()).toBe(T0 + 5_000);
  });

  test('ACT-25 a second pause is refused, the same request again is fine', () => {
    const host = given(activity());
    const pause = { kind: 'PauseActivity', activities: one, requestId: 'p' } as const;
    expect(host.apply(pause)).toMatchObject({ ok: true });
    expect(host.apply(pause)).toMatchObject({ ok: true });
    expect(host.apply({ ...pause, requestId: 'q' })).toMatchObject({
      error: { code: 'FAILED_PRECONDITION' },
    });
    expect(host.apply({ ...pause, requestId: 'q', activities: { by: 'all' } })).toMatchObject({ ok: true });
  });

  test('ACT-25 one that fails while it is paused waits, also when its policy allows no other attempt', () => {
    for (const end of ['fails', 'is lost', 'fails for good'] as const) {
      const host = given(activity({ retryPolicy: { maximumAttempts: 1 } }));
      const task = admitted(host);
      host.apply({ kind: 'PauseActivity', activities: one });
      const nonRetryable = end === 'fails for good';
      const failure = { ...applicationFailure('stopped'), applicationFailureInfo: { nonRetryable } };
      host.apply(
        end === 'is lost'
          ? { kind: 'ActivityAttemptLost', activity: byToken(task), reason: 'evicted' }
          : { kind: 'ActivityFailed', activity: byToken(task), failure },
      );
      if (end === 'fails for good') {
        expect(host.last('ActivityTaskFailed').retryState).toBe('NON_RETRYABLE_FAILURE');
        continue;
      }
      host.reload();
      expect(shown(host)).toMatchObject({ state: 'PAUSED', attempt: 2 });
      host.apply({ kind: 'UnpauseActivity', activities: one });
      const again = admitted(host);
      expect(again).toMatchObject({ attempt: 2 });
      host.apply({ kind: 'ActivityFailed', activity: byToken(again), failure });
      expect(host.last('ActivityTaskFailed').retryState).toBe('MAXIMUM_ATTEMPTS_REACHED');
    }
  });

  test('ACT-25 a running one learns it by heartbeat; if it fails it waits as paused, success completes it', () => {
    for (const outcome of ['fails', 'succeeds']) {
      const host = given(activity());
      const task = admitted(host);
      host.apply({ kind: 'PauseActivity', activities: { by: 'type', activityType: 'charge' } });
      expect(shown(host)?.state).toBe('PAUSE_REQUESTED');
      expect(host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task) })).toMatchObject({
        value: { activityPaused: true },
      });
      if (outcome === 'succeeds') {
        host.apply({ kind: 'ActivityCompleted', activity: byToken(task) });
        expect(host.run.activities.size).toBe(0);
        continue;
      }
      host.apply({ kind: 'ActivityFailed', activity: byToken(task), failure: applicationFailure('stopped') });
      host.advance(60_000);
      expect(host.admit()).toEqual([]);
      expect(shown(host)).toMatchObject({ state: 'PAUSED', attempt: 2 });
      host.apply({ kind: 'UnpauseActivity', activities: one });
      expect(admitted(host)).toMatchObject({ attempt: 2 });
    }
  });

  test('ACT-26 unpause can reset attempts and heartbeat, and spread what it releases', () => {
    const host = given(activity());
    host.apply({ kind: 'ActivityHeartbeat', activity: byToken(admitted(host)), details: args(1) });
    host.apply({ kind: 'ActivityAttemptLost', activity: { by: 'id', activityId: '1' }, reason: 'gone' });
    host.apply({ kind: 'PauseActivity', activities: one });
    host.apply({
      kind: 'UnpauseActivity',
      activities: one,
      resetAttempts: true,
      resetHeartbeat: true,
      jitterMs: 10_000,
    });
    const due = host.nextDeadline() ?? 0;
    expect(due - host.now).toBeGreaterThan(0);
    expect(due - host.now).toBeLessThanOrEqual(10_000);
    host.reload();
    host.advance(10_000);
    const task = admitted(host);
    expect(task.attempt).toBe(1);
    expect(task).not.toHaveProperty('heartbeatDetails');
  });

  test('ACT-26 unpausing what is not paused is fine, ACT-29 what does not exist is NOT_FOUND', () => {
    const host = given(activity());
    expect(host.apply({ kind: 'UnpauseActivity', activities: one })).toMatchObject({ ok: true });
    for (const activities of [
      { by: 'id', activityId: '9' },
      { by: 'type', activityType: 'other' },
    ] as const)
      expect(host.apply({ kind: 'PauseActivity', activities })).toMatchObject({
        error: { code: 'NOT_FOUND' },
      });
    expect(host.apply({ kind: 'PauseActivity', runId: 'other', activities: one })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
  });

  test('a running activity whose pause ends times out as before', () => {
    const host = given(activity({ startToCloseTimeout: 5_000, retryPolicy: { maximumAttempts: 1 } }));
    admitted(host);
    host.apply({ kind: 'PauseActivity', activities: one });
    host.advance(9_000);
    expect(host.run.activities.size).toBe(1);
    host.apply({ kind: 'UnpauseActivity', activities: one });
    host.advance(0);
    expect(host.last('ActivityTaskTimedOut')).toMatchObject({ retryState: 'MAXIMUM_ATTEMPTS_REACHED' });
  });
});

describe('activities: reset', () => {
  test('ACT-27 one that waits begins again at attempt 1, at once', () => {
    const host = given(activity());
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(host)),
      failure: applicationFailure('busy'),
    });
    host.apply({ kind: 'ResetActivity', activities: one });
    host.reload();
    expect(admitted(host)).toMatchObject({ attempt: 1, stamp: 2 });
  });

  test('ACT-27 a running one goes on, is told by heartbeat, and its failure begins attempt 1 at once', () => {
    const host = given(activity());
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(admitted(host)),
      failure: applicationFailure('busy'),
    });
    host.advance(1_000);
    const task = admitted(host);
    host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task), details: args(1) });
    host.apply({ kind: 'ResetActivity', activities: one, resetHeartbeat: true });
    host.reload();
    expect(host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task) })).toMatchObject({
      value: { activityReset: true },
    });
    host.apply({
      kind: 'ActivityFailed',
      activity: byToken(task),
      failure: applicationFailure('reset', { type: 'ActivityReset' }),
    });
    const again = admitted(host);
    expect(again).toMatchObject({ attempt: 1 });
    expect(again).not.toHaveProperty('heartbeatDetails');
  });

  test('ACT-27 it keeps or lifts a pause, and restores options', () => {
    const host = given(activity());
    const update = {
      kind: 'UpdateActivityOptions',
      activities: one,
      options: { startToCloseTimeout: 1 },
      updateMask: ['startToCloseTimeout'],
    } as const;
    host.apply(update);
    host.apply({ kind: 'PauseActivity', activities: one });
    host.apply({ kind: 'ResetActivity', activities: one, keepPaused: true, restoreOriginalOptions: true });
    expect(shown(host)).toMatchObject({ state: 'PAUSED', activityOptions: { startToCloseTimeout: 60_000 } });
    host.apply({ kind: 'ResetActivity', activities: one });
    expect(shown(host)?.state).toBe('SCHEDULED');
  });
});

describe('activities: options', () => {
  test('ACT-28 the masked fields change, running attempts keep their start', () => {
    const host = given(activity());
    admitted(host);
    const options = {
      taskQueue: 'fast',
      startToCloseTimeout: 2_000,
      heartbeatTimeout: 9_000,
      retryPolicy: { maximumAttempts: 1 },
      priority: { priorityKey: 1 },
      scheduleToCloseTimeout: 7,
    };
    host.apply({
      kind: 'UpdateActivityOptions',
      activities: one,
      options,
      updateMask: [
        'taskQueue.name',
        'startToCloseTimeout',
        'heartbeatTimeout',
        'retryPolicy.maximumAttempts',
        'priority',
      ],
    });
    host.reload();
    expect(shown(host)?.activityOptions).toEqual({
      taskQueue: { name: 'fast', kind: 'NORMAL' },
      scheduleToCloseTimeout: 0,
      scheduleToStartTimeout: 0,
      startToCloseTimeout: 2_000,
      heartbeatTimeout: 2_000,
      retryPolicy: {
        initialInterval: 1_000,
        backoffCoefficient: 2,
        maximumInterval: 100_000,
        maximumAttempts: 1,
      },
      priority: { priorityKey: 1 },
    });
    expect(host.nextDeadline()).toBe(T0 + 2_000);
    host.apply({
      kind: 'UpdateActivityOptions',
      activities: one,
      options: {},
      updateMask: [],
      restoreOriginal: true,
    });
    expect(shown(host)?.activityOptions?.startToCloseTimeout).toBe(60_000);
  });

  test('ACT-28 a whole retry policy can be replaced; what makes no sense is INVALID_ARGUMENT', () => {
    const host = given(activity());
    const update = { kind: 'UpdateActivityOptions', activities: one } as const;
    const retryPolicy = { initialInterval: 50 };
    expect(
      host.apply({ ...update, options: { retryPolicy }, updateMask: ['retryPolicy', 'taskQueue'] }),
    ).toMatchObject({ ok: true });
    expect(shown(host)?.activityOptions?.retryPolicy).toMatchObject({
      initialInterval: 50,
      maximumInterval: 5_000,
    });
    const bad = [
      { options: {}, updateMask: ['nonsense'] },
      { options: {}, updateMask: ['startToCloseTimeout'] },
      {
        options: { retryPolicy: { backoffCoefficient: 0.1 } },
        updateMask: ['retryPolicy.backoffCoefficient'],
      },
    ];
    for (const request of bad)
      expect(host.apply({ ...update, ...request })).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });
});
