/** Nexus operations without a workflow in the test environment, served by a worker that polls. */
import { join } from 'node:path';
import { type NexusClientInterceptor, NexusOperationFailureError } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { describe, expect, test } from 'vitest';
import {
  registerEndpoint,
  showsAsynchronous,
  showsDescription,
  showsEndings,
  showsFailures,
  showsListing,
  showsPolicies,
  showsRefusals,
  showsResults,
} from '../client/nexus-operations.ts';
import { till, tillHandler } from '../client/worker/nexus.ts';
import { addCustomer, useEnvironment } from './environment.ts';

const worker = {
  taskQueue: 'default',
  workflowsPath: join(import.meta.dirname, '../client/worker/workflows.ts'),
  nexusServices: [tillHandler],
};

describe('Nexus operations without a workflow in the test environment', () => {
  const served = useEnvironment({
    create: () => TestWorkflowEnvironment.createLocal(),
    ...worker,
    prepare: async (env) => {
      await addCustomer(env);
      await registerEndpoint(env.client);
    },
  });

  test('SNX-1, SNX-3, SNX-8: an operation is served, tried again, and gives its result', () =>
    showsResults(served.env.client, 'results'));
  test('SNX-3: a workflow stands for one', () => showsAsynchronous(served.env.client, 'async'));
  test('SNX-3: what did not complete says why', () => showsFailures(served.env.client, 'failures'));
  test('SNX-4: they are cancelled and terminated', () => showsEndings(served.env.client, 'endings'));
  test('SNX-5: an ID is taken as long as its policies say', () =>
    showsPolicies(served.env.client, 'policies'));
  test('SNX-6: they are described', () => showsDescription(served.env.client, 'described'));
  test('SNX-7: they are listed and counted, and are no workflows', () =>
    showsListing(served.env.client, 'listing'));
  test('SNX-2: what makes no sense is refused', () => showsRefusals(served.env.client, 'refusals'));

  test('SNX-9: interceptors go around every call, and see what goes along', async () => {
    const seen: string[] = [];
    const watch: NexusClientInterceptor = {
      startOperation: (input, next) => {
        seen.push(`start ${input.service}/${input.operation} ${input.id}`);
        return next({ ...input, headers: { ...input.headers, 'X-Trace': 'from above' } });
      },
      getResult: (input, next) => {
        seen.push(`result ${input.operationId}`);
        return next(input);
      },
      describe: (input, next) => {
        seen.push('describe');
        return next(input);
      },
      cancel: (input, next) => {
        seen.push(`cancel ${input.reason}`);
        return next(input);
      },
      terminate: (input, next) => {
        seen.push(`terminate ${input.reason}`);
        return next(input);
      },
      list: (input, next) => {
        seen.push(`list ${input.query}`);
        return next(input);
      },
      count: (input, next) => {
        seen.push(`count ${input.query}`);
        return next(input);
      },
    };
    const { Client } = await import('perdure/client');
    const client = new Client({ connection: served.env.connection, interceptors: { nexus: [watch] } });
    expect(client.options.interceptors.nexus).toEqual([watch]);
    const shop = client.nexus.createServiceClient({ endpoint: 'the-till', service: till });
    const id = 'watched';
    const handle = await shop.startOperation('told', undefined, { id, scheduleToCloseTimeout: '1 minute' });
    expect(await handle.result()).toMatchObject({ trace: 'from above' });
    await handle.result();
    await handle.describe();
    await handle.cancel('late').catch(() => undefined);
    await handle.terminate('later').catch(() => undefined);
    for await (const _ of client.nexus.list({ query: `OperationId = 'nobody'` })) break;
    await client.nexus.count(`OperationId = 'nobody'`);
    expect(seen).toEqual([
      'start till/told watched',
      'result watched',
      'describe',
      'cancel late',
      'terminate later',
      `list OperationId = 'nobody'`,
      `count OperationId = 'nobody'`,
    ]);
  });
});

describe('Nexus operations without a workflow: time', () => {
  const served = useEnvironment({
    create: () => TestWorkflowEnvironment.createTimeSkipping(),
    ...worker,
    prepare: (env) => registerEndpoint(env.client),
  });

  test('SNX-1: the time between attempts, and timeouts, are skipped while somebody waits', async () => {
    const shop = served.env.client.nexus.createServiceClient({ endpoint: 'the-till', service: till });
    const before = await served.env.currentTimeMs();
    const input = { key: 'skipped', at: 10 };
    expect(await shop.executeOperation('flaky', input, { id: 'skipped' })).toBe(10);
    // 1 s, 2 s, 4 s ... 256 s.
    expect((await served.env.currentTimeMs()) - before).toBeGreaterThanOrEqual(511_000);
    const late = shop.executeOperation('tally', 'late', { id: 'late', startToCloseTimeout: '3 days' });
    await expect(late).rejects.toBeInstanceOf(NexusOperationFailureError);
  });
});
