/** What operators do to pending activities: pause, unpause, reset, change options (ACT-25 to ACT-29). */

import { setPhase } from './activity-machine.ts';
import { normaliseActivityTimeouts, optionsOf } from './activity-options.ts';
import type { ActivityOptionsPatch, ActivitySelection, Input, Result } from './api.ts';
import { queueActivityTimeout, queueAttempt } from './deadlines.ts';
import { assertNever, ok, refuse } from './errors.ts';
import { completeRetryPolicy, retryPolicyProblem } from './retry.ts';
import type { ActivityOptions, PendingActivity, RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { reservedQueueProblem } from './task-queue-names.ts';

type ControlInput = Extract<
  Input,
  { kind: 'PauseActivity' | 'UnpauseActivity' | 'ResetActivity' | 'UpdateActivityOptions' }
>;

/** ACT-29. */
export function controlActivities(turn: RunTurn, input: ControlInput): Result<undefined> {
  const selected = select(turn.run, input.activities);
  if (selected.length === 0) return refuse('NOT_FOUND', 'activity not found: no pending activity matches');
  for (const activity of selected) {
    const refusal = controlActivity(turn, activity, input);
    if (refusal !== undefined) return refusal;
  }
  return ok(undefined);
}

function select(run: RunState, selection: ActivitySelection): PendingActivity[] {
  switch (selection.by) {
    case 'id': {
      const activity = run.activities.get(run.activityIds.get(selection.activityId) ?? 0);
      return activity === undefined ? [] : [activity];
    }
    case 'type':
      return [...run.activities.values()].filter(
        ({ scheduled }) => scheduled.activityType.name === selection.activityType,
      );
    case 'all':
      return [...run.activities.values()];
    default:
      return assertNever(selection);
  }
}

type Refusal = ReturnType<typeof refuse> | undefined;

function controlActivity(turn: RunTurn, activity: PendingActivity, input: ControlInput): Refusal {
  switch (input.kind) {
    case 'PauseActivity':
      return pauseActivity(turn, activity, input);
    case 'UnpauseActivity':
      return unpauseActivity(turn, activity, input);
    case 'ResetActivity':
      return resetActivity(turn, activity, input);
    case 'UpdateActivityOptions':
      return updateOptions(turn, activity, input);
    default:
      return assertNever(input);
  }
}

function pauseActivity(
  turn: RunTurn,
  activity: PendingActivity,
  { identity, reason, requestId, activities }: Extract<ControlInput, { kind: 'PauseActivity' }>,
): Refusal {
  if (activity.pause !== undefined) {
    const isRepeated = requestId !== undefined && activity.pause.requestId === requestId;
    // Of several that a type selects, those that are paused already stay as they are.
    if (isRepeated || activities.by !== 'id') return undefined;
    return refuse('FAILED_PRECONDITION', 'activity is already paused');
  }
  activity.pause = { time: turn.now };
  if (identity !== undefined) activity.pause.identity = identity;
  if (reason !== undefined) activity.pause.reason = reason;
  if (requestId !== undefined) activity.pause.requestId = requestId;
  turn.run.readyActivities.delete(activity.scheduledEventId);
  turn.touchActivity(activity);
  return undefined;
}

/** ACT-26. */
function unpauseActivity(
  turn: RunTurn,
  activity: PendingActivity,
  { resetAttempts, resetHeartbeat, jitterMs }: Extract<ControlInput, { kind: 'UnpauseActivity' }>,
): Refusal {
  if (activity.pause === undefined) return undefined;
  activity.pause = undefined;
  if (resetAttempts) activity.attempt = 1;
  if (resetHeartbeat) forgetHeartbeat(activity);
  turn.touchActivity(activity);
  if (activity.phase.state === 'waiting') waitAnew(turn, activity, jitterMs);
  else queueActivityTimeout(turn.run, activity);
  return undefined;
}

/** ACT-27. */
function resetActivity(
  turn: RunTurn,
  activity: PendingActivity,
  input: Extract<ControlInput, { kind: 'ResetActivity' }>,
): Refusal {
  activity.attempt = 1;
  if (input.resetHeartbeat) forgetHeartbeat(activity);
  if (input.restoreOriginalOptions) restoreOptions(activity);
  if (!input.keepPaused) activity.pause = undefined;
  turn.touchActivity(activity);
  if (activity.phase.state === 'waiting') waitAnew(turn, activity, input.jitterMs);
  else {
    activity.phase = { ...activity.phase, isResetRequested: true };
    queueActivityTimeout(turn.run, activity);
  }
  return undefined;
}

/** Jitter spreads what is released together; by event ID, so that it needs no randomness. */
function waitAnew(turn: RunTurn, activity: PendingActivity, jitterMs = 0): void {
  const delay = jitterMs > 0 ? (activity.scheduledEventId * 7_919) % (jitterMs + 1) : 0;
  activity.retryInterval = undefined;
  setPhase(turn.run, activity, { state: 'waiting', dueTime: turn.now + delay }, turn.now);
}

function restoreOptions(activity: PendingActivity): void {
  activity.options = optionsOf(activity.scheduled);
  activity.hasOwnOptions = false;
}

function forgetHeartbeat(activity: PendingActivity): void {
  activity.heartbeatDetails = undefined;
  activity.lastHeartbeatTime = undefined;
}

/** ACT-28. */
function updateOptions(
  turn: RunTurn,
  activity: PendingActivity,
  { options, updateMask, restoreOriginal }: Extract<ControlInput, { kind: 'UpdateActivityOptions' }>,
): Refusal {
  if (restoreOriginal) restoreOptions(activity);
  else {
    const problem = applyPatch(turn.run, activity, options, updateMask);
    if (problem !== undefined) return refuse('INVALID_ARGUMENT', problem);
  }
  if (turn.run.isStandalone) applyStartDelay(turn.run, activity);
  turn.touchActivity(activity);
  queueActivityTimeout(turn.run, activity);
  queueAttempt(turn.run, activity, turn.now);
  return undefined;
}

/** SAA-5: counts from the start, and only until the first attempt. */
function applyStartDelay(run: RunState, activity: PendingActivity): void {
  if (activity.stamp > 0 || activity.phase.state !== 'waiting') return;
  const delay = activity.options.startDelay ?? run.started.firstWorkflowTaskBackoff ?? 0;
  const dueTime = run.startTime + delay;
  if (dueTime === activity.firstScheduledTime) return;
  activity.firstScheduledTime = dueTime;
  activity.attemptScheduledTime = dueTime;
  activity.phase = { state: 'waiting', dueTime };
}

function setPriority(options: ActivityOptions, priority: ActivityOptions['priority']): void {
  if (priority === undefined) delete options.priority;
  else options.priority = priority;
}

const TIMEOUT_PATHS = [
  'scheduleToCloseTimeout',
  'scheduleToStartTimeout',
  'startToCloseTimeout',
  'heartbeatTimeout',
] as const;
const RETRY_PATHS = ['initialInterval', 'backoffCoefficient', 'maximumInterval', 'maximumAttempts'] as const;

/** Returns what is wrong with the request. */
function applyPatch(
  run: RunState,
  activity: PendingActivity,
  patch: ActivityOptionsPatch,
  mask: readonly string[],
): string | undefined {
  const next = { ...activity.options, retryPolicy: { ...activity.options.retryPolicy } };
  for (const path of mask) {
    const timeout = TIMEOUT_PATHS.find((name) => name === path);
    const retry = RETRY_PATHS.find((name) => `retryPolicy.${name}` === path);
    if (timeout !== undefined) next[timeout] = patch[timeout] ?? 0;
    else if (retry !== undefined) Object.assign(next.retryPolicy, { [retry]: patch.retryPolicy?.[retry] });
    else if (path === 'retryPolicy') next.retryPolicy = completeRetryPolicy(patch.retryPolicy);
    else if (path === 'taskQueue' || path === 'taskQueue.name')
      next.taskQueue = { name: patch.taskQueue || next.taskQueue.name, kind: 'NORMAL' };
    else if (path === 'priority') setPriority(next, patch.priority);
    else if (path === 'startDelay' && run.isStandalone) next.startDelay = patch.startDelay ?? 0;
    else return `unknown path ${path} in update mask`;
  }
  const problem =
    retryPolicyProblem(next.retryPolicy) ??
    reservedQueueProblem(next.taskQueue.name, activity.options.taskQueue.name);
  if (problem !== undefined) return problem;
  const timeouts = normaliseActivityTimeouts(next, run.started.workflowRunTimeout ?? 0);
  if (timeouts === undefined) return 'either StartToClose or ScheduleToClose timeout must be set';
  activity.options = { ...next, ...timeouts, retryPolicy: completeRetryPolicy(next.retryPolicy) };
  activity.hasOwnOptions = true;
  return undefined;
}
