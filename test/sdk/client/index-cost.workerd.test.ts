/** What runs write where there is an index of them: the calculator of `perdure cost` must not promise less. */
import { env, runInDurableObject } from 'cloudflare:test';
import { afterAll, expect, test } from 'vitest';
import { readFigures, resetFigures } from '../../../bench/worker/figures.ts';
import { DEFAULT_SHAPE, rowsWritten } from '../../../src/cli/cost/model.ts';
import { eventually } from './visibility.ts';
import { direct, options } from './worker/clients.ts';
import { closeTally, countdown, tally } from './worker/workflows.ts';

const RUNS = 20;
const { WORKFLOW_EXECUTION: executions } = env as unknown as { WORKFLOW_EXECUTION: DurableObjectNamespace };

const reset = () =>
  runInDurableObject(executions.get(executions.idFromName('probe')), (_, { storage }) =>
    resetFigures(storage),
  );

const shows = (type: string, status: string) =>
  eventually(
    () => direct.workflow.count(`WorkflowType = '${type}' AND ExecutionStatus = '${status}'`),
    ({ count }) => count === RUNS,
  );

function expectWritten(shape: object): void {
  const written = readFigures().rows / RUNS;
  const promised = rowsWritten({ ...DEFAULT_SHAPE, activities: 0, ...shape });
  expect(written).toBeLessThanOrEqual(promised);
  expect(written, 'the calculator is far off').toBeGreaterThan(promised / 2);
}

afterAll(reset);

test('a run that ends at once is told of once', async () => {
  await direct.workflow.execute(countdown, { ...options('warm-up'), args: [0] });
  await reset();
  for (let run = 0; run < RUNS - 1; run++)
    await direct.workflow.execute(countdown, { ...options('listed'), args: [0] });
  await shows('countdown', 'Completed');
  expectWritten({ listings: 1 });
});

test('a run that rests is told of twice', async () => {
  await reset();
  const handles = [];
  for (let run = 0; run < RUNS; run++)
    handles.push(await direct.workflow.start(tally, { ...options('resting') }));
  await shows('tally', 'Running');
  for (const handle of handles) await handle.signal(closeTally);
  await shows('tally', 'Completed');
  expectWritten({ listings: 2, signals: 1 });
});
