/** Replay of a task in the shadow: what a later replay would do is done at once, so that nondeterminism shows on the first run. */
import type { WorkflowTask, WorkflowTaskCompleted } from '../engine/workflow-task.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import { describeCommand } from './command-matching.ts';
import { isNondeterminism, nondeterminismError } from './errors.ts';
import type { RunReplayer } from './replayer.ts';
import type { RunFactory } from './run-factory.ts';
import { eventsOfCompletion } from './synthetic-history.ts';

/** Histories up to this length are replayed at every task. */
export const SHADOW_EVENTS = 200;

/** The whole history as it will stand once `completion` is recorded. */
export async function futureHistory(
  task: WorkflowTask,
  completion: WorkflowTaskCompleted,
  now: number,
): Promise<HistoryEvent[]> {
  return [...(await task.loadHistory()), ...eventsOfCompletion(task, completion, now)];
}

/** Throws when a fresh instance does not do what the task did. */
export async function replayInShadow(
  runs: RunFactory,
  task: WorkflowTask,
  completion: WorkflowTaskCompleted,
  now: number,
): Promise<void> {
  const { namespace, workflowId, runId, workflowType, taskQueue } = task;
  const replayer = runs.create({ namespace, workflowId, runId, workflowType, taskQueue });
  try {
    await replayer.apply(await futureHistory(task, completion, now));
    throwLeftOver(replayer);
  } catch (error) {
    if (isNondeterminism(error)) throw error;
    throw nondeterminismError(
      `Replay fails where the first run did not: ${String(error)} (workflow '${workflowId}' of type '${workflowType}', run '${runId}')`,
      error,
    );
  } finally {
    replayer.dispose();
  }
}

function throwLeftOver({ run }: RunReplayer): void {
  const [command] = run.commands.pending();
  if (command !== undefined) {
    throw run.nondeterminism(
      `Replay makes a command that the first run did not make: ${describeCommand(command)}`,
    );
  }
}
