import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import type { UpdateResponse } from '../../src/engine/workflow-task.ts';
import type { UpdateRequest } from '../../src/sdk/common/wire/messages.ts';
import { args, bytes, command, complete, fail, given, givenWith, Host, timer } from './support/host.ts';

function request(updateId: string, more: Partial<UpdateRequest['input']> = {}): UpdateRequest {
  return {
    meta: { updateId, identity: 'client-1' },
    input: { name: 'setAddress', args: args('x'), ...more },
  };
}

const admit = (host: Host, updateId: string, run: { runId?: string; firstExecutionRunId?: string } = {}) =>
  host.turn((turn) => turn.admitUpdate(request(updateId), run));

const accepted = (updateId: string, sequencingEventId = 6): UpdateResponse => ({
  kind: 'accepted',
  updateId,
  messageId: `${updateId}/accept`,
  request: request(updateId),
  sequencingEventId,
});
const completed = (updateId: string, outcome: object = { success: args('done') }): UpdateResponse => ({
  kind: 'completed',
  updateId,
  messageId: `${updateId}/complete`,
  outcome,
});
const rejected = (updateId: string): UpdateResponse => ({
  kind: 'rejected',
  updateId,
  failure: { message: 'no' },
});
const place = (messageId: string) => command('ProtocolMessage', { messageId });
const state = (host: Host, updateId: string) => engine.updateState(host.execution, updateId);

describe('updates: the usual path', () => {
  test('UPD-1, UPD-3, UPD-7 accepted and completed in one task, at the places of their commands', () => {
    const host = given();
    expect(admit(host, 'u')).toEqual({
      ok: true,
      value: { updateId: 'u', runId: host.run.runId, stage: 'ADMITTED' },
    });
    expect(host.types()).toHaveLength(4);
    host.respond(
      [completed('u'), accepted('u')].reverse(),
      place('u/accept'),
      timer('1', 5),
      place('u/complete'),
    );
    expect(host.types().slice(4)).toEqual([
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'WorkflowExecutionUpdateAccepted',
      'TimerStarted',
      'WorkflowExecutionUpdateCompleted',
    ]);
    expect(host.last('WorkflowExecutionUpdateAccepted')).toEqual({
      protocolInstanceId: 'u',
      acceptedRequestMessageId: 'u/request',
      acceptedRequestSequencingEventId: 6,
      acceptedRequest: request('u'),
    });
    expect(host.last('WorkflowExecutionUpdateCompleted')).toEqual({
      meta: { updateId: 'u', identity: 'client-1' },
      acceptedEventId: 8,
      outcome: { success: args('done') },
    });
    host.reload();
    expect(state(host, 'u')).toEqual({
      updateId: 'u',
      runId: host.run.runId,
      acceptedEventId: 8,
      stage: 'COMPLETED',
      outcome: { success: args('done') },
    });
  });

  test('UPD-14 deliveries name the event before the started one, in admission order', () => {
    const host = given();
    host.signal('first');
    admit(host, 'a');
    admit(host, 'b');
    expect(host.beginTask()?.task.updates).toEqual([
      { messageId: 'a/request', updateId: 'a', sequencingEventId: 6, request: request('a') },
      { messageId: 'b/request', updateId: 'b', sequencingEventId: 6, request: request('b') },
    ]);
  });

  test('UPD-2 a known ID attaches to its update, whatever its arguments', () => {
    const host = given();
    admit(host, 'u');
    expect(host.turn((turn) => turn.admitUpdate(request('u', { name: 'other' }), {}))).toMatchObject({
      value: { stage: 'ADMITTED' },
    });
    host.respond([accepted('u')], place('u/accept'));
    host.reload();
    expect(admit(host, 'u')).toMatchObject({ value: { stage: 'ACCEPTED' } });
    host.signal('go');
    host.respond([completed('u', { failure: { message: 'bad' } })], place('u/complete'));
    host.reload();
    expect(admit(host, 'u')).toMatchObject({
      value: { stage: 'COMPLETED', outcome: { failure: { message: 'bad' } } },
    });
    expect(host.types().filter((type) => type === 'WorkflowExecutionUpdateAccepted')).toHaveLength(1);
  });

  test('UPD-2 an empty ID gets one', () => {
    const host = given();
    const reply = admit(host, '');
    expect(reply.ok && reply.value.updateId).toMatch(/^id-/);
  });

  test('responses without a place are recorded before the close', () => {
    const host = given();
    admit(host, 'u');
    host.respond([accepted('u'), completed('u')], complete());
    expect(host.types().slice(7)).toEqual([
      'WorkflowExecutionUpdateAccepted',
      'WorkflowExecutionUpdateCompleted',
      'WorkflowExecutionCompleted',
    ]);
  });

  test('an update admitted while a task is started goes with the next one', () => {
    const host = given();
    host.signal('go');
    host.beginTask();
    admit(host, 'u');
    host.endTask();
    expect(engine.isWorkflowTaskDue(host.execution, host.now)).toBe(true);
    expect(host.beginTask()?.task.updates).toHaveLength(1);
  });
});

describe('updates: rejection', () => {
  test('UPD-3, UPD-20 a task made for updates that are all rejected leaves no events', () => {
    const host = given();
    const written = { ...host.written };
    admit(host, 'u');
    const outcome = host.respond([rejected('u')]);
    expect(host.written).toEqual(written);
    expect(outcome).toEqual({ kind: 'accepted', closed: false, isDropped: true });
    expect(host.types()).toHaveLength(4);
    expect(state(host, 'u')).toMatchObject({ stage: 'COMPLETED', outcome: { failure: { message: 'no' } } });
    expect(admit(host, 'u')).toMatchObject({ value: { stage: 'ADMITTED' } });
  });

  test('UPD-20 if anything else happened the task is recorded', () => {
    const host = given();
    admit(host, 'u');
    host.beginTask();
    host.signal('news');
    host.turn((turn) =>
      turn.completeWorkflowTask({ kind: 'completed', commands: [], updates: [rejected('u')], queries: [] }),
    );
    expect(host.types().slice(4)).toEqual([
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
  });

  test('UPD-20 events that come before such a task starts make it an ordinary one', () => {
    const host = given();
    admit(host, 'u');
    host.signal('news');
    const started = host.beginTask();
    expect(started?.isTransient).toBe(false);
    expect(host.types().slice(4)).toEqual([
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
    ]);
  });

  test('UPD-12 an update that the worker ignored is rejected; one of a failed task is sent again', () => {
    const host = given();
    admit(host, 'u');
    host.respond([]);
    expect(state(host, 'u')?.outcome?.failure?.applicationFailureInfo).toEqual({
      type: 'UnprocessedUpdate',
      nonRetryable: true,
    });
    admit(host, 'v');
    host.failTask();
    expect(host.types().slice(-3)).toEqual([
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskFailed',
    ]);
    expect(host.beginTask()?.task.updates.map(({ updateId }) => updateId)).toEqual(['v']);
  });

  test('only so many rejections are kept in memory', () => {
    const host = new Host({ limits: { updatesInFlightMax: 200 } });
    host.start();
    host.task();
    const ids = Array.from({ length: 101 }, (_, index) => `u${index}`);
    for (const id of ids) admit(host, id);
    host.respond(ids.map(rejected));
    expect(state(host, 'u0')).toBeUndefined();
    expect(state(host, 'u100')).toBeDefined();
  });

  test('a failing task that was made for updates is recorded as it began', () => {
    const host = given();
    admit(host, 'u');
    host.beginTask();
    host.apply({ kind: 'Terminate' });
    expect(host.types().slice(4)).toEqual(['WorkflowExecutionTerminated']);
    expect(state(host, 'u')).toBeUndefined();
  });
});

describe('updates: refusals', () => {
  const code = (result: ReturnType<typeof admit>) => (result.ok ? 'admitted' : result.error.code);

  test('UPD-11, UPD-13 unknown, closed, other run, other chain: NOT_FOUND', () => {
    expect(code(admit(new Host(), 'u'))).toBe('NOT_FOUND');
    const host = given(complete());
    expect(code(admit(host, 'u'))).toBe('NOT_FOUND');
    const open = given();
    expect(code(admit(open, 'u', { runId: 'other' }))).toBe('NOT_FOUND');
    expect(code(admit(open, 'u', { firstExecutionRunId: 'other' }))).toBe('NOT_FOUND');
    expect(code(admit(open, 'u', { firstExecutionRunId: open.run.runId }))).toBe('admitted');
  });

  test('UPD-11 a paused run, or one whose task keeps failing: FAILED_PRECONDITION', () => {
    const paused = given();
    paused.apply({ kind: 'Pause', request: {} });
    expect(code(admit(paused, 'u'))).toBe('FAILED_PRECONDITION');
    const stuck = new Host();
    stuck.start();
    stuck.failTask();
    expect(code(admit(stuck, 'u'))).toBe('admitted');
    stuck.failTask();
    expect(code(admit(stuck, 'v'))).toBe('FAILED_PRECONDITION');
  });

  test('WFT-7 a run that is about to close: RESOURCE_EXHAUSTED', () => {
    const host = new Host();
    host.start();
    host.beginTask();
    host.signal('go');
    host.endTask(complete());
    host.beginTask();
    expect(code(admit(host, 'u'))).toBe('RESOURCE_EXHAUSTED');
  });

  test('UPD-9 limits: in flight, in total, bytes', () => {
    const few = givenWith({}, { limits: { updatesInFlightMax: 1 } });
    admit(few, 'a');
    few.respond([accepted('a')], place('a/accept'));
    expect(code(admit(few, 'b'))).toBe('RESOURCE_EXHAUSTED');
    const total = givenWith({}, { limits: { updatesMax: 1 } });
    admit(total, 'a');
    expect(code(admit(total, 'b'))).toBe('FAILED_PRECONDITION');
    const large = (updateId: string, size: number) => request(updateId, { args: bytes(size) });
    const MIB = 1024 * 1024;
    const host = givenWith({}, { limits: { payloadBytesMax: 30 * MIB } });
    host.turn((turn) => turn.admitUpdate(large('a', 15 * MIB), {}));
    expect(code(host.turn((turn) => turn.admitUpdate(large('b', 15 * MIB), {})))).toBe('RESOURCE_EXHAUSTED');
    expect(code(given().turn((turn) => turn.admitUpdate(large('a', 3 * MIB), {})))).toBe('INVALID_ARGUMENT');
  });

  test('UPD-9, CAN-6 many updates suggest to continue as new', () => {
    const host = givenWith({}, { limits: { updatesMax: 2, updatesInFlightMax: 5 } });
    for (const id of ['a', 'b']) {
      admit(host, id);
      host.respond([accepted(id), completed(id)], place(`${id}/accept`), place(`${id}/complete`));
    }
    host.signal('go');
    host.task();
    expect(host.last('WorkflowTaskStarted').suggestContinueAsNewReasons).toEqual(['TOO_MANY_UPDATES']);
  });

  test('a nameless or badly named update is INVALID_ARGUMENT', () => {
    const host = given();
    expect(code(host.turn((turn) => turn.admitUpdate(request('u', { name: '' }), {})))).toBe(
      'INVALID_ARGUMENT',
    );
    expect(code(admit(host, 'x'.repeat(1_001)))).toBe('INVALID_ARGUMENT');
  });

  test.each([
    ['completes what was not accepted', [completed('u')]],
    ['accepts twice', [accepted('u'), accepted('u')]],
  ])('a completion that %s fails the task', (_what, responses) => {
    const host = given();
    admit(host, 'u');
    expect(host.respond(responses)).toMatchObject({ cause: 'BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE' });
  });
});

describe('updates: close and reload', () => {
  test('UPD-10 accepted and not completed when the run closes: an outcome that says so', () => {
    const host = given();
    admit(host, 'u');
    host.respond([accepted('u')], place('u/accept'), complete());
    host.reload();
    expect(state(host, 'u')).toMatchObject({
      stage: 'COMPLETED',
      outcome: {
        failure: { applicationFailureInfo: { type: 'AcceptedUpdateCompletedWorkflow', nonRetryable: true } },
      },
    });
    expect(admit(host, 'u')).toMatchObject({ ok: true, value: { stage: 'COMPLETED' } });
  });

  test('UPD-10 admitted and not accepted goes on to the next run of the chain, else it is forgotten', () => {
    const host = givenWith({ retryPolicy: {} }, {});
    host.signal('go');
    host.beginTask();
    admit(host, 'u');
    host.endTask(command('ContinueAsNewWorkflowExecution', {}));
    expect(state(host, 'u')).toEqual({ updateId: 'u', runId: host.run.runId, stage: 'ADMITTED' });
    expect(host.beginTask()?.task.updates).toHaveLength(1);
    const ended = given();
    ended.signal('go');
    ended.beginTask();
    admit(ended, 'u');
    ended.endTask(fail('no'));
    expect(state(ended, 'u')).toBeUndefined();
  });

  test('a host that answers after a reload brings the request back with its acceptance', () => {
    const host = given();
    host.signal('go');
    admit(host, 'u');
    host.beginTask();
    host.reload();
    host.turn((turn) =>
      turn.completeWorkflowTask({
        kind: 'completed',
        commands: [place('u/accept')],
        updates: [accepted('u')],
        queries: [],
      }),
    );
    expect(host.last('WorkflowExecutionUpdateAccepted').acceptedRequest).toEqual(request('u'));
  });

  test('UPD-8 what was only admitted is lost with the memory', () => {
    const host = given();
    admit(host, 'u');
    host.reload();
    expect(state(host, 'u')).toBeUndefined();
    expect(engine.isWorkflowTaskDue(host.execution, host.now)).toBe(false);
  });
});
