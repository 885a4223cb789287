/** What waits for a worker elsewhere: the due workflow task and the due activity attempts, named so that each is told from a later one. */
import type { WaitingNexusTask, WaitingTasks } from './api.ts';
import { promoteDueAttempts } from './deadlines.ts';
import { presentRequest } from './nexus-state.ts';
import { mergedPriority } from './priority.ts';
import { isOpen, type RunState } from './run-state.ts';
import { isWorkflowTaskDueAt } from './workflow-task-machine.ts';

export function waitingTasksOf(run: RunState, now: number): WaitingTasks {
  const waiting: WaitingTasks = {
    workflowTask: undefined,
    activities: [],
    priority: run.priority,
    isWorkflowTaskStarted: isOpen(run) && run.workflowTask.state === 'started',
    activitiesStarted: run.startedActivities.size,
    isWorkflowTaskPending: isOpen(run) && run.workflowTask.state !== 'none',
  };
  const task = run.workflowTask;
  if (task.state === 'scheduled' && isWorkflowTaskDueAt(run, now)) {
    const taskQueue = run.started.taskQueue.name;
    waiting.workflowTask = { taskQueue, scheduledEventId: task.scheduledEventId, attempt: task.attempt };
  }
  if (!isOpen(run) || run.pause !== undefined) return waiting;
  promoteDueAttempts(run, now);
  for (const { scheduledEventId, attempt, stamp, options } of run.readyActivities.values()) {
    waiting.activities.push({
      taskQueue: options.taskQueue.name,
      scheduledEventId,
      attempt,
      stamp,
      priority: mergedPriority(run.priority, options.priority),
      startToCloseTimeout: options.startToCloseTimeout,
    });
  }
  return waiting;
}

/** None of a closed run. */
export function waitingNexusTasksOf(run: RunState): WaitingNexusTask[] {
  const waiting: WaitingNexusTask[] = [];
  for (const operation of run.nexusOperations.values()) {
    const present = presentRequest(operation);
    if (present?.request.phase.state !== 'waiting') continue;
    const { scheduledEventId, scheduled } = operation;
    const { attempt } = present.request;
    waiting.push({ endpoint: scheduled.endpoint ?? '', scheduledEventId, kind: present.kind, attempt });
  }
  return waiting;
}

export function nexusTasksOpenOf(run: RunState): number {
  let open = 0;
  for (const operation of run.nexusOperations.values()) {
    const state = presentRequest(operation)?.request.phase.state;
    if (state === 'waiting' || state === 'started') open++;
  }
  return open;
}
