/** Activities without a workflow: start, typed clients, handles, lists, interceptors, errors. */
import type {
  ActivityArgs,
  ActivityClient,
  ActivityClientInterceptor,
  ActivityExecutionDescription,
  ActivityExecutionInfo,
  ActivityHandle,
  ActivityName,
  ActivityOptions,
  ActivityOptionsUpdateResult,
  ActivityResult,
  AsyncCompletionClient,
  Client,
  ClientInterceptors,
  CountActivityExecutions,
  TypedActivityClient,
} from '@temporalio/client';
import {
  ActivityExecutionAlreadyStartedError,
  ActivityExecutionFailedError,
  ActivityExecutionStatus,
  ActivityIdConflictPolicy,
  ActivityIdReusePolicy,
  decodeActivityExecutionStatus,
  decodeActivityIdConflictPolicy,
  decodeActivityIdReusePolicy,
  encodeActivityExecutionStatus,
  encodeActivityIdConflictPolicy,
  encodeActivityIdReusePolicy,
} from '@temporalio/client';
import type { Priority, RetryPolicy, TypedSearchAttributes } from '@temporalio/common';
import type { Equal, Expect, Extends, IsAny } from './expect';

interface Payments {
  charge(amount: number, currency?: string): Promise<string>;
  ping(): Promise<void>;
  notAnActivity: number;
}

const common = { id: 'charge-1', taskQueue: 'payments', startToCloseTimeout: '1 minute' } as const;

export async function program(client: Client): Promise<void> {
  type _Client = Expect<Equal<Client['activity'], ActivityClient>>;
  type _Completes = Expect<Extends<ActivityClient, AsyncCompletionClient>>;
  const handle = await client.activity.start('charge', {
    ...common,
    args: [5],
    retry: { maximumAttempts: 3 },
    heartbeatTimeout: 1000,
    scheduleToStartTimeout: '1s',
    scheduleToCloseTimeout: '1h',
    startDelay: 5,
    summary: 'one charge',
    priority: { priorityKey: 1 },
    idReusePolicy: 'REJECT_DUPLICATE',
    idConflictPolicy: ActivityIdConflictPolicy.USE_EXISTING,
    typedSearchAttributes: [],
  });
  type _Handle = Expect<Equal<typeof handle, ActivityHandle>>;
  type _Run = Expect<Equal<typeof handle.runId, string | undefined>>;
  const anything = await client.activity.execute('charge', common);
  type _Anything = Expect<IsAny<typeof anything>>;
  const told = await client.activity.execute<string>('charge', common);
  type _Told = Expect<Equal<typeof told, string>>;
  const known: ActivityHandle<number> = client.activity.getHandle<number>('charge-1', 'run');
  const other = client.activity.getHandleWithOptions<number>('charge-1', { runId: 'run' });
  type _Other = Expect<Equal<typeof other, ActivityHandle<number>>>;
  type _Result = Expect<Equal<ReturnType<typeof known.result>, Promise<number>>>;

  // @ts-expect-error TS2741: an ID is required
  await client.activity.start('charge', { taskQueue: 'payments', startToCloseTimeout: '1 minute' });
  // @ts-expect-error TS2741: and a task queue
  await client.activity.start('charge', { id: 'charge-1', startToCloseTimeout: '1 minute' });
  // @ts-expect-error TS2322: policies have names
  await client.activity.start('charge', { ...common, idReusePolicy: 'SOMETIMES' });
}

export async function typed(client: Client): Promise<void> {
  const payments = client.activity.typed<Payments>();
  type _Typed = Expect<Equal<typeof payments, TypedActivityClient<Payments>>>;
  type _Names = Expect<Equal<ActivityName<Payments>, 'charge' | 'ping'>>;
  type _Args = Expect<Equal<ActivityArgs<Payments, 'charge'>, [amount: number, currency?: string]>>;
  type _Of = Expect<Equal<ActivityResult<Payments, 'charge'>, string>>;
  const handle = await payments.start('charge', { ...common, args: [5, 'EUR'] });
  type _Handle = Expect<Equal<typeof handle, ActivityHandle<string>>>;
  await payments.execute('ping', common);
  const receipt = await payments.execute('charge', { ...common, args: [5] });
  type _Receipt = Expect<Equal<typeof receipt, string>>;

  // @ts-expect-error TS2345: there is no such activity
  await payments.execute('refund', common);
  // @ts-expect-error TS2345: a number is none
  await payments.execute('notAnActivity', common);
  // @ts-expect-error TS2345: arguments are required where the activity has some
  await payments.execute('charge', common);
  // @ts-expect-error TS2322: and checked
  await payments.execute('charge', { ...common, args: ['5'] });
}

export async function handles(handle: ActivityHandle<number>): Promise<void> {
  const description = await handle.describe({ includeInput: true, includeOutcome: true });
  type _Description = Expect<Equal<typeof description, ActivityExecutionDescription>>;
  type _Status = Expect<Equal<typeof description.status, ActivityExecutionStatus>>;
  type _Retry = Expect<Equal<typeof description.retryPolicy, RetryPolicy>>;
  type _Priority = Expect<Equal<typeof description.priority, Priority>>;
  type _Close = Expect<Equal<typeof description.closeTime, Date | undefined>>;
  type _Attributes = Expect<Equal<typeof description.typedSearchAttributes, TypedSearchAttributes>>;
  const input = await description.getInput<[number]>();
  type _Input = Expect<Equal<typeof input, [number] | undefined>>;
  const result = await description.getResult<string>();
  type _Result = Expect<Equal<typeof result, string | undefined>>;
  const failure = await description.getOutcomeFailure();
  type _Failure = Expect<Equal<typeof failure, Error | undefined>>;
  await handle.cancel('reason');
  await handle.terminate('reason');
  await handle.pause();
  await handle.pause({ reason: 'calm' });
  await handle.unpause({ jitter: '1s' });
  const changed = await handle.updateOptions({ retry: null, startToCloseTimeout: '5s', priority: undefined });
  type _Changed = Expect<Equal<typeof changed, ActivityOptionsUpdateResult>>;
  await handle.restoreOriginalOptions();

  // @ts-expect-error TS2554: a reason is required
  await handle.cancel();
  // @ts-expect-error TS2322: a task queue cannot be cleared
  await handle.updateOptions({ taskQueue: null });
}

export async function lists(client: ActivityClient): Promise<void> {
  for await (const info of client.list("ActivityType = 'charge'")) {
    type _Info = Expect<Equal<typeof info, ActivityExecutionInfo>>;
    type _Run = Expect<Equal<typeof info.activityRunId, string>>;
  }
  const count = await client.count('');
  type _Count = Expect<Equal<typeof count, CountActivityExecutions>>;
  // @ts-expect-error TS2554: a query is required
  client.list();
}

const interceptor: ActivityClientInterceptor = {
  async start(input, next) {
    return await next({ ...input, headers: { ...input.headers } });
  },
  async getResult(input, next) {
    return await next(input);
  },
  list: (input, next) => next({ ...input, query: `${input.query}` }),
};
export const interceptors: ClientInterceptors = { activity: [interceptor] };

export function errors(err: unknown): string | undefined {
  if (err instanceof ActivityExecutionFailedError) {
    type _Cause = Expect<Equal<typeof err.cause, Error | undefined>>;
    return err.runId;
  }
  if (err instanceof ActivityExecutionAlreadyStartedError) return err.runId;
  return undefined;
}

export function enums(): void {
  const status = decodeActivityExecutionStatus(encodeActivityExecutionStatus('PAUSED'));
  type _Status = Expect<Equal<typeof status, ActivityExecutionStatus | undefined>>;
  const reuse = decodeActivityIdReusePolicy(
    encodeActivityIdReusePolicy(ActivityIdReusePolicy.REJECT_DUPLICATE),
  );
  type _Reuse = Expect<Equal<typeof reuse, ActivityIdReusePolicy | undefined>>;
  const conflict = decodeActivityIdConflictPolicy(
    encodeActivityIdConflictPolicy('ACTIVITY_ID_CONFLICT_POLICY_FAIL'),
  );
  type _Conflict = Expect<Equal<typeof conflict, ActivityIdConflictPolicy | undefined>>;
  void ActivityExecutionStatus.CANCELED;
}

export type Options = ActivityOptions;
