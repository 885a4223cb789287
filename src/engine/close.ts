/** How a run ends: by command, by termination, by timeout; and the run that follows it, in the same turn. */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { Failure, Payloads } from '../sdk/common/wire/messages.ts';
import { afterCompletion, afterFailure, continueAsNew } from './chain.ts';
import type { ClosingCommand } from './check-commands.ts';
import { assertNever } from './errors.ts';
import type { NewRun, RunTurn } from './run-turn.ts';
import { dropSpeculativeTask, settleWorkflowTask } from './workflow-task-machine.ts';

/** Identity of what the server itself does to a run (LIM-2, START-5). */
export const SERVER_IDENTITY = 'history-service';

/** Returns the ID of the run that follows. */
export function closeByCommand(
  turn: RunTurn,
  taskEventId: number,
  command: ClosingCommand,
): string | undefined {
  const workflowTaskCompletedEventId = taskEventId;
  switch (command.commandType) {
    case 'CompleteWorkflowExecution': {
      const { result } = command.attributes;
      const next = afterCompletion(turn, result);
      const attributes: EventAttributes<'WorkflowExecutionCompleted'> = { workflowTaskCompletedEventId };
      if (result !== undefined) attributes.result = result;
      return closeRun(turn, next, () =>
        turn.record('WorkflowExecutionCompleted', { ...attributes, ...naming(next) }),
      );
    }
    case 'FailWorkflowExecution': {
      const { failure = {} } = command.attributes;
      const { retryState, next } = afterFailure(turn, failure);
      const attributes = { failure, retryState, workflowTaskCompletedEventId, ...naming(next) };
      return closeRun(turn, next, () => turn.record('WorkflowExecutionFailed', attributes));
    }
    case 'CancelWorkflowExecution': {
      const { details } = command.attributes;
      const attributes: EventAttributes<'WorkflowExecutionCanceled'> = { workflowTaskCompletedEventId };
      if (details !== undefined) attributes.details = details;
      return closeRun(turn, undefined, () => turn.record('WorkflowExecutionCanceled', attributes));
    }
    case 'ContinueAsNewWorkflowExecution': {
      const { next, closing } = continueAsNew(turn, taskEventId, command.attributes);
      return closeRun(turn, next, () => turn.record('WorkflowExecutionContinuedAsNew', closing));
    }
    default:
      return assertNever(command);
  }
}

function naming(next: NewRun | undefined): { newExecutionRunId?: string } {
  return next === undefined ? {} : { newExecutionRunId: next.runId };
}

/** Updates that were admitted and not accepted go on to the next run (UPD-10). */
export function closeRun(
  turn: RunTurn,
  next: NewRun | undefined,
  recordClose: () => void,
): string | undefined {
  const { run } = turn;
  const unanswered = [...run.admittedUpdates.values()];
  recordClose();
  run.expiryTime = turn.now + turn.context.limits.retentionMs;
  turn.touchSummary();
  if (next === undefined) return undefined;
  const nextTurn = turn.scope.beginRun(next);
  for (const update of unanswered)
    nextTurn.run.admittedUpdates.set(update.updateId, {
      ...update,
      sentInTask: undefined,
      isRecorded: false,
    });
  settleWorkflowTask(nextTurn);
  return next.runId;
}

export interface Termination {
  reason?: string | undefined;
  details?: Payloads | undefined;
  identity?: string | undefined;
}

/** END-2, TO-5: at once, without a workflow task. */
export function terminateRun(turn: RunTurn, { reason, details, identity }: Termination): void {
  forceEndTask(turn);
  const attributes: EventAttributes<'WorkflowExecutionTerminated'> = { identity: identity ?? '' };
  if (reason) attributes.reason = reason;
  if (details !== undefined) attributes.details = details;
  closeRun(turn, undefined, () => turn.record('WorkflowExecutionTerminated', attributes));
}

export const TIMEOUT_FAILURE: Failure = {
  message: 'workflow timeout',
  source: 'Server',
  timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' },
};

/** TO-2, TO-3. */
export function timeOutRun(turn: RunTurn): void {
  const { run, now } = turn;
  const chainEnd = run.started.workflowExecutionExpirationTime;
  forceEndTask(turn);
  const isChainOver = chainEnd !== undefined && now >= chainEnd;
  const { retryState, next } = isChainOver
    ? { retryState: 'TIMEOUT' as const, next: undefined }
    : afterFailure(turn, TIMEOUT_FAILURE);
  closeRun(turn, next, () => turn.record('WorkflowExecutionTimedOut', { retryState, ...naming(next) }));
}

/** A started task ends before the closing event, and what was buffered behind it is recorded. */
function forceEndTask(turn: RunTurn): void {
  const { workflowTask: task } = turn.run;
  if (task.state !== 'started') return;
  if (task.kind === 'recorded') {
    const { scheduledEventId, startedEventId } = task;
    const identity = turn.context.workerIdentity;
    turn.record('WorkflowTaskFailed', {
      scheduledEventId,
      startedEventId,
      cause: 'FORCE_CLOSE_COMMAND',
      identity,
    });
  } else dropSpeculativeTask(turn);
  turn.flush();
}
