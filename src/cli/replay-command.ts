/** `perdure replay`: replays history files against the workflow code, before it is deployed. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { defaultWorkflowsPath } from '../bundler/write-bundle.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import { readHistory } from '../sdk/worker/history.ts';
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
    const json = await readJson(resolve(projectRoot, file));
    const { workflowId } = (json ?? {}) as { workflowId?: unknown };
    yield {
      history: historyOf(file, json),
      workflowId: typeof workflowId === 'string' ? workflowId : basename(file).replace(/\.json$/, ''),
    };
  }
}

function historyOf(file: string, json: unknown): readonly HistoryEvent[] {
  try {
    return readHistory(json);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
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
