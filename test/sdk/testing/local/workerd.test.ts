/**
 * `createLocal()` on workerd: what breaks if its state is to last, its folder is taken, it is torn down, its test is killed, or
 * workerd cannot be started?
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { defineSearchAttributeKey } from 'perdure/common';
import { type DevServerConfig, TestWorkflowEnvironment } from 'perdure/testing';
import { Worker } from 'perdure/worker';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { descendantsOf, readProcessTable } from '../../../../scripts/lib/process-table.ts';

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
const TIMEOUT = 60_000;

let folder: string;
const open: TestWorkflowEnvironment[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perdure-local-'));
  vi.stubEnv('TMPDIR', join(folder, 'tmp'));
  mkdirSync(join(folder, 'tmp'));
});

afterEach(async () => {
  for (const environment of open.splice(0)) await environment.teardown();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function local(server: Omit<DevServerConfig, 'type'> = {}): Promise<TestWorkflowEnvironment> {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { runtime: 'workerd', ...server },
  });
  open.push(environment);
  return environment;
}

const runtimesBelow = (pid: number) =>
  descendantsOf(readProcessTable(), pid).filter(({ command }) => command.includes('workerd'));

describe('createLocal on workerd', () => {
  it(
    'runs workflows and activities of a worker in this process',
    async () => {
      const env = await local();
      const worker = await Worker.create({
        connection: env.nativeConnection,
        taskQueue: 'local',
        workflowsPath,
        activities: { greet: async (name: string) => `hello ${name}` },
      });
      const options = { taskQueue: 'local', workflowId: 'greets', args: ['you'] };
      expect(await worker.runUntil(env.client.workflow.execute('greets', options))).toBe('hello you');
      expect(env.supportsTimeSkipping).toBe(false);
    },
    TIMEOUT,
  );

  it(
    'makes its namespace, with search attributes',
    async () => {
      const Region = defineSearchAttributeKey('Region', 'KEYWORD');
      const env = await local({ namespace: 'tests', searchAttributes: [Region] });
      expect(env.client.options.namespace).toBe('tests');
      const found = await env.connection.operatorService.listSearchAttributes({ namespace: 'tests' });
      expect(found.customAttributes).toMatchObject({ Region: 2 });
    },
    TIMEOUT,
  );

  it(
    'leaves neither processes nor files when it is torn down',
    async () => {
      const env = await local();
      expect(runtimesBelow(process.pid)).not.toEqual([]);
      await env.teardown();
      expect(runtimesBelow(process.pid)).toEqual([]);
      expect(readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('miniflare'))).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'leaves neither when its test is killed',
    async () => {
      const options = ['-C', 'perdure-source', '--disable-warning=ExperimentalWarning'];
      const child = spawn(process.execPath, [...options, join(import.meta.dirname, 'waits.ts')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(createInterface({ input: child.stdout }), 'line');
      const started = descendantsOf(readProcessTable(), child.pid ?? 0);
      expect(started.some(({ command }) => command.includes('workerd'))).toBe(true);
      child.kill('SIGKILL');
      const isOver = () => {
        const table = readProcessTable();
        return started.every(({ pid, startedAt }) => table.get(pid)?.startedAt !== startedAt);
      };
      await vi.waitFor(() => expect(isOver()).toBe(true), { timeout: 30_000, interval: 50 });
      expect(readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('miniflare'))).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('createLocal with dbFilename', () => {
  it(
    'keeps its state over environments',
    async () => {
      const dbFilename = join(folder, 'state');
      const first = await local({ dbFilename, namespace: 'kept' });
      const { firstExecutionRunId } = await first.client.workflow.start('greets', {
        taskQueue: 'nobody',
        workflowId: 'kept',
      });
      await first.teardown();
      const second = await local({ dbFilename, namespace: 'kept' });
      const described = await second.client.workflow.getHandle('kept').describe();
      expect([described.runId, described.status.name]).toEqual([firstExecutionRunId, 'RUNNING']);
      expect(existsSync(join(dbFilename, 'perdure.lock'))).toBe(true);
      await second.teardown();
      expect(existsSync(join(dbFilename, 'perdure.lock'))).toBe(false);
    },
    TIMEOUT,
  );

  it(
    'is refused for a folder that another environment has, or a file',
    async () => {
      const dbFilename = join(folder, 'state');
      await local({ dbFilename });
      await expect(local({ dbFilename })).rejects.toThrow(/is in use by another environment/);
      const file = join(folder, 'temporal.db');
      writeFileSync(file, '');
      await expect(local({ dbFilename: file })).rejects.toThrow(/temporal\.db is a file/);
    },
    TIMEOUT,
  );

  it(
    'takes a folder whose environment was killed',
    async () => {
      const dbFilename = join(folder, 'state');
      mkdirSync(dbFilename);
      const child = spawn(process.execPath, ['-e', '']);
      await once(child, 'exit');
      writeFileSync(join(dbFilename, 'perdure.lock'), String(child.pid));
      expect((await local({ dbFilename })).address).toMatch(/^127\.0\.0\.1:\d+$/);
    },
    TIMEOUT,
  );

  it('is refused in process, where nothing could be kept', async () => {
    await expect(local({ runtime: 'in-process', dbFilename: 'x' })).rejects.toThrow(
      /dbFilename takes runtime/,
    );
  });
});

describe('createLocal where workerd cannot be started', () => {
  it(
    'runs in process and says so, unless workerd is asked for',
    async () => {
      vi.stubEnv('MINIFLARE_WORKERD_PATH', join(folder, 'nothing-here'));
      vi.stubEnv('PERDURE_TEST_RUNTIME', '');
      const warnings: string[] = [];
      vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
      const env = await TestWorkflowEnvironment.createLocal();
      vi.restoreAllMocks();
      open.push(env);
      expect(warnings).toEqual([expect.stringMatching(/runs in this process: workerd could not be started/)]);
      expect(runtimesBelow(process.pid)).toEqual([]);
      await expect(local()).rejects.toThrow(/workerd could not be started/);
    },
    TIMEOUT,
  );

  it('names the runtimes there are', async () => {
    vi.stubEnv('PERDURE_TEST_RUNTIME', 'docker');
    await expect(TestWorkflowEnvironment.createLocal()).rejects.toThrow(
      /one of workerd, in-process, found 'docker'/,
    );
  });
});
