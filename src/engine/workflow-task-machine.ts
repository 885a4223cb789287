/**
 * The workflow task: none -> scheduled -> started -> none. At most one exists (WFT-1).
 *
 * W1 A first attempt is in history. Later attempts in a row (transient) and tasks made for updates alone (speculative) stand
 *    outside it until they complete with something to record (WFT-13, UPD-20).
 * W2 If new events came before such a task starts, it becomes a recorded first attempt.
 * W3 Failures in a row are counted, also across W2: from the third one on the next attempt waits (5 s, doubling, at most
 *    10 min), so that a stuck run does not spin. After the loss of its host whoever lost it says how long.
 */

import type { EventAttributes, HistoryEvent, HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { Failure, WorkflowTaskFailedCauseName } from '../sdk/common/wire/messages.ts';
import { assertNever, invariant } from './errors.ts';
import { SUGGEST_UPDATES_SHARE } from './limits.ts';
import {
  isOpen,
  type RunState,
  type StartedWorkflowTaskState,
  taskQueueOf,
  workflowTaskTimeout,
} from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { shortened, TIMED_OUT } from './task-failure.ts';
import { forgetRecordedUpdates } from './update-machine.ts';
import { setVersioning, versionedByTask } from './versioning.ts';

const RETRY_AT_ONCE = 2;
const RETRY_INITIAL_MS = 5_000;
const RETRY_MAX_MS = 600_000;
const PROBLEMS_REPORTED_FROM = 5;

type WorkflowTaskEvent =
  | HistoryEventOf<'WorkflowTaskScheduled'>
  | HistoryEventOf<'WorkflowTaskStarted'>
  | HistoryEventOf<'WorkflowTaskCompleted'>
  | HistoryEventOf<'WorkflowTaskTimedOut'>
  | HistoryEventOf<'WorkflowTaskFailed'>;

export function evolveWorkflowTask(run: RunState, event: WorkflowTaskEvent): void {
  const { eventId, eventTime } = event;
  const task = run.workflowTask;
  switch (event.eventType) {
    case 'WorkflowTaskScheduled': {
      const isFree = task.state === 'none' || task.kind !== 'recorded';
      invariant(isFree, run, eventId, 'a workflow task is scheduled while another one is pending');
      const { attempt } = event.attributes;
      const times = { scheduledTime: eventTime, dueTime: eventTime };
      run.workflowTask = {
        state: 'scheduled',
        kind: 'recorded',
        scheduledEventId: eventId,
        attempt,
        ...times,
      };
      run.needsWorkflowTask = false;
      run.isInFirstTaskBackoff = false;
      return;
    }
    case 'WorkflowTaskStarted': {
      const { scheduledEventId } = event.attributes;
      const isNext = task.state === 'scheduled' && task.scheduledEventId === scheduledEventId;
      invariant(
        isNext,
        run,
        eventId,
        `WorkflowTaskStarted for event ${scheduledEventId}, which is no scheduled task`,
      );
      run.workflowTask = {
        state: 'started',
        kind: 'recorded',
        scheduledEventId,
        scheduledTime: task.scheduledTime,
        startedEventId: eventId,
        startedTime: eventTime,
        attempt: task.attempt,
        started: event.attributes,
      };
      run.needsWorkflowTask = false;
      return;
    }
    case 'WorkflowTaskCompleted':
      endTask(run, event);
      forgetRecordedUpdates(run);
      run.previousStartedEventId = event.attributes.startedEventId ?? 0;
      run.lastCompletedEventId = eventId;
      setVersioning(run, versionedByTask(run.versioning, event.attributes));
      run.isClosing = false;
      run.resetPoint ??= { runId: run.runId, firstWorkflowTaskCompletedId: eventId, createTime: eventTime };
      return;
    case 'WorkflowTaskTimedOut':
      endTask(run, event);
      return;
    case 'WorkflowTaskFailed':
      endTask(run, event);
      if (event.attributes.cause === 'UNHANDLED_COMMAND') run.isClosing = true;
      if (event.attributes.cause === 'RESET_WORKFLOW')
        run.resetOrigins.push({ baseRunId: event.attributes.baseRunId ?? '', eventId });
      return;
    default:
      assertNever(event);
  }
}

function endTask(run: RunState, event: HistoryEvent): void {
  const task = run.workflowTask;
  const { scheduledEventId } = event.attributes as EventAttributes<'WorkflowTaskCompleted'>;
  const isThis = task.state !== 'none' && task.scheduledEventId === scheduledEventId;
  invariant(
    isThis,
    run,
    event.eventId,
    `${event.eventType} for event ${scheduledEventId}, which is no pending task`,
  );
  run.workflowTask = { state: 'none' };
}

/** Schedules a task if workflow code has something to see and none is pending. Every turn operation ends with it. */
export function settleWorkflowTask(turn: RunTurn): void {
  const { run } = turn;
  if (isBufferFull(turn)) endTaskUnsuccessfully(turn, BUFFER_OVERFLOW);
  if (!isOpen(run) || run.workflowTask.state !== 'none' || run.isInFirstTaskBackoff || run.pause) return;
  if (run.needsWorkflowTask) scheduleWorkflowTask(turn);
  else if (hasUnsentUpdate(run)) scheduleOutsideHistory(turn, 'speculative', 1, turn.now);
}

const BUFFER_OVERFLOW: TaskEnd = {
  kind: 'failed',
  cause: 'FORCE_CLOSE_COMMAND',
  failure: {
    message: 'too many events arrived during the workflow task',
    source: 'Server',
    serverFailureInfo: {},
  },
};

/** LIM: what arrives during one task is bounded; past it the task is given up so that the events can be recorded. */
function isBufferFull({ run, context }: RunTurn): boolean {
  const { bufferedEventsMax, bufferedBytesMax } = context.limits;
  return run.buffered.length > bufferedEventsMax || run.bufferedBytes > bufferedBytesMax;
}

export function hasUnsentUpdate(run: RunState): boolean {
  for (const update of run.admittedUpdates.values()) if (update.sentInTask === undefined) return true;
  return false;
}

export function scheduleWorkflowTask(turn: RunTurn, attempt = 1, time = turn.now): void {
  const startToCloseTimeout = workflowTaskTimeout(turn.run);
  const attributes = { taskQueue: taskQueueOf(turn.run), startToCloseTimeout, attempt };
  turn.record('WorkflowTaskScheduled', attributes, { time });
}

/** W1. */
function scheduleOutsideHistory(
  turn: RunTurn,
  kind: 'transient' | 'speculative',
  attempt: number,
  dueTime: number,
): void {
  const { run, now } = turn;
  const scheduledEventId = run.nextEventId;
  run.workflowTask = { state: 'scheduled', kind, scheduledEventId, scheduledTime: now, attempt, dueTime };
  if (kind === 'transient') turn.touchVolatile();
}

export function isWorkflowTaskDueAt(run: RunState, now: number): boolean {
  const task = run.workflowTask;
  if (!isOpen(run) || run.pause !== undefined || task.state !== 'scheduled') return false;
  // Without a backoff it is due, whatever clock it was scheduled by: the machine of now may be behind that.
  return task.dueTime <= task.scheduledTime || task.dueTime <= now;
}

/** When the started task times out. */
export function workflowTaskTimeoutTime(run: RunState): number | undefined {
  const timeout = workflowTaskTimeout(run);
  if (run.workflowTask.state !== 'started' || timeout === 0) return undefined;
  return run.workflowTask.startedTime + timeout;
}

/** A backoff that is over is no deadline any more. */
export function endTaskBackoff(turn: RunTurn): void {
  const task = turn.run.workflowTask;
  if (task.state !== 'scheduled' || task.dueTime > turn.now || task.dueTime === task.scheduledTime) return;
  task.dueTime = task.scheduledTime;
  turn.touchVolatile();
}

export function startTask(turn: RunTurn): StartedWorkflowTaskState | undefined {
  const { run, now } = turn;
  if (!isWorkflowTaskDueAt(run, now)) return undefined;
  if (isOvertaken(run, run.workflowTask)) {
    turn.touchVolatile();
    scheduleWorkflowTask(turn);
  }
  const task = run.workflowTask;
  invariant(task.state === 'scheduled', run, run.nextEventId, 'the due workflow task is not scheduled');
  const started = startedAttributes(turn, task.scheduledEventId);
  if (task.kind === 'recorded') {
    turn.record('WorkflowTaskStarted', started);
    if (task.dueTime > task.scheduledTime) turn.touchVolatile();
  } else {
    const { dueTime: _, ...rest } = task;
    const startedEventId = task.scheduledEventId + 1;
    run.workflowTask = { ...rest, state: 'started', startedEventId, startedTime: now, started };
    if (task.kind === 'transient') turn.touchVolatile();
  }
  invariant(run.workflowTask.state === 'started', run, run.nextEventId, 'the workflow task did not start');
  return run.workflowTask;
}

/** W2. While a task is started, what comes is buffered, and nothing can overtake it. */
function isOvertaken(run: RunState, task: RunState['workflowTask']): boolean {
  return task.state === 'scheduled' && task.kind !== 'recorded' && task.scheduledEventId !== run.nextEventId;
}

function startedAttributes(turn: RunTurn, scheduledEventId: number): EventAttributes<'WorkflowTaskStarted'> {
  const { run, context } = turn;
  const { limits } = context;
  const reasons: NonNullable<EventAttributes<'WorkflowTaskStarted'>['suggestContinueAsNewReasons']> = [];
  if (run.historyBytes >= limits.suggestContinueAsNewBytes) reasons.push('HISTORY_SIZE_TOO_LARGE');
  if (run.nextEventId - 1 >= limits.suggestContinueAsNewEvents) reasons.push('TOO_MANY_HISTORY_EVENTS');
  if (run.updates.size >= limits.updatesMax * SUGGEST_UPDATES_SHARE) reasons.push('TOO_MANY_UPDATES');
  const attributes: EventAttributes<'WorkflowTaskStarted'> = {
    scheduledEventId,
    identity: context.workerIdentity,
    requestId: context.newId(),
    historySizeBytes: run.historyBytes,
  };
  if (reasons.length === 0) return attributes;
  return { ...attributes, suggestContinueAsNew: true, suggestContinueAsNewReasons: reasons };
}

/** Writes Scheduled and Started of a task that stood outside history, with the times at which they happened. */
export function recordTaskBegin(turn: RunTurn): void {
  const task = turn.run.workflowTask;
  if (task.state !== 'started' || task.kind === 'recorded') return;
  if (task.kind === 'transient') turn.touchVolatile();
  scheduleWorkflowTask(turn, task.attempt, task.scheduledTime);
  turn.record('WorkflowTaskStarted', task.started, { time: task.startedTime });
}

/**
 * Events of a pending task that history does not show, for history reads and for the host. None of a task that new events have
 * overtaken: what will be recorded instead gets its number when it starts (W2).
 */
export function eventsOutsideHistory(run: RunState): HistoryEvent[] {
  const task = run.workflowTask;
  if (task.state === 'none' || task.kind === 'recorded' || isOvertaken(run, task)) return [];
  const scheduled: HistoryEvent = {
    eventId: task.scheduledEventId,
    eventTime: task.scheduledTime,
    eventType: 'WorkflowTaskScheduled',
    attributes: {
      taskQueue: taskQueueOf(run),
      startToCloseTimeout: workflowTaskTimeout(run),
      attempt: task.attempt,
    },
  };
  if (task.state === 'scheduled') return [scheduled];
  const { startedEventId, startedTime, started } = task;
  return [
    scheduled,
    {
      eventId: startedEventId,
      eventTime: startedTime,
      eventType: 'WorkflowTaskStarted',
      attributes: started,
    },
  ];
}

/** Forgets a speculative task of which nothing came. */
export function dropSpeculativeTask(turn: RunTurn): void {
  turn.run.workflowTask = { state: 'none' };
}

/** With `isHostLost` it was no fault of the attempt's, as far as is known: the next one need not wait (W3). */
export type TaskEnd = { isHostLost?: true } & (
  | { kind: 'failed'; cause: WorkflowTaskFailedCauseName; failure: Failure }
  | { kind: 'timedOut' }
);

/** Ends the started task without a result and schedules its next attempt, unless the run is about to be closed. */
export function endTaskUnsuccessfully(turn: RunTurn, end: TaskEnd): void {
  const attempt = recordUnsuccessfulEnd(turn, end);
  const { run } = turn;
  const isRefusedClose = end.kind === 'failed' && end.cause === 'UNHANDLED_COMMAND';
  if (isRefusedClose) run.isClosing = true;
  const isFault = !isRefusedClose && end !== BUFFER_OVERFLOW;
  if (isFault) countFailure(turn, end);
  const dueTime = turn.now + (isFault && !end.isHostLost ? retryDelay(run.taskFailures) : 0);
  const hasNews = run.buffered.length > 0 || run.needsWorkflowTask;
  turn.flush();
  turn.touchVolatile();
  // WPAUSE-2: a paused run gets no event of a new task; the unpause makes a first attempt of it (W2).
  if (!hasNews || run.pause !== undefined) {
    scheduleOutsideHistory(turn, 'transient', attempt + 1, dueTime);
    return;
  }
  scheduleWorkflowTask(turn);
  if (run.workflowTask.state === 'scheduled') run.workflowTask.dueTime = dueTime;
}

/** Returns the attempt that ended. */
export function recordUnsuccessfulEnd(turn: RunTurn, end: TaskEnd): number {
  const { run } = turn;
  if (run.workflowTask.state === 'started' && run.workflowTask.kind === 'speculative') recordTaskBegin(turn);
  const task = run.workflowTask;
  invariant(task.state === 'started', run, run.nextEventId, 'only a started workflow task can fail');
  takeBackUpdates(run);
  const { scheduledEventId, startedEventId, attempt } = task;
  if (task.kind === 'transient') run.workflowTask = { state: 'none' };
  else if (end.kind === 'timedOut')
    turn.record('WorkflowTaskTimedOut', { scheduledEventId, startedEventId, timeoutType: 'START_TO_CLOSE' });
  else {
    const { cause, failure } = end;
    const identity = turn.context.workerIdentity;
    turn.record('WorkflowTaskFailed', { scheduledEventId, startedEventId, cause, failure, identity });
  }
  return attempt;
}

/** UPD-12: what the task carried is sent again with the next one. */
function takeBackUpdates(run: RunState): void {
  for (const update of run.admittedUpdates.values()) update.sentInTask = undefined;
}

function countFailure(turn: RunTurn, end: TaskEnd): void {
  const { run } = turn;
  run.taskFailures++;
  run.lastTaskFailure = end.kind === 'failed' ? shortened(end.failure) : TIMED_OUT;
  if (run.taskFailures < PROBLEMS_REPORTED_FROM) return;
  setReportedProblems(turn, describeProblem(end));
}

/** WFT-15. */
export function setReportedProblems(turn: RunTurn, problems: readonly string[] | undefined): void {
  const { run } = turn;
  if (String(run.reportedProblems) === String(problems)) return;
  run.reportedProblems = problems;
  run.visibilityVersion++;
  turn.touchVolatile();
  turn.touchSummary();
}

function describeProblem(end: TaskEnd): readonly string[] {
  if (end.kind === 'timedOut')
    return ['category=WorkflowTaskTimedOut', 'cause=WorkflowTaskTimedOutCauseStartToClose'];
  const words = end.cause.toLowerCase().split('_');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return ['category=WorkflowTaskFailed', `cause=WorkflowTaskFailedCause${name}`];
}

/** W3. */
export function retryDelay(failures: number): number {
  if (failures <= RETRY_AT_ONCE) return 0;
  return Math.min(RETRY_INITIAL_MS * 2 ** (failures - RETRY_AT_ONCE - 1), RETRY_MAX_MS);
}

export function noteSuccess(turn: RunTurn): void {
  const { run } = turn;
  if (run.taskFailures === 0) return;
  run.taskFailures = 0;
  run.lastTaskFailure = undefined;
  turn.touchVolatile();
  setReportedProblems(turn, undefined);
}
