/** Whether a query can be put to a run now, and the task that carries it (QRY-2 to QRY-5). */
import type { WorkflowStatusName } from '../sdk/common/wire/messages.ts';
import type { StatusError } from './api.ts';
import { workflowNotReady } from './errors.ts';
import { firstTaskTime, isOpen, type RunState } from './run-state.ts';
import { STUCK_ATTEMPT } from './update-machine.ts';
import type { WorkflowTask } from './workflow-task.ts';

/** `readyAt`: when the reason ends by itself, in milliseconds since the epoch. */
export type QueryRefusal = { rejected: WorkflowStatusName } | { error: StatusError; readyAt?: number };

export function queryRefusalOf(run: RunState, rejectCondition: string | undefined): QueryRefusal | undefined {
  const { status } = run;
  if (status === 'PAUSED') return { rejected: status };
  if (rejectCondition === 'NOT_OPEN' && status !== 'RUNNING') return { rejected: status };
  if (rejectCondition === 'NOT_COMPLETED_CLEANLY' && status !== 'RUNNING' && status !== 'COMPLETED')
    return { rejected: status };
  if (!isOpen(run) && run.lastCompletedEventId === 0)
    return notReady(
      'Workflow execution was closed before its first workflow task completed, so it cannot be queried.',
    );
  if (run.isInFirstTaskBackoff)
    return {
      ...notReady('Workflow execution has not been scheduled yet: it is in its start delay.'),
      readyAt: firstTaskTime(run),
    };
  if (run.workflowTask.state !== 'none' && run.workflowTask.attempt >= STUCK_ATTEMPT)
    return notReady('Cannot query workflow due to Workflow Task in failed state.');
  return undefined;
}

function notReady(message: string): { error: StatusError } {
  return { error: workflowNotReady(message).error };
}

export function queryTaskOf(run: RunState): Omit<WorkflowTask, 'newEvents' | 'loadHistory' | 'queries'> {
  return {
    namespace: run.namespace,
    workflowId: run.workflowId,
    runId: run.runId,
    workflowType: run.started.workflowType.name,
    taskQueue: run.started.taskQueue.name,
    attempt: 1,
    startedEventId: 0,
    previousStartedEventId: run.previousStartedEventId,
    updates: [],
    isQueryOnly: true,
  };
}
