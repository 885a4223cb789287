/** Replay against code that has changed: what must be found, what must be let pass, and what the error has to say. */
import { describe, expect, it } from 'vitest';
import { replayHistory } from '../../src/executor/replay.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import {
  DeterminismViolationError,
  defineSignal,
  deprecatePatch,
  executeChild,
  patched,
  proxyActivities,
  setHandler,
  sleep,
} from '../../src/sdk/workflow/index.ts';
import { bundleOf, modes, type Workflows, World } from './support/world.ts';

const { work, other } = proxyActivities<{ work(): Promise<string>; other(): Promise<string> }>({
  startToCloseTimeout: '1m',
});
const types = (commands: readonly { commandType: string }[]) =>
  commands.map(({ commandType }) => commandType);
const replay = (events: readonly HistoryEvent[], workflow: Workflows[string]) =>
  replayHistory({ bundle: bundleOf({ workflow }), events, workflowId: 'w' });

async function recorded(
  workflow: Workflows[string],
  drive: (world: World) => Promise<void>,
): Promise<HistoryEvent[]> {
  const world = new World({ workflow }, 'workflow');
  await drive(world);
  return world.events;
}

const oneActivity = () =>
  recorded(
    async () => await work(),
    async (world) => {
      await world.run();
      world.completeActivity('x');
      await world.run();
    },
  );

describe('replay of a history against changed code', () => {
  it('passes where nothing changed', async () => {
    await replay(await oneActivity(), async () => await work());
  });

  it.each([
    [
      'another type',
      async () => await other(),
      "Activity type of scheduled event 'work' does not match activity type of activity command 'other'",
    ],
    [
      'another ID',
      async () =>
        await proxyActivities<{ work(): Promise<void> }>({
          startToCloseTimeout: 1,
          activityId: 'mine',
        }).work(),
      "Activity id of scheduled event '1' does not match activity id of activity command 'mine'",
    ],
    [
      'another kind',
      async () => await sleep(5),
      'StartTimer command does not handle this event: ActivityTaskScheduled',
    ],
    [
      'no command',
      async () => await new Promise(() => undefined),
      "No command scheduled for event 5 ActivityTaskScheduled '1' of type 'work'",
    ],
    [
      'one more',
      async () => [await work(), await other()],
      'ScheduleActivityTask command does not handle this event: WorkflowExecutionCompleted',
    ],
    [
      'an early end',
      async () => 'x',
      'CompleteWorkflowExecution command does not handle this event: ActivityTaskScheduled',
    ],
  ])('finds %s, and names both sides (NDE-1, NDE-3)', async (_what, workflow, message) => {
    const error = await replay(await oneActivity(), workflow).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeterminismViolationError);
    expect((error as Error).message).toContain(`[TMPRL1100] Nondeterminism error: ${message}`);
    expect((error as Error).message).toContain(
      "(workflow 'w' of type 'workflow', run '0190a000-0000-7000-8000-000000000001')",
    );
  });

  it('compares timers by ID, children by ID and type', async () => {
    const timer = await recorded(
      async () => await sleep(5),
      async (world) => void (await world.run()),
    );
    const changed = timer.map((event) =>
      event.eventType === 'TimerStarted'
        ? { ...event, attributes: { ...event.attributes, timerId: '7' } }
        : event,
    ) as HistoryEvent[];
    await expect(replay(changed, async () => await sleep(5))).rejects.toThrow(
      "Timer id of scheduled event '7' does not match timer id of timer command '1'",
    );
    const child = await recorded(
      async () => await executeChild('kid', { workflowId: 'k' }),
      async (world) => void (await world.run()),
    );
    await expect(replay(child, async () => await executeChild('kit', { workflowId: 'k' }))).rejects.toThrow(
      "Child workflow type of scheduled event 'kid' does not match child workflow type of child workflow command 'kit'",
    );
  });

  it('does not compare inputs and timeouts (NDE-2)', async () => {
    const events = await oneActivity();
    await replay(
      events,
      async () =>
        await proxyActivities<{ work(n: number): Promise<void> }>({ scheduleToCloseTimeout: '2h' }).work(5),
    );
  });

  it('an outcome of something that code never began is nondeterminism (NDE-3)', async () => {
    const events = await oneActivity();
    const stray = events.map((event) =>
      event.eventType === 'ActivityTaskCompleted'
        ? { ...event, attributes: { ...event.attributes, scheduledEventId: 99 } }
        : event,
    ) as HistoryEvent[];
    await expect(replay(stray, async () => await work())).rejects.toThrow(
      /Event 7 ActivityTaskCompleted does not fit: no command of event 99/,
    );
  });

  it('new commands after the last completed task of an open history are no error (NDE-4)', async () => {
    const events = await recorded(
      async () => await work(),
      async (world) => void (await world.run()),
    );
    await replay(events, async () => await Promise.all([work(), sleep(5)]));
  });

  it("passes the code's own errors on, and refuses what is no history", async () => {
    await expect(replay(await oneActivity(), () => Promise.reject(new RangeError('bug')))).rejects.toThrow(
      RangeError,
    );
    await expect(replay([], async () => 1)).rejects.toThrow(
      'A history begins with WorkflowExecutionStarted, this one with nothing',
    );
  });

  it('passes over failed and timed-out tasks: what came before them belongs to the next', async () => {
    const poke = defineSignal('poke');
    let isBroken = true;
    const workflow = async () => {
      let count = 0;
      setHandler(poke, () => {
        count++;
      });
      await sleep(1);
      if (isBroken) throw new TypeError('not yet');
      return count;
    };
    const world = new World({ workflow }, 'workflow');
    await world.run();
    world.signal('poke');
    world.fireTimer();
    await world.runFailing();
    world.signal('poke');
    isBroken = false;
    await world.run();
    expect(world.result).toBe(2);
    await replay(world.events, workflow);
  });
});

describe('nondeterminism in a live task', () => {
  it('fails the task with its cause; corrected code goes on (NDE-1, FAIL-11)', async () => {
    let first = work;
    const world = new World({ workflow: async () => await first() }, 'workflow', [], {
      replayEachTask: true,
    });
    await world.run();
    world.completeActivity('x');
    first = other;
    const failed = await world.runFailing();
    expect(failed.cause).toBe('NON_DETERMINISTIC_ERROR');
    expect(failed.failure.message).toContain(
      "'work' does not match activity type of activity command 'other'",
    );
    first = work;
    await world.run();
    expect(world.result).toBe('x');
  });

  it('fails the run where that is configured (FAIL-11)', async () => {
    let first = work;
    const world = new World({ workflow: async () => await first() }, 'workflow', [], {
      replayEachTask: true,
      workflowFailureErrorTypes: { '*': [], workflow: ['NondeterminismError'] },
    });
    await world.run();
    world.completeActivity('x');
    first = other;
    const { commands } = await world.run();
    expect(types(commands)).toEqual(['FailWorkflowExecution']);
    expect(commands[0]?.attributes).toMatchObject({ failure: { applicationFailureInfo: {} } });
  });
});

describe.each(modes)('patches: $mode', ({ replayEachTask }) => {
  const run = (workflow: Workflows[string]) => new World({ workflow }, 'workflow', [], { replayEachTask });

  it('names that are no text are written as text: the run goes on, and replays (PATCH-3)', async () => {
    const workflow = async () => {
      const name = (value: unknown) => value as string;
      const results = [patched(name(5)), patched(name(undefined)), patched(name({}))];
      deprecatePatch(name(null));
      await sleep(1);
      return [...results, patched('5'), patched('')];
    };
    const world = run(workflow);
    await world.run();
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual([true, true, true, true, true]);
    await replay(world.events, workflow);
  });

  it('live, a patch is active, marked once, and listed in sorted order (PATCH-1, PATCH-3, PATCH-5)', async () => {
    const world = run(async () => {
      const results = [patched('b'), patched('b'), patched('a')];
      await sleep(1);
      return [...results, patched('b')];
    });
    const { commands } = await world.run();
    expect(types(commands)).toEqual([
      'RecordMarker',
      'UpsertWorkflowSearchAttributes',
      'RecordMarker',
      'UpsertWorkflowSearchAttributes',
      'StartTimer',
    ]);
    const text = (bytes: Uint8Array | null | undefined) => new TextDecoder().decode(bytes ?? undefined);
    const marker = world.events.find(({ eventType }) => eventType === 'MarkerRecorded');
    if (marker?.eventType !== 'MarkerRecorded') throw new Error('no marker');
    expect(text(marker.attributes.details?.['patch-data']?.payloads?.[0]?.data)).toBe(
      '{"id":"b","deprecated":false}',
    );
    const list = world.last('UpsertWorkflowSearchAttributes').attributes.searchAttributes?.indexedFields
      ?.TemporalChangeVersion;
    expect(text(list?.data)).toBe('["a","b"]');
    expect(text(list?.metadata?.type)).toBe('KeywordList');
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual([true, true, true, true]);
  });

  it('a list that grew too long is not written any more (PATCH-5)', async () => {
    const world = run(async () => [patched('x'.repeat(1000)), patched('y'.repeat(1100))]);
    const { commands } = await world.run();
    expect(types(commands)).toEqual([
      'RecordMarker',
      'UpsertWorkflowSearchAttributes',
      'RecordMarker',
      'CompleteWorkflowExecution',
    ]);
    await replay(world.events, async () => [patched('x'.repeat(1000)), patched('y'.repeat(1100))]);
  });

  it('before the workflow runs there is nothing to patch (PATCH-7)', async () => {
    const world = new World(
      () => ({ workflow: async () => patched('a'), early: patched('early') }),
      'workflow',
      [],
      {
        replayEachTask,
      },
    );
    expect((await world.runFailing()).failure.message).toBe('Patches cannot be used before Workflow starts');
  });

  it('a callback may leave a patch inactive; the decision is kept (PATCH-7)', async () => {
    const asked: string[] = [];
    const activatePatch = (_info: unknown, patchId: string) => {
      asked.push(patchId);
      return false;
    };
    const world = new World({ workflow: async () => [patched('a'), patched('a')] }, 'workflow', [], {
      replayEachTask,
      activatePatch,
    });
    expect(types((await world.run()).commands)).toEqual(['CompleteWorkflowExecution']);
    expect(world.result).toEqual([false, false]);
    expect(asked).toEqual(['a']);
  });
});

describe('patches: code changes under an open run', () => {
  const unpatched = () =>
    recorded(
      async () => {
        await sleep(1);
        await work();
      },
      async (world) => {
        await world.run();
        world.fireTimer();
        await world.run();
      },
    );
  const marked = (mark: () => unknown) =>
    recorded(
      async () => {
        mark();
        await work();
      },
      async (world) => void (await world.run()),
    );

  it('on replay without a marker the old way is taken (PATCH-1)', async () => {
    await replay(await unpatched(), async () => {
      await sleep(1);
      if (patched('new')) await other();
      else await work();
    });
  });

  it('what replay left undecided is decided live (PATCH-1)', async () => {
    let isNew = false;
    const workflow = async () => {
      const early = isNew ? patched('p') : 'old';
      await sleep(1);
      return [early, isNew ? patched('p') : 'old'];
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask: true });
    await world.run();
    isNew = true;
    world.fireTimer();
    await world.run();
    expect(world.result).toEqual([false, true]);
    await replay(world.events, workflow);
  });

  it('a marker without a call is nondeterminism (PATCH-4)', async () => {
    await expect(replay(await marked(() => patched('p')), async () => await work())).rejects.toThrow(
      'Non-deprecated patch marker encountered for change p, but there is no corresponding change command!',
    );
  });

  it('a deprecated marker without a call is passed over, with its upsert (PATCH-2, PATCH-4)', async () => {
    await replay(await marked(() => deprecatePatch('p')), async () => await work());
    await replay(await marked(() => deprecatePatch('p')), async () => {
      deprecatePatch('p');
      await work();
    });
  });

  it('deprecatePatch accepts histories with the marker of patched, and without any (PATCH-2)', async () => {
    const workflow = async () => {
      deprecatePatch('p');
      await work();
    };
    await replay(await marked(() => patched('p')), workflow);
    await replay(await marked(() => undefined), workflow);
  });

  it('a marker of another patch is nondeterminism', async () => {
    await expect(
      replay(await marked(() => patched('p')), async () => {
        patched('q');
        await work();
      }),
    ).rejects.toThrow(DeterminismViolationError);
  });

  it('a call moved behind its marker passes when that is deprecated', async () => {
    const events = await recorded(
      async () => {
        deprecatePatch('p');
        await sleep(1);
        await work();
      },
      async (world) => {
        await world.run();
        world.fireTimer();
        await world.run();
      },
    );
    await expect(
      replay(events, async () => {
        await sleep(1);
        deprecatePatch('p');
        await work();
      }),
    ).rejects.toThrow(/UpsertWorkflowSearchAttributes/);
  });
});
