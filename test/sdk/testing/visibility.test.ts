/** Listing in the test environment, whose index is made of the same cores. */
import { TestWorkflowEnvironment } from 'perdure/testing';
import { Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { showsDeletion, showsListing } from '../client/visibility.ts';

let env: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'default',
    workflowsPath: new URL('../client/worker/workflows.ts', import.meta.url).pathname,
  });
  running = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
});

describe('visibility in the test environment', () => {
  test(
    'VIS-2, VIS-9, VIS-11: workflows are listed, counted and fetched by what they are',
    () => showsListing(env.client, 'local'),
    60_000,
  );
  test(
    'END-5: a deleted workflow is gone, its row with it',
    () => showsDeletion(env.client, 'local-deleted'),
    60_000,
  );
});
