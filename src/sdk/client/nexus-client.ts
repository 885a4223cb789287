import type * as nexus from 'nexus-rpc';
import { composeInterceptors } from '../common/interceptors.ts';
import { nexusOperationOf } from '../common/nexus-definition.ts';
import { filterNullAndUndefined } from '../common/objects-helpers.ts';
import { withoutUndefined } from '../common/type-helpers.ts';
import {
  BaseClient,
  type BaseClientOptions,
  type DirectAddress,
  defaultBaseClientOptions,
  type LoadedWithDefaults,
} from './base-client.ts';
import { isGrpcServiceError, ServiceError } from './errors.ts';
import { NexusOperationAlreadyStartedError, NexusOperationNotFoundError } from './nexus-errors.ts';
import {
  createNexusOperationHandle,
  type NexusHandlers,
  type NexusOperationHandle,
  type NexusOperationHandleResult,
  type NexusServiceClient,
} from './nexus-handle.ts';
import type {
  CancelNexusOperationInput,
  CountNexusOperationsInput,
  DescribeNexusOperationInput,
  GetNexusOperationResultInput,
  ListNexusOperationsInput,
  NexusClientInterceptor,
  StartNexusOperationInput,
  TerminateNexusOperationInput,
} from './nexus-interceptors.ts';
import {
  decodeGroupValue,
  decodeListInfo,
  decodeNexusDescription,
  decodeOutcome,
  toStartRequest,
} from './nexus-requests.ts';
import type {
  GetNexusOperationHandleOptions,
  ListNexusOperationsOptions,
  NexusOperationExecution,
  NexusOperationExecutionCount,
  NexusOperationExecutionDescription,
  StartNexusOperationOptions,
} from './nexus-types.ts';
import { pagesOf } from './pages.ts';
import { rethrowKnownErrorTypes } from './rethrow.ts';
import { grpcStatus, RpcError } from './rpc-error.ts';

export interface NexusClientOptions extends BaseClientOptions {
  interceptors?: NexusClientInterceptor[];
}

export type LoadedNexusClientOptions = LoadedWithDefaults<NexusClientOptions>;

interface OfOperation {
  readonly operationId: string;
  readonly runId?: string;
}

/**
 * Runs Nexus operations without a workflow. Made by `Client`, as `client.nexus`.
 *
 * ```ts
 * const orders = client.nexus.createServiceClient({ endpoint: 'shop', service: ordersService });
 * const receipt = await orders.executeOperation('pay', { amount: 5 }, { id: 'pay-1', scheduleToCloseTimeout: '1 minute' });
 * ```
 *
 * @experimental
 */
export class NexusClient extends BaseClient {
  readonly options: LoadedNexusClientOptions;
  readonly #handlers: NexusHandlers;

  constructor(options: NexusClientOptions & DirectAddress = {}) {
    super(options);
    const { interceptors = [], address, tls, apiKey, fetch, ...common } = options;
    this.options = {
      ...defaultBaseClientOptions(),
      interceptors,
      ...filterNullAndUndefined(common),
      loadedDataConverter: this.dataConverter,
    };
    this.#handlers = {
      startOperation: composeInterceptors(interceptors, 'startOperation', this.startHandler.bind(this)),
      getResult: composeInterceptors(interceptors, 'getResult', this.getResultHandler.bind(this)),
      describe: composeInterceptors(interceptors, 'describe', this.describeHandler.bind(this)),
      cancel: composeInterceptors(interceptors, 'cancel', this.cancelHandler.bind(this)),
      terminate: composeInterceptors(interceptors, 'terminate', this.terminateHandler.bind(this)),
      list: composeInterceptors(interceptors, 'list', this.listHandler.bind(this)),
      count: composeInterceptors(interceptors, 'count', this.countHandler.bind(this)),
    };
  }

  /** A client for the operations of a service, at an endpoint that is registered. */
  createServiceClient<T extends nexus.ServiceDefinition>(options: {
    endpoint: string;
    service: T;
  }): NexusServiceClient<T> {
    const { endpoint, service } = options;
    const startOperation = async (
      op: unknown,
      arg: unknown,
      options: StartNexusOperationOptions,
    ): Promise<NexusOperationHandle> => {
      const { name: operation, inputType, outputType } = nexusOperationOf(service, op);
      const of = { endpoint, service: service.name, operation, arg, inputType, outputType };
      return this.#handlers.startOperation(withoutUndefined({ ...options, ...of }));
    };
    const client = {
      endpoint,
      service,
      startOperation,
      executeOperation: async (op: unknown, arg: unknown, options: StartNexusOperationOptions) =>
        (await startOperation(op, arg, options)).result(),
    };
    // Sound: what a definition says of input and output is what its handler takes and gives.
    return client as unknown as NexusServiceClient<T>;
  }

  /** A handle to what need not exist: its methods find out. `T` is what it gives, or the definition of its operation. */
  getHandle<T>(
    operationId: string,
    options: GetNexusOperationHandleOptions = {},
  ): NexusOperationHandle<NexusOperationHandleResult<T>> {
    const { runId, typeInfo } = options;
    const outputType = typeInfo?.outputType;
    return createNexusOperationHandle(this, this.#handlers, { operationId, runId, outputType });
  }

  /**
   * Operations that match a visibility query, open ones first: `Endpoint = 'shop' AND ExecutionStatus = 'Running'`. The index follows
   * a moment behind.
   */
  list({ query, pageSize }: ListNexusOperationsOptions = {}): AsyncIterable<NexusOperationExecution> {
    return this.#handlers.list(withoutUndefined({ query, pageSize }));
  }

  /** How many match; `GROUP BY ExecutionStatus` counts by status. */
  async count(query?: string): Promise<NexusOperationExecutionCount> {
    return this.#handlers.count(withoutUndefined({ query }));
  }

  protected async startHandler(input: StartNexusOperationInput): Promise<NexusOperationHandle> {
    const { id: operationId, outputType } = input;
    const { namespace, identity } = this.options;
    const request = await toStartRequest(input, this.dataConverter, { namespace, identity });
    const { runId } = await this.#send('Failed to start Nexus operation', { operationId }, () =>
      this.connection.gateway.startNexusOperationExecution(request),
    );
    return createNexusOperationHandle(this, this.#handlers, { operationId, runId, outputType });
  }

  /** Asks again as long as the operation is open. */
  protected async getResultHandler({ outputType, ...of }: GetNexusOperationResultInput): Promise<unknown> {
    for (;;) {
      const answer = await this.#send('Failed to poll Nexus operation result', of, () =>
        this.connection.gateway.pollNexusOperationExecution({ ...this.#one(of), waitStage: 'CLOSED' }),
      );
      const outcome = await decodeOutcome(answer, this.dataConverter, outputType);
      if (outcome !== undefined) return outcome.value;
    }
  }

  protected async describeHandler(
    of: DescribeNexusOperationInput,
  ): Promise<NexusOperationExecutionDescription> {
    const response = await this.#send('Failed to describe Nexus operation', of, () =>
      this.connection.gateway.describeNexusOperationExecution(this.#one(of)),
    );
    return decodeNexusDescription(response, this.dataConverter);
  }

  protected async cancelHandler(input: CancelNexusOperationInput): Promise<void> {
    await this.#send('Failed to cancel Nexus operation', input, () =>
      this.connection.gateway.requestCancelNexusOperationExecution(this.#command(input)),
    );
  }

  protected async terminateHandler(input: TerminateNexusOperationInput): Promise<void> {
    await this.#send('Failed to terminate Nexus operation', input, () =>
      this.connection.gateway.terminateNexusOperationExecution(this.#command(input)),
    );
  }

  protected async *listHandler(input: ListNexusOperationsInput): AsyncIterable<NexusOperationExecution> {
    const { namespace } = this.options;
    const pages = pagesOf((next) =>
      this.#send('Failed to list Nexus operations', undefined, () =>
        this.connection.gateway.listNexusOperationExecutions(
          withoutUndefined({ namespace, ...input, ...next }),
        ),
      ),
    );
    for await (const { operations = [] } of pages) {
      for (const info of operations) yield await decodeListInfo(info);
    }
  }

  protected async countHandler({ query }: CountNexusOperationsInput): Promise<NexusOperationExecutionCount> {
    const { namespace } = this.options;
    const request = withoutUndefined({ namespace, query });
    const { count = 0, groups = [] } = await this.#send('Failed to count Nexus operations', undefined, () =>
      this.connection.gateway.countNexusOperationExecutions(request),
    );
    return {
      count,
      groups: groups.map(({ count: of = 0, groupValues = [] }) => ({
        count: of,
        groupValues: groupValues.map(decodeGroupValue),
      })),
    };
  }

  async #send<T>(fallbackMessage: string, of: OfOperation | undefined, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (err) {
      return rethrowNexusError(err, fallbackMessage, of);
    }
  }

  #one({ operationId, runId }: OfOperation) {
    if (!operationId) throw new TypeError('operationId is required');
    const { namespace } = this.options;
    return withoutUndefined({ namespace, operationId, runId: runId || undefined });
  }

  #command({ reason, ...of }: OfOperation & { reason?: string }) {
    const { identity } = this.options;
    const requestId = crypto.randomUUID();
    return withoutUndefined({ ...this.#one(of), identity, requestId, reason: reason || undefined });
  }
}

/** Refusals of the service as the errors that callers of operations catch. */
function rethrowNexusError(err: unknown, fallbackMessage: string, of: OfOperation | undefined): never {
  if (err instanceof TypeError) throw err;
  if (!isGrpcServiceError(err))
    throw new ServiceError('Unexpected error while making gRPC request', { cause: err as Error });
  const known = rethrowKnownErrorTypes(err);
  if (of !== undefined && known.code === grpcStatus.ALREADY_EXISTS)
    throw new NexusOperationAlreadyStartedError(of.operationId, takenBy(known));
  if (of !== undefined && known.code === grpcStatus.NOT_FOUND)
    throw new NexusOperationNotFoundError(of.operationId, of.runId, { cause: known });
  throw new ServiceError(fallbackMessage, { cause: known });
}

/** SNX-5. */
function takenBy(err: unknown): string | undefined {
  const details = err instanceof RpcError ? err.statusDetails : [];
  const detail = details.find(({ type }) => type === 'NexusOperationExecutionAlreadyStartedFailure');
  return detail?.runId === undefined ? undefined : String(detail.runId);
}
