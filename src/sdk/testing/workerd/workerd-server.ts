/** The Worker itself on workerd, in a process of its own that ends with this one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { PushBinding } from '../../../objects/activity/activity-push.ts';
import type { LogLevel } from '../../../objects/object-options.ts';
import { findMiniflare } from './find-miniflare.ts';
import type { HostAnswer, HostOptions } from './host.ts';
import { hostScript, OBJECT_CLASSES, workerModules } from './worker-modules.ts';

export interface WorkerdServerOptions {
  /** @default 127.0.0.1 */
  host?: string;
  /** @default a free one */
  port?: number;
  /** Keeps the state; without it state ends with the server. */
  stateFolder?: string;
  /** Task queues whose activities are pushed to an endpoint. */
  push?: Readonly<Record<string, PushBinding>>;
  /** Entries from this level on are written to standard error. @default none are */
  logLevel?: LogLevel;
}

export interface WorkerdServer {
  /** `host:port` */
  address: string;
  close(): Promise<void>;
}

/** A cold start on a busy machine takes seconds. */
const READY_TIMEOUT_MS = 60_000;
/** Longer than the process gives itself. */
const CLOSE_TIMEOUT_MS = 10_000;

/** There is no miniflare here, or it could not be started. */
export class WorkerdUnavailableError extends Error {
  override readonly name = 'WorkerdUnavailableError';
}

export async function startWorkerdServer(options: WorkerdServerOptions = {}): Promise<WorkerdServer> {
  const miniflare = findMiniflare();
  if (miniflare === undefined)
    throw new WorkerdUnavailableError(
      'The runtime on workerd needs the package miniflare, version 4 or newer, which comes with wrangler: npm install -D wrangler',
    );
  const { host = '127.0.0.1', port = 0, stateFolder, push = {}, logLevel } = options;
  const hostOptions: HostOptions = {
    miniflare,
    modules: await workerModules({ push, logLevel: logLevel ?? 'ERROR' }),
    host,
    port,
    bindings: { PERDURE_OPEN: 'true', PERDURE_ALLOWED_HOSTS: host, PERDURE_DEVELOPMENT: 'false' },
    objects: OBJECT_CLASSES,
    buckets: ['PAYLOADS', 'ARCHIVE'],
    ...(stateFolder !== undefined && { stateFolder: resolve(stateFolder) }),
    showsLogs: logLevel !== undefined,
  };
  const child = spawn(nodeCommand(), [hostScript()], {
    stdio: ['pipe', 'pipe', logLevel === undefined ? 'ignore' : 'inherit'],
    env: hostEnvironment(),
    windowsHide: true,
  });
  try {
    child.stdin?.on('error', () => undefined); // That it has ended is told by its answer, or by its exit.
    child.stdin?.write(`${JSON.stringify(hostOptions)}\n`);
    const bound = await portOf(child);
    return { address: `${host}:${bound}`, close: () => close(child) };
  } catch (error) {
    await close(child);
    throw error;
  }
}

/** miniflare is made for Node: beside Bun and Deno it takes the one on the path, and without it there is no such server. */
function nodeCommand(): string {
  return 'bun' in process.versions || 'deno' in process.versions ? 'node' : process.execPath;
}

/** What a test runner has Node load first is not for this process. */
function hostEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...rest } = process.env;
  return rest;
}

async function portOf(child: ChildProcess): Promise<number> {
  const answer = await Promise.race([firstLine(child), failed(child), timedOut()]);
  if ('error' in answer) throw new WorkerdUnavailableError(`workerd could not be started: ${answer.error}`);
  return answer.port;
}

async function firstLine({ stdout }: ChildProcess): Promise<HostAnswer> {
  if (stdout === null) return { error: 'its process has no standard output' };
  const lines = createInterface({ input: stdout });
  const [line] = (await once(lines, 'line')) as [string];
  // Sound: what the host writes (H2).
  return JSON.parse(line) as HostAnswer;
}

function failed(child: ChildProcess): Promise<HostAnswer> {
  return new Promise((settle) => {
    child.once('error', (error) => settle({ error: error.message }));
    child.once('close', (code, signal) =>
      settle({ error: `its process ended with ${signal ?? `code ${code}`}` }),
    );
  });
}

function timedOut(): Promise<HostAnswer> {
  return new Promise((settle) => {
    const error = `no answer within ${READY_TIMEOUT_MS} ms`;
    setTimeout(() => settle({ error }), READY_TIMEOUT_MS).unref();
  });
}

async function close(child: ChildProcess): Promise<void> {
  // Without a process ID it never began.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
