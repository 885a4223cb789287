import type { QueryDefinition, UpdateDefinition, Workflow } from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import type { PayloadTypeInfo } from '../common/type-info.ts';
import type { BaseWorkflowHandle, WorkflowQueryOptions } from '../common/workflow-handle.ts';
import type { WatchedEvent, WatchOptions } from './follow.ts';
import type {
  History,
  RequestCancelWorkflowExecutionResponse,
  TerminateWorkflowExecutionResponse,
  WorkflowExecutionDescription,
} from './types.ts';
import type { WorkflowClient } from './workflow-client.ts';
import type { WorkflowUpdateOptions } from './workflow-options.ts';
import type { WorkflowUpdateStage } from './workflow-update-stage.ts';

/**
 * One workflow, from outside.
 *
 * ```ts
 * const handle = client.workflow.getHandle<typeof cart>('cart-1');
 * await handle.signal(addItem, { sku: 'A1' });
 * const items = await handle.query(getItems);
 * await handle.cancel();
 * ```
 */
export interface WorkflowHandle<T extends Workflow = Workflow> extends BaseWorkflowHandle<T> {
  /** Sends an update and waits for its result. Rejects with `WorkflowUpdateFailedError` when it is rejected or fails. */
  executeUpdate<Ret, Args extends [Any, ...Any[]], Name extends string = string>(
    def: UpdateDefinition<Ret, Args, Name> | string,
    options: WorkflowUpdateOptions & { args: Args },
  ): Promise<Ret>;
  executeUpdate<Ret, Args extends [], Name extends string = string>(
    def: UpdateDefinition<Ret, Args, Name> | string,
    options?: WorkflowUpdateOptions & { args?: Args },
  ): Promise<Ret>;

  /** Sends an update and waits until the workflow has accepted it. */
  startUpdate<Ret, Args extends [Any, ...Any[]], Name extends string = string>(
    def: UpdateDefinition<Ret, Args, Name> | string,
    options: WorkflowUpdateOptions & { args: Args; waitForStage: 'ACCEPTED' },
  ): Promise<WorkflowUpdateHandle<Ret>>;
  startUpdate<Ret, Args extends [], Name extends string = string>(
    def: UpdateDefinition<Ret, Args, Name> | string,
    options: WorkflowUpdateOptions & { args?: Args; waitForStage: typeof WorkflowUpdateStage.ACCEPTED },
  ): Promise<WorkflowUpdateHandle<Ret>>;

  /** An update that was sent before. */
  getUpdateHandle<Ret>(updateId: string, options?: GetWorkflowUpdateHandleOptions): WorkflowUpdateHandle<Ret>;

  /** Asks the workflow, open or closed, without changing it. */
  query<Ret, Args extends Any[] = []>(def: QueryDefinition<Ret, Args> | string, ...args: Args): Promise<Ret>;

  /** @experimental */
  queryWithOptions<Ret, Args extends Any[] = []>(
    queryName: string,
    options: WorkflowQueryOptions<Args>,
  ): Promise<Ret>;

  /** Ends the workflow at once; none of its code runs again. */
  terminate(reason?: string): Promise<TerminateWorkflowExecutionResponse>;

  /** Asks the workflow to cancel: its root scope throws `CancelledFailure`, and it may clean up. */
  cancel(): Promise<RequestCancelWorkflowExecutionResponse>;

  /** Its state as the server has it. */
  describe(): Promise<WorkflowExecutionDescription>;

  /** All events of the run. Rejects with the service's error as it is, which `isGrpcServiceError` recognises: code 5 is NOT_FOUND. */
  fetchHistory(): Promise<History>;

  /**
   * Every event as it is recorded, beginning with those that are already there, until the workflow has ended. A run that
   * continues in another is followed. Whoever keeps the position of the last event can go on from there at any time.
   *
   * ```ts
   * for await (const { event, position } of handle.watch({ after: lastSeen })) show(event, position);
   * ```
   *
   * Not in Temporal's client. Each wait is a request that waits, so watching does not keep the workflow in memory.
   */
  watch(options?: WatchOptions): AsyncGenerator<WatchedEvent, void>;

  /**
   * The answer of a query, now and whenever the workflow's progress has changed it, until the workflow has ended. Changes that
   * follow each other quickly may be seen as one.
   *
   * ```ts
   * for await (const items of handle.subscribeQuery(getItems)) render(items);
   * ```
   *
   * Not in Temporal's client.
   */
  subscribeQuery<Ret, Args extends Any[] = []>(
    def: QueryDefinition<Ret, Args> | string,
    ...args: Args
  ): AsyncGenerator<Ret, void>;

  readonly client: WorkflowClient;
}

export interface WorkflowHandleWithFirstExecutionRunId<T extends Workflow = Workflow>
  extends WorkflowHandle<T> {
  /** The run that the start began: the first of its chain. */
  readonly firstExecutionRunId: string;
}

export interface WorkflowHandleWithStartDetails<T extends Workflow = Workflow>
  extends WorkflowHandleWithFirstExecutionRunId<T> {
  readonly eagerlyStarted: boolean;
}

export interface WorkflowHandleWithSignaledRunId<T extends Workflow = Workflow> extends WorkflowHandle<T> {
  /** The run that got the signal; not always the first of its chain. */
  readonly signaledRunId: string;
}

/** An update, from outside. */
export interface WorkflowUpdateHandle<Ret> {
  updateId: string;
  workflowId: string;
  workflowRunId?: string;
  /** Waits for the result. Rejects with `WorkflowUpdateFailedError` when the update was rejected or failed. */
  result(): Promise<Ret>;
}

export interface GetWorkflowUpdateHandleOptions {
  workflowRunId?: string;
  /** @experimental */
  typeInfo?: Pick<PayloadTypeInfo, 'outputType'>;
}
