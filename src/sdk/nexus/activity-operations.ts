/** Operations that an activity without a workflow stands for: its end is the operation's. */
import type * as nexus from 'nexus-rpc';
import type {
  ActivityName,
  ActivityOptions as ClientActivityOptions,
  ActivityOptionsFor as ClientActivityOptionsFor,
} from '../client/index.ts';
import { InternalActivityStartOptionsSymbol, type InternalStartOptions } from '../client/internal-options.ts';
import type { Replace } from '../common/type-helpers.ts';
import { getHandlerContext } from './context.ts';
import { TemporalOperationResult } from './operation-result.ts';
import { encodeOperationToken } from './operation-token.ts';
import { linkBack, requestLinks } from './request-links.ts';

/**
 * The task queue is the worker's own unless another is named.
 *
 * @experimental
 */
export type ActivityOptions = Replace<ClientActivityOptions, { taskQueue?: string }>;

/** @experimental */
export type ActivityOptionsFor<T, N extends ActivityName<T>> = Replace<
  ClientActivityOptionsFor<T, N>,
  { taskQueue?: string }
>;

export async function startActivity<R>(
  ctx: nexus.StartOperationContext,
  activity: string,
  options: ActivityOptions,
): Promise<TemporalOperationResult<R>> {
  const { client, namespace, taskQueue } = getHandlerContext();
  const activityId = options.id;
  const tokenOf = (runId: string | undefined) =>
    encodeOperationToken({ kind: 'activity', namespace, activityId, runId });
  const header = { ...ctx.callbackHeaders, 'nexus-operation-token': tokenOf(undefined) };
  const internal: InternalStartOptions = {
    requestId: ctx.requestId,
    onConflictOptions: { attachRequestId: true, attachCompletionCallbacks: true, attachLinks: true },
    ...(ctx.callbackUrl && { completionCallbacks: [{ nexus: { url: ctx.callbackUrl, header } }] }),
    ...requestLinks(ctx),
  };
  const { runId } = await client.activity.start<R>(activity, {
    ...options,
    taskQueue: options.taskQueue || taskQueue,
    [InternalActivityStartOptionsSymbol]: internal,
  } as ClientActivityOptions);
  linkBack(ctx, internal);
  return TemporalOperationResult.async(tokenOf(runId));
}
