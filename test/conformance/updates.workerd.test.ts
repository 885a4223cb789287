/** Updates. */
import {
  ActivityFailure,
  ApplicationFailure,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { attributesOf, client, failureOf, milestones, options, taskQueue, unique } from './support.ts';
import { logs } from './worker/index.ts';
import * as programs from './workflows/messages.ts';

const begin = (name: string) => client.workflow.start(programs.updatable, options(name));

describe('updates', () => {
  test('give their result, and are in history', async () => {
    const handle = await begin('update');
    expect(await handle.executeUpdate(programs.setName, { args: ['Ada'], updateId: 'u-1' })).toBe('');
    expect(await handle.executeUpdate(programs.setName, { args: ['Grace'] })).toBe('Ada');
    expect(await handle.executeUpdate(programs.addUp, { args: [2, 3] })).toBe(5);
    expect(await handle.executeUpdate(programs.nothing)).toBeUndefined();
    expect(await handle.executeUpdate<number, [number, number]>('addUp', { args: [1, 1] })).toBe(2);
    await handle.signal(programs.finish);
    expect(await handle.result()).toEqual({ name: 'Grace', log: ['setName', 'setName'] });
    const [accepted] = await attributesOf(handle.workflowId, 'WorkflowExecutionUpdateAccepted');
    expect(accepted).toMatchObject({
      protocolInstanceId: 'u-1',
      acceptedRequest: { meta: { updateId: 'u-1' }, input: { name: 'setName', args: ['Ada'] } },
    });
    const [completed] = await attributesOf(handle.workflowId, 'WorkflowExecutionUpdateCompleted');
    expect(completed).toMatchObject({ meta: { updateId: 'u-1' }, outcome: { success: [''] } });
    expect((await milestones(handle.workflowId)).slice(0, 3)).toEqual([
      'WorkflowExecutionStarted',
      'WorkflowExecutionUpdateAccepted',
      'WorkflowExecutionUpdateCompleted',
    ]);
  });

  test('that the validator refuses leave no event, and their ID can be used again', async () => {
    const handle = await begin('rejected');
    const rejected = handle.executeUpdate(programs.setName, { args: [''], updateId: 'again' });
    const error = (await failureOf(rejected)) as WorkflowUpdateFailedError;
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(error.message).toBe('Workflow Update failed');
    expect(error.cause).toMatchObject({ message: 'name must not be empty' });
    const typed = (await failureOf(
      handle.executeUpdate(programs.setName, { args: ['typed'] }),
    )) as WorkflowUpdateFailedError;
    expect(typed.cause).toMatchObject({ type: 'Rejected', details: [1] });
    expect(await handle.executeUpdate(programs.setName, { args: ['ok'], updateId: 'again' })).toBe('');
    await handle.signal(programs.finish);
    await handle.result();
    expect(await attributesOf(handle.workflowId, 'WorkflowExecutionUpdateAccepted')).toHaveLength(1);
  });

  test('sent twice with one ID run once', async () => {
    const handle = await begin('dedupe');
    const [first, second] = await Promise.all([
      handle.executeUpdate(programs.slow, { args: ['one'], updateId: 'same' }),
      handle.executeUpdate(programs.slow, { args: ['two'], updateId: 'same' }),
    ]);
    expect(first).toBe(second);
    expect(await handle.executeUpdate(programs.slow, { args: ['three'], updateId: 'same' })).toBe(first);
    await handle.signal(programs.finish);
    expect((await handle.result()).log).toEqual(['same']);
    expect(await handle.getUpdateHandle<string>('same').result()).toBe(first);
  });

  test('can be waited for in two steps', async () => {
    const handle = await begin('two-steps');
    const update = await handle.startUpdate(programs.slow, {
      args: ['later'],
      updateId: 'id-1',
      waitForStage: 'ACCEPTED',
    });
    expect(update.updateId).toBe('id-1');
    expect(update.workflowId).toBe(handle.workflowId);
    expect(update.workflowRunId).toBe(handle.firstExecutionRunId);
    expect(await update.result()).toBe('later!');
    expect(await update.result()).toBe('later!');
    await handle.terminate();
  });

  test.each([
    ['temporal', { message: 'update failed', type: 'UpdateFailure', nonRetryable: true, details: ['why'] }],
    ['cancelled', { message: 'cancelled update', name: 'CancelledFailure' }],
    ['activity', { name: 'ActivityFailure', cause: { message: 'deep' } }],
  ] as const)('whose handler throws (%s) fail, and the workflow goes on', async (kind, cause) => {
    const handle = await begin(`failing-${kind}`);
    const error = (await failureOf(
      handle.executeUpdate(programs.failing, { args: [kind] }),
    )) as WorkflowUpdateFailedError;
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(error.cause).toMatchObject(cause);
    if (kind === 'temporal') expect(error.cause).toBeInstanceOf(ApplicationFailure);
    if (kind === 'activity') expect(error.cause).toBeInstanceOf(ActivityFailure);
    expect(await handle.executeUpdate(programs.addUp, { args: [1, 2] })).toBe(3);
    await handle.signal(programs.finish);
    await handle.result();
  });

  test('that no handler takes are rejected', async () => {
    const handle = await begin('unknown');
    const error = (await failureOf(handle.executeUpdate('nonsense'))) as WorkflowUpdateFailedError;
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(error.cause?.message).toBe('No registered handler for update: nonsense');
    await handle.terminate();
    const byDefault = await client.workflow.start(programs.defaultUpdates, options('default-update'));
    expect(await byDefault.executeUpdate<string, [number]>('nonsense', { args: [7] })).toBe('nonsense(7)');
    await byDefault.terminate();
  });

  test('to a closed workflow are not found, but old ones keep their outcome', async () => {
    const handle = await begin('closed');
    await handle.executeUpdate(programs.addUp, { args: [1, 2], updateId: 'old' });
    await handle.signal(programs.finish);
    await handle.result();
    await expect(handle.executeUpdate(programs.addUp, { args: [1, 2] })).rejects.toThrow(
      WorkflowNotFoundError,
    );
    expect(await handle.getUpdateHandle<number>('old').result()).toBe(3);
    await expect(handle.getUpdateHandle('never').result()).rejects.toThrow(WorkflowNotFoundError);
  });

  test('left by a workflow that completes fail, with a warning', async () => {
    const handle = await client.workflow.start(programs.leavesUpdates, {
      ...options('leaves'),
      args: ['WARN_AND_ABANDON'],
    });
    const error = (await failureOf(
      handle.executeUpdate(programs.slow, { args: ['x'], updateId: 'left' }),
    )) as WorkflowUpdateFailedError;
    expect(error.cause).toMatchObject({ type: 'AcceptedUpdateCompletedWorkflow', nonRetryable: true });
    expect(await handle.result()).toBe('left');
    const warned = logs.filter(
      ({ message, attributes }) =>
        message.startsWith('[TMPRL1102]') && attributes?.workflowId === handle.workflowId,
    );
    expect(warned).toHaveLength(1);
    expect(warned[0]?.message).toContain('left');
  });

  test('find what the main function prepares', async () => {
    const handle = await client.workflow.start(programs.waitsForSetup, options('setup'));
    expect(await handle.executeUpdate(programs.setName, { args: ['x'] })).toBe('Hello, waitsForSetup! x');
    await handle.signal(programs.finish);
    await handle.result();
  });

  test('20 one after another, 8 at once', async () => {
    const handle = await begin('many');
    for (let index = 0; index < 20; index++) {
      expect(await handle.executeUpdate(programs.addUp, { args: [index, 1] })).toBe(index + 1);
    }
    const sums = await Promise.all(
      Array.from({ length: 8 }, (_, index) => handle.executeUpdate(programs.addUp, { args: [index, index] })),
    );
    expect(sums).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
    await handle.terminate();
  });
});

describe('update with start', () => {
  const operation = (workflowId: string, conflict: 'FAIL' | 'USE_EXISTING', initial = 10) =>
    new WithStartWorkflowOperation(programs.counter, {
      workflowId,
      taskQueue,
      args: [initial],
      workflowIdConflictPolicy: conflict,
    });

  test('starts the workflow and gives the result of the update', async () => {
    const workflowId = unique('uws');
    const startWorkflowOperation = operation(workflowId, 'USE_EXISTING');
    const value = await client.workflow.executeUpdateWithStart(programs.addUp, {
      args: [1, 2],
      startWorkflowOperation,
    });
    expect(value).toBe(13);
    const handle = await startWorkflowOperation.workflowHandle();
    expect(handle.workflowId).toBe(workflowId);
    const again = await client.workflow.executeUpdateWithStart(programs.addUp, {
      args: [1, 1],
      startWorkflowOperation: operation(workflowId, 'USE_EXISTING', 1_000),
    });
    expect(again).toBe(15);
    await handle.signal(programs.finish);
    expect(await handle.result()).toBe(15);
  });

  test('with conflict policy FAIL is refused when one is running', async () => {
    const workflowId = unique('uws-fail');
    await client.workflow.executeUpdateWithStart(programs.addUp, {
      args: [0, 0],
      startWorkflowOperation: operation(workflowId, 'FAIL'),
    });
    const second = operation(workflowId, 'FAIL');
    const error = await failureOf(
      client.workflow.executeUpdateWithStart(programs.addUp, {
        args: [0, 0],
        startWorkflowOperation: second,
      }),
    );
    expect(error).toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    await expect(second.workflowHandle()).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
    await client.workflow.getHandle(workflowId).terminate();
  });

  test('can wait for acceptance only, and an operation is used once', async () => {
    const workflowId = unique('uws-accepted');
    const startWorkflowOperation = operation(workflowId, 'USE_EXISTING');
    const update = await client.workflow.startUpdateWithStart(programs.addUp, {
      args: [1, 1],
      waitForStage: 'ACCEPTED',
      startWorkflowOperation,
    });
    expect(await update.result()).toBe(12);
    await expect(
      client.workflow.executeUpdateWithStart(programs.addUp, { args: [1, 1], startWorkflowOperation }),
    ).rejects.toThrow('already');
    const error = await failureOf(
      client.workflow
        .getHandle(workflowId)
        .terminate()
        .then(() => client.workflow.result(workflowId)),
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
  });
});
