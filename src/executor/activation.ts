/**
 * One turn of workflow code (WFT-9 to WFT-12).
 *
 * A1. All jobs are applied in one synchronous frame; after each, conditions are looked at. The main function starts last.
 * A2. Then one macrotask passes: every microtask has drained. Conditions that hold now start another round.
 * A3. Histories of SDKs before a flag for it had signals applied, with all that follows from them, before other jobs.
 * A4. Nothing else is awaited. An error that is the task's ends the turn; what microtasks still do changes nothing.
 */
import { runInContext } from './context.ts';
import type { ActivateInput, WorkflowExecuteInput } from './interceptors.ts';
import { type ActivationJob, JobOrder, sortJobs } from './jobs.ts';
import { withLifecycleLogs } from './logs.ts';
import type { WorkflowRun } from './run.ts';
import { warnOfUnfinishedHandlers } from './unfinished-handlers.ts';
import { unhandledRejection } from './unhandled-rejections.ts';

/** Applies `jobs` and, when `start` is set, starts the main function; resolves when code has come to rest. */
export async function activate(run: WorkflowRun, jobs: ActivationJob[], start: boolean): Promise<void> {
  run.fuel.reset();
  const batches = batchesOf(run, sortJobs(jobs), start);
  for (const [batchIndex, batch] of batches.entries()) {
    const isLast = batchIndex === batches.length - 1;
    attempt(run, () => applyBatch(run, batch, batchIndex, start && isLast));
    do {
      await run.host.macrotask();
    } while (run.taskError === undefined && unblocksConditions(run));
    if (run.taskError !== undefined) return;
  }
  // Entering the run's context costs as much as a small step: only where there is something to conclude.
  if (run.isCompleted || run.updates.hasBuffered || run.interceptors.hasInternals)
    attempt(run, () => conclude(run));
}

/** Through the interceptors, if any stand here: what they are shown is made for them alone. */
function applyBatch(run: WorkflowRun, batch: ActivationJob[], batchIndex: number, start: boolean): void {
  const apply = () => applyJobs(run, batch, start);
  if (!run.interceptors.hasInternals) apply();
  else run.interceptors.internals('activate', apply)(activateInput(run, batch, batchIndex, start));
}

function unblocksConditions(run: WorkflowRun): boolean {
  return run.blockedConditions.size > 0 && attempt(run, () => unblockConditions(run)) === true;
}

/** One batch, except where history was made by signals first and all else after (A3). */
function batchesOf(run: WorkflowRun, jobs: ActivationJob[], start: boolean): ActivationJob[][] {
  const isSignal = ({ variant }: ActivationJob) => variant === 'signalWorkflow';
  if (!jobs.some(isSignal) || run.hasFlag('jobsInOneBatch')) return [jobs];
  const others = jobs.filter((job) => !isSignal(job));
  const signals = jobs.filter(isSignal);
  return others.length > 0 || start ? [signals, others] : [signals];
}

/** As interceptors see it: what kinds of jobs there are, and not what they hold. */
function activateInput(
  { runId, now, isReplaying }: WorkflowRun,
  batch: readonly ActivationJob[],
  batchIndex: number,
  start: boolean,
): ActivateInput {
  const variants = [...(start ? ['initializeWorkflow'] : []), ...batch.map(({ variant }) => variant)];
  const jobs = variants.map((variant) => ({ variant, [variant]: {} }));
  return { activation: { runId, timestamp: now, isReplaying, jobs }, batchIndex };
}

/** Runs a synchronous piece of the turn in the run's context; what it throws is the task's error. */
function attempt<T>(run: WorkflowRun, piece: () => T): T | undefined {
  try {
    return runInContext(run.rootContext, piece);
  } catch (error) {
    run.failTask(error);
    return undefined;
  }
}

function applyJobs(run: WorkflowRun, jobs: readonly ActivationJob[], start: boolean): void {
  for (const job of jobs) {
    job.apply();
    if (job.order >= JobOrder.message) unblockConditions(run);
    throwTaskError(run);
  }
  if (!start) return;
  startMain(run);
  unblockConditions(run);
}

function throwTaskError(run: WorkflowRun): void {
  if (run.taskError !== undefined) throw run.taskError.error;
}

/** Resolves the conditions that hold, until none does any more. True when there was one. */
function unblockConditions(run: WorkflowRun): boolean {
  let hasUnblocked = false;
  for (let again = true; again; ) {
    again = false;
    throwTaskError(run);
    for (const condition of run.blockedConditions) again = condition.evaluate() || again;
    hasUnblocked ||= again;
  }
  return hasUnblocked;
}

function startMain(run: WorkflowRun): void {
  const { attributes } = run.started ?? {};
  const execute = run.interceptors.inbound('execute', (input) => startWorkflowNextHandler(run, input));
  const input = () => ({
    headers: attributes?.header?.fields ?? {},
    args: run.converters.fromPayloads(attributes?.input, run.typeInfo?.inputTypes),
  });
  withLifecycleLogs(() => execute(input()))
    .then(
      (result) => run.complete(result),
      (error: unknown) => run.fail(error),
    )
    // A result that cannot be converted: nobody but the task is told.
    .catch((error: unknown) => run.failTask(unhandledRejection(error)));
}

/** Named so that stack traces end here. */
async function startWorkflowNextHandler(run: WorkflowRun, { args }: WorkflowExecuteInput): Promise<unknown> {
  const { main } = run;
  return await main?.(...args);
}

function conclude(run: WorkflowRun): void {
  run.updates.rejectBuffered();
  run.interceptors.internals(
    'concludeActivation',
    (input) => input,
  )({
    get commands() {
      return run.commands.pending();
    },
  });
  if (run.isCompleted) warnOfUnfinishedHandlers(run);
}
