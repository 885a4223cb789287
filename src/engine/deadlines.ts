/**
 * Everything that is due at a time. Timers and activity timeouts share one heap per run, retries that wait have another; what
 * a run has only one of (task timeout, run timeout, ...) is read from its state. No operation looks at all pending things.
 */
import { activityTimeout } from './activity-timeouts.ts';
import { nextNexusDeadline } from './nexus-deadlines.ts';
import {
  type Deadline,
  firstTaskTime,
  isOpen,
  type PendingActivity,
  type PendingTimer,
  type RunState,
  runExpiration,
} from './run-state.ts';
import { workflowTaskTimeoutTime } from './workflow-task-machine.ts';

export function queueTimer(run: RunState, timer: PendingTimer): void {
  run.deadlines.push({
    time: timer.fireTime,
    rank: timer.startedEventId,
    kind: 'timer',
    timerId: timer.timerId,
  });
}

/** Call after anything that moves a timeout of the activity. An entry that is too early is found out when it comes up. */
export function queueActivityTimeout(run: RunState, activity: PendingActivity): void {
  const time = activityTimeout(activity)?.time;
  if (time === undefined) return;
  if (activity.queuedDeadline !== undefined && activity.queuedDeadline <= time) return;
  activity.queuedDeadline = time;
  run.deadlines.push({ time, rank: activity.scheduledEventId, kind: 'activity' });
}

/** The earliest timer or activity timeout that still counts. */
export function peekDeadline(run: RunState): Deadline | undefined {
  for (;;) {
    const top = run.deadlines.peek();
    if (top === undefined || isCurrent(run, top)) return top;
    run.deadlines.pop();
    requeue(run, top);
  }
}

function isCurrent(run: RunState, { kind, time, rank, timerId }: Deadline): boolean {
  if (kind === 'timer') return run.timers.get(timerId ?? '')?.startedEventId === rank;
  const activity = run.activities.get(rank);
  return activity?.queuedDeadline === time && activityTimeout(activity)?.time === time;
}

/** The entry was a hint that came too early: the activity's timeout has moved since. */
function requeue(run: RunState, stale: Deadline): void {
  const activity = stale.kind === 'activity' ? run.activities.get(stale.rank) : undefined;
  if (activity?.queuedDeadline !== stale.time) return;
  activity.queuedDeadline = undefined;
  queueActivityTimeout(run, activity);
}

/** The attempt waits from now on; `now` undefined means that nobody can tell yet whether it is due. */
export function queueAttempt(run: RunState, activity: PendingActivity, now: number | undefined): void {
  run.readyActivities.delete(activity.scheduledEventId);
  if (activity.pause !== undefined || activity.phase.state !== 'waiting') return;
  const { dueTime } = activity.phase;
  if (now !== undefined && dueTime <= now) makeReady(run, activity, dueTime);
  else run.backoffs.push({ time: dueTime, rank: activity.scheduledEventId, kind: 'activity' });
}

/** Moves attempts whose backoff is over among those that may be admitted. */
export function promoteDueAttempts(run: RunState, now: number): void {
  for (let top = peekBackoff(run); top !== undefined && top.time <= now; top = peekBackoff(run)) {
    run.backoffs.pop();
    const activity = run.activities.get(top.rank);
    if (activity !== undefined) makeReady(run, activity, top.time);
  }
}

export function makeReady(run: RunState, activity: PendingActivity, dueTime: number): void {
  run.readyActivities.set(activity.scheduledEventId, activity);
  run.readyOrder.push({ time: dueTime, rank: activity.scheduledEventId, kind: 'activity' });
}

/** The oldest attempts that may be admitted, of those that `isWanted` takes; at most `count`. */
export function takeReady(
  run: RunState,
  count: number,
  isWanted: (activity: PendingActivity) => boolean,
): PendingActivity[] {
  const taken: PendingActivity[] = [];
  const passedOver: Deadline[] = [];
  while (taken.length < count) {
    const next = run.readyOrder.pop();
    if (next === undefined) break;
    const activity = run.readyActivities.get(next.rank);
    const isCurrentEntry = activity?.phase.state === 'waiting' && activity.phase.dueTime === next.time;
    if (!isCurrentEntry) continue;
    if (isWanted(activity)) {
      run.readyActivities.delete(next.rank);
      taken.push(activity);
    } else passedOver.push(next);
  }
  for (const entry of passedOver) run.readyOrder.push(entry);
  return taken;
}

function peekBackoff(run: RunState): Deadline | undefined {
  for (;;) {
    const top = run.backoffs.peek();
    if (top === undefined) return undefined;
    const activity = run.activities.get(top.rank);
    const isWaiting = activity?.phase.state === 'waiting' && activity.phase.dueTime === top.time;
    if (isWaiting && activity.pause === undefined && !run.readyActivities.has(top.rank)) return top;
    run.backoffs.pop();
  }
}

export type DeadlineKind =
  | Deadline['kind']
  | 'nexus'
  | 'workflowTaskTimeout'
  | 'firstTaskBackoff'
  | 'runTimeout';

export interface DueDeadline {
  time: number;
  rank: number;
  kind: DeadlineKind;
  timerId?: string;
}

/** The earliest deadline that `fireDeadlines` acts on. Of equal times the order is the one here. */
export function nextDue(run: RunState): DueDeadline | undefined {
  let first: DueDeadline | undefined = peekDeadline(run);
  const consider = (kind: DeadlineKind, time: number | undefined) => {
    if (time !== undefined && (first === undefined || time < first.time)) first = { time, rank: 0, kind };
  };
  const nexus = nextNexusDeadline(run);
  if (nexus !== undefined && (first === undefined || nexus.time < first.time))
    first = { time: nexus.time, rank: nexus.scheduledEventId, kind: 'nexus' };
  if (run.pause === undefined && run.isInFirstTaskBackoff) consider('firstTaskBackoff', firstTaskTime(run));
  consider('runTimeout', runExpiration(run));
  consider('workflowTaskTimeout', workflowTaskTimeoutTime(run));
  return first;
}

/** When the run must be looked at next; undefined when nothing is going to happen by itself. */
export function nextDeadlineOf(run: RunState): number | undefined {
  if (!isOpen(run)) return run.expiryTime;
  const times = [nextDue(run)?.time, workflowTaskBackoffTime(run)];
  if (run.pause === undefined) times.push(peekBackoff(run)?.time);
  let earliest: number | undefined;
  for (const time of times)
    if (time !== undefined && (earliest === undefined || time < earliest)) earliest = time;
  return earliest;
}

/** A task that is due already is no deadline: whoever hosts it asks `isWorkflowTaskDue`. */
function workflowTaskBackoffTime(run: RunState): number | undefined {
  const task = run.workflowTask;
  if (task.state !== 'scheduled' || run.pause !== undefined || task.dueTime <= task.scheduledTime)
    return undefined;
  return task.dueTime;
}
