/** Event groups: which commands belong to which, whatever scopes and options say. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha1Hex } from '../../src/executor/sha1.ts';
import type { Command } from '../../src/sdk/common/wire/commands.ts';
import {
  CancellationScope,
  continueAsNew,
  createEventGroup,
  defineSignal,
  defineUpdate,
  type EventGroupMarker,
  executeChild,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '../../src/sdk/workflow/index.ts';
import { bundleOf, modes, payloads, World } from './support/world.ts';

const activities = proxyActivities<{ work(): Promise<void> }>({ startToCloseTimeout: '1m' });
const poke = defineSignal('poke');
const change = defineUpdate('change');
const groupsOf = ({ eventGroupMarkers }: Command): (string | undefined)[] | undefined =>
  eventGroupMarkers?.map(({ label }) => label?.id);

describe.each(modes)('event groups: $mode', ({ replayEachTask }) => {
  it('LOG-6: commands belong to the groups that they are given, and to those of the scopes around them', async () => {
    const workflow = async () => {
      const outer = createEventGroup('Outer', { id: 'o' });
      const inner = createEventGroup('Inner', { id: 'i' });
      await Promise.all([
        activities.work(),
        activities.work.executeWithOptions({ startToCloseTimeout: '1m', eventGroups: [inner] }, []),
        outer.withScope(async () => {
          const nested = sleep(1000, { eventGroups: [inner, outer] });
          await CancellationScope.cancellable(() => inner.withScope(() => sleep(2000)));
          await nested;
        }),
      ]);
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    const { commands } = await world.run();
    expect(commands.map(groupsOf)).toEqual([undefined, ['i'], ['o', 'i'], ['o', 'i']]);
    const [, second] = commands;
    expect(second?.eventGroupMarkers).toEqual([
      { label: { id: 'i', label: payloads('Inner').payloads?.[0] } },
    ]);
  });

  it('what comes later in a scope belongs to it, and what comes after it does not', async () => {
    const workflow = async () => {
      await createEventGroup('Step', { id: 's' }).withScope(async () => {
        await sleep(1);
        await sleep(2);
      });
      await sleep(3);
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    const seen: unknown[] = [];
    for (let timer = 0; timer < 3; timer++) {
      seen.push(...(await world.run()).commands.map(groupsOf));
      world.fireTimer();
    }
    expect(seen).toEqual([['s'], ['s'], undefined]);
  });
});

describe.each(modes)('event groups of messages: $mode', ({ replayEachTask }) => {
  it('LOG-6: what a handler commands belongs to its message, and to groups within, not to those around', async () => {
    const workflow = async () => {
      const group = createEventGroup('Group', { id: 'g' });
      setHandler(poke, async () => {
        await sleep(10);
        await group.withScope(() => sleep(20));
      });
      setHandler(change, async () => {
        await sleep(30);
      });
      await group.withScope(() => sleep(1000));
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    await world.run();
    world.signal('poke');
    const signalled = world.events.at(-1)?.eventId;
    const { commands } = await world.run();
    expect(commands.map(({ eventGroupMarkers }) => eventGroupMarkers)).toEqual([
      [{ inboundEvent: { inboundEventId: signalled } }],
    ]);
    world.fireTimer('2');
    const next = await world.run({ updates: [world.update('u-1', 'change')] });
    expect(next.commands.map((command) => [command.commandType, command.eventGroupMarkers])).toEqual([
      ['ProtocolMessage', undefined],
      ['StartTimer', [{ inboundUpdate: { inboundUpdateId: 'u-1' } }]],
      [
        'StartTimer',
        [
          { inboundEvent: { inboundEventId: signalled } },
          { label: { id: 'g', label: expect.objectContaining({ data: expect.anything() }) } },
        ],
      ],
    ]);
  });
});

describe.each(modes)('event groups of what ends early: $mode', ({ replayEachTask }) => {
  it('LOG-6: a cancel belongs to the groups of the call, not to those of whoever cancels', async () => {
    const workflow = async () => {
      const around = createEventGroup('Around', { id: 'a' });
      const eventGroups = [createEventGroup('Given', { id: 'g' })];
      const scope = new CancellationScope();
      setHandler(poke, () => scope.cancel());
      await scope.run(async () => {
        const waits = [
          around.withScope(() => sleep('1h', { eventGroups })),
          activities.work.executeWithOptions({ eventGroups } as never, []),
          executeChild('kid', { eventGroups }),
          sleep('2h'),
        ];
        await Promise.allSettled(waits);
      });
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask });
    await world.run();
    world.signal('poke');
    const { commands } = await world.run();
    expect(commands.map((command) => [command.commandType, groupsOf(command)])).toEqual([
      ['CancelTimer', ['a', 'g']],
      ['RequestCancelActivityTask', ['g']],
      ['RequestCancelExternalWorkflowExecution', ['g']],
      ['CancelTimer', undefined],
    ]);
  });

  it('LOG-6: the marker of a local activity, and its backoff, belong to the groups of its call', async () => {
    const workflow = async () => {
      const eventGroups = [createEventGroup('Given', { id: 'g' })];
      const { work } = proxyLocalActivities<{ work(): Promise<void> }>({
        startToCloseTimeout: '1s',
        localRetryThreshold: 1,
        eventGroups,
      });
      await createEventGroup('Around', { id: 'a' }).withScope(() => work());
    };
    const fails = () => {
      throw new Error('not yet');
    };
    const world = new World({ workflow }, 'workflow', [], { replayEachTask, localActivities: () => fails });
    const { commands } = await world.run();
    expect(commands.map((command) => [command.commandType, groupsOf(command)])).toEqual([
      ['RecordMarker', ['a', 'g']],
      ['StartTimer', ['a', 'g']],
    ]);
  });
});

describe('event groups: IDs and ends', () => {
  it('LOG-6: an ID follows from the original run and the label, and so survives replay and reset', async () => {
    const ids: (string | undefined)[] = [];
    const workflow = async () => {
      const group = createEventGroup('Order 1');
      await sleep(1, { eventGroups: [group, createEventGroup('Order 1')] });
    };
    for (let run = 0; run < 2; run++) {
      const started = { originalExecutionRunId: 'original' };
      const world = new World({ workflow }, 'workflow', [], { started, runId: `run-${run}` });
      ids.push(...(await world.run()).commands.flatMap((command) => groupsOf(command) ?? []));
    }
    const expected = createHash('sha1').update('originalOrder 1').digest('hex');
    expect(ids).toEqual([expected, expected]);
  });

  it('continue-as-new carries those that it is given', async () => {
    const workflow = async () => {
      const eventGroups = [createEventGroup('Chain', { id: 'c' })];
      // Typed by `makeContinueAsNewFunc` only; the options of one call are the run's own.
      await createEventGroup('Last', { id: 'l' }).withScope(() => continueAsNew());
      return eventGroups;
    };
    const { commands } = await new World({ workflow }, 'workflow').run();
    expect(commands.map(groupsOf)).toEqual([['l']]);
  });

  it('what is no group is refused', async () => {
    const fake = { withScope: (fn: () => unknown) => fn() } as EventGroupMarker;
    const workflow = async () => {
      await sleep(1, { eventGroups: [fake] }).catch((error: Error) => {
        throw error;
      });
    };
    const failed = await new World({ workflow }, 'workflow').runFailing();
    expect(failed.failure.message).toContain('createEventGroup');
  });

  it('SHA-1 is that of everybody else', () => {
    for (let length = 0; length < 200; length++) {
      const text = `é${'x'.repeat(length)}`;
      expect(sha1Hex(text)).toBe(createHash('sha1').update(text).digest('hex'));
    }
    expect(bundleOf({}).workflowTypes).toEqual([]);
  });
});
