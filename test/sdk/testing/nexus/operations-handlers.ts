/** Their handlers. */
import * as nexus from 'nexus-rpc';
import { TemporalOperationHandler, TemporalOperationResult } from 'perdure/nexus';
import type * as activities from './operations-activities.ts';
import { desk, type ToCharge, type ToUpdate } from './operations-service.ts';
import { approve, note, noted, type order } from './operations-workflows.ts';

export const cancelledUpdates: object[] = [];
/** What the handlers were told of their callers, and what they told back. */
export const linksSeen: { inbound: string[]; outbound: string[] }[] = [];

const startApproval = new TemporalOperationHandler<ToUpdate, string>({
  start: async (ctx, client, { workflowId, updateId, how }) => {
    const handle = client.getWorkflowHandle(workflowId);
    const started = await handle.update(approve, { args: [how], ...(updateId && { updateId }) });
    linksSeen.push({
      inbound: ctx.inboundLinks.map(({ url }) => `${url}`),
      outbound: ctx.outboundLinks.map(({ url }) => `${url}`),
    });
    return started;
  },
  cancelWorkflowUpdate: async (_ctx, options) => {
    cancelledUpdates.push(options);
  },
});

export const deskHandler = nexus.serviceHandler(desk, {
  approve: startApproval,
  approveForGood: new TemporalOperationHandler<ToUpdate, string>({
    start: (_ctx, client, { workflowId, how }) =>
      client.getWorkflowHandle(workflowId).update(approve, { args: [how] }),
  }),
  charge: new TemporalOperationHandler<ToCharge, string>({
    start: (_ctx, client, { activityId, how }) =>
      client.typedActivity<typeof activities>().startActivity('charge', {
        id: activityId,
        args: [how],
        startToCloseTimeout: '1 hour',
        heartbeatTimeout: '1 minute',
        retry: { maximumAttempts: 1 },
        idConflictPolicy: 'USE_EXISTING',
      }),
  }),
  open: new TemporalOperationHandler<string, string>({
    start: (_ctx, client, workflowId) =>
      client.startWorkflow<typeof order>('order', { workflowId, args: [] }),
  }),
  answer: new TemporalOperationHandler<string, string>({
    start: async (_ctx, client, name) => {
      const { client: plain } = client;
      return TemporalOperationResult.sync(`${name} of ${plain.options.namespace}`);
    },
  }),
  twice: new TemporalOperationHandler<string, string>({
    start: async (_ctx, client, workflowId) => {
      await client.startWorkflow<typeof order>('order', { workflowId, args: [] });
      return client.getWorkflowHandle(workflowId).update(approve, { args: ['at once'] });
    },
  }),
  tell: new TemporalOperationHandler<string, string>({
    start: async (ctx, client, workflowId) => {
      await client.signalWithStartWorkflow<typeof order, [string]>('order', {
        workflowId,
        args: [],
        signal: note,
        signalArgs: ['first'],
      });
      const handle = client.getWorkflowHandle(workflowId);
      await handle.signal(note, 'second');
      const notes = await handle.query(noted);
      linksSeen.push({
        inbound: ctx.inboundLinks.map(({ url }) => `${url}`),
        outbound: ctx.outboundLinks.map(({ url }) => `${url}`),
      });
      return TemporalOperationResult.sync(notes.join(', '));
    },
  }),
});
