/** Operations that a workflow stands for: its start is the operation's, its end is the operation's end. */
import * as nexus from 'nexus-rpc';
import type {
  WorkflowSignalWithStartOptions as ClientSignalWithStartOptions,
  WorkflowStartOptions as ClientStartOptions,
} from '../client/index.ts';
import { type InternalStartOptions, InternalWorkflowStartOptionsSymbol } from '../client/internal-options.ts';
import type { Workflow, WorkflowResultType } from '../common/interfaces.ts';
import type { Any, Replace } from '../common/type-helpers.ts';
import type { WithWorkflowArgs } from '../common/workflow-options.ts';
import { getClient, getHandlerContext } from './context.ts';
import { encodeOperationToken } from './operation-token.ts';
import { ownToken } from './own-token.ts';
import { linkBack, requestLinks } from './request-links.ts';
import { type WorkflowHandle, workflowHandle } from './workflow-handle.ts';

/** The task queue is the worker's own unless another is named. */
export type WorkflowStartOptions<T extends Workflow> = Replace<ClientStartOptions<T>, { taskQueue?: string }>;

export type WorkflowSignalWithStartOptions<SignalArgs extends Any[] = []> = Replace<
  ClientSignalWithStartOptions<SignalArgs>,
  { taskQueue?: string }
>;

/**
 * Starts the workflow that stands for the operation `ctx` is about. Its end, also as the last of a chain of runs, is told to
 * whoever called the operation. Called again for the same request it gives the workflow that was started before.
 *
 * With `workflowIdConflictPolicy: 'USE_EXISTING'` several operations can wait for one workflow.
 */
export async function startWorkflow<T extends Workflow>(
  ctx: nexus.StartOperationContext,
  workflowTypeOrFunc: string | T,
  workflowOptions: WorkflowStartOptions<T>,
): Promise<WorkflowHandle<WorkflowResultType<T>>> {
  const { client, taskQueue, namespace } = getHandlerContext();
  const { workflowId } = workflowOptions as { workflowId: string };
  const token = encodeOperationToken({ kind: 'workflowRun', namespace, workflowId });
  const header = { ...ctx.callbackHeaders, 'nexus-operation-token': token };
  const internal: InternalStartOptions = {
    requestId: ctx.requestId,
    onConflictOptions: { attachRequestId: true, attachCompletionCallbacks: true, attachLinks: true },
    ...(ctx.callbackUrl && { completionCallbacks: [{ nexus: { url: ctx.callbackUrl, header } }] }),
    ...requestLinks(ctx),
  };
  const options = {
    ...withTaskQueue(workflowOptions, taskQueue),
    [InternalWorkflowStartOptionsSymbol]: internal,
  };
  // Sound: the options are those of a start, with a task queue.
  const handle = await client.workflow.start(workflowTypeOrFunc, options as never);
  linkBack(ctx, internal);
  return workflowHandle(ctx, handle.workflowId, handle.firstExecutionRunId);
}

/**
 * Signals a workflow, which is started unless it runs. It does not stand for the operation: its end is told to nobody, so answer
 * the operation yourself.
 */
export async function signalWithStartWorkflow<T extends Workflow, SignalArgs extends Any[] = []>(
  ctx: nexus.StartOperationContext,
  workflowTypeOrFunc: string | T,
  workflowOptions: WithWorkflowArgs<T, WorkflowSignalWithStartOptions<SignalArgs>>,
): Promise<WorkflowHandle<WorkflowResultType<T>>> {
  const { client, taskQueue } = getHandlerContext();
  const internal: InternalStartOptions = requestLinks(ctx);
  const options = {
    ...withTaskQueue(workflowOptions, taskQueue),
    [InternalWorkflowStartOptionsSymbol]: internal,
  };
  // Sound: as above.
  const handle = await client.workflow.signalWithStart(workflowTypeOrFunc, options as never);
  linkBack(ctx, internal);
  return workflowHandle(ctx, handle.workflowId, handle.signaledRunId);
}

function withTaskQueue(options: object, taskQueue: string): object {
  const { taskQueue: named, ...rest } = options as { taskQueue?: string };
  return { ...rest, taskQueue: named || taskQueue };
}

export type WorkflowRunOperationStartHandler<I, O> = (
  ctx: nexus.StartOperationContext,
  input: I,
) => Promise<WorkflowHandle<O>>;

/**
 * An operation that a workflow stands for. Its handler starts the workflow with {@link startWorkflow}; cancelling the operation
 * cancels the workflow.
 *
 * ```ts
 * const handler = nexus.serviceHandler(orders, {
 *   ship: new WorkflowRunOperationHandler<Order, Receipt>((ctx, order) =>
 *     startWorkflow(ctx, shipOrder, { args: [order], workflowId: `ship-${order.id}` }),
 *   ),
 * });
 * ```
 */
export class WorkflowRunOperationHandler<I, O> implements nexus.OperationHandler<I, O> {
  readonly handler: WorkflowRunOperationStartHandler<I, O>;

  constructor(handler: WorkflowRunOperationStartHandler<I, O>) {
    this.handler = handler;
  }

  async start(ctx: nexus.StartOperationContext, input: I): Promise<nexus.HandlerStartOperationResult<O>> {
    const { namespace } = getHandlerContext();
    const { workflowId } = await this.handler(ctx, input);
    return nexus.HandlerStartOperationResult.async(
      encodeOperationToken({ kind: 'workflowRun', namespace, workflowId }),
    );
  }

  async cancel(_ctx: nexus.CancelOperationContext, token: string): Promise<void> {
    const target = ownToken(token);
    if (target.kind !== 'workflowRun')
      throw new nexus.HandlerError('BAD_REQUEST', 'operation token: no workflow stands for its operation');
    await getClient().workflow.getHandle(target.workflowId).cancel();
  }
}
