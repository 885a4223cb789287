/**
 * Between the state of a run and its rows: folds what storage gives back, and writes what has no event. Folding batches, then
 * activity rows, then the volatile row gives the state that was live when they were committed.
 */
import type { Failure, Payloads } from '../sdk/common/wire/messages.ts';
import { admitAttempt, setPhase } from './activity-machine.ts';
import type { ActivityRow, RunBatch, RunChanges, RunSummary, StoredRun } from './api.ts';
import { queueActivityTimeout } from './deadlines.ts';
import { InvariantError, invariant } from './errors.ts';
import { absorb, beginRun, evolve } from './evolve.ts';
import { noteReset } from './lifecycle-machine.ts';
import { countActivityBytes } from './mutable-state.ts';
import { foldNexusRow, type NexusRow, nexusRows } from './nexus-state.ts';
import { hasDeliveries } from './pending-work.ts';
import {
  type ActivityOptions,
  type ActivityPause,
  type ActivityPhase,
  type BufferedEvent,
  isOpen,
  type PendingActivity,
  type RunState,
  type WorkflowTaskState,
} from './run-state.ts';
import type { RunTurn } from './run-turn.ts';

/** First admissions of first attempts in one turn: they need no rows. */
interface BatchNotes {
  admitted: number[];
  at: number;
  identity: string;
}

interface ActivityRowData {
  options: ActivityOptions | undefined;
  firstScheduledTime: number;
  attemptScheduledTime: number;
  attempt: number;
  stamp: number;
  phase: ActivityPhase;
  pause: ActivityPause | undefined;
  lastFailure: Failure | undefined;
  heartbeatDetails: Payloads | undefined;
  lastHeartbeatTime: number | undefined;
  lastStartedTime: number | undefined;
  lastAttemptCompleteTime: number | undefined;
  retryInterval: number | undefined;
  workerIdentity: string | undefined;
}

interface VolatileData {
  workflowTask?: WorkflowTaskState;
  /** Of a task that history shows, when failures hold it back. */
  taskDueTime?: number;
  taskFailures?: number;
  lastTaskFailure?: Failure;
  isClosing?: boolean;
  reportedProblems?: readonly string[];
  buffered?: BufferedEvent[];
  closeActionsDone?: number[];
  isParentNotified?: boolean;
  isScheduleNotified?: boolean;
  nexusNotified?: number[];
  nexus?: NexusRow[];
}

export function foldStoredRun(namespace: string, workflowId: string, stored: StoredRun): RunState {
  const { summary, runSeq } = stored;
  const key = { namespace, workflowId, runId: summary.runId, runSeq };
  let run: RunState | undefined;
  for (const batch of stored.batches) run = foldBatch(run, key, batch);
  if (run === undefined) throw new InvariantError(key, 1, 'a stored run has no history');
  for (const row of stored.activityRows) foldActivityRow(run, row);
  foldSummary(run, summary);
  if (stored.volatile !== undefined && stored.volatile !== null)
    foldVolatile(run, stored.volatile as VolatileData);
  return run;
}

function foldBatch(
  run: RunState | undefined,
  key: Parameters<typeof beginRun>[0],
  batch: RunBatch,
): RunState {
  let folded = run;
  for (const event of batch.events) {
    if (folded === undefined) folded = beginRun(key, event);
    else evolve(folded, event);
  }
  if (folded === undefined)
    throw new InvariantError(key, batch.firstEventId, 'an empty batch begins a history');
  if (batch.notes !== undefined && batch.notes !== null) foldNotes(folded, batch.notes as BatchNotes);
  return folded;
}

function foldNotes(run: RunState, { admitted, at, identity }: BatchNotes): void {
  for (const scheduledEventId of admitted) {
    const activity = run.activities.get(scheduledEventId);
    invariant(activity, run, scheduledEventId, 'a note admits what is no open activity');
    admitAttempt(run, activity, at, identity);
  }
}

function foldActivityRow(run: RunState, row: ActivityRow): void {
  const activity = run.activities.get(row.scheduledEventId);
  invariant(activity, run, row.scheduledEventId, 'a row belongs to no open activity');
  const { phase, options, ...rest } = row.data as ActivityRowData;
  Object.assign(activity, rest, { deviates: true, hasRow: true });
  if (options !== undefined) Object.assign(activity, { options, hasOwnOptions: true });
  setPhase(run, activity, phase);
  // setPhase takes the due time of a waiting attempt; a started one keeps what the row says.
  activity.attemptScheduledTime = rest.attemptScheduledTime;
  queueActivityTimeout(run, activity);
  countActivityBytes(run, activity);
}

function foldSummary(run: RunState, summary: RunSummary): void {
  run.requestIds.splice(0, run.requestIds.length, ...summary.requestIds);
  run.visibilityVersion = summary.visibilityVersion;
  run.visibilityConfirmed = summary.visibilityConfirmed;
  run.expiryTime = summary.expiryTime;
  noteReset(run, summary.resetRunId);
  if (isOpen(run) || summary.hasDeliveries) return;
  run.closeActions.clear();
  run.isParentNotificationDue = false;
  run.isScheduleNotificationDue = false;
  run.nexusNotifications.clear();
}

function foldVolatile(run: RunState, data: VolatileData): void {
  run.hasVolatileRow = true;
  if (data.workflowTask !== undefined) run.workflowTask = { ...data.workflowTask };
  if (data.taskDueTime !== undefined && run.workflowTask.state === 'scheduled')
    run.workflowTask.dueTime = data.taskDueTime;
  run.taskFailures = data.taskFailures ?? 0;
  run.lastTaskFailure = data.lastTaskFailure;
  run.isClosing ||= data.isClosing ?? false;
  run.reportedProblems = data.reportedProblems;
  for (const row of data.nexus ?? []) foldNexusRow(run, row);
  for (const event of data.buffered ?? []) {
    absorb(run, { eventId: 0, ...event } as never);
    run.buffered.push(event);
    run.bufferedBytes += event.bytes;
  }
  for (const initiatedEventId of data.closeActionsDone ?? []) confirmCloseAction(run, initiatedEventId);
  if (data.isParentNotified) confirmParentNotification(run);
  if (data.isScheduleNotified) confirmScheduleNotification(run);
  for (const index of data.nexusNotified ?? []) confirmNexusNotification(run, index);
}

export function confirmCloseAction(run: RunState, initiatedEventId: number): void {
  if (run.closeActions.delete(initiatedEventId)) run.closeActionsDone.push(initiatedEventId);
  forgetWhenDone(run);
}

export function confirmParentNotification(run: RunState): void {
  run.isParentNotificationDue = false;
  run.isParentNotified = true;
  forgetWhenDone(run);
}

export function confirmScheduleNotification(run: RunState): void {
  run.isScheduleNotificationDue = false;
  run.isScheduleNotified = true;
  forgetWhenDone(run);
}

export function confirmNexusNotification(run: RunState, index: number): void {
  if (run.nexusNotifications.delete(index)) run.nexusNotified.push(index);
  forgetWhenDone(run);
}

/** The summary of a closed run says that nothing is left; what was done one by one need not be told. */
function forgetWhenDone(run: RunState): void {
  if (isOpen(run) || hasDeliveries(run)) return;
  run.closeActionsDone.length = 0;
  run.isParentNotified = false;
  run.isScheduleNotified = false;
  run.nexusNotified.length = 0;
}

/** Undefined when nothing of the run moved. */
export function changesOf(turn: RunTurn): RunChanges | undefined {
  const { run, events } = turn;
  if (hasClosedIn(turn)) forgetWhenDone(run);
  const admitted: number[] = [];
  const activityRows: ActivityRow[] = [];
  for (const activity of turn.touchedActivities) {
    if (run.activities.get(activity.scheduledEventId) !== activity) continue;
    if (!activity.deviates && events.length > 0) admitted.push(activity.scheduledEventId);
    else activityRows.push(rowOf(activity));
  }
  const changes: RunChanges = {
    runSeq: run.runSeq,
    runId: run.runId,
    activityRows,
    activityRowsDeleted: run.closedActivityRows.splice(0),
  };
  if (events.length > 0) changes.batch = batchOf(turn, admitted);
  const volatile = volatileChange(turn);
  if (volatile !== undefined) changes.volatile = volatile;
  if (turn.isSummaryTouched) changes.summary = summaryOf(run);
  const hasMoved =
    events.length > 0 ||
    activityRows.length > 0 ||
    changes.activityRowsDeleted.length > 0 ||
    volatile !== undefined ||
    turn.isSummaryTouched;
  return hasMoved ? changes : undefined;
}

function hasClosedIn({ run, events }: RunTurn): boolean {
  return run.closeEvent !== undefined && events.at(-1) === run.closeEvent;
}

function batchOf({ run, events, now, context }: RunTurn, admitted: number[]): RunBatch {
  const firstEventId = run.nextEventId - events.length;
  if (admitted.length === 0) return { firstEventId, events };
  const notes: BatchNotes = { admitted, at: now, identity: context.workerIdentity };
  return { firstEventId, events, notes };
}

function rowOf(activity: PendingActivity): ActivityRow {
  activity.deviates = true;
  activity.hasRow = true;
  const data: ActivityRowData = {
    options: activity.hasOwnOptions ? activity.options : undefined,
    firstScheduledTime: activity.firstScheduledTime,
    attemptScheduledTime: activity.attemptScheduledTime,
    attempt: activity.attempt,
    stamp: activity.stamp,
    phase: activity.phase,
    pause: activity.pause,
    lastFailure: activity.lastFailure,
    heartbeatDetails: activity.heartbeatDetails,
    lastHeartbeatTime: activity.lastHeartbeatTime,
    lastStartedTime: activity.lastStartedTime,
    lastAttemptCompleteTime: activity.lastAttemptCompleteTime,
    retryInterval: activity.retryInterval,
    workerIdentity: activity.workerIdentity,
  };
  return { scheduledEventId: activity.scheduledEventId, data };
}

/** Undefined: unchanged. Null: the row goes. */
function volatileChange(turn: RunTurn): unknown | null | undefined {
  const { run } = turn;
  // Of what the row of an open run says only the deliveries mean something once it is closed.
  const isVolatileTouched = turn.isVolatileTouched || hasClosedIn(turn);
  if (!isVolatileTouched && !run.hasVolatileRow) return undefined;
  const data = volatileOf(run);
  if (Object.keys(data).length > 0) {
    if (!isVolatileTouched) return undefined;
    run.hasVolatileRow = true;
    return data;
  }
  if (!run.hasVolatileRow) return undefined;
  run.hasVolatileRow = false;
  return null;
}

function volatileOf(run: RunState): VolatileData {
  const data: VolatileData = {};
  if (!isOpen(run)) return hasDeliveries(run) ? deliveriesOf(run) : {};
  const { workflowTask: task } = run;
  if (task.state !== 'none' && task.kind === 'transient') data.workflowTask = task;
  else if (task.state === 'scheduled' && task.dueTime > task.scheduledTime) data.taskDueTime = task.dueTime;
  if (run.taskFailures > 0) data.taskFailures = run.taskFailures;
  if (run.lastTaskFailure !== undefined) data.lastTaskFailure = run.lastTaskFailure;
  if (run.isClosing) data.isClosing = true;
  if (run.reportedProblems !== undefined) data.reportedProblems = run.reportedProblems;
  const nexus = nexusRows(run);
  if (nexus.length > 0) data.nexus = nexus;
  if (run.buffered.length > 0) data.buffered = [...run.buffered];
  if (run.nexusNotified.length > 0) data.nexusNotified = [...run.nexusNotified];
  return data;
}

function deliveriesOf(run: RunState): VolatileData {
  const data: VolatileData = {};
  if (run.closeActionsDone.length > 0) data.closeActionsDone = [...run.closeActionsDone];
  if (run.isParentNotified) data.isParentNotified = true;
  if (run.isScheduleNotified) data.isScheduleNotified = true;
  if (run.nexusNotified.length > 0) data.nexusNotified = [...run.nexusNotified];
  return data;
}

export function summaryOf(run: RunState): RunSummary {
  const summary: RunSummary = {
    runId: run.runId,
    firstExecutionRunId: run.started.firstExecutionRunId,
    status: run.status,
    startTime: run.startTime,
    visibilityVersion: run.visibilityVersion,
    visibilityConfirmed: run.visibilityConfirmed,
    requestIds: [...run.requestIds],
  };
  if (run.closeTime !== undefined) summary.closeTime = run.closeTime;
  if (run.expiryTime !== undefined) summary.expiryTime = run.expiryTime;
  if (run.resetRunId !== undefined) summary.resetRunId = run.resetRunId;
  if (hasDeliveries(run)) summary.hasDeliveries = true;
  return summary;
}
