import { ValueError } from './errors.ts';
import { type Duration, durationToMs, optionalDurationToMs } from './time.ts';
import { withoutUndefined } from './type-helpers.ts';
import type { WireRetryPolicy } from './wire/messages.ts';

/** How an activity or a workflow is retried after a failure. */
export interface RetryPolicy {
  /**
   * By what the wait grows from one attempt to the next; at least 1.
   *
   * @default 2
   */
  backoffCoefficient?: number;
  /**
   * The wait before the second attempt.
   *
   * @default 1 second
   */
  initialInterval?: Duration;
  /**
   * Attempts in all, the first one included. 1 means no retry.
   *
   * @default unlimited
   */
  maximumAttempts?: number;
  /**
   * The longest wait between two attempts.
   *
   * @default 100 times `initialInterval`
   */
  maximumInterval?: Duration;
  /** Types of `ApplicationFailure` that are not retried. */
  nonRetryableErrorTypes?: string[];
}

function checkAttempts(maximumAttempts: number): void {
  if (maximumAttempts <= 0) throw new ValueError('RetryPolicy.maximumAttempts must be a positive integer');
  if (!Number.isInteger(maximumAttempts))
    throw new ValueError('RetryPolicy.maximumAttempts must be an integer');
}

function compileAttempts(maximumAttempts: number | null | undefined): number | undefined {
  if (maximumAttempts === null || maximumAttempts === undefined) return undefined;
  // Unlimited is what an unset field means.
  if (maximumAttempts === Number.POSITIVE_INFINITY) return undefined;
  checkAttempts(maximumAttempts);
  return maximumAttempts;
}

/** The policy as requests and commands carry it. A policy that makes no sense is a `ValueError`. */
export function compileRetryPolicy(retryPolicy: RetryPolicy): WireRetryPolicy {
  const { backoffCoefficient, nonRetryableErrorTypes } = retryPolicy;
  if (backoffCoefficient !== undefined && backoffCoefficient !== null && backoffCoefficient <= 0) {
    throw new ValueError('RetryPolicy.backoffCoefficient must be greater than 0');
  }
  const maximumAttempts = compileAttempts(retryPolicy.maximumAttempts);
  const maximumInterval = optionalDurationToMs(retryPolicy.maximumInterval);
  const initialInterval = durationToMs(retryPolicy.initialInterval ?? 1000);
  if (maximumInterval === 0) throw new ValueError('RetryPolicy.maximumInterval cannot be 0');
  if (initialInterval === 0) throw new ValueError('RetryPolicy.initialInterval cannot be 0');
  if (maximumInterval !== undefined && maximumInterval < initialInterval) {
    throw new ValueError('RetryPolicy.maximumInterval cannot be less than its initialInterval');
  }
  return withoutUndefined({
    maximumAttempts,
    initialInterval,
    maximumInterval,
    backoffCoefficient: backoffCoefficient ?? undefined,
    nonRetryableErrorTypes: nonRetryableErrorTypes ?? undefined,
  });
}

/** The policy of a run or an activity as its code is told of it: unlimited attempts are 0, as in Temporal. */
export function recordedRetryPolicy(retryPolicy: WireRetryPolicy): RetryPolicy {
  const { maximumAttempts = 0, nonRetryableErrorTypes = [] } = retryPolicy;
  return { ...decompileRetryPolicy(retryPolicy), maximumAttempts, nonRetryableErrorTypes };
}

/** The policy as users write it, intervals in milliseconds. */
export function decompileRetryPolicy(retryPolicy?: WireRetryPolicy | null): RetryPolicy | undefined {
  if (!retryPolicy) return undefined;
  return {
    backoffCoefficient: retryPolicy.backoffCoefficient,
    maximumAttempts: retryPolicy.maximumAttempts,
    maximumInterval: retryPolicy.maximumInterval,
    initialInterval: retryPolicy.initialInterval,
    nonRetryableErrorTypes: retryPolicy.nonRetryableErrorTypes,
  };
}
