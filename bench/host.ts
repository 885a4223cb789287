/** The benchmark Worker with its workflows, served. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Served, serve } from './miniflare.ts';

const root = join(import.meta.dirname, '..');

export type Host = Served;

export async function startHost(): Promise<Host> {
  bundleWorkflows();
  return serve({
    name: 'bench',
    entryPoint: join(root, 'bench/worker/index.ts'),
    objects: {
      BARE: 'BareObject',
      BARE_EXTRAS: 'BareExtras',
      WORKFLOW_EXECUTION: 'WorkflowExecution',
      FIGURES: 'Figures',
      NAMESPACE: 'Namespace',
      TASK_QUEUE: 'TaskQueue',
    },
    bindings: { PERDURE_OPEN: 'true', PERDURE_DEVELOPMENT: 'false' },
    workflows: { CLOUDFLARE: { name: 'bench', className: 'BenchWorkflow' } },
  });
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
