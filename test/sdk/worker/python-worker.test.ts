/** The protocol of workers, kept by a program in another language: examples/python-worker. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ActivityFailure, ApplicationFailure } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '../../../examples/python-worker/worker.py');
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.runIf(hasPython)('a worker in Python', () => {
  let env: TestWorkflowEnvironment;
  let python: ChildProcess;
  let worker: Worker;
  let running: Promise<void>;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    env = await TestWorkflowEnvironment.createLocal();
    python = spawn('python3', [script, '--address', `http://${env.address}`, '--task-queue', 'python']);
    if (python.stdout) await once(python.stdout, 'data');
    worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'workflows',
      workflowsPath: join(import.meta.dirname, 'python-workflows.ts'),
    });
    running = worker.run();
  }, 20_000);

  afterAll(async () => {
    python.kill();
    worker.shutdown();
    await running;
    await env.teardown();
  });

  function run(type: string, ...args: unknown[]): Promise<unknown> {
    return env.client.workflow.execute('inPython', {
      taskQueue: 'workflows',
      workflowId: `${type}-${Math.random()}`,
      args: [type, ...args],
    });
  }

  it('runs activities', async () => {
    expect(await run('greet', 'World')).toBe('Hello from Python, World!');
  });

  it('heartbeats', async () => {
    expect(await run('count_slowly', 3)).toBe(3);
  });

  it('reports failures', async () => {
    const error = await run('count_slowly', 'many').catch((reason: { cause: unknown }) => reason.cause);
    expect(error).toBeInstanceOf(ActivityFailure);
    const { cause } = error as ActivityFailure;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect((cause as ApplicationFailure).type).toBe('TypeError');
  });

  it('learns of cancellation in answer to a heartbeat', async () => {
    const handle = await env.client.workflow.start('cancelledInPython', {
      taskQueue: 'workflows',
      workflowId: 'cancelled-in-python',
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await handle.cancel();
    expect(await handle.result()).toBe('cancelled');
  });
});
