/**
 * `npm start`: the runtime on this machine, on wrangler's local workerd, without an account.
 *
 *   PORT            the port, 8787 unless set
 *   PERDURE_STATE   the folder that keeps all workflows between starts, .perdure/state unless set
 *
 * Access needs no API key here, since only this machine reaches the port.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  closeStateFolder,
  openStateFolder,
  RUN_ID_VARIABLE,
  type RunRecord,
  recordChildren,
  StateFolderInUseError,
  StateFolderLostError,
  StateFolderUnusableError,
} from './lib/run-record.ts';

const repository = resolve(import.meta.dirname, '..');
const RECORD_INTERVAL_MS = 250;
const PORT_RELEASE_MS = 3_000;

/** A mistake of whoever started us: shown without a stack. */
class StartError extends Error {}

async function main(): Promise<number> {
  const port = parsePort(process.env.PORT ?? '8787');
  const folder = resolve(repository, process.env.PERDURE_STATE ?? '.perdure/state');
  const record = await openStateFolder(folder, port);
  try {
    await requireFreePort(port);
    return await runWrangler(record);
  } finally {
    await closeStateFolder(record);
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new StartError(`PORT must be a number from 1 to 65535, found '${text}'.`);
}

/** A workerd that was just ended holds its port until the last of its threads is gone, which is after it seems dead. */
async function requireFreePort(port: number): Promise<void> {
  const deadline = Date.now() + PORT_RELEASE_MS;
  while ((await isTaken(port, '127.0.0.1')) || (await isTaken(port, '::1'))) {
    if (Date.now() > deadline) {
      throw new StartError(
        `Port ${port} is taken by another program. Stop it, or choose another port: PORT=${port + 1} npm start`,
      );
    }
    await delay(50);
  }
}

function isTaken(port: number, host: string): Promise<boolean> {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'EADDRINUSE'));
    probe.listen(port, host, () => probe.close(() => settle(false)));
  });
}

async function runWrangler(record: RunRecord): Promise<number> {
  console.log(`perdure: http://localhost:${record.port}, state in ${record.stateFolder}`);
  const child = spawnWrangler(record);
  const forward = (name: NodeJS.Signals) => child.kill(name);
  process.on('SIGINT', forward).on('SIGTERM', forward).on('SIGHUP', forward);
  let lost: StateFolderLostError | undefined;
  const recording = setInterval(() => {
    if (lost === undefined) lost = keepRecord(record);
    if (lost !== undefined) child.kill('SIGTERM');
  }, RECORD_INTERVAL_MS);
  try {
    const exitCode = await exitCodeOf(child);
    if (lost !== undefined) throw lost;
    return exitCode;
  } finally {
    clearInterval(recording);
  }
}

/** A record that cannot be written for now, on a full disk, is no reason to stop: the next time may do. */
function keepRecord(record: RunRecord): StateFolderLostError | undefined {
  try {
    recordChildren(record);
    return undefined;
  } catch (error) {
    if (error instanceof StateFolderLostError) return error;
    console.error(`perdure: the record of processes was not written: ${error}`);
    return undefined;
  }
}

function spawnWrangler(record: RunRecord): ChildProcess {
  const wrangler = join(repository, 'node_modules/wrangler/bin/wrangler.js');
  const options = {
    port: String(record.port),
    'persist-to': record.stateFolder,
    var: 'PERDURE_OPEN:true',
    'show-interactive-dev-session': 'false',
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return spawn(process.execPath, [wrangler, 'dev', ...flags], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'], // Without a terminal to read from, wrangler asks nothing.
    env: { ...wranglerDefaults, ...process.env, [RUN_ID_VARIABLE]: record.runId, PATH: pathWithOwnTools() },
  });
}

/** What the environment may override. */
const wranglerDefaults = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false', // Nothing is asked of the network.

  X_LOCAL_OBSERVABILITY: 'false', // Its trace of every invocation takes half of the time under load.
};

/** The build command in wrangler.toml says `node`: it has to be the one this script runs on. */
function pathWithOwnTools(): string {
  return [join(process.execPath, '..'), join(repository, 'node_modules/.bin'), process.env.PATH].join(':');
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => {
      if (signal) console.error(`perdure: wrangler was ended by ${signal}`);
      settle(code ?? 1);
    });
  });
}

function isExpected(error: unknown): error is Error {
  const expected = [StartError, StateFolderInUseError, StateFolderLostError, StateFolderUnusableError];
  return expected.some((kind) => error instanceof kind);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isExpected(error)) throw error;
  console.error(`perdure: ${error.message}`);
  process.exitCode = 1;
}
