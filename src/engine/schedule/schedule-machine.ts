/**
 * A schedule as time passes: which times lead to actions, what starts, what was skipped and why. Functions change the state they
 * are given; the object commits it, or throws it away.
 *
 * M1 Before anything else is looked at, times up to now are done with under what held until now (`advance`).
 * M2 One step is bounded: `advance` says whether there is more to do at once.
 * M3 Starts and endings are level-triggered: what stands in `starting` and `running` has to be outstanding until it is confirmed.
 */
import type { StatusError, TurnContext } from '../api.ts';
import { settleBuffer } from './overlap.ts';
import {
  type ActionClosed,
  BACKFILL_PAUSE_MS,
  BACKFILL_STEP,
  BESIDE_MAX,
  BUFFER_MAX,
  type BufferedStart,
  IDLE_KEPT_MS,
  idleReasonOf,
  policiesOf,
  RECENT_ACTIONS_MAX,
  type RunningAction,
  recordSkip,
  type ScheduleState,
  STARTING_MAX,
  type StartingAction,
  takesScheduledActions,
} from './schedule-state.ts';
import type { ScheduleTimes } from './times-port.ts';

export type ScheduleContext = Pick<TurnContext, 'now' | 'newId'> & { times: ScheduleTimes };

/** Times that passed while none were taken are counted up to here, each time that is looked. */
const COUNTED_MAX = 1_000;
/** Times looked at in one step. */
const STEP_MAX = 5_000;
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 60_000;

/** M1. True when there is more to do at once. */
export function advance(state: ScheduleState, context: ScheduleContext): boolean {
  const hasMoreTimes = takeTimes(state, context);
  takeBackfill(state, context);
  settleBuffer(state, context.now);
  return hasMoreTimes;
}

function takeTimes(state: ScheduleState, { now, times, newId }: ScheduleContext): boolean {
  const { catchupWindow } = policiesOf(state);
  for (let step = 0; step < STEP_MAX; step++) {
    const reason = idleReasonOf(state);
    if (reason !== undefined) {
      skipPassed(state, reason, times, now);
      return false;
    }
    const time = times.next(state.cursor);
    if (time === undefined || time.actual > now) return false;
    if (isFull(state)) return false;
    state.cursor = time.nominal;
    if (now - time.actual > catchupWindow) {
      state.missedCatchupWindow++;
      recordSkip(state, { scheduleTime: time.actual, reason: 'MISSED_CATCHUP_WINDOW' });
    } else enqueue(state, { requestId: newId(), ...time, isManual: false }, now);
  }
  return true;
}

/** SCHED-14. */
function skipPassed(
  state: ScheduleState,
  reason: 'PAUSED' | 'NO_ACTIONS_LEFT',
  times: ScheduleTimes,
  now: number,
): void {
  const last = times.lastUntil(state.cursor, now);
  if (last === undefined) return;
  let time = times.next(state.cursor);
  let count = 0;
  while (time !== undefined && time.nominal < last && count < COUNTED_MAX - 1) {
    count++;
    time = times.next(time.nominal);
  }
  recordSkip(state, { scheduleTime: last, reason, count: count + 1 });
  passOver(state, times, now);
}

/** What an update leaves behind: times up to now lead to nothing. */
export function passOver(state: ScheduleState, times: ScheduleTimes, now: number): void {
  state.cursor = times.lastUntil(state.cursor, now) ?? state.cursor;
}

/** As many starts as may be are under way and the buffer is full of others: times wait until there is room. */
function isFull({ buffer, starting }: ScheduleState): boolean {
  return buffer.length >= BUFFER_MAX && starting.length >= STARTING_MAX;
}

function enqueue(state: ScheduleState, start: BufferedStart, now: number): void {
  if (state.buffer.length >= BUFFER_MAX) settleBuffer(state, now);
  if (state.buffer.length >= BUFFER_MAX) {
    state.bufferDropped++;
    recordSkip(state, { scheduleTime: start.actual, reason: 'BUFFER_FULL' });
    return;
  }
  state.buffer.push(start);
  state.lastEventTime = now;
}

/** SCHED-16. Half of the buffer is left to the schedule's own times. */
function takeBackfill(state: ScheduleState, { now, times, newId }: ScheduleContext): void {
  const [backfill] = state.backfills;
  if (backfill === undefined || state.buffer.length >= BUFFER_MAX / 2) return;
  for (let taken = 0; taken < BACKFILL_STEP; taken++) {
    const time = times.next(backfill.cursor);
    if (time === undefined || time.nominal > backfill.end) {
      state.backfills.shift();
      return;
    }
    backfill.cursor = time.nominal;
    const { overlapPolicy } = backfill;
    const start = { requestId: newId(), ...time, isManual: true, ...(overlapPolicy && { overlapPolicy }) };
    enqueue(state, start, now);
  }
}

/** SCHED-15. */
export function trigger(
  state: ScheduleState,
  request: { overlapPolicy?: BufferedStart['overlapPolicy']; scheduledTime?: number },
  { now, newId }: ScheduleContext,
): void {
  const { overlapPolicy, scheduledTime } = request;
  const second = Math.floor(now / 1_000) * 1_000;
  const nominal = scheduledTime ?? Math.max(second, (state.lastTrigger ?? 0) + 1_000);
  if (scheduledTime === undefined) state.lastTrigger = nominal;
  const start = {
    requestId: newId(),
    nominal,
    actual: scheduledTime ?? now,
    isManual: true,
    ...(overlapPolicy && { overlapPolicy }),
  };
  enqueue(state, start, now);
  settleBuffer(state, now);
}

/** The workflow runs: begun now, or by an earlier attempt of the same start. */
export function startConfirmed(
  state: ScheduleState,
  requestId: string,
  runId: string,
  { now }: { now: number },
): void {
  const action = takeStarting(state, requestId);
  if (action === undefined) return;
  noteStarted(state, action, runId, now);
  state.running.push({ requestId, workflowId: action.workflowId, runId, isBeside: action.isBeside });
  forgetOldestBeside(state);
  settleBuffer(state, now);
}

function noteStarted(state: ScheduleState, action: StartingAction, runId: string, now: number): void {
  state.actionCount++;
  state.lastEventTime = now;
  state.recent.push({
    requestId: action.requestId,
    scheduleTime: action.actual,
    actualTime: now,
    workflowId: action.workflowId,
    runId,
    status: 'RUNNING',
  });
  if (state.recent.length > RECENT_ACTIONS_MAX) state.recent.shift();
}

function forgetOldestBeside(state: ScheduleState): void {
  const beside = state.running.filter(({ isBeside }) => isBeside);
  if (beside.length <= BESIDE_MAX) return;
  const [oldest] = beside;
  state.running = state.running.filter((action) => action !== oldest);
}

function takeStarting(state: ScheduleState, requestId: string): StartingAction | undefined {
  const action = state.starting.find((each) => each.requestId === requestId);
  if (action !== undefined) state.starting = state.starting.filter((each) => each !== action);
  return action;
}

/** Errors that another attempt can mend. */
const TRANSIENT: ReadonlySet<StatusError['code']> = new Set([
  'UNAVAILABLE',
  'RESOURCE_EXHAUSTED',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'ABORTED',
]);

/** SCHED-24: tried again within the catch-up window, unless no other attempt can do better. */
export function startRefused(
  state: ScheduleState,
  requestId: string,
  { code, message }: Pick<StatusError, 'code' | 'message'>,
  { now }: { now: number },
): void {
  const action = state.starting.find((each) => each.requestId === requestId);
  if (action === undefined) return;
  action.attempt++;
  action.retryAt = now + backoff(action.attempt);
  if (TRANSIENT.has(code) && action.retryAt <= action.giveUpAt) return;
  takeStarting(state, requestId);
  const isTaken = code === 'ALREADY_EXISTS';
  if (!isTaken && TRANSIENT.has(code)) state.missedCatchupWindow++;
  const reason = isTaken ? 'WORKFLOW_ALREADY_STARTED' : 'START_FAILED';
  recordSkip(state, { scheduleTime: action.actual, reason, message });
  state.lastEventTime = now;
  settleBuffer(state, now);
}

const backoff = (attempt: number): number =>
  Math.min(RETRY_MS * 2 ** Math.min(attempt - 1, 10), RETRY_MAX_MS);

/** The cancel request or the termination has arrived, or there is nothing to end any more. */
export function endConfirmed(
  state: ScheduleState,
  requestId: string,
  outcome: 'delivered' | 'gone' | 'failed',
  { now }: { now: number },
): void {
  const action = state.running.find((each) => each.requestId === requestId);
  if (action?.ending === undefined) return;
  if (outcome === 'failed') {
    action.ending.attempt++;
    action.ending.retryAt = now + backoff(action.ending.attempt);
    return;
  }
  action.ending.isDone = true;
  if (outcome === 'gone') forget(state, action, now);
}

/** Its end was never told here, and there is nothing left that could tell it. */
function forget(state: ScheduleState, action: RunningAction, now: number): void {
  state.running = state.running.filter((each) => each !== action);
  settleBuffer(state, now);
}

/** A run of this schedule ended, with all that retried and continued it. */
export function actionClosed(state: ScheduleState, closed: ActionClosed, { now }: { now: number }): void {
  if (closed.instanceId !== state.instanceId) return;
  confirmByEnd(state, closed, now);
  const action = state.running.find(({ requestId }) => requestId === closed.requestId);
  const recent = state.recent.find(({ requestId }) => requestId === closed.requestId);
  if (recent !== undefined) recent.status = closed.status;
  if (action === undefined) return;
  state.running = state.running.filter((each) => each !== action);
  state.lastEventTime = now;
  if (!action.isBeside) carryOn(state, closed);
  pauseOnFailure(state, closed);
  settleBuffer(state, now);
}

/** A short run can end before the answer to its start is here. */
function confirmByEnd(state: ScheduleState, { requestId, runId }: ActionClosed, now: number): void {
  const action = takeStarting(state, requestId);
  if (action === undefined) return;
  noteStarted(state, action, runId, now);
  state.running.push({ requestId, workflowId: action.workflowId, runId, isBeside: action.isBeside });
}

/** SCHED-19. */
function carryOn(state: ScheduleState, { status, result, failure }: ActionClosed): void {
  if (status === 'COMPLETED') {
    if (result === undefined) delete state.lastCompletionResult;
    else state.lastCompletionResult = result;
    delete state.continuedFailure;
  } else if ((status === 'FAILED' || status === 'TIMED_OUT') && failure !== undefined) {
    state.continuedFailure = failure;
  }
}

/** SCHED-12. */
function pauseOnFailure(state: ScheduleState, { status, workflowId, failure }: ActionClosed): void {
  const hasFailed = status === 'FAILED' || status === 'TIMED_OUT';
  const now = state.schedule.state ?? {};
  if (!hasFailed || now.paused || !policiesOf(state).pauseOnFailure) return;
  const how = status === 'FAILED' ? `failed: ${failure?.message ?? ''}` : 'timed out';
  state.schedule.state = { ...now, paused: true, notes: `paused because workflow ${workflowId} ${how}` };
}

export interface PendingActions {
  starts: StartingAction[];
  endings: RunningAction[];
}

/** M3: what has to be sent now. */
export function pendingActions({ starting, running }: ScheduleState, now: number): PendingActions {
  return {
    starts: starting.filter(({ retryAt }) => retryAt <= now),
    endings: running.filter(({ ending }) => ending !== undefined && !ending.isDone && ending.retryAt <= now),
  };
}

/** When `advance` or `pendingActions` have something to do next. */
export function nextWake(state: ScheduleState, { now, times }: ScheduleContext): number | undefined {
  const wakes: number[] = state.starting.map(({ retryAt }) => retryAt);
  for (const { ending } of state.running) if (ending && !ending.isDone) wakes.push(ending.retryAt);
  if (state.backfills.length > 0 && state.buffer.length < BUFFER_MAX / 2) wakes.push(now + BACKFILL_PAUSE_MS);
  const next = takesScheduledActions(state) && !isFull(state) ? times.next(state.cursor) : undefined;
  if (next !== undefined) wakes.push(next.actual);
  return wakes.length === 0 ? undefined : Math.min(...wakes);
}

/** SCHED-21: when it is erased, if nothing happens until then. */
export function expiryOf(state: ScheduleState, { times }: ScheduleContext): number | undefined {
  const { paused, limitedActions, remainingActions = 0 } = state.schedule.state ?? {};
  const isIdle =
    !paused &&
    state.running.length === 0 &&
    state.starting.length === 0 &&
    state.buffer.length === 0 &&
    state.backfills.length === 0;
  const isOver = (limitedActions && remainingActions <= 0) || times.next(state.cursor) === undefined;
  return isIdle && isOver ? state.lastEventTime + IDLE_KEPT_MS : undefined;
}
