/** What a workflow task's completion does to its run: all of it, or nothing and another attempt (WFT-4, WFT-5, WFT-13). */
import type { WorkflowTaskOutcome } from './api.ts';
import { applyCommands } from './apply-commands.ts';
import { type ClosingCommand, checkCommands } from './check-commands.ts';
import { closeByCommand, SERVER_IDENTITY, terminateRun } from './close.ts';
import { BadCommandError, invariant, TransactionTooLargeError } from './errors.ts';
import { isOpen } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { checkUpdateResponses, recordUpdateResponse, rejectUnprocessed } from './update-machine.ts';
import { buildAttributes } from './worker-build.ts';
import type { WorkflowTaskCompleted, WorkflowTaskCompletion, WorkflowTaskFailed } from './workflow-task.ts';
import {
  dropSpeculativeTask,
  endTaskUnsuccessfully,
  noteSuccess,
  recordTaskBegin,
  recordUnsuccessfulEnd,
  scheduleWorkflowTask,
  settleWorkflowTask,
} from './workflow-task-machine.ts';

export function completeTask(turn: RunTurn, completion: WorkflowTaskCompletion): WorkflowTaskOutcome {
  const { run } = turn;
  invariant(run.workflowTask.state === 'started', run, run.nextEventId, 'no workflow task is started');
  if (completion.kind === 'failed') return failTask(turn, completion);
  try {
    checkUpdateResponses(run, completion.updates);
    const closing = checkCommands(turn, completion.commands);
    return acceptTask(turn, completion, closing);
  } catch (error) {
    if (error instanceof BadCommandError) return refuseTask(turn, error);
    if (error instanceof TransactionTooLargeError) return endTooLarge(turn, error);
    throw error;
  }
}

/** LIM-2 */
function endTooLarge(turn: RunTurn, { message }: TransactionTooLargeError): WorkflowTaskOutcome {
  terminateRun(turn, { reason: message, identity: SERVER_IDENTITY });
  settleWorkflowTask(turn);
  return { kind: 'refused', cause: 'FORCE_CLOSE_COMMAND', message };
}

function failTask(turn: RunTurn, { cause, failure }: WorkflowTaskFailed): WorkflowTaskOutcome {
  endTaskUnsuccessfully(turn, { kind: 'failed', cause, failure });
  settleWorkflowTask(turn);
  return { kind: 'refused', cause, message: failure.message ?? '' };
}

function refuseTask(turn: RunTurn, error: BadCommandError): WorkflowTaskOutcome {
  const { failedCause: cause, message, terminatesRun } = error;
  const failure = { message, source: 'Server', serverFailureInfo: { nonRetryable: true } };
  const end = { kind: 'failed', cause, failure } as const;
  if (terminatesRun) {
    recordUnsuccessfulEnd(turn, end);
    turn.flush();
    terminateRun(turn, { reason: message, identity: SERVER_IDENTITY });
  } else endTaskUnsuccessfully(turn, end);
  settleWorkflowTask(turn);
  return { kind: 'refused', cause, message };
}

function acceptTask(
  turn: RunTurn,
  completion: WorkflowTaskCompleted,
  closing: ClosingCommand | undefined,
): WorkflowTaskOutcome {
  const { run } = turn;
  noteSuccess(turn);
  if (isWithoutTrace(turn, completion)) {
    dropSpeculativeTask(turn);
    for (const response of completion.updates) recordUpdateResponse(turn, response);
    rejectUnprocessed(run);
    settleWorkflowTask(turn);
    return { kind: 'accepted', closed: false, isDropped: true };
  }
  recordTaskBegin(turn);
  const taskEventId = recordCompleted(turn, completion);
  applyCommands(turn, taskEventId, completion.commands, completion.updates);
  rejectUnprocessed(run);
  turn.groupNext(closing?.eventGroupMarkers);
  const newRunId = closing === undefined ? undefined : closeByCommand(turn, taskEventId, closing);
  if (!isOpen(run)) return newRunId === undefined ? accepted(true) : { ...accepted(true), newRunId };
  turn.flush();
  if (completion.forceNewWorkflowTask) scheduleWorkflowTask(turn);
  settleWorkflowTask(turn);
  return accepted(false);
}

const accepted = (closed: boolean) => ({ kind: 'accepted', closed }) as const;

/** UPD-20: made for updates, all of them rejected, and nothing else happened. */
function isWithoutTrace(
  { run }: RunTurn,
  { commands, updates, forceNewWorkflowTask }: WorkflowTaskCompleted,
): boolean {
  return (
    run.workflowTask.state === 'started' &&
    run.workflowTask.kind === 'speculative' &&
    run.buffered.length === 0 &&
    commands.length === 0 &&
    !forceNewWorkflowTask &&
    updates.every(({ kind }) => kind === 'rejected')
  );
}

function recordCompleted(turn: RunTurn, completion: WorkflowTaskCompleted): number {
  const task = turn.run.workflowTask;
  invariant(task.state === 'started', turn.run, turn.run.nextEventId, 'the completed task is not started');
  const { scheduledEventId, startedEventId } = task;
  const retries = completion.nonfirstLocalActivityExecutionAttempts;
  return turn.record('WorkflowTaskCompleted', {
    scheduledEventId,
    startedEventId,
    identity: turn.context.workerIdentity,
    sdkMetadata: completion.sdkMetadata ?? {},
    meteringMetadata: retries ? { nonfirstLocalActivityExecutionAttempts: retries } : {},
    ...(completion.build && buildAttributes(completion.build)),
  }).eventId;
}
