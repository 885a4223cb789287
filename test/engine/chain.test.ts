import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import {
  activity,
  applicationFailure,
  args,
  command,
  complete,
  fail,
  givenWith,
  Host,
  json,
  T0,
  timer,
} from './support/host.ts';

/** Full minutes only: enough of cron for these tests. */
const everyMinute = (expression: string, afterMs: number) =>
  expression === '* * * * *' ? (Math.floor(afterMs / 60_000) + 1) * 60_000 : undefined;
const withCron = { context: { nextCronTime: everyMinute } };
const MINUTE = 60_000;

const again = (attributes = {}) => command('ContinueAsNewWorkflowExecution', attributes);

describe('workflow retry', () => {
  test('RETRY-2, RETRY-4, RETRY-6 a failed run is followed by the next attempt after its backoff', () => {
    const host = givenWith(
      { retryPolicy: {}, input: args('in'), memo: { fields: { a: json(1) } }, identity: 'client-1' },
      {},
      command('ModifyWorkflowProperties', { upsertedMemo: { fields: { b: json(2) } } }),
      fail('busy'),
    );
    const [first, second] = [...host.rows.keys()];
    expect(host.last('WorkflowExecutionFailed', first)).toMatchObject({
      failure: { message: 'busy' },
      retryState: 'IN_PROGRESS',
      newExecutionRunId: second,
    });
    expect(host.rows.get(first ?? '')?.summary.status).toBe('FAILED');
    expect(host.history()).toHaveLength(1);
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      initiator: 'RETRY',
      attempt: 2,
      continuedExecutionRunId: first,
      firstExecutionRunId: first,
      originalExecutionRunId: second,
      continuedFailure: { message: 'busy' },
      firstWorkflowTaskBackoff: 1_000,
      input: args('in'),
      memo: { fields: { a: json(1) } },
    });
    expect(host.run.runSeq).toBe(2);
    expect(host.nextDeadline()).toBe(T0 + 1_000);
    host.reload();
    host.advance(1_000);
    host.task(fail('busy'));
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      attempt: 3,
      firstWorkflowTaskBackoff: 2_000,
    });
    expect(host.run.firstExecutionRunId).toBe(first);
  });

  test('RETRY-3, RETRY-5 no retry when attempts are used up, the failure forbids it, or time is out', () => {
    const last = (start: object, closing = fail('busy')) => {
      const host = givenWith(start, {}, closing);
      return host.last('WorkflowExecutionFailed').retryState;
    };
    expect(last({ retryPolicy: { maximumAttempts: 1 } })).toBe('MAXIMUM_ATTEMPTS_REACHED');
    expect(last({ retryPolicy: {} }, fail('no', true))).toBe('NON_RETRYABLE_FAILURE');
    expect(last({ retryPolicy: { initialInterval: 9_000 }, workflowExecutionTimeout: 8_000 })).toBe(
      'TIMEOUT',
    );
  });

  test('RETRY-3 a failure inside an activity failure is not looked at', () => {
    const failure = { activityFailureInfo: {}, cause: applicationFailure('x', { nonRetryable: true }) };
    const host = givenWith({ retryPolicy: {} }, {}, command('FailWorkflowExecution', { failure }));
    expect(host.run.runSeq).toBe(2);
  });

  test('TO-2, RETRY-2 a timed-out run retries while the execution deadline allows it', () => {
    const host = givenWith(
      { retryPolicy: {}, workflowRunTimeout: 5_000, workflowExecutionTimeout: 60_000 },
      {},
    );
    const first = host.run.runId;
    host.advance(5_000);
    expect(host.last('WorkflowExecutionTimedOut', first)).toEqual({
      retryState: 'IN_PROGRESS',
      newExecutionRunId: host.run.runId,
    });
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      attempt: 2,
      workflowExecutionExpirationTime: T0 + 60_000,
      continuedFailure: {
        message: 'workflow timeout',
        timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' },
      },
    });
    expect(host.nextDeadline()).toBe(T0 + 6_000);
  });

  test('RETRY-2, END-4 completed, canceled and terminated runs are not retried', () => {
    for (const closing of [complete(), command('CancelWorkflowExecution', {})])
      expect(givenWith({ retryPolicy: {} }, {}, closing).run.runSeq).toBe(1);
    const host = new Host(withCron);
    host.start({ retryPolicy: {}, cronSchedule: '* * * * *' });
    host.apply({ kind: 'Terminate' });
    expect(host.run.runSeq).toBe(1);
  });
});

function cronHost(start = {}, ...commands: Parameters<Host['task']>) {
  const host = new Host(withCron);
  host.now = T0 + 10_500;
  host.start({ cronSchedule: '* * * * *', ...start });
  host.advance(49_500);
  if (commands.length > 0) host.task(...commands);
  return host;
}

describe('cron', () => {
  test('CRON-2 the first run starts now and its task comes at the next time, rounded up to seconds', () => {
    const host = new Host(withCron);
    host.now = T0 + 10_500;
    host.start({ cronSchedule: '* * * * *' });
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      initiator: 'CRON_SCHEDULE',
      cronSchedule: '* * * * *',
      firstWorkflowTaskBackoff: 50_000,
    });
    expect(host.types()).toHaveLength(1);
  });

  test('CRON-3, CRON-4, CRON-6 a completed run is followed by the next time with its result', () => {
    const host = cronHost();
    host.advance(500);
    host.task(complete(args('a')));
    const [first] = [...host.rows.keys()];
    expect(host.last('WorkflowExecutionCompleted', first)).toMatchObject({
      newExecutionRunId: host.run.runId,
    });
    const started = host.last('WorkflowExecutionStarted');
    expect(started).toMatchObject({
      initiator: 'CRON_SCHEDULE',
      attempt: 1,
      lastCompletionResult: args('a'),
    });
    expect(started.firstWorkflowTaskBackoff).toBe(60_000);
  });

  test('CRON-3 missed times are skipped', () => {
    const host = cronHost();
    host.advance(10 * MINUTE + 500);
    host.task(complete());
    expect(host.last('WorkflowExecutionStarted').firstWorkflowTaskBackoff).toBe(60_000);
    host.advance(60_000);
    host.now += 5_000 * MINUTE;
    host.task(complete());
    expect(host.last('WorkflowExecutionStarted').firstWorkflowTaskBackoff).toBeLessThanOrEqual(60_000);
  });

  test('CRON-4, RETRY-7 a failed run keeps the last result and passes its failure on; retry comes before cron', () => {
    const host = cronHost({ lastCompletionResult: args('old') });
    host.advance(500);
    host.task(fail('busy'));
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      lastCompletionResult: args('old'),
      continuedFailure: { message: 'busy' },
      initiator: 'CRON_SCHEDULE',
    });
    const retrying = cronHost({ retryPolicy: { maximumAttempts: 2 } });
    retrying.advance(500);
    retrying.task(fail('one'));
    expect(retrying.last('WorkflowExecutionStarted')).toMatchObject({ initiator: 'RETRY', attempt: 2 });
    retrying.advance(1_000);
    retrying.task(fail('two'));
    expect(retrying.last('WorkflowExecutionStarted')).toMatchObject({
      initiator: 'CRON_SCHEDULE',
      attempt: 1,
    });
    const [, second] = [...retrying.rows.keys()];
    expect(retrying.last('WorkflowExecutionFailed', second)).toMatchObject({
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
      newExecutionRunId: retrying.run.runId,
    });
  });

  test('CRON-5 cron stops when the run is canceled, continues as new, the execution times out, or there is no next time', () => {
    const closed = (host: Host) => ({ runs: host.rows.size, status: host.run.status });
    const canceled = cronHost();
    canceled.advance(500);
    canceled.task(command('CancelWorkflowExecution', {}));
    expect(closed(canceled)).toEqual({ runs: 1, status: 'CANCELED' });
    const outOfTime = cronHost({ workflowExecutionTimeout: 100_000 });
    outOfTime.advance(500);
    outOfTime.task(complete());
    expect(closed(outOfTime)).toEqual({ runs: 1, status: 'COMPLETED' });
    const continued = cronHost();
    continued.advance(500);
    continued.task(again());
    expect(continued.last('WorkflowExecutionStarted')).not.toHaveProperty('cronSchedule');
    let isOver = false;
    const ending = new Host({
      context: { nextCronTime: (e, a) => (isOver ? undefined : everyMinute(e, a)) },
    });
    ending.start({ cronSchedule: '* * * * *' });
    ending.advance(MINUTE);
    isOver = true;
    ending.task(complete());
    expect(closed(ending)).toEqual({ runs: 1, status: 'COMPLETED' });
  });

  test('CRON-1 an expression that does not parse is INVALID_ARGUMENT', () => {
    expect(new Host(withCron).start({ cronSchedule: 'nonsense' })).toMatchObject({
      error: { code: 'INVALID_ARGUMENT' },
    });
  });
});

describe('continue-as-new', () => {
  test('CAN-2, CAN-3, CAN-4 the next run starts in the same turn and inherits the chain', () => {
    const execution = { workflowId: 'parent', runId: 'p-1' };
    const host = givenWith(
      {
        workflowExecutionTimeout: 90_000,
        retryPolicy: { maximumAttempts: 5 },
        memo: { fields: { a: json(1) } },
        searchAttributes: { indexedFields: { A: json('x') } },
        priority: { priorityKey: 1 },
        parent: { namespace: 'default', execution, initiatedEventId: 5, root: execution },
        input: args('old'),
      },
      {},
      command('UpsertWorkflowSearchAttributes', { searchAttributes: { indexedFields: { B: json('y') } } }),
      command('ModifyWorkflowProperties', { upsertedMemo: { fields: { b: json(2) } } }),
      again({ input: args('new') }),
    );
    const [first] = [...host.rows.keys()];
    expect(host.rows.get(first ?? '')?.summary.status).toBe('CONTINUED_AS_NEW');
    const inherited = {
      workflowType: { name: 'greet' },
      taskQueue: { name: 'orders', kind: 'NORMAL' },
      input: args('new'),
      workflowRunTimeout: 90_000,
      workflowTaskTimeout: 10_000,
      header: {},
      memo: { fields: { a: json(1) } },
      searchAttributes: { indexedFields: { A: json('x'), B: json('y') } },
      initiator: 'WORKFLOW',
    };
    expect(host.last('WorkflowExecutionContinuedAsNew', first)).toEqual({
      ...inherited,
      newExecutionRunId: host.run.runId,
      workflowTaskCompletedEventId: 4,
      backoffStartInterval: 0,
    });
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({
      ...inherited,
      attempt: 1,
      continuedExecutionRunId: first,
      firstExecutionRunId: first,
      workflowExecutionExpirationTime: T0 + 90_000,
      retryPolicy: { maximumAttempts: 5 },
      parentWorkflowExecution: execution,
      parentInitiatedEventId: 5,
      priority: { priorityKey: 1 },
    });
    expect(host.types()).toEqual(['WorkflowExecutionStarted', 'WorkflowTaskScheduled']);
    expect(engine.pendingWork(host.execution).parentNotifications).toEqual([]);
  });

  test('CAN-3 what the command names replaces what would be inherited', () => {
    const host = givenWith(
      { input: args('old'), lastCompletionResult: args('kept') },
      {},
      again({
        workflowType: { name: 'other' },
        taskQueue: { name: 'far' },
        workflowRunTimeout: 5_000,
        workflowTaskTimeout: 2_000,
        retryPolicy: { initialInterval: 7 },
        memo: { fields: { m: json(1) } },
        searchAttributes: { indexedFields: { S: json('s') } },
        header: { fields: { h: json(1) } },
        backoffStartInterval: 9_000,
      }),
    );
    const started = host.last('WorkflowExecutionStarted');
    expect(started).toMatchObject({
      workflowType: { name: 'other' },
      taskQueue: { name: 'far' },
      workflowRunTimeout: 5_000,
      workflowTaskTimeout: 2_000,
      retryPolicy: { initialInterval: 7, maximumInterval: 700 },
      memo: { fields: { m: json(1) } },
      searchAttributes: { indexedFields: { S: json('s') } },
      header: { fields: { h: json(1) } },
      firstWorkflowTaskBackoff: 9_000,
      lastCompletionResult: args('kept'),
    });
    expect(started).not.toHaveProperty('input');
    expect(host.nextDeadline()).toBe(T0 + 9_000);
  });

  test('CAN-5 runs of a chain begin at least a second apart', () => {
    const host = new Host({ limits: { continueAsNewIntervalMs: 1_000 } });
    host.start();
    host.now += 300;
    host.task(again());
    expect(host.last('WorkflowExecutionStarted').firstWorkflowTaskBackoff).toBe(700);
    host.advance(700);
    host.now += 1_000;
    host.task(again());
    expect(host.last('WorkflowExecutionStarted').firstWorkflowTaskBackoff).toBe(0);
  });

  test('CAN-7 a continued run that fails retries from attempt 1', () => {
    const host = givenWith({ retryPolicy: {} }, {}, again());
    host.task(fail('busy'));
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({ attempt: 2, initiator: 'RETRY' });
  });

  test('CAN-3 timers and activities are not carried over', () => {
    const host = givenWith({}, {}, timer('1', 5_000), activity(), again());
    expect(host.run.timers.size + host.run.activities.size).toBe(0);
    expect(engine.activitiesWaiting(host.execution, host.now)).toBe(0);
    expect(host.nextDeadline()).toBeUndefined();
  });
});
