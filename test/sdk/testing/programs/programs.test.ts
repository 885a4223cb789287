/** What teams test for: failures, timeouts, cancellation, children, updates, in an environment that skips time. */
import { join } from 'node:path';
import { WithStartWorkflowOperation, WorkflowFailedError } from 'perdure/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
} from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as activities from './activities.ts';
import * as workflows from './workflows.ts';

const taskQueue = 'programs';
let env: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createTimeSkipping();
  const workflowsPath = join(import.meta.dirname, 'workflows.ts');
  worker = await Worker.create({ connection: env.nativeConnection, taskQueue, workflowsPath, activities });
  running = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
});

async function failureOf(work: Promise<unknown>): Promise<WorkflowFailedError> {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return error as WorkflowFailedError;
}

describe('failures', () => {
  it('of an activity come with type, message and details', async () => {
    const { workflow } = env.client;
    const failed = await failureOf(workflow.execute(workflows.refused, { taskQueue, workflowId: 'refused' }));
    expect(failed.cause).toBeInstanceOf(ActivityFailure);
    const { cause } = failed.cause as ActivityFailure;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({
      type: 'Refused',
      message: 'no',
      details: [{ why: 'because' }],
      nonRetryable: true,
    });
  });

  it('of an activity that is tried for a day take no day', async () => {
    const began = await env.currentTimeMs();
    const { workflow } = env.client;
    const failed = await failureOf(
      workflow.execute(workflows.exhausts, { taskQueue, workflowId: 'exhausts' }),
    );
    expect(failed.cause).toBeInstanceOf(ActivityFailure);
    expect((await env.currentTimeMs()) - began).toBeGreaterThan(22 * 3_600_000);
    const { events } = await workflow.getHandle('exhausts').fetchHistory();
    const started = events?.find(
      ({ activityTaskStartedEventAttributes }) => activityTaskStartedEventAttributes,
    );
    expect(started?.activityTaskStartedEventAttributes?.attempt).toBeGreaterThanOrEqual(23);
  }, 20_000);

  it('of a workflow are tried again by its retry policy', async () => {
    const result = await env.client.workflow.execute(workflows.keepsTrying, {
      taskQueue,
      workflowId: 'keeps-trying',
      retry: { initialInterval: '1 day' },
    });
    expect(result).toBe('attempt 3');
  });

  it('of a run that takes too long', async () => {
    const failed = await failureOf(
      env.client.workflow.execute(workflows.waits, {
        taskQueue,
        workflowId: 'too-long',
        workflowRunTimeout: '30 days',
      }),
    );
    expect(failed.cause).toBeInstanceOf(TimeoutFailure);
  });

  it('of workflow code that forgets a promise fail its task, and show in describe', async () => {
    const handle = await env.client.workflow.start(workflows.forgetsToAwait, {
      taskQueue,
      workflowId: 'forgets',
    });
    await expect
      .poll(async () =>
        (await handle.fetchHistory()).events?.some((event) => event.workflowTaskFailedEventAttributes),
      )
      .toBe(true);
    await handle.terminate('seen enough');
    const failed = await failureOf(handle.result());
    expect(failed.cause).toBeInstanceOf(TerminatedFailure);
    expect(failed.cause?.message).toBe('seen enough');
  });
});

describe('cancellation', () => {
  it('reaches a workflow that waits', async () => {
    const handle = await env.client.workflow.start(workflows.waits, { taskQueue, workflowId: 'cancelled' });
    await handle.cancel();
    const failed = await failureOf(handle.result());
    expect(failed.cause).toBeInstanceOf(CancelledFailure);
  });

  it('reaches a workflow whose activity does not heartbeat', async () => {
    const handle = await env.client.workflow.start(workflows.hangs, { taskQueue, workflowId: 'hangs' });
    await handle.cancel();
    const failed = await failureOf(handle.result());
    expect(failed.cause).toBeInstanceOf(CancelledFailure);
  });
});

describe('messages', () => {
  it('start what they are sent to', async () => {
    const { workflow } = env.client;
    const signalled = await workflow.signalWithStart(workflows.waits, {
      taskQueue,
      workflowId: 'signal-with-start',
      signal: workflows.go,
      signalArgs: ['now'],
    });
    expect(await signalled.result()).toBe('now nothing');
    const startWorkflowOperation = new WithStartWorkflowOperation(workflows.waits, {
      taskQueue,
      workflowId: 'update-with-start',
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    const update = workflow.startUpdateWithStart(workflows.say, {
      args: ['hello'],
      waitForStage: 'ACCEPTED',
      startWorkflowOperation,
    });
    const handle = await startWorkflowOperation.workflowHandle();
    await update;
    await env.sleep('2 hours');
    expect(await (await update).result()).toBe('said hello');
    expect(await handle.query(workflows.state)).toBe('hello');
    await handle.signal(workflows.go, 'go');
    expect(await handle.result()).toBe('go hello');
  });

  it('to a stack trace query are answered with the lines that wait', async () => {
    const handle = await env.client.workflow.start(workflows.waits, { taskQueue, workflowId: 'traced' });
    expect(await handle.query<string>('__stack_trace')).toContain('workflows.ts');
    await handle.signal(workflows.go, 'on');
    await handle.result();
  });
});

describe('other workflows', () => {
  it('are started, signalled and cancelled', async () => {
    const { workflow } = env.client;
    const result = await workflow.execute(workflows.parentOfMany, {
      taskQueue,
      workflowId: 'parent-of-many',
    });
    expect(result).toEqual(['child nothing', 'external nothing', 'ChildWorkflowFailure']);
  });
});

describe('time', () => {
  it('does not overtake what is on its way between workflows', async () => {
    const result = await env.client.workflow.execute(workflows.races, { taskQueue, workflowId: 'races' });
    expect(result).toEqual(['child', 'signal nothing']);
  });
});

describe('what is recorded', () => {
  it('names the worker, its patches and its memo', async () => {
    const handle = await env.client.workflow.start(workflows.versions, { taskQueue, workflowId: 'versions' });
    expect(await handle.result()).toBe('new');
    const { events } = await handle.fetchHistory();
    const { identity } = worker.options;
    expect(
      events?.find((event) => event.workflowTaskStartedEventAttributes)?.workflowTaskStartedEventAttributes
        ?.identity,
    ).toBe(identity);
    expect(
      events?.find((event) => event.workflowTaskCompletedEventAttributes)
        ?.workflowTaskCompletedEventAttributes?.identity,
    ).toBe(identity);
    expect((await handle.describe()).memo).toEqual({ note: 'kept' });
    await Worker.runReplayHistory({ workflowsPath: join(import.meta.dirname, 'workflows.ts') }, { events });
  });

  it('shows which attempt of an activity succeeded', async () => {
    const handle = await env.client.workflow.start(workflows.onceMore, {
      taskQueue,
      workflowId: 'once-more',
    });
    expect(await handle.result()).toBe(2);
    const { events } = await handle.fetchHistory();
    const started = events?.find((event) => event.activityTaskStartedEventAttributes);
    expect(started?.activityTaskStartedEventAttributes).toMatchObject({
      attempt: 2,
      identity: worker.options.identity,
      lastFailure: { message: 'once' },
    });
  });
});
