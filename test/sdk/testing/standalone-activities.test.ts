/** Activities without a workflow in the test environment, run by a worker that polls. */
import { TestWorkflowEnvironment } from 'perdure/testing';
import { Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  showsEndings,
  showsFailures,
  showsListing,
  showsOperators,
  showsPolicies,
  showsRefusals,
  showsResults,
} from '../client/standalone-activities.ts';
import * as activities from '../client/worker/activities.ts';

async function withWorker(env: TestWorkflowEnvironment) {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'default',
    activities,
    maxHeartbeatThrottleInterval: '200ms',
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await env.teardown();
  };
}

describe('activities without a workflow in the test environment', () => {
  let env: TestWorkflowEnvironment;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    env = await TestWorkflowEnvironment.createLocal();
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: { Customer: 2 },
    });
    stop = await withWorker(env);
  });
  afterAll(() => stop());

  test('SAA-1, SAA-3, SAA-10: an activity runs, is retried, and gives its result', () =>
    showsResults(env.client, 'results'));
  test('SAA-3: what did not complete says why', () => showsFailures(env.client, 'failures'));
  test('SAA-4: they are cancelled and terminated', () => showsEndings(env.client, 'endings'));
  test('SAA-7: an ID is taken as long as its policies say', () => showsPolicies(env.client, 'policies'));
  test('SAA-6, SAA-8: they are paused, changed and described', () => showsOperators(env.client, 'operators'));
  test('SAA-9: they are listed and counted, and are no workflows', () => showsListing(env.client, 'listing'));
  test('SAA-2: what makes no sense is refused', () => showsRefusals(env.client, 'refusals'));
});

describe('activities without a workflow: time', () => {
  let env: TestWorkflowEnvironment;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    env = await TestWorkflowEnvironment.createTimeSkipping();
    stop = await withWorker(env);
  });
  afterAll(() => stop());

  test('SAA-5 a start delay and the time between attempts are skipped while somebody waits', async () => {
    const before = await env.currentTimeMs();
    const result = await env.client.activity.execute('succeedsAt', {
      id: 'skipped',
      taskQueue: 'default',
      args: [3],
      startDelay: '2 hours',
      startToCloseTimeout: '1 minute',
      retry: { initialInterval: '1 hour' },
    });
    expect(result).toBe(3);
    const passed = (await env.currentTimeMs()) - before;
    expect(passed).toBeGreaterThanOrEqual(5 * 3_600_000);
    expect(passed).toBeLessThan(6 * 3_600_000);
  });

  test('SAA-3 time stands while an attempt runs: a timeout of hours does not end it', async () => {
    const handle = await env.client.activity.start('greet', {
      id: 'stands',
      taskQueue: 'default',
      args: ['Dee'],
      startToCloseTimeout: '1 hour',
    });
    expect(await handle.result()).toBe('Hello, Dee!');
    expect((await handle.describe()).status).toBe('COMPLETED');
  });
});
