import { describe, expect, test } from 'vitest';
import {
  backoffInterval,
  completeRetryPolicy,
  decideRetry,
  isRetryable,
  type RetryQuestion,
  retryPolicyProblem,
} from '../../src/engine/retry.ts';
import { failureBytes } from '../../src/engine/size.ts';
import { truncateFailure } from '../../src/engine/truncate-failure.ts';
import { applicationFailure, args } from './support/host.ts';

function question(more: Partial<RetryQuestion> = {}): RetryQuestion {
  return {
    policy: completeRetryPolicy(undefined),
    attempt: 1,
    failure: applicationFailure('boom'),
    now: 0,
    expiration: undefined,
    cancelRequested: false,
    isNextDelayCapped: false,
    ...more,
  };
}

describe('retry: policy', () => {
  test('RETRY-1 missing fields are 1 s, factor 2, 100 times the initial interval, unlimited', () => {
    expect(completeRetryPolicy({})).toEqual({
      initialInterval: 1_000,
      backoffCoefficient: 2,
      maximumInterval: 100_000,
    });
    expect(
      completeRetryPolicy({ initialInterval: 50, nonRetryableErrorTypes: ['A'], maximumAttempts: 2 }),
    ).toEqual({
      initialInterval: 50,
      backoffCoefficient: 2,
      maximumInterval: 5_000,
      maximumAttempts: 2,
      nonRetryableErrorTypes: ['A'],
    });
  });

  test('a policy without faults passes', () => {
    expect(retryPolicyProblem(undefined)).toBeUndefined();
    expect(
      retryPolicyProblem({ initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 }),
    ).toBeUndefined();
  });

  test('ACT-R 5 the delay grows by the coefficient up to the maximum, and overflow means the maximum', () => {
    const policy = completeRetryPolicy({ maximumInterval: 10_000 });
    expect([1, 2, 3, 4, 5, 6].map((attempt) => backoffInterval(policy, attempt))).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
    expect(backoffInterval(policy, 5_000)).toBe(10_000);
  });
});

describe('retry: which failures', () => {
  test.each([
    [undefined, true],
    [{ message: 'wrapped', activityFailureInfo: {} }, true],
    [{ message: 'wrapped', childWorkflowExecutionFailureInfo: {} }, true],
    [{ message: 'plain' }, true],
    [{ terminatedFailureInfo: {} }, false],
    [{ canceledFailureInfo: {} }, false],
    [{ timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' as const } }, true],
    [{ timeoutFailureInfo: { timeoutType: 'HEARTBEAT' as const } }, true],
    [{ timeoutFailureInfo: { timeoutType: 'SCHEDULE_TO_START' as const } }, false],
    [{ timeoutFailureInfo: { timeoutType: 'SCHEDULE_TO_CLOSE' as const } }, false],
    [{ serverFailureInfo: { nonRetryable: true } }, false],
    [{ serverFailureInfo: {} }, true],
    [applicationFailure('x', { type: 'Other' }), true],
    [applicationFailure('x', { type: 'Listed' }), false],
    [applicationFailure('x', { type: 'listed' }), true],
    [applicationFailure('x', { nonRetryable: true }), false],
  ])('RETRY-3 %j: %s', (failure, expected) => {
    expect(isRetryable(failure, ['Listed'])).toBe(expected);
  });

  test('RETRY-3 timeouts can be listed by name', () => {
    const timedOut = { timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' as const } };
    expect(isRetryable(timedOut, ['TemporalTimeout:StartToClose'])).toBe(false);
    expect(isRetryable(timedOut, ['TemporalTimeout:Heartbeat'])).toBe(true);
  });

  test('RETRY-3 only the outermost failure is looked at', () => {
    const inner = applicationFailure('x', { nonRetryable: true });
    expect(isRetryable({ message: 'outer', activityFailureInfo: {}, cause: inner })).toBe(true);
  });
});

describe('retry: decision', () => {
  test('ACT-R decides in its order', () => {
    const exhausted = completeRetryPolicy({ maximumAttempts: 1 });
    const listed = completeRetryPolicy({ maximumAttempts: 1, nonRetryableErrorTypes: ['Error'] });
    const outOfTime = { timeoutFailureInfo: { timeoutType: 'SCHEDULE_TO_CLOSE' as const } };
    expect(decideRetry(question({ cancelRequested: true, failure: outOfTime }))).toEqual({
      retryState: 'CANCEL_REQUESTED',
    });
    expect(decideRetry(question({ failure: outOfTime }))).toEqual({ retryState: 'TIMEOUT' });
    expect(decideRetry(question({ policy: listed }))).toEqual({ retryState: 'NON_RETRYABLE_FAILURE' });
    expect(decideRetry(question({ policy: exhausted }))).toEqual({ retryState: 'MAXIMUM_ATTEMPTS_REACHED' });
    expect(decideRetry(question({ expiration: 999 }))).toEqual({ retryState: 'TIMEOUT' });
    expect(decideRetry(question({ expiration: 1_000 }))).toEqual({ retryState: 'IN_PROGRESS', delay: 1_000 });
  });

  test('ACT-R 6 and RETRY-5 nextRetryDelay is exact for activities and capped for workflows', () => {
    const failure = applicationFailure('later', { nextRetryDelay: 500_000 });
    expect(decideRetry(question({ failure }))).toEqual({ retryState: 'IN_PROGRESS', delay: 500_000 });
    expect(decideRetry(question({ failure, isNextDelayCapped: true }))).toEqual({
      retryState: 'IN_PROGRESS',
      delay: 100_000,
    });
  });
});

describe('failures: truncation', () => {
  test('ACT-20 a failure is cut to its bytes: kind stays, texts are shortened, details go', () => {
    const deep = {
      ...applicationFailure('c'.repeat(3_000)),
      applicationFailureInfo: { type: 'Deep', details: args('x') },
    };
    const failure = {
      ...applicationFailure('m'.repeat(3_000), { nonRetryable: true }),
      stackTrace: 's'.repeat(100),
      cause: deep,
    };
    const cut = truncateFailure(failure, 4_096);
    expect(failureBytes(cut)).toBeLessThanOrEqual(4_096);
    expect(cut.applicationFailureInfo).toEqual({ type: 'Error', nonRetryable: true });
    expect(cut.message).toBe('m'.repeat(3_000));
    expect(cut.cause?.applicationFailureInfo).toEqual({ type: 'Deep' });
    expect(truncateFailure(deep, 10_000)).toBe(deep);
  });

  test('ACT-20 details of timeouts and cancellations go too', () => {
    const long = { message: 'm'.repeat(5_000) };
    const timeout = {
      ...long,
      timeoutFailureInfo: { timeoutType: 'HEARTBEAT' as const, lastHeartbeatDetails: args('x') },
    };
    expect(truncateFailure(timeout, 1_000).timeoutFailureInfo).toEqual({ timeoutType: 'HEARTBEAT' });
    expect(
      truncateFailure({ ...long, canceledFailureInfo: { details: args('x') } }, 1_000).canceledFailureInfo,
    ).toEqual({});
  });
});
