/** Nexus operations without a workflow as clients see them, on whatever server a client leads to. */
import { HandlerError } from 'nexus-rpc';
import {
  type Client,
  NexusOperationAlreadyStartedError,
  NexusOperationFailureError,
  NexusOperationNotFoundError,
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
import { till } from './worker/nexus.ts';
import { closeTally } from './worker/workflows.ts';

const customer = { name: 'Customer', type: SearchAttributeType.KEYWORD } as const;
const ENDPOINT = 'the-till';

export async function registerEndpoint(client: Client): Promise<void> {
  const target = { worker: { namespace: 'default', taskQueue: 'default' } };
  await client.workflowService.createNexusEndpoint({ spec: { name: ENDPOINT, target } });
}

const tillAt = (client: Client, endpoint = ENDPOINT) =>
  client.nexus.createServiceClient({ endpoint, service: till });

const options = (id: string) => ({ id, scheduleToCloseTimeout: '5 minutes' as const });

const rejection = (promise: Promise<unknown>) => rejectionOf(NexusOperationFailureError, promise);

/** SNX-1, SNX-3, SNX-8. */
export async function showsResults(client: Client, prefix: string): Promise<void> {
  const shop = tillAt(client);
  expect(await shop.executeOperation('hello', 'Ada', options(`${prefix}-hello`))).toBe('Hello, Ada!');
  expect(
    await shop.executeOperation(till.operations.nothing, undefined, options(`${prefix}-none`)),
  ).toBeUndefined();
  const flaky = { key: prefix, at: 2 };
  expect(await shop.executeOperation('flaky', flaky, options(`${prefix}-flaky`))).toBe(2);
  const headers = { 'X-Trace': 'abc' };
  const handle = await shop.startOperation('told', undefined, { ...options(`${prefix}-told`), headers });
  expect(handle).toMatchObject({
    operationId: `${prefix}-told`,
    runId: expect.any(String),
    client: client.nexus,
  });
  const told = await handle.result();
  const { requestId } = await handle.describe();
  expect(told).toEqual({ requestId, trace: 'abc' });
  expect(await client.nexus.getHandle<typeof till.operations.told>(`${prefix}-told`).result()).toEqual(told);
}

/** SNX-3: one that a workflow stands for. */
export async function showsAsynchronous(client: Client, prefix: string): Promise<void> {
  const workflowId = `${prefix}-tally`;
  const handle = await tillAt(client).startOperation('tally', workflowId, options(`${prefix}-async`));
  const { operationToken } = await eventually(
    () => handle.describe(),
    ({ state }) => state === 'STARTED',
  );
  expect(operationToken).toEqual(expect.any(String));
  const started = await client.workflowService.pollNexusOperationExecution({
    namespace: 'default',
    operationId: `${prefix}-async`,
    waitStage: 1,
  });
  expect(started).toMatchObject({ runId: handle.runId, waitStage: 1, operationToken });
  await client.workflow.getHandle(workflowId).signal(closeTally);
  expect(await handle.result()).toBe(7);
  const closed = await handle.describe();
  expect(closed).toMatchObject({ status: 'COMPLETED', state: undefined, operationToken });
  expect(closed.raw.links).toMatchObject([{ workflowEvent: { workflowId } }]);

  const broken = await rejection(
    tillAt(client).executeOperation('breaks', `${prefix}-broken`, options(`${prefix}-breaks`)),
  );
  expect(broken.cause).toBeInstanceOf(ApplicationFailure);
  expect(broken.cause).toMatchObject({ message: 'for good', type: 'Final' });
}

/** SNX-3. */
export async function showsFailures(client: Client, prefix: string): Promise<void> {
  const shop = tillAt(client);
  const failed = await shop.startOperation('end', 'failed', options(`${prefix}-failed`));
  const first = await rejection(failed.result());
  expect(first.message).toContain('it has failed');
  expect(first.cause.message).toContain('it has failed');
  expect(await rejection(failed.result())).toBe(first);
  expect(await failed.describe()).toMatchObject({ status: 'FAILED', state: undefined });

  const canceled = await shop.startOperation('end', 'canceled', options(`${prefix}-canceled`));
  expect((await rejection(canceled.result())).cause).toBeInstanceOf(CancelledFailure);
  expect((await canceled.describe()).status).toBe('CANCELED');

  const refused = await rejection(shop.executeOperation('refuse', undefined, options(`${prefix}-refused`)));
  expect(refused.cause).toBeInstanceOf(HandlerError);
  expect(refused.cause).toMatchObject({ type: 'BAD_REQUEST' });

  const late = { id: `${prefix}-late`, startToCloseTimeout: 40 };
  const timedOut = await rejection(shop.executeOperation('tally', `${prefix}-late`, late));
  expect(timedOut.cause).toBeInstanceOf(TimeoutFailure);
  expect((await client.nexus.getHandle(late.id).describe()).status).toBe('TIMED_OUT');
  await client.workflow.getHandle(`${prefix}-late`).terminate();

  const nobody = client.nexus.getHandle(`${prefix}-nobody`);
  await expect(nobody.result()).rejects.toBeInstanceOf(NexusOperationNotFoundError);
  await expect(nobody.describe()).rejects.toBeInstanceOf(NexusOperationNotFoundError);
  await expect(nobody.cancel()).rejects.toBeInstanceOf(NexusOperationNotFoundError);
  await expect(nobody.terminate()).rejects.toBeInstanceOf(NexusOperationNotFoundError);
}

/** SNX-4. */
export async function showsEndings(client: Client, prefix: string): Promise<void> {
  const shop = tillAt(client);
  const workflowId = `${prefix}-cancelled`;
  const running = await shop.startOperation('tally', workflowId, options(workflowId));
  await eventually(
    () => running.describe(),
    ({ state }) => state === 'STARTED',
  );
  await running.cancel('enough');
  expect((await rejection(running.result())).cause).toBeInstanceOf(CancelledFailure);
  const described = await running.describe();
  expect(described).toMatchObject({
    status: 'CANCELED',
    cancellationInfo: { reason: 'enough', requestedTime: expect.any(Date) },
  });
  expect((await client.workflow.getHandle(workflowId).describe()).status.name).toBe('CANCELLED');
  await expect(running.cancel('again')).rejects.toBeInstanceOf(NexusOperationNotFoundError);

  const left = `${prefix}-terminated`;
  const doomed = await shop.startOperation('tally', left, options(left));
  await eventually(
    () => doomed.describe(),
    ({ state }) => state === 'STARTED',
  );
  await doomed.terminate('out of time');
  const { cause } = await rejection(doomed.result());
  expect(cause).toBeInstanceOf(TerminatedFailure);
  expect(cause.message).toBe('out of time');
  expect((await doomed.describe()).status).toBe('TERMINATED');
  // Nobody told what stood for it.
  await client.workflow.getHandle(left).signal(closeTally);
  expect(await client.workflow.getHandle(left).result()).toBe(7);
}

/** SNX-5. */
export async function showsPolicies(client: Client, prefix: string): Promise<void> {
  const shop = tillAt(client);
  const id = `${prefix}-policy`;
  const first = await shop.startOperation('tally', id, options(id));
  const refusal = await shop.startOperation('hello', 'Bo', options(id)).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(NexusOperationAlreadyStartedError);
  expect(refusal).toMatchObject({ operationId: id, runId: first.runId });
  const same = await shop.startOperation('hello', 'Bo', { ...options(id), idConflictPolicy: 'USE_EXISTING' });
  expect(same.runId).toBe(first.runId);
  await eventually(
    () => first.describe(),
    ({ state }) => state === 'STARTED',
  );
  await client.workflow.getHandle(id).signal(closeTally);
  expect(await same.result()).toBe(7);
  for (const idReusePolicy of ['REJECT_DUPLICATE', 'ALLOW_DUPLICATE_FAILED_ONLY'] as const)
    await expect(
      shop.startOperation('hello', 'Bo', { ...options(id), idReusePolicy }),
    ).rejects.toBeInstanceOf(NexusOperationAlreadyStartedError);
  const next = await shop.startOperation('hello', 'Bo', options(id));
  expect(next.runId).not.toBe(first.runId);
  expect(await next.result()).toBe('Hello, Bo!');
  expect(await client.nexus.getHandle<number>(id, { runId: first.runId ?? '' }).result()).toBe(7);
}

/** SNX-6. */
export async function showsDescription(client: Client, prefix: string): Promise<void> {
  const id = `${prefix}-described`;
  const handle = await tillAt(client).startOperation(
    'flaky',
    { key: prefix, at: 1_000 },
    { ...options(id), startToCloseTimeout: '1 minute', summary: 'a flaky one', headers: { Tenant: 'a' } },
  );
  const described = await eventually(
    () => handle.describe(),
    ({ state }) => state === 'BACKING_OFF',
  );
  expect(described).toMatchObject({
    operationId: id,
    runId: handle.runId,
    endpoint: ENDPOINT,
    service: 'till',
    operation: 'flaky',
    status: 'RUNNING',
    scheduleToCloseTimeout: 300_000,
    scheduleToStartTimeout: undefined,
    startToCloseTimeout: 60_000,
    closeTime: undefined,
    executionDuration: undefined,
    operationToken: undefined,
    cancellationInfo: undefined,
    blockedReason: undefined,
    raw: { nexusHeader: { tenant: 'a' }, status: 1, state: 2 },
  });
  expect(described.attempt).toBeGreaterThan(1);
  expect(described.stateTransitionCount).toBeGreaterThan(0);
  expect(described.lastAttemptFailure?.message).toContain('not yet');
  expect(described.nextAttemptScheduleTime).toBeInstanceOf(Date);
  const { scheduleTime, expirationTime } = described;
  expect(Number(expirationTime) - Number(scheduleTime)).toBe(300_000);
  expect(await described.staticSummary()).toBe('a flaky one');
  expect(await described.staticDetails()).toBeUndefined();
  expect(described.identity).toEqual(expect.any(String));
  expect(described.searchAttributes.getAll()).toEqual([]);
  await handle.terminate();
}

/** SNX-7. */
export async function showsListing(client: Client, prefix: string): Promise<void> {
  const shop = tillAt(client);
  const ids = ['a', 'b', 'c'].map((letter) => `${prefix}-${letter}`);
  for (const id of ids)
    await shop.executeOperation('hello', id, {
      ...options(id),
      searchAttributes: [{ key: customer, value: `${prefix}-customer` }],
    });
  const open = await shop.startOperation('tally', `${prefix}-open`, options(`${prefix}-open`));
  const ours = `OperationId STARTS_WITH '${prefix}-'`;
  const listed = async (query: string) => {
    const found: string[] = [];
    for await (const { operationId } of client.nexus.list({ query, pageSize: 2 })) found.push(operationId);
    return found;
  };
  await eventually(
    () => listed(`${ours} AND ExecutionStatus = 'Completed'`),
    (found) => found.length === 3,
  );
  await eventually(
    () => listed(`${ours} AND ExecutionStatus = 'Running' AND Operation = 'tally'`),
    (found) => found.length === 1,
  );
  expect((await listed(ours)).sort()).toEqual([...ids, `${prefix}-open`].sort());
  expect((await listed(`Customer = '${prefix}-customer'`)).sort()).toEqual(ids);
  expect(await listed(`OperationId = '${ids[1]}'`)).toEqual([ids[1]]);
  expect(await listed(`${ours} AND Service = 'till' AND Endpoint = '${ENDPOINT}'`)).toHaveLength(4);
  expect(await listed(`${ours} AND Service = 'other'`)).toEqual([]);
  const { requestId } = await open.describe();
  expect(await listed(`RequestId = '${requestId}'`)).toEqual([`${prefix}-open`]);
  const counted = await client.nexus.count(`${ours} GROUP BY ExecutionStatus`);
  expect(counted.count).toBe(4);
  expect(counted.groups.map(({ count, groupValues: [value] }) => [value?.value, count]).sort()).toEqual([
    ['Completed', 3],
    ['Running', 1],
  ]);
  for await (const info of client.nexus.list({ query: `OperationId = '${ids[0]}'` })) {
    expect(info).toMatchObject({
      endpoint: ENDPOINT,
      service: 'till',
      operation: 'hello',
      status: 'COMPLETED',
      executionDuration: expect.any(Number),
      stateTransitionCount: expect.any(Number),
      raw: { operationId: ids[0] },
    });
    expect(info.searchAttributes.get(customer)).toBe(`${prefix}-customer`);
    expect(info.searchAttributes.getAll()).toHaveLength(1);
  }
  // They are neither workflows nor activities.
  expect(await client.workflow.count(`WorkflowId STARTS_WITH '/_sys/nexus/'`)).toMatchObject({ count: 0 });
  expect(await client.activity.count(`ActivityType = 'hello'`)).toMatchObject({ count: 0 });
  await open.terminate('listed');
}

/** SNX-2. */
export async function showsRefusals(client: Client, prefix: string): Promise<void> {
  const { nexus, workflow, workflowService } = client;
  const shop = tillAt(client);
  await expect(shop.startOperation('hello', 'x', options(''))).rejects.toThrow('id is required');
  await expect(shop.startOperation('nope' as 'hello', 'x', options('x'))).rejects.toThrow(TypeError);
  expect(() => nexus.getHandle('')).toThrow(TypeError);
  const nowhere = await tillAt(client, 'not-there')
    .startOperation('hello', 'x', options(`${prefix}-nowhere`))
    .catch((error: unknown) => error);
  expect(nowhere).toBeInstanceOf(NexusOperationNotFoundError);
  expect(nowhere).toMatchObject({ cause: { details: expect.stringContaining("'not-there'") } });
  const id = `${prefix}-kept`;
  const handle = await shop.startOperation('tally', id, options(id));
  const reserved = `/_sys/nexus/${id}`;
  await expect(workflow.getHandle(reserved).signal('go')).rejects.toMatchObject({ cause: { code: 3 } });
  await expect(workflow.getHandle(reserved).describe()).rejects.toMatchObject({ cause: { code: 3 } });
  await expect(
    workflow.start('anything', { workflowId: reserved, taskQueue: 'default' }),
  ).rejects.toMatchObject({ cause: { code: 3 } });
  await workflowService.deleteNexusOperationExecution({ namespace: 'default', operationId: id });
  await expect(handle.describe()).rejects.toBeInstanceOf(NexusOperationNotFoundError);
}
