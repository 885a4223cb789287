/** Options of workflow definitions and of activities. */

import { setActivityOptions } from '@temporalio/activity';
import { ApplicationFailure, setWorkflowOptions, type WorkflowDefinitionOptions } from './definitions';
import type { Equal, Expect } from './expect';

export async function pinned(name: string): Promise<string> {
  return name;
}
setWorkflowOptions(
  { versioningBehavior: 'PINNED', failureExceptionTypes: [TypeError, ApplicationFailure] },
  pinned,
);
setWorkflowOptions(() => ({ versioningBehavior: 'AUTO_UPGRADE' }), pinned);
export default async function dynamic(...args: unknown[]): Promise<unknown> {
  return args;
}
setWorkflowOptions({}, dynamic);
type _Behavior = Expect<
  Equal<WorkflowDefinitionOptions['versioningBehavior'], 'PINNED' | 'AUTO_UPGRADE' | undefined>
>;
setActivityOptions({}, async (n: number) => n);

// @ts-expect-error TS2322: behaviours have names
setWorkflowOptions({ versioningBehavior: 'LATEST' }, pinned);
// @ts-expect-error TS2554: options belong to a workflow
setWorkflowOptions({});
// @ts-expect-error TS2345: which is a function
setWorkflowOptions({}, 'pinned');
