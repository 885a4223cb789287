/**
 * Does the runtime keep its promises, whatever goes wrong around it? Some seeds here; `npm run test:sim` plays as many as
 * wanted, makes a failure smaller and writes the file that plays it again.
 */
import { describe, expect, test } from 'vitest';
import { scenarioOf } from './scenario.ts';
import { tryOut } from './shrink.ts';
import { simulate } from './simulate.ts';

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

  test('says what failed, under which faults, and fails again from what it says', async () => {
    // A program that cannot end: it waits for a signal that nobody sends.
    const scenario = { ...scenarioOf(1), program: [{ kind: 'signals' as const, count: 1 }], signals: 0 };
    const failing = await tryOut({ ...scenario, interference: 'none' }, []);
    expect(failing).toMatchObject({ oracle: 'owners', message: expect.stringContaining('does not end') });
  });
});
