import { describe, expect, it } from 'vitest';
import { CancelledFailure } from '../../src/sdk/common/failure.ts';
import type { Duration } from '../../src/sdk/common/time.ts';
import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  setHandler,
  sleep,
  Trigger,
} from '../../src/sdk/workflow/index.ts';
import { modes, World } from './support/world.ts';

const { work, other } = proxyActivities<{ work(): Promise<string>; other(): Promise<string> }>({
  startToCloseTimeout: '1m',
});
const poke = defineSignal('poke');
const types = (commands: readonly { commandType: string }[]) =>
  commands.map(({ commandType }) => commandType);

describe.each(modes)('timers: $mode', ({ replayEachTask }) => {
  const run = (workflow: (...args: never[]) => unknown, ...args: unknown[]) =>
    new World({ workflow }, 'workflow', args, { replayEachTask });

  it('sleeps at least a millisecond, under the sequence number (TMR-1)', async () => {
    const world = run(async () => {
      await sleep(-5);
      await sleep('2 days', { summary: 'waits' });
      return 'awake';
    });
    const first = await world.run();
    expect(first.commands).toEqual([
      { commandType: 'StartTimer', attributes: { timerId: '1', startToFireTimeout: 1 } },
    ]);
    world.fireTimer();
    const second = await world.run();
    expect(second.commands).toMatchObject([
      { attributes: { timerId: '2', startToFireTimeout: 172_800_000 }, userMetadata: {} },
    ]);
    world.fireTimer('2');
    await world.run();
    expect(world.result).toBe('awake');
  });

  it('a duration that is no number is refused where it is given, and uses up a timer number (TMR-1)', async () => {
    const world = run(async () => {
      const errors: string[] = [];
      for (const duration of [Number.NaN, 'nonsense' as Duration])
        await (async () => sleep(duration))().catch((error) => errors.push(String(error)));
      await sleep(1);
      return errors;
    });
    const { commands } = await world.run();
    expect(commands).toMatchObject([{ commandType: 'StartTimer', attributes: { timerId: '3' } }]);
    world.fireTimer('3');
    await world.run();
    expect(world.result).toEqual([
      'ValueError: Invalid millis NaN',
      "TypeError: Invalid duration string: 'nonsense'",
    ]);
  });

  it('delivers several timers of one task in event order (TMR-3)', async () => {
    const world = run(async () => {
      const order: number[] = [];
      await Promise.all([3, 1, 2].map((n) => sleep(n * 1000).then(() => order.push(n))));
      return order;
    });
    await world.run();
    world.fireTimer('2');
    world.fireTimer('3');
    world.fireTimer('1');
    await world.run();
    expect(world.result).toEqual([1, 2, 3]);
  });

  it('cancels a recorded timer at once, and leaves no trace of one cancelled in its own task (TMR-4)', async () => {
    const world = run(async () => {
      const early = new CancellationScope();
      early.run(() => sleep(1000)).catch(() => undefined);
      early.cancel();
      const late = new CancellationScope();
      const sleeping = late.run(() => sleep('1h'));
      await sleep(10);
      late.cancel();
      await sleeping.catch((error: Error) => error instanceof CancelledFailure || Promise.reject(error));
      await late.run(() => sleep(5)).catch((error: Error) => error.message);
      return 'done';
    });
    const first = await world.run();
    expect(first.commands.map((command) => command.attributes)).toEqual([
      { timerId: '2', startToFireTimeout: 3_600_000 },
      { timerId: '3', startToFireTimeout: 10 },
    ]);
    world.fireTimer('3');
    const second = await world.run();
    expect(types(second.commands)).toEqual(['CancelTimer', 'CompleteWorkflowExecution']);
  });

  it('condition: resolves when the predicate holds after a job (TMR-7)', async () => {
    const world = run(async () => {
      let isPoked = false;
      setHandler(poke, () => {
        isPoked = true;
      });
      await condition(() => isPoked);
      return 'poked';
    });
    expect((await world.run()).commands).toEqual([]);
    world.signal('poke');
    await world.run();
    expect(world.result).toBe('poked');
  });

  it('condition: one that holds makes others hold, through microtasks (WFT-10)', async () => {
    const world = run(async () => {
      let stage = 0;
      const chain = [1, 2, 3].map((n) => condition(() => stage === n).then(() => (stage = n + 1)));
      await sleep(1);
      stage = 1;
      await Promise.all(chain);
      return stage;
    });
    await world.run();
    world.fireTimer();
    await world.run();
    expect(world.result).toBe(4);
  });

  it('condition with a timeout: false when the timer fires, true and a cancelled timer otherwise (TMR-8)', async () => {
    const waits = async () => {
      let isPoked = false;
      setHandler(poke, () => {
        isPoked = true;
      });
      return await condition(() => isPoked, '1h');
    };
    const late = run(waits);
    await late.run();
    late.fireTimer();
    await late.run();
    expect(late.result).toBe(false);

    const early = run(waits);
    await early.run();
    early.signal('poke');
    const { commands } = await early.run();
    expect(types(commands)).toEqual(['CancelTimer', 'CompleteWorkflowExecution']);
    expect(early.result).toBe(true);
  });

  it('condition with a timeout that holds at once leaves no timer (TMR-8)', async () => {
    const world = run(async () => await condition(() => true, '1h'));
    const { commands } = await world.run();
    expect(types(commands)).toEqual(['CompleteWorkflowExecution']);
  });

  it('condition with timeout 0 is a timer of 1 ms behind the patch that Temporal writes (TMR-8)', async () => {
    const world = run(async () => await condition(() => false, 0));
    const { commands } = await world.run();
    expect(types(commands)).toEqual(['RecordMarker', 'UpsertWorkflowSearchAttributes', 'StartTimer']);
    world.fireTimer();
    await world.run();
    expect(world.result).toBe(false);
  });

  it('a predicate made true by an earlier job wins over the timer of the same task (TMR-9)', async () => {
    const world = run(async () => {
      let isPoked = false;
      setHandler(poke, () => {
        isPoked = true;
      });
      return await condition(() => isPoked, '1h');
    });
    await world.run();
    world.fireTimer();
    world.signal('poke');
    await world.run();
    expect(world.result).toBe(true);
  });
});

describe.each(modes)('cancellation scopes: $mode', ({ replayEachTask }) => {
  const run = (workflow: (...args: never[]) => unknown) =>
    new World({ workflow }, 'workflow', [], { replayEachTask });

  it('a cancel request cancels everything, directly held things before those of child scopes (SCOPE-1, SCOPE-8)', async () => {
    const world = run(async () => {
      const order: string[] = [];
      const note = (name: string, promise: Promise<unknown>) => promise.catch(() => order.push(name));
      const inner = CancellationScope.cancellable(async () => await note('inner', sleep('1h')));
      await Promise.all([
        note('a', sleep('1h')),
        inner,
        note('b', (async () => await new Trigger<void>())()),
      ]);
      return order;
    });
    await world.run();
    world.cancel();
    const { commands } = await world.run();
    expect(
      commands.map((command) => ('timerId' in command.attributes ? command.attributes.timerId : '')),
    ).toEqual(['2', '1', '']);
    expect(world.result).toEqual(['a', 'inner', 'b']);
  });

  it('a cancelled workflow that lets the error pass closes as cancelled (SCOPE-9)', async () => {
    const world = run(async () => await sleep('1h'));
    await world.run();
    world.cancel();
    const { commands } = await world.run();
    expect(types(commands)).toEqual(['CancelTimer', 'CancelWorkflowExecution']);
  });

  it('a cancellation error of its own making fails the workflow (SCOPE-9)', async () => {
    const world = run(async () => {
      const scope = new CancellationScope();
      scope.cancel();
      await scope.run(() => sleep(5));
    });
    const { commands } = await world.run();
    expect(commands).toMatchObject([
      { commandType: 'FailWorkflowExecution', attributes: { failure: { canceledFailureInfo: {} } } },
    ]);
  });

  it('may ignore the request and complete (SCOPE-8), also after cleaning up in a shielded scope (SCOPE-4)', async () => {
    const world = run(async () => {
      try {
        await sleep('1h');
      } catch (error) {
        if (!isCancellation(error)) throw error;
        return await CancellationScope.nonCancellable(async () => await work());
      }
      return 'not cancelled';
    });
    await world.run();
    world.cancel();
    expect(types((await world.run()).commands)).toEqual(['CancelTimer', 'ScheduleActivityTask']);
    world.completeActivity('cleaned up');
    await world.run();
    expect(world.result).toBe('cleaned up');
  });

  it('cancelling a non-cancellable scope rejects cancelRequested and nothing inside (SCOPE-3)', async () => {
    const world = run(async () => {
      const scope = new CancellationScope({ cancellable: false });
      const inside = scope.run(async () => {
        const child = new CancellationScope();
        const result = await child.run(() => work());
        return [result, child.consideredCancelled];
      });
      scope.cancel();
      const requested = await scope.cancelRequested.catch((error: Error) => error.message);
      return [requested, scope.consideredCancelled, ...(await inside)];
    });
    const { sdkMetadata } = await world.run();
    expect(sdkMetadata?.langUsedFlags).toEqual([1]);
    world.completeActivity('done');
    await world.run();
    expect(world.result).toEqual(['Cancellation scope cancelled', false, 'done', false]);
  });

  it('a cancellable scope inside a shielded one is cancelled on its own (SCOPE-4)', async () => {
    const world = run(
      async () =>
        await CancellationScope.nonCancellable(async () => {
          const inner = new CancellationScope();
          const promise = inner.run(() => sleep('1h'));
          inner.cancel();
          return await promise.catch((error: Error) => error.name);
        }),
    );
    await world.run();
    expect(world.result).toBe('CancelledFailure');
  });

  it('withTimeout cancels what is inside when the time is over, and drops the timer when it is not (SCOPE-5)', async () => {
    const world = run(async () => {
      const first = await CancellationScope.withTimeout('1m', () => work()).catch((error) =>
        isCancellation(error),
      );
      const second = await CancellationScope.withTimeout('1m', () => other());
      return [first, second];
    });
    expect(types((await world.run()).commands)).toEqual(['StartTimer', 'ScheduleActivityTask']);
    world.fireTimer('1');
    expect(types((await world.run()).commands)).toEqual([
      'RequestCancelActivityTask',
      'StartTimer',
      'ScheduleActivityTask',
    ]);
    world.completeActivity('in time', '2');
    const { commands, sdkMetadata } = await world.run();
    expect(types(commands)).toEqual(['CancelTimer', 'CompleteWorkflowExecution']);
    expect(sdkMetadata).toEqual({ langUsedFlags: [1] });
    expect(world.result).toEqual([true, 'in time']);
  });

  it('run settles as its function settles, and a second cancel does nothing (SCOPE-6, SCOPE-7)', async () => {
    const world = run(async () => {
      const scope = new CancellationScope();
      const promise = scope.run(async () => await sleep('1h').catch(() => 'swallowed'));
      await sleep(1);
      scope.cancel();
      scope.cancel();
      return await promise;
    });
    await world.run();
    world.fireTimer('2');
    expect(types((await world.run()).commands)).toEqual(['CancelTimer', 'CompleteWorkflowExecution']);
    expect(world.result).toBe('swallowed');
  });

  it('race does not cancel the losers (SCOPE-11)', async () => {
    const world = run(async () => {
      await Promise.race([sleep(5), sleep('1h')]);
      return CancellationScope.current().consideredCancelled;
    });
    await world.run();
    world.fireTimer('1');
    expect(types((await world.run()).commands)).toEqual(['CompleteWorkflowExecution']);
  });

  it('a trigger resolves from a signal, and rejects with its scope (SCOPE-12)', async () => {
    const world = run(async () => {
      const trigger = new Trigger<string>();
      setHandler(poke, () => trigger.resolve('pulled'));
      const value = await trigger;
      const scope = new CancellationScope();
      const late = scope.run(async () => await new Trigger<string>());
      scope.cancel();
      return [value, await late.catch((error: Error) => error.name)];
    });
    await world.run();
    world.signal('poke');
    await world.run();
    expect(world.result).toEqual(['pulled', 'CancelledFailure']);
  });

  it('can be told which scope is its parent', async () => {
    const world = run(async () => {
      const outer = new CancellationScope();
      const inner = new CancellationScope({ cancellable: true, parent: outer });
      const promise = inner.run(() => sleep('1h'));
      await sleep(1);
      outer.cancel();
      return [await promise.catch((error: Error) => error.name), inner.parent === outer, patched('p')];
    });
    await world.run();
    world.fireTimer('2');
    await world.run();
    expect(world.result).toEqual(['CancelledFailure', true, true]);
  });
});
