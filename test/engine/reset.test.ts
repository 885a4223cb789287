import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import type { ResetWorkflowRequest } from '../../src/engine/requests.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import {
  activity,
  args,
  byToken,
  command,
  complete,
  given,
  givenWith,
  Host,
  T0,
  timer,
} from './support/host.ts';

function reset(host: Host, more: Partial<ResetWorkflowRequest> = {}, later: HistoryEvent[][] = []) {
  const base = host.history(more.runId ?? host.run.runId);
  return host.turn((turn) =>
    turn.reset({ workflowTaskFinishEventId: 4, reason: 'bad deploy', ...more }, base, later),
  );
}

describe('reset', () => {
  test('RESET-1, RESET-2, RESET-8, RESET-9 a new run shares the history up to the task and goes on', () => {
    const host = givenWith({ input: args(1), requestId: 'start' }, {}, timer('1', 5_000));
    const base = host.run.runId;
    const reply = reset(host, { identity: 'ops', requestId: 'r' });
    const { runId } = host.run;
    expect(reply).toEqual({ ok: true, value: { runId } });
    expect(host.types(base).at(-1)).toBe('WorkflowExecutionTerminated');
    expect(host.last('WorkflowExecutionTerminated', base)).toEqual({
      reason: 'bad deploy',
      identity: 'history-resetter',
    });
    expect(host.rows.get(base)?.summary.resetRunId).toBe(runId);
    expect(engine.foldRun('default', 'wf-1', host.stored(base))).toMatchObject({ resetRunId: runId });
    expect(host.history().slice(0, 3)).toEqual(host.history(base).slice(0, 3));
    expect(host.history().slice(3)).toMatchObject([
      {
        eventId: 4,
        eventType: 'WorkflowTaskFailed',
        attributes: {
          scheduledEventId: 2,
          startedEventId: 3,
          cause: 'RESET_WORKFLOW',
          failure: { message: 'bad deploy', resetWorkflowFailureInfo: {} },
          identity: 'ops',
          baseRunId: base,
          newRunId: runId,
        },
      },
      { eventId: 5, eventType: 'WorkflowTaskScheduled', attributes: { attempt: 1 } },
    ]);
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      originalExecutionRunId: base,
      firstExecutionRunId: base,
    });
    expect(reset(host, { requestId: 'r' })).toEqual({ ok: true, value: { runId } });
    host.reload();
    expect(host.task(complete())).toMatchObject({ closed: true });
  });

  test('RESET-1 a started task is joined as it is, one that was only scheduled gets its start', () => {
    const host = given();
    reset(host, { workflowTaskFinishEventId: 3 });
    expect(host.types()).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskFailed',
      'WorkflowTaskScheduled',
    ]);
  });

  test.each([0, 1, 2, 99])('RESET-1 event %i is no point to reset to', (workflowTaskFinishEventId) => {
    const host = given();
    expect(reset(host, { workflowTaskFinishEventId })).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    expect(host.rows.size).toBe(1);
  });

  test('RESET-2 a closed run can be reset', () => {
    const host = given(complete());
    const base = host.run.runId;
    reset(host);
    expect(host.types(base).at(-1)).toBe('WorkflowExecutionCompleted');
    expect(host.run).toMatchObject({ status: 'RUNNING', runSeq: 2 });
  });

  test('RESET-3 signals, updates and options after the point are recorded again, cancel requests are not', () => {
    const host = given();
    host.signal('a', { input: args(1) });
    host.apply({ kind: 'RequestCancel' });
    host.apply({ kind: 'UpdateWorkflowOptions', identity: 'ops' });
    const request = { meta: { updateId: 'u', identity: 'c' }, input: { name: 'n' } };
    host.turn((turn) => turn.admitUpdate(request, {}));
    host.respond([
      { kind: 'accepted', updateId: 'u', messageId: 'm', request, sequencingEventId: 8 },
      { kind: 'completed', updateId: 'u', messageId: 'm2', outcome: { success: {} } },
    ]);
    reset(host);
    expect(host.types().slice(4)).toEqual([
      'WorkflowExecutionSignaled',
      'WorkflowExecutionOptionsUpdated',
      'WorkflowExecutionUpdateAdmitted',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('WorkflowExecutionUpdateAdmitted')).toEqual({ request, origin: 'REAPPLY' });
    host.reload();
    expect(engine.updateState(host.execution, 'u')?.stage).toBe('ADMITTED');
    // The event itself carries it to the host.
    expect(host.beginTask()?.task.updates).toEqual([]);
    reset(host);
    expect(host.types().filter((type) => type === 'WorkflowExecutionUpdateAdmitted')).toHaveLength(1);
  });

  test('UPD-19 an update that is admitted again is accepted once, or is gone with the task that rejects it', () => {
    const again = () => {
      const host = given();
      const request = { meta: { updateId: 'u' }, input: { name: 'n' } };
      host.turn((turn) => turn.admitUpdate(request, {}));
      host.respond([{ kind: 'accepted', updateId: 'u', messageId: 'm', request, sequencingEventId: 8 }]);
      reset(host);
      return { host, request };
    };
    const { host, request } = again();
    host.respond([{ kind: 'accepted', updateId: 'u', messageId: 'm', request, sequencingEventId: 5 }]);
    host.reload();
    expect(engine.updateState(host.execution, 'u')?.stage).toBe('ACCEPTED');
    const rejecting = again().host;
    rejecting.respond([{ kind: 'rejected', updateId: 'u', failure: { message: 'no' } }]);
    rejecting.signal('next');
    rejecting.reload();
    expect(engine.updateState(rejecting.execution, 'u')).toBeUndefined();
    expect(rejecting.beginTask()?.task.updates).toEqual([]);
  });

  test('RESET-3 kinds can be excluded', () => {
    const host = given();
    host.signal('a');
    const request = { meta: { updateId: 'u' }, input: { name: 'n' } };
    host.turn((turn) => turn.admitUpdate(request, {}));
    host.respond([{ kind: 'accepted', updateId: 'u', messageId: 'm', request, sequencingEventId: 8 }]);
    reset(host, { excludeSignals: true, excludeUpdates: true });
    expect(host.types().slice(3)).toEqual(['WorkflowTaskFailed', 'WorkflowTaskScheduled']);
  });

  test('RESET-3 what came while a task was started, and is no event yet, is recorded again too', () => {
    const host = given(timer('1', 5_000));
    host.signal('go');
    host.beginTask();
    host.signal('buffered', { input: args(1) });
    reset(host);
    expect(host.types().slice(4)).toEqual([
      'WorkflowExecutionSignaled',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('WorkflowExecutionSignaled')).toMatchObject({ signalName: 'buffered', input: args(1) });
  });

  test('RESET-3 so is what came to a later run of the chain while its task was started', () => {
    const host = given(command('ContinueAsNewWorkflowExecution', {}));
    const [base = ''] = [...host.rows.keys()];
    host.beginTask();
    const later = [host.history()];
    host.signal('buffered');
    reset(host, { runId: base }, later);
    expect(host.types().slice(4)).toEqual(['WorkflowExecutionSignaled', 'WorkflowTaskScheduled']);
  });

  test.each(['the run itself', 'an earlier run'])(
    'RESET-3 what waited for a task is kept when its host is lost in the turn that resets %s (seed 9094532)',
    (which) => {
      const host = given(command('ContinueAsNewWorkflowExecution', {}));
      const [earlier = ''] = [...host.rows.keys()];
      if (which === 'the run itself') {
        host.task();
        host.signal('first');
      }
      host.beginTask();
      host.signal('waits');
      const current = host.history();
      const request = { workflowTaskFinishEventId: 4, reason: 'bad deploy' };
      host.turn((turn) => {
        turn.workflowTaskLost();
        return which === 'the run itself'
          ? turn.reset(request, current)
          : turn.reset({ ...request, runId: earlier }, host.history(earlier), [current]);
      });
      expect(host.types()).toContain('WorkflowTaskFailed');
      expect(host.last('WorkflowExecutionSignaled')).toMatchObject({ signalName: 'waits' });
      expect(host.types().filter((type) => type === 'WorkflowExecutionSignaled')).toHaveLength(
        which === 'the run itself' ? 2 : 1,
      );
    },
  );

  test('RESET-3 what later runs of the chain received is recorded again too', () => {
    const host = given(command('ContinueAsNewWorkflowExecution', {}));
    const [base] = [...host.rows.keys()];
    host.signal('late');
    const later = [host.history()];
    reset(host, { runId: base ?? '' }, later);
    expect(host.types().slice(4)).toEqual(['WorkflowExecutionSignaled', 'WorkflowTaskScheduled']);
    expect(host.run.runSeq).toBe(3);
  });

  test('RESET-4 pending activities begin anew under the new run, RESET-5 timers keep their fire times', () => {
    const host = given(activity({ scheduleToCloseTimeout: 60_000 }), timer('1', 50_000));
    const [old] = host.admit();
    if (!old) throw new Error('an activity expected');
    host.signal('go');
    host.task();
    host.now += 10_000;
    reset(host, { workflowTaskFinishEventId: 10 });
    host.reload();
    expect(host.apply({ kind: 'ActivityCompleted', activity: byToken(old) })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    expect(host.nextDeadline()).toBe(T0 + 50_000);
    const [task] = host.admit();
    expect(task).toMatchObject({
      attempt: 1,
      scheduledEventId: 5,
      runId: host.run.runId,
      scheduledTime: T0 + 10_000,
    });
    host.advance(40_000);
    expect(host.types()).toContain('TimerFired');
    host.advance(20_000);
    expect(host.last('ActivityTaskTimedOut').failure?.timeoutFailureInfo?.timeoutType).toBe(
      'SCHEDULE_TO_CLOSE',
    );
  });

  test('RESET-6 started children are attached to the new run: their close finds it', () => {
    const host = given(
      command('StartChildWorkflowExecution', { workflowId: 'kid', workflowType: { name: 'child' } }),
    );
    const base = host.run.runId;
    host.apply({ kind: 'ChildStarted', runId: base, initiatedEventId: 5, childRunId: 'k-1' });
    host.task();
    reset(host, { workflowTaskFinishEventId: 9 });
    expect(engine.pendingWork(host.execution).parentCloseActions).toEqual([]);
    host.reload();
    host.apply({
      kind: 'ChildClosed',
      runId: base,
      initiatedEventId: 5,
      child: { workflowId: 'kid', runId: 'k-1' },
      workflowType: 'child',
      close: { kind: 'Completed' },
    });
    expect(host.types()).toContain('ChildWorkflowExecutionCompleted');
  });

  test('RESET-3 a child that was started before the point and closed after it stays closed', () => {
    const host = given(
      command('StartChildWorkflowExecution', { workflowId: 'kid', workflowType: { name: 'child' } }),
    );
    const base = host.run.runId;
    host.apply({ kind: 'ChildStarted', runId: base, initiatedEventId: 5, childRunId: 'k-1' });
    host.task();
    const close = { kind: 'Terminated' } as const;
    const child = { workflowId: 'kid', runId: 'k-1' };
    host.apply({
      kind: 'ChildClosed',
      runId: base,
      initiatedEventId: 5,
      child,
      workflowType: 'child',
      close,
    });
    reset(host, { workflowTaskFinishEventId: 9 });
    expect(host.types().slice(8)).toEqual([
      'WorkflowTaskFailed',
      'ChildWorkflowExecutionTerminated',
      'WorkflowTaskScheduled',
    ]);
    reset(host, { workflowTaskFinishEventId: 4 });
    expect(host.types()).not.toContain('ChildWorkflowExecutionTerminated');
  });

  test('RESET-3 a child that was asked for before the point is started and closed as it was since', () => {
    const host = given(
      command('StartChildWorkflowExecution', { workflowId: 'kid', workflowType: { name: 'child' } }),
    );
    host.signal('go');
    host.task();
    const base = host.run.runId;
    host.apply({ kind: 'ChildStarted', runId: base, initiatedEventId: 5, childRunId: 'k-1' });
    host.task();
    const child = { workflowId: 'kid', runId: 'k-1' };
    const close = { kind: 'Completed', result: args(7) } as const;
    host.apply({
      kind: 'ChildClosed',
      runId: base,
      initiatedEventId: 5,
      child,
      workflowType: 'child',
      close,
    });
    reset(host, { workflowTaskFinishEventId: 9 });
    expect(host.types().slice(8)).toEqual([
      'WorkflowTaskFailed',
      'ChildWorkflowExecutionStarted',
      'ChildWorkflowExecutionCompleted',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('ChildWorkflowExecutionCompleted')).toMatchObject({
      startedEventId: 10,
      result: args(7),
    });
    expect(engine.pendingWork(host.execution).childStarts).toEqual([]);
    host.reload();
    expect(host.run.children.size).toBe(0);
  });

  test('RESET-3 a child that could not be started then is not asked for again', () => {
    const host = given(
      command('StartChildWorkflowExecution', { workflowId: 'kid', workflowType: { name: 'child' } }),
    );
    host.signal('go');
    host.task();
    host.apply({
      kind: 'ChildStartFailed',
      runId: host.run.runId,
      initiatedEventId: 5,
      cause: 'WORKFLOW_ALREADY_EXISTS',
    });
    reset(host, { workflowTaskFinishEventId: 9 });
    expect(host.types()).toContain('StartChildWorkflowExecutionFailed');
    expect(engine.pendingWork(host.execution).childStarts).toEqual([]);
  });

  test('RESET-6 what was sent before the reset keeps its request ID; a child started anew replaces the old one', () => {
    const parentHost = given(
      command('StartChildWorkflowExecution', { workflowId: 'kid', workflowType: { name: 'child' } }),
    );
    const base = parentHost.run.runId;
    parentHost.signal('go');
    parentHost.task();
    reset(parentHost, { workflowTaskFinishEventId: 9 });
    const [resent] = engine.pendingWork(parentHost.execution).childStarts;
    expect(resent?.request).toMatchObject({ requestId: `${base}:5`, parent: { baseRunIds: [base] } });
    const kid = new Host({ workflowId: 'kid' });
    const execution = { workflowId: 'wf-1', runId: base };
    const parent = { namespace: 'default', execution, initiatedEventId: 5, root: execution };
    kid.start({ parent });
    const anew = {
      ...parent,
      execution: { workflowId: 'wf-1', runId: parentHost.run.runId },
      baseRunIds: [base],
    };
    expect(kid.start({ parent: { ...anew, baseRunIds: ['other'] } })).toMatchObject({
      error: { code: 'ALREADY_EXISTS' },
    });
    expect(kid.start({ parent: anew })).toMatchObject({ ok: true, value: { started: true } });
    expect(kid.run.runSeq).toBe(2);
  });

  test('RESET-6 what the base sent after the point is not taken for what bears the same number since (seed 6007070)', () => {
    const host = given(timer('1', 5_000));
    const base = host.run.runId;
    reset(host);
    host.task(command('StartChildWorkflowExecution', { workflowId: 'kid', workflowType: { name: 'child' } }));
    const initiated = host
      .history(host.run.runId)
      .find((event) => event.eventType === 'StartChildWorkflowExecutionInitiated');
    const initiatedEventId = initiated?.eventId ?? 0;
    const close = { kind: 'Terminated' } as const;
    const child = { workflowId: 'kid', runId: 'of the base' };
    const shared = { kind: 'ChildClosed', initiatedEventId, workflowType: 'child', close } as const;
    host.apply({ ...shared, runId: base, child });
    expect(host.types()).not.toContain('ChildWorkflowExecutionStarted');
    host.apply({ ...shared, runId: host.run.runId, child: { ...child, runId: 'its own' } });
    expect(host.last('ChildWorkflowExecutionTerminated').workflowExecution?.runId).toBe('its own');
  });

  test('RESET-6, CHILD-6 children of a run that came after the base run end with it; those of the base do not (seed 9107606)', () => {
    const start = command('StartChildWorkflowExecution', {
      workflowId: 'kid',
      workflowType: { name: 'child' },
    });
    const host = given(command('ContinueAsNewWorkflowExecution', {}));
    const [base = ''] = [...host.rows.keys()];
    host.task(start);
    const after = host.run.runId;
    reset(host, { runId: base }, [host.history()]);
    const closing = [{ runId: after, target: { workflowId: 'kid' }, policy: 'TERMINATE' }];
    expect(engine.pendingWork(host.execution).parentCloseActions).toMatchObject(closing);
    host.reload();
    expect(engine.pendingWork(host.execution).parentCloseActions).toMatchObject(closing);

    const other = given(start);
    reset(other, { workflowTaskFinishEventId: 4 });
    expect(engine.pendingWork(other.execution).parentCloseActions).toEqual([]);
    other.reload();
    expect(engine.pendingWork(other.execution).parentCloseActions).toEqual([]);
  });

  test('a base run without history cannot be reset', () => {
    const host = given();
    const events = host
      .history()
      .map((event, index) => (index === 0 ? { ...event, eventType: 'MarkerRecorded' } : event));
    const reply = host.turn((turn) => turn.reset({ workflowTaskFinishEventId: 4 }, events as HistoryEvent[]));
    expect(reply).toMatchObject({ error: { code: 'INTERNAL' } });
  });
});
