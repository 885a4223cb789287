import { describe, expect, it } from 'vitest';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '../../src/sdk/common/failure.ts';
import { CancellationScope, isCancellation, proxyActivities, sleep } from '../../src/sdk/workflow/index.ts';
import { decoded, modes, World } from './support/world.ts';

interface Activities {
  greet(name: string): Promise<string>;
  work(): Promise<string>;
}
const { greet, work } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

describe.each(modes)('activities: $mode', ({ replayEachTask }) => {
  it('schedules by the sequence number, and resolves with the result (ACT-2)', async () => {
    const world = new World({ hello: async (name: string) => `${await greet(name)}!` }, 'hello', ['Ada'], {
      replayEachTask,
    });
    const first = await world.run();
    expect(first.commands).toMatchObject([
      {
        commandType: 'ScheduleActivityTask',
        attributes: {
          activityId: '1',
          activityType: { name: 'greet' },
          taskQueue: { name: 'queue' },
          startToCloseTimeout: 60_000,
        },
      },
    ]);
    expect(decoded(world.last('ActivityTaskScheduled').attributes.input)).toBe('Ada');
    world.completeActivity('Hello, Ada');
    await world.run();
    expect(world.result).toBe('Hello, Ada!');
  });

  it('rejects with an ActivityFailure around the cause (ACT-7)', async () => {
    const workflow = async () => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        const { activityType, activityId, retryState, identity, message, cause } = error;
        return {
          activityType,
          activityId,
          retryState,
          identity,
          message,
          cause: cause instanceof ApplicationFailure && cause.type,
        };
      }
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    await world.run();
    world.failActivity({
      message: 'no',
      source: 'TypeScriptSDK',
      applicationFailureInfo: { type: 'Refused' },
    });
    await world.run();
    expect(world.result).toEqual({
      activityType: 'work',
      activityId: '1',
      retryState: 'MAXIMUM_ATTEMPTS_REACHED',
      identity: 'worker-7',
      message: 'Activity task failed',
      cause: 'Refused',
    });
  });

  it('drops an activity that is cancelled in the task it was called in (ACT-14)', async () => {
    const workflow = async () => {
      const scope = new CancellationScope();
      const promise = scope.run(() => work());
      scope.cancel();
      try {
        return await promise;
      } catch (error) {
        return [
          isCancellation(error),
          error instanceof ActivityFailure,
          (error as Error).cause instanceof CancelledFailure,
        ];
      }
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    const completion = await world.run();
    expect(completion.commands.map(({ commandType }) => commandType)).toEqual(['CompleteWorkflowExecution']);
    expect(world.result).toEqual([true, true, true]);
  });

  const cancellable =
    (cancellationType: 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED' | 'ABANDON' | undefined) => async () => {
      const { work: cancellableWork } = proxyActivities<Activities>({
        startToCloseTimeout: '1m',
        cancellationType,
      });
      const scope = new CancellationScope();
      const promise = scope.run(() => cancellableWork());
      promise.catch(() => undefined);
      await sleep(10);
      scope.cancel();
      try {
        return await promise;
      } catch (error) {
        return `cancelled: ${isCancellation(error)}`;
      }
    };

  it.each(['TRY_CANCEL', undefined] as const)(
    '%s requests cancellation and rejects at once; later news is ignored (ACT-13)',
    async (type) => {
      const workflow = async () => {
        const result = await cancellable(type)();
        await sleep(10);
        return result;
      };
      const world = new World({ workflow }, 'workflow', [], { replayEachTask });
      await world.run();
      world.fireTimer('1');
      const { commands } = await world.run();
      expect(commands.map(({ commandType }) => commandType)).toEqual([
        'RequestCancelActivityTask',
        'StartTimer',
      ]);
      world.completeActivity('too late');
      await world.run();
      world.fireTimer('2');
      await world.run();
      expect(world.result).toBe('cancelled: true');
    },
  );

  it('what its own commands would bring about ends with the workflow (WFT-8)', async () => {
    const workflow = async () => {
      const scope = new CancellationScope();
      scope
        .run(() => work())
        .catch(() => sleep(10))
        .catch(() => undefined);
      await sleep(10);
      scope.cancel();
      return 'done';
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    await world.run();
    world.fireTimer('1');
    const { commands } = await world.run();
    expect(commands.map(({ commandType }) => commandType)).toEqual([
      'RequestCancelActivityTask',
      'CompleteWorkflowExecution',
    ]);
  });

  it('WAIT_CANCELLATION_COMPLETED waits for the real outcome, which may be success (ACT-13)', async () => {
    const world = new World({ workflow: cancellable('WAIT_CANCELLATION_COMPLETED') }, 'workflow', [], {
      replayEachTask,
    });
    await world.run();
    world.fireTimer();
    const { commands } = await world.run();
    expect(commands).toEqual([
      { commandType: 'RequestCancelActivityTask', attributes: { scheduledEventId: 5 } },
    ]);
    world.completeActivity('done after all');
    await world.run();
    expect(world.result).toBe('done after all');
  });

  it('WAIT_CANCELLATION_COMPLETED rejects when the activity reports itself cancelled', async () => {
    const world = new World({ workflow: cancellable('WAIT_CANCELLATION_COMPLETED') }, 'workflow', [], {
      replayEachTask,
    });
    await world.run();
    world.fireTimer();
    await world.run();
    world.cancelActivity(undefined, 'details');
    await world.run();
    expect(world.result).toBe('cancelled: true');
  });

  it('ABANDON sends nothing and rejects at once (ACT-13)', async () => {
    const workflow = async () => {
      const result = await cancellable('ABANDON')();
      await sleep(10);
      return result;
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    await world.run();
    world.fireTimer('1');
    const { commands } = await world.run();
    expect(commands.map(({ commandType }) => commandType)).toEqual(['StartTimer']);
    world.failActivity({ message: 'whatever' });
    world.fireTimer('2');
    await world.run();
    expect(world.result).toBe('cancelled: true');
  });
});
