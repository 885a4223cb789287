/**
 * One turn of workflow code (WFT-9 to WFT-12).
 *
 * A1. All jobs are applied in one synchronous frame; after each, conditions are looked at. The main function starts last.
 * A2. Then one macrotask passes: every microtask has drained. Conditions that hold now start another round.
 * A3. Nothing else is awaited. An error that is the task's ends the turn; what microtasks still do changes nothing.
 */
import { runInContext } from './context.ts';
import type { ActivateInput, WorkflowExecuteInput } from './interceptors.ts';
import { type ActivationJob, JobOrder, sortJobs } from './jobs.ts';
import { withLifecycleLogs } from './logs.ts';
import type { WorkflowRun } from './run.ts';
import { warnOfUnfinishedHandlers } from './unfinished-handlers.ts';

/** Applies `jobs` and, when `start` is set, starts the main function; resolves when code has come to rest. */
export async function activate(run: WorkflowRun, jobs: ActivationJob[], start: boolean): Promise<void> {
  if (jobs.some(({ order }) => order === JobOrder.message)) run.useFlag('jobsInOneBatch');
  run.fuel.reset();
  attempt(run, () => {
    const apply = run.interceptors.internals('activate', () => applyJobs(run, sortJobs(jobs), start));
    apply(activateInput(run));
  });
  do {
    await run.host.macrotask();
  } while (run.taskError === undefined && attempt(run, () => endOfRound(run)));
}

function activateInput({ runId, now, isReplaying }: WorkflowRun): ActivateInput {
  return { activation: { runId, timestamp: now, isReplaying }, batchIndex: 0 };
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
  const args = run.converters.fromPayloads(attributes?.input, run.typeInfo?.inputTypes);
  withLifecycleLogs(() => execute({ headers: attributes?.header?.fields ?? {}, args }))
    .then(
      (result) => run.complete(result),
      (error: unknown) => run.fail(error),
    )
    .catch((error: unknown) => run.failTask(error));
}

/** Named so that stack traces end here. */
async function startWorkflowNextHandler(run: WorkflowRun, { args }: WorkflowExecuteInput): Promise<unknown> {
  const { main } = run;
  return await main?.(...args);
}

/** True when another round follows; otherwise the turn is concluded. */
function endOfRound(run: WorkflowRun): boolean {
  if (unblockConditions(run)) return true;
  if (run.taskError === undefined) conclude(run);
  return false;
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
