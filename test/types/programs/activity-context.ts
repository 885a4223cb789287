/** The context of activities. */
import {
  activityInfo,
  CancelledFailure,
  CompleteAsyncError,
  Context,
  cancellationDetails,
  cancellationSignal,
  cancelled,
  getClient,
  heartbeat,
  type Info,
  sleep,
} from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { ActivityCancellationDetails, Priority, RetryPolicy } from '@temporalio/common';
import type { Equal, Expect, IsAny } from './expect';

export async function activity(): Promise<string> {
  const context = Context.current();
  type _Context = Expect<Equal<typeof context, Context>>;
  const { info } = context;
  type _Info = Expect<Equal<typeof info, Info>>;
  type _Id = Expect<Equal<typeof info.activityId, string>>;
  type _Attempt = Expect<Equal<typeof info.attempt, number>>;
  type _Token = Expect<Equal<typeof info.taskToken, Uint8Array>>;
  type _Base64 = Expect<Equal<typeof info.base64TaskToken, string>>;
  type _Execution = Expect<
    Equal<typeof info.workflowExecution, { readonly workflowId: string; readonly runId: string } | undefined>
  >;
  type _Details = Expect<IsAny<typeof info.heartbeatDetails>>;
  type _HeartbeatTimeout = Expect<Equal<typeof info.heartbeatTimeoutMs, number | undefined>>;
  type _StartToClose = Expect<Equal<typeof info.startToCloseTimeoutMs, number>>;
  type _Scheduled = Expect<Equal<typeof info.scheduledTimestampMs, number>>;
  type _Priority = Expect<Equal<typeof info.priority, Priority | undefined>>;
  type _Retry = Expect<Equal<typeof info.retryPolicy, RetryPolicy | undefined>>;
  type _WorkflowType = Expect<Equal<typeof info.workflowType, string | undefined>>;
  type _Namespace = Expect<Equal<typeof info.namespace, string>>;
  context.heartbeat({ progress: 1 });
  heartbeat();
  heartbeat([1, 2]);
  await context.sleep('5s');
  await sleep(100);
  await Promise.race([context.cancelled, cancelled(), sleep(1)]);
  type _Never = Expect<Equal<typeof context.cancelled, Promise<never>>>;
  const signal: AbortSignal = cancellationSignal();
  signal.throwIfAborted();
  const details = cancellationDetails();
  type _Cancellation = Expect<Equal<typeof details, ActivityCancellationDetails | undefined>>;
  type _Flag = Expect<Equal<NonNullable<typeof details>['cancelRequested'], boolean>>;
  const client: Client = getClient();
  void [client, context.client, context.log, context.metricMeter];
  try {
    await context.cancelled;
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
  }
  // @ts-expect-error TS2540: info is read only
  info.attempt = 2;
  // @ts-expect-error TS2345: a duration has a unit
  await sleep('soon');
  // @ts-expect-error TS2339: context has no such member
  context.done();
  if (activityInfo().attempt > 3) throw new CompleteAsyncError();
  return 'done';
}
