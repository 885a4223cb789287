/** What activities without a workflow look like to callers, by Temporal's names. */
import { makeEnumConverters } from '../common/enum-converters.ts';
import type { Priority } from '../common/priority.ts';
import type { RetryPolicy } from '../common/retry-policy.ts';
import type { TypedSearchAttributes } from '../common/search-attributes.ts';
import type { Any } from '../common/type-helpers.ts';
import type { ProtoField } from '../common/wire/proto-shape.ts';
import * as wire from '../common/wire/standalone-activity-requests.ts';
import type { WorkerDeploymentVersion } from '../common/worker-deployments.ts';
import { idConflictPolicies, idReusePolicies } from './id-policies.ts';
import type { PendingActivityState } from './types.ts';

/** What may follow a closed activity of the same ID. */
export const ActivityIdReusePolicy = idReusePolicies;
export type ActivityIdReusePolicy = (typeof ActivityIdReusePolicy)[keyof typeof ActivityIdReusePolicy];

export const [encodeActivityIdReusePolicy, decodeActivityIdReusePolicy] = makeEnumConverters(
  wire.ActivityIdReusePolicy,
);

/** What a start does that finds a running activity of the same ID. */
export const ActivityIdConflictPolicy = idConflictPolicies;
export type ActivityIdConflictPolicy =
  (typeof ActivityIdConflictPolicy)[keyof typeof ActivityIdConflictPolicy];

export const [encodeActivityIdConflictPolicy, decodeActivityIdConflictPolicy] = makeEnumConverters(
  wire.ActivityIdConflictPolicy,
);

export const ActivityExecutionStatus = {
  RUNNING: 'RUNNING',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
  TERMINATED: 'TERMINATED',
  TIMED_OUT: 'TIMED_OUT',
  PAUSED: 'PAUSED',
} as const;
export type ActivityExecutionStatus = (typeof ActivityExecutionStatus)[keyof typeof ActivityExecutionStatus];

export const [encodeActivityExecutionStatus, decodeActivityExecutionStatus] = makeEnumConverters(
  wire.ActivityExecutionStatus,
);

/** In the shape of protobuf objects. */
export type RawActivityExecutionInfo = ProtoField<typeof wire.ActivityExecutionInfoSchema>;
export type RawActivityExecutionListInfo = ProtoField<typeof wire.ActivityExecutionListInfoSchema>;
export type RawActivityExecutionCallbacks = Any[];

export interface CountActivityExecutions {
  readonly count: number;
  /** With `GROUP BY` in the query. */
  readonly groups?: { readonly count: number; readonly groupValues?: Any[] }[];
}

/** An activity in a list. */
export interface ActivityExecutionInfo {
  rawListInfo?: RawActivityExecutionListInfo;
  activityId: string;
  activityRunId: string;
  activityType: string;
  /** When it was started. */
  scheduleTime?: Date;
  closeTime?: Date;
  status: ActivityExecutionStatus;
  typedSearchAttributes: TypedSearchAttributes;
  taskQueue: string;
  /** From start to close, of a closed one. */
  executionDurationMs?: number;
  /** When its first attempt was due: later than `scheduleTime` with a start delay. */
  executionTime?: Date;
}

export interface ActivityExecutionDescription extends ActivityExecutionInfo {
  rawCallbacks: RawActivityExecutionCallbacks;
  rawInfo: RawActivityExecutionInfo;
  /** Of an open one. */
  runState?: PendingActivityState;
  scheduleToCloseTimeoutMs?: number;
  scheduleToStartTimeoutMs?: number;
  startToCloseTimeoutMs?: number;
  heartbeatTimeoutMs?: number;
  retryPolicy: RetryPolicy;
  lastHeartbeatTime?: Date;
  lastStartedTime?: Date;
  /** From 1. */
  attempt: number;
  /** When schedule-to-close ends it. */
  expirationTime?: Date;
  lastWorkerIdentity?: string;
  currentRetryIntervalMs?: number;
  lastAttemptCompleteTime?: Date;
  nextAttemptScheduleTime?: Date;
  lastDeploymentVersion?: WorkerDeploymentVersion;
  priority: Priority;
  /** Why cancellation was requested, if it was with a reason. */
  canceledReason?: string;
  startDelayMs?: number;
  totalHeartbeatCount?: number;
  /** Asked for by `includeHeartbeatDetails`, and there are some. */
  hasHeartbeatDetails: boolean;
  /** Asked for by `includeLastFailure`, and there is one. */
  hasLastFailure: boolean;
  /** Asked for by `includeInput`, and there is some. */
  hasInput: boolean;
  /** Asked for by `includeOutcome`, and the activity completed. */
  hasResult: boolean;
  /** Asked for by `includeOutcome`, and the activity closed otherwise. */
  hasOutcomeFailure: boolean;
  getHeartbeatDetails<T = Any>(): Promise<T | undefined>;
  getLastFailure(): Promise<Error | undefined>;
  getInput<T extends Any[] = Any[]>(): Promise<T | undefined>;
  getResult<T = Any>(): Promise<T | undefined>;
  getOutcomeFailure(): Promise<Error | undefined>;
}
