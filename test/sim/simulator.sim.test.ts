/**
 * Does the runtime keep its promises, whatever goes wrong around it? Some seeds here; `npm run test:sim` plays as many as
 * wanted, makes a failure smaller and writes the file that plays it again.
 */
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { payloadsOf } from './caller.ts';
import type { Chronicle } from './oracles/chronicle.ts';
import { checkPrefixes, checkReplay } from './oracles/replays.ts';
import { scenarioOf } from './scenario.ts';
import { tryOut } from './shrink.ts';
import { bundleFor, simulate } from './simulate.ts';

const SEEDS = 160;
const TOGETHER = 20;
const BATCH_MS = 60_000;

const batches = Array.from({ length: SEEDS / TOGETHER }, (_, index) => 1 + index * TOGETHER);

describe('simulation', () => {
  test.each(batches)('seed %i and the 19 after it', { timeout: BATCH_MS }, async (first) => {
    for (let seed = first; seed < first + TOGETHER; seed++) await simulate(scenarioOf(seed));
  });
});

describe('the simulator', () => {
  test('plays a seed the same way twice', async () => {
    for (const seed of [3, 18, 54, 127]) {
      const [first, second] = [await simulate(scenarioOf(seed)), await simulate(scenarioOf(seed))];
      expect(second).toEqual(first);
    }
  });

  test('plays the faults of a seed the same way from their list', async () => {
    const scenario = scenarioOf(838);
    const first = await simulate(scenario);
    expect(first.fired.length).toBeGreaterThan(0);
    const second = await simulate(scenario, { only: first.fired });
    expect(second).toEqual(first);
  });

  test('sees from the prefixes of a history that code gave another argument than it gives again', async () => {
    const step = { kind: 'random' as const, id: 's' };
    const undisturbed = { rates: {}, faultsMax: 0, deployAtMs: undefined, interference: 'none' as const };
    const scenario = {
      ...scenarioOf(1),
      ...undisturbed,
      operations: [],
      program: [step],
      signals: 0,
      updates: 0,
    };
    let seen: Chronicle | undefined;
    await simulate(scenario, { read: (chronicle) => (seen = chronicle) });
    if (seen === undefined) throw new Error('The simulation has read nothing.');
    const bundle = bundleFor({ isNew: false, isBroken: false });
    await checkPrefixes(seen, bundle);
    const runs = seen.runs.map((run) => ({ ...run, events: run.events.map(withOtherInput) }));
    await checkReplay({ ...seen, runs }, bundle);
    await expect(checkPrefixes({ ...seen, runs }, bundle)).rejects.toMatchObject({ oracle: 'prefixes' });
  });

  test('says what failed, under which faults, and fails again from what it says', async () => {
    // A program that cannot end: it waits for a signal that nobody sends.
    const scenario = { ...scenarioOf(1), program: [{ kind: 'signals' as const, count: 1 }], signals: 0 };
    const failing = await tryOut({ ...scenario, interference: 'none' }, []);
    expect(failing).toMatchObject({ oracle: 'owners', message: expect.stringContaining('does not end') });
  });
});

function withOtherInput(event: HistoryEvent): HistoryEvent {
  if (event.eventType !== 'ActivityTaskScheduled') return event;
  return { ...event, attributes: { ...event.attributes, input: payloadsOf({ answer: 'another' }) } };
}
