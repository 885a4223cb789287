/** A test environment with a worker on it, from the first test of the file, or of the `describe`, to its last. */
import type { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from 'perdure/worker';
import { afterAll, beforeAll } from 'vitest';

/** A busy machine takes what it takes. */
const HOOK_MS = 60_000;

interface Environment extends Omit<WorkerOptions, 'connection'> {
  create: () => Promise<TestWorkflowEnvironment>;
  /** Before the first test, when the worker runs. */
  prepare?: (env: TestWorkflowEnvironment) => Promise<unknown>;
  /** The worker logs errors alone. */
  isQuiet?: boolean;
}

/** `env` is there once the tests run. */
export function useEnvironment({ create, prepare, isQuiet = false, ...options }: Environment): {
  readonly env: TestWorkflowEnvironment;
} {
  let env: TestWorkflowEnvironment;
  let worker: Worker;
  let running: Promise<void>;

  beforeAll(async () => {
    if (isQuiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
    env = await create();
    worker = await Worker.create({ ...options, connection: env.nativeConnection });
    running = worker.run();
    await prepare?.(env);
  }, HOOK_MS);

  afterAll(async () => {
    worker.shutdown();
    await running;
    await env.teardown();
    if (isQuiet) await Runtime.instance().shutdown();
  }, HOOK_MS);

  return {
    get env() {
      return env;
    },
  };
}

/** The search attribute by which tests find their own. */
export const addCustomer = (env: TestWorkflowEnvironment) =>
  env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: { Customer: 2 },
  });
