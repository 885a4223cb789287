/** Shapes that the client takes and gives, by Temporal's names. */

import { enumName, makeEnumConverters } from '../common/enum-converters.ts';
import type { WorkflowExecution as ProtoExecution } from '../common/failure.ts';
import type { Priority } from '../common/priority.ts';
import type {
  SearchAttributes,
  SearchAttributeValue,
  TypedSearchAttributes,
} from '../common/search-attributes.ts';
import type { Replace } from '../common/type-helpers.ts';
import * as wire from '../common/wire/messages.ts';
import type { ProtoField, ProtoHistory } from '../common/wire/proto-shape.ts';
import type {
  DescribeWorkflowExecutionResponseSchema,
  GetWorkflowExecutionHistoryRequestSchema,
  StartWorkflowExecutionRequestSchema,
  WorkflowExecutionInfoSchema,
} from '../common/wire/requests.ts';
import type { Gateway } from './calls/index.ts';
import type { ConnectionPlugin } from './connection-options.ts';
import type { OperatorService, WorkflowService } from './workflow-service.ts';

export type { HealthService, OperatorService, WorkflowService } from './workflow-service.ts';

/** HTTP headers of a call. */
export type Metadata = Record<string, string | Uint8Array>;

export interface WorkflowExecution {
  workflowId: string;
  runId?: string;
}

/** In the shape of protobuf objects: `Long`s, `{ seconds, nanos }`, numbers for enums. */
export type DescribeWorkflowExecutionResponse = ProtoField<typeof DescribeWorkflowExecutionResponseSchema>;
export type RawWorkflowExecutionInfo = ProtoField<typeof WorkflowExecutionInfoSchema>;
export type StartWorkflowExecutionRequest = ProtoField<typeof StartWorkflowExecutionRequestSchema>;
export type GetWorkflowExecutionHistoryRequest = ProtoField<typeof GetWorkflowExecutionHistoryRequestSchema>;
export type History = ProtoHistory;
export type TerminateWorkflowExecutionResponse = Record<string, never>;
export type RequestCancelWorkflowExecutionResponse = Record<string, never>;

export type WorkflowExecutionStatusName =
  | 'UNSPECIFIED'
  | 'RUNNING'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELLED'
  | 'TERMINATED'
  | 'CONTINUED_AS_NEW'
  | 'TIMED_OUT'
  | 'PAUSED'
  | 'UNKNOWN';

export interface WorkflowExecutionInfo {
  /** Name of the workflow type. */
  type: string;
  workflowId: string;
  runId: string;
  taskQueue: string;
  status: { code: number; name: WorkflowExecutionStatusName };
  /** Events. */
  historyLength: number;
  /** Bytes. */
  historySize?: number;
  startTime: Date;
  /** When its first task was due: later than `startTime` with a start delay or a cron schedule. */
  executionTime?: Date;
  closeTime?: Date;
  memo?: Record<string, unknown>;
  /** @deprecated Use `typedSearchAttributes`. */
  searchAttributes: SearchAttributes;
  typedSearchAttributes: TypedSearchAttributes;
  parentExecution?: Required<ProtoExecution>;
  rootExecution?: Required<ProtoExecution>;
  raw: RawWorkflowExecutionInfo;
  priority?: Priority;
}

export type WorkflowExecutionDescription = Replace<
  WorkflowExecutionInfo,
  { raw: DescribeWorkflowExecutionResponse }
> & {
  staticDetails: () => Promise<string | undefined>;
  staticSummary: () => Promise<string | undefined>;
};

export interface CountWorkflowExecution {
  count: number;
  groups: { count: number; groupValues: SearchAttributeValue[] }[];
}

/** Where a client sends its calls. */
export interface ConnectionLike {
  /** The calls themselves, without Temporal's protobuf shapes around them. */
  readonly gateway: Gateway;
  /** Single calls by the names of Temporal's service, in the shapes of its protobuf objects. */
  readonly workflowService: WorkflowService;
  /** Single calls about search attributes, by the names of Temporal's operator service. */
  readonly operatorService: OperatorService;
  readonly plugins: ConnectionPlugin[];
  close(): Promise<void>;
  ensureConnected(): Promise<void>;
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
  withMetadata<R>(metadata: Metadata, fn: () => Promise<R>): Promise<R>;
  withAbortSignal<R>(abortSignal: AbortSignal, fn: () => Promise<R>): Promise<R>;
}

/** Where a connection keeps what clients alone ask of it. */
export const InternalConnectionLikeSymbol: unique symbol = Symbol('__temporal_internal_connection_like');

/** What a connection that client and worker share says of itself. */
export type InternalConnectionLike = ConnectionLike & {
  [InternalConnectionLikeSymbol]?: { readonly supportsEagerStart?: boolean };
};

/** When a query is not put to a workflow: not at all, when it is closed, when it closed otherwise than by completing. */
export const QueryRejectCondition = {
  NONE: 'NONE',
  NOT_OPEN: 'NOT_OPEN',
  NOT_COMPLETED_CLEANLY: 'NOT_COMPLETED_CLEANLY',

  /** @deprecated Use `NONE`. */
  QUERY_REJECT_CONDITION_NONE: 'NONE',
  /** @deprecated Use `NOT_OPEN`. */
  QUERY_REJECT_CONDITION_NOT_OPEN: 'NOT_OPEN',
  /** @deprecated Use `NOT_COMPLETED_CLEANLY`. */
  QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY: 'NOT_COMPLETED_CLEANLY',
  /** @deprecated Use `undefined`. */
  QUERY_REJECT_CONDITION_UNSPECIFIED: undefined,
} as const;
export type QueryRejectCondition = (typeof QueryRejectCondition)[keyof typeof QueryRejectCondition];

export const [encodeQueryRejectCondition, decodeQueryRejectCondition] = makeEnumConverters(
  wire.QueryRejectCondition,
);

export const queryRejectConditionName = (condition: string | number | null | undefined) =>
  enumName(wire.QueryRejectCondition, condition);

/** What state of an activity `describe().raw.pendingActivities` shows. */
export const PendingActivityState = {
  SCHEDULED: 'SCHEDULED',
  STARTED: 'STARTED',
  CANCEL_REQUESTED: 'CANCEL_REQUESTED',
  PAUSED: 'PAUSED',
  PAUSE_REQUESTED: 'PAUSE_REQUESTED',
} as const;
export type PendingActivityState = (typeof PendingActivityState)[keyof typeof PendingActivityState];

export const [encodePendingActivityState, decodePendingActivityState] = makeEnumConverters(
  wire.PendingActivityState,
);
