/** Failure classes: making them, telling them apart, their fields. */
import {
  ActivityFailure,
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  ChildWorkflowFailure,
  type Duration,
  ensureApplicationFailure,
  ensureTemporalFailure,
  RetryState,
  rootCause,
  ServerFailure,
  type TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import type { Equal, Expect, Extends } from './expect';

export const retryable = ApplicationFailure.retryable('message', 'Type', 1, { two: 2 });
export const nonRetryable = ApplicationFailure.nonRetryable('message');
export const made = ApplicationFailure.create({
  message: 'm',
  type: 'T',
  nonRetryable: true,
  details: [1, 'two'],
  nextRetryDelay: '5s',
  cause: new Error('c'),
  category: ApplicationFailureCategory.BENIGN,
});
export const wrapped = ApplicationFailure.fromError(new Error('x'), { type: 'Other', nonRetryable: false });
export const wrappedAnything = ApplicationFailure.fromError('thrown text');
type _Retryable = Expect<Equal<typeof retryable, ApplicationFailure>>;
type _Type = Expect<Equal<ApplicationFailure['type'], string | undefined | null>>;
type _NonRetryable = Expect<Equal<ApplicationFailure['nonRetryable'], boolean | undefined | null>>;
type _Details = Expect<Equal<ApplicationFailure['details'], unknown[] | undefined | null>>;
type _Delay = Expect<Equal<ApplicationFailure['nextRetryDelay'], Duration | undefined | null>>;
type _Cause = Expect<Equal<ApplicationFailure['cause'], Error | undefined>>;
type _IsTemporal = Expect<Extends<ActivityFailure, TemporalFailure>>;

export const others = [
  new CancelledFailure('m'),
  new CancelledFailure('m', ['detail'], new Error('c')),
  new TerminatedFailure('m'),
  new TimeoutFailure('m', undefined, TimeoutType.HEARTBEAT),
  new ServerFailure('m', true),
  new ActivityFailure('m', 'type', 'id', RetryState.MAXIMUM_ATTEMPTS_REACHED, 'identity', new Error('c')),
  new ChildWorkflowFailure('default', { workflowId: 'w', runId: 'r' }, 'type', 'TIMEOUT'),
];

export function program(error: unknown): unknown {
  if (error instanceof ActivityFailure) {
    type _Activity = Expect<Equal<typeof error.activityType, string>>;
    type _ActivityId = Expect<Equal<typeof error.activityId, string | undefined>>;
    type _State = Expect<Equal<typeof error.retryState, RetryState>>;
    if (error.cause instanceof ApplicationFailure) return error.cause.type;
    if (error.cause instanceof TimeoutFailure) {
      type _Timeout = Expect<Equal<typeof error.cause.timeoutType, TimeoutType>>;
      return error.cause.lastHeartbeatDetails;
    }
  }
  if (error instanceof ChildWorkflowFailure) {
    type _Id = Expect<Equal<typeof error.execution.workflowId, string | null | undefined>>;
    type _Type = Expect<Equal<typeof error.workflowType, string>>;
    return error.namespace;
  }
  if (error instanceof CancelledFailure) {
    type _Details = Expect<Equal<typeof error.details, unknown[]>>;
    return error.details;
  }
  const cause = rootCause(error);
  type _Root = Expect<Equal<typeof cause, string | undefined>>;
  const ensured = ensureApplicationFailure(error);
  type _Ensured = Expect<Equal<typeof ensured, ApplicationFailure>>;
  const temporal = ensureTemporalFailure(error);
  type _Temporal = Expect<Equal<typeof temporal, TemporalFailure>>;
  return ensured;
}

// @ts-expect-error TS2345: a message is text
ApplicationFailure.retryable(5);
// @ts-expect-error TS2322: a delay is a duration
ApplicationFailure.create({ nextRetryDelay: 'later' });
// @ts-expect-error TS2540: failures do not change
made.type = 'Other';
// @ts-expect-error TS2554: a message, or undefined, is required
new TerminatedFailure();
// @ts-expect-error TS2345: timeout types have names
new TimeoutFailure('m', undefined, 'SOON');
// @ts-expect-error TS2554: an activity failure names its activity
new ActivityFailure('m');
