/** Pushed activities in an environment that skips time. */
import { join } from 'node:path';
import { createPushApp } from 'perdure/push';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { expect, it } from 'vitest';
import { serve } from '../../../src/sdk/testing/server/http-server.ts';
import { NEW } from './support.ts';
import { pushed } from './workflows.ts';

const DAY = 24 * 3600 * 1000;

it('time passes over the backoff of a pushed activity, and stands while one is under way', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const times: number[] = [];
  const act = async () => {
    times.push(await env.currentTimeMs());
    await new Promise((resolve) => setTimeout(resolve, 50));
    times.push(await env.currentTimeMs());
    if (times.length < 6) throw new Error('not yet');
    return 'done';
  };
  const app = createPushApp({
    activities: { act },
    secrets: [NEW],
    logger: new DefaultLogger('ERROR', () => undefined),
  });
  const endpoint = await serve((request) => app.fetch(request), { host: '127.0.0.1', port: 0 });
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { push: { pushed: { url: `http://${endpoint.address}/`, secrets: [NEW] } } },
  });
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'workflows',
    workflowsPath: join(import.meta.dirname, 'workflows.ts'),
  });
  const options = { maximumAttempts: 3, initialInterval: DAY, startToCloseTimeout: '12 hours' } as const;
  const result = await worker.runUntil(
    env.client.workflow.execute(pushed, {
      taskQueue: 'workflows',
      workflowId: 'pushed-for-days',
      args: ['pushed', options],
    }),
  );
  expect(result).toBe('done');
  const [begin = 0, end = 0, , , last = 0] = times;
  expect(end - begin).toBeLessThan(DAY / 2);
  expect(last - begin).toBeGreaterThanOrEqual(3 * DAY);
  await env.teardown();
  await endpoint.close();
});
