/** The raw services of a connection, as code written for Temporal calls them. */
import { TestWorkflowEnvironment } from 'perdure/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(async () => {
  await env.teardown();
});

describe('the raw services of a connection', () => {
  it('register, list and remove the search attributes of a namespace (SA-6)', async () => {
    const { operatorService } = env.connection;
    const namespace = 'default';
    const custom = async () => (await operatorService.listSearchAttributes({ namespace })).customAttributes;
    // 2 is KEYWORD, 3 is INT.
    await operatorService.addSearchAttributes({ namespace, searchAttributes: { Region: 2, Stops: 3 } });
    expect(await custom()).toMatchObject({ Region: 2, Stops: 3 });
    await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['Stops'] });
    expect(await custom()).not.toHaveProperty('Stops');
    await expect(
      operatorService.addSearchAttributes({ namespace: 'nowhere', searchAttributes: { Region: 2 } }),
    ).rejects.toMatchObject({ code: 5 });
  });

  it('create, read, change, list and delete Nexus endpoints', async () => {
    const { operatorService } = env.connection;
    const worker = { namespace: 'default', taskQueue: 'orders' };
    const { endpoint } = await operatorService.createNexusEndpoint({
      spec: { name: 'shop', target: { worker } },
    });
    expect(endpoint).toMatchObject({ spec: { name: 'shop', target: { worker } } });
    expect(endpoint?.version?.toNumber()).toBe(1);
    const { id, version } = endpoint;
    const moved = { name: 'shop', target: { worker: { ...worker, taskQueue: 'orders-2' } } };
    await operatorService.updateNexusEndpoint({ id, version, spec: moved });
    expect(await operatorService.getNexusEndpoint({ id })).toMatchObject({ endpoint: { spec: moved } });
    await expect(operatorService.deleteNexusEndpoint({ id, version })).rejects.toMatchObject({ code: 9 });
    const { endpoints } = await operatorService.listNexusEndpoints({ name: 'shop' });
    expect(endpoints).toMatchObject([{ id }]);
    await operatorService.deleteNexusEndpoint({ id, version: endpoints?.[0]?.version });
    await expect(operatorService.getNexusEndpoint({ id })).rejects.toMatchObject({ code: 5 });
  });

  it('say which field of a Nexus endpoint is wrong', async () => {
    const { operatorService } = env.connection;
    for (const [target, problem] of [
      [{ external: { url: 'https://example.com' } }, 'spec.target.external'],
      [{}, 'spec.target.worker.namespace'],
    ] as const)
      await expect(operatorService.createNexusEndpoint({ spec: { name: 'wrong', target } })).rejects.toThrow(
        problem,
      );
    const worker = { namespace: 'nowhere', taskQueue: 'q' };
    await expect(
      operatorService.createNexusEndpoint({ spec: { name: 'wrong', target: { worker } } }),
    ).rejects.toMatchObject({ code: 5 });
  });
});
