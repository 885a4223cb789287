/**
 * `node replay.mjs WORKFLOWS FOLDER`: replays every history file of the folder in Temporal's worker, on the same workflow
 * sources; only the import paths are mapped. Exit code 1 when one of them does not replay.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';

const require = createRequire(import.meta.url);
const [workflowsPath, folder] = process.argv.slice(2);
if (!workflowsPath || !folder) throw new Error('usage: node replay.mjs WORKFLOWS FOLDER');

Runtime.install({ logger: new DefaultLogger('ERROR') });

const alias = {
  'perdure/workflow': require.resolve('@temporalio/workflow'),
  'perdure/common': require.resolve('@temporalio/common'),
};

const workflowBundle = await bundleWorkflowCode({
  workflowsPath,
  logger: new DefaultLogger('ERROR'),
  webpackConfigHook: (config) => ({
    ...config,
    resolve: {
      ...config.resolve,
      alias: { ...config.resolve?.alias, ...alias },
      // The sources lie outside this package, and what they import must be found in it.
      modules: ['node_modules', join(import.meta.dirname, 'node_modules')],
    },
  }),
});

let failed = 0;
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
for (const file of files.sort()) {
  const { workflowId, history } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  try {
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    console.log(`replayed  ${file}  ${history.events.length} events`);
  } catch (error) {
    failed += 1;
    console.log(`DIFFERS   ${file}  ${error instanceof Error ? `${error.name}: ${error.message}` : error}`);
  }
}
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || files.length === 0 ? 1 : 0;
