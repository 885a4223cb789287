import { describe, expect, test } from 'vitest';
import { engine } from '../../src/engine/engine.ts';
import {
  activity,
  args,
  byToken,
  bytes,
  command,
  complete,
  fail,
  given,
  givenWith,
  Host,
  json,
  T0,
  timer,
} from './support/host.ts';

const DAY = 86_400_000;

describe('closing a run', () => {
  test('completion records the result', () => {
    const host = given(complete(args({ orderId: 1 })));
    expect(host.last('WorkflowExecutionCompleted')).toEqual({
      result: args({ orderId: 1 }),
      workflowTaskCompletedEventId: 4,
    });
    expect(host.run).toMatchObject({ status: 'COMPLETED', closeTime: T0 });
    expect(host.lastEvent()).toEqual(host.run.closeEvent);
  });

  test('failure records the failure and that no policy retries it', () => {
    const host = given(fail('out of stock'));
    expect(host.last('WorkflowExecutionFailed')).toMatchObject({
      failure: { message: 'out of stock' },
      retryState: 'RETRY_POLICY_NOT_SET',
      workflowTaskCompletedEventId: 4,
    });
    expect(host.last('WorkflowExecutionFailed')).not.toHaveProperty('newExecutionRunId');
  });

  test('cancellation records its details', () => {
    const host = given(command('CancelWorkflowExecution', { details: args('why') }));
    expect(host.last('WorkflowExecutionCanceled')).toEqual({
      details: args('why'),
      workflowTaskCompletedEventId: 4,
    });
    expect(given(command('CancelWorkflowExecution', {})).run.status).toBe('CANCELED');
  });

  test('after the close nothing is left to do but to be erased when retention ends', () => {
    const host = given(timer('1', 5_000), activity(), complete());
    expect(host.nextDeadline()).toBe(T0 + 3 * DAY);
    expect(host.run.expiryTime).toBe(T0 + 3 * DAY);
    host.reload();
    expect(host.nextDeadline()).toBe(T0 + 3 * DAY);
    host.advance(3 * DAY);
    expect(host.lastEvent().eventType).toBe('WorkflowExecutionCompleted');
  });

  test('a closed run takes nothing: signals, results, updates, pauses are NOT_FOUND', () => {
    const host = given(complete());
    const closed = { error: { code: 'NOT_FOUND', message: 'workflow execution already completed' } };
    expect(host.signal('late')).toMatchObject(closed);
    expect(host.apply({ kind: 'Terminate' })).toMatchObject(closed);
    expect(host.apply({ kind: 'Pause', request: {} })).toMatchObject(closed);
    expect(host.apply({ kind: 'Unpause', request: {} })).toMatchObject(closed);
    expect(host.apply({ kind: 'UpdateWorkflowOptions' })).toMatchObject(closed);
    expect(host.beginTask()).toBeUndefined();
  });

  test('inputs for a workflow that never was are NOT_FOUND', () => {
    const host = new Host();
    expect(host.signal('x')).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(host.turn((turn) => turn.reset({ workflowTaskFinishEventId: 4 }, []))).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    expect(host.turn((turn) => turn.admitActivities(5))).toEqual([]);
    expect(host.turn((turn) => turn.startWorkflowTask())).toBeUndefined();
    host.turn((turn) => {
      turn.fireDeadlines();
      turn.confirmVisibility('x', 1);
      turn.confirmParentClose('x', 1);
      turn.confirmParentNotified('x');
    });
    expect(engine.pendingWork(host.execution).visibility).toEqual([]);
    expect(engine.nextDeadline(host.execution)).toBeUndefined();
    expect(engine.isWorkflowTaskDue(host.execution, 0)).toBe(false);
    expect(engine.activitiesWaiting(host.execution, 0)).toBe(0);
    expect(engine.updateState(host.execution, 'u')).toBeUndefined();
  });
});

describe('signals', () => {
  test('SIG-2 an accepted signal is an event and a task', () => {
    const host = given();
    host.signal('approve', {
      input: args(true),
      identity: 'client-1',
      requestId: 'r1',
      header: { fields: {} },
    });
    expect(host.types().slice(4)).toEqual(['WorkflowExecutionSignaled', 'WorkflowTaskScheduled']);
    expect(host.last('WorkflowExecutionSignaled')).toEqual({
      signalName: 'approve',
      input: args(true),
      identity: 'client-1',
      header: { fields: {} },
      requestId: 'r1',
    });
  });

  test('SIG-2 a request ID dedupes within the run, also after a reload and while buffered', () => {
    const host = given();
    host.signal('a', { requestId: 'r1' });
    host.reload();
    host.signal('a', { requestId: 'r1' });
    host.beginTask();
    host.signal('b', { requestId: 'r2' });
    host.reload();
    host.signal('b', { requestId: 'r2' });
    host.endTask();
    expect(host.types().filter((type) => type === 'WorkflowExecutionSignaled')).toHaveLength(2);
  });

  test('signals that arrive before the task starts share it', () => {
    const host = given();
    host.signal('a');
    host.signal('b');
    host.task();
    expect(host.types().slice(4)).toEqual([
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
      'WorkflowExecutionSignaled',
      'WorkflowTaskStarted',
      'WorkflowTaskCompleted',
    ]);
  });

  test('SIG-1 a run ID that is another run is NOT_FOUND', () => {
    expect(given().signal('a', { runId: 'other' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  test.each([
    ['an empty name', '', {}],
    ['a long name', 'x'.repeat(1_001), {}],
    ['a long request ID', 'a', { requestId: 'x'.repeat(1_001) }],
    ['too much input', 'a', { input: bytes(2 * 1024 * 1024 + 1) }],
  ])('%s is INVALID_ARGUMENT', (_what, name, more) => {
    expect(given().signal(name, more)).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });

  test('SIG-3 a run takes only so many signals', () => {
    const host = givenWith({}, { limits: { signalsMax: 2 } });
    host.signal('a');
    host.signal('b');
    expect(host.signal('c')).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } });
  });

  test('EXT-5 a signal from another workflow names its source, and its delivery tried twice is one', () => {
    const host = given();
    const source = { workflowId: 'other', runId: 'o-1' };
    const external = {
      workflowExecution: source,
      initiatedEventId: 7,
      childWorkflowOnly: false,
      requestId: 'o-1:7',
    };
    host.signal('a', { external });
    host.signal('a', { external });
    expect(host.types().filter((type) => type === 'WorkflowExecutionSignaled')).toHaveLength(1);
    expect(host.last('WorkflowExecutionSignaled')).toMatchObject({
      externalWorkflowExecution: source,
      requestId: 'o-1:7',
    });
  });

  test('CHILD-11 a signal for a child reaches only the child of that parent', () => {
    const host = given();
    const external = {
      workflowExecution: { workflowId: 'parent', runId: 'p-1' },
      initiatedEventId: 7,
      childWorkflowOnly: true,
      requestId: 'p-1:7',
    };
    expect(host.signal('a', { external })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(host.apply({ kind: 'RequestCancel', external })).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});

describe('cancel and terminate', () => {
  test('END-1 a cancel request is recorded once and causes a task', () => {
    const host = given();
    const request = { kind: 'RequestCancel', reason: 'changed my mind', identity: 'client-1' } as const;
    expect(host.apply(request)).toMatchObject({ ok: true });
    host.reload();
    expect(host.apply(request)).toMatchObject({ ok: true });
    expect(host.types().slice(4)).toEqual(['WorkflowExecutionCancelRequested', 'WorkflowTaskScheduled']);
    expect(host.last('WorkflowExecutionCancelRequested')).toEqual({
      cause: 'changed my mind',
      identity: 'client-1',
    });
  });

  test('END-1 on a closed run it succeeds silently, on an unknown one it is NOT_FOUND', () => {
    const host = givenWith({}, { context: { isKnownRun: (runId) => runId === 'older' } }, complete());
    expect(host.apply({ kind: 'RequestCancel' })).toMatchObject({ ok: true });
    expect(host.apply({ kind: 'RequestCancel', runId: 'older' })).toMatchObject({ ok: true });
    expect(host.apply({ kind: 'RequestCancel', runId: 'unknown' })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    expect(host.types().at(-1)).toBe('WorkflowExecutionCompleted');
  });

  test('END-3 the chain may be named instead of the run', () => {
    const host = given();
    const other = { error: { code: 'NOT_FOUND' } };
    expect(host.apply({ kind: 'RequestCancel', firstExecutionRunId: 'other' })).toMatchObject(other);
    expect(host.apply({ kind: 'Terminate', firstExecutionRunId: 'other' })).toMatchObject(other);
    expect(host.apply({ kind: 'Terminate', firstExecutionRunId: host.run.runId })).toMatchObject({
      ok: true,
    });
  });

  test('EXT-5 a cancel request of another workflow names its source', () => {
    const host = given();
    const workflowExecution = { workflowId: 'other', runId: 'o-1' };
    const external = { workflowExecution, initiatedEventId: 7, childWorkflowOnly: false, requestId: 'o-1:7' };
    host.apply({ kind: 'RequestCancel', external });
    expect(host.last('WorkflowExecutionCancelRequested')).toMatchObject({
      externalInitiatedEventId: 7,
      externalWorkflowExecution: workflowExecution,
    });
  });

  test('WFT-1 what was buffered behind a speculative task is not lost with it, and keeps its place', () => {
    const behindSpeculative = () => {
      const host = given();
      const request = { meta: { updateId: 'u' }, input: { name: 'n' } };
      host.turn((turn) => turn.admitUpdate(request, {}));
      host.beginTask();
      host.signal('first');
      expect(host.types()).not.toContain('WorkflowExecutionSignaled');
      host.reload();
      return host;
    };
    const terminated = behindSpeculative();
    terminated.apply({ kind: 'Terminate' });
    expect(terminated.types().slice(-2)).toEqual([
      'WorkflowExecutionSignaled',
      'WorkflowExecutionTerminated',
    ]);
    const signaled = behindSpeculative();
    signaled.signal('second');
    const names = signaled
      .history()
      .flatMap((event) =>
        event.eventType === 'WorkflowExecutionSignaled' ? event.attributes.signalName : [],
      );
    expect(names).toEqual(['first', 'second']);
    signaled.reload();
    expect(signaled.beginTask()).toBeDefined();
  });

  test('END-2, TO-5 termination is immediate; a started task is failed first and what was buffered is kept', () => {
    const host = given();
    host.signal('go');
    host.beginTask();
    host.signal('buffered');
    host.apply({ kind: 'Terminate', reason: 'enough', details: args(1), identity: 'ops' });
    expect(host.types().slice(7)).toEqual([
      'WorkflowTaskFailed',
      'WorkflowExecutionSignaled',
      'WorkflowExecutionTerminated',
    ]);
    expect(host.last('WorkflowTaskFailed').cause).toBe('FORCE_CLOSE_COMMAND');
    expect(host.last('WorkflowExecutionTerminated')).toEqual({
      reason: 'enough',
      details: args(1),
      identity: 'ops',
    });
    expect(host.rows.get(host.run.runId)?.volatile).toBeUndefined();
  });

  test('TO-5 a later attempt of a task leaves no event at termination', () => {
    const host = new Host();
    host.start();
    host.failTask();
    host.beginTask();
    host.apply({ kind: 'Terminate' });
    expect(host.types().slice(3)).toEqual(['WorkflowTaskFailed', 'WorkflowExecutionTerminated']);
  });

  test('CHILD-6 a request meant for one child leaves others alone', () => {
    const host = new Host();
    const execution = { workflowId: 'parent', runId: 'p-1' };
    host.start({ parent: { namespace: 'default', execution, initiatedEventId: 5, root: execution } });
    const notFound = { error: { code: 'NOT_FOUND' } };
    const childOf = { workflowId: 'parent', runId: 'p-1', initiatedEventId: 5 };
    expect(host.apply({ kind: 'Terminate', childOf: { ...childOf, initiatedEventId: 6 } })).toMatchObject(
      notFound,
    );
    expect(host.apply({ kind: 'RequestCancel', childOf: { ...childOf, runId: 'p-2' } })).toMatchObject(
      notFound,
    );
    expect(host.apply({ kind: 'RequestCancel', childOf })).toMatchObject({ ok: true });
    expect(host.apply({ kind: 'Terminate', childOf })).toMatchObject({ ok: true });
  });
});

describe('run and execution timeouts', () => {
  test('TO-1, TO-2 the run timeout ends the run; execution timeout alone is the run timeout too', () => {
    const host = new Host();
    host.start({ workflowRunTimeout: 5_000 });
    host.beginTask();
    expect(host.nextDeadline()).toBe(T0 + 5_000);
    host.advance(5_000);
    expect(host.types().slice(3)).toEqual(['WorkflowTaskFailed', 'WorkflowExecutionTimedOut']);
    expect(host.last('WorkflowExecutionTimedOut')).toEqual({ retryState: 'RETRY_POLICY_NOT_SET' });
    expect(host.run.status).toBe('TIMED_OUT');
    const other = new Host();
    other.start({ workflowExecutionTimeout: 7_000, workflowRunTimeout: 9_000 });
    expect(other.last('WorkflowExecutionStarted')).toMatchObject({
      workflowExecutionTimeout: 7_000,
      workflowRunTimeout: 7_000,
      workflowExecutionExpirationTime: T0 + 7_000,
    });
  });

  test('TO-3 when the execution deadline itself fires there is no retry', () => {
    const host = givenWith({ workflowExecutionTimeout: 5_000, retryPolicy: {} }, {});
    host.advance(5_000);
    expect(host.last('WorkflowExecutionTimedOut')).toEqual({ retryState: 'TIMEOUT' });
  });

  test('TO-5 a started task is failed before the closing event, timers that are due earlier fire before', () => {
    const host = givenWith(
      { workflowRunTimeout: 60_000, workflowTaskTimeout: 50_000 },
      {},
      timer('1', 1_000),
      timer('2', 70_000),
    );
    host.now += 20_000;
    host.signal('go');
    host.beginTask();
    host.advance(45_000);
    expect(host.types().slice(9)).toEqual(['WorkflowTaskFailed', 'TimerFired', 'WorkflowExecutionTimedOut']);
  });

  test('TO-6 the task timeout is capped at 120 s and at the run timeout', () => {
    const timeouts = [
      {},
      { workflowTaskTimeout: 500_000 },
      { workflowTaskTimeout: 60_000, workflowRunTimeout: 30_000 },
    ];
    const recorded = timeouts.map((given) => {
      const host = new Host();
      host.start(given);
      return host.last('WorkflowTaskScheduled').startToCloseTimeout;
    });
    expect(recorded).toEqual([10_000, 120_000, 30_000]);
  });

  test('TO-4 the run timeout counts from the end of the start delay', () => {
    const host = new Host();
    host.start({ workflowRunTimeout: 5_000, workflowStartDelay: 60_000 });
    host.advance(60_000);
    expect(host.nextDeadline()).toBe(T0 + 65_000);
  });
});

describe('pausing a run', () => {
  test('WPAUSE-1 pause and unpause are events; a second pause is FAILED_PRECONDITION', () => {
    const host = given();
    host.apply({ kind: 'Pause', request: { identity: 'ops', reason: 'calm', requestId: 'p' } });
    expect(host.run.status).toBe('PAUSED');
    expect(host.last('WorkflowExecutionPaused')).toEqual({ identity: 'ops', reason: 'calm', requestId: 'p' });
    expect(host.apply({ kind: 'Pause', request: { requestId: 'p' } })).toMatchObject({ ok: true });
    expect(host.apply({ kind: 'Pause', request: {} })).toMatchObject({
      error: { code: 'FAILED_PRECONDITION' },
    });
    host.apply({ kind: 'Unpause', request: {} });
    expect(host.types().slice(4)).toEqual(['WorkflowExecutionPaused', 'WorkflowExecutionUnpaused']);
    expect(host.apply({ kind: 'Unpause', request: {} })).toMatchObject({
      error: { code: 'FAILED_PRECONDITION' },
    });
  });

  test('WPAUSE-2 while paused signals and timers are recorded, no task runs, no activity is dispatched', () => {
    const host = given(timer('1', 1_000), activity());
    host.apply({ kind: 'Pause', request: {} });
    host.signal('a');
    host.advance(1_000);
    host.reload();
    expect(host.types().slice(6)).toEqual([
      'WorkflowExecutionPaused',
      'WorkflowExecutionSignaled',
      'TimerFired',
    ]);
    expect(engine.activitiesWaiting(host.execution, host.now)).toBe(0);
    expect(host.admit()).toEqual([]);
    expect(engine.queryRefusal(host.run, 'NONE')).toEqual({ rejected: 'PAUSED' });
    host.apply({ kind: 'Unpause', request: {} });
    expect(host.types().slice(9)).toEqual(['WorkflowExecutionUnpaused', 'WorkflowTaskScheduled']);
    expect(host.admit()).toHaveLength(1);
  });

  test('WPAUSE-2 a task that is scheduled waits, one that is started may complete', () => {
    const host = given();
    host.signal('a');
    host.apply({ kind: 'Pause', request: {} });
    expect(engine.isWorkflowTaskDue(host.execution, host.now)).toBe(false);
    host.apply({ kind: 'Unpause', request: {} });
    host.beginTask();
    host.apply({ kind: 'Pause', request: {} });
    host.reload();
    expect(host.run.status).toBe('PAUSED');
    host.endTask(timer('1', 5_000));
    expect(host.types().slice(-3)).toEqual([
      'WorkflowTaskCompleted',
      'TimerStarted',
      'WorkflowExecutionPaused',
    ]);
    host.signal('b');
    expect(host.types().at(-1)).toBe('WorkflowExecutionSignaled');
  });

  test('WPAUSE-2 a failing task is not scheduled anew while paused', () => {
    const host = given();
    host.signal('a');
    host.beginTask();
    host.apply({ kind: 'Pause', request: {} });
    host.turn((turn) =>
      turn.completeWorkflowTask({ kind: 'failed', cause: 'NON_DETERMINISTIC_ERROR', failure: {} }),
    );
    expect(host.types().slice(-2)).toEqual(['WorkflowTaskFailed', 'WorkflowExecutionPaused']);
    host.apply({ kind: 'Unpause', request: {} });
    expect(host.task()).toMatchObject({ kind: 'accepted' });
  });

  test('WPAUSE-2 terminate and timeouts work while paused', () => {
    const host = givenWith({ workflowRunTimeout: 5_000 }, {});
    host.apply({ kind: 'Pause', request: {} });
    host.advance(5_000);
    expect(host.run.status).toBe('TIMED_OUT');
  });

  test('a run paused in its start delay begins when it is unpaused', () => {
    const host = new Host();
    host.start({ workflowStartDelay: 1_000 });
    host.apply({ kind: 'Pause', request: {} });
    expect(host.nextDeadline()).toBeUndefined();
    host.advance(5_000);
    host.apply({ kind: 'Unpause', request: {} });
    host.advance(0);
    expect(host.types().at(-1)).toBe('WorkflowTaskScheduled');
  });
});

describe('options, memo and search attributes', () => {
  test('options of a run are changed by an event, without a task', () => {
    const host = given();
    host.apply({
      kind: 'UpdateWorkflowOptions',
      priority: { priorityKey: 1 },
      versioningOverride: { pinned: {} },
      unsetVersioningOverride: true,
      identity: 'ops',
    });
    expect(host.lastEvent()).toMatchObject({
      eventType: 'WorkflowExecutionOptionsUpdated',
      attributes: {
        priority: { priorityKey: 1 },
        versioningOverride: { pinned: {} },
        unsetVersioningOverride: true,
        identity: 'ops',
      },
    });
  });

  test('SA-3, SA-9 upserts merge by key, null and empty values delete', () => {
    const start = {
      memo: { fields: { keep: json(1), drop: json(2) } },
      searchAttributes: { indexedFields: { Keep: json('a'), Drop: json('b'), Gone: json('c') } },
    };
    const host = givenWith(
      start,
      {},
      command('UpsertWorkflowSearchAttributes', {
        searchAttributes: { indexedFields: { New: json('d'), Drop: json(null), Gone: json([]) } },
      }),
      command('ModifyWorkflowProperties', {
        upsertedMemo: { fields: { drop: { data: new Uint8Array() }, more: json('long enough') } },
      }),
    );
    expect(host.types().slice(4)).toEqual(['UpsertWorkflowSearchAttributes', 'WorkflowPropertiesModified']);
    const { memo, searchAttributes } = engine.describe(host.run, host.now).workflowExecutionInfo;
    expect(memo?.fields).toEqual({ keep: json(1), more: json('long enough') });
    expect(searchAttributes?.indexedFields).toEqual({ Keep: json('a'), New: json('d') });
    expect(host.run.visibilityVersion).toBe(3);
  });

  test('visibility is told of each change until the index confirms it', () => {
    const host = given();
    const told = () => engine.pendingWork(host.execution).visibility;
    expect(told()).toEqual([host.run.runId]);
    host.turn((turn) => turn.confirmVisibility(host.run.runId, 1));
    expect(told()).toEqual([]);
    host.reload();
    expect(told()).toEqual([]);
    host.signal('go');
    host.task(complete());
    expect(told()).toEqual([host.run.runId]);
    host.turn((turn) => {
      turn.confirmVisibility(host.run.runId, 1);
      turn.confirmVisibility(host.run.runId, 99);
    });
    expect(told()).toEqual([]);
  });

  const typed = (value: unknown, type: string) => ({
    ...json(value),
    metadata: { ...json(value).metadata, type: new TextEncoder().encode(type) },
  });
  const registry = {
    Text: 'Text',
    Keyword: 'Keyword',
    Int: 'Int',
    Double: 'Double',
    Bool: 'Bool',
    Datetime: 'Datetime',
    KeywordList: 'KeywordList',
    Odd: 'Odd',
  };

  test.each([
    ['Text', 'a b', true],
    ['Keyword', 5, false],
    ['Keyword', ['a'], true],
    ['Int', 5, true],
    ['Int', 5.5, false],
    ['Double', 5.5, true],
    ['Bool', true, true],
    ['Bool', 'true', false],
    ['Datetime', '2026-01-05T10:00:00Z', true],
    ['Datetime', 'tomorrow', false],
    ['KeywordList', ['a', 'b'], true],
    ['KeywordList', [1], false],
    ['Odd', 1, false],
    ['Unknown', 1, false],
    ['TemporalChangeVersion', ['a'], true],
    ['TemporalOther', 'a', false],
    ['Int', null, true],
  ])('SA-1, SA-4, SA-7 %s takes %j: %s', (name, value, isFine) => {
    const host = new Host({ context: { searchAttributeTypes: registry } });
    const started = host.start({ searchAttributes: { indexedFields: { [name]: json(value) } } });
    expect(started.ok).toBe(isFine);
    const upserting = new Host({ context: { searchAttributeTypes: registry } });
    upserting.start();
    const outcome = upserting.task(
      command('UpsertWorkflowSearchAttributes', {
        searchAttributes: { indexedFields: { [name]: json(value) } },
      }),
    );
    expect(outcome).toMatchObject(
      isFine ? { kind: 'accepted' } : { kind: 'refused', cause: 'BAD_SEARCH_ATTRIBUTES' },
    );
    expect(upserting.run.status).toBe('RUNNING');
  });

  test('SA-11 values that state no type get the one that is known, and deletions none', () => {
    const host = new Host({ context: { searchAttributeTypes: registry } });
    host.start({ searchAttributes: { indexedFields: { Int: json([1]), Keyword: typed('k', 'Keyword') } } });
    host.task(
      command('UpsertWorkflowSearchAttributes', {
        searchAttributes: { indexedFields: { Bool: json(true), Keyword: json([]) } },
      }),
    );
    const typeOf = (payload: { metadata?: Record<string, Uint8Array> | null } | undefined) =>
      payload?.metadata?.type && new TextDecoder().decode(payload.metadata.type);
    const { searchAttributes } = engine.describe(host.run, host.now).workflowExecutionInfo;
    expect(Object.keys(searchAttributes?.indexedFields ?? {}).sort()).toEqual(['Bool', 'Int']);
    expect(typeOf(searchAttributes?.indexedFields?.Int)).toBe('Int');
    expect(typeOf(searchAttributes?.indexedFields?.Bool)).toBe('Bool');
    const upserted = host.run.searchAttributes;
    expect(typeOf(upserted.Bool)).toBe('Bool');
  });

  test('SA-11 names that every object of the language has are names like any other', () => {
    const names = ['constructor', 'toString', 'hasOwnProperty'];
    const indexedFields = Object.fromEntries(names.map((name) => [name, json('x')]));
    const refused = new Host({ context: { searchAttributeTypes: registry } });
    expect(refused.start({ searchAttributes: { indexedFields } }).ok).toBe(false);
    const host = new Host();
    expect(host.start({ searchAttributes: { indexedFields } }).ok).toBe(true);
    expect(host.run.searchAttributes).toEqual(indexedFields);
  });

  test('SA-1 without a registry the type that the payload states is checked', () => {
    const host = new Host();
    expect(host.start({ searchAttributes: { indexedFields: { A: typed('x', 'Int') } } }).ok).toBe(false);
    expect(
      host.start({
        searchAttributes: {
          indexedFields: {
            A: { metadata: { type: new TextEncoder().encode('Int') }, data: new TextEncoder().encode('{') },
          },
        },
      }).ok,
    ).toBe(false);
    expect(host.start({ searchAttributes: { indexedFields: { A: typed(1, 'Int'), B: json({}) } } }).ok).toBe(
      true,
    );
  });

  test.each([
    ['too many keys', Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`K${i}`, json(1)]))],
    ['a large value', { A: json('x'.repeat(2_048)) }],
    [
      'too much in total',
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`K${i}`, json('x'.repeat(1_500))])),
    ],
  ])('SA-5 %s: a start is refused, an upsert ends the run', (_what, indexedFields) => {
    const host = new Host();
    expect(host.start({ searchAttributes: { indexedFields } }).ok).toBe(false);
    host.start();
    host.task(command('UpsertWorkflowSearchAttributes', { searchAttributes: { indexedFields } }));
    expect(host.types().slice(-2)).toEqual(['WorkflowTaskFailed', 'WorkflowExecutionTerminated']);
  });

  test('SA-5 upserts that add up to too much end the run', () => {
    const host = new Host();
    host.start();
    const upsert = (from: number) =>
      command('UpsertWorkflowSearchAttributes', {
        searchAttributes: {
          indexedFields: Object.fromEntries(
            Array.from({ length: 15 }, (_, i) => [`K${from + i}`, json('x'.repeat(1_800))]),
          ),
        },
      });
    host.task(upsert(0));
    host.signal('more');
    host.task(upsert(100));
    expect(host.run.status).toBe('TERMINATED');
  });

  test('SA-3, SA-9 an empty upsert fails the task', () => {
    const host = new Host();
    host.start();
    expect(host.task(command('UpsertWorkflowSearchAttributes', {}))).toMatchObject({
      cause: 'BAD_SEARCH_ATTRIBUTES',
    });
    expect(host.task(command('ModifyWorkflowProperties', {}))).toMatchObject({
      cause: 'BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES',
    });
  });

  test('LA-1, PATCH-3 markers are recorded as they come', () => {
    const details = { 'patch-data': args({ id: 'p', deprecated: false }) };
    const host = given(command('RecordMarker', { markerName: 'core_patch', details }));
    expect(host.last('MarkerRecorded')).toEqual({
      markerName: 'core_patch',
      details,
      workflowTaskCompletedEventId: 4,
    });
    host.signal('go');
    expect(host.task(command('RecordMarker', { markerName: '' }))).toMatchObject({
      cause: 'BAD_RECORD_MARKER_ATTRIBUTES',
    });
  });
});

describe('limits', () => {
  const large = bytes(2 * 1024 * 1024 + 1);
  const details = { data: large };
  test.each([
    ['complete', complete(large), 'BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES'],
    [
      'fail',
      command('FailWorkflowExecution', { failure: { message: 'x'.repeat(2 * 1024 * 1024 + 1) } }),
      'BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES',
    ],
    [
      'cancel',
      command('CancelWorkflowExecution', { details: large }),
      'BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES',
    ],
    ['activity (ACT-21)', activity({ input: large }), 'BAD_SCHEDULE_ACTIVITY_ATTRIBUTES'],
    ['marker', command('RecordMarker', { markerName: 'm', details }), 'BAD_RECORD_MARKER_ATTRIBUTES'],
    [
      'memo',
      command('ModifyWorkflowProperties', { upsertedMemo: { fields: { a: large.payloads?.[0] ?? {} } } }),
      'BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES',
    ],
    [
      'child',
      command('StartChildWorkflowExecution', { workflowId: 'c', workflowType: { name: 'c' }, input: large }),
      'BAD_START_CHILD_EXECUTION_ATTRIBUTES',
    ],
    [
      'signal',
      command('SignalExternalWorkflowExecution', {
        execution: { workflowId: 'c' },
        signalName: 's',
        input: large,
      }),
      'BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES',
    ],
    [
      'continue-as-new',
      command('ContinueAsNewWorkflowExecution', { input: large }),
      'BAD_CONTINUE_AS_NEW_ATTRIBUTES',
    ],
  ])(
    'LIM-1, LIM-2 a command over the payload limit fails the task and ends the run: %s',
    (_what, bad, cause) => {
      const host = new Host();
      host.start();
      expect(host.task(bad)).toMatchObject({ kind: 'refused', cause });
      expect(host.types().slice(3)).toEqual(['WorkflowTaskFailed', 'WorkflowExecutionTerminated']);
      expect(host.last('WorkflowTaskFailed').cause).toBe(cause);
      const { identity, reason } = host.last('WorkflowExecutionTerminated');
      expect(identity).toBe('history-service');
      expect(reason).toMatch(/exceeds size limit/);
    },
  );

  test('LIM a fail command without a failure fails the task', () => {
    const host = new Host();
    host.start();
    expect(host.task(command('FailWorkflowExecution', {}))).toMatchObject({
      cause: 'BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES',
    });
  });

  test('LIM a history that grows too long or too large ends the run', () => {
    const long = givenWith({}, { limits: { historyEventsMax: 6 } });
    long.signal('a');
    long.signal('b');
    expect(long.last('WorkflowExecutionTerminated')).toEqual({
      reason: 'Workflow history count exceeds limit.',
      identity: 'history-service',
    });
    const wide = givenWith({}, { limits: { historyBytesMax: 20_000 } });
    wide.signal('a', { input: bytes(20_000) });
    expect(wide.last('WorkflowExecutionTerminated').reason).toBe('Workflow history size exceeds limit.');
  });

  test('LIM-2 a task whose commands exceed a transaction ends the run, and none of them is recorded', () => {
    const host = givenWith({}, { limits: { transactionBytesMax: 5_000 } });
    host.signal('go');
    const large = (activityId: string) => activity({ activityId, input: bytes(2_000) });
    expect(host.task(large('a'), large('b'))).toMatchObject({ kind: 'accepted' });
    host.signal('again');
    expect(host.task(large('c'), large('d'), large('e'))).toMatchObject({ kind: 'refused' });
    expect(host.types().slice(-2)).toEqual(['WorkflowTaskFailed', 'WorkflowExecutionTerminated']);
    expect(host.last('WorkflowTaskFailed').cause).toBe('FORCE_CLOSE_COMMAND');
    expect(host.last('WorkflowExecutionTerminated')).toEqual({
      reason: 'Transaction size exceeds limit.',
      identity: 'history-service',
    });
  });

  test('LIM-2 a run whose pending activities keep too much is ended, and what closes makes room', () => {
    const host = givenWith({}, { limits: { mutableStateBytesMax: 9_500 } });
    host.signal('go');
    host.task(...['a', 'b', 'c', 'd'].map((activityId) => activity({ activityId })));
    const tasks = host.admit();
    const beat = (index: number) => {
      const task = tasks[index];
      if (task === undefined) throw new Error('four are admitted');
      host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task), details: bytes(3_000) });
      return task;
    };
    beat(0);
    beat(0);
    beat(1);
    host.apply({ kind: 'ActivityCompleted', activity: byToken(beat(0)) });
    host.reload();
    beat(2);
    expect(host.run.status).toBe('RUNNING');
    beat(3);
    expect(host.last('WorkflowExecutionTerminated')).toEqual({
      reason: 'Workflow mutable state size exceeds limit.',
      identity: 'history-service',
    });
  });
});

describe('queries and describe', () => {
  test('QRY-2, QRY-3, QRY-4 when a query cannot be put', () => {
    const host = new Host();
    host.start({ workflowStartDelay: 1_000 });
    expect(engine.queryRefusal(host.run, undefined)).toMatchObject({
      error: { code: 'FAILED_PRECONDITION' },
    });
    host.advance(1_000);
    expect(engine.queryRefusal(host.run, 'NOT_OPEN')).toBeUndefined();
    host.failTask();
    host.failTask();
    expect(engine.queryRefusal(host.run, undefined)).toMatchObject({
      error: { code: 'FAILED_PRECONDITION' },
    });
    host.apply({ kind: 'Terminate' });
    expect(engine.queryRefusal(host.run, undefined)).toMatchObject({
      error: { code: 'FAILED_PRECONDITION' },
    });
    const failed = given(fail('no'));
    expect(engine.queryRefusal(failed.run, 'NOT_OPEN')).toEqual({ rejected: 'FAILED' });
    expect(engine.queryRefusal(failed.run, 'NOT_COMPLETED_CLEANLY')).toEqual({ rejected: 'FAILED' });
    expect(engine.queryRefusal(failed.run, 'NONE')).toBeUndefined();
    expect(engine.queryRefusal(given(complete()).run, 'NOT_COMPLETED_CLEANLY')).toBeUndefined();
  });

  test('a task that carries only queries starts where the last completed task stands', () => {
    const host = given();
    expect(engine.queryTask(host.run, [])).toEqual({
      namespace: 'default',
      workflowId: 'wf-1',
      runId: host.run.runId,
      workflowType: 'greet',
      taskQueue: 'orders',
      attempt: 1,
      startedEventId: 0,
      previousStartedEventId: 3,
      updates: [],
      isQueryOnly: true,
    });
  });

  test('describe shows the run, its configuration and what is pending', () => {
    const host = givenWith(
      {
        workflowExecutionTimeout: 60_000,
        requestId: 'r',
        userMetadata: { summary: json('s') },
        priority: { priorityKey: 1 },
      },
      {},
      activity({ heartbeatTimeout: 5_000, scheduleToCloseTimeout: 30_000 }),
      command('StartChildWorkflowExecution', { workflowId: 'c', workflowType: { name: 'child' } }),
    );
    const [task] = host.admit();
    if (!task) throw new Error('an activity expected');
    host.now += 1_000;
    host.apply({ kind: 'ActivityHeartbeat', activity: byToken(task), details: args(1) });
    host.apply({ kind: 'ChildStarted', runId: host.run.runId, initiatedEventId: 6, childRunId: 'c-1' });
    host.apply({ kind: 'RequestCancel' });
    host.beginTask();
    const { runId } = host.run;
    expect(engine.describe(host.run, host.now)).toEqual({
      executionConfig: {
        taskQueue: { name: 'orders', kind: 'NORMAL' },
        workflowExecutionTimeout: 60_000,
        workflowRunTimeout: 60_000,
        defaultWorkflowTaskTimeout: 10_000,
        userMetadata: { summary: json('s') },
      },
      workflowExecutionInfo: {
        execution: { workflowId: 'wf-1', runId },
        type: { name: 'greet' },
        startTime: T0,
        status: 'RUNNING',
        historyLength: 10,
        stateTransitionCount: 7,
        executionTime: T0,
        memo: { fields: {} },
        searchAttributes: { indexedFields: {} },
        taskQueue: 'orders',
        historySizeBytes: host.run.historyBytes,
        rootExecution: { workflowId: 'wf-1', runId },
        firstRunId: runId,
        priority: { priorityKey: 1 },
        autoResetPoints: {
          points: [{ runId, firstWorkflowTaskCompletedId: 4, createTime: T0, resettable: true }],
        },
      },
      workflowExtendedInfo: {
        originalStartTime: T0,
        executionExpirationTime: T0 + 60_000,
        runExpirationTime: T0 + 60_000,
        cancelRequested: true,
        requestIdInfos: { r: { eventType: 'WORKFLOW_EXECUTION_STARTED', eventId: 1 } },
      },
      pendingActivities: [
        {
          activityId: '1',
          activityType: { name: 'charge' },
          state: 'STARTED',
          attempt: 1,
          maximumAttempts: 0,
          scheduledTime: T0,
          expirationTime: T0 + 30_000,
          heartbeatDetails: args(1),
          lastHeartbeatTime: T0 + 1_000,
          lastStartedTime: T0,
          lastWorkerIdentity: 'worker-1',
          activityOptions: host.run.activities.get(5)?.options,
        },
      ],
      pendingChildren: [
        {
          workflowId: 'c',
          runId: 'c-1',
          workflowTypeName: 'child',
          initiatedId: 6,
          parentClosePolicy: 'TERMINATE',
        },
      ],
      pendingWorkflowTask: {
        state: 'STARTED',
        scheduledTime: T0 + 1_000,
        originalScheduledTime: T0 + 1_000,
        startedTime: T0 + 1_000,
        attempt: 1,
      },
    });
  });

  test('describe shows a backoff, a pause and the close', () => {
    const host = given(activity());
    const [task] = host.admit();
    if (!task) throw new Error('an activity expected');
    host.apply({ kind: 'ActivityFailed', activity: byToken(task), failure: { applicationFailureInfo: {} } });
    host.start({
      requestId: 'x',
      workflowIdConflictPolicy: 'USE_EXISTING',
      onConflictOptions: { attachRequestId: true },
    });
    host.apply({ kind: 'Pause', request: { identity: 'ops', reason: 'calm' } });
    const paused = engine.describe(host.run, host.now);
    expect(paused.pendingActivities?.[0]).toMatchObject({
      state: 'SCHEDULED',
      attempt: 2,
      nextAttemptScheduleTime: T0 + 1_000,
      currentRetryInterval: 1_000,
      lastAttemptCompleteTime: T0,
      lastFailure: { applicationFailureInfo: {} },
    });
    expect(paused.workflowExtendedInfo).toMatchObject({
      pauseInfo: { identity: 'ops', reason: 'calm', pausedTime: T0 },
      requestIdInfos: { x: { eventType: 'WORKFLOW_EXECUTION_OPTIONS_UPDATED' } },
    });
    host.now += 500;
    host.apply({ kind: 'Terminate' });
    expect(engine.describe(host.run, host.now).workflowExecutionInfo).toMatchObject({
      closeTime: T0 + 500,
      executionDuration: 500,
    });
  });
});
