/** Activities without a workflow as clients see them, on whatever server a client leads to. */
import {
  ActivityExecutionAlreadyStartedError,
  ActivityExecutionFailedError,
  ActivityNotFoundError,
  type ActivityOptions,
  type Client,
} from 'perdure/client';
import {
  ApplicationFailure,
  CancelledFailure,
  SearchAttributeType,
  TerminatedFailure,
  TimeoutFailure,
} from 'perdure/common';
import { expect } from 'vitest';
import { rejectionOf } from './rejections.ts';
import { eventually } from './visibility.ts';
import type * as activities from './worker/activities.ts';

const customer = { name: 'Customer', type: SearchAttributeType.KEYWORD } as const;

const options = (id: string, more: Partial<ActivityOptions> = {}) => ({
  id,
  taskQueue: 'default',
  startToCloseTimeout: '1 minute' as const,
  ...more,
});

const rejection = (promise: Promise<unknown>) => rejectionOf(ActivityExecutionFailedError, promise);

/** SAA-1, SAA-3, SAA-10. */
export async function showsResults(client: Client, prefix: string): Promise<void> {
  const typed = client.activity.typed<typeof activities>();
  expect(await typed.execute('greet', { ...options(`${prefix}-greet`), args: ['Ada'] })).toBe('Hello, Ada!');
  const handle = await client.activity.start('whoAmI', options(`${prefix}-who`));
  expect(await handle.result()).toEqual({
    activityId: `${prefix}-who`,
    activityRunId: handle.runId,
    activityType: 'whoAmI',
    inWorkflow: false,
    namespace: 'default',
  });
  expect(await client.activity.getHandle(`${prefix}-who`).result()).toMatchObject({ inWorkflow: false });
  const retried = { ...options(`${prefix}-retried`), retry: { initialInterval: 5 } };
  expect(await client.activity.execute('succeedsAt', { ...retried, args: [3] })).toBe(3);
}

/** SAA-3. */
export async function showsFailures(client: Client, prefix: string): Promise<void> {
  const id = `${prefix}-fails`;
  const failed = await rejection(client.activity.execute('failsForGood', options(id)));
  expect(failed).toMatchObject({ activityId: id, runId: expect.any(String) });
  expect(failed.cause).toBeInstanceOf(ApplicationFailure);
  expect(failed.cause).toMatchObject({ message: 'for good', type: 'Final', details: [{ code: 7 }] });

  const late = { scheduleToCloseTimeout: 40, startToCloseTimeout: undefined };
  const timedOut = await rejection(
    client.activity.execute('silent', options(`${prefix}-late`, late as Partial<ActivityOptions>)),
  );
  expect(timedOut.cause).toBeInstanceOf(TimeoutFailure);
  const { status } = await client.activity.getHandle(`${prefix}-late`).describe();
  expect(status).toBe('TIMED_OUT');

  const nobody = client.activity.getHandle(`${prefix}-nobody`);
  await expect(nobody.result()).rejects.toBeInstanceOf(ActivityNotFoundError);
  await expect(nobody.describe()).rejects.toBeInstanceOf(ActivityNotFoundError);
  await expect(nobody.cancel('why')).rejects.toBeInstanceOf(ActivityNotFoundError);
}

/** SAA-4. */
export async function showsEndings(client: Client, prefix: string): Promise<void> {
  const running = await client.activity.start('untilCancelled', {
    ...options(`${prefix}-cancelled`),
    // Long, so that a machine at its limits misses none.
    heartbeatTimeout: '10s',
  });
  await eventually(
    () => running.describe({ includeHeartbeatDetails: true }),
    ({ hasHeartbeatDetails }) => hasHeartbeatDetails,
  );
  await running.cancel('enough');
  expect((await rejection(running.result())).cause).toBeInstanceOf(CancelledFailure);
  const described = await running.describe({ includeOutcome: true });
  expect(described).toMatchObject({ status: 'CANCELED', canceledReason: 'enough', hasOutcomeFailure: true });
  expect(await described.getOutcomeFailure()).toBeInstanceOf(CancelledFailure);
  await expect(running.cancel('again')).rejects.toBeInstanceOf(ActivityNotFoundError);

  const waiting = await client.activity.start('greet', {
    ...options(`${prefix}-waits`),
    startDelay: '1 hour',
  });
  await waiting.cancel('not now');
  expect((await rejection(waiting.result())).cause).toBeInstanceOf(CancelledFailure);

  const doomed = await client.activity.start('silent', options(`${prefix}-terminated`));
  await doomed.terminate('out of time');
  const { cause } = await rejection(doomed.result());
  expect(cause).toBeInstanceOf(TerminatedFailure);
  expect(cause?.message).toBe('out of time');
  expect(await doomed.pause().catch(textsOf)).toContain(
    `activity execution already completed, activity ID: ${prefix}-terminated`,
  );
}

/** Of an error and its causes. */
const textsOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${textsOf(error.cause)}` : String(error);

/** SAA-7. */
export async function showsPolicies(client: Client, prefix: string): Promise<void> {
  const id = `${prefix}-policy`;
  const first = await client.activity.start('byHand', options(id));
  const refusal = await client.activity.start('greet', options(id)).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ActivityExecutionAlreadyStartedError);
  expect(refusal).toMatchObject({ activityId: id, runId: first.runId });
  const same = await client.activity.start('greet', { ...options(id), idConflictPolicy: 'USE_EXISTING' });
  expect(same.runId).toBe(first.runId);
  await client.activity.complete({ activityId: id }, 'done by hand');
  expect(await same.result()).toBe('done by hand');
  await expect(
    client.activity.start('greet', { ...options(id), idReusePolicy: 'REJECT_DUPLICATE' }),
  ).rejects.toBeInstanceOf(ActivityExecutionAlreadyStartedError);
  const next = await client.activity.start('greet', { ...options(id), args: ['Bo'] });
  expect(next.runId).not.toBe(first.runId);
  expect(await next.result()).toBe('Hello, Bo!');
  expect(await client.activity.getHandle(id, first.runId).result()).toBe('done by hand');
}

/** SAA-6, SAA-8. */
export async function showsOperators(client: Client, prefix: string): Promise<void> {
  const handle = await client.activity.start('greet', {
    ...options(`${prefix}-paused`),
    taskQueue: 'nobody',
    args: ['Cy'],
    summary: 'a greeting',
    retry: { maximumAttempts: 3 },
    priority: { priorityKey: 2 },
  });
  await handle.pause({ reason: 'calm' });
  const paused = await handle.describe({ includeInput: true });
  expect(paused).toMatchObject({
    activityId: `${prefix}-paused`,
    activityRunId: handle.runId,
    activityType: 'greet',
    status: 'PAUSED',
    runState: 'PAUSED',
    taskQueue: 'nobody',
    attempt: 1,
    startToCloseTimeoutMs: 60_000,
    retryPolicy: { maximumAttempts: 3 },
    priority: { priorityKey: 2 },
    hasInput: true,
    hasResult: false,
  });
  expect(await paused.getInput()).toEqual(['Cy']);
  const changed = await handle.updateOptions({
    taskQueue: 'default',
    startToCloseTimeout: '5s',
    priority: null,
  });
  expect(changed).toMatchObject({ taskQueue: 'default', startToCloseTimeout: 5000 });
  expect(await handle.restoreOriginalOptions()).toMatchObject({
    taskQueue: 'nobody',
    startToCloseTimeout: 60_000,
    priority: { priorityKey: 2 },
  });
  await handle.updateOptions({ taskQueue: 'default' });
  await handle.unpause();
  expect(await handle.result()).toBe('Hello, Cy!');
  const closed = await handle.describe({ includeOutcome: true });
  expect(closed).toMatchObject({ status: 'COMPLETED', attempt: 1, hasResult: true });
  expect(closed.runState).toBeUndefined();
  expect(await closed.getResult()).toBe('Hello, Cy!');
  await expect(handle.pause()).rejects.toBeInstanceOf(ActivityNotFoundError);
}

/** SAA-9. */
export async function showsListing(client: Client, prefix: string): Promise<void> {
  const ids = ['a', 'b', 'c'].map((letter) => `${prefix}-${letter}`);
  for (const id of ids)
    await client.activity.execute('greet', {
      ...options(id),
      args: [id],
      typedSearchAttributes: [{ key: customer, value: `${prefix}-customer` }],
    });
  const open = await client.activity.start('byHand', options(`${prefix}-open`));
  const ours = `ActivityId STARTS_WITH '${prefix}-'`;
  const listed = async (query: string) => {
    const found: string[] = [];
    for await (const { activityId } of client.activity.list(query)) found.push(activityId);
    return found;
  };
  await eventually(
    () => listed(`${ours} AND ExecutionStatus = 'Completed'`),
    (found) => found.length === 3,
  );
  await eventually(
    () => listed(`${ours} AND ExecutionStatus = 'Running' AND ActivityType = 'byHand'`),
    (found) => found.length === 1,
  );
  expect((await listed(ours)).sort()).toEqual([...ids, `${prefix}-open`].sort());
  expect((await listed(`Customer = '${prefix}-customer'`)).sort()).toEqual(ids);
  expect(await listed(`ActivityId = '${ids[1]}'`)).toEqual([ids[1]]);
  const counted = await client.activity.count(`${ours} GROUP BY ExecutionStatus`);
  expect(counted.count).toBe(4);
  expect(counted.groups).toEqual(
    expect.arrayContaining([
      { count: 3, groupValues: [['Completed']] },
      { count: 1, groupValues: [['Running']] },
    ]),
  );
  for await (const info of client.activity.list(`ActivityId = '${ids[0]}'`)) {
    expect(info).toMatchObject({ activityType: 'greet', status: 'COMPLETED', taskQueue: 'default' });
    expect(info.typedSearchAttributes.get(customer)).toBe(`${prefix}-customer`);
    expect(info.typedSearchAttributes.getAll()).toHaveLength(1);
  }
  // They are no workflows.
  expect(await client.workflow.count(`WorkflowType IN ('greet', 'byHand')`)).toMatchObject({ count: 0 });
  await open.terminate('listed');
}

/** SAA-2. */
export async function showsRefusals(client: Client, prefix: string): Promise<void> {
  const { activity, workflow, workflowService } = client;
  await expect(activity.start('', options('x'))).rejects.toThrow(TypeError);
  await expect(activity.start('greet', { id: 'x', taskQueue: 'default' })).rejects.toThrow(TypeError);
  await expect(activity.start('greet', { ...options(''), id: '' })).rejects.toThrow('id is required');
  expect(() => activity.getHandle('')).toThrow(TypeError);
  const handle = await activity.start('byHand', options(`${prefix}-kept`));
  const reserved = `/_sys/activity/${prefix}-kept`;
  await expect(workflow.getHandle(reserved).signal('go')).rejects.toMatchObject({ cause: { code: 3 } });
  await expect(workflow.getHandle(reserved).describe()).rejects.toMatchObject({ cause: { code: 3 } });
  await expect(
    workflow.start('anything', { workflowId: reserved, taskQueue: 'default' }),
  ).rejects.toMatchObject({ cause: { code: 3 } });
  await expect(
    workflowService.startActivityExecution({
      namespace: 'default',
      activityId: `${prefix}-none`,
      activityType: { name: 'greet' },
      taskQueue: { name: 'default' },
    }),
  ).rejects.toMatchObject({ code: 3 });
  await workflowService.deleteActivityExecution({ namespace: 'default', activityId: `${prefix}-kept` });
  await expect(handle.describe()).rejects.toBeInstanceOf(ActivityNotFoundError);
}
