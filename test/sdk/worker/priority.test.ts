/** TQ-2 to TQ-4 from end to end: priorities of tasks, and the limits of their queue. */
import { join } from 'node:path';
import { Context } from 'perdure/activity';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prioritized, withTenants } from './workflows.ts';

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
let env: TestWorkflowEnvironment;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

function makeWorkers(taskQueue: string, act: (name: string) => Promise<unknown>, slots = 1) {
  const { nativeConnection: connection } = env;
  return Promise.all([
    Worker.create({ connection, taskQueue, workflowsPath }),
    Worker.create({
      connection,
      taskQueue: `${taskQueue}-activities`,
      activities: { act },
      maxConcurrentActivityTaskExecutions: slots,
    }),
  ]);
}

const configure = (taskQueue: string, update: object) =>
  env.nativeConnection.gateway.updateTaskQueueConfig({
    namespace: 'default',
    identity: 'operator',
    taskQueue,
    taskQueueType: 'ACTIVITY',
    ...update,
  });

const describeQueue = (name: string) =>
  env.nativeConnection.gateway.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name },
    taskQueueType: 'ACTIVITY',
    reportStats: true,
    reportConfig: true,
  });

describe('priorities', () => {
  it('TQ-4: activities go in their order, take from the workflow what they do not say, and tell it', async () => {
    const seen: unknown[] = [];
    const [workflows, activities] = await makeWorkers('prioritized', async (name) => {
      seen.push([name, Context.current().info.priority]);
    });
    await workflows.runUntil(async () => {
      const handle = await env.client.workflow.start(prioritized, {
        taskQueue: 'prioritized',
        workflowId: 'prioritized',
        args: ['prioritized-activities'],
        priority: { priorityKey: 4, fairnessKey: 'tenant' },
      });
      await expect
        .poll(async () => (await describeQueue('prioritized-activities')).stats?.approximateBacklogCount)
        .toBe(3);
      const { statsByPriorityKey } = await describeQueue('prioritized-activities');
      expect(Object.keys(statsByPriorityKey ?? {}).sort()).toEqual(['1', '4', '5']);
      await activities.runUntil(handle.result());
    });
    expect(seen).toEqual([
      ['urgent', { priorityKey: 1, fairnessKey: 'tenant', fairnessWeight: 0 }],
      ['usual', { priorityKey: 4, fairnessKey: 'tenant', fairnessWeight: 0 }],
      ['late', { priorityKey: 5, fairnessKey: 'own', fairnessWeight: 0 }],
    ]);
  });

  it('TQ-4: a child takes those of its parent', async () => {
    const child = env.client.workflow.getHandle('prioritized/child');
    expect((await child.describe()).priority).toMatchObject({ priorityKey: 4, fairnessKey: 'tenant' });
  });
});

describe('limits', () => {
  it('TQ-3: are refused for workflow tasks, and where they make no sense', async () => {
    await expect(configure('x', { taskQueueType: 'WORKFLOW' })).rejects.toThrow(/taskQueueType/);
    await expect(
      configure('x', { updateQueueRateLimit: { rateLimit: { requestsPerSecond: -1 } } }),
    ).rejects.toThrow(/updateQueueRateLimit.rateLimit.requestsPerSecond/);
    await expect(configure('x', { setFairnessWeightOverrides: { a: 0 } })).rejects.toThrow(
      /WeightOverrides.a/,
    );
  });

  it('TQ-2, TQ-3: show with who set them and why, and outrank what workers ask for', async () => {
    const update = { rateLimit: { requestsPerSecond: 5 }, reason: 'calm' };
    await configure('shown', { updateQueueRateLimit: update, setFairnessWeightOverrides: { big: 2 } });
    const { config, effectiveRateLimit } = await describeQueue('shown');
    expect(config).toMatchObject({
      queueRateLimit: {
        rateLimit: { requestsPerSecond: 5 },
        metadata: { reason: 'calm', updateIdentity: 'operator' },
      },
      fairnessWeightOverrides: { big: 2 },
    });
    expect(effectiveRateLimit).toEqual({ requestsPerSecond: 5, rateLimitSource: 'API' });
    await configure('shown', {
      updateQueueRateLimit: { reason: 'no more' },
      unsetFairnessWeightOverrides: ['big'],
    });
    const after = await describeQueue('shown');
    expect(after.config?.queueRateLimit?.rateLimit).toBeUndefined();
    expect(after.effectiveRateLimit).toBeUndefined();
  });

  it('at most so many tasks of a fairness key run at a time, and all of them in the end', async () => {
    const running = new Map<string, number>();
    let most = 0;
    const [workflows, activities] = await makeWorkers(
      'tenants',
      async (tenant) => {
        const now = (running.get(tenant) ?? 0) + 1;
        running.set(tenant, now);
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running.set(tenant, (running.get(tenant) ?? 0) - 1);
      },
      20,
    );
    const limit = { concurrencyLimit: { tasks: 2 } };
    await configure('tenants-activities', { updateFairnessKeyConcurrencyLimit: limit });
    const done = await workflows.runUntil(
      activities.runUntil(
        env.client.workflow.execute(withTenants, {
          taskQueue: 'tenants',
          workflowId: 'tenants',
          args: ['tenants-activities', 8],
        }),
      ),
    );
    expect(done).toBe(16);
    expect(most).toBe(2);
  });
});
