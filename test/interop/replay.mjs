/**
 * `node replay.mjs WORKFLOWS FOLDER`: replays every history file of the folder in Temporal's worker, on the same workflow
 * sources; only the import paths are mapped. A history passes if it replays and its workflow ends there with the same result
 * or failure. Exit code 1 when one of them does not.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';

const require = createRequire(import.meta.url);
const [workflowsPath, folder] = process.argv.slice(2);
if (!workflowsPath || !folder) throw new Error('usage: node replay.mjs WORKFLOWS FOLDER');

Runtime.install({ logger: new DefaultLogger('ERROR') });

const commandsFile = join(folder, 'commands.jsonl');
process.env.PERDURE_INTEROP_COMMANDS = commandsFile;

const alias = {
  'perdure/workflow': require.resolve('@temporalio/workflow'),
  'perdure/common': require.resolve('@temporalio/common'),
};

const workflowBundle = await bundleWorkflowCode({
  workflowsPath,
  workflowInterceptorModules: [join(import.meta.dirname, 'commands.js')],
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

/** How the history ends, in the form in which `commands.js` notes it; undefined if in none of these ways. */
function endOf({ events }) {
  const {
    workflowExecutionCompletedEventAttributes: completed,
    workflowExecutionFailedEventAttributes: failed,
  } = events.at(-1);
  if (completed)
    return { result: Buffer.from(completed.result?.payloads?.[0]?.data ?? '', 'base64').toString() };
  return failed && { failure: failureOf(failed.failure) };
}

function failureOf(failure) {
  if (!failure) return null;
  const { message = '', cause, applicationFailureInfo } = failure;
  return { message, type: applicationFailureInfo?.type ?? '', cause: failureOf(cause) };
}

async function compare({ workflowId, history }) {
  writeFileSync(commandsFile, '');
  await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  const expected = endOf(history);
  if (expected === undefined) return;
  const [found = '{}'] = readFileSync(commandsFile, 'utf8').split('\n');
  if (!isDeepStrictEqual(JSON.parse(found || '{}'), expected))
    throw new Error(`ends with ${JSON.stringify(expected)}, and in Temporal's worker with ${found}`);
}

let failed = 0;
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
for (const file of files.sort()) {
  const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  try {
    await compare(recorded);
    console.log(`replayed  ${file}  ${recorded.history.events.length} events`);
  } catch (error) {
    failed += 1;
    console.log(`DIFFERS   ${file}  ${error instanceof Error ? `${error.name}: ${error.message}` : error}`);
  }
}
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || files.length === 0 ? 1 : 0;
