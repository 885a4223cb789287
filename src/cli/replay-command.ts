/** `perdure replay`: replays history files against the workflow code, before it is deployed. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { defaultWorkflowsPath } from '../bundler/write-bundle.ts';
import { DefaultLogger, Runtime, Worker } from '../sdk/worker/index.ts';
import type { Output } from './bundle-command.ts';

export interface ReplayFlags {
  readonly workflows?: string;
  readonly bundle?: string;
}

/** Gives the exit code: 0 when every history replays. */
export async function replayCommand(
  projectRoot: string,
  files: readonly string[],
  flags: ReplayFlags,
  output: Output,
): Promise<number> {
  if (files.length === 0) {
    output.error('perdure replay: expected one or more history files');
    return 1;
  }
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const code =
    flags.bundle === undefined
      ? { workflowsPath: resolve(projectRoot, flags.workflows ?? defaultWorkflowsPath) }
      : { workflowBundle: { codePath: resolve(projectRoot, flags.bundle) } };
  let failed = 0;
  const results = Worker.runReplayHistories(code, histories(projectRoot, files));
  let index = 0;
  for await (const { workflowId, runId, error } of results) {
    const name = `${files[index++]} (workflow ${workflowId}, run ${runId})`;
    if (error === undefined) {
      output.info(`ok      ${name}`);
    } else {
      failed += 1;
      output.error(`failed  ${name}\n        ${error.message}`);
    }
  }
  output.info(`${files.length - failed} of ${files.length} replayed`);
  return failed === 0 ? 0 : 1;
}

async function* histories(projectRoot: string, files: readonly string[]) {
  for (const file of files) {
    const history = await readJson(resolve(projectRoot, file));
    const { workflowId } = history as { workflowId?: unknown };
    yield {
      history,
      workflowId: typeof workflowId === 'string' ? workflowId : basename(file).replace(/\.json$/, ''),
    };
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(
      `${path}: expected a history as JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
