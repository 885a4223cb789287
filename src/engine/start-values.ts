/** Durations of a start as the server records them (START-12, TO-1, TO-2, TO-6). */
import { DURATION_MAX_MS, WORKFLOW_TASK_TIMEOUT_DEFAULT_MS, WORKFLOW_TASK_TIMEOUT_MAX_MS } from './limits.ts';

export function boundedDuration(duration: number | undefined): number {
  return Math.min(duration ?? 0, DURATION_MAX_MS);
}

export interface RunTimeouts {
  workflowExecutionTimeout: number;
  workflowRunTimeout: number;
  workflowTaskTimeout: number;
}

export function normaliseRunTimeouts(given: Partial<RunTimeouts>): RunTimeouts {
  const execution = boundedDuration(given.workflowExecutionTimeout);
  const run = boundedDuration(given.workflowRunTimeout) || execution;
  const workflowRunTimeout = execution > 0 ? Math.min(run, execution) : run;
  const task = Math.min(
    given.workflowTaskTimeout || WORKFLOW_TASK_TIMEOUT_DEFAULT_MS,
    WORKFLOW_TASK_TIMEOUT_MAX_MS,
  );
  return {
    workflowExecutionTimeout: execution,
    workflowRunTimeout,
    workflowTaskTimeout: workflowRunTimeout > 0 ? Math.min(task, workflowRunTimeout) : task,
  };
}
