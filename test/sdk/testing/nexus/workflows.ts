/** Workflows that call operations, and one that stands for an operation. */

import * as nexus from 'nexus-rpc';
import { NexusOperationFailure } from 'perdure/common';
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  createNexusServiceClient,
  defineSignal,
  isCancellation,
  type NexusOperationCancellationType,
  setHandler,
  sleep,
  type WorkflowInterceptors,
} from 'perdure/workflow';
import { type Shipment, shop } from './service.ts';

export async function callsHello(endpoint: string, name: string): Promise<string> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  return await client.executeOperation('hello', name, {
    scheduleToCloseTimeout: '1 minute',
    summary: 'greet',
  });
}

export async function startsHello(endpoint: string): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  const handle = await client.startOperation(shop.operations.hello, 'you');
  return {
    service: handle.service,
    operation: handle.operation,
    token: handle.token,
    result: await handle.result(),
  };
}

/** What a failed operation looks like from here. */
function shown(error: unknown): unknown {
  if (!(error instanceof NexusOperationFailure)) throw error;
  const { message, endpoint, service, operation, operationToken, cause } = error;
  const isHandlerError = cause instanceof nexus.HandlerError;
  return {
    message,
    endpoint,
    service,
    operation,
    hasToken: Boolean(operationToken),
    isCancellation: isCancellation(error),
    cause: cause && {
      name: cause.name,
      message: cause.message,
      inner: (cause.cause as Error | undefined)?.message,
    },
    ...(isHandlerError && { handlerError: { type: cause.type, retryable: cause.retryable } }),
  };
}

export async function callsEnd(endpoint: string, state: 'failed' | 'canceled'): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  return client.executeOperation('end', state).catch(shown);
}

export async function callsRefuse(endpoint: string, type: 'BAD_REQUEST' | 'NOT_FOUND'): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  return client.executeOperation('refuse', type).catch(shown);
}

export async function callsFlaky(endpoint: string, key: string, failures: number): Promise<number> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  return client.executeOperation('flaky', { key, failures });
}

export async function callsWhere(endpoint: string): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  return client.executeOperation('where', undefined);
}

/** With an endpoint that may not be there. */
export async function callsWithTimeout(endpoint: string): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  return client.executeOperation('hello', 'x', { scheduleToCloseTimeout: '30 seconds' }).catch(shown);
}

export async function orders(endpoint: string, order: Shipment): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  const handle = await client.startOperation('ship', order);
  const result = await handle.result().catch(shown);
  return { hasToken: Boolean(handle.token), result };
}

export async function shipment({ orderId, how }: Shipment, step = 0): Promise<string> {
  if (how === 'fails') throw ApplicationFailure.nonRetryable(`no stock for ${orderId}`);
  if (how === 'never') await condition(() => false);
  if (how === 'in steps' && step < 2) await continueAsNew<typeof shipment>({ orderId, how }, step + 1);
  await sleep('1 hour');
  return `shipped ${orderId} in step ${step}`;
}

/** Cancels an operation once it has started, and says what it then sees. */
export async function cancels(
  endpoint: string,
  operation: 'ship' | 'stubborn',
  cancellationType: NexusOperationCancellationType,
): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  const scope = new CancellationScope();
  const options = { cancellationType };
  const handle = await scope.run(() =>
    operation === 'ship'
      ? client.startOperation('ship', { orderId: `c-${cancellationType}`, how: 'never' }, options)
      : client.startOperation('stubborn', cancellationType, options),
  );
  scope.cancel();
  return handle.result().catch(shown);
}

export const go = defineSignal('go');

/** Cancels an operation of which nobody has heard yet. */
export async function cancelsUnheard(
  endpoint: string,
  cancellationType: NexusOperationCancellationType,
): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  const scope = new CancellationScope();
  let isTold = false;
  setHandler(go, () => {
    isTold = true;
  });
  const started = scope
    .run(() => client.startOperation('hello', 'nobody', { cancellationType }))
    .catch(shown);
  await condition(() => isTold);
  scope.cancel();
  return started;
}

/** Cancels before the command has been sent. */
export async function cancelsAtOnce(endpoint: string): Promise<unknown> {
  const client = createNexusServiceClient({ endpoint, service: shop });
  const scope = new CancellationScope();
  const started = scope.run(() => client.startOperation('hello', 'nobody'));
  scope.cancel();
  const first = await started.catch(shown);
  const second = await scope
    .run(() => client.startOperation('hello', 'nobody'))
    .catch((error: unknown) => {
      if (!(error instanceof CancelledFailure)) throw error;
      return error.name;
    });
  return [first, second];
}

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startNexusOperation: (input, next) =>
        next({ ...input, headers: { ...input.headers, 'x-caller': 'a workflow' } }),
    },
  ],
});
