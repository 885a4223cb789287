/**
 * How attempts end: results, failures, cancellation, timeouts, and attempts that nobody answers for. Decides between the next
 * attempt and closing the activity (ACT-R, ACT-6, ACT-16 to ACT-20).
 */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { Failure, Payloads, RetryStateName, TimeoutTypeName } from '../sdk/common/wire/messages.ts';
import { recordActivityStarted, setPhase } from './activity-machine.ts';
import { activityTimeout, outOfTimeFailure, timeoutFailure } from './activity-timeouts.ts';
import type { ActivityReference, HeartbeatReply, Result } from './api.ts';
import { queueActivityTimeout } from './deadlines.ts';
import { invariant, ok, refuse } from './errors.ts';
import { LAST_FAILURE_BYTES_MAX } from './limits.ts';
import { decideRetry, isRetryable, type RetryDecision } from './retry.ts';
import { isOpen, type PendingActivity, type RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { failureBytes, payloadsBytes } from './size.ts';
import { truncateFailure } from './truncate-failure.ts';

const notFound = () =>
  refuse('NOT_FOUND', 'invalid activityID or activity already timed out or invoking workflow is completed');

export function findActivity(run: RunState, reference: ActivityReference): Result<PendingActivity> {
  if (!isOpen(run) || (reference.runId !== undefined && reference.runId !== run.runId)) return notFound();
  if (reference.by === 'id') {
    const activity = run.activities.get(run.activityIds.get(reference.activityId) ?? 0);
    return activity === undefined ? notFound() : ok(activity);
  }
  const activity = run.activities.get(reference.scheduledEventId);
  const isCurrent = activity?.phase.state === 'started' && activity.stamp === reference.stamp;
  return isCurrent ? ok(activity) : notFound();
}

export function completeActivity(
  turn: RunTurn,
  activity: PendingActivity,
  result: Payloads | undefined,
  identity: string | undefined,
): void {
  if (payloadsBytes(result) > turn.context.limits.payloadBytesMax) {
    failAttempt(turn, activity, serverFailure('COMPLETE_RESULT_EXCEEDS_LIMIT'), identity);
    return;
  }
  const startedEventId = recordActivityStarted(turn, activity, identity);
  const attributes: EventAttributes<'ActivityTaskCompleted'> = {
    ...closingIds(turn, activity, startedEventId),
    identity: identity ?? turn.context.workerIdentity,
  };
  if (result !== undefined) attributes.result = result;
  turn.arrive('ActivityTaskCompleted', attributes);
}

function closingIds(turn: RunTurn, { scheduledEventId }: PendingActivity, startedEventId: number) {
  invariant(
    turn.run.activities.has(scheduledEventId),
    turn.run,
    scheduledEventId,
    'activity is closed already',
  );
  return startedEventId === 0 ? { scheduledEventId } : { scheduledEventId, startedEventId };
}

function serverFailure(message: string, cause?: Failure): Failure {
  const failure: Failure = { message, source: 'Server', serverFailureInfo: { nonRetryable: true } };
  if (cause !== undefined) failure.cause = cause;
  return failure;
}

/** ACT-20: a failure past the payload limit is replaced by one that can be stored. */
function boundedFailure(turn: RunTurn, failure: Failure): Failure {
  if (failureBytes(failure) <= turn.context.limits.payloadBytesMax) return failure;
  return serverFailure('FAILURE_EXCEEDS_LIMIT', truncateFailure(failure, LAST_FAILURE_BYTES_MAX));
}

export function failAttempt(
  turn: RunTurn,
  activity: PendingActivity,
  reported: Failure,
  identity: string | undefined,
): void {
  const failure = boundedFailure(turn, reported);
  const decision = decideNextAttempt(turn, activity, failure);
  if (decision.retryState === 'IN_PROGRESS') {
    retryLater(turn, activity, failure, decision.delay);
    return;
  }
  const startedEventId = recordActivityStarted(turn, activity, identity);
  turn.arrive('ActivityTaskFailed', {
    failure,
    ...closingIds(turn, activity, startedEventId),
    identity: identity ?? turn.context.workerIdentity,
    retryState: decision.retryState,
  });
}

function decideNextAttempt(turn: RunTurn, activity: PendingActivity, failure: Failure): RetryDecision {
  const { options, attempt, phase } = activity;
  const cancelRequested = activity.cancelRequestedEventId !== 0;
  const isReset = phase.state === 'started' && phase.isResetRequested;
  if (isReset && !cancelRequested && isRetryable(failure, options.retryPolicy.nonRetryableErrorTypes))
    return { retryState: 'IN_PROGRESS', delay: 0 };
  // ACT-25: it waits as paused, whatever its policy would say of another attempt.
  const isPaused = activity.pause !== undefined && !cancelRequested;
  if (isPaused && isRetryable(failure, options.retryPolicy.nonRetryableErrorTypes))
    return { retryState: 'IN_PROGRESS', delay: 0 };
  return decideRetry({
    policy: options.retryPolicy,
    attempt,
    failure,
    now: turn.now,
    expiration: expirationOf(activity),
    cancelRequested,
    isNextDelayCapped: false,
  });
}

export function expirationOf({ options, firstScheduledTime }: PendingActivity): number | undefined {
  return options.scheduleToCloseTimeout > 0 ? firstScheduledTime + options.scheduleToCloseTimeout : undefined;
}

function retryLater(turn: RunTurn, activity: PendingActivity, failure: Failure, delay: number): void {
  const isReset = activity.phase.state === 'started' && activity.phase.isResetRequested;
  activity.attempt = isReset ? 1 : activity.attempt + 1;
  activity.lastFailure = truncateFailure(failure, LAST_FAILURE_BYTES_MAX);
  activity.lastAttemptCompleteTime = turn.now;
  activity.retryInterval = delay;
  setPhase(turn.run, activity, { state: 'waiting', dueTime: turn.now + delay }, turn.now);
  turn.touchActivity(activity);
}

/** ACT-17: only after a cancel request. */
export function cancelActivity(
  turn: RunTurn,
  activity: PendingActivity,
  details: Payloads | undefined,
  identity: string | undefined,
): Result<undefined> {
  if (activity.cancelRequestedEventId === 0)
    return refuse(
      'INVALID_ARGUMENT',
      'unable to mark activity as canceled: its cancellation was not requested',
    );
  const startedEventId = recordActivityStarted(turn, activity, identity);
  recordCanceled(turn, activity, startedEventId, details, identity);
  return ok(undefined);
}

/** ACT-15: the cancel of an attempt that is not started takes effect with the request. */
export function cancelWaitingActivity(turn: RunTurn, activity: PendingActivity): void {
  const details = { payloads: [NOT_STARTED_PAYLOAD] };
  recordCanceled(turn, activity, 0, details, turn.context.workerIdentity);
}

const encoder = new TextEncoder();
const NOT_STARTED_PAYLOAD = {
  metadata: { encoding: encoder.encode('json/plain') },
  data: encoder.encode('"ACTIVITY_ID_NOT_STARTED"'),
};

function recordCanceled(
  turn: RunTurn,
  activity: PendingActivity,
  startedEventId: number,
  details: Payloads | undefined,
  identity: string | undefined,
): void {
  const attributes: EventAttributes<'ActivityTaskCanceled'> = {
    latestCancelRequestedEventId: activity.cancelRequestedEventId,
    ...closingIds(turn, activity, startedEventId),
    identity: identity ?? turn.context.workerIdentity,
  };
  if (details !== undefined) attributes.details = details;
  turn.arrive('ActivityTaskCanceled', attributes);
}

export function timeOutActivity(turn: RunTurn, activity: PendingActivity): void {
  const timeout = activityTimeout(activity);
  invariant(timeout, turn.run, activity.scheduledEventId, 'activity timed out without a timeout');
  endByTimeout(turn, activity, timeout.type);
}

/** Nobody answers for the started attempt: it counts, and ends like a timeout of it (DESIGN, "Leases"). */
export function loseAttempt(turn: RunTurn, activity: PendingActivity): void {
  endByTimeout(turn, activity, activity.options.heartbeatTimeout > 0 ? 'HEARTBEAT' : 'START_TO_CLOSE');
}

function endByTimeout(turn: RunTurn, activity: PendingActivity, type: TimeoutTypeName): void {
  const failure = timeoutFailure(type, activity.heartbeatDetails);
  const decision = decideNextAttempt(turn, activity, failure);
  if (decision.retryState === 'IN_PROGRESS') {
    retryLater(turn, activity, failure, decision.delay);
    return;
  }
  closeByTimeout(turn, activity, type, failure, decision.retryState);
}

/** ACT-6: when time is what forbids the next attempt, schedule-to-close is what timed out. */
function closeByTimeout(
  turn: RunTurn,
  activity: PendingActivity,
  type: TimeoutTypeName,
  own: Failure,
  retryState: RetryStateName,
): void {
  const isOutOfTime = retryState === 'TIMEOUT' && (type === 'START_TO_CLOSE' || type === 'HEARTBEAT');
  const failure = isOutOfTime ? outOfTimeFailure(activity.heartbeatDetails) : own;
  if (activity.lastFailure !== undefined) failure.cause = activity.lastFailure;
  const isStarted = activity.phase.state === 'started';
  const startedEventId = isStarted ? recordActivityStarted(turn, activity, undefined) : 0;
  turn.arrive('ActivityTaskTimedOut', { failure, ...closingIds(turn, activity, startedEventId), retryState });
}

export function heartbeat(
  turn: RunTurn,
  activity: PendingActivity,
  details: Payloads | undefined,
  identity: string | undefined,
): HeartbeatReply {
  if (payloadsBytes(details) > turn.context.limits.payloadBytesMax) {
    failAttempt(turn, activity, serverFailure('HEARTBEAT_EXCEEDS_LIMIT'), identity);
    return { cancelRequested: true, activityPaused: false, activityReset: false };
  }
  activity.lastHeartbeatTime = turn.now;
  if (details !== undefined) activity.heartbeatDetails = details;
  queueActivityTimeout(turn.run, activity);
  if (details !== undefined || activity.options.heartbeatTimeout > 0) turn.touchActivity(activity);
  return heartbeatReply(activity);
}

/** ACT-10. */
export function heartbeatReply(activity: PendingActivity): HeartbeatReply {
  return {
    cancelRequested: activity.cancelRequestedEventId !== 0,
    activityPaused: activity.pause !== undefined,
    activityReset: activity.phase.state === 'started' && activity.phase.isResetRequested,
  };
}
