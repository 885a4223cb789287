import type * as nexus from 'nexus-rpc';
import type { StartNexusOperationOptions } from '../../executor/interceptors.ts';
import { startNexusOperation } from '../../executor/nexus-operations.ts';
import { nexusOperationOf } from '../common/nexus-definition.ts';

/** What cancelling the scope of a Nexus operation does, and when its result rejects because of it. */
export const NexusOperationCancellationType = {
  /** Nothing is sent; the result rejects at once. */
  ABANDON: 'ABANDON',
  /** The request is sent; the result rejects at once. */
  TRY_CANCEL: 'TRY_CANCEL',
  /** The request is sent; the result rejects when it has been delivered. */
  WAIT_CANCELLATION_REQUESTED: 'WAIT_CANCELLATION_REQUESTED',
  /** The request is sent; the result settles as the operation ends. */
  WAIT_CANCELLATION_COMPLETED: 'WAIT_CANCELLATION_COMPLETED',
} as const;
export type NexusOperationCancellationType =
  (typeof NexusOperationCancellationType)[keyof typeof NexusOperationCancellationType];

export interface NexusServiceClientOptions<T> {
  /** The name under which the endpoint is registered. */
  endpoint: string;
  service: T;
}

/** An operation that has been started. */
export interface NexusOperationHandle<T> {
  readonly service: string;
  readonly operation: string;
  /** Set when the operation goes on by itself; one that ended at once has none. */
  readonly token?: string;
  /** Rejects with a `NexusOperationFailure` whose `cause` says why. */
  result(): Promise<T>;
}

/** Calls the operations of one service. They are named by their definitions, or by their keys in the service. */
export interface NexusServiceClient<T extends nexus.ServiceDefinition> {
  /** Starts an operation and waits for its result. */
  executeOperation<O extends T['operations'][keyof T['operations']]>(
    op: O,
    input: nexus.OperationInput<O>,
    options?: Partial<StartNexusOperationOptions>,
  ): Promise<nexus.OperationOutput<O>>;
  executeOperation<K extends nexus.OperationKey<T['operations']>>(
    op: K,
    input: nexus.OperationInput<T['operations'][K]>,
    options?: Partial<StartNexusOperationOptions>,
  ): Promise<nexus.OperationOutput<T['operations'][K]>>;
  /** Resolves once the operation has started, or ended. */
  startOperation<O extends T['operations'][keyof T['operations']]>(
    op: O,
    input: nexus.OperationInput<O>,
    options?: Partial<StartNexusOperationOptions>,
  ): Promise<NexusOperationHandle<nexus.OperationOutput<O>>>;
  startOperation<K extends nexus.OperationKey<T['operations']>>(
    op: K,
    input: nexus.OperationInput<T['operations'][K]>,
    options?: Partial<StartNexusOperationOptions>,
  ): Promise<NexusOperationHandle<nexus.OperationOutput<T['operations'][K]>>>;
}

/**
 * A client for the operations of a Nexus service, which may be served in another namespace.
 *
 * ```ts
 * const orders = createNexusServiceClient({ endpoint: 'shop', service: ordersService });
 * const receipt = await orders.executeOperation('pay', { amount: 5 }, { scheduleToCloseTimeout: '1 minute' });
 * ```
 *
 * An operation is retried until it is answered for good, or one of its timeouts passes: give one, there is none by default. When
 * the caller's scope is cancelled, `cancellationType` decides (default: the cancel is sent, and the end waited for).
 */
export function createNexusServiceClient<T extends nexus.ServiceDefinition>({
  endpoint,
  service,
}: NexusServiceClientOptions<T>): NexusServiceClient<T> {
  const start = async (
    op: unknown,
    input: unknown,
    options: Partial<StartNexusOperationOptions> = {},
  ): Promise<NexusOperationHandle<unknown>> => {
    const definition = nexusOperationOf(service, op);
    const operation = definition.name;
    const { token, result } = await startNexusOperation({
      endpoint,
      service: service.name,
      operation,
      input,
      options: { ...options, cancellationType: options.cancellationType ?? 'WAIT_CANCELLATION_COMPLETED' },
      ...(definition.inputType && { inputType: definition.inputType }),
      ...(definition.outputType && { outputType: definition.outputType }),
    });
    return { service: service.name, operation, ...(token && { token }), result: async () => result };
  };
  const client = {
    startOperation: start,
    executeOperation: async (op: unknown, input: unknown, options?: Partial<StartNexusOperationOptions>) =>
      (await start(op, input, options)).result(),
  };
  // Sound: what a definition says of input and output is what its handler takes and gives.
  return client as unknown as NexusServiceClient<T>;
}
