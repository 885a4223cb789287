/** Options of `ActivityClient` and its handles, and the types of a client that knows its activities. */
import type { ActivityFunction } from '../common/interfaces.ts';
import type { Priority } from '../common/priority.ts';
import type { RetryPolicy } from '../common/retry-policy.ts';
import type { SearchAttributePair, TypedSearchAttributes } from '../common/search-attributes.ts';
import type { Duration } from '../common/time.ts';
import type { Any, Replace } from '../common/type-helpers.ts';
import type { PayloadTypeInfo } from '../common/type-info.ts';
import type { ActivityHandle } from './activity-handle.ts';
import type { ActivityIdConflictPolicy, ActivityIdReusePolicy } from './activity-types.ts';

/** How an activity without a workflow is started. One of `startToCloseTimeout` and `scheduleToCloseTimeout` is needed. */
export interface ActivityOptions {
  /** Names it in its namespace: one that means something where it is used, since it keeps a second start away. */
  id: string;
  taskQueue: string;
  args?: Any[] | Readonly<Any[]>;
  /** @experimental */
  typeInfo?: PayloadTypeInfo;
  /** The longest silence of an attempt that heartbeats. */
  heartbeatTimeout?: Duration;
  /** @default attempts without end, 1 second apart at first, twice as long each time */
  retry?: RetryPolicy;
  /** For one attempt. */
  startToCloseTimeout?: Duration;
  /** For an attempt to be picked up. What is over then is not retried. */
  scheduleToStartTimeout?: Duration;
  /** For all attempts together, the time between them included. */
  scheduleToCloseTimeout?: Duration;
  /** One line for people who look at it. */
  summary?: string;
  priority?: Priority;
  /** How long the first attempt waits. */
  startDelay?: Duration;
  /** @default ALLOW_DUPLICATE */
  idReusePolicy?: ActivityIdReusePolicy;
  /** @default FAIL */
  idConflictPolicy?: ActivityIdConflictPolicy;
  typedSearchAttributes?: SearchAttributePair[] | TypedSearchAttributes;
}

export interface GetActivityHandleOptions {
  /** @default the latest run */
  runId?: string;
  /** @experimental */
  typeInfo?: Pick<PayloadTypeInfo, 'outputType'>;
}

/** What is asked for beside what every description has. */
export interface ActivityDescribeOptions {
  includeInput?: boolean;
  /** Result or failure, once it has closed. */
  includeOutcome?: boolean;
  includeHeartbeatDetails?: boolean;
  includeLastFailure?: boolean;
}

/** @experimental */
export interface ActivityPauseOptions {
  reason?: string;
}

/** @experimental */
export interface ActivityUnpauseOptions {
  reason?: string;
  /** It goes on within this time, not at once: for many that are released together. */
  jitter?: Duration;
}

/**
 * What changes: a value is set, `null` clears the option, and what is undefined stays.
 *
 * @experimental
 */
export interface ActivityOptionsUpdate {
  taskQueue?: string;
  scheduleToCloseTimeout?: Duration | null;
  scheduleToStartTimeout?: Duration | null;
  startToCloseTimeout?: Duration | null;
  heartbeatTimeout?: Duration | null;
  retry?: RetryPolicy | null;
  priority?: Priority | null;
  /** Counts from the start, not from the change. */
  startDelay?: Duration | null;
}

/**
 * All options as they are after the change.
 *
 * @experimental
 */
export type ActivityOptionsUpdateResult = {
  [K in keyof ActivityOptionsUpdate]: Exclude<ActivityOptionsUpdate[K], null>;
};

/** A client that starts the activities of `T` only, and checks their arguments: `client.activity.typed<typeof activities>()`. */
export interface TypedActivityClient<T> {
  start<N extends ActivityName<T>>(
    activity: N,
    options: ActivityOptionsFor<T, N>,
  ): Promise<ActivityHandle<ActivityResult<T, N>>>;
  execute<N extends ActivityName<T>>(
    activity: N,
    options: ActivityOptionsFor<T, N>,
  ): Promise<ActivityResult<T, N>>;
}

export type ActivityName<T> = {
  [N in keyof T & string]: T[N] extends ActivityFunction<Any, Any> ? N : never;
}[keyof T & string];

export type ActivityArgs<T, N extends ActivityName<T>> =
  T[N] extends ActivityFunction<infer P, Any> ? P : never;

export type ActivityResult<T, N extends ActivityName<T>> =
  T[N] extends ActivityFunction<Any, infer R> ? R : never;

export type ActivityOptionsWithArgs<Args extends Any[]> = Args extends [Any, ...Any]
  ? Replace<ActivityOptions, { args: Args | Readonly<Args> }>
  : Replace<ActivityOptions, { args?: Args | Readonly<Args> }>;

export type ActivityOptionsFor<T, N extends ActivityName<T>> = ActivityOptionsWithArgs<ActivityArgs<T, N>>;
