import { join } from 'node:path';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as activities from './activities.ts';
import { add, cancellable, counter, hello, helloHere, loop, parent, quarter, retries, set, total } from './workflows/index.ts';

const taskQueue = 'test';
const workflowsPath = join(import.meta.dirname, 'workflows');
const DAY = 24 * 3600 * 1000;

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  env = await TestWorkflowEnvironment.createTimeSkipping();
});

afterAll(async () => {
  await env.teardown();
  await Runtime.instance().shutdown();
});

function worker(): Promise<Worker> {
  return Worker.create({ connection: env.nativeConnection, taskQueue, workflowsPath, activities });
}

describe('a worker in an environment that skips time', () => {
  it('runs a workflow and its activity', async () => {
    const result = await (await worker()).runUntil(
      env.client.workflow.execute(hello, { taskQueue, workflowId: 'hello', args: ['World'] }),
    );
    expect(result).toBe('Hello, World!');
  });

  it('passes 90 days in no time', async () => {
    const began = Date.now();
    const elapsed = await (await worker()).runUntil(
      env.client.workflow.execute(quarter, { taskQueue, workflowId: 'quarter' }),
    );
    expect(elapsed).toBeGreaterThanOrEqual(90 * DAY);
    expect(elapsed).toBeLessThan(90 * DAY + 10_000);
    expect(Date.now() - began).toBeLessThan(3000);
  });
});
