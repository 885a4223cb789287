/**
 * Retry arithmetic (ACT-R, RETRY-1, RETRY-3, RETRY-5), shared by activities and workflow runs. Pure: time is an argument.
 */
import type {
  Failure,
  RetryStateName,
  TimeoutTypeName,
  WireRetryPolicy,
} from '../sdk/common/wire/messages.ts';

const INITIAL_INTERVAL_MS = 1_000;
const BACKOFF_COEFFICIENT = 2;
const MAXIMUM_INTERVAL_FACTOR = 100;

export interface FullRetryPolicy {
  initialInterval: number;
  backoffCoefficient: number;
  maximumInterval: number;
  maximumAttempts?: number;
  nonRetryableErrorTypes?: string[];
}

/** Fills in what a policy leaves out. Zero values are left absent, as they are in recorded JSON. */
export function completeRetryPolicy(policy: WireRetryPolicy | undefined): FullRetryPolicy {
  const initialInterval = policy?.initialInterval || INITIAL_INTERVAL_MS;
  const full: FullRetryPolicy = {
    initialInterval,
    backoffCoefficient: policy?.backoffCoefficient || BACKOFF_COEFFICIENT,
    maximumInterval: policy?.maximumInterval || MAXIMUM_INTERVAL_FACTOR * initialInterval,
  };
  if (policy?.maximumAttempts) full.maximumAttempts = policy.maximumAttempts;
  if (policy?.nonRetryableErrorTypes?.length)
    full.nonRetryableErrorTypes = [...policy.nonRetryableErrorTypes];
  return full;
}

/** What is wrong with a policy, or undefined. */
export function retryPolicyProblem(policy: WireRetryPolicy | undefined): string | undefined {
  if (policy === undefined) return undefined;
  const { initialInterval, backoffCoefficient, maximumInterval, maximumAttempts } = policy;
  if (initialInterval !== undefined && initialInterval < 0)
    return 'InitialInterval cannot be negative on retry policy.';
  if (backoffCoefficient !== undefined && backoffCoefficient !== 0 && !(backoffCoefficient >= 1))
    return 'BackoffCoefficient cannot be less than 1 on retry policy.';
  if (maximumInterval !== undefined && maximumInterval < 0)
    return 'MaximumInterval cannot be negative on retry policy.';
  if (maximumInterval && maximumInterval < (initialInterval || INITIAL_INTERVAL_MS))
    return 'MaximumInterval cannot be less than InitialInterval on retry policy.';
  if (maximumAttempts !== undefined && maximumAttempts < 0)
    return 'MaximumAttempts cannot be negative on retry policy.';
  return undefined;
}

const TIMEOUT_TEXT: Record<TimeoutTypeName, string> = {
  START_TO_CLOSE: 'StartToClose',
  SCHEDULE_TO_START: 'ScheduleToStart',
  SCHEDULE_TO_CLOSE: 'ScheduleToClose',
  HEARTBEAT: 'Heartbeat',
};

export function timeoutText(type: TimeoutTypeName): string {
  return TIMEOUT_TEXT[type];
}

/** RETRY-3: only the outermost failure is looked at. */
export function isRetryable(
  failure: Failure | undefined,
  nonRetryableTypes: readonly string[] = [],
): boolean {
  if (failure === undefined) return true;
  if (failure.terminatedFailureInfo || failure.canceledFailureInfo) return false;
  if (failure.timeoutFailureInfo) {
    const type = failure.timeoutFailureInfo.timeoutType;
    if (type !== 'START_TO_CLOSE' && type !== 'HEARTBEAT') return false;
    return !nonRetryableTypes.includes(`TemporalTimeout:${TIMEOUT_TEXT[type]}`);
  }
  if (failure.serverFailureInfo) return !failure.serverFailureInfo.nonRetryable;
  if (failure.applicationFailureInfo) {
    const { nonRetryable, type } = failure.applicationFailureInfo;
    return !nonRetryable && !nonRetryableTypes.includes(type ?? '');
  }
  return true;
}

/** Delay before attempt n + 1, from the policy alone (ACT-R 5). */
export function backoffInterval(policy: FullRetryPolicy, attempt: number): number {
  const interval = policy.initialInterval * policy.backoffCoefficient ** (attempt - 1);
  if (!Number.isFinite(interval) || interval <= 0) return policy.maximumInterval;
  return Math.min(interval, policy.maximumInterval);
}

export interface RetryQuestion {
  policy: FullRetryPolicy;
  /** The attempt that just ended, from 1. */
  attempt: number;
  failure: Failure | undefined;
  now: number;
  /** No attempt may begin after it; undefined when there is no such bound. */
  expiration: number | undefined;
  cancelRequested: boolean;
  /** Workflows cap `nextRetryDelay` at the maximum interval, activities do not (RETRY-5, ACT-R 6). */
  isNextDelayCapped: boolean;
}

export type RetryDecision =
  | { retryState: 'IN_PROGRESS'; delay: number }
  | { retryState: Exclude<RetryStateName, 'IN_PROGRESS'> };

/** ACT-R, in its order. */
export function decideRetry(question: RetryQuestion): RetryDecision {
  const { policy, attempt, failure, now, expiration } = question;
  if (question.cancelRequested) return { retryState: 'CANCEL_REQUESTED' };
  const timeoutType = failure?.timeoutFailureInfo?.timeoutType;
  if (timeoutType === 'SCHEDULE_TO_START' || timeoutType === 'SCHEDULE_TO_CLOSE')
    return { retryState: 'TIMEOUT' };
  if (!isRetryable(failure, policy.nonRetryableErrorTypes)) return { retryState: 'NON_RETRYABLE_FAILURE' };
  if (policy.maximumAttempts && attempt >= policy.maximumAttempts)
    return { retryState: 'MAXIMUM_ATTEMPTS_REACHED' };
  const delay = nextDelay(question);
  if (expiration !== undefined && now + delay > expiration) return { retryState: 'TIMEOUT' };
  return { retryState: 'IN_PROGRESS', delay };
}

function nextDelay({ policy, attempt, failure, isNextDelayCapped }: RetryQuestion): number {
  const given = failure?.applicationFailureInfo?.nextRetryDelay;
  if (given === undefined) return backoffInterval(policy, attempt);
  return isNextDelayCapped ? Math.min(given, policy.maximumInterval) : given;
}
