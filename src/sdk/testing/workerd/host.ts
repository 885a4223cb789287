/**
 * The process in which miniflare runs for `createLocal()`, apart from the test's own: test runners put modules into realms of
 * their own, and miniflare is made for Node alone.
 *
 * H1 Standard input brings one line of JSON, {@link HostOptions}, and stays open as long as the server is wanted: however the
 *    test's process ends, its end ends workerd and removes what is not to be kept.
 * H2 Standard output gives one line of JSON, {@link HostAnswer}. Logs go to standard error.
 * H3 It imports nothing but Node's modules, and miniflare by the path that it is told.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface HostOptions {
  /** Path of miniflare's main module. */
  miniflare: string;
  /** Modules of the Worker by name, the main one first. */
  modules: Readonly<Record<string, string>>;
  host: string;
  /** 0 is any free one. */
  port: number;
  bindings: Readonly<Record<string, string>>;
  /** Exported classes of Durable Objects. */
  objects: readonly string[];
  buckets: readonly string[];
  /** Keeps the state. Without it state ends with the process. */
  stateFolder?: string;
  /** What the Worker logs is shown. */
  showsLogs: boolean;
}

export type HostAnswer = { port: number } | { error: string };

/** What is used of miniflare, whose options are those of its version 4; later ones convert them. */
interface MiniflareModule {
  Miniflare: new (options: unknown) => { ready: Promise<URL>; dispose(): Promise<void> };
  convertV4MiniflareOptions?: (options: unknown) => unknown;
  /** Of version 4, whose runtime refuses later dates. */
  supportedCompatibilityDate?: string;
  NoOpLog?: new () => unknown;
}

const LOCK = 'perdure.lock';
/** Whatever holds it up, the process ends (H1), and takes workerd along as it does. */
const DISPOSE_TIMEOUT_MS = 5_000;
const COMPATIBILITY_DATE = '2026-11-16';

async function main(): Promise<void> {
  const options = await readOptions();
  if (options === undefined) return;
  const release = options.stateFolder === undefined ? () => {} : lockFolder(options.stateFolder);
  process.on('exit', release);
  const require = createRequire(options.miniflare);
  const module = require(options.miniflare) as MiniflareModule;
  watchRuntime(process.env.MINIFLARE_WORKERD_PATH ?? (require('workerd') as { default: string }).default);
  const miniflare = new module.Miniflare(miniflareOptions(module, options));
  const end = async () => {
    setTimeout(() => process.exit(1), DISPOSE_TIMEOUT_MS).unref();
    await miniflare.dispose().catch(() => undefined);
    process.exit();
  };
  process.stdin.once('end', end).once('close', end);
  answer({ port: Number((await miniflare.ready).port) });
}

/** miniflare waits for ever for a workerd that this machine cannot run. */
function watchRuntime(workerd: string): void {
  const probe = spawn(workerd, ['--version'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let reason = '';
  probe.stderr.on('data', (text) => {
    reason += String(text);
  });
  probe.once('error', fail);
  probe.once('close', (code, signal) => {
    if (code !== 0) fail(new Error(`${workerd} ended with ${signal ?? `code ${code}`}. ${reason}`.trim()));
  });
}

/** Undefined when there were none: whoever started this is gone. */
async function readOptions(): Promise<HostOptions | undefined> {
  const lines = createInterface({ input: process.stdin });
  const line = await new Promise<string | undefined>((resolve) => {
    lines.once('line', resolve).once('close', () => resolve(undefined));
  });
  lines.close();
  process.stdin.resume(); // Its end is waited for (H1).
  return line === undefined ? undefined : (JSON.parse(line) as HostOptions);
}

function miniflareOptions(module: MiniflareModule, options: HostOptions): unknown {
  const { modules, objects, buckets, host, port, bindings, stateFolder, showsLogs } = options;
  const { NoOpLog, convertV4MiniflareOptions: convert, supportedCompatibilityDate: newest } = module;
  const persistence = convert === undefined ? 'defaultPersistRoot' : 'resourcePersistencePath';
  const wanted = {
    name: 'perdure',
    host,
    port,
    modules: Object.entries(modules).map(([path, contents]) => ({ type: 'ESModule', path, contents })),
    compatibilityDate: newest !== undefined && newest < COMPATIBILITY_DATE ? newest : COMPATIBILITY_DATE,
    compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
    bindings,
    durableObjects: Object.fromEntries(
      objects.map((className) => [className, { className, useSQLite: true }]),
    ),
    r2Buckets: buckets,
    cf: false, // Else it asks the network what a request's `cf` looks like.
    logRequests: false,
    unsafeObservability: false,
    handleStructuredLogs: ({ message }: { message: string }) => {
      if (showsLogs) process.stderr.write(`${message}\n`);
    },
    ...(NoOpLog && { log: new NoOpLog() }),
    ...(stateFolder !== undefined && { [persistence]: stateFolder }),
  };
  return convert === undefined ? wanted : convert(wanted);
}

/** Two servers over one folder would destroy it. */
function lockFolder(folder: string): () => void {
  if (statSync(folder, { throwIfNoEntry: false })?.isFile())
    throw new Error(
      `dbFilename: ${folder} is a file; the server keeps its state in a folder, name another path`,
    );
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, LOCK);
  const holder = readHolder(lock);
  if (holder !== undefined && isAlive(holder))
    throw new Error(
      `dbFilename: ${folder} is in use by another environment (process ${holder}); tear that one down, or name another path`,
    );
  writeFileSync(lock, String(process.pid));
  return () => rmSync(lock, { force: true });
}

function readHolder(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined; // There is none.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function answer(message: HostAnswer, then?: () => void): void {
  process.stdout.write(`${JSON.stringify(message)}\n`, then);
}

function fail(error: unknown): void {
  answer({ error: error instanceof Error ? error.message : String(error) }, () => process.exit(1));
}

main().catch(fail);
