/** Operations that an update of a workflow stands for: its acceptance is the operation's start, its outcome the operation's end. */
import * as nexus from 'nexus-rpc';
import {
  type InternalUpdateOptions,
  InternalWorkflowUpdateOptionsSymbol,
} from '../client/internal-options.ts';
import type { UpdateDefinition } from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import { getHandlerContext } from './context.ts';
import { TemporalOperationResult } from './operation-result.ts';
import { encodeOperationToken } from './operation-token.ts';
import { linkBack, requestLinks } from './request-links.ts';
import type { Reservation } from './workflow-handle.ts';

/** @experimental */
export interface NexusUpdateWorkflowOptions {
  /**
   * Names the update in its run. Several operations that name the same one wait for the same outcome.
   *
   * @default the ID of the Nexus request, so that a request that is made again sends no second update
   */
  readonly updateId?: string;
}

interface UpdateOfOperation {
  workflowId: string;
  runId: string | undefined;
  def: UpdateDefinition<unknown, Any[]> | string;
  options: NexusUpdateWorkflowOptions & { readonly args?: Any[] };
  reserve: Reservation;
}

export async function updateWorkflow(
  ctx: nexus.StartOperationContext,
  { workflowId, runId, def, options, reserve }: UpdateOfOperation,
): Promise<TemporalOperationResult<unknown>> {
  const { callbackUrl: url } = ctx;
  if (!url)
    throw new nexus.HandlerError(
      'BAD_REQUEST',
      'A callback URL is required for async UpdateWorkflow operation invocations',
    );
  const updateId = options.updateId || ctx.requestId;
  return reserve(async () => {
    const { client, namespace } = getHandlerContext();
    const tokenOf = (run: string | undefined) =>
      encodeOperationToken({ kind: 'update', namespace, workflowId, runId: run, updateId });
    const header = { ...ctx.callbackHeaders, 'nexus-operation-token': tokenOf(runId) };
    const internal: InternalUpdateOptions = {
      requestId: ctx.requestId,
      completionCallbacks: [{ nexus: { url, header } }],
      ...requestLinks(ctx),
    };
    const startOptions = {
      args: (options.args ?? []) as [Any, ...Any[]],
      updateId,
      waitForStage: 'ACCEPTED',
      [InternalWorkflowUpdateOptionsSymbol]: internal,
    } as const;
    // Sound: a definition is taken like its name; its arguments the overloads of our caller have checked.
    const update = await client.workflow
      .getHandle(workflowId, runId)
      .startUpdate(def as string, startOptions);
    linkBack(ctx, internal);
    if (internal.outcome === undefined)
      return TemporalOperationResult.async(tokenOf(update.workflowRunId ?? runId));
    try {
      return TemporalOperationResult.sync(await update.result());
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      throw new nexus.OperationError('failed', cause.message, { cause });
    }
  });
}
