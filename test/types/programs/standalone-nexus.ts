/** Nexus operations without a workflow: service clients, handles, lists, interceptors, errors. */
import type {
  Client,
  ClientInterceptors,
  DescribeNexusOperationOptions,
  GetNexusOperationHandleOptions,
  ListNexusOperationsOptions,
  LoadedNexusClientOptions,
  NexusClientInterceptor,
  NexusClientOptions,
  NexusOperationExecution,
  NexusOperationExecutionCancellationInfo,
  NexusOperationExecutionCount,
  NexusOperationExecutionCountGroup,
  NexusOperationExecutionDescription,
  NexusOperationHandle,
  NexusServiceClient,
  StartNexusOperationInput,
  StartNexusOperationOptions,
} from '@temporalio/client';
import {
  decodeNexusOperationCancellationState,
  decodeNexusOperationExecutionStatus,
  decodeNexusOperationIdConflictPolicy,
  decodeNexusOperationIdReusePolicy,
  decodePendingNexusOperationState,
  encodeNexusOperationCancellationState,
  encodeNexusOperationExecutionStatus,
  encodeNexusOperationIdConflictPolicy,
  encodeNexusOperationIdReusePolicy,
  encodePendingNexusOperationState,
  NexusClient,
  NexusOperationAlreadyStartedError,
  type NexusOperationCancellationState,
  NexusOperationExecutionStatus,
  NexusOperationFailureError,
  NexusOperationIdConflictPolicy,
  NexusOperationIdReusePolicy,
  NexusOperationNotFoundError,
  PendingNexusOperationState,
} from '@temporalio/client';
import type { TypedSearchAttributes } from '@temporalio/common';
import * as nexus from 'nexus-rpc';
import type { Equal, Expect } from './expect';

const shop = nexus.service('shop', {
  quote: nexus.operation<{ item: string }, number>(),
  ship: nexus.operation<string, Date>({ name: 'ship-it' }),
});

const options: StartNexusOperationOptions = {
  id: 'quote-1',
  scheduleToCloseTimeout: '1 minute',
  scheduleToStartTimeout: 500,
  startToCloseTimeout: '1s',
  summary: 'a quote',
  idReusePolicy: 'REJECT_DUPLICATE',
  idConflictPolicy: NexusOperationIdConflictPolicy.USE_EXISTING,
  searchAttributes: [],
  headers: { trace: 'abc' },
};

export async function program(client: Client): Promise<void> {
  type _Client = Expect<Equal<Client['nexus'], NexusClient>>;
  const orders = client.nexus.createServiceClient({ endpoint: 'shop', service: shop });
  type _Orders = Expect<Equal<typeof orders, NexusServiceClient<typeof shop>>>;
  type _Service = Expect<Equal<typeof orders.service, typeof shop>>;
  const handle = await orders.startOperation('quote', { item: 'shoe' }, options);
  type _Handle = Expect<Equal<typeof handle, NexusOperationHandle<number>>>;
  const shipped = await orders.executeOperation(shop.operations.ship, 'order-1', options);
  type _Shipped = Expect<Equal<typeof shipped, Date>>;
  const byKey = await orders.executeOperation('ship', 'order-1', { id: 'ship-1' });
  type _ByKey = Expect<Equal<typeof byKey, Date>>;

  // @ts-expect-error TS2769: an ID is required
  await orders.startOperation('quote', { item: 'shoe' }, {});
  // @ts-expect-error TS2554: and options, then
  await orders.startOperation('quote', { item: 'shoe' });
  // @ts-expect-error TS2769: policies have names
  await orders.startOperation('quote', { item: 'shoe' }, { id: 'x', idReusePolicy: 'SOMETIMES' });
  // @ts-expect-error TS2769: inputs are checked
  await orders.executeOperation('quote', 'shoe', options);
  // @ts-expect-error TS2769: there is no such operation
  await orders.executeOperation('refund', 'order-1', options);
}

export async function handles(client: NexusClient): Promise<void> {
  const of: GetNexusOperationHandleOptions = { runId: 'run', typeInfo: {} };
  const byResult = client.getHandle<number>('quote-1', of);
  type _ByResult = Expect<Equal<typeof byResult, NexusOperationHandle<number>>>;
  const byDefinition = client.getHandle<typeof shop.operations.ship>('ship-1');
  type _ByDefinition = Expect<Equal<typeof byDefinition, NexusOperationHandle<Date>>>;
  const unknown = client.getHandle('quote-1');
  type _Unknown = Expect<Equal<Awaited<ReturnType<typeof unknown.result>>, unknown>>;
  type _Run = Expect<Equal<typeof unknown.runId, string | undefined>>;
  type _Client = Expect<Equal<typeof unknown.client, NexusClient>>;
  await byResult.cancel();
  await byResult.cancel('enough');
  await byResult.terminate();
  await byResult.terminate('enough');
  const asked: DescribeNexusOperationOptions = {};
  const description = await byResult.describe(asked);
  type _Description = Expect<Equal<typeof description, NexusOperationExecutionDescription>>;
  type _Status = Expect<Equal<typeof description.status, NexusOperationExecutionStatus | undefined>>;
  type _State = Expect<Equal<typeof description.state, PendingNexusOperationState | undefined>>;
  type _Attempt = Expect<Equal<typeof description.attempt, number>>;
  type _Timeout = Expect<Equal<typeof description.scheduleToCloseTimeout, number | undefined>>;
  type _Close = Expect<Equal<typeof description.closeTime, Date | undefined>>;
  type _Failure = Expect<Equal<typeof description.lastAttemptFailure, Error | undefined>>;
  type _Request = Expect<Equal<typeof description.requestId, string>>;
  type _Token = Expect<Equal<typeof description.operationToken, string | undefined>>;
  type _Attributes = Expect<Equal<typeof description.searchAttributes, TypedSearchAttributes>>;
  type _Cancellation = Expect<
    Equal<typeof description.cancellationInfo, NexusOperationExecutionCancellationInfo | undefined>
  >;
  type _Reason = Expect<Equal<NexusOperationExecutionCancellationInfo['reason'], string>>;
  type _Cancel = Expect<
    Equal<NexusOperationExecutionCancellationInfo['state'], NexusOperationCancellationState | undefined>
  >;
  const summary = await description.staticSummary();
  type _Summary = Expect<Equal<typeof summary, string | undefined>>;
  void description.raw.endpoint;

  // @ts-expect-error TS2540: a description is read
  description.attempt = 2;
}

export async function lists(client: NexusClient): Promise<void> {
  const which: ListNexusOperationsOptions = { query: "Service = 'shop'", pageSize: 10 };
  for await (const info of client.list(which)) {
    type _Info = Expect<Equal<typeof info, NexusOperationExecution>>;
    type _Run = Expect<Equal<typeof info.runId, string>>;
    type _Duration = Expect<Equal<typeof info.executionDuration, number | undefined>>;
  }
  client.list();
  const count = await client.count();
  type _Count = Expect<Equal<typeof count, NexusOperationExecutionCount>>;
  type _Groups = Expect<Equal<typeof count.groups, readonly NexusOperationExecutionCountGroup[]>>;
  await client.count('GROUP BY ExecutionStatus');
}

const interceptor: NexusClientInterceptor = {
  async startOperation(input, next) {
    type _Input = Expect<Equal<typeof input, StartNexusOperationInput>>;
    return await next({ ...input, headers: { ...input.headers, trace: 'abc' } });
  },
  async getResult(input, next) {
    const result = await next({ ...input, operationId: input.operationId });
    type _Result = Expect<Equal<typeof result, unknown>>;
    return result;
  },
  describe: (input, next) => next(input),
  cancel: (input, next) => next({ ...input, reason: `${input.reason}` }),
  terminate: (input, next) => next({ ...input, reason: `${input.reason}` }),
  list: (input, next) => next({ ...input, query: `${input.query}` }),
  count: (input, next) => next({ ...input, query: `${input.query}` }),
};
export const interceptors: ClientInterceptors = { nexus: [interceptor] };
export const clientOptions: NexusClientOptions = { namespace: 'other', interceptors: [interceptor] };

export function clients(): NexusClient {
  const client = new NexusClient(clientOptions);
  type _Options = Expect<Equal<typeof client.options, LoadedNexusClientOptions>>;
  type _Namespace = Expect<Equal<typeof client.options.namespace, string>>;
  return client;
}

export function errors(err: unknown): string | undefined {
  if (err instanceof NexusOperationFailureError) {
    type _Cause = Expect<Equal<typeof err.cause, Error>>;
    return err.cause.message;
  }
  if (err instanceof NexusOperationNotFoundError) return err.operationId;
  if (err instanceof NexusOperationAlreadyStartedError) return err.runId;
  return undefined;
}

export function enums(): void {
  const status = decodeNexusOperationExecutionStatus(encodeNexusOperationExecutionStatus('TIMED_OUT'));
  type _Status = Expect<Equal<typeof status, NexusOperationExecutionStatus | undefined>>;
  const reuse = decodeNexusOperationIdReusePolicy(
    encodeNexusOperationIdReusePolicy(NexusOperationIdReusePolicy.REJECT_DUPLICATE),
  );
  type _Reuse = Expect<Equal<typeof reuse, NexusOperationIdReusePolicy | undefined>>;
  const conflict = decodeNexusOperationIdConflictPolicy(
    encodeNexusOperationIdConflictPolicy('NEXUS_OPERATION_ID_CONFLICT_POLICY_FAIL'),
  );
  type _Conflict = Expect<Equal<typeof conflict, NexusOperationIdConflictPolicy | undefined>>;
  const state = decodePendingNexusOperationState(
    encodePendingNexusOperationState(PendingNexusOperationState.BACKING_OFF),
  );
  type _State = Expect<Equal<typeof state, PendingNexusOperationState | undefined>>;
  const cancel = decodeNexusOperationCancellationState(encodeNexusOperationCancellationState('SUCCEEDED'));
  type _Cancel = Expect<Equal<typeof cancel, NexusOperationCancellationState | undefined>>;
  void NexusOperationExecutionStatus.CANCELED;
}
