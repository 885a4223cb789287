/** Nexus operations: given what a workflow asked for, when its handler answers or time passes, then history says so. */
import { describe, expect, it } from 'vitest';
import type { Input, NexusAnswer, NexusClose } from '../../src/engine/api.ts';
import { engine } from '../../src/engine/engine.ts';
import type { NexusRequestKind } from '../../src/engine/nexus-state.ts';
import {
  NEXUS_CALLBACK_URL,
  nexusCallbackHeader,
  nexusCallbackOf,
} from '../../src/sdk/common/nexus-callback.ts';
import type { CommandAttributes } from '../../src/sdk/common/wire/commands.ts';
import { args, command, complete, given, givenWith, Host, json } from './support/host.ts';

const schedule = (more: Partial<CommandAttributes<'ScheduleNexusOperation'>> = {}) =>
  command('ScheduleNexusOperation', { endpoint: 'shop', service: 'orders', operation: 'pay', ...more });
const requestCancel = (scheduledEventId = 5) => command('RequestCancelNexusOperation', { scheduledEventId });

const waiting = (host: Host) => engine.waitingNexusTasks(host.execution);

/** A worker comes for what waits. */
function take(host: Host) {
  const [wanted] = waiting(host);
  if (wanted === undefined) throw new Error('no Nexus task waits');
  return host.turn((turn) => turn.startNexusTask(wanted));
}

function answer(host: Host, what: NexusAnswer, more: { attempt?: number; request?: NexusRequestKind } = {}) {
  const { attempt = 1, request = 'start' } = more;
  return host.apply({
    kind: 'NexusTaskAnswered',
    runId: host.run.runId,
    scheduledEventId: 5,
    request,
    attempt,
    answer: what,
  });
}

function closed(
  host: Host,
  close: NexusClose,
  more: Partial<Extract<Input, { kind: 'NexusOperationClosed' }>> = {},
) {
  const requestId = host.last('NexusOperationScheduled').requestId ?? '';
  return host.apply({
    kind: 'NexusOperationClosed',
    runId: host.run.runId,
    scheduledEventId: 5,
    requestId,
    close,
    ...more,
  });
}

const refused = (message: string, isRetryable: boolean): NexusAnswer => ({
  kind: 'refused',
  failure: { message, nexusHandlerFailureInfo: { type: isRetryable ? 'UNAVAILABLE' : 'NOT_FOUND' } },
  isRetryable,
});

/** What stands around every failure of an operation. */
const info = (operationToken?: string) => ({
  nexusOperationExecutionFailureInfo: {
    scheduledEventId: 5,
    endpoint: 'shop',
    service: 'orders',
    operation: 'pay',
    ...(operationToken !== undefined && { operationToken }),
  },
});

describe('nexus operations: scheduling', () => {
  it('NXS-1: history has what was asked for, with a request ID and timeouts within each other and the run', () => {
    const host = givenWith(
      { workflowRunTimeout: 60_000 },
      {},
      schedule({ input: json(1), nexusHeader: { a: 'b' }, startToCloseTimeout: 90_000 }),
    );
    expect(host.last('NexusOperationScheduled')).toEqual({
      endpoint: 'shop',
      service: 'orders',
      operation: 'pay',
      input: json(1),
      nexusHeader: { a: 'b' },
      scheduleToCloseTimeout: 60_000,
      scheduleToStartTimeout: 0,
      startToCloseTimeout: 60_000,
      workflowTaskCompletedEventId: 4,
      requestId: expect.stringMatching(/^id-/),
    });
    expect(waiting(host)).toEqual([{ endpoint: 'shop', scheduledEventId: 5, kind: 'start', attempt: 1 }]);
  });

  it.each([
    [schedule({ endpoint: '' }), 'Endpoint is not set'],
    [schedule({ service: '' }), 'Service is not set'],
    [schedule({ operation: '' }), 'Operation is not set'],
    [schedule({ operation: 'x'.repeat(1001) }), 'Operation exceeds'],
    [schedule({ scheduleToStartTimeout: -1 }), 'negative'],
    [schedule({ nexusHeader: { key: 'x'.repeat(8192) } }), 'NexusHeader exceeds'],
  ])('NXS-1: a bad command fails its task (%#)', (bad, problem) => {
    const host = new Host();
    host.start();
    expect(host.task(bad)).toMatchObject({ kind: 'refused', message: expect.stringContaining(problem) });
    expect(host.last('WorkflowTaskFailed').cause).toBe('BAD_SCHEDULE_NEXUS_OPERATION_ATTRIBUTES');
  });

  it('NXS-1: a run has a bounded number of open operations', () => {
    const host = new Host({ limits: { pendingNexusOperationsMax: 1 } });
    host.start();
    host.task(schedule(), schedule());
    expect(host.last('WorkflowTaskFailed').cause).toBe('PENDING_NEXUS_OPERATIONS_LIMIT_EXCEEDED');
  });

  it('NXS-1: an input above the limit fails its task', () => {
    const host = new Host({ limits: { payloadBytesMax: 10 } });
    host.start();
    host.task(schedule({ input: json('x'.repeat(20)) }));
    expect(host.last('WorkflowTaskFailed').cause).toBe('BAD_SCHEDULE_NEXUS_OPERATION_ATTRIBUTES');
  });
});

describe('nexus operations: the request to start', () => {
  it('NXS-2: goes to the worker that comes for it, once, with all that its handler needs', () => {
    const host = given(schedule({ input: json('in'), nexusHeader: { a: 'b' } }));
    const [wanted] = waiting(host);
    expect(take(host)).toMatchObject({
      workflowId: 'wf-1',
      kind: 'start',
      attempt: 1,
      service: 'orders',
      operation: 'pay',
      input: json('in'),
      header: { a: 'b' },
      requestId: host.last('NexusOperationScheduled').requestId,
    });
    expect(waiting(host)).toEqual([]);
    if (wanted === undefined) throw new Error('nothing waited');
    expect(host.turn((turn) => turn.startNexusTask(wanted))).toBeUndefined();
    host.reload();
    expect(waiting(host)).toEqual([]);
  });

  it('NXS-3: answered with a result, the operation is completed without having been started', () => {
    const host = given(schedule());
    take(host);
    expect(answer(host, { kind: 'completed', result: json('out') })).toMatchObject({ ok: true });
    expect(host.types().slice(4)).toEqual([
      'NexusOperationScheduled',
      'NexusOperationCompleted',
      'WorkflowTaskScheduled',
    ]);
    expect(host.last('NexusOperationCompleted')).toMatchObject({ scheduledEventId: 5, result: json('out') });
    expect(host.task(complete())).toMatchObject({ kind: 'accepted', closed: true });
  });

  it.each([
    ['failed', 'NexusOperationFailed'],
    ['canceled', 'NexusOperationCanceled'],
  ] as const)(
    'NXS-3: answered as %s, the operation ends so, with the handler’s failure as cause',
    (kind, event) => {
      const host = given(schedule());
      take(host);
      const failure = { message: 'no stock' };
      answer(host, { kind, failure });
      expect(host.last(event).failure).toMatchObject({
        message: 'nexus operation completed unsuccessfully',
        cause: failure,
        ...info(),
      });
    },
  );

  it('NXS-4: refused for now, it is made again, later each time, and describe says why', () => {
    const host = given(schedule());
    let expected = 1000;
    for (const attempt of [1, 2, 3]) {
      take(host);
      answer(host, refused('down', true), { attempt });
      expect(waiting(host)).toEqual([]);
      expect(host.nextDeadline()).toBe(host.now + expected);
      host.reload();
      expect(engine.describe(host.run as never, host.now).pendingNexusOperations).toMatchObject([
        { state: 'BACKING_OFF', attempt: attempt + 1, lastAttemptFailure: { message: 'down' } },
      ]);
      host.advance(expected - 1);
      expect(waiting(host)).toEqual([]);
      host.advance(1);
      expect(waiting(host)).toMatchObject([{ attempt: attempt + 1 }]);
      expected *= 2;
    }
    expect(host.types()).not.toContain('NexusOperationFailed');
  });

  it('NXS-4: waits an hour at most', () => {
    const host = given(schedule());
    for (let attempt = 1; attempt < 20; attempt++) {
      take(host);
      answer(host, refused('down', true), { attempt });
      expect((host.nextDeadline() ?? 0) - host.now).toBeLessThanOrEqual(3_600_000);
      host.advance(3_600_000);
    }
  });

  it('NXS-4: refused for good, it is the failure of the operation', () => {
    const host = given(schedule());
    take(host);
    answer(host, refused('no such operation', false));
    expect(host.last('NexusOperationFailed').failure).toMatchObject({
      cause: { message: 'no such operation', nexusHandlerFailureInfo: { type: 'NOT_FOUND' } },
      ...info(),
    });
  });

  it('NXS-5: not answered within ten seconds, it is made again, and what the first worker says then is refused', () => {
    const host = given(schedule());
    take(host);
    expect(host.nextDeadline()).toBe(host.now + 10_000);
    host.advance(10_000);
    expect(answer(host, { kind: 'completed' })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
    host.advance(1000);
    take(host);
    expect(answer(host, { kind: 'completed' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(answer(host, { kind: 'completed' }, { attempt: 2 })).toMatchObject({ ok: true });
    expect(answer(host, { kind: 'completed' }, { attempt: 2 })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    expect(host.types().filter((type) => type === 'NexusOperationCompleted')).toHaveLength(1);
  });

  it('NXS-5: without a worker only a refusal is taken, as where there is no endpoint', () => {
    const host = given(schedule());
    expect(answer(host, { kind: 'completed' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(answer(host, refused('no endpoint', true))).toMatchObject({ ok: true });
    expect(host.run.nexusOperations.get(5)?.start).toMatchObject({
      attempt: 2,
      phase: { state: 'backingOff' },
    });
  });
});

describe('nexus operations: that go on by themselves', () => {
  function startedOperation(more: Parameters<typeof schedule>[0] = {}) {
    const host = given(schedule(more));
    take(host);
    answer(host, { kind: 'started', operationToken: 'tok' });
    return host;
  }

  it('NXS-6: are started with their token, and closed by what is told of them', () => {
    const host = startedOperation();
    expect(host.last('NexusOperationStarted')).toMatchObject({ scheduledEventId: 5, operationToken: 'tok' });
    expect(host.types().at(-1)).toBe('WorkflowTaskScheduled');
    host.reload();
    expect(closed(host, { kind: 'completed', result: json(7) })).toMatchObject({ ok: true });
    expect(host.last('NexusOperationCompleted').result).toEqual(json(7));
    expect(closed(host, { kind: 'completed' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('NXS-26: their events say what they have led to, also those that wait behind a started task', () => {
    const links = [{ activity: { namespace: 'shop', activityId: 'a', runId: 'r' } }];
    const host = given(schedule());
    take(host);
    host.signal('wake');
    host.beginTask();
    answer(host, { kind: 'started', operationToken: 'tok', links });
    host.reload();
    host.endTask();
    const linked = (eventType: string) =>
      host.history().find((event) => event.eventType === eventType)?.links;
    expect(linked('NexusOperationStarted')).toEqual(links);
    const overtaken = given(schedule());
    take(overtaken);
    closed(overtaken, { kind: 'completed' }, { operationToken: 'tok', links });
    expect(overtaken.history().at(5)).toMatchObject({ eventType: 'NexusOperationStarted', links });
    const atOnce = given(schedule());
    take(atOnce);
    answer(atOnce, { kind: 'completed', links });
    expect(atOnce.history().at(5)).toMatchObject({ eventType: 'NexusOperationCompleted', links });
  });

  it('X2: are closed by nobody who does not know the request ID', () => {
    const host = startedOperation();
    expect(closed(host, { kind: 'completed' }, { requestId: 'guessed' })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    expect(closed(host, { kind: 'completed' }, { runId: 'another' })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    expect(host.types()).not.toContain('NexusOperationCompleted');
  });

  it.each([
    ['failed', 'NexusOperationFailed'],
    ['canceled', 'NexusOperationCanceled'],
  ] as const)('NXS-6: that end as %s say so with their token', (kind, event) => {
    const host = startedOperation();
    closed(host, { kind, failure: { message: 'why' } });
    expect(host.last(event).failure).toMatchObject({ cause: { message: 'why' }, ...info('tok') });
  });

  it('NXS-7: a close that overtakes the answer to the start records both, in order, also behind a started task', () => {
    for (const isTaskStarted of [false, true]) {
      const host = given(schedule());
      take(host);
      if (isTaskStarted) {
        host.signal('now');
        host.beginTask();
      }
      closed(host, { kind: 'completed', result: json(1) }, { operationToken: 'early' });
      expect(answer(host, { kind: 'started', operationToken: 'early' })).toMatchObject({
        error: { code: 'NOT_FOUND' },
      });
      host.reload();
      if (isTaskStarted) host.endTask();
      const types = host.types().filter((type) => type.startsWith('NexusOperation'));
      expect(types).toEqual(['NexusOperationScheduled', 'NexusOperationStarted', 'NexusOperationCompleted']);
      expect(host.last('NexusOperationStarted').operationToken).toBe('early');
    }
  });

  it('WFT-2: a closing that was buffered stands behind what came with it', () => {
    const host = startedOperation();
    host.beginTask();
    closed(host, { kind: 'completed' });
    host.signal('later');
    host.endTask();
    expect(host.types().slice(-4)).toEqual([
      'WorkflowTaskCompleted',
      'WorkflowExecutionSignaled',
      'NexusOperationCompleted',
      'WorkflowTaskScheduled',
    ]);
  });

  it('NXS-8: time out by start-to-close, counted from their start', () => {
    const host = given(schedule({ startToCloseTimeout: 5000 }));
    host.advance(60_000);
    take(host);
    answer(host, { kind: 'started', operationToken: 'tok' });
    expect(host.nextDeadline()).toBe(host.now + 5000);
    host.advance(5000);
    expect(host.last('NexusOperationTimedOut').failure).toMatchObject({
      message: 'nexus operation timed out',
      cause: { timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' } },
      ...info('tok'),
    });
  });
});

describe('nexus operations: timeouts', () => {
  it.each([
    [{ scheduleToCloseTimeout: 4000 }, 'SCHEDULE_TO_CLOSE'],
    [{ scheduleToStartTimeout: 4000 }, 'SCHEDULE_TO_START'],
    [{ scheduleToStartTimeout: 4000, scheduleToCloseTimeout: 4000 }, 'SCHEDULE_TO_CLOSE'],
  ] as const)(
    'NXS-8: %j without a start ends it as %s, with the last attempt as its cause',
    (timeouts, type) => {
      const host = given(schedule(timeouts));
      take(host);
      answer(host, refused('down', true));
      host.reload();
      host.advance(4000);
      const { failure } = host.last('NexusOperationTimedOut');
      expect(failure?.cause).toMatchObject({
        timeoutFailureInfo: { timeoutType: type },
        cause: { message: 'down' },
      });
      expect(host.types().at(-1)).toBe('WorkflowTaskScheduled');
      expect(waiting(host)).toEqual([]);
    },
  );

  it('NXS-8: schedule-to-start is over once it has started', () => {
    const host = given(schedule({ scheduleToStartTimeout: 4000 }));
    take(host);
    answer(host, { kind: 'started', operationToken: 'tok' });
    host.task();
    expect(host.nextDeadline()).toBeUndefined();
  });
});

describe('nexus operations: cancellation', () => {
  it('NXS-9: before anybody has heard of the operation it ends at once', () => {
    const host = given(schedule());
    host.signal('go');
    host.task(requestCancel());
    expect(host.last('NexusOperationCanceled').failure).toMatchObject({
      cause: { canceledFailureInfo: {} },
      ...info(),
    });
    expect(waiting(host)).toEqual([]);
  });

  it('NXS-9: while its start is under way it waits, and is delivered once the operation has started', () => {
    const host = given(schedule());
    take(host);
    host.signal('go');
    host.task(requestCancel());
    expect(waiting(host)).toEqual([]);
    answer(host, { kind: 'started', operationToken: 'tok' });
    expect(waiting(host)).toEqual([{ endpoint: 'shop', scheduledEventId: 5, kind: 'cancel', attempt: 1 }]);
    expect(take(host)).toMatchObject({ kind: 'cancel', operationToken: 'tok' });
    expect(answer(host, { kind: 'cancelRequested' }, { request: 'cancel' })).toMatchObject({ ok: true });
    expect(host.last('NexusOperationCancelRequestCompleted')).toMatchObject({
      scheduledEventId: 5,
      requestedEventId: expect.any(Number),
    });
    host.reload();
    expect(waiting(host)).toEqual([]);
    closed(host, { kind: 'canceled', failure: { message: 'stopped', canceledFailureInfo: {} } });
    expect(host.last('NexusOperationCanceled').failure).toMatchObject(info('tok'));
  });

  it('NXS-10: a request to cancel is tried again, and given up where it is refused for good', () => {
    const host = given(schedule());
    take(host);
    answer(host, { kind: 'started', operationToken: 'tok' });
    host.task(requestCancel());
    take(host);
    answer(host, refused('busy', true), { request: 'cancel' });
    host.reload();
    host.advance(1000);
    take(host);
    answer(host, refused('not implemented', false), { request: 'cancel', attempt: 2 });
    expect(host.last('NexusOperationCancelRequestFailed').failure).toMatchObject({
      cause: { message: 'not implemented' },
    });
    expect(engine.describe(host.run as never, host.now).pendingNexusOperations).toMatchObject([
      { state: 'STARTED', operationToken: 'tok', cancellationInfo: { state: 'FAILED', attempt: 2 } },
    ]);
  });

  it('NXS-9: of an operation that is not open, or for a second time, fails the task', () => {
    const host = given(schedule());
    take(host);
    host.signal('go');
    host.task(requestCancel());
    host.signal('again');
    host.task(requestCancel());
    expect(host.last('WorkflowTaskFailed').cause).toBe('BAD_REQUEST_CANCEL_NEXUS_OPERATION_ATTRIBUTES');
    host.task(requestCancel(3));
    expect(host.last('WorkflowTaskFailed').cause).toBe('BAD_REQUEST_CANCEL_NEXUS_OPERATION_ATTRIBUTES');
  });

  it('NXS-9: of one whose end the workflow has not seen yet is recorded and changes nothing', () => {
    const host = given(schedule());
    take(host);
    host.signal('go');
    host.beginTask();
    answer(host, { kind: 'completed', result: json(1) });
    expect(host.endTask(requestCancel())).toMatchObject({ kind: 'accepted' });
    expect(host.types().filter((type) => type.startsWith('NexusOperation'))).toEqual([
      'NexusOperationScheduled',
      'NexusOperationCancelRequested',
      'NexusOperationCompleted',
    ]);
    host.reload();
    expect(host.run.nexusOperations.size).toBe(0);
  });
});

describe('nexus operations: the end of their workflow, and resets', () => {
  it('NXS-11: what is open is left to itself when the run closes', () => {
    const host = given(schedule(), complete());
    expect(waiting(host)).toEqual([]);
    expect(host.run.nexusOperations.size).toBe(0);
    expect(
      host.apply({
        kind: 'NexusOperationClosed',
        runId: host.run.runId,
        scheduledEventId: 5,
        requestId: 'x',
        close: { kind: 'completed' },
      }),
    ).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('NXS-12: an operation that was scheduled before the point of a reset and closed after it stays closed', () => {
    for (const excludeNexus of [false, true]) {
      const host = given(schedule());
      take(host);
      answer(host, { kind: 'started', operationToken: 'tok' });
      host.task();
      closed(host, { kind: 'completed', result: json(1) });
      const base = host.history();
      const point = base.findIndex(
        ({ eventId, eventType }) => eventId > 5 && eventType === 'WorkflowTaskCompleted',
      );
      host.turn((turn) =>
        turn.reset({ workflowTaskFinishEventId: point + 1, requestId: 'r', excludeNexus }, base),
      );
      expect(host.types().filter((type) => type.startsWith('NexusOperation'))).toEqual([
        'NexusOperationScheduled',
        'NexusOperationStarted',
        ...(excludeNexus ? [] : ['NexusOperationCompleted']),
      ]);
    }
  });

  it('NXS-12: what is told to the run that was reset reaches the one in its place', () => {
    const host = given(schedule());
    take(host);
    answer(host, { kind: 'started', operationToken: 'tok' });
    host.task();
    const base = host.history();
    const runId = host.run.runId;
    const point = base.findIndex(
      ({ eventId, eventType }) => eventId > 5 && eventType === 'WorkflowTaskCompleted',
    );
    host.turn((turn) => turn.reset({ workflowTaskFinishEventId: point + 1, requestId: 'r' }, base));
    expect(closed(host, { kind: 'completed' }, { runId })).toMatchObject({ ok: true });
    expect(host.types()).toContain('NexusOperationCompleted');
  });
});

describe('nexus operations: the workflow that one stands for', () => {
  const reference = {
    namespace: 'callers',
    workflowId: 'caller',
    runId: 'r',
    scheduledEventId: 9,
    requestId: 'q',
  };
  const callback = {
    nexus: {
      url: NEXUS_CALLBACK_URL,
      header: { ...nexusCallbackHeader(reference), 'Nexus-Operation-Token': 'tok' },
    },
  };
  const notifications = (host: Host) => engine.pendingWork(host.execution).nexusNotifications;
  const startedOf = ({ run: { runId } }: Host) => ({
    workflowEvent: {
      namespace: 'default',
      workflowId: 'wf-1',
      runId,
      eventRef: { eventId: 1, eventType: 'WORKFLOW_EXECUTION_STARTED' },
    },
  });

  it('NXS-13: tells its caller how it ended until that is confirmed', () => {
    const host = new Host();
    host.start({ completionCallbacks: [callback] });
    expect(notifications(host)).toEqual([]);
    host.task(complete(args('out')));
    host.reload();
    expect(notifications(host)).toEqual([
      {
        runId: host.run.runId,
        index: 0,
        caller: { namespace: 'callers', workflowId: 'caller' },
        input: {
          kind: 'NexusOperationClosed',
          runId: 'r',
          scheduledEventId: 9,
          requestId: 'q',
          operationToken: 'tok',
          links: [startedOf(host)],
          close: { kind: 'completed', result: json('out') },
        },
      },
    ]);
    host.turn((turn) => turn.confirmNexusNotified(host.run.runId, 0));
    host.reload();
    expect(notifications(host)).toEqual([]);
  });

  it.each([
    [
      command('CancelWorkflowExecution', {}),
      { kind: 'canceled', failure: { message: 'operation canceled' } },
    ],
    [
      command('FailWorkflowExecution', { failure: { message: 'no' } }),
      { kind: 'failed', failure: { message: 'no' } },
    ],
  ])('NXS-13: an end of another kind is told as such (%#)', (closing, close) => {
    const host = new Host();
    host.start({ completionCallbacks: [callback] });
    host.task(closing);
    expect(notifications(host)).toMatchObject([{ input: { close } }]);
  });

  it('NXS-13: termination and timeout are failures', () => {
    const host = new Host();
    host.start({ completionCallbacks: [callback], workflowRunTimeout: 1000 });
    host.advance(1000);
    expect(notifications(host)).toMatchObject([
      { input: { close: { failure: { timeoutFailureInfo: {} } } } },
    ]);
    const other = new Host();
    other.start({ completionCallbacks: [callback] });
    other.apply({ kind: 'Terminate' });
    expect(notifications(other)).toMatchObject([
      { input: { close: { failure: { terminatedFailureInfo: {} } } } },
    ]);
  });

  it('NXS-14: the last run of a chain tells, and so do callers that were attached to a running one', () => {
    const host = new Host();
    host.start({ completionCallbacks: [callback] });
    const second = {
      nexus: { url: NEXUS_CALLBACK_URL, header: nexusCallbackHeader({ ...reference, workflowId: 'second' }) },
    };
    host.start({
      requestId: 'two',
      workflowIdConflictPolicy: 'USE_EXISTING',
      onConflictOptions: { attachRequestId: true },
      completionCallbacks: [second],
    });
    host.task(command('ContinueAsNewWorkflowExecution', { workflowType: { name: 'greet' } }));
    expect(notifications(host)).toEqual([]);
    host.task(complete());
    expect(notifications(host)).toMatchObject([
      { caller: { workflowId: 'caller' } },
      { caller: { workflowId: 'second' } },
    ]);
    host.turn((turn) => turn.confirmNexusNotified(host.run.runId, 0));
    host.reload();
    expect(notifications(host)).toMatchObject([{ index: 1, caller: { workflowId: 'second' } }]);
  });

  it('NXS-26: what attached itself to a running one is linked to the event of that', () => {
    const host = new Host();
    host.start({ requestId: 'one' });
    const links = [{ nexusOperation: { namespace: 'callers', operationId: 'second', runId: 'r' } }];
    host.start({
      requestId: 'two',
      workflowIdConflictPolicy: 'USE_EXISTING',
      onConflictOptions: { attachRequestId: true, attachLinks: true },
      completionCallbacks: [callback],
      links,
    });
    host.reload();
    const attached = host.history().find(({ eventType }) => eventType === 'WorkflowExecutionOptionsUpdated');
    expect(attached?.links).toEqual(links);
    host.task(complete());
    const requestIdRef = { requestId: 'two', eventType: 'WORKFLOW_EXECUTION_OPTIONS_UPDATED' };
    expect(notifications(host)).toMatchObject([{ input: { links: [{ workflowEvent: { requestIdRef } }] } }]);
  });

  it('NXS-14: a run has a bounded number of callers', () => {
    const host = new Host();
    host.start({ completionCallbacks: Array.from({ length: 32 }, () => callback) });
    expect(
      host.start({
        requestId: 'one more',
        workflowIdConflictPolicy: 'USE_EXISTING',
        onConflictOptions: { attachRequestId: true },
        completionCallbacks: [callback],
      }),
    ).toMatchObject({ ok: false, error: { code: 'FAILED_PRECONDITION' } });
  });

  it.each([
    undefined,
    null,
    {},
    { nexus: { url: 'https://example.com', header: nexusCallbackHeader(reference) } },
    { nexus: { url: NEXUS_CALLBACK_URL } },
    { nexus: { url: NEXUS_CALLBACK_URL, header: { 'nexus-callback-token': '%%%' } } },
    { nexus: { url: NEXUS_CALLBACK_URL, header: { 'nexus-callback-token': btoa('{"namespace":1}') } } },
  ])('a callback that is none of ours means nothing (%#)', (other) => {
    expect(nexusCallbackOf(other)).toBeUndefined();
  });
});
