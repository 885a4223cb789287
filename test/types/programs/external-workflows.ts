/** Handles of workflows elsewhere. */
import { defineSignal, type ExternalWorkflowHandle, getExternalWorkflowHandle } from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

const pay = defineSignal<[amount: number]>('pay');

export async function workflow(): Promise<void> {
  const handle = getExternalWorkflowHandle('other', 'run');
  type _Handle = Expect<Equal<typeof handle, ExternalWorkflowHandle>>;
  type _RunId = Expect<Equal<typeof handle.runId, string | undefined>>;
  type _Id = Expect<Equal<typeof handle.workflowId, string>>;
  await handle.signal(pay, 5);
  await handle.signal('pay', 5);
  const cancelled = await handle.cancel();
  type _Cancelled = Expect<Equal<typeof cancelled, void>>;
  // @ts-expect-error TS2345: a signal's arguments are checked
  await handle.signal(pay, '5');
  // @ts-expect-error TS2339: the result of a workflow elsewhere is not at hand
  await handle.result();
  // @ts-expect-error TS2554: a workflow is named by its ID
  getExternalWorkflowHandle();
}
