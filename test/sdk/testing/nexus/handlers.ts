/** The handlers of the service, as a worker is given them. */
import * as nexus from 'nexus-rpc';
import {
  getClient,
  log,
  metricMeter,
  operationInfo,
  startWorkflow,
  WorkflowRunOperationHandler,
} from 'perdure/nexus';
import { type Shipment, shop } from './service.ts';
import type { shipment } from './workflows.ts';

const attempts = new Map<string, number>();
export const cancelsOfStubborn: string[] = [];

export const shopHandler = nexus.serviceHandler(shop, {
  hello: async (_ctx, name) => `Hello, ${name}!`,
  end: async (_ctx, state) => {
    throw new nexus.OperationError(state, `it has ${state}`, { cause: new Error('deep down') });
  },
  flaky: async (ctx, { key, failures }) => {
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    log.debug('flaky', { requestId: ctx.requestId });
    if (attempt <= failures) throw new nexus.HandlerError('UNAVAILABLE', 'not yet');
    return attempt;
  },
  refuse: async (_ctx, type) => {
    throw new nexus.HandlerError(type, 'never');
  },
  where: async (ctx) => {
    metricMeter.createCounter('asked').add(1);
    return { ...operationInfo(), header: ctx.headers['X-Caller'] ?? '' };
  },
  ship: new WorkflowRunOperationHandler<Shipment, string>((ctx, order) =>
    startWorkflow<typeof shipment>(ctx, 'shipment', {
      args: [order],
      workflowId: `ship-${order.orderId}`,
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  ),
  stubborn: {
    async start(_ctx, id) {
      await getClient()
        .workflow.getHandle('nobody')
        .describe()
        .catch(() => undefined);
      return nexus.HandlerStartOperationResult.async(`token of ${id}`);
    },
    async cancel(_ctx, token) {
      cancelsOfStubborn.push(token);
    },
  },
});
