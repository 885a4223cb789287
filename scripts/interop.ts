/**
 * `npm run test:interop`: runs every sample on this runtime, exports the histories over HTTP, and replays them in Temporal's
 * own worker, with the same workflow sources; then the same with the programs of test/programs, whose results tell all that
 * workflow code has seen. The worker is installed into test/interop, which is a package of its own.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SCENARIOS, type Scenario } from '../test/interop/scenarios.ts';

const repository = resolve(import.meta.dirname, '..');
const READY_MS = 60_000;
const RUN_MS = 60_000;

interface History {
  events: { eventType: string; [member: string]: unknown }[];
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'perdure-interop-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const runtime = spawn(process.execPath, ['scripts/start.ts'], {
    cwd: repository,
    env: { ...process.env, PORT: String(port), PERDURE_STATE: join(folder, 'state') },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await ready(origin);
    await Promise.all(SCENARIOS.map((scenario) => record(origin, scenario, folder)));
  } finally {
    runtime.kill('SIGTERM');
    await new Promise((settle) => runtime.once('exit', settle));
  }
  install();
  const statuses = [replay('src/workflows/index.ts', folder), replayPrograms()];
  rmSync(folder, { recursive: true, force: true });
  return Math.max(...statuses);
}

function replayPrograms(): number {
  const folder = mkdtempSync(join(tmpdir(), 'perdure-programs-'));
  const recorded = run(
    repository,
    process.execPath,
    '-C',
    'perdure-source',
    'test/programs/record.ts',
    folder,
  );
  const status = recorded || replay('test/programs/workflows/index.ts', folder);
  rmSync(folder, { recursive: true, force: true });
  return status;
}

/** Runs one scenario to its end and writes one file for each run of its chain. */
async function record(origin: string, scenario: Scenario, folder: string): Promise<void> {
  const path = `${origin}/api/v1/namespaces/default/workflows/interop-${scenario.name}`;
  await post(path, {
    workflowType: { name: scenario.workflowType },
    taskQueue: { name: 'default' },
    input: [scenario.input],
  });
  for (const { name, input } of scenario.signals ?? []) await post(`${path}/signal/${name}`, { input });
  if (scenario.cancel) await post(`${path}/cancel`, {});
  let runId: string | undefined = String((await get(path)).workflowExecutionInfo?.firstRunId);
  for (let run = 1; runId; run++) {
    const history = await completeHistory(path, runId);
    const file = join(folder, `${scenario.name}-${run}.json`);
    writeFileSync(file, JSON.stringify({ workflowId: `interop-${scenario.name}`, history }));
    runId = successor(history);
  }
}

async function completeHistory(path: string, runId: string): Promise<History> {
  const until = Date.now() + RUN_MS;
  const events: History['events'] = [];
  let token = '';
  do {
    if (Date.now() > until)
      throw new Error(
        `${path}: run ${runId} has not ended after ${RUN_MS} ms; last event ${JSON.stringify(events.at(-1))}`,
      );
    const query = new URLSearchParams({
      'execution.runId': runId,
      waitNewEvent: 'true',
      noPayloadShorthand: '',
      nextPageToken: token,
    });
    const page = await get(`${path}/history?${query}`);
    events.push(...((page.history as History | undefined)?.events ?? []));
    token = String(page.nextPageToken ?? '');
  } while (token);
  return { events };
}

function successor(history: History): string | undefined {
  const last = history.events.at(-1) ?? {};
  for (const [member, value] of Object.entries(last)) {
    if (member.endsWith('EventAttributes'))
      return (value as { newExecutionRunId?: string }).newExecutionRunId;
  }
  return undefined;
}

const worker = join(repository, 'test/interop');

function run(cwd: string, command: string, ...parameters: string[]): number {
  return spawnSync(command, parameters, { cwd, stdio: 'inherit', shell: false }).status ?? 1;
}

function install(): void {
  const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  if (run(worker, 'npm', 'install', ...flags) !== 0)
    throw new Error("Temporal's worker could not be installed.");
}

/** All histories of the folder, on the sources that made them. */
function replay(workflowsPath: string, folder: string): number {
  return run(worker, process.execPath, 'replay.mjs', join(repository, workflowsPath), folder);
}

async function ready(origin: string): Promise<void> {
  const until = Date.now() + READY_MS;
  for (;;) {
    const answer = await fetch(`${origin}/api/v1/system-info`).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > until) throw new Error(`The runtime did not answer on ${origin} within ${READY_MS} ms.`);
    await new Promise((settle) => setTimeout(settle, 200));
  }
}

type Json = Record<string, { [member: string]: unknown } | undefined>;

const get = async (url: string): Promise<Json> => read(url, await fetch(url));
const post = async (url: string, body: unknown): Promise<Json> =>
  read(
    url,
    await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  );

async function read(url: string, response: Response): Promise<Json> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: expected 200, got ${response.status}: ${text}`);
  return JSON.parse(text) as Json;
}

function freePort(): Promise<number> {
  return new Promise((settle, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? settle(address.port) : reject(new Error('no free port')),
      );
    });
  });
}

process.exitCode = await main();
