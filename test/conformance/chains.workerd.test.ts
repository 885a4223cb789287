/** Runs that follow each other, and the policies of starting them. */
import {
  ApplicationFailure,
  TimeoutFailure,
  WorkflowContinuedAsNewError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from 'perdure/client';
import { describe, expect, test } from 'vitest';
import {
  attributesOf,
  client,
  direct,
  eventTypes,
  failureOf,
  milestones,
  options,
  recorded,
  taskQueue,
  unique,
} from './support.ts';
import { journal } from './worker/activities.ts';
import * as programs from './workflows/chains.ts';

describe('continue as new', () => {
  test('goes on in a new run, which the result follows', async () => {
    const handle = await client.workflow.start(programs.countdown, { ...options('countdown'), args: [3] });
    expect(await handle.result()).toBe('liftoff');
    expect(await milestones(handle.workflowId, handle.firstExecutionRunId)).toEqual([
      'WorkflowExecutionStarted',
      'ActivityTaskScheduled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'WorkflowExecutionContinuedAsNew',
    ]);
    const [continued] = await attributesOf(
      handle.workflowId,
      'WorkflowExecutionContinuedAsNew',
      handle.firstExecutionRunId,
    );
    expect(continued).toMatchObject({
      workflowType: { name: 'countdown' },
      taskQueue: { name: 'default' },
      input: [2],
      initiator: 'CONTINUE_AS_NEW_INITIATOR_WORKFLOW',
    });
    const [started] = await attributesOf(
      handle.workflowId,
      'WorkflowExecutionStarted',
      continued.newExecutionRunId,
    );
    expect(started).toMatchObject({
      continuedExecutionRunId: handle.firstExecutionRunId,
      firstExecutionRunId: handle.firstExecutionRunId,
      initiator: 'CONTINUE_AS_NEW_INITIATOR_WORKFLOW',
      attempt: 1,
      input: [2],
    });
    const first = await client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId).describe();
    expect(first.status.name).toBe('CONTINUED_AS_NEW');
  });

  test('without following is an error that names the next run', async () => {
    const handle = await client.workflow.start(programs.countdown, {
      ...options('not-followed'),
      args: [1],
      followRuns: false,
    });
    const error = (await failureOf(handle.result())) as WorkflowContinuedAsNewError;
    expect(error).toBeInstanceOf(WorkflowContinuedAsNewError);
    expect(error.message).toBe('Workflow execution continued as new');
    expect(await client.workflow.result(handle.workflowId, error.newExecutionRunId)).toBe('liftoff');
  });

  test('loses no signal', async () => {
    const handle = await client.workflow.start(programs.accumulator, {
      ...options('accumulator'),
      args: [[], 7],
    });
    const items = Array.from({ length: 60 }, (_, index) => `${index}`);
    for (let at = 0; at < items.length; at += 6) {
      await Promise.all(items.slice(at, at + 6).map((item) => handle.signal(programs.append, item)));
    }
    expect((await handle.query(programs.soFar)).length).toBe(60);
    await handle.signal(programs.close);
    const collected = await handle.result();
    expect([...collected].sort()).toEqual([...items].sort());
  });

  test('as another type, with a memo and timeouts', async () => {
    const handle = await client.workflow.start(programs.becomesAnother, options('another'));
    expect(await handle.result()).toBe(42);
    const description = await client.workflow.getHandle(handle.workflowId).describe();
    expect(description.type).toBe('otherType');
    expect(description.memo).toEqual({ stage: 'second' });
    const [started] = await attributesOf(handle.workflowId, 'WorkflowExecutionStarted');
    expect(started.workflowRunTimeout).toBe('3600s');
  });

  test('keeps the IDs of its chain, and memo', async () => {
    const handle = await client.workflow.start(programs.chainInfo, {
      ...options('ids'),
      args: [[]],
      memo: { kept: true },
    });
    const info = (await handle.result()) as { runs: string[] } & Record<string, unknown>;
    expect(info.runs).toHaveLength(2);
    expect(info).toMatchObject({
      firstExecutionRunId: handle.firstExecutionRunId,
      continuedFromExecutionRunId: info.runs[1],
      attempt: 1,
      memo: { kept: true },
    });
    expect(info.originalExecutionRunId).toBe(info.runId);
  });

  test('carries search attributes, but no upserted memo', async () => {
    const handle = await client.workflow.start(programs.carriesAttributes, {
      ...options('carries'),
      args: [0],
      memo: { first: 1 },
      searchAttributes: { CustomKeywordField: ['started'] },
    });
    expect(await handle.result()).toEqual({
      memo: { first: 1 },
      searchAttributes: { CustomKeywordField: ['upserted'] },
    });
  });

  test('that is caught does not happen', async () => {
    expect(await client.workflow.execute(programs.swallowsContinueAsNew, options('swallows'))).toBe(
      'ContinueAsNew',
    );
  });

  test('a chain of 30', async () => {
    expect(await direct.workflow.execute(programs.countdown, { ...options('long'), args: [30] })).toBe(
      'liftoff',
    );
  });
});

describe('retries of a workflow', () => {
  const retry = { initialInterval: '50ms', maximumAttempts: 5 } as const;

  test('are runs of their own', async () => {
    const handle = await client.workflow.start(programs.failsUntil, {
      ...options('retries'),
      args: [3],
      retry,
    });
    const info = await handle.result();
    expect(info).toMatchObject({
      attempt: 3,
      lastFailure: 'attempt 2 failed',
      firstExecutionRunId: handle.firstExecutionRunId,
    });
    const [failed] = await attributesOf(
      handle.workflowId,
      'WorkflowExecutionFailed',
      handle.firstExecutionRunId,
    );
    expect(failed).toMatchObject({
      retryState: 'RETRY_STATE_IN_PROGRESS',
      failure: { message: 'attempt 1 failed', applicationFailureInfo: { type: 'Flaky' } },
    });
    const [second] = await attributesOf(
      handle.workflowId,
      'WorkflowExecutionStarted',
      failed.newExecutionRunId,
    );
    expect(second).toMatchObject({
      attempt: 2,
      initiator: 'CONTINUE_AS_NEW_INITIATOR_RETRY',
      firstWorkflowTaskBackoff: '0.050s',
      continuedFailure: { message: 'attempt 1 failed' },
    });
  });

  test.each([
    ['nonRetryable', 'NON_RETRYABLE_FAILURE'],
    ['Listed', 'NON_RETRYABLE_FAILURE'],
    ['Other', 'MAXIMUM_ATTEMPTS_REACHED'],
  ])('of a failure that is %s end with %s', async (type, retryState) => {
    const error = (await failureOf(
      client.workflow.execute(programs.failsForGood, {
        ...options('for-good'),
        args: [type],
        retry: { initialInterval: '20ms', maximumAttempts: 2, nonRetryableErrorTypes: ['Listed'] },
      }),
    )) as WorkflowFailedError;
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error.retryState).toBe(retryState);
    expect(error.cause).toBeInstanceOf(ApplicationFailure);
  });

  test('look at the outermost failure only', async () => {
    const error = (await failureOf(
      client.workflow.execute(programs.letsActivityFail, {
        ...options('outermost'),
        retry: { initialInterval: '20ms', maximumAttempts: 2 },
      }),
    )) as WorkflowFailedError;
    expect(error.retryState).toBe('MAXIMUM_ATTEMPTS_REACHED');
    expect(error.cause).toMatchObject({ name: 'ActivityFailure', cause: { message: 'inner' } });
  });

  test('without a policy there are none', async () => {
    const error = (await failureOf(
      client.workflow.execute(programs.failsForGood, { ...options('none'), args: ['Any'] }),
    )) as WorkflowFailedError;
    expect(error.retryState).toBe('RETRY_POLICY_NOT_SET');
  });

  test('after a run timeout', async () => {
    const handle = await client.workflow.start(programs.timesOutOnce, {
      ...options('times-out'),
      workflowRunTimeout: '200ms',
      retry,
    });
    expect(await handle.result()).toBe(2);
    expect((await eventTypes(handle.workflowId, handle.firstExecutionRunId)).at(-1)).toBe(
      'WorkflowExecutionTimedOut',
    );
  });
});

describe('timeouts of a workflow', () => {
  test.each([
    ['run', { workflowRunTimeout: '200ms' }, 'RETRY_POLICY_NOT_SET'],
    ['execution', { workflowExecutionTimeout: '200ms' }, 'TIMEOUT'],
  ] as const)('%s', async (_, timeouts, retryState) => {
    const handle = await client.workflow.start(programs.forever, { ...options('timeout'), ...timeouts });
    const error = (await failureOf(handle.result())) as WorkflowFailedError;
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error.message).toBe('Workflow execution timed out');
    expect(error.cause).toBeInstanceOf(TimeoutFailure);
    expect((error.cause as TimeoutFailure).timeoutType).toBe('START_TO_CLOSE');
    expect(error.retryState).toBe(retryState);
    expect((await handle.describe()).status.name).toBe('TIMED_OUT');
  });

  test('and terminations run no code', async () => {
    for (const how of ['timeout', 'terminate']) {
      const key = unique(how);
      const handle = await client.workflow.start(programs.foreverWithCleanup, {
        ...options(how),
        args: [key],
        ...(how === 'timeout' && { workflowRunTimeout: '200ms' }),
      });
      if (how === 'terminate') await handle.terminate('stop it');
      const error = (await failureOf(handle.result())) as WorkflowFailedError;
      expect(error.cause?.name).toBe(how === 'timeout' ? 'TimeoutFailure' : 'TerminatedFailure');
      expect(journal.get(key)).toBeUndefined();
    }
  });

  test('of a workflow task is in history', async () => {
    const handle = await client.workflow.start(programs.infoOfStart, {
      ...options('task-timeout'),
      workflowTaskTimeout: '5s',
      workflowRunTimeout: '1m',
      workflowExecutionTimeout: '2m',
    });
    const info = await handle.result();
    expect(info).toMatchObject({ taskTimeoutMs: 5_000, runTimeoutMs: 60_000, executionTimeoutMs: 120_000 });
    const [started] = await attributesOf(handle.workflowId, 'WorkflowExecutionStarted');
    expect(started).toMatchObject({
      workflowTaskTimeout: '5s',
      workflowRunTimeout: '60s',
      workflowExecutionTimeout: '120s',
      workflowExecutionExpirationTime: expect.any(String),
    });
  });
});

describe('starting', () => {
  test('an ID that is running is refused', async () => {
    const at = options('running');
    const handle = await client.workflow.start(programs.forever, at);
    const error = (await failureOf(
      client.workflow.start(programs.forever, at),
    )) as WorkflowExecutionAlreadyStartedError;
    expect(error).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    expect(error).toMatchObject({
      message: 'Workflow execution already started',
      workflowId: at.workflowId,
      workflowType: 'forever',
    });
    const same = await client.workflow.start(programs.forever, {
      ...at,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    expect(same.firstExecutionRunId).toBe(handle.firstExecutionRunId);
    const next = await client.workflow.start(programs.forever, {
      ...at,
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    expect(next.firstExecutionRunId).not.toBe(handle.firstExecutionRunId);
    const old = client.workflow.getHandle(at.workflowId, handle.firstExecutionRunId);
    expect((await old.describe()).status.name).toBe('TERMINATED');
    await next.terminate();
  });

  test('an ID that has run is a matter of the reuse policy', async () => {
    const at = options('reuse');
    await client.workflow.execute(programs.otherType, { ...at, args: [1] });
    await client.workflow.execute(programs.otherType, { ...at, args: [2] });
    for (const workflowIdReusePolicy of ['REJECT_DUPLICATE', 'ALLOW_DUPLICATE_FAILED_ONLY'] as const) {
      const again = client.workflow.start(programs.otherType, { ...at, args: [3], workflowIdReusePolicy });
      await expect(again).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
    }
    await failureOf(client.workflow.execute(programs.failsForGood, { ...at, args: ['x'] }));
    const after = await client.workflow.execute(programs.otherType, {
      ...at,
      args: [4],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
    expect(after).toBe(4);
  });

  test('with a delay begins later', async () => {
    const at = options('delayed');
    const before = Date.now();
    const handle = await client.workflow.start(programs.otherType, { ...at, args: [1], startDelay: '300ms' });
    expect(await eventTypes(at.workflowId)).toEqual(['WorkflowExecutionStarted']);
    const { startTime, executionTime } = await handle.describe();
    expect((executionTime?.getTime() ?? 0) - startTime.getTime()).toBe(300);
    expect(await handle.result()).toBe(1);
    expect(Date.now() - before).toBeGreaterThanOrEqual(290);
  });

  test('with a signal', async () => {
    const at = options('signal-with-start');
    const begin = (item: string) =>
      client.workflow.signalWithStart(programs.accumulator, {
        ...at,
        args: [[], 100],
        signal: programs.append,
        signalArgs: [item],
      });
    const first = await begin('one');
    const second = await begin('two');
    expect(second.signaledRunId).toBe(first.signaledRunId);
    expect((await eventTypes(at.workflowId)).slice(0, 3)).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionSignaled',
      'WorkflowTaskScheduled',
    ]);
    await second.signal(programs.close);
    expect(await second.result()).toEqual(['one', 'two']);
    const third = await begin('three');
    expect(third.signaledRunId).not.toBe(first.signaledRunId);
    await third.terminate();
  });

  test('without an ID or a task queue is a TypeError, and with a bad option a ValueError', async () => {
    await expect(client.workflow.start(programs.forever, { workflowId: '', taskQueue })).rejects.toThrow(
      TypeError,
    );
    await expect(client.workflow.start(programs.forever, { workflowId: 'x', taskQueue: '' })).rejects.toThrow(
      TypeError,
    );
    await expect(
      client.workflow.start(programs.forever, { ...options('bad'), retry: { maximumAttempts: -1 } }),
    ).rejects.toThrow('RetryPolicy.maximumAttempts');
    await expect(
      client.workflow.start(programs.forever, { ...options('bad'), workflowRunTimeout: 'soon' as never }),
    ).rejects.toThrow(TypeError);
  });

  test('a type that is not there fails the task, not the workflow', async () => {
    const handle = await client.workflow.start('noSuchWorkflow', options('no-such'));
    await recorded(handle, 'WorkflowTaskFailed');
    const [failed] = await attributesOf(handle.workflowId, 'WorkflowTaskFailed');
    expect(failed.failure.message).toContain('noSuchWorkflow');
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
  });
});
