/** The Worker that `createLocal()` runs on workerd: the runtime without workflow code or activities, for which workers come. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PushBinding } from '../../../objects/activity/activity-push.ts';
import type { LogLevel } from '../../../objects/object-options.ts';

/** Classes of Durable Objects that the Worker exports. */
export const OBJECT_CLASSES: readonly string[] = [
  'WorkflowExecution',
  'Namespace',
  'TaskQueue',
  'Schedule',
  'ScheduleIndex',
  'Visibility',
];

export interface WorkerOptions {
  push: Readonly<Record<string, PushBinding>>;
  logLevel: LogLevel;
}

/** Modules by name, the main one first. */
export async function workerModules(options: WorkerOptions): Promise<Record<string, string>> {
  return { 'worker.js': mainModule(options), 'runtime.js': await runtimeSource() };
}

/** Options reach the Worker as part of its code: secrets are read once, at its start. */
function mainModule({ push, logLevel }: WorkerOptions): string {
  const definitions = Object.entries(push).map(([taskQueue, { url, secrets }]) => ({
    taskQueue,
    push: { url, secrets: typeof secrets === 'function' ? secrets() : secrets },
  }));
  // A test that has started a workflow looks for it at once.
  const options = { logLevel, times: { visibilityDelayMs: 0 } };
  return [
    `import { createRuntime } from './runtime.js';`,
    `const runtime = createRuntime(${JSON.stringify(definitions)}, ${JSON.stringify(options)});`,
    `export const { ${['Activities', ...OBJECT_CLASSES].join(', ')} } = runtime;`,
    'export default runtime.app;',
  ].join('\n');
}

let built: Promise<string> | undefined;

/** As published it is a file; in this repository it is built from the sources, once for a process. */
function runtimeSource(): Promise<string> {
  const file = publishedFile('runtime.js');
  built ??= file === undefined ? buildRuntime() : Promise.resolve(readFileSync(file, 'utf8'));
  return built;
}

/** The script of the process that runs miniflare. */
export function hostScript(): string {
  return publishedFile('host.js') ?? join(import.meta.dirname, 'host.ts');
}

/** From a chunk, or the file for `require`. */
function publishedFile(name: string): string | undefined {
  const file = join(import.meta.dirname, '../sdk/testing/workerd', name);
  return existsSync(file) ? file : undefined;
}

async function buildRuntime(): Promise<string> {
  const { build } = await import('esbuild');
  const { RUNTIME_BUILD } = await import('./runtime-build.ts');
  const output = await build({
    ...RUNTIME_BUILD,
    entryPoints: [join(import.meta.dirname, '../../../runtime/runtime.ts')],
    write: false,
  });
  return output.outputFiles[0]?.text ?? '';
}
