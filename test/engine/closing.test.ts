/** The end of a run and what meets it there: what breaks if something arrives while the run is on its way to close? */
import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import { activity, byToken, command, complete, given, givenWith, Host, timer } from './support/host.ts';

const child = (workflowId: string) =>
  command('StartChildWorkflowExecution', {
    workflowId,
    workflowType: { name: 'pack' },
    taskQueue: { name: 'orders' },
  });

const continueAsNew = command('ContinueAsNewWorkflowExecution', {
  workflowType: { name: 'greet' },
  taskQueue: { name: 'orders' },
});

describe('closing: what is still pending', () => {
  test('TO-7 a timed-out run applies its close policies as any other close does', () => {
    const host = givenWith({ workflowRunTimeout: 5_000 }, {}, child('packing'));
    const { runId } = host.run;
    host.apply({ kind: 'ChildStarted', runId, initiatedEventId: 5, childRunId: 'packing-1' });
    host.advance(5_000);
    expect(host.run.status).toBe('TIMED_OUT');
    expect(engine.pendingWork(host.execution).parentCloseActions).toMatchObject([
      { target: { workflowId: 'packing' }, firstExecutionRunId: 'packing-1', policy: 'TERMINATE' },
    ]);
  });

  test('TMR-5 a timer due after the run timed out never fires', () => {
    const host = givenWith({ workflowRunTimeout: 5_000 }, {}, timer('1', 8_000));
    host.advance(5_000);
    host.advance(60_000);
    expect(host.types().slice(-2)).toEqual(['TimerStarted', 'WorkflowExecutionTimedOut']);
  });

  test('CHILD-13 a child starts without a retry policy and with timeouts of its own', () => {
    const host = givenWith({ workflowRunTimeout: 9_000, retryPolicy: {} }, {}, child('packing'));
    const [start] = engine.pendingWork(host.execution).childStarts;
    expect(start?.request.retryPolicy).toBeUndefined();
    expect(start?.request.workflowRunTimeout ?? 0).toBe(0);
    expect(start?.request.workflowExecutionTimeout ?? 0).toBe(0);
  });
});

describe('closing: what arrives during the last task', () => {
  test('WFT-3 what commands make is written at once, what comes from outside waits behind it', () => {
    const host = given(activity(), timer('1', 1_000));
    const [task] = host.admit();
    if (task === undefined) throw new Error('no attempt was admitted');
    host.signal('wake');
    host.beginTask();
    host.apply({ kind: 'ActivityCompleted', activity: byToken(task) });
    host.apply({ kind: 'RequestCancel' });
    host.advance(1_000);
    host.signal('late');
    const before = host.types().length;
    host.endTask(timer('2', 9_000));
    expect(host.types().slice(before)).toEqual([
      'WorkflowTaskCompleted',
      'TimerStarted',
      'ActivityTaskStarted',
      'WorkflowExecutionCancelRequested',
      'TimerFired',
      'WorkflowExecutionSignaled',
      'ActivityTaskCompleted',
      'WorkflowTaskScheduled',
    ]);
  });

  test('SIG-10, CAN-8 a signal that arrives while the run continues as new is shown to the run that took it', () => {
    const host = new Host();
    host.start();
    const { runId } = host.run;
    host.beginTask();
    host.signal('late');
    expect(host.endTask(continueAsNew)).toMatchObject({ kind: 'refused', cause: 'UNHANDLED_COMMAND' });
    expect(host.types()).toContain('WorkflowExecutionSignaled');
    expect(host.run.runId).toBe(runId);
    expect(host.task(continueAsNew)).toMatchObject({ kind: 'accepted', closed: true });
    expect(host.types(runId).at(-1)).toBe('WorkflowExecutionContinuedAsNew');
    expect(host.run.runId).not.toBe(runId);
    expect(host.types()).not.toContain('WorkflowExecutionSignaled');
  });

  test('SCOPE-10 a cancel request that the last task did not show turns the completion away', () => {
    const host = new Host();
    host.start();
    host.beginTask();
    host.apply({ kind: 'RequestCancel' });
    expect(host.endTask(complete())).toMatchObject({ kind: 'refused', cause: 'UNHANDLED_COMMAND' });
    host.task(complete());
    expect(host.run.status).toBe('COMPLETED');
  });

  test('WFT-16 a task that goes on failing leaves its run open', () => {
    const host = new Host();
    host.start();
    for (let attempt = 0; attempt < 8; attempt++) {
      host.failTask();
      host.advance(600_000);
    }
    expect(host.run.status).toBe('RUNNING');
    expect(host.task(complete())).toMatchObject({ kind: 'accepted', closed: true });
  });
});

describe('a run that is paused', () => {
  test('WFT-20 a task that had started may complete, the next one waits for the end of the pause', () => {
    const host = given(timer('1', 1_000));
    host.signal('go');
    host.beginTask();
    host.apply({ kind: 'Pause', request: { identity: 'ops' } });
    expect(host.endTask(activity())).toMatchObject({ kind: 'accepted' });
    expect(host.admit()).toEqual([]);
    host.advance(1_000);
    expect(host.types()).toContain('TimerFired');
    expect(host.beginTask()).toBeUndefined();
    host.apply({ kind: 'Unpause', request: { identity: 'ops' } });
    expect(host.beginTask()).toBeDefined();
    expect(host.admit()).toHaveLength(1);
  });
});

describe('signals to other workflows', () => {
  test('EXT-2 without a run ID the delivery names none, also to the sender itself', () => {
    const host = given(
      command('SignalExternalWorkflowExecution', { execution: { workflowId: 'wf-1' }, signalName: 'again' }),
    );
    const [delivery] = engine.pendingWork(host.execution).externalDeliveries;
    expect(delivery?.target).toEqual({ workflowId: 'wf-1' });
    expect(host.signal('again')).toMatchObject({ ok: true });
  });
});
