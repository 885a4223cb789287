/** What Nexus operations without a workflow look like to callers, by Temporal's names. */
import { makeEnumConverters } from '../common/enum-converters.ts';
import type {
  SearchAttributePair,
  SearchAttributeType,
  TypedSearchAttributes,
  TypedSearchAttributeValue,
} from '../common/search-attributes.ts';
import type { Duration } from '../common/time.ts';
import type { Replace } from '../common/type-helpers.ts';
import type { PayloadTypeInfo } from '../common/type-info.ts';
import * as nexusWire from '../common/wire/nexus-requests.ts';
import type { ProtoField } from '../common/wire/proto-shape.ts';
import * as wire from '../common/wire/standalone-nexus-requests.ts';
import { idConflictPolicies, idReusePolicies } from './id-policies.ts';

/** What may follow a closed operation of the same ID. */
export const NexusOperationIdReusePolicy = idReusePolicies;
export type NexusOperationIdReusePolicy =
  (typeof NexusOperationIdReusePolicy)[keyof typeof NexusOperationIdReusePolicy];

export const [encodeNexusOperationIdReusePolicy, decodeNexusOperationIdReusePolicy] = makeEnumConverters(
  wire.NexusOperationIdReusePolicy,
);

/** What a start does that finds a running operation of the same ID. */
export const NexusOperationIdConflictPolicy = idConflictPolicies;
export type NexusOperationIdConflictPolicy =
  (typeof NexusOperationIdConflictPolicy)[keyof typeof NexusOperationIdConflictPolicy];

export const [encodeNexusOperationIdConflictPolicy, decodeNexusOperationIdConflictPolicy] =
  makeEnumConverters(wire.NexusOperationIdConflictPolicy);

export const NexusOperationExecutionStatus = {
  RUNNING: 'RUNNING',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
  TERMINATED: 'TERMINATED',
  TIMED_OUT: 'TIMED_OUT',
} as const;
export type NexusOperationExecutionStatus =
  (typeof NexusOperationExecutionStatus)[keyof typeof NexusOperationExecutionStatus];

export const [encodeNexusOperationExecutionStatus, decodeNexusOperationExecutionStatus] = makeEnumConverters(
  wire.NexusOperationExecutionStatus,
);

/** How far a running operation is. */
export const PendingNexusOperationState = {
  /** Its request waits for a handler, or is with one. */
  SCHEDULED: 'SCHEDULED',
  /** The last request failed; the next one is made at `nextAttemptScheduleTime`. */
  BACKING_OFF: 'BACKING_OFF',
  /** It goes on by itself. */
  STARTED: 'STARTED',
  /** Not of this server. */
  BLOCKED: 'BLOCKED',
} as const;
export type PendingNexusOperationState =
  (typeof PendingNexusOperationState)[keyof typeof PendingNexusOperationState];

export const [encodePendingNexusOperationState, decodePendingNexusOperationState] = makeEnumConverters(
  nexusWire.PendingNexusOperationState,
);

/** How far the request to cancel an operation is. */
export const NexusOperationCancellationState = {
  /** It waits until the operation has started, or for a handler. */
  SCHEDULED: 'SCHEDULED',
  BACKING_OFF: 'BACKING_OFF',
  /** The handler took it. */
  SUCCEEDED: 'SUCCEEDED',
  /** The handler refused it for good. */
  FAILED: 'FAILED',
  /** The operation timed out before. */
  TIMED_OUT: 'TIMED_OUT',
  /** Not of this server. */
  BLOCKED: 'BLOCKED',
} as const;
export type NexusOperationCancellationState =
  (typeof NexusOperationCancellationState)[keyof typeof NexusOperationCancellationState];

export const [encodeNexusOperationCancellationState, decodeNexusOperationCancellationState] =
  makeEnumConverters(nexusWire.NexusOperationCancellationState);

/** In the shape of protobuf objects. */
export type RawNexusOperationExecutionInfo = ProtoField<typeof wire.NexusOperationExecutionInfoSchema>;
export type RawNexusOperationExecutionListInfo = ProtoField<
  typeof wire.NexusOperationExecutionListInfoSchema
>;
export type RawNexusOperationExecutionCancellationInfo = ProtoField<
  typeof wire.NexusOperationExecutionCancellationInfoSchema
>;

export interface NexusOperationExecutionCancellationInfo {
  readonly requestedTime: Date | undefined;
  readonly state: NexusOperationCancellationState | undefined;
  /** From 1, of a running operation; 0 afterwards. */
  readonly attempt: number;
  readonly lastAttemptCompleteTime: Date | undefined;
  readonly nextAttemptScheduleTime: Date | undefined;
  readonly lastAttemptFailure: Error | undefined;
  readonly blockedReason: string | undefined;
  /** Of the request; empty when it gave none. */
  readonly reason: string;
  readonly raw: RawNexusOperationExecutionCancellationInfo;
}

/** An operation in a list. */
export interface NexusOperationExecution {
  readonly operationId: string;
  readonly runId: string;
  readonly endpoint: string;
  readonly service: string;
  readonly operation: string;
  readonly scheduleTime: Date | undefined;
  readonly closeTime: Date | undefined;
  readonly status: NexusOperationExecutionStatus | undefined;
  readonly searchAttributes: TypedSearchAttributes;
  readonly stateTransitionCount: number;
  /** Milliseconds from schedule to close, of a closed one. */
  readonly executionDuration: number | undefined;
  readonly raw: RawNexusOperationExecutionListInfo;
}

export type NexusOperationExecutionDescription = Replace<
  NexusOperationExecution,
  { raw: RawNexusOperationExecutionInfo }
> & {
  /** Of a running one. */
  readonly state: PendingNexusOperationState | undefined;
  /** Milliseconds, as the other timeouts. */
  readonly scheduleToCloseTimeout: number | undefined;
  readonly scheduleToStartTimeout: number | undefined;
  readonly startToCloseTimeout: number | undefined;
  /** Of the request to start, from 1; 0 once the operation has closed. */
  readonly attempt: number;
  /** When schedule-to-close ends it. */
  readonly expirationTime: Date | undefined;
  readonly lastAttemptCompleteTime: Date | undefined;
  readonly nextAttemptScheduleTime: Date | undefined;
  /** Why the last request failed, while the next one is waited for. */
  readonly lastAttemptFailure: Error | undefined;
  readonly blockedReason: string | undefined;
  /** What handlers are told, with every attempt. */
  readonly requestId: string;
  /** Of one that goes on, or went on, by itself. */
  readonly operationToken: string | undefined;
  /** Who started it. */
  readonly identity: string;
  /** Once cancellation was requested. */
  readonly cancellationInfo: NexusOperationExecutionCancellationInfo | undefined;
  staticSummary: () => Promise<string | undefined>;
  staticDetails: () => Promise<string | undefined>;
};

export interface NexusOperationExecutionCount {
  readonly count: number;
  /** With `GROUP BY` in the query. */
  readonly groups: readonly NexusOperationExecutionCountGroup[];
}

export interface NexusOperationExecutionCountGroup {
  readonly count: number;
  readonly groupValues: readonly TypedSearchAttributeValue<SearchAttributeType>[];
}

/** Options of `startOperation` and `executeOperation` of a service client. */
export interface StartNexusOperationOptions {
  /** The caller's name for the operation, unique in the namespace while the policies say so. At most 1,000 bytes. */
  id: string;
  /** From the start to the end. Give it: without one an operation is tried without end. */
  scheduleToCloseTimeout?: Duration;
  /** Until a handler has started it, or ended it at once. */
  scheduleToStartTimeout?: Duration;
  /** From when it has started, of one that goes on by itself. */
  startToCloseTimeout?: Duration;
  /** One line for people. */
  summary?: string;
  /** @default ALLOW_DUPLICATE */
  idReusePolicy?: NexusOperationIdReusePolicy;
  /** @default FAIL */
  idConflictPolicy?: NexusOperationIdConflictPolicy;
  searchAttributes?: SearchAttributePair[] | TypedSearchAttributes;
  /** For the handler, as they are but in lower case; they are not encoded. At most 8 KiB. */
  headers?: Record<string, string>;
}

export interface ListNexusOperationsOptions {
  /** A visibility query: `Service = 'orders' AND ExecutionStatus = 'Running'`. All by default. */
  query?: string;
  /** How many are fetched at a time. */
  pageSize?: number;
}

export interface GetNexusOperationHandleOptions {
  /** Undefined: whichever run is the latest. */
  runId?: string;
  /** How the result is converted. */
  typeInfo?: Pick<PayloadTypeInfo, 'outputType'>;
}

/** None yet. */
export type DescribeNexusOperationOptions = Record<never, never>;
