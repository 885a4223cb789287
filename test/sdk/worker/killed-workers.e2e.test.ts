/** Workers that die without a word, at any moment: between poll and start, in a workflow task, in an activity, before a report. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { bundleWorkflowCode, Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepByStep } from './workflows.ts';

const WORKERS = 3;
const WORKFLOWS = 30;
const STEPS = 8;
const KILLS = 10;

let env: TestWorkflowEnvironment;
let codePath: string;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
  const { code } = await bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, 'workflows.ts') });
  codePath = join(mkdtempSync(join(tmpdir(), 'perdure-killed-')), 'bundle.js');
  writeFileSync(codePath, code);
});

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await env.teardown();
});

function startWorker(index: number): void {
  const script = join(import.meta.dirname, 'killed-worker.ts');
  const options = [
    '-C',
    'perdure-source',
    '--disable-warning=ExperimentalWarning',
    script,
    env.address,
    codePath,
  ];
  workers[index] = spawn(process.execPath, options, { stdio: 'inherit' });
}

describe('workers that are killed', () => {
  it('leave every workflow to complete, and histories that replay', async () => {
    for (let index = 0; index < WORKERS; index++) startWorker(index);
    const options = {
      taskQueue: 'killed',
      workflowTaskTimeout: '1s' as const,
      args: ['killed', STEPS] as [string, number],
    };
    const handles = await Promise.all(
      Array.from({ length: WORKFLOWS }, (_, index) =>
        env.client.workflow.start(stepByStep, { ...options, workflowId: `killed-${index}` }),
      ),
    );
    const results = Promise.all(handles.map((handle) => handle.result()));
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(400);
      const index = kill % WORKERS;
      workers[index]?.kill('SIGKILL');
      startWorker(index);
    }
    for (const pids of await results) expect(pids).toHaveLength(STEPS);
    const histories = await Promise.all(
      handles.map(async (handle) => ({
        workflowId: handle.workflowId,
        history: await handle.fetchHistory(),
      })),
    );
    for await (const { error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, histories)) {
      expect(error).toBeUndefined();
    }
  }, 60_000);
});
