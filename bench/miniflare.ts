/** Serves a benchmark's Worker with miniflare on a free loopback port, its state in a temporary folder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

export interface Served {
  origin: string;
  /** Processor seconds that the runtime's processes have used since they began. */
  processorSeconds(): number;
  dispose(): Promise<void>;
}

export interface ServedWorker {
  name: string;
  /** The Worker's module. */
  entryPoint: string;
  /** Names of its classes, by binding. All of them have SQLite. */
  objects: Readonly<Record<string, string>>;
  bindings?: Record<string, string>;
  workflows?: Record<string, { name: string; className: string }>;
}

export async function serve({
  name,
  entryPoint,
  objects,
  bindings,
  workflows,
}: ServedWorker): Promise<Served> {
  const script = await bundled(entryPoint);
  const state = mkdtempSync(join(tmpdir(), `perdure-${name}-`));
  const durableObjects = Object.fromEntries(
    Object.entries(objects).map(([binding, className]) => [binding, { className, useSQLite: true }]),
  );
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      resourcePersistencePath: state,
      logRequests: false,
      unsafeObservability: false,
      modules: true,
      script,
      name,
      compatibilityDate: '2026-11-16',
      compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
      durableObjects,
      ...(bindings && { bindings }),
      ...(workflows && { workflows }),
    }),
  );
  const url = await miniflare.ready;
  return {
    origin: `http://127.0.0.1:${url.port}`,
    processorSeconds: () => runtimeProcessorSeconds(),
    async dispose() {
      await miniflare.dispose();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

async function bundled(entryPoint: string): Promise<string> {
  const output = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser', 'perdure-source'],
    external: ['cloudflare:*', 'node:*'],
  });
  const file = output.outputFiles[0];
  if (!file) throw new Error(`bench: esbuild wrote no output for ${entryPoint}`);
  return file.text;
}

/** Linux only: user and system time of the workerd that this process started; 0 elsewhere. */
function runtimeProcessorSeconds(): number {
  let ticks = 0;
  for (const entry of listProcesses()) {
    const stat = readStat(entry);
    if (!stat?.includes('(workerd)')) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Others on this machine may run one too.
    if (Number(fields[1]) !== process.pid) continue;
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

function listProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function readStat(process_: string): string | undefined {
  try {
    return readFileSync(`/proc/${process_}/stat`, 'utf8');
  } catch {
    return undefined; // It ended while we looked.
  }
}
