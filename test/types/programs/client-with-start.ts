/** signalWithStart and update-with-start. */
import {
  type Client,
  WithStartWorkflowOperation,
  type WorkflowHandleWithSignaledRunId,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

declare function cart(owner: string): Promise<string[]>;
declare function plain(): Promise<void>;
const add = defineSignal<[item: string]>('add');
const clear = defineSignal('clear');
const addAndCount = defineUpdate<number, [item: string]>('addAndCount');

export async function program(client: Client): Promise<void> {
  const handle = await client.workflow.signalWithStart(cart, {
    workflowId: 'cart',
    taskQueue: 'q',
    args: ['me'],
    signal: add,
    signalArgs: ['book'],
  });
  type _Handle = Expect<Equal<typeof handle, WorkflowHandleWithSignaledRunId<typeof cart>>>;
  type _Run = Expect<Equal<typeof handle.signaledRunId, string>>;
  await client.workflow.signalWithStart(plain, { workflowId: 'p', taskQueue: 'q', signal: clear });
  await client.workflow.signalWithStart('cart', {
    workflowId: 'p',
    taskQueue: 'q',
    args: ['x'],
    signal: 'add',
    signalArgs: ['book'],
  });

  const start = new WithStartWorkflowOperation(cart, {
    workflowId: 'cart',
    taskQueue: 'q',
    args: ['me'],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  const count = await client.workflow.executeUpdateWithStart(addAndCount, {
    args: ['book'],
    updateId: 'u',
    startWorkflowOperation: start,
  });
  type _Count = Expect<Equal<typeof count, number>>;
  const update = await client.workflow.startUpdateWithStart(addAndCount, {
    args: ['book'],
    waitForStage: 'ACCEPTED',
    startWorkflowOperation: start,
  });
  type _Update = Expect<Equal<typeof update, WorkflowUpdateHandle<number>>>;
  const started = await start.workflowHandle();
  const outcome = await started.result();
  type _Outcome = Expect<Equal<typeof outcome, string[]>>;

  await client.workflow.signalWithStart(cart, {
    workflowId: 'cart',
    taskQueue: 'q',
    args: ['me'],
    signal: add,
    // @ts-expect-error TS2322: a signal's arguments are checked
    signalArgs: [5],
  });
  // @ts-expect-error TS2345: arguments of the workflow are required
  await client.workflow.signalWithStart(cart, { workflowId: 'c', taskQueue: 'q', signal: clear });
  // @ts-expect-error TS2345: a conflict policy is required
  new WithStartWorkflowOperation(plain, { workflowId: 'p', taskQueue: 'q' });
  // @ts-expect-error TS2345: an operation that starts is required
  await client.workflow.executeUpdateWithStart(addAndCount, { args: ['book'] });
}
