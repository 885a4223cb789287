/** Cancellation scopes, and workflows that are cancelled. */
import { ApplicationFailure, CancelledFailure, WorkflowFailedError } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { attributesOf, client, failureOf, milestones, options, recorded, unique } from './support.ts';
import { journal } from './worker/activities.ts';
import * as programs from './workflows/scopes.ts';

const run = (program: () => Promise<unknown>) => client.workflow.execute(program, options(program.name));

describe('cancelling a workflow', () => {
  test('that lets it through closes it as cancelled', async () => {
    const handle = await client.workflow.start(programs.untilCancelled, options('cancel'));
    await handle.cancel();
    const error = await failureOf(handle.result());
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error.message).toBe('Workflow execution cancelled');
    const failed = error as WorkflowFailedError;
    expect(failed.cause).toBeInstanceOf(CancelledFailure);
    expect(failed.cause?.message).toBe('Workflow canceled');
    expect(failed.retryState).toBe('NON_RETRYABLE_FAILURE');
    expect(await milestones(handle.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionCancelRequested',
      'WorkflowExecutionCanceled',
    ]);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });

  test('twice is once, and once it is closed it is nothing', async () => {
    const handle = await client.workflow.start(programs.cleansUp, {
      ...options('twice'),
      args: [unique('t')],
    });
    await handle.cancel();
    await handle.cancel();
    await failureOf(handle.result());
    await handle.cancel();
    expect(await attributesOf(handle.workflowId, 'WorkflowExecutionCancelRequested')).toHaveLength(1);
  });

  test('lets it clean up in a scope that cannot be cancelled', async () => {
    const key = unique('cleanup');
    const handle = await client.workflow.start(programs.cleansUp, { ...options('cleanup'), args: [key] });
    await recorded(handle, 'TimerStarted');
    await handle.cancel();
    expect(await failureOf(handle.result())).toBeInstanceOf(WorkflowFailedError);
    expect(journal.get(key)).toEqual(['cleaned', 'twice']);
    expect(await milestones(handle.workflowId)).toEqual([
      'WorkflowExecutionStarted',
      'TimerStarted',
      'WorkflowExecutionCancelRequested',
      'TimerCanceled',
      'ActivityTaskScheduled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'TimerStarted',
      'TimerFired',
      'ActivityTaskScheduled',
      'ActivityTaskStarted',
      'ActivityTaskCompleted',
      'WorkflowExecutionCanceled',
    ]);
  });

  test('that catches it may complete', async () => {
    const handle = await client.workflow.start(programs.ignoresCancel, options('ignores'));
    await handle.cancel();
    expect(await handle.result()).toBe('CancelledFailure: Workflow cancelled');
  });

  test('rejects what it does afterwards outside a shield', async () => {
    const handle = await client.workflow.start(programs.worksAfterCancel, options('after'));
    await handle.cancel();
    const seen = (await handle.result()) as string[];
    expect(seen).toHaveLength(5);
    expect(seen.at(-1)).toBe('Hello, shielded!');
    expect(seen.slice(0, 4).every((line) => line.startsWith('CancelledFailure:'))).toBe(true);
  });

  test('that was not asked for fails the run', async () => {
    const error = (await failureOf(run(programs.cancelsItself))) as WorkflowFailedError;
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect(error.message).toBe('Workflow execution failed');
    expect(error.cause).toBeInstanceOf(CancelledFailure);
  });

  test('whose clean-up fails fails the run', async () => {
    const handle = await client.workflow.start(programs.failsWhileCancelled, options('bad-cleanup'));
    await handle.cancel();
    const error = (await failureOf(handle.result())) as WorkflowFailedError;
    expect(error.cause).toBeInstanceOf(ApplicationFailure);
    expect((error.cause as ApplicationFailure).type).toBe('CleanupError');
  });

  test('is seen by whoever waits for the request', async () => {
    const handle = await client.workflow.start(programs.requested, options('requested'));
    await handle.cancel();
    expect(await handle.result()).toBe('false true CancelledFailure: Workflow cancelled');
  });

  test('with a cancellation of the code’s own making counts as cancelled', async () => {
    const handle = await client.workflow.start(programs.rethrowsAsOther, options('own-words'));
    await handle.cancel();
    const error = (await failureOf(handle.result())) as WorkflowFailedError;
    expect(error.message).toBe('Workflow execution cancelled');
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });

  test('runs the compensations of an order, and shows it to queries', async () => {
    const key = unique('order');
    const handle = await client.workflow.start(programs.cancellableOrder, {
      ...options('order'),
      args: [key],
    });
    await recorded(handle, 'TimerStarted');
    expect(await handle.query(programs.steps)).toEqual(['reserved', 'charged']);
    await handle.cancel();
    expect(await handle.result()).toEqual(['reserved', 'charged', 'compensated']);
    expect(journal.get(key)).toEqual(['reserve', 'charge', 'refund', 'unreserve']);
    expect(await handle.query(programs.steps)).toEqual(['reserved', 'charged', 'compensated']);
  });
});

describe('scopes', () => {
  test('nest, and shields hold', async () => {
    expect(await run(programs.nested)).toEqual([
      'exposed CancelledFailure: Cancellation scope cancelled',
      'shielded done',
      'inner CancelledFailure: Cancellation scope cancelled',
      'kept',
    ]);
  });

  test('time out', async () => {
    const box = (ms: number) =>
      client.workflow.execute(programs.timeboxed, { ...options('box'), args: [ms] });
    expect(await box(50)).toBe('CancelledFailure: Cancellation scope cancelled');
    expect(await box(5_000)).toBe('in time');
    expect(await run(programs.timeboxedActivity)).toBe('ActivityFailure: Activity cancelled true false');
  });

  test('are cancelled from a signal handler', async () => {
    const key = unique('handler');
    const handle = await client.workflow.start(programs.cancelledByHandler, {
      ...options('stop'),
      args: [key],
    });
    await recorded(handle, 'ActivityTaskScheduled');
    await handle.signal(programs.stop);
    expect(await handle.result()).toBe('ActivityFailure: Activity cancelled true');
  });

  test('that cannot be cancelled say so', async () => {
    expect(await run(programs.nonCancellableIgnores)).toBe('finished false false');
  });

  test('are a tree that awaits keep', async () => {
    expect(await run(programs.scopeTree)).toEqual(Array(8).fill(true));
  });

  test('a first failure can cancel the rest', async () => {
    expect(await run(programs.firstFailureCancels)).toEqual([
      'Error: bad leg',
      'CancelledFailure: Cancellation scope cancelled',
      'CancelledFailure: Cancellation scope cancelled',
    ]);
  });
});
