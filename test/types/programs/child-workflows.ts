/** startChild and executeChild: by function or by name, options, handles, signals to children. */
import {
  ChildWorkflowCancellationType,
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
  defineSignal,
  executeChild,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import type { Equal, Expect, IsAny } from './expect';

async function order(id: string, amount: number): Promise<{ id: string; total: number }> {
  return { id, total: amount };
}
async function ping(): Promise<string> {
  return 'pong';
}
async function maybe(limit?: number): Promise<void> {
  void limit;
}
const nudge = defineSignal<[string]>('nudge');

export async function parent(): Promise<void> {
  const result = await executeChild(order, { args: ['1', 2] });
  type _Result = Expect<Equal<typeof result, { id: string; total: number }>>;
  const pong = await executeChild(ping);
  type _Pong = Expect<Equal<typeof pong, string>>;
  await executeChild(ping, { workflowId: 'ping' });
  await executeChild(ping, { args: [] });
  await executeChild(maybe);
  await executeChild(maybe, { args: [5] });
  const byName = await executeChild('order', { args: ['1', 2] });
  type _ByName = Expect<IsAny<typeof byName>>;
  const byTypedName = await executeChild<typeof order>('order', { args: ['1', 2] });
  type _ByTypedName = Expect<Equal<typeof byTypedName, { id: string; total: number }>>;

  const handle = await startChild(order, { args: ['1', 2], parentClosePolicy: ParentClosePolicy.ABANDON });
  type _Handle = Expect<Equal<typeof handle, ChildWorkflowHandle<typeof order>>>;
  type _Id = Expect<Equal<typeof handle.workflowId, string>>;
  type _RunId = Expect<Equal<typeof handle.firstExecutionRunId, string>>;
  const outcome = await handle.result();
  type _Outcome = Expect<Equal<typeof outcome, { id: string; total: number }>>;
  await handle.signal(nudge, 'now');
  await handle.signal('nudge', 'now');
  await startChild('order');

  // @ts-expect-error TS2769: the workflow takes arguments
  await executeChild(order, { workflowId: 'x' });
  // @ts-expect-error TS2769: an argument of another type
  await executeChild(order, { args: [1, 2] });
  // @ts-expect-error TS2769: the workflow takes arguments, so options are required
  await startChild(order);
  // @ts-expect-error TS2769: it takes none
  await startChild(ping, { args: ['extra'] });
  // @ts-expect-error TS2345: a signal's arguments are checked
  await handle.signal(nudge, 5);
  // @ts-expect-error TS2554: a signal's arguments are required
  await handle.signal(nudge);
}

export const options: ChildWorkflowOptions = {
  workflowId: 'id',
  taskQueue: 'queue',
  cancellationType: ChildWorkflowCancellationType.TRY_CANCEL,
  parentClosePolicy: 'REQUEST_CANCEL',
  workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
  workflowExecutionTimeout: '1 day',
  workflowRunTimeout: 3600_000,
  workflowTaskTimeout: '10s',
  retry: { maximumAttempts: 2 },
  cronSchedule: '0 * * * *',
  memo: { note: 'x' },
  searchAttributes: { CustomKeywordField: ['a'] },
  staticSummary: 'summary',
  staticDetails: 'details',
  priority: { priorityKey: 5 },
};
// @ts-expect-error TS2353: a child's conflict policy is not given
export const conflict: ChildWorkflowOptions = { workflowIdConflictPolicy: 'FAIL' };
// @ts-expect-error TS2322: parent close policies are these three
export const policy: ChildWorkflowOptions = { parentClosePolicy: 'KILL' };
