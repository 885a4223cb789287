import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import { activity, args, byToken, complete, given, Host, T0, timer } from './support/host.ts';

describe('spine: from start to result', () => {
  test('START-14 a start writes Started and WorkflowTaskScheduled in one batch', () => {
    const host = new Host();
    const reply = host.start({ input: args('Ada'), identity: 'client-1' });
    expect(reply).toEqual({
      ok: true,
      value: { runId: 'id-1', firstExecutionRunId: 'id-1', started: true, status: 'RUNNING' },
    });
    expect(host.types()).toEqual(['WorkflowExecutionStarted', 'WorkflowTaskScheduled']);
    expect(host.written).toEqual({ batches: 1, activities: 0, volatile: 0, summaries: 1 });
    expect(engine.isWorkflowTaskDue(host.execution, T0)).toBe(true);
  });

  test('a run with one activity and one timer completes with the events of its steps', () => {
    const host = given(activity({ input: args('Ada') }));
    const [task] = host.admit();
    if (task === undefined) throw new Error('nothing was admitted');
    host.now += 40;
    host.apply({
      kind: 'ActivityCompleted',
      activity: byToken(task),
      result: args('done'),
      identity: 'worker-2',
    });
    host.task(timer('1', 5_000));
    expect(host.nextDeadline()).toBe(T0 + 40 + 5_000);
    host.advance(5_000);
    host.task(complete(args('done')));
    expect(host.types()).toEqual([
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
      'TimerStarted',
      'TimerFired',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'WorkflowExecutionCompleted',
    ]);
    expect(host.run.status).toBe('COMPLETED');
    expect(host.run.closeEvent).toEqual(host.lastEvent());
  });

  test('the usual path of an activity writes no activity row: its admission is a note of the batch', () => {
    const host = given();
    host.signal('go');
    const [task] = host.turn((turn) => {
      turn.startWorkflowTask();
      turn.completeWorkflowTask({ kind: 'completed', commands: [activity()], updates: [], queries: [] });
      return turn.admitActivities(10);
    });
    if (task === undefined) throw new Error('nothing was admitted');
    host.reload();
    expect(engine.pendingWork(host.execution).startedActivities).toEqual([task]);
    host.apply({ kind: 'ActivityCompleted', activity: byToken(task) });
    expect(host.written.activities).toBe(0);
    expect(host.written.volatile).toBe(0);
  });
});
