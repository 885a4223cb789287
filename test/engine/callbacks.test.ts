/** Callbacks of Nexus operations on updates and activities: given who waits for what, when it ends, then they are told, once each. */
import { describe, expect, it } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import { COMPLETION_CALLBACKS_MAX } from '../../src/engine/limits.ts';
import type { UpdateResponse } from '../../src/engine/workflow-task.ts';
import { NEXUS_CALLBACK_URL, nexusCallbackHeader } from '../../src/sdk/common/nexus-callback.ts';
import { standaloneExecutionId } from '../../src/sdk/common/standalone-activity.ts';
import type { UpdateRequest } from '../../src/sdk/common/wire/messages.ts';
import { applicationFailure, args, byToken, command, complete, given, Host, json } from './support/host.ts';

/** Of an operation of the workflow with this ID. */
const callbackOf = (workflowId: string) => {
  const reference = { namespace: 'callers', workflowId, runId: 'r', scheduledEventId: 9, requestId: 'q' };
  const header = { ...nexusCallbackHeader(reference), 'nexus-operation-token': `token of ${workflowId}` };
  return { nexus: { url: NEXUS_CALLBACK_URL, header } };
};

const request = (updateId: string, callers: readonly string[] = [], requestId = 'r1'): UpdateRequest => ({
  meta: { updateId, identity: 'handler' },
  input: { name: 'setAddress', args: args('x') },
  requestId,
  ...(callers.length > 0 && { completionCallbacks: callers.map(callbackOf) }),
});

const send = (host: Host, ...[updateId, callers, requestId]: Parameters<typeof request>) =>
  host.turn((turn) => turn.admitUpdate(request(updateId, callers, requestId), {}));

const accepted = (updateId: string): UpdateResponse => ({
  kind: 'accepted',
  updateId,
  messageId: `${updateId}/accept`,
  request: request(updateId),
  sequencingEventId: 6,
});
const completed = (updateId: string, outcome: object = { success: args('done') }): UpdateResponse => ({
  kind: 'completed',
  updateId,
  messageId: `${updateId}/complete`,
  outcome,
});
const place = (messageId: string) => command('ProtocolMessage', { messageId });
const accept = (host: Host, updateId = 'u') =>
  host.respond([accepted(updateId)], place(`${updateId}/accept`));
const finish = (host: Host, updateId = 'u', outcome?: object) =>
  host.respond([completed(updateId, outcome)], place(`${updateId}/complete`));

const notifications = (host: Host) => engine.pendingWork(host.execution).nexusNotifications;
const told = (host: Host) =>
  notifications(host).map(({ caller, input }) => ({ caller: caller.workflowId, close: input.close }));
const confirm = (host: Host) => {
  for (const { runId, index } of notifications(host))
    host.turn((turn) => turn.confirmNexusNotified(runId, index));
};

const done = { kind: 'completed', result: json('done') };
const abandoned = {
  kind: 'failed',
  failure: { applicationFailureInfo: { type: 'AcceptedUpdateCompletedWorkflow' } },
};

/** A run with an update that `callers` wait for, accepted and not completed. */
function withUpdate(...callers: string[]): Host {
  const host = given();
  send(host, 'u', callers);
  accept(host);
  return host;
}

describe('callbacks of updates', () => {
  it('NXS-22: its caller is told the outcome while the run goes on, until that is confirmed, and not again', () => {
    const host = withUpdate('caller');
    expect(host.last('WorkflowExecutionUpdateAccepted').acceptedRequest).toMatchObject({
      requestId: 'r1',
      completionCallbacks: [callbackOf('caller')],
    });
    host.reload();
    expect(told(host)).toEqual([]);
    host.signal('wake');
    finish(host);
    host.reload();
    expect(told(host)).toEqual([{ caller: 'caller', close: done }]);
    expect(notifications(host)[0]?.input).toMatchObject({
      scheduledEventId: 9,
      operationToken: 'token of caller',
    });
    confirm(host);
    host.reload();
    expect(told(host)).toEqual([]);
    host.signal('end');
    host.task(complete());
    host.reload();
    expect(told(host)).toEqual([]);
    expect(host.rows.get(host.run.runId)?.volatile).toBeUndefined();
  });

  it('NXS-22: a failed update is a failed operation', () => {
    const host = withUpdate('caller');
    host.signal('wake');
    finish(host, 'u', { failure: { message: 'no' } });
    expect(told(host)).toEqual([{ caller: 'caller', close: { kind: 'failed', failure: { message: 'no' } } }]);
  });

  it('NXS-22: one that is rejected leaves nobody to tell', () => {
    const host = given();
    send(host, 'u', ['caller']);
    host.respond([{ kind: 'rejected', updateId: 'u', failure: { message: 'no' } }]);
    host.signal('end');
    host.task(complete());
    expect(told(host)).toEqual([]);
  });

  it.each([
    ['completes', complete()],
    ['continues as new', command('ContinueAsNewWorkflowExecution', { workflowType: { name: 'greet' } })],
  ])('NXS-22: a run that %s before its update has ended fails the operation', (_how, closing) => {
    const host = withUpdate('caller');
    const { runId } = host.run;
    host.signal('end');
    host.task(closing);
    host.reload();
    expect(told(host)).toMatchObject([{ caller: 'caller', close: abandoned }]);
    expect(notifications(host)[0]?.runId).toBe(runId);
    confirm(host);
    host.reload();
    expect(told(host)).toEqual([]);
  });

  it('NXS-22: what is left to tell when the run closes is told then, and the rest is not told again', () => {
    const host = given();
    send(host, 'first', ['one']);
    host.respond([accepted('first'), completed('first')], place('first/accept'), place('first/complete'));
    confirm(host);
    send(host, 'second', ['two']);
    accept(host, 'second');
    host.signal('end');
    host.task(complete());
    host.reload();
    expect(told(host)).toMatchObject([{ caller: 'two', close: abandoned }]);
    confirm(host);
    host.reload();
    expect(told(host)).toEqual([]);
  });

  it('NXS-22: a reset that leaves the update out tells its caller when the run that follows has ended', () => {
    const host = withUpdate('caller');
    const base = host.history();
    const point = base.findIndex(({ eventType }) => eventType === 'WorkflowTaskCompleted') + 1;
    const reset = { workflowTaskFinishEventId: point, requestId: 'again', excludeUpdates: true };
    host.turn((turn) => turn.reset(reset, base));
    host.reload();
    expect(told(host)).toEqual([]);
    host.task(complete());
    host.reload();
    expect(told(host)).toMatchObject([{ caller: 'caller', close: abandoned }]);
  });

  it('NXS-22: describe shows who waits, and not how to speak for the update', () => {
    const shown = (host: Host) => engine.describe(host.run, host.now).callbacks;
    const host = withUpdate('caller');
    const info = {
      callback: { nexus: { url: NEXUS_CALLBACK_URL } },
      trigger: { updateWorkflowExecutionCompleted: { updateId: 'u' } },
    };
    expect(shown(host)).toEqual([{ ...info, state: 'STANDBY' }]);
    host.signal('wake');
    finish(host);
    expect(shown(host)).toEqual([{ ...info, state: 'SCHEDULED' }]);
    confirm(host);
    host.reload();
    expect(shown(host)).toEqual([{ ...info, state: 'SUCCEEDED' }]);
    expect(shown(given())).toBeUndefined();
  });

  it('NXS-22: a reset takes the update along, and its caller is told by the run that follows', () => {
    const host = withUpdate('caller');
    const base = host.history();
    const point = base.findIndex(({ eventType }) => eventType === 'WorkflowTaskCompleted') + 1;
    host.turn((turn) => turn.reset({ workflowTaskFinishEventId: point, requestId: 'again' }, base));
    host.reload();
    expect(told(host)).toEqual([]);
    accept(host);
    host.signal('wake');
    finish(host);
    expect(told(host)).toEqual([{ caller: 'caller', close: done }]);
  });
});

describe('callbacks of updates: several callers', () => {
  it('NXS-23: before it is accepted, all go into history with its acceptance', () => {
    const host = given();
    send(host, 'u', ['one']);
    send(host, 'u', ['two'], 'r2');
    send(host, 'u', ['one'], 'r1');
    accept(host);
    expect(host.last('WorkflowExecutionUpdateAccepted').acceptedRequest?.completionCallbacks).toEqual([
      callbackOf('one'),
      callbackOf('two'),
    ]);
    host.signal('wake');
    finish(host);
    expect(told(host)).toMatchObject([{ caller: 'one' }, { caller: 'two' }]);
  });

  it('NXS-23: once it is accepted, an event attaches each of them, once', () => {
    const host = withUpdate('one');
    expect(send(host, 'u', ['two'], 'r2')).toMatchObject({ ok: true, value: { stage: 'ACCEPTED' } });
    send(host, 'u', ['two'], 'r2');
    send(host, 'u', ['one'], 'r1');
    expect(host.types().filter((type) => type === 'WorkflowExecutionOptionsUpdated')).toHaveLength(1);
    expect(host.last('WorkflowExecutionOptionsUpdated')).toEqual({
      identity: 'handler',
      workflowUpdateOptions: [
        { updateId: 'u', attachedRequestId: 'r2', attachedCompletionCallbacks: [callbackOf('two')] },
      ],
    });
    host.reload();
    host.signal('wake');
    finish(host);
    host.reload();
    expect(told(host)).toEqual([
      { caller: 'one', close: done },
      { caller: 'two', close: done },
    ]);
  });

  it('NXS-23: attached while a task is started, a caller is told though the update ends in that task', () => {
    const host = withUpdate('one');
    host.signal('wake');
    host.beginTask();
    send(host, 'u', ['two'], 'r2');
    host.turn((turn) =>
      turn.completeWorkflowTask({
        kind: 'completed',
        commands: [place('u/complete')],
        updates: [completed('u')],
        queries: [],
      }),
    );
    host.reload();
    expect(told(host)).toEqual([
      { caller: 'one', close: done },
      { caller: 'two', close: done },
    ]);
  });

  it('NXS-23: attached while a task is started that accepts another update, each is told of its own', () => {
    const host = withUpdate('one');
    send(host, 'v', ['three']);
    host.beginTask();
    send(host, 'u', ['two'], 'r2');
    send(host, 'u', ['two'], 'r2');
    host.turn((turn) =>
      turn.completeWorkflowTask({
        kind: 'completed',
        commands: [place('v/accept')],
        updates: [accepted('v')],
        queries: [],
      }),
    );
    const attached = host.types().filter((type) => type === 'WorkflowExecutionOptionsUpdated');
    expect(attached).toHaveLength(1);
    host.signal('wake');
    finish(host);
    const first = notifications(host).find(({ caller }) => caller.workflowId === 'two');
    host.turn((turn) => turn.confirmNexusNotified(host.run.runId, first?.index ?? -1));
    host.reload();
    expect(told(host)).toEqual([{ caller: 'one', close: done }]);
    host.signal('wake');
    finish(host, 'v');
    host.reload();
    expect(told(host)).toMatchObject([{ caller: 'one' }, { caller: 'three' }]);
  });

  it('NXS-23: after its end there is nothing to wait for: the outcome is the answer', () => {
    const host = withUpdate('one');
    host.signal('wake');
    finish(host);
    expect(send(host, 'u', ['two'], 'r2')).toMatchObject({
      ok: true,
      value: { stage: 'COMPLETED', outcome: { success: args('done') } },
    });
    expect(told(host)).toMatchObject([{ caller: 'one' }]);
  });

  it('NXS-23: there are bounds', () => {
    const callers = Array.from({ length: COMPLETION_CALLBACKS_MAX }, (_, index) => `caller ${index}`);
    const host = given();
    expect(send(host, 'u', [...callers, 'too many'])).toMatchObject({
      ok: false,
      error: { code: 'INVALID_ARGUMENT' },
    });
    send(host, 'u', callers);
    const tooMany = { ok: false, error: { code: 'FAILED_PRECONDITION' } };
    expect(send(host, 'u', ['too many'])).toMatchObject(tooMany);
    accept(host);
    expect(send(host, 'u', ['too many'])).toMatchObject(tooMany);
  });
});

describe('callbacks of activities without a workflow', () => {
  const newHost = () => {
    const host = new Host({ workflowId: standaloneExecutionId('charge-1') });
    begin(host, 'one');
    return host;
  };
  const begin = (host: Host, caller: string, more: object = {}) =>
    host.start({
      workflowType: 'charge',
      taskQueue: 'payments',
      activity: { activityId: 'charge-1', startToCloseTimeout: 10_000, retryPolicy: { maximumAttempts: 1 } },
      completionCallbacks: [callbackOf(caller)],
      requestId: `request of ${caller}`,
      ...more,
    });
  const attempt = (host: Host) => {
    const [task] = host.admit();
    if (task === undefined) throw new Error('an activity expected');
    return byToken(task);
  };

  it('NXS-24: its caller is told the result, after a reload too', () => {
    const host = newHost();
    host.apply({ kind: 'ActivityCompleted', activity: attempt(host), result: args('paid') });
    host.reload();
    expect(told(host)).toEqual([{ caller: 'one', close: { kind: 'completed', result: json('paid') } }]);
    confirm(host);
    host.reload();
    expect(told(host)).toEqual([]);
  });

  it('NXS-24: a failure, a timeout and a termination are failures', () => {
    const failed = newHost();
    failed.apply({ kind: 'ActivityFailed', activity: attempt(failed), failure: applicationFailure('no') });
    expect(told(failed)).toMatchObject([{ close: { kind: 'failed', failure: { message: 'no' } } }]);
    const late = newHost();
    attempt(late);
    late.advance(10_000);
    expect(told(late)).toMatchObject([{ close: { kind: 'failed', failure: { timeoutFailureInfo: {} } } }]);
    const ended = newHost();
    ended.apply({ kind: 'Terminate' });
    expect(told(ended)).toMatchObject([
      { close: { kind: 'failed', failure: { terminatedFailureInfo: {} } } },
    ]);
  });

  it('NXS-24: a cancellation is one', () => {
    const host = newHost();
    host.apply({ kind: 'RequestCancel' });
    expect(told(host)).toMatchObject([{ close: { kind: 'canceled' } }]);
  });

  it('NXS-24: a second caller attaches to the activity that runs', () => {
    const host = newHost();
    const attach = {
      workflowIdConflictPolicy: 'USE_EXISTING',
      onConflictOptions: { attachRequestId: true },
    };
    expect(begin(host, 'two', attach)).toMatchObject({ ok: true, value: { started: false } });
    begin(host, 'two', attach);
    host.apply({ kind: 'ActivityCompleted', activity: attempt(host), result: args('paid') });
    expect(told(host)).toMatchObject([{ caller: 'one' }, { caller: 'two' }]);
  });
});
