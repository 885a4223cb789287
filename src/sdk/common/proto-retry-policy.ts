/** Retry policies as protobuf objects, whose intervals are durations with seconds and nanos. */
import { msToTs, optionalTsToMs, type Timestamp } from './deprecated-time.ts';
import { compileRetryPolicy as compile, type RetryPolicy } from './retry-policy.ts';

/** A policy as a protobuf object. */
export interface ProtoRetryPolicy {
  initialInterval?: Timestamp | null;
  backoffCoefficient?: number | null;
  maximumInterval?: Timestamp | null;
  maximumAttempts?: number | null;
  nonRetryableErrorTypes?: string[] | null;
}

/** The policy as a protobuf object. One that makes no sense is a `ValueError`. */
export function compileRetryPolicy(retryPolicy: RetryPolicy): ProtoRetryPolicy {
  const { maximumAttempts, initialInterval, maximumInterval, backoffCoefficient, nonRetryableErrorTypes } =
    compile(retryPolicy);
  return {
    maximumAttempts,
    initialInterval: initialInterval === undefined ? undefined : msToTs(initialInterval),
    maximumInterval: maximumInterval === undefined ? undefined : msToTs(maximumInterval),
    backoffCoefficient,
    nonRetryableErrorTypes,
  };
}

/** The policy as users write it, intervals in milliseconds. */
export function decompileRetryPolicy(retryPolicy?: ProtoRetryPolicy | null): RetryPolicy | undefined {
  if (!retryPolicy) return undefined;
  return {
    backoffCoefficient: retryPolicy.backoffCoefficient ?? undefined,
    maximumAttempts: retryPolicy.maximumAttempts ?? undefined,
    maximumInterval: optionalTsToMs(retryPolicy.maximumInterval),
    initialInterval: optionalTsToMs(retryPolicy.initialInterval),
    nonRetryableErrorTypes: retryPolicy.nonRetryableErrorTypes ?? undefined,
  };
}
