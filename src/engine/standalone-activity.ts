/**
 * A run that is one activity and no workflow (SAA-1 to SAA-9): scheduled with its start, closed with its end. There is no workflow
 * task in it; what it does in between is what an activity of a workflow does.
 */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { RetryStateName } from '../sdk/common/wire/messages.ts';
import { activityProblem, normaliseActivityTimeouts } from './activity-options.ts';
import { cancelWaitingActivity } from './activity-results.ts';
import { closeRun } from './close.ts';
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
