/** Handles of workflows for handlers of operations: what they send carries the links of the operation. */
import * as nexus from 'nexus-rpc';
import {
  type InternalSignalOptions,
  InternalWorkflowQueryOptionsSymbol,
  InternalWorkflowSignalOptionsSymbol,
  type LinkOfResponse,
} from '../client/internal-options.ts';
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import { getClient } from './context.ts';
import type { TemporalOperationResult } from './operation-result.ts';
import { linkBack, requestLinks } from './request-links.ts';
import { type NexusUpdateWorkflowOptions, updateWorkflow } from './update-operations.ts';

declare const isNexusWorkflowHandle: unique symbol;
declare const workflowResultType: unique symbol;

/** A workflow that was started for an operation, or that one is about. */
export interface WorkflowHandle<T> {
  readonly workflowId: string;
  readonly runId?: string;
  signal<Args extends Any[] = [], Name extends string = string>(
    def: SignalDefinition<Args, Name> | string,
    ...args: Args
  ): Promise<void>;
  query<Ret, Args extends Any[] = []>(def: QueryDefinition<Ret, Args> | string, ...args: Args): Promise<Ret>;
  /** Type carriers; never set. */
  readonly [isNexusWorkflowHandle]: typeof isNexusWorkflowHandle;
  readonly [workflowResultType]: T;
}

/**
 * A handle whose updates can stand for the operation. Made by {@link TemporalNexusClient.getWorkflowHandle}.
 *
 * @experimental
 */
export interface UpdatableWorkflowHandle<T> extends WorkflowHandle<T> {
  /**
   * Sends an update that stands for the operation, and resolves once it is accepted: its outcome is told to whoever called the
   * operation. One that has ended by then is the answer at once: its result, or an `OperationError` with its failure.
   *
   * A run that closes before its update has ended fails the operation.
   *
   * @experimental
   */
  update<Ret, Args extends [Any, ...Any[]], Name extends string = string>(
    def: UpdateDefinition<Ret, Args, Name> | string,
    options: NexusUpdateWorkflowOptions & { readonly args: Args },
  ): Promise<TemporalOperationResult<Ret>>;
  update<Ret, Args extends [] = [], Name extends string = string>(
    def: UpdateDefinition<Ret, Args, Name> | string,
    options?: NexusUpdateWorkflowOptions & { readonly args?: Args },
  ): Promise<TemporalOperationResult<Ret>>;
}

/** Runs what stands for the operation; refuses where something does already. */
export type Reservation = <T>(start: () => Promise<T>) => Promise<T>;

/** Of the handle of a workflow that stands for the operation itself. */
export const taken: Reservation = () => {
  throw new nexus.HandlerError(
    'BAD_REQUEST',
    'Only one async operation can be started per operation handler invocation, and the Workflow run this handle refers to already backs it. Use TemporalNexusClient.client for additional Workflow interactions',
  );
};

export function workflowHandle<T>(
  ctx: nexus.StartOperationContext,
  workflowId: string,
  runId: string | undefined,
  reserve: Reservation = taken,
): UpdatableWorkflowHandle<T> {
  /** One handle for each call: the links travel with it. */
  const linked = (symbol: symbol, internal: LinkOfResponse) =>
    Object.assign(getClient().workflow.getHandle(workflowId, runId), { [symbol]: internal });
  const ours = {
    workflowId,
    ...(runId && { runId }),
    async signal(def: SignalDefinition<Any[]> | string, ...args: Any[]) {
      const internal: InternalSignalOptions = requestLinks(ctx);
      await linked(InternalWorkflowSignalOptionsSymbol, internal).signal(def, ...args);
      linkBack(ctx, internal);
    },
    async query(def: QueryDefinition<unknown, Any[]> | string, ...args: Any[]) {
      const internal: LinkOfResponse = {};
      try {
        return await linked(InternalWorkflowQueryOptionsSymbol, internal).query(def, ...args);
      } finally {
        linkBack(ctx, internal);
      }
    },
    update: (def: UpdateDefinition<unknown, Any[]> | string, options: NexusUpdateWorkflowOptions = {}) =>
      updateWorkflow(ctx, { workflowId, runId, def, options, reserve }),
  };
  // Sound: the rest of the type carries types alone.
  return ours as unknown as UpdatableWorkflowHandle<T>;
}
