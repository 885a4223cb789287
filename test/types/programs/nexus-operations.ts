/** Operations that workflows, updates and activities stand for: `TemporalOperationHandler` and its client. */
import type { Client } from '@temporalio/client';
import {
  type ActivityOptions,
  type ActivityOptionsFor,
  type CancelActivityOptions,
  type CancelWorkflowRunOptions,
  type CancelWorkflowUpdateOptions,
  type NexusTypedActivityClient,
  type NexusUpdateWorkflowOptions,
  signalWithStartWorkflow,
  startWorkflow,
  type TemporalNexusClient,
  TemporalOperationHandler,
  type TemporalOperationHandlerOptions,
  TemporalOperationResult,
  type TemporalOperationStartHandler,
  type UpdatableWorkflowHandle,
  type WorkflowHandle,
} from '@temporalio/nexus';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import * as nexus from 'nexus-rpc';
import type { Equal, Expect } from './expect';

interface Order {
  id: string;
}
const desk = nexus.service('desk', {
  approve: nexus.operation<Order, string>(),
  charge: nexus.operation<Order, number>(),
  open: nexus.operation<Order, string>(),
});

const approve = defineUpdate<string, [who: string]>('approve');
const reopen = defineUpdate<string>('reopen');
const note = defineSignal<[string]>('note');
const notes = defineQuery<string[]>('notes');

async function order(_order: Order): Promise<string> {
  return 'done';
}
const activities = {
  charge: async (_id: string, amount: number): Promise<number> => amount,
  ping: async (): Promise<void> => undefined,
};

const start: TemporalOperationStartHandler<Order, string> = async (ctx, client, { id }) => {
  type _Request = Expect<Equal<typeof ctx.requestId, string>>;
  type _Inbound = Expect<Equal<typeof ctx.inboundLinks, nexus.Link[]>>;
  type _Outbound = Expect<Equal<typeof ctx.outboundLinks, nexus.Link[]>>;
  type _Client = Expect<Equal<typeof client, TemporalNexusClient>>;
  type _Plain = Expect<Equal<typeof client.client, Client>>;
  const handle = client.getWorkflowHandle<typeof order>(id);
  type _Handle = Expect<Equal<typeof handle, UpdatableWorkflowHandle<string>>>;
  await handle.signal(note, 'seen');
  const seen = await handle.query(notes);
  type _Notes = Expect<Equal<typeof seen, string[]>>;
  const updateOptions: NexusUpdateWorkflowOptions = { updateId: `approve-${id}` };
  const approved = await handle.update(approve, { ...updateOptions, args: ['me'] });
  type _Approved = Expect<Equal<typeof approved, TemporalOperationResult<string>>>;
  const reopened = await handle.update(reopen);
  type _Reopened = Expect<Equal<typeof reopened, TemporalOperationResult<string>>>;

  // @ts-expect-error TS2345: an update with an argument
  await handle.update(approve);
  // @ts-expect-error TS2769: an argument of another type
  await handle.update(approve, { args: [1] });
  // @ts-expect-error TS2769: an argument too many
  await handle.update(reopen, { args: ['more'] });
  return approved;
};

async function others(ctx: nexus.StartOperationContext, client: TemporalNexusClient): Promise<void> {
  const opened = await client.startWorkflow(order, { workflowId: 'o', args: [{ id: 'o' }] });
  type _Opened = Expect<Equal<typeof opened, TemporalOperationResult<string>>>;
  const signalled = await client.signalWithStartWorkflow<typeof order, [string]>(order, {
    workflowId: 'o',
    args: [{ id: 'o' }],
    signal: note,
    signalArgs: ['first'],
  });
  type _Signalled = Expect<Equal<typeof signalled, void>>;

  const options: ActivityOptions = { id: 'a', startToCloseTimeout: '1 minute' };
  const untyped = await client.startActivity<number>('charge', { ...options, taskQueue: 'payments' });
  type _Untyped = Expect<Equal<typeof untyped, TemporalOperationResult<number>>>;
  const typed = client.typedActivity<typeof activities>();
  type _Typed = Expect<Equal<typeof typed, NexusTypedActivityClient<typeof activities>>>;
  const chargeOptions: ActivityOptionsFor<typeof activities, 'charge'> = {
    id: 'a',
    args: ['x', 1],
    scheduleToCloseTimeout: '1 minute',
  };
  const charged = await typed.startActivity('charge', chargeOptions);
  type _Charged = Expect<Equal<typeof charged, TemporalOperationResult<number>>>;
  await typed.startActivity('ping', { id: 'p', startToCloseTimeout: 1000 });

  // @ts-expect-error TS2345: no such activity
  await typed.startActivity('refund', { id: 'r', startToCloseTimeout: 1000 });
  // @ts-expect-error TS2322: an argument of another type
  await typed.startActivity('charge', { id: 'a', args: ['x', 'y'], startToCloseTimeout: 1000 });
  // @ts-expect-error TS2345: an activity is named by an ID
  await client.startActivity('charge', { startToCloseTimeout: 1000 });

  const plain = await startWorkflow(ctx, order, { workflowId: 'o', args: [{ id: 'o' }] });
  type _PlainHandle = Expect<Equal<typeof plain, WorkflowHandle<string>>>;
  // @ts-expect-error TS2339: the workflow stands for the operation already
  await plain.update(approve, { args: ['me'] });
  const alsoPlain = await signalWithStartWorkflow<typeof order, [string]>(ctx, order, {
    workflowId: 'o',
    args: [{ id: 'o' }],
    signal: note,
    signalArgs: ['first'],
  });
  type _AlsoPlain = Expect<Equal<typeof alsoPlain, WorkflowHandle<string>>>;
}

const cancels: TemporalOperationHandlerOptions = {
  cancelWorkflowRun: async (ctx, options) => {
    type _Options = Expect<Equal<typeof options, CancelWorkflowRunOptions>>;
    type _Id = Expect<Equal<typeof options.workflowId, string>>;
    type _Service = Expect<Equal<typeof ctx.service, string>>;
  },
  cancelWorkflowUpdate: async (_ctx, options) => {
    type _Options = Expect<Equal<typeof options, CancelWorkflowUpdateOptions>>;
    type _Run = Expect<Equal<typeof options.runId, string>>;
    type _Update = Expect<Equal<typeof options.updateId, string>>;
  },
  cancelActivity: async (_ctx, options) => {
    type _Options = Expect<Equal<typeof options, CancelActivityOptions>>;
    type _Activity = Expect<Equal<typeof options.activityId, string>>;
  },
};

export const handler = nexus.serviceHandler(desk, {
  approve: new TemporalOperationHandler({ start, ...cancels }),
  charge: new TemporalOperationHandler<Order, number>({
    start: async (ctx, client, { id }) => {
      await others(ctx, client);
      return client.typedActivity<typeof activities>().startActivity('charge', {
        id,
        args: [id, 1],
        startToCloseTimeout: '1 minute',
      });
    },
  }),
  open: new TemporalOperationHandler<Order, string>({
    start: async (_ctx, _client, { id }) =>
      id === 'known' ? TemporalOperationResult.sync('open') : TemporalOperationResult.async<string>(id),
  }),
});

const text: TemporalOperationResult<string> = TemporalOperationResult.sync('x');
// @ts-expect-error TS2322: a result of another type
export const wrong: TemporalOperationResult<number> = text;
