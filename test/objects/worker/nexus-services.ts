import * as nexus from 'nexus-rpc';
import { startWorkflow, TemporalOperationHandler, WorkflowRunOperationHandler } from 'perdure/nexus';
import type * as activities from './activities.ts';
import { shop } from './nexus-contract.ts';

/** How often each was asked. */
export const asked = new Map<string, number>();
const count = (key: string) => {
  asked.set(key, (asked.get(key) ?? 0) + 1);
  return asked.get(key) ?? 0;
};

export const shopHandler = nexus.serviceHandler(shop, {
  hello: async (_ctx, name) => `Hello, ${name}!`,
  flaky: async (_ctx, key) => {
    if (count(key) < 2) throw new Error('not yet');
    return count(key);
  },
  refuse: async () => {
    throw new nexus.HandlerError('BAD_REQUEST', 'never');
  },
  wait: new WorkflowRunOperationHandler<string, string[]>((ctx, workflowId) =>
    startWorkflow(ctx, 'waitForSignals', { args: [1], workflowId }),
  ),
  approve: new TemporalOperationHandler<string, string>({
    start: (_ctx, client, workflowId) =>
      client.getWorkflowHandle(workflowId).update<string, [string]>('approve', { args: ['the shop'] }),
  }),
  charge: new TemporalOperationHandler<string, string>({
    start: (_ctx, client, name) =>
      client.typedActivity<typeof activities>().startActivity('held', {
        id: name,
        args: [name],
        startToCloseTimeout: '1 minute',
        retry: { initialInterval: '50ms' },
      }),
  }),
});
