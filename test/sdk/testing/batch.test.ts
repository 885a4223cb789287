/** Batch jobs in the test environment, whose workflows and activities are served by itself. */
import { TestWorkflowEnvironment } from 'perdure/testing';
import { describe, test } from 'vitest';
import { showsOperations, showsOptions, showsQuery, showsRefusals, showsStopping } from '../client/batch.ts';
import { useEnvironment } from './environment.ts';

const served = useEnvironment({
  create: () => TestWorkflowEnvironment.createLocal(),
  taskQueue: 'default',
  workflowsPath: new URL('../client/worker/workflows.ts', import.meta.url).pathname,
});

describe('batch jobs in the test environment', () => {
  test('BATCH-1, BATCH-4, BATCH-5: what a query finds is worked on, and described', () =>
    showsQuery(served.env.client, 'query'));
  test('BATCH-3: workflows are cancelled, paused, unpaused, signalled, reset and deleted', () =>
    showsOperations(served.env.client, 'operations'));
  test('BATCH-3: options of workflows and their activities are changed', () =>
    showsOptions(served.env.client, 'options'));
  test('BATCH-2, BATCH-5: one job runs at a time, until it is stopped, and none has the ID of another', () =>
    showsStopping(served.env.client, 'stopping'));
  test('BATCH-1, BATCH-2: what makes no sense is refused by name', () => showsRefusals(served.env.client));
});
