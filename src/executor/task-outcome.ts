/** How a task that cannot be completed is reported. */
import type { WorkflowTask, WorkflowTaskCompletion } from '../engine/workflow-task.ts';
import type { HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { Failure } from '../sdk/common/wire/messages.ts';
import { isNondeterminism } from './errors.ts';

/** The event that the task is; it closes what the task brings. */
export function liveStartedEvent(task: WorkflowTask): HistoryEventOf<'WorkflowTaskStarted'> {
  const event = task.newEvents.at(-1);
  if (event?.eventType === 'WorkflowTaskStarted' && event.eventId === task.startedEventId) return event;
  throw new TypeError(
    `The workflow task of run '${task.runId}' (workflow '${task.workflowId}') must end with its WorkflowTaskStarted event ` +
      `${task.startedEventId}, but ends with ${event?.eventType ?? 'no event'} ${event?.eventId ?? ''}`,
  );
}

/** A failed task; or, where nondeterminism is configured to fail the run, its failure. */
export function completionOfFailure(
  error: unknown,
  convert: (error: unknown) => Failure,
  failsRun: boolean,
): WorkflowTaskCompletion {
  const isNondeterministic = isNondeterminism(error);
  // An application failure without a type: so read, a caller finds `ApplicationFailure` as the cause (FAIL-11).
  const failure = isNondeterministic ? { ...convert(error), applicationFailureInfo: {} } : convert(error);
  if (failsRun) {
    const command = { commandType: 'FailWorkflowExecution', attributes: { failure } } as const;
    return { kind: 'completed', commands: [command], updates: [], queries: [] };
  }
  const cause = isNondeterministic ? 'NON_DETERMINISTIC_ERROR' : 'WORKFLOW_WORKER_UNHANDLED_FAILURE';
  return { kind: 'failed', cause, failure };
}
