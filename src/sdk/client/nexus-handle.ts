import type * as nexus from 'nexus-rpc';
import { type Any, withoutUndefined } from '../common/type-helpers.ts';
import type { TypeInfo } from '../common/type-info.ts';
import type { NexusClient } from './nexus-client.ts';
import { NexusOperationFailureError } from './nexus-errors.ts';
import type { NexusClientInterceptor } from './nexus-interceptors.ts';
import type {
  DescribeNexusOperationOptions,
  NexusOperationExecutionDescription,
  StartNexusOperationOptions,
} from './nexus-types.ts';

/**
 * One Nexus operation without a workflow. Each method is one call (`result` as many as it takes); without such an operation it rejects
 * with `NexusOperationNotFoundError`.
 *
 * @experimental
 */
export interface NexusOperationHandle<O = unknown> {
  readonly operationId: string;
  /** Undefined: whichever run is the latest. Set by `startOperation`. */
  readonly runId?: string;
  readonly client: NexusClient;
  /** Waits for the end. Rejects with `NexusOperationFailureError`, whose `cause` says why it did not complete. */
  result(): Promise<O>;
  describe(options?: DescribeNexusOperationOptions): Promise<NexusOperationExecutionDescription>;
  /**
   * Asks it to stop. One that no handler has heard of ends at once; otherwise its handler is asked, once it has started, and need not
   * obey. A second request is refused.
   */
  cancel(reason?: string): Promise<void>;
  /** Ends it at once. Its handler is not told: what stands for it may go on, to no effect. */
  terminate(reason?: string): Promise<void>;
}

/** What a handle to an operation gives: a definition means its output. */
export type NexusOperationHandleResult<T> = T extends nexus.OperationDefinition<Any, infer O> ? O : T;

/**
 * Starts the operations of one service at one endpoint. They are named by their definitions, or by their keys in the service.
 *
 * @experimental
 */
export interface NexusServiceClient<T extends nexus.ServiceDefinition> {
  readonly endpoint: string;
  readonly service: T;
  /**
   * Resolves once it is certain that the operation is started. Rejects with `NexusOperationAlreadyStartedError` when its ID is taken and
   * the policies say so, with `NexusOperationNotFoundError` when there is no such endpoint.
   */
  startOperation<Op extends T['operations'][keyof T['operations']]>(
    operation: Op,
    input: nexus.OperationInput<Op>,
    options: StartNexusOperationOptions,
  ): Promise<NexusOperationHandle<nexus.OperationOutput<Op>>>;
  startOperation<K extends nexus.OperationKey<T['operations']>>(
    op: K,
    input: nexus.OperationInput<T['operations'][K]>,
    options: StartNexusOperationOptions,
  ): Promise<NexusOperationHandle<nexus.OperationOutput<T['operations'][K]>>>;
  /** Starts an operation and waits for its result. Rejects with `NexusOperationFailureError` when it did not complete. */
  executeOperation<Op extends T['operations'][keyof T['operations']]>(
    operation: Op,
    input: nexus.OperationInput<Op>,
    options: StartNexusOperationOptions,
  ): Promise<nexus.OperationOutput<Op>>;
  executeOperation<K extends nexus.OperationKey<T['operations']>>(
    op: K,
    input: nexus.OperationInput<T['operations'][K]>,
    options: StartNexusOperationOptions,
  ): Promise<nexus.OperationOutput<T['operations'][K]>>;
}

/** The calls behind clients and handles, each through its interceptors. */
export type NexusHandlers = Required<{ [K in keyof NexusClientInterceptor]: (input: Any) => Any }>;

export function createNexusOperationHandle<O>(
  client: NexusClient,
  handlers: NexusHandlers,
  of: { operationId: string; runId?: string | undefined; outputType?: TypeInfo | undefined },
): NexusOperationHandle<O> {
  const { operationId, runId, outputType } = of;
  if (!operationId) throw new TypeError('operationId is required');
  const one = withoutUndefined({ operationId, runId: runId || undefined });
  // An end is for good; anything else may be asked again.
  let ended: Promise<O> | undefined;
  return {
    ...one,
    client,
    async result() {
      if (ended !== undefined) return ended;
      const result: Promise<O> = handlers.getResult(withoutUndefined({ ...one, outputType }));
      try {
        const value = await result;
        ended = result;
        return value;
      } catch (error) {
        if (error instanceof NexusOperationFailureError) ended = result;
        throw error;
      }
    },
    describe: async () => handlers.describe(one),
    cancel: async (reason) => handlers.cancel(withoutUndefined({ ...one, reason })),
    terminate: async (reason) => handlers.terminate(withoutUndefined({ ...one, reason })),
  };
}
