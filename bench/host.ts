/** Builds the benchmark Worker and serves it with miniflare on a free loopback port, state in a temporary folder. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

const root = join(import.meta.dirname, '..');

export interface Host {
  origin: string;
  /** Processor seconds that the runtime's processes have used since they began. */
  processorSeconds(): number;
  dispose(): Promise<void>;
}

export async function startHost(): Promise<Host> {
  bundleWorkflows();
  const script = await bundleWorker();
  const state = mkdtempSync(join(tmpdir(), 'perdure-bench-'));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      resourcePersistencePath: state,
      logRequests: false,
      unsafeObservability: false,
      modules: true,
      script,
      name: 'bench',
      compatibilityDate: '2026-11-16',
      compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
      bindings: { PERDURE_OPEN: 'true', PERDURE_DEVELOPMENT: 'false' },
      durableObjects: {
        BARE: { className: 'BareObject', useSQLite: true },
        BARE_EXTRAS: { className: 'BareExtras', useSQLite: true },
        WORKFLOW_EXECUTION: { className: 'WorkflowExecution', useSQLite: true },
        FIGURES: { className: 'Figures', useSQLite: true },
        NAMESPACE: { className: 'Namespace', useSQLite: true },
        TASK_QUEUE: { className: 'TaskQueue', useSQLite: true },
      },
      workflows: { CLOUDFLARE: { name: 'bench', className: 'BenchWorkflow' } },
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

function bundleWorkflows(): void {
  const arguments_ = [
    'src/cli/main.ts',
    'bundle',
    '--workflows',
    'bench/workflows',
    '--out',
    '.perdure/bench-workflows.js',
  ];
  execFileSync(process.execPath, arguments_, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function bundleWorker(): Promise<string> {
  const output = await build({
    entryPoints: [join(root, 'bench/worker/index.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser', 'perdure-source'],
    external: ['cloudflare:*', 'node:*'],
  });
  const file = output.outputFiles[0];
  if (!file) throw new Error('bench: esbuild wrote no output for bench/worker/index.ts');
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
