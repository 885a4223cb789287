import * as nexus from 'nexus-rpc';
import { startWorkflow, WorkflowRunOperationHandler } from 'perdure/nexus';
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
});
