import { describe, expect, test } from 'vitest';
import {
  ApplicationFailure,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  type UpdateDefinition,
  ValueError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  WorkflowUpdateStage,
} from '../../../src/sdk/client/index.ts';
import { jsonPayload, RUN_ID, refused } from '../../routes/fake-execution.ts';
import { clientOverHttp } from './over-http.ts';

const add = { type: 'update', name: 'add' } as UpdateDefinition<number, [number]>;
const accepted = { updateId: 'u-1', runId: RUN_ID, stage: 'ACCEPTED' };
const success = { ...accepted, stage: 'COMPLETED', outcome: { success: { payloads: [jsonPayload(7)] } } };
const failure = {
  ...accepted,
  stage: 'COMPLETED',
  outcome: { failure: { message: 'too many', applicationFailureInfo: { type: 'Limit' } } },
};
const ok = (value: unknown) => () => ({ ok: true, value });

describe('executeUpdate', () => {
  test('gives the result', async () => {
    const { client, execution } = clientOverHttp({ update: ok(success) });
    const value: number = await client.workflow
      .getHandle('c-1')
      .executeUpdate(add, { args: [2], updateId: 'u-1' });
    expect(value).toBe(7);
    expect(execution.asked[0]?.args[1]).toMatchObject({
      waitStage: 'COMPLETED',
      request: {
        meta: { updateId: 'u-1', identity: 'tester' },
        input: { name: 'add', args: { payloads: [jsonPayload(2)] } },
      },
    });
  });

  test('waits on when the server had no outcome yet', async () => {
    const { client, execution } = clientOverHttp({
      update: ok({ ...accepted, stage: 'COMPLETED' }),
      pollUpdate: ok(success),
    });
    expect(await client.workflow.getHandle('c-1').executeUpdate(add, { args: [2] })).toBe(7);
    expect(execution.asked.map(({ method }) => method)).toEqual(['update', 'pollUpdate']);
  });

  test('rejects with WorkflowUpdateFailedError when the update failed', async () => {
    const { client } = clientOverHttp({ update: ok(failure) });
    const error = await client.workflow
      .getHandle('c-1')
      .executeUpdate(add, { args: [2] })
      .catch((err: unknown) => err);
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    expect((error as Error).message).toBe('Workflow Update failed');
    expect((error as Error).cause).toBeInstanceOf(ApplicationFailure);
    expect((error as Error).cause).toMatchObject({ message: 'too many', type: 'Limit' });
  });

  test('of a closed workflow rejects with WorkflowNotFoundError', async () => {
    const { client } = clientOverHttp({ update: () => refused({ code: 'NOT_FOUND', message: 'closed' }) });
    const error = await client.workflow
      .getHandle('c-1')
      .executeUpdate('add')
      .catch((err: unknown) => err);
    expect(error).toBeInstanceOf(WorkflowNotFoundError);
  });

  test('sends the first run of the chain along', async () => {
    const { client, execution } = clientOverHttp({ update: ok(success) });
    await client.workflow
      .getHandle('c-1', undefined, { firstExecutionRunId: 'first' })
      .executeUpdate(add, { args: [1] });
    expect(execution.asked[0]?.args[1]).toMatchObject({ firstExecutionRunId: 'first' });
  });
});

describe('startUpdate', () => {
  test('gives a handle as soon as the update is accepted', async () => {
    const { client, execution } = clientOverHttp({ update: ok(accepted), pollUpdate: ok(success) });
    const handle = await client.workflow.getHandle('c-1').startUpdate(add, {
      args: [2],
      updateId: 'u-1',
      waitForStage: WorkflowUpdateStage.ACCEPTED,
    });
    expect(handle).toMatchObject({ updateId: 'u-1', workflowId: 'c-1', workflowRunId: RUN_ID });
    expect(execution.asked.map(({ method }) => method)).toEqual(['update']);
    expect(await handle.result()).toBe(7);
    expect(execution.asked[1]?.args.slice(1, 4)).toEqual([RUN_ID, 'u-1', 'COMPLETED']);
  });

  test.each([
    ['ADMITTED', 'ACCEPTED'],
    [undefined, 'ACCEPTED'],
    ['UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED', 'COMPLETED'],
    [3, 'COMPLETED'],
  ])('asked to wait for %s, waits until the update is %s', async (asked, stage) => {
    const { client, execution } = clientOverHttp({ update: ok(success) });
    const waitForStage = asked as typeof WorkflowUpdateStage.ACCEPTED;
    await client.workflow.getHandle('c-1').startUpdate(add, { args: [2], waitForStage });
    expect(execution.asked[0]?.args[1]).toMatchObject({ waitStage: stage });
  });

  test('refuses a stage that does not exist', async () => {
    const { client, execution } = clientOverHttp({ update: ok(success) });
    const waitForStage = 'DONE' as typeof WorkflowUpdateStage.ACCEPTED;
    const call = client.workflow.getHandle('c-1').startUpdate(add, { args: [2], waitForStage });
    await expect(call).rejects.toThrow(new ValueError("Invalid enum value: 'DONE'"));
    expect(execution.asked).toEqual([]);
  });

  test('can be picked up again by ID', async () => {
    const { client, execution } = clientOverHttp({ pollUpdate: ok(failure) });
    const handle = client.workflow.getHandle('c-1', 'run-7').getUpdateHandle<number>('u-1');
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(execution.asked[0]?.args.slice(1, 3)).toEqual(['run-7', 'u-1']);
  });
});

describe('the end of the call', () => {
  const never = () => new Promise(() => undefined);

  test('by deadline is WorkflowUpdateRPCTimeoutOrCancelledError', async () => {
    const { client } = clientOverHttp({ update: never });
    const call = client.withDeadline(Date.now() + 50, () =>
      client.workflow.getHandle('c-1').executeUpdate('add'),
    );
    const error = await call.catch((err: unknown) => err);
    expect(error).toBeInstanceOf(WorkflowUpdateRPCTimeoutOrCancelledError);
    expect(isGrpcDeadlineError(error)).toBe(true);
    expect(isGrpcCancelledError(error)).toBe(false);
  });

  test('by signal is too', async () => {
    const { client } = clientOverHttp({ update: never });
    const controller = new AbortController();
    const call = client.withAbortSignal(controller.signal, () =>
      client.workflow.getHandle('c-1').executeUpdate('add'),
    );
    setTimeout(() => controller.abort(), 20);
    const error = await call.catch((err: unknown) => err);
    expect(error).toBeInstanceOf(WorkflowUpdateRPCTimeoutOrCancelledError);
    expect(isGrpcCancelledError(error)).toBe(true);
  });
});

describe('update-with-start', () => {
  const start = { runId: RUN_ID, firstExecutionRunId: RUN_ID, started: true, status: 'RUNNING' };
  const operation = () =>
    new WithStartWorkflowOperation('cart', {
      workflowId: 'c-1',
      taskQueue: 'q',
      args: ['x'],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });

  test('gives the result of the update and a handle of the workflow', async () => {
    const { client, execution } = clientOverHttp({ updateWithStart: ok({ start, update: success }) });
    const startWorkflowOperation = operation();
    const value = await client.workflow.executeUpdateWithStart(add, { args: [2], startWorkflowOperation });
    expect(value).toBe(7);
    expect((await startWorkflowOperation.workflowHandle()).workflowId).toBe('c-1');
    expect(execution.asked[0]?.args.slice(1)).toMatchObject([
      {
        workflowType: 'cart',
        workflowIdConflictPolicy: 'USE_EXISTING',
        input: { payloads: [jsonPayload('x')] },
      },
      { waitStage: 'COMPLETED', request: { input: { name: 'add' } } },
    ]);
  });

  test('gives a handle of the update when that is asked for', async () => {
    const { client } = clientOverHttp({
      updateWithStart: ok({ start, update: accepted }),
      pollUpdate: ok(success),
    });
    const handle = await client.workflow.startUpdateWithStart(add, {
      args: [2],
      waitForStage: 'ACCEPTED',
      startWorkflowOperation: operation(),
    });
    expect(await handle.result()).toBe(7);
  });

  test('refused for the workflow ID rejects both', async () => {
    const { client } = clientOverHttp({
      updateWithStart: () => refused({ code: 'ALREADY_EXISTS', message: 'taken' }),
    });
    const startWorkflowOperation = operation();
    const call = client.workflow.executeUpdateWithStart(add, { args: [2], startWorkflowOperation });
    await expect(call).rejects.toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    await expect(startWorkflowOperation.workflowHandle()).rejects.toBeInstanceOf(
      WorkflowExecutionAlreadyStartedError,
    );
  });

  test('an update that failed leaves the workflow started', async () => {
    const { client } = clientOverHttp({ updateWithStart: ok({ start, update: failure }) });
    const startWorkflowOperation = operation();
    const call = client.workflow.executeUpdateWithStart(add, { args: [2], startWorkflowOperation });
    await expect(call).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect((await startWorkflowOperation.workflowHandle()).workflowId).toBe('c-1');
  });

  test('takes an operation once', async () => {
    const { client } = clientOverHttp({ updateWithStart: ok({ start, update: success }) });
    const startWorkflowOperation = operation();
    await client.workflow.executeUpdateWithStart(add, { args: [1], startWorkflowOperation });
    const again = client.workflow.executeUpdateWithStart(add, { args: [1], startWorkflowOperation });
    await expect(again).rejects.toThrow(
      'This WithStartWorkflowOperation instance has already been executed.',
    );
  });
});
