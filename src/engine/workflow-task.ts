/**
 * The only seam between the server half and the half that runs workflow code: a task goes out, a completion comes back.
 * Three hosts will answer it (the object's own isolate, a remote worker, an isolate per code version); nothing here tells
 * which one does. Everything in it is plain data, but for `loadHistory`.
 */

import type { Command } from '../sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type {
  Failure,
  Header,
  Payloads,
  SdkMetadata,
  UpdateOutcome,
  UpdateRequest,
  WorkflowTaskFailedCauseName,
} from '../sdk/common/wire/messages.ts';
import type { WorkerBuild } from './worker-build.ts';

export interface WorkflowQuery {
  /** Unique within the task. */
  id: string;
  queryType: string;
  queryArgs?: Payloads;
  header?: Header;
}

/** An admitted update on its way to workflow code. `sequencingEventId` is the event just before WorkflowTaskStarted (UPD-14). */
export interface UpdateDelivery {
  /** `<updateId>/request` */
  messageId: string;
  updateId: string;
  sequencingEventId: number;
  request: UpdateRequest;
}

export interface WorkflowTask {
  namespace: string;
  workflowId: string;
  runId: string;
  workflowType: string;
  taskQueue: string;
  /** 1, or more when earlier attempts of this task failed or timed out. */
  attempt: number;
  /** The WorkflowTaskStarted event that this task is; 0 for a task that only carries queries (`isQueryOnly`). */
  startedEventId: number;
  /** The WorkflowTaskStarted event of the last *completed* task; 0 for the first. A cached instance stands exactly there. */
  previousStartedEventId: number;
  /** Every event after `previousStartedEventId`, up to and with `startedEventId` (for a query-only task: to the end of history). */
  newEvents: readonly HistoryEvent[];
  /** The whole history from event 1, same end. Called when no instance stands at `previousStartedEventId`. */
  loadHistory(): readonly HistoryEvent[] | Promise<readonly HistoryEvent[]>;
  /** Answered after everything else; they never share an activation with other jobs (WFT-9). */
  queries: readonly WorkflowQuery[];
  updates: readonly UpdateDelivery[];
  /** True when there is nothing to process but queries: no commands come of it, no events are written. */
  isQueryOnly: boolean;
}

export type UpdateResponse =
  | {
      kind: 'accepted';
      updateId: string;
      messageId: string;
      request: UpdateRequest;
      sequencingEventId: number;
    }
  | { kind: 'rejected'; updateId: string; failure: Failure }
  | { kind: 'completed'; updateId: string; messageId: string; outcome: UpdateOutcome };

export type QueryAnswer = { id: string; result: Payloads } | { id: string; failure: Failure };

/** Answers accepted / completed stand in `updates`; a ProtocolMessage command with the same `messageId` gives each its place. */
export interface WorkflowTaskCompleted {
  kind: 'completed';
  commands: readonly Command[];
  updates: readonly UpdateResponse[];
  queries: readonly QueryAnswer[];
  sdkMetadata?: SdkMetadata;
  build?: WorkerBuild;
  /** Retries of local activities in this task beyond the first attempts (meteringMetadata). */
  nonfirstLocalActivityExecutionAttempts?: number;
  /** With local activities outstanding: complete this task and ask for a new one at once (WFT-19). */
  forceNewWorkflowTask?: boolean;
}

export interface WorkflowTaskFailed {
  kind: 'failed';
  cause: WorkflowTaskFailedCauseName;
  failure: Failure;
}

export type WorkflowTaskCompletion = WorkflowTaskCompleted | WorkflowTaskFailed;

/** Runs workflow code. `handle` never rejects for a fault of workflow code: that is a `failed` completion. */
export interface WorkflowTaskHandler {
  handle(task: WorkflowTask): Promise<WorkflowTaskCompletion>;
  /** Drops the cached instance of a run: after a refused completion, a failed commit, or close. */
  evict(runId: string): void;
}
