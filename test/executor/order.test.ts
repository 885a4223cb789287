/** Orders and numbers that a history depends on without showing them: what breaks if one of them shifts? */
import { describe, expect, it } from 'vitest';
import {
  CancellationScope,
  defineQuery,
  defineSignal,
  isCancellation,
  patched,
  setHandler,
  sleep,
  workflowInfo,
} from '../../src/sdk/workflow/index.ts';
import { type Factory, modes, payloads, World } from './support/world.ts';

interface Globals {
  Math: Math;
  setTimeout(callback: () => void, ms: number): number;
  clearTimeout(handle: number): void;
}

const withGlobals =
  (workflow: (globals: Globals) => Promise<unknown>): Factory =>
  (globals) => ({ workflow: () => workflow(globals as unknown as Globals) });

const poke = defineSignal('poke');
const draw = defineQuery<number>('draw');

describe.each(modes)('order and numbers: $mode', ({ replayEachTask }) => {
  const worldOf = (workflows: Record<string, () => unknown> | Factory, started = {}) =>
    new World(workflows, 'workflow', [], { replayEachTask, started });

  it('clearing a timeout that has fired, or was cleared, uses up a timer number (TMR-6)', async () => {
    // Temporal's worker replays histories with these gaps, and refuses them without.
    const world = worldOf(
      withGlobals(async ({ setTimeout, clearTimeout }) => {
        const fired = setTimeout(() => {}, 5);
        await sleep(10);
        clearTimeout(fired);
        const cleared = setTimeout(() => {}, 60_000);
        clearTimeout(cleared);
        clearTimeout(cleared);
        await sleep(20);
      }),
    );
    await world.run();
    world.fireTimer('1');
    await world.run();
    world.fireTimer('2');
    const { commands } = await world.run();
    expect(commands.map(({ attributes }) => attributes)).toEqual([{ timerId: '6', startToFireTimeout: 20 }]);
  });

  it('all resolutions of a task are applied before any continuation runs (WFT-12)', async () => {
    const world = worldOf({
      workflow: async () => {
        const seen: string[] = [];
        let isSecondDone = false;
        const first = sleep(1).then(() => seen.push(`first, second is ${isSecondDone ? 'done' : 'open'}`));
        const second = CancellationScope.cancellable(() => sleep(2)).then(() => {
          isSecondDone = true;
          seen.push('second');
        });
        const third = sleep(3).then(() => seen.push('third'));
        await Promise.all([first, second, third]);
        return seen;
      },
    });
    await world.run();
    world.fireTimer('1');
    world.fireTimer('2');
    world.fireTimer('3');
    await world.run();
    // The second goes through the promises of its scope, so the third overtakes it: none waited for another's continuation.
    expect(world.result).toEqual(['first, second is open', 'third', 'second']);
  });

  it('what is created after an await still belongs to its scope (SCOPE-2)', async () => {
    const world = worldOf({
      workflow: async () => {
        const scope = new CancellationScope();
        const inside = scope
          .run(async () => {
            await sleep(1);
            await sleep('1 day');
          })
          .catch((error: unknown) => (isCancellation(error) ? 'cancelled' : 'other'));
        await sleep(5);
        scope.cancel();
        return await inside;
      },
    });
    await world.run();
    world.fireTimer('1');
    await world.run();
    world.fireTimer('2');
    const { commands } = await world.run();
    expect(commands.map(({ commandType }) => commandType)).toEqual([
      'CancelTimer',
      'CompleteWorkflowExecution',
    ]);
    expect(world.result).toBe('cancelled');
  });

  it('who waits for cancelRequested hears of it between what began before and after it (SCOPE-3)', async () => {
    const world = worldOf({
      workflow: async () => {
        const heard: string[] = [];
        const listen = (name: string, promise: Promise<unknown>) =>
          promise.catch(() => heard.push(name)) as Promise<unknown>;
        const scope = new CancellationScope();
        const all = scope.run(() =>
          Promise.all([
            listen('before', sleep(1000)),
            listen('scope', Promise.race([scope.cancelRequested])),
            listen('after', sleep(1000)),
          ]),
        );
        await sleep(1);
        scope.cancel();
        await all;
        return heard;
      },
    });
    await world.run();
    world.fireTimer('3');
    await world.run();
    expect(world.result).toEqual(['before', 'scope', 'after']);
  });

  it('a signal for which no handler comes is lost at the close, in silence (SIG-5)', async () => {
    const world = worldOf({ workflow: async () => 'done' });
    world.signal('poke');
    const { commands } = await world.run();
    expect(commands.map(({ commandType }) => commandType)).toEqual(['CompleteWorkflowExecution']);
  });

  it('patches are known before code asks, in whatever task they were recorded (PATCH-6)', async () => {
    const world = worldOf({
      workflow: async () => {
        const early = patched('early');
        await sleep(1);
        return [early, patched('late'), patched('early')];
      },
    });
    await world.run();
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual([true, true, true]);
    expect(world.types.filter((type) => type === 'MarkerRecorded')).toHaveLength(2);
  });

  it('the run before shows as lastResult and lastFailure, of which one payload is read (CRON-7, CONV-2)', async () => {
    const world = worldOf(
      {
        workflow: async () => {
          const { lastResult, lastFailure } = workflowInfo();
          return [lastResult, lastFailure?.message];
        },
      },
      {
        lastCompletionResult: payloads('first', 'second'),
        continuedFailure: { message: 'out of stock', applicationFailureInfo: { type: 'Stock' } },
      },
    );
    await world.run();
    expect(world.result).toEqual(['first', 'out of stock']);
  });
});

describe('order and numbers: queries', () => {
  it('a query that draws moves the stream of its instance; unsafe.random does not (DET-6)', async () => {
    const runWith = async (query: 'none' | 'draws' | 'unsafe') => {
      const world = new World(
        withGlobals(async (globals) => {
          setHandler(draw, () =>
            query === 'draws' ? globals.Math.random() : workflowInfo().unsafe.random.random(),
          );
          let isPoked = false;
          setHandler(poke, () => {
            isPoked = true;
          });
          await sleep(1);
          return [isPoked, globals.Math.random()];
        }),
        'workflow',
      );
      await world.run();
      if (query !== 'none') expect(await world.queryValue('draw')).toBeTypeOf('number');
      world.fireTimer();
      await world.run();
      return world.result;
    };
    const undisturbed = await runWith('none');
    expect(await runWith('unsafe')).toEqual(undisturbed);
    expect(await runWith('draws')).not.toEqual(undisturbed);
  });
});
