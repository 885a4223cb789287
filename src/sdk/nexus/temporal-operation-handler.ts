/** Operations that a workflow, an activity or an update stands for, whichever the handler starts. */
import * as nexus from 'nexus-rpc';
import {
  getClient,
  type TemporalCancelOperationContext,
  type TemporalStartOperationContext,
} from './context.ts';
import { startResultOf, type TemporalOperationResult } from './operation-result.ts';
import { ownToken } from './own-token.ts';
import { type TemporalNexusClient, temporalNexusClient } from './temporal-nexus-client.ts';

/** @experimental */
export type TemporalOperationStartHandler<I, O> = (
  ctx: TemporalStartOperationContext,
  client: TemporalNexusClient,
  input: I,
) => Promise<TemporalOperationResult<O>>;

/** @experimental */
export interface CancelWorkflowRunOptions {
  /** Of the workflow that stands for the operation. */
  readonly workflowId: string;
}

/** @experimental */
export interface CancelWorkflowUpdateOptions {
  /** Of the workflow whose update stands for the operation. */
  readonly workflowId: string;
  /** The run that has the update. */
  readonly runId: string;
  readonly updateId: string;
}

/** @experimental */
export interface CancelActivityOptions {
  /** Of the activity that stands for the operation. */
  readonly activityId: string;
  readonly runId: string;
}

/**
 * What cancelling an operation does, by what stands for it.
 *
 * @experimental
 */
export interface TemporalOperationHandlerOptions {
  /** @default the workflow is asked to cancel */
  cancelWorkflowRun?: (
    ctx: TemporalCancelOperationContext,
    options: CancelWorkflowRunOptions,
  ) => Promise<void>;
  /** @default refused with `NOT_IMPLEMENTED`: an update has no cancellation of its own */
  cancelWorkflowUpdate?: (
    ctx: TemporalCancelOperationContext,
    options: CancelWorkflowUpdateOptions,
  ) => Promise<void>;
  /** @default the activity is asked to cancel */
  cancelActivity?: (ctx: TemporalCancelOperationContext, options: CancelActivityOptions) => Promise<void>;
}

/**
 * An operation whose handler says what stands for it, or answers at once.
 *
 * ```ts
 * const handler = nexus.serviceHandler(shop, {
 *   approve: new TemporalOperationHandler<Approval, Receipt>({
 *     start: (_ctx, client, { orderId }) =>
 *       client.getWorkflowHandle(`order-${orderId}`).update(approveUpdate, { args: [orderId] }),
 *   }),
 * });
 * ```
 *
 * @experimental
 */
export class TemporalOperationHandler<I, O> implements nexus.OperationHandler<I, O> {
  private readonly startHandler: TemporalOperationStartHandler<I, O>;
  private readonly cancelWorkflowRunHandler: NonNullable<
    TemporalOperationHandlerOptions['cancelWorkflowRun']
  >;
  private readonly cancelWorkflowUpdateHandler: NonNullable<
    TemporalOperationHandlerOptions['cancelWorkflowUpdate']
  >;
  private readonly cancelActivityHandler: NonNullable<TemporalOperationHandlerOptions['cancelActivity']>;

  constructor(options: { start: TemporalOperationStartHandler<I, O> } & TemporalOperationHandlerOptions) {
    this.startHandler = options.start;
    this.cancelWorkflowRunHandler = options.cancelWorkflowRun ?? cancelWorkflowRun;
    this.cancelWorkflowUpdateHandler = options.cancelWorkflowUpdate ?? cancelWorkflowUpdate;
    this.cancelActivityHandler = options.cancelActivity ?? cancelActivity;
  }

  async start(ctx: nexus.StartOperationContext, input: I): Promise<nexus.HandlerStartOperationResult<O>> {
    return startResultOf(await this.startHandler(ctx, temporalNexusClient(ctx), input));
  }

  async cancel(ctx: nexus.CancelOperationContext, token: string): Promise<void> {
    const target = ownToken(token);
    switch (target.kind) {
      case 'workflowRun':
        await this.cancelWorkflowRunHandler(ctx, { workflowId: target.workflowId });
        return;
      case 'activity': {
        const { activityId, runId } = target;
        if (runId === undefined)
          throw new nexus.HandlerError('BAD_REQUEST', 'invalid activity operation token', {
            cause: new TypeError('operation token: it names no run of the activity'),
          });
        await this.cancelActivityHandler(ctx, { activityId, runId });
        return;
      }
      case 'update': {
        const { workflowId, runId = '', updateId } = target;
        await this.cancelWorkflowUpdateHandler(ctx, { workflowId, runId, updateId });
        return;
      }
    }
  }
}

async function cancelWorkflowRun(
  _ctx: TemporalCancelOperationContext,
  { workflowId }: CancelWorkflowRunOptions,
): Promise<void> {
  await getClient().workflow.getHandle(workflowId).cancel();
}

async function cancelWorkflowUpdate(): Promise<void> {
  throw new nexus.HandlerError('NOT_IMPLEMENTED', 'cannot cancel an UpdateWorkflow operation');
}

async function cancelActivity(
  _ctx: TemporalCancelOperationContext,
  { activityId, runId }: CancelActivityOptions,
): Promise<void> {
  await getClient().activity.getHandle(activityId, runId).cancel('Nexus Operation cancellation requested');
}
