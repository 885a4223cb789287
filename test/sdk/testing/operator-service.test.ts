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
});
