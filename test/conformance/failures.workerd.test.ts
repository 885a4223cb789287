/** What becomes of errors: which fail the run, which the task, and what the client sees. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure, WorkflowFailedError } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { attributesOf, client, eventTypes, eventually, failureOf, options, recorded } from './support.ts';
import * as programs from './workflows/failures.ts';

const failing = async (program: () => Promise<void>) => {
  const at = options(program.name);
  const error = (await failureOf(client.workflow.execute(program, at))) as WorkflowFailedError;
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return { error, workflowId: at.workflowId };
};

describe('a Temporal failure fails the run', () => {
  test('with all it says', async () => {
    const { error, workflowId } = await failing(programs.throwsApplication);
    expect(error.message).toBe('Workflow execution failed');
    expect(error.retryState).toBe('RETRY_POLICY_NOT_SET');
    const cause = error.cause as ApplicationFailure;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({
      message: 'no more',
      type: 'SoldOut',
      nonRetryable: true,
      details: [{ sku: 'A1' }, 3],
    });
    expect(cause.stack).toContain('throwsApplication');
    expect(cause.stack).toContain('failures.ts');
    expect(cause.cause).toMatchObject({ message: 'the reason' });
    const [failed] = await attributesOf(workflowId, 'WorkflowExecutionFailed');
    expect(failed).toMatchObject({
      retryState: 'RETRY_STATE_RETRY_POLICY_NOT_SET',
      failure: {
        message: 'no more',
        source: 'TypeScriptSDK',
        applicationFailureInfo: { type: 'SoldOut', nonRetryable: true, details: [{ sku: 'A1' }, 3] },
        cause: { message: 'the reason' },
      },
    });
  });

  test('also that of an activity, wrapped or not', async () => {
    const { error: through } = await failing(programs.letsThrough);
    expect(through.cause).toBeInstanceOf(ActivityFailure);
    expect(through.cause).toMatchObject({
      message: 'Activity task failed',
      activityType: 'failNonRetryable',
      activityId: '1',
      retryState: 'NON_RETRYABLE_FAILURE',
      cause: { message: 'from the activity', type: 'Fatal', details: [{ code: 42 }, 'second'] },
    });
    const { error: wrapped } = await failing(programs.wraps);
    expect(wrapped.cause).toMatchObject({
      type: 'SaveFailed',
      cause: { name: 'ActivityFailure', cause: { message: 'the database is away', type: 'Error' } },
    });
    const { error: unwrapped } = await failing(programs.rethrowsCause);
    expect(unwrapped.cause).toBeInstanceOf(ApplicationFailure);
    expect(unwrapped.cause).toMatchObject({ message: 'unwrapped', type: 'Fatal', nonRetryable: true });
  });

  test('or an error of a class that is named', async () => {
    for (const program of [programs.failsByType, programs.failsByName]) {
      const { error } = await failing(program);
      expect(error.cause).toMatchObject({
        type: 'OutOfStock',
        message: expect.stringContaining('out of stock'),
      });
    }
  });

  test('one of another kind too', async () => {
    const { error } = await failing(programs.throwsTimeout);
    expect(error.cause).toBeInstanceOf(TimeoutFailure);
    expect(error.cause?.message).toBe('my own timeout');
  });
});

describe('any other error fails the task', () => {
  test.each([
    ['an error', programs.throwsPlain, 'plain errors fail the task'],
    ['a TypeError', programs.throwsTypeError, 'Cannot read properties of undefined'],
    ['an unhandled rejection', programs.unhandledRejection, 'nobody listens'],
    ['a value that cannot be converted', programs.notSerializable, 'to payload'],
  ] as const)('%s', async (_, program, message) => {
    const handle = await client.workflow.start<() => Promise<unknown>>(program, options(program.name));
    await recorded(handle, 'WorkflowTaskFailed');
    const [failed] = await attributesOf(handle.workflowId, 'WorkflowTaskFailed');
    expect(failed.cause).toBe('WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE');
    expect(JSON.stringify(failed.failure)).toContain(message);
    const description = await handle.describe();
    expect(description.status.name).toBe('RUNNING');
    await handle.terminate();
  });

  test.each(['string', 'null', 'object'] as const)('a thrown %s', async (kind) => {
    const handle = await client.workflow.start(programs.throwsValue, { ...options('value'), args: [kind] });
    await recorded(handle, 'WorkflowTaskFailed');
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
  });

  test('and shows the failure once in history, though it is tried again', async () => {
    const handle = await client.workflow.start(programs.throwsPlain, options('once'));
    await recorded(handle, 'WorkflowTaskFailed');
    await eventually(async () => {
      const { pendingWorkflowTask } = (await handle.describe()).raw;
      return (pendingWorkflowTask?.attempt ?? 0) >= 2;
    });
    const types = await eventTypes(handle.workflowId);
    expect(types.slice(0, 4)).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowTaskScheduled',
      'WorkflowTaskStarted',
      'WorkflowTaskFailed',
    ]);
    expect(types.filter((type) => type === 'WorkflowTaskFailed')).toHaveLength(1);
    await handle.terminate();
  });

  test('and new events make it try again, successfully', async () => {
    const handle = await client.workflow.start(programs.healsItself, options('heals'));
    await recorded(handle, 'WorkflowTaskFailed');
    await handle.signal(programs.heal);
    expect(await handle.result()).toBe('healed');
  });
});

describe('errors that are caught', () => {
  test('later than they happened', async () => {
    expect(await client.workflow.execute(programs.handledLater, options('later'))).toBe('handled later');
  });

  test('are of Temporal’s classes', async () => {
    expect(await client.workflow.execute(programs.instances, options('instances'))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });
});

describe('code that does not end', () => {
  test('fails its task, and others go on', async () => {
    const handles = await Promise.all(
      [programs.busyLoop, programs.endless].map((program) =>
        client.workflow.start(program, options(program.name)),
      ),
    );
    for (const handle of handles) await recorded(handle, 'WorkflowTaskFailed');
    expect(await client.workflow.execute(programs.handledLater, options('neighbour'))).toBe('handled later');
    for (const handle of handles) {
      const [failed] = await attributesOf(handle.workflowId, 'WorkflowTaskFailed');
      expect(JSON.stringify(failed.failure)).toMatch(/deadlock|did not|seconds/i);
      await handle.terminate();
    }
  }, 180_000); // Each loop takes seconds of a processor that others want too.

  test('a result of 1 MB arrives, one above 2 MB does not end the workflow well', async () => {
    const big = await client.workflow.execute(programs.bigResult, { ...options('big'), args: [1_000_000] });
    expect(big).toHaveLength(1_000_000);
    const at = options('too-big');
    const error = await failureOf(client.workflow.execute(programs.bigResult, { ...at, args: [2_200_000] }));
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect((await client.workflow.getHandle(at.workflowId).describe()).status.name).toBe('TERMINATED');
  });
});
