/** Namespaces in the test environment. */
import { Client } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { showsDeletion, showsLimits } from '../client/namespaces.ts';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
});

afterAll(() => env.teardown());

const clientOf = (namespace: string) => new Client({ connection: env.connection, namespace });

describe('namespaces in the test environment', () => {
  test('LIM-3: limits of a namespace hold for its workflows and for all of them together', () =>
    showsLimits(clientOf, 'limits'));
  test('NS-5: one that is deleted is gone with all that was in it, and its name is free then', () =>
    showsDeletion(clientOf, 'gone'));
});
