/** workflowInfo and what else a run knows about itself. */

import type { RetryPolicy } from '@temporalio/common';
import {
  currentUpdateInfo,
  getCurrentDetails,
  inWorkflowContext,
  type ParentWorkflowInfo,
  type RootWorkflowInfo,
  setCurrentDetails,
  type WorkflowInfo,
  workflowInfo,
} from '@temporalio/workflow';
import type { Equal, Expect, Extends } from './expect';

export function program(): void {
  const info = workflowInfo();
  type _Info = Expect<Equal<typeof info, WorkflowInfo>>;
  type _Id = Expect<Equal<typeof info.workflowId, string>>;
  type _Run = Expect<Equal<typeof info.runId, string>>;
  type _First = Expect<Equal<typeof info.firstExecutionRunId, string>>;
  type _Continued = Expect<Equal<typeof info.continuedFromExecutionRunId, string | undefined>>;
  type _Type = Expect<Equal<typeof info.workflowType, string>>;
  type _Parent = Expect<Equal<typeof info.parent, ParentWorkflowInfo | undefined>>;
  type _Root = Expect<Equal<typeof info.root, RootWorkflowInfo | undefined>>;
  type _Memo = Expect<Equal<typeof info.memo, Record<string, unknown> | undefined>>;
  type _LastResult = Expect<Equal<typeof info.lastResult, unknown>>;
  type _LastFailure = Expect<Equal<typeof info.lastFailure, Error | undefined>>;
  type _Length = Expect<Equal<typeof info.historyLength, number>>;
  type _Size = Expect<Equal<typeof info.historySize, number>>;
  type _Suggested = Expect<Equal<typeof info.continueAsNewSuggested, boolean>>;
  type _Queue = Expect<Equal<typeof info.taskQueue, string>>;
  type _Namespace = Expect<Equal<typeof info.namespace, string>>;
  type _Start = Expect<Equal<typeof info.startTime, Date>>;
  type _RunStart = Expect<Equal<typeof info.runStartTime, Date>>;
  type _ExecutionTimeout = Expect<Equal<typeof info.executionTimeoutMs, number | undefined>>;
  type _Expires = Expect<Equal<typeof info.executionExpirationTime, Date | undefined>>;
  type _RunTimeout = Expect<Equal<typeof info.runTimeoutMs, number | undefined>>;
  type _TaskTimeout = Expect<Equal<typeof info.taskTimeoutMs, number>>;
  type _Retry = Expect<Equal<typeof info.retryPolicy, RetryPolicy | undefined>>;
  type _Attempt = Expect<Equal<typeof info.attempt, number>>;
  type _Cron = Expect<Equal<typeof info.cronSchedule, string | undefined>>;
  type _Replaying = Expect<Equal<typeof info.unsafe.isReplaying, boolean>>;
  type _Now = Expect<Equal<ReturnType<typeof info.unsafe.now>, number>>;
  type _ParentHas = Expect<
    Extends<ParentWorkflowInfo, { workflowId: string; runId: string; namespace: string }>
  >;
  const update = currentUpdateInfo();
  type _Update = Expect<Extends<typeof update, { id: string; name: string } | undefined>>;
  const inside = inWorkflowContext();
  type _Inside = Expect<Equal<typeof inside, boolean>>;
  setCurrentDetails(`at ${info.historyLength}`);
  const details = getCurrentDetails();
  type _Details = Expect<Equal<typeof details, string>>;
  // @ts-expect-error TS2540: info is read only
  info.workflowId = 'other';
  // @ts-expect-error TS2345: details are text
  setCurrentDetails({});
}
