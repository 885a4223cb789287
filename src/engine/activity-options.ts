/** Activity options as the server records them: timeouts and retry policy normalised (ACT-3). */
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import { BadCommandError } from './errors.ts';
import { DURATION_MAX_MS } from './limits.ts';
import { completeRetryPolicy, retryPolicyProblem } from './retry.ts';
import type { ActivityOptions, RunState } from './run-state.ts';
import { utf8Bytes } from './size.ts';

export interface ActivityTimeouts {
  scheduleToCloseTimeout: number;
  scheduleToStartTimeout: number;
  startToCloseTimeout: number;
  heartbeatTimeout: number;
}

/** Undefined when neither schedule-to-close nor start-to-close is set. `runTimeout` 0 is none. */
export function normaliseActivityTimeouts(
  given: Partial<ActivityTimeouts>,
  runTimeout: number,
): ActivityTimeouts | undefined {
  const cap = (timeout: number) => (runTimeout > 0 ? Math.min(timeout || 0, runTimeout) : timeout);
  let scheduleToClose = bounded(given.scheduleToCloseTimeout);
  let scheduleToStart = bounded(given.scheduleToStartTimeout);
  let startToClose = bounded(given.startToCloseTimeout);
  if (scheduleToClose > 0) {
    scheduleToStart = scheduleToStart > 0 ? Math.min(scheduleToStart, scheduleToClose) : scheduleToClose;
    startToClose = startToClose > 0 ? Math.min(startToClose, scheduleToClose) : scheduleToClose;
  } else if (startToClose > 0) {
    scheduleToClose = runTimeout;
    if (scheduleToStart === 0) scheduleToStart = runTimeout;
  } else return undefined;
  startToClose = cap(startToClose);
  return {
    scheduleToCloseTimeout: cap(scheduleToClose),
    scheduleToStartTimeout: cap(scheduleToStart),
    startToCloseTimeout: startToClose,
    heartbeatTimeout: Math.min(cap(bounded(given.heartbeatTimeout)), startToClose),
  };
}

function bounded(timeout: number | undefined): number {
  return Math.min(timeout ?? 0, DURATION_MAX_MS);
}

/** The scheduled event's attributes but for the ID of its workflow task. */
export function scheduledAttributes(
  run: RunState,
  command: CommandAttributes<'ScheduleActivityTask'>,
  workflowTaskCompletedEventId: number,
): EventAttributes<'ActivityTaskScheduled'> {
  const timeouts = normaliseActivityTimeouts(command, run.started.workflowRunTimeout ?? 0);
  if (timeouts === undefined)
    throw badActivity(command, 'a valid StartToClose or ScheduleToClose timeout is not set');
  const attributes: EventAttributes<'ActivityTaskScheduled'> = {
    activityId: command.activityId,
    activityType: command.activityType,
    taskQueue: { name: command.taskQueue?.name || run.started.taskQueue.name, kind: 'NORMAL' },
    header: command.header ?? {},
    ...timeouts,
    workflowTaskCompletedEventId,
    retryPolicy: completeRetryPolicy(command.retryPolicy),
  };
  if (command.input !== undefined) attributes.input = command.input;
  if (command.priority !== undefined) attributes.priority = command.priority;
  return attributes;
}

export function badActivity(
  command: CommandAttributes<'ScheduleActivityTask'>,
  problem: string,
): BadCommandError {
  const { activityId, activityType } = command;
  return new BadCommandError(
    'BAD_SCHEDULE_ACTIVITY_ATTRIBUTES',
    `ScheduleActivityTask command: ${problem}. ActivityId=${activityId} ActivityType=${activityType?.name ?? ''}`,
  );
}

/** What is wrong with the command's own values. */
export function activityProblem(
  command: CommandAttributes<'ScheduleActivityTask'>,
  idBytesMax: number,
): string | undefined {
  if (!command.activityId) return 'ActivityId is not set';
  if (!command.activityType?.name) return 'ActivityType is not set';
  if (utf8Bytes(command.activityId) > idBytesMax) return 'ActivityId exceeds the length limit';
  if (utf8Bytes(command.activityType.name) > idBytesMax) return 'ActivityType exceeds the length limit';
  const { scheduleToCloseTimeout, scheduleToStartTimeout, startToCloseTimeout, heartbeatTimeout } = command;
  const timeouts = [scheduleToCloseTimeout, scheduleToStartTimeout, startToCloseTimeout, heartbeatTimeout];
  if (timeouts.some((timeout) => timeout !== undefined && !(timeout >= 0))) return 'a timeout is negative';
  return retryPolicyProblem(command.retryPolicy);
}

/** Options that an activity starts with: those of its scheduled event. */
export function optionsOf(scheduled: EventAttributes<'ActivityTaskScheduled'>): ActivityOptions {
  const options: ActivityOptions = {
    taskQueue: scheduled.taskQueue,
    scheduleToCloseTimeout: scheduled.scheduleToCloseTimeout ?? 0,
    scheduleToStartTimeout: scheduled.scheduleToStartTimeout ?? 0,
    startToCloseTimeout: scheduled.startToCloseTimeout ?? 0,
    heartbeatTimeout: scheduled.heartbeatTimeout ?? 0,
    retryPolicy: completeRetryPolicy(scheduled.retryPolicy),
  };
  if (scheduled.priority !== undefined) options.priority = scheduled.priority;
  return options;
}
