/** The client: start, execute and their options, typed by the workflow. */
import {
  Client,
  WorkflowClient,
  type WorkflowHandleWithFirstExecutionRunId,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { Equal, Expect, IsAny } from './expect';

async function order(id: string, amount: number): Promise<{ total: number }> {
  return { total: amount + id.length };
}
async function ping(): Promise<string> {
  return 'pong';
}
async function maybe(limit?: number): Promise<number> {
  return limit ?? 0;
}

export async function program(client: Client): Promise<void> {
  const handle = await client.workflow.start(order, {
    workflowId: 'order-1',
    taskQueue: 'orders',
    args: ['1', 2],
  });
  type _Handle = Expect<Equal<typeof handle.firstExecutionRunId, string>>;
  const narrowed: WorkflowHandleWithFirstExecutionRunId<typeof order> = handle;
  void narrowed;
  const result = await handle.result();
  type _Result = Expect<Equal<typeof result, { total: number }>>;
  const executed = await client.workflow.execute(ping, { workflowId: 'p', taskQueue: 'q' });
  type _Executed = Expect<Equal<typeof executed, string>>;
  await client.workflow.start(maybe, { workflowId: 'm', taskQueue: 'q' });
  await client.workflow.start(maybe, { workflowId: 'm', taskQueue: 'q', args: [5] });
  await client.workflow.start('order', { workflowId: 'o', taskQueue: 'q', args: ['1', 2] });
  const untyped = await client.workflow.execute('order', { workflowId: 'o', taskQueue: 'q' });
  type _Untyped = Expect<IsAny<typeof untyped>>;
  const typed = await client.workflow.execute<typeof order>('order', {
    workflowId: 'o',
    taskQueue: 'q',
    args: ['1', 2],
  });
  type _Typed = Expect<Equal<typeof typed, { total: number }>>;
  const resulted = await client.workflow.result<typeof order>('order-1');
  type _Resulted = Expect<Equal<typeof resulted, { total: number }>>;
  await client.workflow.start(ping, {
    workflowId: 'p',
    taskQueue: 'q',
    followRuns: false,
    startDelay: '1 hour',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowExecutionTimeout: '1 day',
    workflowRunTimeout: 5000,
    workflowTaskTimeout: '10s',
    retry: { maximumAttempts: 5, initialInterval: '1s' },
    memo: { note: 'text', deep: { a: 1 } },
    searchAttributes: { CustomIntField: [1], CustomDatetimeField: [new Date()] },
    staticSummary: 'one line',
    staticDetails: 'several\nlines',
    priority: { priorityKey: 1 },
    versioningOverride: 'AUTO_UPGRADE',
    requestEagerStart: false,
  });
  await client.workflow.start(ping, {
    workflowId: 'c',
    taskQueue: 'q',
    cronSchedule: '0 12 * * MON',
    versioningOverride: { pinnedTo: { deploymentName: 'd', buildId: 'b' } },
  });

  // @ts-expect-error TS2345: arguments are required
  await client.workflow.start(order, { workflowId: 'order-1', taskQueue: 'orders' });
  // @ts-expect-error TS2345: a workflow has an ID
  await client.workflow.start(ping, { taskQueue: 'q' });
  // @ts-expect-error TS2345: and a task queue
  await client.workflow.start(ping, { workflowId: 'p' });
  // @ts-expect-error TS2322: an argument of another type
  await client.workflow.start(order, { workflowId: 'o', taskQueue: 'q', args: [1, 2] });
  // @ts-expect-error TS2322: it takes no arguments
  await client.workflow.start(ping, { workflowId: 'p', taskQueue: 'q', args: ['x'] });
  // @ts-expect-error TS2345: a workflow is an async function
  await client.workflow.start((n: number) => n, { workflowId: 'p', taskQueue: 'q', args: [1] });
  // @ts-expect-error TS2322: policies have names
  await client.workflow.start(ping, { workflowId: 'p', taskQueue: 'q', workflowIdReusePolicy: 'NEVER' });
  // @ts-expect-error TS2554: options are required
  await client.workflow.start(ping);
}

export const options: WorkflowStartOptions<typeof order> = {
  workflowId: 'o',
  taskQueue: 'q',
  args: ['1', 2],
};
const frozen = ['1', 2] as const;
export const readonlyArgs: WorkflowStartOptions<typeof order> = {
  workflowId: 'o',
  taskQueue: 'q',
  args: frozen,
};
export const loose: WorkflowStartOptions = { workflowId: 'o', taskQueue: 'q' };
export const alone = new WorkflowClient({ namespace: 'default' });
export const facade = new Client({ namespace: 'default', identity: 'me' });
export const bare = new Client();
export const same: WorkflowClient = facade.workflow;
