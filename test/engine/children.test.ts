import { describe, expect, test } from 'vitest';
import type { ChildClose, Input } from '../../src/engine/api.ts';
import { engine } from '../../src/engine/engine.ts';
import type { CommandAttributes } from '../../src/sdk/common/wire/commands.ts';
import { args, command, complete, fail, given, givenWith, Host, json, T0 } from './support/host.ts';

const child = (more: Partial<CommandAttributes<'StartChildWorkflowExecution'>> = {}) =>
  command('StartChildWorkflowExecution', { workflowId: 'kid', workflowType: { name: 'child' }, ...more });

const started = (host: Host, initiatedEventId = 5, childRunId = 'k-1') =>
  host.apply({ kind: 'ChildStarted', runId: host.run.runId, initiatedEventId, childRunId });

function closed(host: Host, close: ChildClose, more: Partial<Extract<Input, { kind: 'ChildClosed' }>> = {}) {
  return host.apply({
    kind: 'ChildClosed',
    runId: host.run.runId,
    initiatedEventId: 5,
    child: { workflowId: 'kid', runId: 'k-1' },
    workflowType: 'child',
    close,
    ...more,
  });
}

describe('children: start', () => {
  test('CHILD-1, CHILD-5 the initiated event carries defaults and causes a start to be sent until it is confirmed', () => {
    const host = given(
      child({
        input: args(1),
        retryPolicy: { maximumAttempts: 2 },
        memo: { fields: { m: json(1) } },
        searchAttributes: { indexedFields: { S: json('s') } },
        priority: { priorityKey: 1 },
        cronSchedule: '@daily',
        workflowRunTimeout: 5_000,
      }),
    );
    const initiated = host.last('StartChildWorkflowExecutionInitiated');
    expect(initiated).toEqual({
      namespace: 'default',
      workflowId: 'kid',
      workflowType: { name: 'child' },
      taskQueue: { name: 'orders', kind: 'NORMAL' },
      input: args(1),
      workflowExecutionTimeout: 0,
      workflowRunTimeout: 5_000,
      workflowTaskTimeout: 0,
      parentClosePolicy: 'TERMINATE',
      workflowTaskCompletedEventId: 4,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      retryPolicy: {
        initialInterval: 1_000,
        backoffCoefficient: 2,
        maximumInterval: 100_000,
        maximumAttempts: 2,
      },
      cronSchedule: '@daily',
      header: {},
      memo: { fields: { m: json(1) } },
      searchAttributes: { indexedFields: { S: json('s') } },
      priority: { priorityKey: 1 },
    });
    host.reload();
    const { runId } = host.run;
    const [start] = engine.pendingWork(host.execution).childStarts;
    expect(start).toMatchObject({ runId, initiatedEventId: 5, namespace: 'default', workflowId: 'kid' });
    expect(start?.request).toMatchObject({
      workflowType: 'child',
      taskQueue: 'orders',
      requestId: `${runId}:5`,
      workflowIdConflictPolicy: 'FAIL',
      input: args(1),
      parent: {
        namespace: 'default',
        execution: { workflowId: 'wf-1', runId },
        initiatedEventId: 5,
        root: { workflowId: 'wf-1', runId },
      },
    });
    started(host);
    expect(engine.pendingWork(host.execution).childStarts).toEqual([]);
    expect(host.last('ChildWorkflowExecutionStarted')).toEqual({
      namespace: 'default',
      initiatedEventId: 5,
      workflowExecution: { workflowId: 'kid', runId: 'k-1' },
      workflowType: { name: 'child' },
      header: {},
    });
    expect(host.types().at(-1)).toBe('WorkflowTaskScheduled');
  });

  test('what one turn brought can be read without looking at everything', () => {
    const host = given(child());
    host.signal('more');
    host.turn((turn) => {
      turn.startWorkflowTask();
      turn.completeWorkflowTask({
        kind: 'completed',
        commands: [child({ workflowId: 'kid-2' })],
        updates: [],
        queries: [],
      });
      expect(turn.newWork().childStarts.map(({ workflowId }) => workflowId)).toEqual(['kid-2']);
    });
    expect(engine.pendingWork(host.execution).childStarts).toHaveLength(2);
  });

  test('CHILD-1 a start that fails is recorded with its cause', () => {
    const host = given(child());
    const failed = {
      kind: 'ChildStartFailed',
      runId: host.run.runId,
      initiatedEventId: 5,
      cause: 'WORKFLOW_ALREADY_EXISTS',
    } as const;
    host.apply(failed);
    host.apply(failed);
    expect(host.types().slice(5)).toEqual(['StartChildWorkflowExecutionFailed', 'WorkflowTaskScheduled']);
    expect(host.last('StartChildWorkflowExecutionFailed')).toMatchObject({
      cause: 'WORKFLOW_ALREADY_EXISTS',
      initiatedEventId: 5,
      workflowId: 'kid',
    });
  });

  test.each([
    ['no ID', { workflowId: '' }],
    ['no type', { workflowType: { name: '' } }],
    ['a long ID', { workflowId: 'x'.repeat(1_001) }],
    ['a long type', { workflowType: { name: 'x'.repeat(1_001) } }],
    ['a negative timeout', { workflowRunTimeout: -1 }],
    ['a bad retry policy', { retryPolicy: { maximumAttempts: -1 } }],
  ])('%s fails the task', (_what, more) => {
    const host = new Host();
    host.start();
    expect(host.task(child(more))).toMatchObject({ cause: 'BAD_START_CHILD_EXECUTION_ATTRIBUTES' });
  });

  test('CHILD-10 a child cannot be started and cancelled by one task', () => {
    const host = new Host();
    host.start();
    const cancel = command('RequestCancelExternalWorkflowExecution', {
      workflowId: 'kid',
      childWorkflowOnly: true,
    });
    expect(host.task(child(), cancel)).toMatchObject({
      cause: 'BAD_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_ATTRIBUTES',
    });
    host.task(child());
    host.signal('stop');
    expect(host.task(cancel)).toMatchObject({ kind: 'accepted' });
  });

  test('CHILD-12 at most the allowed number may be pending', () => {
    const host = new Host({ limits: { pendingChildrenMax: 1 } });
    host.start();
    expect(host.task(child(), child({ workflowId: 'kid-2' }))).toMatchObject({
      cause: 'PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED',
    });
  });
});

describe('children: close', () => {
  test.each([
    [{ kind: 'Completed', result: args(1) }, 'ChildWorkflowExecutionCompleted', { result: args(1) }],
    [{ kind: 'Completed' }, 'ChildWorkflowExecutionCompleted', {}],
    [
      { kind: 'Failed', failure: { message: 'x' }, retryState: 'TIMEOUT' },
      'ChildWorkflowExecutionFailed',
      { failure: { message: 'x' }, retryState: 'TIMEOUT' },
    ],
    [{ kind: 'Failed' }, 'ChildWorkflowExecutionFailed', {}],
    [{ kind: 'Canceled', details: args(2) }, 'ChildWorkflowExecutionCanceled', { details: args(2) }],
    [{ kind: 'Canceled' }, 'ChildWorkflowExecutionCanceled', {}],
    [
      { kind: 'TimedOut', retryState: 'TIMEOUT' },
      'ChildWorkflowExecutionTimedOut',
      { retryState: 'TIMEOUT' },
    ],
    [{ kind: 'TimedOut' }, 'ChildWorkflowExecutionTimedOut', {}],
    [{ kind: 'Terminated' }, 'ChildWorkflowExecutionTerminated', {}],
  ] as const)('CHILD-3 %j', (close, eventType, own) => {
    const host = given(child());
    started(host);
    closed(host, close);
    expect(host.last(eventType)).toEqual({
      ...own,
      namespace: 'default',
      workflowExecution: { workflowId: 'kid', runId: 'k-1' },
      workflowType: { name: 'child' },
      initiatedEventId: 5,
      startedEventId: 6,
    });
    expect(host.run.children.size).toBe(0);
    closed(host, close);
    expect(host.types().filter((type) => type === eventType)).toHaveLength(1);
  });

  test('CHILD-4 the chain is what counts: the head was started, a later run closed', () => {
    const host = given(child());
    started(host);
    closed(host, { kind: 'Terminated' }, { child: { workflowId: 'kid', runId: 'stranger' } });
    expect(host.run.children.size).toBe(1);
    closed(
      host,
      { kind: 'Completed' },
      { child: { workflowId: 'kid', runId: 'k-9' }, firstExecutionRunId: 'k-1' },
    );
    expect(host.last('ChildWorkflowExecutionCompleted').workflowExecution).toEqual({
      workflowId: 'kid',
      runId: 'k-9',
    });
  });

  test('a close that overtakes the answer to the start records both, in their order', () => {
    const host = given(child());
    closed(host, { kind: 'Completed' });
    expect(host.types().slice(5)).toEqual([
      'ChildWorkflowExecutionStarted',
      'ChildWorkflowExecutionCompleted',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('ChildWorkflowExecutionCompleted').startedEventId).toBe(6);
    expect(started(host)).toMatchObject({ ok: true });
  });

  test('WFT-2 start and close that arrive during a task keep their order and link', () => {
    const host = given(child());
    host.signal('go');
    host.beginTask();
    started(host);
    host.reload();
    host.signal('between');
    closed(host, { kind: 'Completed' });
    host.reload();
    host.endTask();
    expect(host.types().slice(9)).toEqual([
      'ChildWorkflowExecutionStarted',
      'WorkflowExecutionSignaled',
      'ChildWorkflowExecutionCompleted',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('ChildWorkflowExecutionCompleted').startedEventId).toBe(10);
  });

  test('WFT-2 a close after a start that was placed from the buffer names that event', () => {
    const host = given(child());
    host.signal('go');
    host.beginTask();
    started(host);
    host.endTask();
    host.reload();
    closed(host, { kind: 'Completed' });
    expect(host.last('ChildWorkflowExecutionCompleted').startedEventId).toBe(10);
  });
});

describe('children: parent close policy', () => {
  const three = [
    child({ workflowId: 'a' }),
    child({ workflowId: 'b', parentClosePolicy: 'REQUEST_CANCEL' }),
    child({ workflowId: 'c', parentClosePolicy: 'ABANDON' }),
  ];

  test('CHILD-6 each open child gets what its policy says, until that is confirmed', () => {
    const host = given(...three);
    started(host, 5, 'a-1');
    started(host, 6, 'b-1');
    started(host, 7, 'c-1');
    host.task(complete());
    const runId = host.run.runId;
    host.reload();
    const actions = engine.pendingWork(host.execution).parentCloseActions;
    expect(actions).toMatchObject([
      {
        runId,
        initiatedEventId: 5,
        namespace: 'default',
        target: { workflowId: 'a' },
        firstExecutionRunId: 'a-1',
        policy: 'TERMINATE',
        input: {
          kind: 'Terminate',
          firstExecutionRunId: 'a-1',
          reason: 'by parent close policy',
          identity: 'history-service',
        },
      },
      {
        initiatedEventId: 6,
        target: { workflowId: 'b' },
        policy: 'REQUEST_CANCEL',
        input: {
          kind: 'RequestCancel',
          firstExecutionRunId: 'b-1',
          external: {
            workflowExecution: { workflowId: 'wf-1', runId },
            initiatedEventId: 6,
            childWorkflowOnly: true,
          },
        },
      },
    ]);
    expect(host.rows.get(runId)?.summary.hasDeliveries).toBe(true);
    host.turn((turn) => turn.confirmParentClose(runId, 5));
    host.reload();
    expect(engine.pendingWork(host.execution).parentCloseActions).toHaveLength(1);
    host.turn((turn) => turn.confirmParentClose(runId, 6));
    host.reload();
    expect(engine.pendingWork(host.execution).parentCloseActions).toEqual([]);
    expect(host.rows.get(runId)?.volatile).toBeUndefined();
  });

  test('CHILD-6 a child whose start was never confirmed is addressed by its parent', () => {
    const host = given(child());
    host.signal('finish');
    host.task(complete());
    expect(engine.pendingWork(host.execution).parentCloseActions).toMatchObject([
      {
        firstExecutionRunId: '',
        input: {
          kind: 'Terminate',
          childOf: { workflowId: 'wf-1', runId: host.run.runId, initiatedEventId: 5 },
        },
      },
    ]);
    expect(engine.pendingWork(host.execution).childStarts).toEqual([]);
    expect(started(host)).toMatchObject({ ok: true });
  });

  test('CHILD-6 a child initiated by the task that closes the run is not started and needs no action', () => {
    const host = given(child(), complete());
    expect(engine.pendingWork(host.execution)).toMatchObject({ childStarts: [], parentCloseActions: [] });
  });

  test('CHILD-6, CHILD-7 continue-as-new applies the policies of the run it closes, also after a reload', () => {
    const host = given(child());
    started(host);
    const first = host.run.runId;
    host.task(command('ContinueAsNewWorkflowExecution', {}));
    expect(host.run.children.size).toBe(0);
    host.reload();
    expect(engine.pendingWork(host.execution).parentCloseActions).toMatchObject([
      { runId: first, initiatedEventId: 5 },
    ]);
    closed(host, { kind: 'Terminated' }, { runId: first });
    host.turn((turn) => turn.confirmParentClose(first, 5));
    host.turn((turn) => turn.confirmVisibility(first, 99));
    host.reload();
    expect(engine.pendingWork(host.execution).parentCloseActions).toEqual([]);
  });
});

describe('children: telling the parent', () => {
  const execution = { workflowId: 'parent', runId: 'p-1' };
  const parent = { namespace: 'family', execution, initiatedEventId: 5, root: execution };
  test.each([
    [complete(args(1)), { kind: 'Completed', result: args(1) }],
    [fail('no'), { kind: 'Failed', failure: { message: 'no' }, retryState: 'RETRY_POLICY_NOT_SET' }],
    [command('CancelWorkflowExecution', { details: args(2) }), { kind: 'Canceled', details: args(2) }],
  ])('CHILD-3 the parent is told until it confirms: %#', (closing, close) => {
    const host = givenWith({ parent }, {}, closing);
    const { runId } = host.run;
    host.reload();
    const [notification] = engine.pendingWork(host.execution).parentNotifications;
    expect(notification).toMatchObject({
      runId,
      parent: { namespace: 'family', workflowId: 'parent', runId: 'p-1' },
      initiatedEventId: 5,
      child: { workflowId: 'wf-1', runId },
      firstExecutionRunId: runId,
      workflowType: 'greet',
      close,
    });
    host.turn((turn) => turn.confirmParentNotified(runId));
    host.reload();
    expect(engine.pendingWork(host.execution).parentNotifications).toEqual([]);
  });

  test('CHILD-3 timeouts and terminations are told too', () => {
    const timedOut = givenWith({ parent, workflowRunTimeout: 1_000 }, {});
    timedOut.advance(1_000);
    expect(engine.pendingWork(timedOut.execution).parentNotifications[0]?.close).toEqual({
      kind: 'TimedOut',
      retryState: 'RETRY_POLICY_NOT_SET',
    });
    const terminated = givenWith({ parent }, {});
    terminated.turn((turn) => {
      turn.apply({ kind: 'Terminate' });
      expect(turn.newWork().parentNotifications).toHaveLength(1);
    });
    expect(engine.pendingWork(terminated.execution).parentNotifications[0]?.close).toEqual({
      kind: 'Terminated',
    });
  });

  test('CHILD-4 a run that is followed by another tells nothing; the last of the chain does, with its head', () => {
    const host = givenWith({ parent, retryPolicy: { maximumAttempts: 2 } }, {}, fail('one'));
    const [first] = [...host.rows.keys()];
    expect(engine.pendingWork(host.execution).parentNotifications).toEqual([]);
    host.advance(1_000);
    host.task(fail('two'));
    expect(engine.pendingWork(host.execution).parentNotifications).toMatchObject([
      { firstExecutionRunId: first, close: { kind: 'Failed', retryState: 'MAXIMUM_ATTEMPTS_REACHED' } },
    ]);
  });

  test('confirmations that concern one delivery leave the other', () => {
    const host = givenWith({ parent }, {}, child());
    started(host);
    host.task(complete());
    const { runId } = host.run;
    host.turn((turn) => turn.confirmParentNotified(runId));
    host.reload();
    const work = engine.pendingWork(host.execution);
    expect([work.parentNotifications.length, work.parentCloseActions.length]).toEqual([0, 1]);
    expect(T0).toBe(host.now);
  });
});

describe('signals and cancels to other workflows', () => {
  const signal = (more: Partial<CommandAttributes<'SignalExternalWorkflowExecution'>> = {}) =>
    command('SignalExternalWorkflowExecution', {
      execution: { workflowId: 'other', runId: 'o-1' },
      signalName: 'go',
      ...more,
    });
  const cancel = (more: Partial<CommandAttributes<'RequestCancelExternalWorkflowExecution'>> = {}) =>
    command('RequestCancelExternalWorkflowExecution', { workflowId: 'other', ...more });

  test('EXT-1 a signal is delivered until it is answered', () => {
    const host = given(signal({ input: args(1), header: { fields: {} }, childWorkflowOnly: true }));
    const { runId } = host.run;
    host.reload();
    expect(engine.pendingWork(host.execution).externalDeliveries).toEqual([
      {
        runId,
        initiatedEventId: 5,
        namespace: 'default',
        target: { workflowId: 'other', runId: 'o-1' },
        childWorkflowOnly: true,
        source: {
          workflowExecution: { workflowId: 'wf-1', runId },
          initiatedEventId: 5,
          childWorkflowOnly: true,
          requestId: `${runId}:5`,
        },
        input: { kind: 'Signal', signalName: 'go', input: args(1), header: { fields: {} } },
      },
    ]);
    const delivered = { kind: 'ExternalSignalDelivered', runId, initiatedEventId: 5 } as const;
    host.apply(delivered);
    host.apply(delivered);
    expect(host.types().slice(5)).toEqual(['ExternalWorkflowExecutionSignaled', 'WorkflowTaskScheduled']);
    expect(engine.pendingWork(host.execution).externalDeliveries).toEqual([]);
  });

  test('EXT-1 a signal that cannot be delivered fails with its cause', () => {
    const host = given(signal());
    const cause = 'EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND' as const;
    host.apply({ kind: 'ExternalSignalFailed', runId: host.run.runId, initiatedEventId: 5, cause });
    expect(host.last('SignalExternalWorkflowExecutionFailed')).toEqual({
      cause,
      workflowTaskCompletedEventId: 4,
      namespace: 'default',
      workflowExecution: { workflowId: 'other', runId: 'o-1' },
      initiatedEventId: 5,
    });
  });

  test('EXT-4 a cancel request is delivered, or fails', () => {
    const host = given(cancel({ runId: 'o-1', reason: 'why', childWorkflowOnly: true }), cancel());
    const { runId } = host.run;
    const deliveries = engine.pendingWork(host.execution).externalDeliveries;
    expect(deliveries.map(({ input, target }) => ({ input, target }))).toEqual([
      { input: { kind: 'RequestCancel', reason: 'why' }, target: { workflowId: 'other', runId: 'o-1' } },
      { input: { kind: 'RequestCancel' }, target: { workflowId: 'other' } },
    ]);
    host.apply({ kind: 'ExternalCancelDelivered', runId, initiatedEventId: 5 });
    host.apply({ kind: 'ExternalCancelFailed', runId, initiatedEventId: 6, cause: 'NAMESPACE_NOT_FOUND' });
    expect(host.last('ExternalWorkflowExecutionCancelRequested')).toMatchObject({ initiatedEventId: 5 });
    expect(host.last('RequestCancelExternalWorkflowExecutionFailed')).toMatchObject({
      initiatedEventId: 6,
      cause: 'NAMESPACE_NOT_FOUND',
    });
  });

  test('what one turn initiated is among its new work', () => {
    const host = new Host();
    host.start();
    host.turn((turn) => {
      turn.startWorkflowTask();
      turn.completeWorkflowTask({
        kind: 'completed',
        commands: [signal(), cancel()],
        updates: [],
        queries: [],
      });
      expect(turn.newWork().externalDeliveries.map(({ input }) => input.kind)).toEqual([
        'Signal',
        'RequestCancel',
      ]);
    });
  });

  test('EXT-6 limits and missing names fail the task', () => {
    const limits = { pendingExternalSignalsMax: 1, pendingExternalCancelsMax: 1 };
    const causes = [
      [signal(), signal()],
      [cancel(), cancel()],
      [signal({ signalName: '' })],
      [signal({ execution: {} })],
      [cancel({ workflowId: '' })],
    ].map((commands) => {
      const host = new Host({ limits });
      host.start();
      const outcome = host.task(...commands);
      return outcome.kind === 'refused' ? outcome.cause : outcome.kind;
    });
    expect(causes).toEqual([
      'PENDING_SIGNALS_LIMIT_EXCEEDED',
      'PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED',
      'BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES',
      'BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES',
      'BAD_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_ATTRIBUTES',
    ]);
  });

  test('an answer for another run or a closed one is taken and dropped', () => {
    const host = given(signal());
    expect(
      host.apply({ kind: 'ExternalSignalDelivered', runId: 'other', initiatedEventId: 5 }),
    ).toMatchObject({ ok: true });
    expect(host.types()).toHaveLength(5);
  });
});
