/** Nexus operations without a workflow: a run that is one operation, started, answered, cancelled, terminated, timed out. */
import { describe, expect, it } from 'vitest';
import type { NexusAnswer, NexusTask } from '../../src/engine/api.ts';
import { engine } from '../../src/engine/engine.ts';
import type { StandaloneNexusRequest, StartWorkflowRequest } from '../../src/engine/requests.ts';
import { nexusExecutionId } from '../../src/sdk/common/standalone-nexus.ts';
import { Host, json, T0 } from './support/host.ts';

const newHost = () => new Host({ workflowId: nexusExecutionId('pay-1') });

function start(
  host: Host,
  operation: Partial<StandaloneNexusRequest> = {},
  request: Partial<StartWorkflowRequest> = {},
) {
  const nexusOperation = {
    operationId: 'pay-1',
    endpoint: 'shop',
    service: 'orders',
    operation: 'pay',
    requestId: 'told-to-handlers',
    ...operation,
  };
  return host.start({ workflowType: 'pay', taskQueue: 'shop', nexusOperation, ...request });
}

function started(operation?: Partial<StandaloneNexusRequest>, request?: Partial<StartWorkflowRequest>): Host {
  const host = newHost();
  start(host, operation, request);
  return host;
}

const waiting = (host: Host) => engine.waitingNexusTasks(host.execution);

/** A worker comes for what waits. */
function take(host: Host): NexusTask {
  const [wanted] = waiting(host);
  const task = wanted && host.turn((turn) => turn.startNexusTask(wanted));
  if (task === undefined) throw new Error('a Nexus task expected');
  return task;
}

function answer(
  host: Host,
  { runId, scheduledEventId, kind: request, attempt, requestId }: NexusTask,
  what: NexusAnswer,
) {
  return host.apply({
    kind: 'NexusTaskAnswered',
    runId,
    scheduledEventId,
    request,
    attempt,
    requestId,
    answer: what,
  });
}

const refused = (isRetryable: boolean): NexusAnswer => ({
  kind: 'refused',
  failure: { message: 'no', nexusHandlerFailureInfo: { type: isRetryable ? 'UNAVAILABLE' : 'NOT_FOUND' } },
  isRetryable,
});

const closedBy = (host: Host, requestId = 'told-to-handlers') =>
  host.apply({
    kind: 'NexusOperationClosed',
    runId: host.run.runId,
    scheduledEventId: 2,
    requestId,
    operationToken: 'token-1',
    close: { kind: 'completed', result: json('paid') },
  });

const shown = (host: Host) => engine.describe(host.run, host.now).pendingNexusOperations?.[0];

describe('standalone Nexus operations: one run, one operation', () => {
  it('SNX-1 the start schedules the operation, and no workflow task', () => {
    const host = started({ input: json('order-1'), nexusHeader: { trace: 'abc' } });
    expect(host.types()).toEqual(['WorkflowExecutionStarted', 'NexusOperationScheduled']);
    expect(host.beginTask()).toBeUndefined();
    expect(take(host)).toMatchObject({
      kind: 'start',
      attempt: 1,
      endpoint: 'shop',
      service: 'orders',
      operation: 'pay',
      requestId: 'told-to-handlers',
      header: { trace: 'abc' },
      input: json('order-1'),
      operationToken: '',
    });
  });

  it('SNX-1 timeouts are cut to schedule-to-close', () => {
    const host = started({ scheduleToCloseTimeout: 5_000, startToCloseTimeout: 9_000 });
    expect(host.last('NexusOperationScheduled')).toMatchObject({
      scheduleToCloseTimeout: 5_000,
      scheduleToStartTimeout: 0,
      startToCloseTimeout: 5_000,
    });
  });

  it('SNX-3 a result closes the run, and stands in it once', () => {
    const host = started();
    answer(host, take(host), { kind: 'completed', result: json('paid') });
    expect(host.types().slice(2)).toEqual(['NexusOperationCompleted', 'WorkflowExecutionCompleted']);
    expect(host.run.status).toBe('COMPLETED');
    expect(host.last('WorkflowExecutionCompleted').result).toBeUndefined();
    host.reload();
    expect(host.run.status).toBe('COMPLETED');
    expect(waiting(host)).toEqual([]);
  });

  it('SNX-3 a failure fails the run, a cancellation cancels it', () => {
    const failed = started();
    answer(failed, take(failed), { kind: 'failed', failure: { message: 'broke' } });
    expect(failed.run.status).toBe('FAILED');
    expect(failed.last('NexusOperationFailed').failure?.cause).toEqual({ message: 'broke' });
    const canceled = started();
    answer(canceled, take(canceled), { kind: 'canceled', failure: { canceledFailureInfo: {} } });
    expect(canceled.run.status).toBe('CANCELED');
  });

  it('SNX-1 a request that fails for now is made again with backoff, over a reload; a final refusal fails the run', () => {
    const host = started();
    answer(host, take(host), refused(true));
    expect(waiting(host)).toEqual([]);
    expect(shown(host)).toMatchObject({
      state: 'BACKING_OFF',
      attempt: 2,
      nextAttemptScheduleTime: T0 + 1_000,
    });
    host.reload();
    host.advance(1_000);
    const second = take(host);
    expect(second.attempt).toBe(2);
    answer(host, second, refused(false));
    expect(host.run.status).toBe('FAILED');
  });

  it('SNX-1 an answer of an attempt that is over, or of a run that is, is refused', () => {
    const host = started();
    const first = take(host);
    host.advance(10_000);
    host.advance(1_000);
    expect(take(host).attempt).toBe(2);
    const late: NexusAnswer = { kind: 'completed', result: json(1) };
    expect(answer(host, first, late)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    host.apply({ kind: 'Terminate' });
    start(host);
    expect(answer(host, first, late)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(host.run.status).toBe('RUNNING');
  });

  it('SNX-3 an operation that goes on by itself is closed by its callback', () => {
    const host = started();
    answer(host, take(host), { kind: 'started', operationToken: 'token-1' });
    expect(shown(host)).toMatchObject({ state: 'STARTED', operationToken: 'token-1' });
    host.reload();
    expect(closedBy(host, 'guessed')).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(closedBy(host)).toMatchObject({ ok: true });
    expect(host.types().slice(2)).toEqual([
      'NexusOperationStarted',
      'NexusOperationCompleted',
      'WorkflowExecutionCompleted',
    ]);
    expect(closedBy(host)).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('SNX-3 an end that overtakes the answer to the start closes the run', () => {
    const host = started();
    const task = take(host);
    closedBy(host);
    expect(host.last('NexusOperationStarted').operationToken).toBe('token-1');
    expect(host.run.status).toBe('COMPLETED');
    expect(answer(host, task, { kind: 'started', operationToken: 'token-1' })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
  });

  it.each([
    ['scheduleToCloseTimeout', 'SCHEDULE_TO_CLOSE', false],
    ['scheduleToStartTimeout', 'SCHEDULE_TO_START', false],
    ['startToCloseTimeout', 'START_TO_CLOSE', true],
  ] as const)('SNX-3 %s makes the run time out', (timeout, type, hasStarted) => {
    const host = started({ [timeout]: 5_000 });
    if (hasStarted) answer(host, take(host), { kind: 'started', operationToken: 'token-1' });
    host.reload();
    host.advance(5_000);
    expect(host.run.status).toBe('TIMED_OUT');
    const { failure } = host.last('NexusOperationTimedOut');
    expect(failure?.cause?.timeoutFailureInfo?.timeoutType).toBe(type);
  });
});

describe('standalone Nexus operations: what is refused', () => {
  it('SNX-2 a start without its operation, and what only workflows take', () => {
    const host = newHost();
    expect(host.start()).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    expect(start(new Host())).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    start(host);
    expect(host.apply({ kind: 'Signal', signalName: 'go' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(host.apply({ kind: 'Pause', request: {} })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(host.types()).toHaveLength(2);
  });

  it('SNX-2 a start that lacks a name, has a negative timeout or headers without measure', () => {
    const refusal = (operation: Partial<StandaloneNexusRequest>) => start(newHost(), operation);
    expect(refusal({ service: '' })).toMatchObject({
      error: { code: 'INVALID_ARGUMENT', message: 'Service is not set' },
    });
    expect(refusal({ startToCloseTimeout: -1 })).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
    expect(refusal({ nexusHeader: { a: 'x'.repeat(9_000) } })).toMatchObject({
      error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining('NexusHeader') },
    });
  });

  it('SNX-2 workflow code cannot start a child under its ID', () => {
    const host = new Host();
    host.start();
    host.task({
      commandType: 'StartChildWorkflowExecution',
      attributes: { workflowId: nexusExecutionId('pay-1'), workflowType: { name: 'w' } },
    });
    expect(host.last('WorkflowTaskFailed')).toMatchObject({
      failure: { message: expect.stringContaining('reserved for a Nexus operation') },
    });
  });
});

describe('standalone Nexus operations: cancel, terminate', () => {
  it('SNX-4 one that nobody has heard of is cancelled at once', () => {
    const host = started();
    host.apply({ kind: 'RequestCancel', reason: 'enough' });
    expect(host.run.status).toBe('CANCELED');
    expect(host.types().slice(2)).toEqual([
      'WorkflowExecutionCancelRequested',
      'NexusOperationCancelRequested',
      'NexusOperationCanceled',
      'WorkflowExecutionCanceled',
    ]);
  });

  it('SNX-4 the request is delivered once the operation has started, again and again until it is taken', () => {
    const host = started();
    const task = take(host);
    host.apply({ kind: 'RequestCancel' });
    expect(waiting(host)).toEqual([]);
    answer(host, task, { kind: 'started', operationToken: 'token-1' });
    const first = take(host);
    expect(first).toMatchObject({ kind: 'cancel', attempt: 1, operationToken: 'token-1' });
    answer(host, first, refused(true));
    host.reload();
    expect(shown(host)?.cancellationInfo).toMatchObject({ state: 'BACKING_OFF', attempt: 2 });
    host.advance(1_000);
    answer(host, take(host), { kind: 'cancelRequested' });
    expect(shown(host)?.cancellationInfo?.state).toBe('SUCCEEDED');
    expect(host.run.status).toBe('RUNNING');
    host.apply({
      kind: 'NexusOperationClosed',
      runId: host.run.runId,
      scheduledEventId: 2,
      requestId: 'told-to-handlers',
      close: { kind: 'canceled', failure: { canceledFailureInfo: {} } },
    });
    expect(host.run.status).toBe('CANCELED');
  });

  it('SNX-4 a cancel that its handler refuses for good leaves the operation to itself', () => {
    const host = started();
    answer(host, take(host), { kind: 'started', operationToken: 'token-1' });
    host.apply({ kind: 'RequestCancel' });
    answer(host, take(host), refused(false));
    expect(shown(host)?.cancellationInfo?.state).toBe('FAILED');
    closedBy(host);
    expect(host.run.status).toBe('COMPLETED');
  });

  it('SNX-4 the first cancel request may be repeated, another one is refused', () => {
    const host = started();
    take(host);
    const cancel = (requestId: string) => host.apply({ kind: 'RequestCancel', requestId });
    expect(cancel('a')).toMatchObject({ ok: true });
    host.reload();
    expect(cancel('a')).toMatchObject({ ok: true });
    expect(cancel('b')).toMatchObject({ error: { code: 'FAILED_PRECONDITION' } });
    expect(host.types().filter((type) => type === 'NexusOperationCancelRequested')).toHaveLength(1);
  });

  it('SNX-4 terminating asks nobody, and fences what is under way', () => {
    const host = started();
    const task = take(host);
    host.apply({ kind: 'Terminate', reason: 'stop', requestId: 'a' });
    expect(host.run.status).toBe('TERMINATED');
    expect(answer(host, task, { kind: 'completed' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(host.apply({ kind: 'Terminate', requestId: 'a' })).toMatchObject({ ok: true });
    expect(host.apply({ kind: 'Terminate', requestId: 'b' })).toMatchObject({ ok: false });
  });
});

describe('standalone Nexus operations: ID reuse and conflict', () => {
  const done = () => {
    const host = started();
    answer(host, take(host), { kind: 'completed' });
    return host;
  };

  it('SNX-5 a running one refuses another, or stands in for it; the same request is the same start', () => {
    const host = started({}, { requestId: 'first' });
    const { runId } = host.run;
    expect(start(host)).toMatchObject({ error: { code: 'ALREADY_EXISTS' } });
    expect(start(host, {}, { workflowIdConflictPolicy: 'USE_EXISTING' })).toMatchObject({
      value: { runId, started: false },
    });
    expect(start(host, {}, { requestId: 'first' })).toMatchObject({ value: { runId, started: true } });
    expect(host.types()).toHaveLength(2);
  });

  it('SNX-5 a closed one is followed by another as the reuse policy says', () => {
    expect(start(done())).toMatchObject({ value: { started: true } });
    const policies = ['REJECT_DUPLICATE', 'ALLOW_DUPLICATE_FAILED_ONLY'] as const;
    for (const workflowIdReusePolicy of policies)
      expect(start(done(), {}, { workflowIdReusePolicy })).toMatchObject({
        error: { code: 'ALREADY_EXISTS' },
      });
    const failed = started();
    failed.apply({ kind: 'Terminate' });
    expect(start(failed, {}, { workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' })).toMatchObject({
      value: { started: true },
    });
  });
});
