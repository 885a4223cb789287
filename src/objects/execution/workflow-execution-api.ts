/**
 * What a `WorkflowExecution` object answers over native RPC. Routes, the in-Worker client and other objects call it; all
 * arguments and results are plain data. Every call names the namespace and workflow ID, because an object cannot read its own
 * name; the first call fixes them and later ones must agree. `depth` counts nested hops of one chain (PLATFORM: 16 to 32).
 */
import type {
  HeartbeatReply,
  Input,
  ParentNotification,
  Result,
  StartReply,
  UpdateReply,
} from '../../engine/api.ts';
import type {
  PauseWorkflowRequest,
  ResetWorkflowRequest,
  SignalWithStartWorkflowRequest,
  StartWorkflowRequest,
} from '../../engine/requests.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type {
  Header,
  Payloads,
  QueryRejectConditionName,
  UpdateRequest,
  UpdateStageName,
  WorkflowStatusName,
} from '../../sdk/common/wire/messages.ts';
import type { DescribeWorkflowExecutionResponse } from '../../sdk/common/wire/requests.ts';

import type { NamespaceLimits } from '../namespace/namespace-limits.ts';
import type { VisibilityUpdate } from '../visibility/visibility-api.ts';

export interface CallAddress {
  namespace: string;
  workflowId: string;
  depth?: number;
  /** A start that is repeated because the call before it died: commits before workflow code runs. */
  guarded?: boolean;
  /** Limits and retention of the namespace, as the caller's isolate has them cached. */
  namespaceConfig?: NamespaceConfig;
}

export interface NamespaceConfig {
  retentionMs: number;
  limits?: NamespaceLimits;
}

export interface HistoryRequest {
  runId?: string;
  /** First event ID wanted; 1 by default. */
  fromEventId?: number;
  /** At most this many events. */
  pageSize: number;
  /** Newest first. */
  reverse?: boolean;
  /** Only the closing event (CLOSE_EVENT): the last event so far when the run is open and `waitMs` is 0. */
  closeEventOnly?: boolean;
  /** Wait this long (at most 10 s by RPC) when there is nothing new, or the run is not closed yet. */
  waitMs?: number;
}

export interface HistoryPage {
  runId: string;
  events: HistoryEvent[];
  /** Where the next page begins; undefined at the end of a closed run. */
  nextEventId?: number;
  /** It ends where its bytes do, before its size: there is more. */
  isCut?: boolean;
  isRunning: boolean;
}

export interface RunResult {
  runId: string;
  status: WorkflowStatusName;
  /** The closing event; undefined while the run (or, following, its chain) is open. */
  closeEvent?: HistoryEvent;
}

export interface QueryRequest {
  runId?: string;
  queryType: string;
  queryArgs?: Payloads;
  header?: Header;
  rejectCondition?: QueryRejectConditionName;
}

export type QueryReply = { result?: Payloads } | { rejected: WorkflowStatusName };

/** The run that was signaled. Undefined from an object of a release that did not say it. */
export type SignalReply = { runId: string } | undefined;

/** By the kind of the input. */
export type ReplyTo<I extends Input> = I extends { kind: 'Signal' }
  ? SignalReply
  : HeartbeatReply | undefined;

export interface UpdateCall {
  runId?: string;
  firstExecutionRunId?: string;
  request: UpdateRequest;
  /** Wait until this stage, at most `waitMs`. */
  waitStage: UpdateStageName;
  waitMs: number;
}

export interface WorkflowExecutionApi {
  /** `waitMs` > 0: also wait for the run's close, so that a short workflow takes one round trip. */
  start(
    at: CallAddress,
    request: StartWorkflowRequest,
    waitMs?: number,
  ): Promise<Result<StartReply & { result?: RunResult }>>;
  signalWithStart(at: CallAddress, request: SignalWithStartWorkflowRequest): Promise<Result<StartReply>>;
  updateWithStart(
    at: CallAddress,
    start: StartWorkflowRequest,
    update: UpdateCall,
  ): Promise<Result<{ start: StartReply; update: UpdateReply }>>;
  /** Signal, cancel, terminate, pause, activity results and heartbeats, deliveries from other objects. */
  apply<I extends Input>(at: CallAddress, input: I): Promise<Result<ReplyTo<I>>>;
  query(at: CallAddress, request: QueryRequest): Promise<Result<QueryReply>>;
  update(at: CallAddress, call: UpdateCall): Promise<Result<UpdateReply>>;
  pollUpdate(
    at: CallAddress,
    runId: string | undefined,
    updateId: string,
    waitStage: UpdateStageName,
    waitMs: number,
  ): Promise<Result<UpdateReply>>;
  describe(at: CallAddress, runId?: string): Promise<Result<DescribeWorkflowExecutionResponse>>;
  history(at: CallAddress, request: HistoryRequest): Promise<Result<HistoryPage>>;
  /** Waits for the close of a run; with `followRuns` to the end of its chain. */
  result(
    at: CallAddress,
    request: { runId?: string; followRuns: boolean; waitMs: number },
  ): Promise<Result<RunResult>>;
  reset(at: CallAddress, request: ResetWorkflowRequest): Promise<Result<{ runId: string }>>;
  pause(at: CallAddress, request: PauseWorkflowRequest): Promise<Result<undefined>>;
  unpause(at: CallAddress, request: PauseWorkflowRequest): Promise<Result<undefined>>;
  /** Tells the index of all its runs again. False when there are none. */
  retell(at: Pick<CallAddress, 'depth'>): Promise<boolean>;
  /** Erases all runs, as `delete` does each: its namespace is gone. */
  deleteAll(at: CallAddress): Promise<Result<undefined>>;
  /** Erases a run, the current one unless named; one that is open is terminated first. */
  delete(at: CallAddress, runId?: string): Promise<Result<undefined>>;
  /**
   * What the index is to know of these runs, as far as they exist. Asked when one of them is overdue, or to repair the index; it
   * also wakes the object.
   */
  visibility(at: CallAddress, runIds: readonly string[]): Promise<Result<VisibilityUpdate[]>>;
  /** A child's chain closed. */
  childClosed(at: CallAddress, notification: ParentNotification): Promise<Result<undefined>>;
  /** A hibernatable WebSocket on which the object sends one message when the run closes or gets new events (waits above 10 s). */
  fetch(request: Request): Promise<Response>;
}
