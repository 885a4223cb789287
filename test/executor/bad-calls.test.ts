/** FAIL-12: what happens to calls whose options or values are none. */
import { describe, expect, it } from 'vitest';
import type { Duration } from '../../src/sdk/common/time.ts';
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  executeChild,
  getExternalWorkflowHandle,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  startChild,
} from '../../src/sdk/workflow/index.ts';
import { modes, World } from './support/world.ts';

interface Activities {
  work(value?: unknown): Promise<string>;
}
const { work } = proxyActivities<Activities>({ startToCloseTimeout: '1m' });
const badDuration = 'soon' as Duration;
const textOf = (error: unknown) => String(error);

describe.each(modes)('calls that cannot be made: $mode', ({ replayEachTask }) => {
  const run = (workflow: (...args: never[]) => unknown) =>
    new World({ workflow }, 'workflow', [], { replayEachTask, localActivities: () => () => 'done' });

  it('FAIL-12: reject like any other, and those made beside them go on', async () => {
    const world = run(async () => {
      const { work: badWork } = proxyActivities<Activities>({ startToCloseTimeout: badDuration });
      const external = getExternalWorkflowHandle('other');
      const settled = await Promise.allSettled([
        work(10n),
        badWork(),
        sleep(Number.POSITIVE_INFINITY),
        external.signal('poke', 10n),
        executeChild('kid', { args: [], workflowTaskTimeout: badDuration }),
        startChild('kid', { args: [10n] }),
        startChild('kid', { args: 'text' as never }),
        work('fine'),
      ]);
      return settled.map((one) => (one.status === 'rejected' ? textOf(one.reason) : one.value));
    });
    const { commands } = await world.run();
    expect(commands).toMatchObject([
      { commandType: 'ScheduleActivityTask', attributes: { activityId: '3' } },
    ]);
    world.completeActivity('worked');
    await world.run();
    const noDuration = "TypeError: Invalid duration string: 'soon'";
    const noPayload = 'ValueError: Unable to convert 10 to payload';
    expect(world.result).toEqual([
      noPayload,
      noDuration,
      'ValueError: Invalid millis Infinity',
      noPayload,
      noDuration,
      noPayload,
      'TypeError: values.map is not a function',
      'worked',
    ]);
  });

  it('FAIL-12: leave nothing behind in their scope', async () => {
    const world = run(async () => {
      const scope = new CancellationScope();
      const calls = [
        () => sleep(Number.NaN),
        () => work(10n),
        () => executeChild('kid', { args: [10n] }),
        () => getExternalWorkflowHandle('other').signal('poke', 10n),
      ];
      const errors = await Promise.all(calls.map((call) => scope.run(call).catch(textOf)));
      scope.cancel();
      await sleep(1);
      return errors.length;
    });
    await world.run();
    world.fireTimer();
    await world.run();
    expect(world.result).toBe(4);
  });

  it('SCOPE-7: in a cancelled scope nobody looks at the options', async () => {
    const world = run(async () => {
      const scope = new CancellationScope();
      scope.cancel();
      const { work: badWork } = proxyActivities<Activities>({ startToCloseTimeout: badDuration });
      const { work: badLocal } = proxyLocalActivities<Activities>({ startToCloseTimeout: badDuration });
      const calls: (() => Promise<unknown>)[] = [() => sleep(Number.NaN), () => badWork(), () => badLocal()];
      return await Promise.all(calls.map((call) => scope.run(call).catch(textOf)));
    });
    await world.run();
    expect(world.result).toEqual(Array(3).fill('CancelledFailure: Cancellation scope cancelled'));
  });

  it('LA-2: a local activity whose options are none never runs', async () => {
    const world = run(async () => {
      const options = [
        { startToCloseTimeout: badDuration },
        { startToCloseTimeout: '1s', localRetryThreshold: badDuration },
        { startToCloseTimeout: '1s', scheduleToStartTimeout: Number.POSITIVE_INFINITY },
      ] as const;
      return await Promise.all(
        options.map((one) => proxyLocalActivities<Activities>(one).work().catch(textOf)),
      );
    });
    const { commands } = await world.run();
    expect(commands).toHaveLength(1);
    expect(world.result).toEqual([
      "TypeError: Invalid duration string: 'soon'",
      "TypeError: Invalid duration string: 'soon'",
      'ValueError: Invalid millis Infinity',
    ]);
  });

  it('TMR-8: a predicate that throws at once rejects the condition, and its timer is no loose end', async () => {
    const world = run(async () => {
      const fails = () => {
        throw ApplicationFailure.nonRetryable('looked too early');
      };
      const errors = [await condition(fails).catch(textOf), await condition(fails, '1h').catch(textOf)];
      await sleep(1);
      return errors;
    });
    const { commands } = await world.run();
    expect(commands).toMatchObject([{ commandType: 'StartTimer', attributes: { timerId: '2' } }]);
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual(Array(2).fill('ApplicationFailure: looked too early'));
  });
});

describe('options of proxies', () => {
  it('ACT-30: are read at each call, and those of a single call may be left out', async () => {
    const world = new World(
      {
        workflow: async () => {
          const options = { startToCloseTimeout: '1m' as Duration, taskQueue: 'first' };
          const { work: one } = proxyActivities<Activities>(options);
          options.taskQueue = 'second';
          one().catch(() => undefined);
          one.executeWithOptions(undefined as never, []).catch(() => undefined);
          one
            .executeWithOptions({ taskQueue: 'third', retry: { maximumAttempts: 2 } }, [])
            .catch(() => undefined);
          await sleep(1);
        },
      },
      'workflow',
    );
    const { commands } = await world.run();
    const queues = commands.map(({ attributes }) => 'taskQueue' in attributes && attributes.taskQueue?.name);
    expect(queues).toEqual(['second', 'second', 'third', false]);
    expect(commands[2]).toMatchObject({ attributes: { startToCloseTimeout: 60_000 } });
  });
});
