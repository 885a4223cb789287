/**
 * Does a random program give what it has to, whatever is lost on the way? A failure names its seed; `simulate(seed, dangers)`
 * plays it again.
 */
import { describe, expect, test } from 'vitest';
import { replayHistory } from '../../src/executor/replay.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { difference, expectedOf } from './simulation/program.ts';
import { bundle, type Simulation, simulate } from './simulation/simulate.ts';

const seeds = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

async function check({ steps, signals, updates, progress, histories, sent }: Simulation): Promise<void> {
  expect(difference(steps.map(expectedOf), progress.results)).toBeUndefined();
  // One whose answer was lost is sent again, perhaps to the next run, which cannot know it (SIG-2, UPD-2).
  expect([...new Set(progress.signals)].sort()).toEqual(seeds(0, signals));
  expect([...new Set(progress.updates)].sort()).toEqual(seeds(0, updates));
  for (const [attempt, times] of sent) {
    if (attempt.endsWith(' of 1')) expect([attempt, times]).toEqual([attempt, 1]);
  }
  for (const events of histories.values()) {
    const types = events.map(({ eventType }) => eventType);
    expect(failedTasks(events)).toEqual([]);
    expect(types.at(-1)).toMatch(/^WorkflowExecution/);
    await replayHistory({ bundle, events });
  }
}

/** A close that new events forbid is no failure of the program, nor are activations that were lost several times in a row. */
function failedTasks(events: readonly HistoryEvent[]): unknown[] {
  return events.filter(
    (event) =>
      event.eventType === 'WorkflowTaskFailed' &&
      event.attributes.cause !== 'UNHANDLED_COMMAND' &&
      !event.attributes.failure?.message?.startsWith('The isolate ended during'),
  );
}

describe('random programs', () => {
  test.each(seeds(1, 60))('undisturbed, seed %i', async (seed) => {
    const simulation = await simulate(seed, { crashRate: 0, slowRate: 0 });
    await check(simulation);
    expect(simulation.progress.signals).toHaveLength(simulation.signals);
    for (const times of simulation.sent.values()) expect(times).toBe(1);
  });

  test.each(seeds(501, 40))('with tasks that outlast their turns, seed %i', async (seed) => {
    await check(await simulate(seed, { crashRate: 0, slowRate: 0.4 }));
  });

  test.each(seeds(1_001, 120))('with losses, seed %i', async (seed) => {
    await check(await simulate(seed, { crashRate: 0.15, slowRate: 0.1 }));
  });
});
