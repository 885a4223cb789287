/** Raw calls of Temporal's service that the HTTP API does not have by their names. */
import { isGrpcServiceError } from 'perdure/client';
import { msNumberToTs } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let env: TestWorkflowEnvironment;
const namespace = 'default';
const taskQueue = 'nobody';

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
  const { workflow } = env.client;
  await workflow.start('kept', { taskQueue, workflowId: 'open' });
  const closed = await workflow.start('ended', { taskQueue, workflowId: "it's closed" });
  await closed.terminate();
});
afterAll(() => env.teardown());

async function idsOf(
  list: () => Promise<{ executions: { execution: { workflowId: string } }[] }>,
  count = 1,
) {
  let ids: string[] = [];
  await vi.waitFor(
    async () => {
      ids = (await list()).executions.map(({ execution }) => execution.workflowId);
      expect(ids).toHaveLength(count);
    },
    { timeout: 20_000 },
  );
  return ids;
}

describe('raw calls', () => {
  it('list open and closed workflows, by type, ID, status and time', async () => {
    const { listOpenWorkflowExecutions: open, listClosedWorkflowExecutions: closed } =
      env.connection.workflowService;
    const list = (call: typeof open, filter: object) => async () =>
      (await call({ namespace, maximumPageSize: 5, ...filter })) as never;
    expect(await idsOf(list(open, {}))).toEqual(['open']);
    expect(await idsOf(list(open, { typeFilter: { name: 'kept' } }))).toEqual(['open']);
    expect(await idsOf(list(closed, { executionFilter: { workflowId: "it's closed" } }))).toEqual([
      "it's closed",
    ]);
    expect(await idsOf(list(closed, { statusFilter: { status: 5 } }))).toEqual(["it's closed"]);
    expect(await idsOf(list(closed, { statusFilter: { status: 7 } }), 0)).toEqual([]);
    const startTimeFilter = { earliestTime: msNumberToTs(0), latestTime: msNumberToTs(Date.now() + 60_000) };
    expect(await idsOf(list(closed, { startTimeFilter }))).toEqual(["it's closed"]);
  });

  it('give a promise, or call back', async () => {
    const { getSystemInfo, describeNamespace } = env.connection.workflowService;
    const called = await new Promise((resolve, reject) =>
      getSystemInfo({}, (error, response) => (error ? reject(error) : resolve(response))),
    );
    expect(called).toHaveProperty('serverVersion');
    const failed = await new Promise((resolve) => {
      describeNamespace({ namespace: 'none' }, resolve).catch(() => undefined);
    });
    expect(isGrpcServiceError(failed) && failed.code).toBe(5);
  });

  it('that are not offered are refused as unimplemented', async () => {
    const error: unknown = await env.connection.workflowService
      .listWorkflowRules({ namespace })
      .catch((thrown: unknown) => thrown);
    expect(isGrpcServiceError(error) && [error.code, error.details]).toEqual([
      12,
      'ListWorkflowRules is not offered by this version of Perdure.',
    ]);
  });

  it('in one: operations that are not a start and an update are refused', async () => {
    const { executeMultiOperation } = env.connection.workflowService;
    await expect(executeMultiOperation({ namespace, operations: [{}] })).rejects.toMatchObject({ code: 3 });
  });

  it('without what names their object are invalid, as a server says', async () => {
    const { workflowService } = env.connection;
    const refusals = await Promise.all(
      [
        workflowService.startWorkflowExecution({ namespace }),
        workflowService.describeWorkflowExecution({ namespace, execution: {} }),
        workflowService.describeTaskQueue({ namespace }),
        workflowService.describeNamespace({}),
        workflowService.describeWorkflowExecution({ namespace, execution: { workflowId: '..' } }),
      ].map((call) => call.catch(({ code, details }) => [code, details])),
    );
    expect(refusals).toEqual([
      [3, 'WorkflowId is not set on request.'],
      [3, 'WorkflowId is not set on request.'],
      [3, 'TaskQueue is not set on request.'],
      [3, 'Namespace is not set on request.'],
      [3, "execution.workflowId: '..' cannot stand in a URL"],
    ]);
    await expect(env.client.workflow.getHandle('').describe()).rejects.toMatchObject({
      name: 'ServiceError',
      cause: { code: 3 },
    });
  });

  it('of the health service: it serves, or cannot be reached', async () => {
    expect(await env.connection.healthService.check({})).toEqual({ status: 1 });
  });
});
