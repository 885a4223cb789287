import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import { activity, args, byId, byToken, command, complete, given, Host, T0, timer } from './support/host.ts';

describe('workflow task: events around it', () => {
  test('its started event says the size of history, and suggests continue-as-new when that is large (CAN-6)', () => {
    const host = new Host({ limits: { suggestContinueAsNewEvents: 4, suggestContinueAsNewBytes: 200 } });
    host.start({ input: args('x'.repeat(100)) });
    host.task();
    const first = host.last('WorkflowTaskStarted');
    expect(first).toMatchObject({ scheduledEventId: 2, identity: 'worker-1' });
    expect(first.historySizeBytes).toBeGreaterThan(200);
    expect(first).toMatchObject({
      suggestContinueAsNew: true,
      suggestContinueAsNewReasons: ['HISTORY_SIZE_TOO_LARGE'],
    });
    host.signal('go');
    host.task();
    expect(host.last('WorkflowTaskStarted').suggestContinueAsNewReasons).toEqual([
      'HISTORY_SIZE_TOO_LARGE',
      'TOO_MANY_HISTORY_EVENTS',
    ]);
  });

  test('its completed event carries SDK and metering metadata', () => {
    const host = new Host();
    host.start();
    host.complete({
      kind: 'completed',
      commands: [],
      updates: [],
      queries: [],
      sdkMetadata: { coreUsedFlags: [1] },
      nonfirstLocalActivityExecutionAttempts: 2,
    });
    expect(host.last('WorkflowTaskCompleted')).toEqual({
      scheduledEventId: 2,
      startedEventId: 3,
      identity: 'worker-1',
      sdkMetadata: { coreUsedFlags: [1] },
      meteringMetadata: { nonfirstLocalActivityExecutionAttempts: 2 },
    });
  });

  test("WFT-21 what it says of the worker's version is described, with what the options override", () => {
    const host = new Host();
    host.start();
    const info = () => {
      const { versioningInfo, workerDeploymentName, mostRecentWorkerVersionStamp } = engine.describe(
        host.run,
        host.now,
      ).workflowExecutionInfo;
      return { versioningInfo, workerDeploymentName, build: mostRecentWorkerVersionStamp };
    };
    const unversioned = { versioningInfo: undefined, workerDeploymentName: undefined };
    expect(info()).toEqual({ ...unversioned, build: undefined });
    const deployment = { deploymentName: 'shop', buildId: '2' };
    const completed = { kind: 'completed', commands: [], updates: [], queries: [] } as const;
    host.complete({ ...completed, build: { buildId: '2', deployment, versioningBehavior: 'PINNED' } });
    const versioned = { behavior: 'PINNED', deploymentVersion: deployment, version: 'shop.2' };
    const described = { workerDeploymentName: 'shop', build: { buildId: '2' } };
    expect(info()).toEqual({ ...described, versioningInfo: versioned });
    host.apply({ kind: 'UpdateWorkflowOptions', versioningOverride: { autoUpgrade: true } });
    expect(info().versioningInfo).toEqual({ ...versioned, versioningOverride: { autoUpgrade: true } });
    host.apply({ kind: 'UpdateWorkflowOptions', unsetVersioningOverride: true });
    expect(info().versioningInfo).toEqual(versioned);
    host.signal('go');
    host.complete({ ...completed, build: { buildId: '3' } });
    expect(info()).toEqual({ ...unversioned, build: { buildId: '3' } });
  });

  test('WFT-19 a completion may ask for a new task at once', () => {
    const host = new Host();
    host.start();
    host.complete({ kind: 'completed', commands: [], updates: [], queries: [], forceNewWorkflowTask: true });
    expect(host.types().at(-1)).toBe('WorkflowTaskScheduled');
  });

  test('the task given out names where the cached instance stands', () => {
    const host = given();
    host.signal('go');
    const started = host.beginTask();
    expect(started?.task).toMatchObject({
      startedEventId: 7,
      previousStartedEventId: 3,
      attempt: 1,
      isQueryOnly: false,
    });
    expect(started?.isTransient).toBe(false);
    expect(started?.uncommittedEvents.map(({ eventType }) => eventType)).toEqual(['WorkflowTaskStarted']);
    expect(host.beginTask()).toBeUndefined();
  });
});

describe('workflow task: a clock that goes back', () => {
  test('a task that was scheduled by a clock ahead of this one is due all the same', () => {
    const host = new Host();
    host.start();
    host.now -= 5_000;
    host.reload();
    expect(engine.isWorkflowTaskDue(host.execution, host.now)).toBe(true);
    expect(host.beginTask()).toBeDefined();
  });
});

describe('workflow task: events that arrive while it is started', () => {
  test('WFT-1, WFT-4 they are buffered, written after its commands with their arrival times, and cause a new task', () => {
    const host = new Host();
    host.start();
    host.beginTask();
    host.now += 5;
    host.signal('go');
    host.now += 5;
    host.reload();
    expect(host.types()).toHaveLength(3);
    host.endTask(timer('1', 1_000));
    expect(host.types().slice(3)).toEqual([
      'WorkflowTaskCompleted',
      'TimerStarted',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
    expect(host.history()[5]?.eventTime).toBe(T0 + 5);
    expect(host.rows.get(host.run.runId)?.volatile).toBeUndefined();
  });

  test('WFT-2 closings of activities are written behind all others, after their started events', () => {
    const host = given(activity(), activity({ activityId: '2' }));
    const [first, second] = host.admit();
    if (!first || !second) throw new Error('two activities expected');
    host.signal('begin');
    host.beginTask();
    host.apply({ kind: 'ActivityCompleted', activity: byToken(first), result: args(1) });
    host.signal('between');
    host.apply({ kind: 'ActivityCompleted', activity: byToken(second), result: args(2) });
    host.reload();
    host.endTask();
    expect(host.types().slice(9)).toEqual([
      'WorkflowTaskCompleted',
      'ActivityTaskStarted',
      'WorkflowExecutionSignaled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'ActivityTaskCompleted',
      'WorkflowTaskScheduled',
    ]);
    const closings = host.history().filter(({ eventType }) => eventType === 'ActivityTaskCompleted');
    expect(closings.map(({ attributes }) => attributes)).toMatchObject([
      { scheduledEventId: 5, startedEventId: 11 },
      { scheduledEventId: 6, startedEventId: 13 },
    ]);
  });

  test('a result that is buffered closes its activity: a second one is NOT_FOUND', () => {
    const host = given(activity());
    const [task] = host.admit();
    if (!task) throw new Error('an activity expected');
    host.signal('begin');
    host.beginTask();
    host.apply({ kind: 'ActivityCompleted', activity: byToken(task) });
    expect(host.apply({ kind: 'ActivityCompleted', activity: byToken(task) })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    host.reload();
    expect(host.apply({ kind: 'ActivityFailed', activity: byId('1'), failure: {} })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
  });

  test('a cancel request for an activity whose result is buffered is recorded and changes nothing', () => {
    const host = given(activity());
    const [task] = host.admit();
    if (!task) throw new Error('an activity expected');
    host.signal('begin');
    host.beginTask();
    host.apply({ kind: 'ActivityCompleted', activity: byToken(task) });
    host.endTask(command('RequestCancelActivityTask', { scheduledEventId: 5 }));
    expect(host.types().slice(8)).toEqual([
      'WorkflowTaskCompleted',
      'ActivityTaskCancelRequested',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'WorkflowTaskScheduled',
    ]);
  });

  test('WFT-5 closing while something is unseen is refused: all commands are dropped, the new events come first', () => {
    const host = new Host();
    host.start();
    host.beginTask();
    host.signal('go');
    expect(host.endTask(timer('1', 5), complete())).toMatchObject({
      kind: 'refused',
      cause: 'UNHANDLED_COMMAND',
    });
    expect(host.types().slice(3)).toEqual([
      'WorkflowTaskFailed',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('WorkflowTaskFailed').cause).toBe('UNHANDLED_COMMAND');
    expect(engine.isWorkflowTaskDue(host.execution, host.now)).toBe(true);
    expect(host.task(complete())).toEqual({ kind: 'accepted', closed: true });
  });

  test('WFT-7 after such a refusal nothing new is taken while the next task is started', () => {
    const host = new Host();
    host.start();
    host.beginTask();
    host.signal('go');
    host.endTask(complete());
    expect(host.signal('still taken')).toMatchObject({ ok: true });
    host.beginTask();
    host.reload();
    expect(host.signal('too late')).toMatchObject({ error: { code: 'RESOURCE_EXHAUSTED' } });
    host.endTask();
    expect(host.signal('taken again')).toMatchObject({ ok: true });
  });

  test('LIM more events than fit fail the task, so that they can be recorded', () => {
    const host = new Host({ limits: { bufferedEventsMax: 2 } });
    host.start();
    host.beginTask();
    for (const name of ['a', 'b', 'c']) host.signal(name);
    expect(host.types().slice(3)).toEqual([
      'WorkflowTaskFailed',
      'WorkflowExecutionSignaled',
      'WorkflowExecutionSignaled',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('WorkflowTaskFailed').cause).toBe('FORCE_CLOSE_COMMAND');
    expect(host.endTask(complete())).toMatchObject({ kind: 'refused', cause: 'NOT_FOUND' });
  });
});

describe('workflow task: failing attempts', () => {
  test('WFT-13 the first failure is recorded, later attempts leave no events until one succeeds', () => {
    const host = new Host();
    host.start();
    expect(host.failTask()).toMatchObject({
      kind: 'refused',
      cause: 'WORKFLOW_WORKER_UNHANDLED_FAILURE',
      message: 'boom',
    });
    expect(host.types().at(-1)).toBe('WorkflowTaskFailed');
    expect(host.last('WorkflowTaskFailed')).toMatchObject({
      scheduledEventId: 2,
      startedEventId: 3,
      identity: 'worker-1',
    });
    host.failTask();
    host.reload();
    expect(host.types()).toHaveLength(4);
    expect(engine.transientEvents(host.run)).toMatchObject([
      { eventId: 5, eventType: 'WorkflowTaskScheduled', attributes: { attempt: 3 } },
    ]);
    host.now += 5;
    const started = host.beginTask();
    expect(started).toMatchObject({ isTransient: true, task: { attempt: 3, startedEventId: 6 } });
    expect(started?.uncommittedEvents.map(({ eventId }) => eventId)).toEqual([5, 6]);
    expect(engine.transientEvents(host.run)).toHaveLength(2);
    host.reload();
    host.now += 5;
    host.endTask(complete());
    expect(host.types().slice(4)).toEqual([
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'WorkflowExecutionCompleted',
    ]);
    expect(host.history()[4]).toMatchObject({ eventTime: T0, attributes: { attempt: 3 } });
    expect(host.history()[5]?.eventTime).toBe(T0 + 5);
    expect(host.rows.get(host.run.runId)?.volatile).toBeUndefined();
  });

  test('WFT-14 a stuck run does not spin: two retries at once, then 5 s, doubling, at most 10 min', () => {
    const host = new Host();
    host.start();
    const waits: number[] = [];
    for (let round = 0; round < 12; round++) {
      host.failTask();
      const due = host.nextDeadline();
      waits.push(due === undefined ? 0 : due - host.now);
      if (due !== undefined) {
        expect(engine.isWorkflowTaskDue(host.execution, due - 1)).toBe(false);
        host.advance(due - host.now);
      }
      expect(host.nextDeadline()).toBeUndefined();
    }
    expect(waits.map((wait) => wait / 1_000)).toEqual([0, 0, 5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    expect(host.types()).toHaveLength(4);
  });

  test('WFT-13 new events reset the attempt to 1 but do not cut the wait', () => {
    const host = new Host();
    host.start();
    for (let round = 0; round < 3; round++) host.failTask();
    expect(engine.transientEvents(host.run)).toMatchObject([{ eventId: 5, attributes: { attempt: 4 } }]);
    host.signal('news');
    expect(engine.transientEvents(host.run)).toEqual([]);
    expect(engine.isWorkflowTaskDue(host.execution, host.now)).toBe(false);
    host.reload();
    host.now += 5_000;
    const started = host.beginTask();
    expect(started).toMatchObject({ isTransient: false, task: { attempt: 1 } });
    expect(host.types().slice(4)).toEqual([
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
    ]);
    host.turn((turn) =>
      turn.completeWorkflowTask({ kind: 'failed', cause: 'NON_DETERMINISTIC_ERROR', failure: {} }),
    );
    expect(host.nextDeadline()).toBe(host.now + 10_000);
  });

  test('WFT-13 what was buffered during a failing attempt makes the next one a first attempt, still held back', () => {
    const host = new Host();
    host.start();
    for (let round = 0; round < 3; round++) host.failTask();
    host.now += 5_000;
    host.beginTask();
    host.signal('news');
    host.turn((turn) =>
      turn.completeWorkflowTask({ kind: 'failed', cause: 'NON_DETERMINISTIC_ERROR', failure: {} }),
    );
    expect(host.types().slice(4)).toEqual(['WorkflowExecutionSignaled', 'WorkflowTaskScheduled']);
    expect(host.last('WorkflowTaskScheduled').attempt).toBe(1);
    host.reload();
    expect(host.nextDeadline()).toBe(host.now + 10_000);
    host.advance(10_000);
    expect(host.task(complete())).toMatchObject({ kind: 'accepted' });
  });

  test('WFT-15 after five failures in a row the problem shows as a search attribute, until a task succeeds', () => {
    const host = new Host();
    host.start();
    for (let round = 0; round < 5; round++) {
      expect(host.run.reportedProblems).toBeUndefined();
      host.advance(600_000);
      host.failTask();
    }
    const version = host.run.visibilityVersion;
    const shown = () => {
      const payload = engine.describe(host.run, host.now).workflowExecutionInfo.searchAttributes
        ?.indexedFields?.TemporalReportedProblems;
      return payload?.data ? JSON.parse(new TextDecoder().decode(payload.data)) : undefined;
    };
    expect(shown()).toEqual([
      'category=WorkflowTaskFailed',
      'cause=WorkflowTaskFailedCauseWorkflowWorkerUnhandledFailure',
    ]);
    host.reload();
    host.advance(600_000);
    host.task();
    expect(shown()).toBeUndefined();
    expect(host.run.visibilityVersion).toBe(version + 1);
  });

  test('TO-6 a task not completed in time is recorded as timed out and scheduled again', () => {
    const host = new Host();
    host.start({ workflowTaskTimeout: 3_000 });
    host.beginTask();
    expect(host.nextDeadline()).toBe(T0 + 3_000);
    host.advance(3_000);
    expect(host.last('WorkflowTaskTimedOut')).toEqual({
      scheduledEventId: 2,
      startedEventId: 3,
      timeoutType: 'START_TO_CLOSE',
    });
    expect(host.endTask(complete())).toMatchObject({ kind: 'refused' });
    expect(host.task(complete())).toMatchObject({ kind: 'accepted', closed: true });
  });

  test('TO-6 timeouts are reported like failures', () => {
    const host = new Host();
    host.start();
    for (let round = 0; round < 5; round++) {
      host.advance(600_000);
      host.turn((turn) => {
        turn.startWorkflowTask();
        turn.workflowTaskLost();
      });
    }
    expect(host.run.reportedProblems).toEqual([
      'category=WorkflowTaskTimedOut',
      'cause=WorkflowTaskTimedOutCauseStartToClose',
    ]);
  });

  test('the next attempt after the loss of a host is due at once, however many were lost', () => {
    const host = new Host();
    host.start();
    for (let round = 0; round < 8; round++) {
      host.turn((turn) => {
        expect(turn.startWorkflowTask()).toBeDefined();
        turn.workflowTaskLost();
      });
    }
    host.failTask('no');
    host.turn((turn) => expect(turn.startWorkflowTask()).toBeUndefined());
  });

  test('why the last attempt failed is described, also after a reload, until one succeeds', () => {
    const host = new Host();
    host.start();
    const failWith = (message: string) => host.failTask(message);
    failWith('first');
    failWith('x'.repeat(1_000_000));
    host.reload();
    const described = () => engine.describe(host.run, host.now).pendingWorkflowTask;
    expect(described()?.lastFailure?.message).toMatch(/^x{4000}$/);
    host.turn((turn) => {
      turn.startWorkflowTask();
      turn.workflowTaskLost({ message: 'the isolate ended' });
    });
    expect(described()?.lastFailure).toEqual({ message: 'the isolate ended' });
    host.advance(600_000);
    host.task(complete());
    expect(described()).toBeUndefined();
    expect(host.run.lastTaskFailure).toBeUndefined();
  });

  test('a host that is gone ends the started task after a reload; without one nothing happens', () => {
    const host = new Host();
    host.start();
    host.beginTask();
    host.signal('meanwhile');
    host.reload();
    host.turn((turn) => turn.workflowTaskLost());
    expect(host.types().slice(3)).toEqual([
      'WorkflowTaskTimedOut',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
    host.turn((turn) => turn.workflowTaskLost());
    expect(host.types()).toHaveLength(6);
    new Host().turn((turn) => turn.workflowTaskLost());
  });

  test('a completion for an attempt that is over is refused and records nothing', () => {
    const host = new Host();
    host.start();
    host.beginTask();
    const completion = { kind: 'completed', commands: [complete()], updates: [], queries: [] } as const;
    const late = host.turn((turn) =>
      turn.completeWorkflowTask(completion, { startedEventId: 3, attempt: 2 }),
    );
    expect(late).toMatchObject({ kind: 'refused', cause: 'NOT_FOUND' });
    const inTime = host.turn((turn) =>
      turn.completeWorkflowTask(completion, { startedEventId: 3, attempt: 1 }),
    );
    expect(inTime).toMatchObject({ kind: 'accepted' });
    expect(new Host().endTask()).toMatchObject({ kind: 'refused' });
  });

  test('WFT-8 nothing may follow a closing command', () => {
    const host = new Host();
    host.start();
    expect(host.task(complete(), timer('1', 5))).toMatchObject({ kind: 'refused' });
    expect(host.run.status).toBe('RUNNING');
  });
});
