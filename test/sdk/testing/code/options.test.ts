/** Options that workflow code gives, as Temporal reads them, and what workflows and activities are told of their own. */
import { join } from 'node:path';
import { activityInfo } from 'perdure/activity';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { Worker } from 'perdure/worker';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as workflows from './options-workflows.ts';

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const taskQueue = 'options';
let env: TestWorkflowEnvironment;
let worker: Worker;
let isRunning: Promise<void>;

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowsPath: join(import.meta.dirname, 'options-workflows.ts'),
    activities: {
      async info() {
        const { startToCloseTimeoutMs, scheduleToCloseTimeoutMs, retryPolicy, priority } = activityInfo();
        return { startToCloseTimeoutMs, scheduleToCloseTimeoutMs, retryPolicy, priority };
      },
    },
  });
  isRunning = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await isRunning;
  await env.teardown();
});

it('CHILD-5, ACT-13: enums are given as names, with prefix or without, or numbers; others are refused', async () => {
  const options = { taskQueue, workflowId: 'strange' };
  const unknown = "ValueError: Invalid enum value: 'X'";
  const intent = 'TypeError: Unexpected VersioningIntent: X';
  expect(await env.client.workflow.execute(workflows.strangeOptions, options)).toEqual([
    ...[unknown, unknown, unknown, intent],
    ...['ran', 'ran', 'ran'],
    ...[unknown, intent, 'object'],
    ...[unknown, 'ValueError: RetryPolicy.maximumAttempts must be a positive integer', 'object'],
    intent,
  ]);
});

it('RETRY-1: the policy that a workflow is told of has every member', async () => {
  const options = { taskQueue, workflowId: 'policy', retry: { initialInterval: '3s' } } as const;
  expect(await env.client.workflow.execute(workflows.recordedPolicy, options)).toEqual({
    initialInterval: 3000,
    backoffCoefficient: 2,
    maximumInterval: 300_000,
    maximumAttempts: 0,
    nonRetryableErrorTypes: [],
  });
});

it('LA-2: so has the one of an activity, and a local one is told of timeouts as they are applied', async () => {
  const options = { taskQueue, workflowId: 'infos' };
  const all = {
    initialInterval: 1000,
    backoffCoefficient: 2,
    maximumInterval: 100_000,
    maximumAttempts: 0,
    nonRetryableErrorTypes: [],
  };
  const priority = { priorityKey: 0, fairnessKey: '', fairnessWeight: 0 };
  expect(await env.client.workflow.execute(workflows.infoOfActivities, options)).toEqual([
    { startToCloseTimeoutMs: 5000, scheduleToCloseTimeoutMs: 0, retryPolicy: all, priority },
    {
      startToCloseTimeoutMs: 7000,
      scheduleToCloseTimeoutMs: 7000,
      retryPolicy: {
        ...all,
        initialInterval: 200,
        maximumInterval: 20_000,
        nonRetryableErrorTypes: ['A'],
      },
      priority,
    },
    {
      startToCloseTimeoutMs: 5000,
      scheduleToCloseTimeoutMs: 5000,
      retryPolicy: { ...all, maximumAttempts: 4 },
      priority,
    },
    all,
  ]);
});
