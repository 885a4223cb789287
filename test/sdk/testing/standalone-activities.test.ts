/** Activities without a workflow in the test environment, run by a worker that polls. */
import { TestWorkflowEnvironment } from 'perdure/testing';
import { describe, expect, test } from 'vitest';
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
import { addCustomer, useEnvironment } from './environment.ts';

const worker = {
  taskQueue: 'default',
  activities,
  maxHeartbeatThrottleInterval: '200ms' as const,
};

describe('activities without a workflow in the test environment', () => {
  const served = useEnvironment({
    create: () => TestWorkflowEnvironment.createLocal(),
    ...worker,
    prepare: addCustomer,
  });

  test('SAA-1, SAA-3, SAA-10: an activity runs, is retried, and gives its result', () =>
    showsResults(served.env.client, 'results'));
  test('SAA-3: what did not complete says why', () => showsFailures(served.env.client, 'failures'));
  test('SAA-4: they are cancelled and terminated', () => showsEndings(served.env.client, 'endings'));
  test('SAA-7: an ID is taken as long as its policies say', () =>
    showsPolicies(served.env.client, 'policies'));
  test('SAA-6, SAA-8: they are paused, changed and described', () =>
    showsOperators(served.env.client, 'operators'));
  test('SAA-9: they are listed and counted, and are no workflows', () =>
    showsListing(served.env.client, 'listing'));
  test('SAA-2: what makes no sense is refused', () => showsRefusals(served.env.client, 'refusals'));
});

describe('activities without a workflow: time', () => {
  const served = useEnvironment({
    create: () => TestWorkflowEnvironment.createTimeSkipping(),
    ...worker,
  });

  test('SAA-5 a start delay and the time between attempts are skipped while somebody waits', async () => {
    const before = await served.env.currentTimeMs();
    const result = await served.env.client.activity.execute('succeedsAt', {
      id: 'skipped',
      taskQueue: 'default',
      args: [3],
      startDelay: '2 hours',
      startToCloseTimeout: '1 minute',
      retry: { initialInterval: '1 hour' },
    });
    expect(result).toBe(3);
    const passed = (await served.env.currentTimeMs()) - before;
    expect(passed).toBeGreaterThanOrEqual(5 * 3_600_000);
    expect(passed).toBeLessThan(6 * 3_600_000);
  });

  test('SAA-3 time stands while an attempt runs: a timeout of hours does not end it', async () => {
    const handle = await served.env.client.activity.start('greet', {
      id: 'stands',
      taskQueue: 'default',
      args: ['Dee'],
      startToCloseTimeout: '1 hour',
    });
    expect(await handle.result()).toBe('Hello, Dee!');
    expect((await handle.describe()).status).toBe('COMPLETED');
  });
});
