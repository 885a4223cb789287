/** A Nexus service, and what serves it: the Worker under test, or a worker of the test environment. */
import * as nexus from 'nexus-rpc';
import { startWorkflow, WorkflowRunOperationHandler } from 'perdure/nexus';
import type * as workflows from './workflows.ts';

export const till = nexus.service('till', {
  hello: nexus.operation<string, string>(),
  nothing: nexus.operation<void, void>(),
  end: nexus.operation<'failed' | 'canceled', string>(),
  /** Succeeds at the attempt of this number. */
  flaky: nexus.operation<{ key: string; at: number }, number>(),
  refuse: nexus.operation<void, string>({ name: 'refuse-it' }),
  told: nexus.operation<void, { requestId: string; trace: string }>(),
  /** Takes until the workflow of this ID is closed by signal. */
  tally: nexus.operation<string, number>(),
  breaks: nexus.operation<string, void>(),
});

const attempts = new Map<string, number>();

export const tillHandler = nexus.serviceHandler(till, {
  hello: async (_ctx, name) => `Hello, ${name}!`,
  nothing: async () => undefined,
  end: async (_ctx, state) => {
    throw new nexus.OperationError(state, `it has ${state}`);
  },
  flaky: async (_ctx, { key, at }) => {
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    if (attempt < at) throw new nexus.HandlerError('UNAVAILABLE', 'not yet');
    return attempt;
  },
  refuse: async () => {
    throw new nexus.HandlerError('BAD_REQUEST', 'never');
  },
  told: async (ctx) => ({ requestId: ctx.requestId, trace: ctx.headers['x-trace'] ?? '' }),
  tally: new WorkflowRunOperationHandler<string, number>((ctx, workflowId) =>
    startWorkflow<typeof workflows.tally>(ctx, 'tally', { args: [7], workflowId }),
  ),
  breaks: new WorkflowRunOperationHandler<string, void>((ctx, workflowId) =>
    startWorkflow<typeof workflows.failsForGood>(ctx, 'failsForGood', { workflowId }),
  ),
});
