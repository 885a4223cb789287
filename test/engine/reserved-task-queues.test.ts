/** Who gets onto a task queue of the runtime's own could act with its rights: no way may lead there. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/sdk/common/wire/commands.ts';
import { args, command, given, Host } from './support/host.ts';

const taskQueue = { name: '/_sys/x' };

describe('reserved task queues (TQ-1)', () => {
  test.each<[string, string, Command]>([
    [
      'an activity',
      'BAD_SCHEDULE_ACTIVITY_ATTRIBUTES',
      command('ScheduleActivityTask', {
        activityId: 'a',
        activityType: { name: 'pay' },
        taskQueue,
        startToCloseTimeout: 1_000,
      }),
    ],
    [
      'a child',
      'BAD_START_CHILD_EXECUTION_ATTRIBUTES',
      command('StartChildWorkflowExecution', {
        workflowId: 'kid',
        workflowType: { name: 'child' },
        taskQueue,
      }),
    ],
    [
      'the next run',
      'BAD_CONTINUE_AS_NEW_ATTRIBUTES',
      command('ContinueAsNewWorkflowExecution', { taskQueue }),
    ],
  ])('%s of a caller’s workflow cannot be sent to one: the task fails', (_what, cause, bad) => {
    const host = given(bad);
    const failed = host.last('WorkflowTaskFailed');
    expect(failed.cause).toBe(cause);
    expect(failed.failure?.message).toContain('/_sys/');
  });

  test('an activity’s options cannot be changed to one', () => {
    const host = given(
      command('ScheduleActivityTask', {
        activityId: 'a',
        activityType: { name: 'pay' },
        startToCloseTimeout: 1_000,
      }),
    );
    const result = host.apply({
      kind: 'UpdateActivityOptions',
      activities: { by: 'id', activityId: 'a' },
      options: { taskQueue: '/_sys/x' },
      updateMask: ['taskQueue.name'],
    });
    expect(result).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
  });

  test('a workflow of the runtime’s own starts there and stays there', () => {
    const host = new Host();
    expect(host.start({ taskQueue: '/_sys/x', isInternal: true })).toMatchObject({ ok: true });
    host.task(command('ContinueAsNewWorkflowExecution', { taskQueue, input: args(1) }));
    expect(host.last('WorkflowExecutionStarted')).toMatchObject({ taskQueue });
    expect(host.run.runSeq).toBe(2);
  });
});
