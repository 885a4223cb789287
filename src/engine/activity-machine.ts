/**
 * One activity: waiting -> started -> closed, or back to waiting with the next attempt. History shows it scheduled and, when it
 * closes, started and closed together (ACT-1); what is in between lives in a row, or in a note for a plain first attempt.
 *
 * M1 An attempt is admitted (recorded as started) before its dispatch can leave; its stamp fences all results.
 * M2 Closing removes the activity at once, also when the events of it are buffered.
 */
import type { EventAttributes, HistoryEventOf } from '../sdk/common/wire/events.ts';
import { optionsOf } from './activity-options.ts';
import type { ActivityTask } from './api.ts';
import { promoteDueAttempts, queueActivityTimeout, queueAttempt, takeReady } from './deadlines.ts';
import { assertNever, invariant } from './errors.ts';
import { mergedPriority } from './priority.ts';
import { isOpen, type PendingActivity, type RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';

type ActivityEventType =
  | 'ActivityTaskScheduled'
  | 'ActivityTaskStarted'
  | 'ActivityTaskCompleted'
  | 'ActivityTaskFailed'
  | 'ActivityTaskTimedOut'
  | 'ActivityTaskCancelRequested'
  | 'ActivityTaskCanceled';
type ActivityEvent = { [T in ActivityEventType]: HistoryEventOf<T> }[ActivityEventType];

export function evolveActivity(run: RunState, event: ActivityEvent): void {
  switch (event.eventType) {
    case 'ActivityTaskScheduled':
      addActivity(run, event);
      return;
    case 'ActivityTaskStarted':
      invariant(
        run.activities.has(event.attributes.scheduledEventId),
        run,
        event.eventId,
        `ActivityTaskStarted for event ${event.attributes.scheduledEventId}, which is no open activity`,
      );
      return;
    case 'ActivityTaskCancelRequested': {
      const { scheduledEventId } = event.attributes;
      const activity = run.activities.get(scheduledEventId);
      if (activity !== undefined) activity.cancelRequestedEventId = event.eventId;
      else
        invariant(
          hasBufferedClosing(run, scheduledEventId),
          run,
          event.eventId,
          'cancel of no open activity',
        );
      return;
    }
    case 'ActivityTaskCompleted':
    case 'ActivityTaskFailed':
    case 'ActivityTaskTimedOut':
    case 'ActivityTaskCanceled':
      removeActivity(run, event.attributes.scheduledEventId, event.eventId);
      return;
    default:
      assertNever(event);
  }
}

function addActivity(run: RunState, event: HistoryEventOf<'ActivityTaskScheduled'>): void {
  const { eventId, eventTime, attributes } = event;
  invariant(
    !run.activityIds.has(attributes.activityId),
    run,
    eventId,
    `activity ID ${attributes.activityId} is already open`,
  );
  // SAA-5: before the first attempt of a standalone activity.
  const dueTime = eventTime + (run.isStandalone ? (run.started.firstWorkflowTaskBackoff ?? 0) : 0);
  const activity: PendingActivity = {
    scheduledEventId: eventId,
    scheduled: attributes,
    scheduledEventTime: eventTime,
    cancelRequestedEventId: 0,
    options: optionsOf(attributes),
    hasOwnOptions: false,
    firstScheduledTime: dueTime,
    attemptScheduledTime: dueTime,
    attempt: 1,
    stamp: 0,
    phase: { state: 'waiting', dueTime },
    pause: undefined,
    lastFailure: undefined,
    heartbeatDetails: undefined,
    lastHeartbeatTime: undefined,
    lastStartedTime: undefined,
    lastAttemptCompleteTime: undefined,
    retryInterval: undefined,
    workerIdentity: undefined,
    deviates: false,
    hasRow: false,
    stateBytes: 0,
    queuedDeadline: undefined,
  };
  run.activities.set(eventId, activity);
  run.activityIds.set(attributes.activityId, eventId);
  queueAttempt(run, activity, eventTime);
  queueActivityTimeout(run, activity);
}

function removeActivity(run: RunState, scheduledEventId: number, eventId: number): void {
  const activity = run.activities.get(scheduledEventId);
  invariant(activity, run, eventId, `closing of event ${scheduledEventId}, which is no open activity`);
  run.activities.delete(scheduledEventId);
  run.activityBytes -= activity.stateBytes;
  run.activityIds.delete(activity.scheduled.activityId);
  run.startedActivities.delete(scheduledEventId);
  run.readyActivities.delete(scheduledEventId);
  if (activity.hasRow) run.closedActivityRows.push(scheduledEventId);
}

/** The close of the run ends all of them without events (ACT-24). */
export function dropActivities(run: RunState): void {
  for (const activity of run.activities.values())
    if (activity.hasRow) run.closedActivityRows.push(activity.scheduledEventId);
  run.activities.clear();
  run.activityBytes = 0;
  run.activityIds.clear();
  run.startedActivities.clear();
  run.readyActivities.clear();
  run.readyOrder.clear();
  run.backoffs.clear();
}

export function hasBufferedClosing(run: RunState, scheduledEventId: number): boolean {
  return run.buffered.some(
    ({ eventType, attributes }) =>
      eventType.startsWith('ActivityTask') &&
      (attributes as EventAttributes<'ActivityTaskCompleted'>).scheduledEventId === scheduledEventId,
  );
}

/** M1. Oldest first, at most `capacity`; none while the run is paused (WPAUSE-2). */
export function admitActivities(
  turn: RunTurn,
  capacity: number,
  isServed: (taskQueue: string, scheduledEventId: number) => boolean = () => true,
): ActivityTask[] {
  const { run, now } = turn;
  if (!isOpen(run) || run.pause !== undefined) return [];
  promoteDueAttempts(run, now);
  const isWanted = ({ options, scheduledEventId }: PendingActivity) =>
    isServed(options.taskQueue.name, scheduledEventId);
  return takeReady(run, capacity, isWanted).map((activity) => {
    admitAttempt(run, activity, now, turn.context.workerIdentity);
    if (activity.stamp > 1 || activity.attempt > 1) turn.touchActivity(activity);
    else turn.touchedActivities.add(activity);
    return activityTask(run, activity);
  });
}

/** Also how a note of a stored batch is folded. */
export function admitAttempt(run: RunState, activity: PendingActivity, now: number, identity: string): void {
  activity.stamp++;
  activity.workerIdentity = identity;
  activity.lastStartedTime = now;
  setPhase(run, activity, { state: 'started', startedTime: now, isAsync: false, isResetRequested: false });
}

/** The only place that moves an activity between waiting and started. */
export function setPhase(
  run: RunState,
  activity: PendingActivity,
  phase: PendingActivity['phase'],
  now?: number,
): void {
  activity.phase = phase;
  if (phase.state === 'waiting') activity.attemptScheduledTime = phase.dueTime;
  if (phase.state === 'started') {
    run.startedActivities.set(activity.scheduledEventId, activity);
    run.readyActivities.delete(activity.scheduledEventId);
  } else {
    run.startedActivities.delete(activity.scheduledEventId);
    queueAttempt(run, activity, now);
  }
  queueActivityTimeout(run, activity);
}

export function activityTask(run: RunState, activity: PendingActivity): ActivityTask {
  const { scheduled, options, phase, firstScheduledTime } = activity;
  invariant(phase.state === 'started', run, activity.scheduledEventId, 'only an admitted attempt has a task');
  const task: ActivityTask = {
    namespace: run.namespace,
    workflowId: run.workflowId,
    runId: run.runId,
    workflowType: run.started.workflowType.name,
    scheduledEventId: activity.scheduledEventId,
    activityId: scheduled.activityId,
    activityType: scheduled.activityType.name,
    taskQueue: options.taskQueue.name,
    attempt: activity.attempt,
    stamp: activity.stamp,
    scheduledTime: firstScheduledTime,
    currentAttemptScheduledTime: activity.attemptScheduledTime,
    startedTime: phase.startedTime,
    scheduleToCloseTimeout: options.scheduleToCloseTimeout,
    startToCloseTimeout: options.startToCloseTimeout,
    heartbeatTimeout: options.heartbeatTimeout,
    retryPolicy: options.retryPolicy,
  };
  if (scheduled.input !== undefined) task.input = scheduled.input;
  if (scheduled.header !== undefined) task.header = scheduled.header;
  if (activity.heartbeatDetails !== undefined) task.heartbeatDetails = activity.heartbeatDetails;
  const priority = mergedPriority(run.priority, options.priority);
  if (priority !== undefined) task.priority = priority;
  return task;
}

/** Writes the started event that goes with every closing (ACT-1). Returns its ID, 0 while buffered. */
export function recordActivityStarted(
  turn: RunTurn,
  activity: PendingActivity,
  identity: string | undefined,
): number {
  const { phase, attempt, lastFailure, scheduledEventId } = activity;
  const attributes: EventAttributes<'ActivityTaskStarted'> = {
    scheduledEventId,
    identity: phase.state === 'started' ? (activity.workerIdentity ?? '') : (identity ?? ''),
    requestId: turn.context.newId(),
    attempt,
  };
  if (lastFailure !== undefined) attributes.lastFailure = lastFailure;
  const time = phase.state === 'started' ? phase.startedTime : turn.now;
  return turn.arrive('ActivityTaskStarted', attributes, { time });
}
