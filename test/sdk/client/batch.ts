/** Batch jobs as clients see them, on whatever server a client leads to: the Worker's objects or the test environment's. */
import type { Client, WorkflowHandle } from 'perdure/client';
import { expect } from 'vitest';
import { eventually, listed } from './visibility.ts';
import { closeTally, tally, waitsForNobody } from './worker/workflows.ts';

type Job = Record<string, unknown>;
interface Description {
  state: number;
  operationType: number;
  totalOperationCount: { toNumber(): number };
  completeOperationCount: { toNumber(): number };
  failureOperationCount: { toNumber(): number };
  reason: string;
  identity: string;
  jobId: string;
}

const RUNNING = 1;
const COMPLETED = 2;
const FAILED = 3;
const RESOURCE_EXHAUSTED = 8;
const at = { namespace: 'default', taskQueue: 'default' };

/** Starts one job when no other runs any more: the index that knows of them follows in a while. */
async function startJob(client: Client, jobId: string, job: Job): Promise<void> {
  const request = { namespace: 'default', jobId, reason: 'tidy up', ...job };
  await eventually(
    () =>
      client.workflowService.startBatchOperation(request).then(
        () => 'started',
        (error: { code?: number }) => {
          if (error.code !== RESOURCE_EXHAUSTED) throw error;
          return 'busy';
        },
      ),
    (state) => state === 'started',
  );
}

const describeJob = async (client: Client, jobId: string): Promise<Description> =>
  (await client.workflowService.describeBatchOperation({ namespace: 'default', jobId })) as Description;

const countsOf = ({ totalOperationCount, completeOperationCount, failureOperationCount }: Description) => [
  totalOperationCount.toNumber(),
  completeOperationCount.toNumber(),
  failureOperationCount.toNumber(),
];

async function runJob(client: Client, jobId: string, job: Job): Promise<Description> {
  await startJob(client, jobId, job);
  return eventually(
    () => describeJob(client, jobId),
    ({ state }) => state !== RUNNING,
  );
}

async function startTallies(
  client: Client,
  prefix: string,
  count: number,
): Promise<WorkflowHandle<typeof tally>[]> {
  const handles = Array.from({ length: count }, (_, index) =>
    client.workflow.start(tally, { ...at, workflowId: `${prefix}-${index}` }),
  );
  const started = await Promise.all(handles);
  await eventually(
    () => listed(client, `WorkflowId STARTS_WITH '${prefix}-'`),
    (found) => found.length === count,
  );
  return started;
}

const statusOf = async (handle: Pick<WorkflowHandle, 'describe'>) => (await handle.describe()).status.name;
const targetOf = ({ workflowId }: { workflowId: string }) => ({ workflowId });

/** BATCH-1, BATCH-3, BATCH-4, BATCH-5, VIS-10. */
export async function showsQuery(client: Client, prefix: string): Promise<void> {
  const handles = await startTallies(client, prefix, 7);
  await handles[0]?.signal(closeTally);
  await handles[0]?.result();
  const job = {
    visibilityQuery: `WorkflowId STARTS_WITH '${prefix}-'`,
    terminationOperation: { identity: 'operator' },
  };
  const done = await runJob(client, `${prefix}-job`, job);
  expect(done).toMatchObject({ state: COMPLETED, operationType: 1, reason: 'tidy up', identity: 'operator' });
  // What had closed already counts as done.
  expect(countsOf(done)).toEqual([7, 7, 0]);
  const statuses = await Promise.all(handles.map(statusOf));
  expect(statuses).toEqual(['COMPLETED', ...Array<string>(6).fill('TERMINATED')]);
  await expect(handles[1]?.result()).rejects.toMatchObject({ cause: { message: 'tidy up' } });
  const list = async () => {
    const page = await client.workflowService.listBatchOperations({ namespace: 'default' });
    return page.operationInfo as {
      jobId: string;
      state: number;
      operationType: number;
      closeTime: unknown;
    }[];
  };
  const jobs = await eventually(list, (all) =>
    all.some(({ jobId, state }) => jobId === `${prefix}-job` && state === COMPLETED),
  );
  expect(jobs.find(({ jobId }) => jobId === `${prefix}-job`)).toMatchObject({ operationType: 1 });
  expect(await listed(client, "TaskQueue STARTS_WITH '/_sys/'")).toEqual([]);
}

/** BATCH-3: each operation, on what is named. */
export async function showsOperations(client: Client, prefix: string): Promise<void> {
  const job = async (name: string, handles: { workflowId: string }[], operation: Job) => {
    const done = await runJob(client, `${prefix}-${name}`, {
      executions: handles.map(targetOf),
      ...operation,
    });
    expect([name, done.state, ...countsOf(done)]).toEqual([
      name,
      COMPLETED,
      handles.length,
      handles.length,
      0,
    ]);
  };
  const cancelled = await startTallies(client, `${prefix}-cancel`, 2);
  await job('cancel', cancelled, { cancellationOperation: {} });
  for (const handle of cancelled)
    await eventually(
      () => statusOf(handle),
      (status) => status === 'CANCELLED',
    );

  const [paused, ...others] = await startTallies(client, `${prefix}-pause`, 3);
  if (paused === undefined) throw new Error('none started');
  await job('pause', [paused, ...others], { pauseOperation: { identity: 'operator' } });
  expect(await statusOf(paused)).toBe('PAUSED');
  await job('pause-again', [paused], { pauseOperation: {} });
  await job('unpause', [paused, ...others], { unpauseOperation: {} });
  expect(await statusOf(paused)).toBe('RUNNING');

  await job('signal', [paused, ...others], { signalOperation: { signal: 'closeTally' } });
  expect(await paused.result()).toBe(0);
  const { runId: before } = await paused.describe();
  await job('reset', [paused], { resetOperation: { options: { firstWorkflowTask: {} } } });
  const again = client.workflow.getHandle<typeof tally>(paused.workflowId);
  // The signal is applied again to the new run.
  expect(await again.result()).toBe(0);
  expect((await again.describe()).runId).not.toBe(before);

  await job('delete', others, { deletionOperation: {} });
  for (const handle of others)
    await eventually(
      () =>
        handle.describe().then(
          () => 'there',
          () => 'gone',
        ),
      (state) => state === 'gone',
    );
}

/** BATCH-3: options of workflows, and their activities. */
export async function showsOptions(client: Client, prefix: string): Promise<void> {
  const handles = await Promise.all(
    ['a', 'b'].map((letter) =>
      client.workflow.start(waitsForNobody, { ...at, workflowId: `${prefix}-${letter}` }),
    ),
  );
  const pending = async (handle: Pick<WorkflowHandle, 'describe'>) => {
    const { raw } = await handle.describe();
    return raw.pendingActivities ?? [];
  };
  for (const handle of handles)
    await eventually(
      () => pending(handle),
      (activities) => activities.length === 1,
    );
  const job = async (name: string, operation: Job) => {
    const done = await runJob(client, `${prefix}-${name}`, {
      executions: handles.map(targetOf),
      ...operation,
    });
    expect([name, done.state, ...countsOf(done)]).toEqual([name, COMPLETED, 2, 2, 0]);
  };
  await job('activity-options', {
    updateActivityOptionsOperation: {
      type: 'wait',
      activityOptions: { startToCloseTimeout: { seconds: 7 } },
      updateMask: { paths: ['start_to_close_timeout'] },
    },
  });
  for (const handle of handles) {
    const [activity] = await pending(handle);
    expect(Number(activity?.activityOptions?.startToCloseTimeout?.seconds)).toBe(7);
  }
  await job('options', {
    updateWorkflowOptionsOperation: {
      workflowExecutionOptions: { priority: { priorityKey: 2 } },
      updateMask: { paths: ['priority'] },
    },
  });
  expect((await handles[0]?.describe())?.priority?.priorityKey).toBe(2);
  for (const handle of handles)
    await client.workflowService.pauseActivity({
      namespace: 'default',
      execution: targetOf(handle),
      type: 'wait',
    });
  expect((await pending(handles[0] as (typeof handles)[0]))[0]).toMatchObject({ paused: true });
  await job('unpause-activities', { unpauseActivitiesOperation: { matchAll: true } });
  for (const handle of handles) expect((await pending(handle))[0]?.paused ?? false).toBe(false);
  await job('reset-activities', { resetActivitiesOperation: { type: 'wait', restoreOriginalOptions: true } });
  expect(
    Number(
      (await pending(handles[0] as (typeof handles)[0]))[0]?.activityOptions?.startToCloseTimeout?.seconds,
    ),
  ).toBe(60);
  for (const handle of handles) await handle.terminate();
}

/** BATCH-2, BATCH-5: one at a time, stopped, and no ID twice. */
export async function showsStopping(client: Client, prefix: string): Promise<void> {
  const handles = await startTallies(client, prefix, 3);
  const slow = {
    visibilityQuery: `WorkflowId STARTS_WITH '${prefix}-'`,
    maxOperationsPerSecond: 0.01,
    cancellationOperation: {},
  };
  const jobId = `${prefix}-slow`;
  await startJob(client, jobId, slow);
  await eventually(
    () => Promise.all(handles.map(statusOf)),
    (statuses) => statuses.includes('CANCELLED'),
  );
  expect(await describeJob(client, jobId)).toMatchObject({ state: RUNNING });
  // The rule is the index's, which follows in a while (VIS-12).
  await eventually(
    () => listed(client, `WorkflowId = 'perdure-batch/${jobId}' AND TemporalNamespaceDivision IS NOT NULL`),
    (found) => found.length === 1,
  );
  // A client that calls over HTTP tries again for a while.
  const second = client.connection.withDeadline(Date.now() + 500, () =>
    client.workflowService.startBatchOperation({
      namespace: 'default',
      jobId: `${prefix}-second`,
      reason: 'r',
      ...slow,
    }),
  );
  await expect(second).rejects.toThrow(/is running/);
  const twice = client.workflowService.startBatchOperation({
    namespace: 'default',
    jobId,
    reason: 'r',
    ...slow,
  });
  await expect(twice).rejects.toMatchObject({ code: 6, details: expect.stringContaining(jobId) as unknown });
  await client.workflowService.stopBatchOperation({ namespace: 'default', jobId, reason: 'enough' });
  const stopped = await describeJob(client, jobId);
  expect(stopped.state).toBe(FAILED);
  expect(await Promise.all(handles.map(statusOf))).toContain('RUNNING');
  await expect(
    client.workflowService.stopBatchOperation({ namespace: 'default', jobId, reason: 'again' }),
  ).rejects.toMatchObject({
    code: 5,
    details: `The batch job '${jobId}' of namespace default has ended already.`,
  });
  await expect(describeJob(client, `${prefix}-unknown`)).rejects.toMatchObject({
    code: 5,
    details: expect.stringContaining(`no batch job '${prefix}-unknown' in namespace default`) as unknown,
  });
  for (const handle of handles) await handle.terminate().catch(() => {});
}

/** BATCH-1, BATCH-2: what is refused, and that the refusal names the field. */
export async function showsRefusals(client: Client): Promise<void> {
  const executions = [{ workflowId: 'w' }];
  const terminationOperation = {};
  const job = { reason: 'r', executions, terminationOperation };
  const many = Array.from({ length: 1001 }, (_, index) => ({ workflowId: `w-${index}` }));
  const cases: [Job, RegExp][] = [
    [{ ...job, reason: '' }, /reason/],
    [{ reason: 'r', executions }, /expected one operation/],
    [{ ...job, deletionOperation: {} }, /expected one operation/],
    [{ ...job, visibilityQuery: "WorkflowId = 'w'" }, /either visibilityQuery or executions/],
    [{ reason: 'r', terminationOperation }, /either visibilityQuery or executions/],
    [{ ...job, executions: many }, /at most 1000, got 1001/],
    [{ ...job, executions: [{ workflowId: '' }] }, /executions\[0\]\.workflowId/],
    [{ ...job, maxOperationsPerSecond: -1 }, /maxOperationsPerSecond/],
    [{ ...job, executions: [], visibilityQuery: 'Nonsense ~' }, /position/],
    [{ reason: 'r', executions, signalOperation: { signal: '' } }, /signalOperation\.signal/],
    [{ reason: 'r', executions, resetOperation: {} }, /resetOperation\.options/],
    [{ reason: 'r', executions, unpauseActivitiesOperation: {} }, /type or matchAll/],
    [
      { reason: 'r', targetExecutions: [{ type: 2, businessId: 'a' }], terminationOperation },
      /targetExecutions\[0\]\.type/,
    ],
  ];
  for (const [request, message] of cases) {
    const refused = client.workflowService.startBatchOperation({
      namespace: 'default',
      jobId: 'bad',
      ...request,
    });
    await expect(refused, String(message)).rejects.toMatchObject({
      code: 3,
      message: expect.stringMatching(message) as unknown,
    });
  }
  await expect(describeJob(client, 'bad')).rejects.toMatchObject({ code: 5 });
}
