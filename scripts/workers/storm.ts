/** Sends tasks through one queue while its workers die and are replaced, and judges each run by its history. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Client, WorkflowHandle } from 'perdure/client';
import { bundleWorkflowCode, Worker } from 'perdure/worker';
import { Random } from '../crash/options.ts';
import { Fleet } from './fleet.ts';
import type { inSteps } from './workflows.ts';

export interface StormOptions {
  client: Client;
  address: string;
  taskQueue: string;
  /** Activity tasks, over all runs. */
  tasks: number;
  workers: number;
  /** At most; without it workers die until all work is done. */
  kills?: number;
  seed: number;
  progress?: (done: number, all: number) => void;
}

export interface StormReport {
  runs: number;
  tasks: number;
  kills: number;
  /** Attempts of activities beyond the first. */
  retries: number;
  /** Workflow tasks that timed out because their worker was gone. */
  lostWorkflowTasks: number;
  complaints: string[];
}

const STEPS = 20;
const RUNS_AT_ONCE = 50;
const CHECKS_AT_ONCE = 8;

export async function storm(options: StormOptions): Promise<StormReport> {
  const folder = makeFolder();
  const { address, taskQueue, workers: size, seed, kills = Number.POSITIVE_INFINITY } = options;
  const [bundle, program] = await Promise.all([bundleWorkflows(folder), bundleWorker(folder)]);
  const fleet = new Fleet({ size, address, bundle, program, taskQueue });
  try {
    const killing = fleet.killAtRandom(new Random(seed, 'workers'), kills);
    const runs = await Promise.race([work(options), fleet.broken]);
    fleet.workIsOver();
    await killing;
    const report = await judgeAll(runs, bundle);
    return { ...report, kills: fleet.kills, complaints: [...report.complaints, ...fleet.surprises] };
  } finally {
    fleet.end();
    rmSync(folder, { recursive: true });
  }
}

/** In the repository, so that the worker finds its packages. */
function makeFolder(): string {
  const parent = resolve(import.meta.dirname, '../../.perdure');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, 'storm-'));
}

async function bundleWorkflows(folder: string): Promise<string> {
  const bundle = join(folder, 'bundle.js');
  const { code } = await bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, 'workflows.ts') });
  writeFileSync(bundle, code);
  return bundle;
}

/** One file: a worker that is killed and replaced every few seconds is not to spend them on loading its sources. */
async function bundleWorker(folder: string): Promise<string> {
  const program = join(folder, 'worker.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['perdure-source'],
    external: ['esbuild', '@temporalio/proto'],
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
    },
    logLevel: 'warning',
  });
  return program;
}

interface Run {
  handle: WorkflowHandle;
  steps: number;
  result: unknown;
}

async function work({ client, taskQueue, tasks, seed, progress }: StormOptions): Promise<Run[]> {
  const all = Math.ceil(tasks / STEPS);
  const runs: Run[] = [];
  let next = 0;
  const lane = async () => {
    while (next < all) {
      const index = next++;
      const steps = Math.min(STEPS, tasks - index * STEPS);
      const handle = await client.workflow.start<typeof inSteps>('inSteps', {
        taskQueue,
        workflowId: `storm-${seed}-${index}`,
        workflowTaskTimeout: '5s',
        args: [taskQueue, steps],
      });
      const result = await handle.result().catch((error: unknown) => error);
      runs.push({ handle, steps, result });
      progress?.(runs.length, all);
    }
  };
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, lane));
  return runs;
}

async function judgeAll(runs: readonly Run[], bundle: string): Promise<Omit<StormReport, 'kills'>> {
  const report = {
    runs: runs.length,
    tasks: 0,
    retries: 0,
    lostWorkflowTasks: 0,
    complaints: [] as string[],
  };
  const queue = [...runs];
  const lane = async () => {
    for (let run = queue.pop(); run; run = queue.pop()) await judge(run, bundle, report);
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, lane));
  return report;
}

/** A run is sound when its result names each step once, its history has each step once and whole, and its code replays. */
async function judge(
  { handle, steps, result }: Run,
  bundle: string,
  report: Omit<StormReport, 'kills'>,
): Promise<void> {
  const { workflowId } = handle;
  const complain = (what: string) => report.complaints.push(`${workflowId}: ${what}`);
  const expected = Array.from({ length: steps }, (_, index) => index);
  if (JSON.stringify(result) !== JSON.stringify(expected)) complain(`its result is ${String(result)}`);
  const history = await handle.fetchHistory();
  const events = history.events ?? [];
  const scheduled = new Set<string>();
  const completed: string[] = [];
  for (const [index, event] of events.entries()) {
    if (Number(event.eventId) !== index + 1) complain(`event ${event.eventId} stands at place ${index + 1}`);
    const { activityTaskCompletedEventAttributes: completion, activityTaskStartedEventAttributes: start } =
      event;
    if (event.activityTaskScheduledEventAttributes) scheduled.add(String(event.eventId));
    if (completion) completed.push(String(completion.scheduledEventId));
    if (event.workflowTaskTimedOutEventAttributes) report.lostWorkflowTasks += 1;
    report.retries += Math.max((start?.attempt ?? 1) - 1, 0);
  }
  if (scheduled.size !== steps) complain(`${scheduled.size} activities are scheduled instead of ${steps}`);
  if (
    new Set(completed).size !== steps ||
    completed.length !== steps ||
    completed.some((id) => !scheduled.has(id))
  )
    complain(`its ${steps} activities completed ${completed.length} times`);
  if (!events.at(-1)?.workflowExecutionCompletedEventAttributes) complain('it does not end completed');
  await Worker.runReplayHistory({ workflowBundle: { codePath: bundle } }, history, workflowId).catch(
    (error: unknown) => complain(String(error)),
  );
  report.tasks += completed.length;
}
