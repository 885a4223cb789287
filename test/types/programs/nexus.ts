/** Nexus: contracts of nexus-rpc, calls from workflows, handlers, workers, endpoints of test environments. */
import type { NexusOperationFailure } from '@temporalio/common';
import {
  getClient,
  log,
  metricMeter,
  operationInfo,
  startWorkflow,
  WorkflowRunOperationHandler,
} from '@temporalio/nexus';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { NexusInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import {
  createNexusServiceClient,
  NexusOperationCancellationType,
  type NexusOperationHandle,
  type NexusServiceClient,
  type StartNexusOperationOptions,
} from '@temporalio/workflow';
import * as nexus from 'nexus-rpc';
import type { Equal, Expect } from './expect';

interface Order {
  id: string;
}
const shop = nexus.service('shop', {
  quote: nexus.operation<{ item: string }, number>(),
  ship: nexus.operation<Order, string>({ name: 'ship-it' }),
});

export async function caller(): Promise<void> {
  const client = createNexusServiceClient({ endpoint: 'shop', service: shop });
  type _Client = Expect<Equal<typeof client, NexusServiceClient<typeof shop>>>;
  const options: Partial<StartNexusOperationOptions> = {
    scheduleToCloseTimeout: '1 minute',
    scheduleToStartTimeout: 500,
    startToCloseTimeout: '1s',
    cancellationType: NexusOperationCancellationType.WAIT_CANCELLATION_REQUESTED,
    summary: 'a quote',
  };
  const price = await client.executeOperation('quote', { item: 'x' }, options);
  type _Price = Expect<Equal<typeof price, number>>;
  const byDefinition = await client.executeOperation(shop.operations.ship, { id: '1' });
  type _ByDefinition = Expect<Equal<typeof byDefinition, string>>;
  const handle = await client.startOperation('ship', { id: '1' });
  type _Handle = Expect<Equal<typeof handle, NexusOperationHandle<string>>>;
  type _Token = Expect<Equal<typeof handle.token, string | undefined>>;
  const result = await handle.result();
  type _Result = Expect<Equal<typeof result, string>>;

  // @ts-expect-error TS2769: no operation of the service
  await client.executeOperation('refund', { id: '1' });
  // @ts-expect-error TS2769: an input of another type
  await client.executeOperation('quote', { item: 1 });
  // @ts-expect-error TS2769: no such cancellation type
  await client.startOperation('quote', { item: 'x' }, { cancellationType: 'NEVER' });
}

async function shipOrder(order: Order): Promise<string> {
  return order.id;
}

const handler = nexus.serviceHandler(shop, {
  quote: async (ctx, { item }) => {
    type _Request = Expect<Equal<typeof ctx.requestId, string>>;
    const { namespace, taskQueue } = operationInfo();
    log.info('quote', { item, namespace, taskQueue });
    metricMeter.createCounter('quotes').add(1);
    await getClient().workflow.getHandle('x').describe();
    return 1;
  },
  ship: new WorkflowRunOperationHandler<Order, string>(async (ctx, order) =>
    startWorkflow(ctx, shipOrder, { args: [order], workflowId: order.id }),
  ),
});

const watching: NexusInterceptorsFactory = (ctx) => ({
  inbound: {
    startOperation: async (input, next) => {
      type _Input = Expect<Equal<typeof input.input, unknown>>;
      return next({ ...input, input: ctx.operation });
    },
    cancelOperation: async (input, next) => {
      type _Token = Expect<Equal<typeof input.token, string>>;
      await next(input);
    },
  },
  outbound: { getLogAttributes: (input, next) => next({ ...input, operation: ctx.operation }) },
});

export const options: WorkerOptions = {
  taskQueue: 'shop',
  nexusServices: [handler],
  maxConcurrentNexusTaskExecutions: 5,
  maxConcurrentNexusTaskPolls: 2,
  interceptors: { nexus: [watching] },
};

export async function endpoints(env: TestWorkflowEnvironment): Promise<void> {
  const endpoint = await env.createNexusEndpoint('shop', 'shop');
  type _Id = Expect<Equal<typeof endpoint.id, string>>;
  await env.deleteNexusEndpoint(endpoint);
  await env.deleteNexusEndpoint({ id: endpoint.id, version: endpoint.version });
}

export function shown(failure: NexusOperationFailure): string {
  type _Token = Expect<Equal<typeof failure.operationToken, string | undefined>>;
  return `${failure.endpoint}/${failure.service}/${failure.operation}: ${failure.cause?.message}`;
}
