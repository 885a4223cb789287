/** Types that generic code over workflows and activities is written with. */

import type { Client } from '@temporalio/client';
import type {
  ActivityFunction,
  ActivityInterface,
  UntypedActivities,
  WithWorkflowArgs,
  Workflow,
  WorkflowQueryType,
  WorkflowResultType,
  WorkflowReturnType,
  WorkflowSignalType,
} from '@temporalio/common';
import { executeChild, proxyActivities } from '@temporalio/workflow';
import type { Equal, Expect, Extends } from './expect';

async function order(id: string): Promise<{ total: number }> {
  return { total: id.length };
}

type _Result = Expect<Equal<WorkflowResultType<typeof order>, { total: number }>>;
type _Workflow = Expect<Extends<typeof order, Workflow>>;
type _NotAWorkflow = Expect<Equal<Extends<() => number, Workflow>, false>>;
type _Activity = Expect<Extends<(n: number) => Promise<string>, ActivityFunction>>;
type _Interface = Expect<Extends<{ a(): Promise<void> }, ActivityInterface>>;
type _Untyped = Expect<Extends<{ a: () => Promise<void> }, UntypedActivities>>;
type _Signal = Expect<Extends<(n: number) => void, WorkflowSignalType>>;
type _Query = Expect<Extends<() => number, WorkflowQueryType>>;
type _Return = Expect<Extends<Promise<number>, WorkflowReturnType>>;
type _With = Expect<
  Extends<{ memo: string; args: [string] }, WithWorkflowArgs<typeof order, { memo: string }>>
>;
type _Without = Expect<
  Equal<Extends<{ memo: string }, WithWorkflowArgs<typeof order, { memo: string }>>, false>
>;

export async function runAny<T extends Workflow>(client: Client, workflow: T, ...args: Parameters<T>) {
  const handle = await client.workflow.start<Workflow>(workflow, { workflowId: 'w', taskQueue: 'q', args });
  return (await handle.result()) as WorkflowResultType<T>;
}
export async function runChild<T extends (...args: string[]) => Promise<number>>(child: T): Promise<number> {
  return executeChild<Workflow>(child, { args: ['a'] });
}
export function scoped<A extends ActivityInterface>(queue: string) {
  return proxyActivities<A>({ taskQueue: queue, startToCloseTimeout: '1m' });
}
const { send } = scoped<{ send(to: string): Promise<boolean> }>('mail');
type _Send = Expect<Equal<ReturnType<typeof send>, Promise<boolean>>>;
// @ts-expect-error TS2344: a workflow is asynchronous
type _Sync = WorkflowResultType<() => number>;
