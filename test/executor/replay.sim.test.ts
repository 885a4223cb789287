/**
 * Does a kept instance do the same as one replayed for each task, and does the finished history replay? Scripts of timers,
 * activities, children, scopes, patches, signals and updates, answered in random order; a failure names its seed.
 */
import { describe, expect, it } from 'vitest';
import { replayHistory } from '../../src/executor/replay.ts';
import { script } from './support/script-workflow.ts';
import { simulate } from './support/simulation.ts';
import { bundleOf } from './support/world.ts';

const SEEDS = Array.from({ length: 150 }, (_, index) => index + 1);
const bundle = bundleOf({ script });

describe('simulated runs', () => {
  it.each(SEEDS)('seed %i', async (seed) => {
    const kept = await simulate(seed, { bundle });
    const replayed = await simulate(seed, { bundle, replayEachTask: true });
    expect(replayed.events).toEqual(kept.events);
    await replayHistory({ bundle, events: kept.events });
  });
});
