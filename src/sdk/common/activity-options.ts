import { makeEnumConverters } from './enum-converters.ts';
import type { Priority } from './priority.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { Duration } from './time.ts';
import type { VersioningIntent } from './versioning-intent.ts';

/** What a workflow does about an activity when the scope in which it was called is cancelled. */
export const ActivityCancellationType = {
  /** Fail the call at once and leave the activity alone. */
  ABANDON: 'ABANDON',
  /** Ask the activity to cancel and fail the call at once. */
  TRY_CANCEL: 'TRY_CANCEL',
  /** Ask the activity to cancel and wait for how it ends. The default. */
  WAIT_CANCELLATION_COMPLETED: 'WAIT_CANCELLATION_COMPLETED',
} as const;
export type ActivityCancellationType =
  (typeof ActivityCancellationType)[keyof typeof ActivityCancellationType];

export const [encodeActivityCancellationType, decodeActivityCancellationType] = makeEnumConverters(
  { prefix: '', values: { TRY_CANCEL: 0, WAIT_CANCELLATION_COMPLETED: 1, ABANDON: 2 } },
  { hasUnspecified: false },
);

/** How an activity is called. `startToCloseTimeout` or `scheduleToCloseTimeout` must be set. */
export interface ActivityOptions {
  /** Leave it unset, unless the activity is to be completed by ID. */
  activityId?: string;
  /** @default the workflow's own */
  taskQueue?: string;
  /** The longest time between two heartbeats. Set it for activities that take long, to notice early when one is lost. */
  heartbeatTimeout?: Duration;
  /** How it is retried; by default until `scheduleToCloseTimeout`, from 1 second on, doubling, at most 100 seconds. */
  retry?: RetryPolicy;
  /** How long one attempt may take. */
  startToCloseTimeout?: Duration;
  /** How long it may wait for a worker. Not retried. */
  scheduleToStartTimeout?: Duration;
  /** How long it may take with all its attempts. */
  scheduleToCloseTimeout?: Duration;
  /** @default WAIT_CANCELLATION_COMPLETED */
  cancellationType?: ActivityCancellationType;
  /** @default true */
  allowEagerDispatch?: boolean;
  /** @deprecated Worker build IDs are not used here. */
  versioningIntent?: VersioningIntent;
  /** What the call is about, for people, in one line. */
  summary?: string;
  priority?: Priority;
}

/** How a local activity is called: one that runs within the workflow task. */
export interface LocalActivityOptions {
  retry?: RetryPolicy;
  /** How long one attempt may take. */
  startToCloseTimeout?: Duration;
  /** How long it may wait for its turn. */
  scheduleToStartTimeout?: Duration;
  /** How long it may take with all its attempts. */
  scheduleToCloseTimeout?: Duration;
  /**
   * Waits between attempts that are longer than this become timers of the workflow.
   *
   * @default 1 minute
   */
  localRetryThreshold?: Duration;
  /** @default WAIT_CANCELLATION_COMPLETED */
  cancellationType?: ActivityCancellationType;
  /** What the call is about, for people, in one line. */
  summary?: string;
}
