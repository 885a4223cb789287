/** Listing in the test environment, whose index is made of the same cores. */
import { TestWorkflowEnvironment } from 'perdure/testing';
import { describe, test } from 'vitest';
import { showsDeletion, showsListing } from '../client/visibility.ts';
import { useEnvironment } from './environment.ts';

const served = useEnvironment({
  create: () => TestWorkflowEnvironment.createLocal(),
  taskQueue: 'default',
  workflowsPath: new URL('../client/worker/workflows.ts', import.meta.url).pathname,
});

describe('visibility in the test environment', () => {
  test(
    'VIS-2, VIS-9, VIS-11: workflows are listed, counted and fetched by what they are',
    () => showsListing(served.env.client, 'local'),
    60_000,
  );
  test(
    'END-5: a deleted workflow is gone, its row with it',
    () => showsDeletion(served.env.client, 'local-deleted'),
    60_000,
  );
});
