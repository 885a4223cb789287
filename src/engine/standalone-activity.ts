/**
 * A run that is one activity and no workflow (SAA-1 to SAA-9): scheduled with its start, closed with its end. There is no workflow
 * task in it; what it does in between is what an activity of a workflow does.
 */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { RetryStateName } from '../sdk/common/wire/messages.ts';
import { activityProblem, normaliseActivityTimeouts } from './activity-options.ts';
import { cancelWaitingActivity } from './activity-results.ts';
import type { Input, Result } from './api.ts';
import { closeRun } from './close.ts';
import { alreadyCompleted, ok, refuse, workflowNotFound } from './errors.ts';
import type { StandaloneActivityRequest, StartWorkflowRequest } from './requests.ts';
import { completeRetryPolicy } from './retry.ts';
import { isOpen } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';

/** What is wrong with the activity of a start. */
export function standaloneProblem(
  { workflowType, taskQueue, activity }: StartWorkflowRequest,
  idBytesMax: number,
): string | undefined {
  if (activity === undefined) return undefined;
  const command = { ...activity, activityType: { name: workflowType }, taskQueue: { name: taskQueue } };
  const problem = activityProblem(command, idBytesMax);
  if (problem !== undefined) return problem;
  if (normaliseActivityTimeouts(activity, 0) !== undefined) return undefined;
  return 'either scheduleToCloseTimeout or startToCloseTimeout must be set';
}

/** The run's second event. */
export function scheduleStandaloneActivity(turn: RunTurn, activity: StandaloneActivityRequest): void {
  const { started } = turn.run;
  const attributes: EventAttributes<'ActivityTaskScheduled'> = {
    activityId: activity.activityId,
    activityType: { name: started.workflowType.name },
    taskQueue: { name: started.taskQueue.name, kind: 'NORMAL' },
    header: activity.header ?? {},
    ...normaliseActivityTimeouts(activity, 0),
    workflowTaskCompletedEventId: 0,
    retryPolicy: completeRetryPolicy(activity.retryPolicy),
  };
  if (activity.input !== undefined) attributes.input = activity.input;
  if (activity.priority !== undefined) attributes.priority = activity.priority;
  turn.record('ActivityTaskScheduled', attributes);
}

/** Every turn operation on such a run ends with it: passes a cancel request on, and closes the run with its activity. */
export function settleStandaloneActivity(turn: RunTurn): void {
  const { run } = turn;
  if (!isOpen(run)) return;
  const [activity] = run.activities.values();
  if (activity === undefined) {
    closeWithActivity(turn);
    return;
  }
  if (!run.cancelRequested || activity.cancelRequestedEventId !== 0) return;
  const { scheduledEventId } = activity;
  turn.record('ActivityTaskCancelRequested', { scheduledEventId, workflowTaskCompletedEventId: 0 });
  if (activity.phase.state !== 'waiting') return;
  cancelWaitingActivity(turn, activity);
  closeWithActivity(turn);
}

/** Result and failure stay where they are, in the activity's own event. */
function closeWithActivity(turn: RunTurn): void {
  const closing = turn.events.at(-1);
  const workflowTaskCompletedEventId = 0;
  switch (closing?.eventType) {
    case 'ActivityTaskCompleted':
      closeRun(turn, undefined, () =>
        turn.record('WorkflowExecutionCompleted', { workflowTaskCompletedEventId }),
      );
      return;
    case 'ActivityTaskFailed': {
      const retry = retryStateOf(closing.attributes);
      closeRun(turn, undefined, () =>
        turn.record('WorkflowExecutionFailed', { ...retry, workflowTaskCompletedEventId }),
      );
      return;
    }
    case 'ActivityTaskTimedOut': {
      const retry = retryStateOf(closing.attributes);
      closeRun(turn, undefined, () => turn.record('WorkflowExecutionTimedOut', retry));
      return;
    }
    case 'ActivityTaskCanceled':
      closeRun(turn, undefined, () =>
        turn.record('WorkflowExecutionCanceled', { workflowTaskCompletedEventId }),
      );
      return;
    default:
  }
}

function retryStateOf({ retryState }: { retryState?: RetryStateName }): { retryState?: RetryStateName } {
  return retryState === undefined ? {} : { retryState };
}

/**
 * What is answered without the run's own machines: refusals of what only a workflow takes (SAA-2), repetitions, and second
 * requests to end it (SAA-4). Undefined: it takes its way.
 */
export function standaloneAnswer(turn: RunTurn, input: Input): Result<undefined> | undefined {
  const { run } = turn;
  switch (input.kind) {
    case 'Signal':
    case 'Pause':
    case 'Unpause':
    case 'UpdateWorkflowOptions':
      return workflowNotFound(run.workflowId);
    case 'RequestCancel':
    case 'Terminate':
      // Workflows know workflows only.
      if (input.childOf || (input.kind === 'RequestCancel' && input.external))
        return workflowNotFound(run.workflowId);
      return endingAnswer(turn, input);
    default:
      return undefined;
  }
}

type Ending = Extract<Input, { kind: 'RequestCancel' | 'Terminate' }>;

/** Of each kind the run takes one request, and remembers its ID. */
function endingAnswer(turn: RunTurn, { kind, runId, requestId = '' }: Ending): Result<undefined> | undefined {
  const { run } = turn;
  if (runId && runId !== run.runId) return undefined;
  // No request ID of a start begins so by accident.
  const prefix = `/_sys/${kind}:`;
  const known = run.requestIds.find((one) => one.requestId.startsWith(prefix))?.requestId;
  if (known === prefix + requestId) return ok(undefined);
  if (!isOpen(run)) return alreadyCompleted();
  if (known !== undefined)
    return refuse(
      'FAILED_PRECONDITION',
      `cancellation already requested with request ID ${known.slice(prefix.length)}`,
    );
  run.requestIds.push({ requestId: prefix + requestId, started: false });
  turn.touchSummary();
  return undefined;
}
