/** What runs write, counted at the platform's own calls: the calculator of `perdure cost` must not promise less. */
import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { readFigures, resetFigures } from '../../bench/worker/figures.ts';
import { DEFAULT_SHAPE, rowsWritten } from '../../src/cli/cost/model.ts';
import { client, options } from './support.ts';
import { costSignal, costs, costUpdate, type Shape } from './workflows/costs.ts';

const { WORKFLOW_EXECUTION: executions } = env as unknown as { WORKFLOW_EXECUTION: DurableObjectNamespace };
const RUNS = 3;

async function resetCounts(): Promise<void> {
  const probe = executions.get(executions.idFromName('probe'));
  await runInDurableObject(probe, (_, { storage }) => resetFigures(storage));
}

async function runOnce(shape: Shape): Promise<void> {
  const handle = await client.workflow.start(costs, { ...options('costs'), args: [shape] });
  for (let index = 0; index < (shape.signals ?? 0); index++) await handle.signal(costSignal);
  for (let index = 0; index < (shape.updates ?? 0); index++) await handle.executeUpdate(costUpdate);
  await handle.result();
}

const shapes: Shape[] = [
  {},
  { activities: 1 },
  { activities: 11 },
  { retries: 1 },
  { retries: 4 },
  { timers: 1 },
  { timers: 11 },
  { signals: 1 },
  { signals: 11 },
  { updates: 1 },
  { updates: 11 },
  { children: 1 },
  { children: 5 },
  { localActivities: 11 },
  { activities: 5, timers: 1, signals: 1 },
];

describe('rows written', () => {
  it.each(shapes)('are at most what the calculator says: %o', async (shape) => {
    // On a busy machine a run can set its alarm once more: the least of some runs is what a run writes by itself.
    let written = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
      await resetCounts();
      await runOnce(shape);
      written = Math.min(written, readFigures().rows);
    }
    const promised = rowsWritten({ ...DEFAULT_SHAPE, activities: 0, listings: 0, ...shape });
    expect(written).toBeLessThanOrEqual(promised);
    expect(written, 'the calculator is far off').toBeGreaterThan(promised / 2);
  });
});
