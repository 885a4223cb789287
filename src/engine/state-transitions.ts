/**
 * How often a run's state has changed (VIS-15): a function of its history, so that it costs no row and a fold finds it again. An
 * event counts unless it stands there by the same change as the one before it; an attempt of an activity that history does not
 * show counts as the two changes that it is.
 */
import type { EventType, HistoryEvent } from '../sdk/common/wire/events.ts';
import type { RunState } from './run-state.ts';

/** Recorded together with what made them necessary: a completed workflow task, or the event that wakes workflow code. */
const ALONG: ReadonlySet<EventType> = new Set<EventType>([
  'WorkflowTaskScheduled',
  'ActivityTaskScheduled',
  'ActivityTaskCancelRequested',
  'TimerStarted',
  'TimerCanceled',
  'MarkerRecorded',
  'StartChildWorkflowExecutionInitiated',
  'SignalExternalWorkflowExecutionInitiated',
  'RequestCancelExternalWorkflowExecutionInitiated',
  'NexusOperationScheduled',
  'NexusOperationCancelRequested',
  'UpsertWorkflowSearchAttributes',
  'WorkflowPropertiesModified',
  'WorkflowExecutionUpdateAccepted',
  'WorkflowExecutionUpdateCompleted',
  'WorkflowExecutionCompleted',
  'WorkflowExecutionFailed',
  'WorkflowExecutionCanceled',
  'WorkflowExecutionContinuedAsNew',
]);

export function transitionsOf(event: HistoryEvent): number {
  if (event.eventType === 'ActivityTaskStarted') return attemptTransitions(event.attributes.attempt ?? 1);
  return ALONG.has(event.eventType) ? 0 : 1;
}

/** Its start, and before it each attempt's start and end. */
function attemptTransitions(attempt: number): number {
  return 1 + 2 * (Math.max(attempt, 1) - 1);
}

/** With what history does not show yet. */
export function stateTransitionCount({ stateTransitions, activities }: RunState): number {
  let count = stateTransitions;
  for (const { attempt, phase } of activities.values())
    count += attemptTransitions(attempt) - (phase.state === 'started' ? 0 : 1);
  return count;
}
