/** list and count. */
import type { Client, CountWorkflowExecution, WorkflowExecutionInfo } from '@temporalio/client';
import type { Equal, Expect } from './expect';

export async function program(client: Client): Promise<void> {
  const list = client.workflow.list({ query: "WorkflowType = 'order'", pageSize: 10 });
  for await (const info of list) {
    type _Info = Expect<Equal<typeof info, WorkflowExecutionInfo>>;
    type _Type = Expect<Equal<typeof info.type, string>>;
    type _Run = Expect<Equal<typeof info.runId, string>>;
    type _Queue = Expect<Equal<typeof info.taskQueue, string>>;
    type _Size = Expect<Equal<typeof info.historySize, number | undefined>>;
    type _Parent = Expect<Equal<NonNullable<typeof info.parentExecution>['workflowId'], string | null>>;
  }
  for await (const { workflowId, history } of list.intoHistories({ concurrency: 5 })) {
    type _Id = Expect<Equal<typeof workflowId, string>>;
    void history;
  }
  const count = await client.workflow.count("ExecutionStatus = 'Running'");
  type _Count = Expect<Equal<typeof count, CountWorkflowExecution>>;
  type _Number = Expect<Equal<typeof count.count, number>>;
  client.workflow.list();
  // @ts-expect-error TS2559: a query goes into options
  client.workflow.list('query');
  // @ts-expect-error TS2345: a query is text
  await client.workflow.count({ query: 'x' });
}
