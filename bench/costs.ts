/** What one run and one step write: rows (alarms included), commits, bytes. Counted in the Worker, not timed. */
import type { Figures } from './figures.ts';
import { callJson } from './http.ts';
import { perdure } from './systems.ts';
import type { WriteFigures } from './worker/figures.ts';

const RUNS = 20;

export async function measureCosts(origin: string): Promise<Figures> {
  const one = await written(origin, 'one', 1);
  const ten = await written(origin, 'ten', 10);
  const step = (member: keyof WriteFigures) => (ten[member] - one[member]) / 9;
  return {
    'rows written per step (10 steps - 1 step) / 9': {
      value: step('rows'),
      unit: 'rows',
      bound: { relation: '<=', value: 2 },
    },
    'commits per step': { value: step('commits'), unit: 'commits', bound: { relation: '<=', value: 1.2 } },
    'bytes bound per step': { value: step('bytes'), unit: 'bytes' },
    'fixed rows per run': { value: one.rows - step('rows'), unit: 'rows' },
    'fixed commits per run': { value: one.commits - step('commits'), unit: 'commits' },
    'alarms set per run of 10 steps': { value: ten.alarms, unit: 'alarms' },
  };
}

async function written(origin: string, name: string, steps: number): Promise<WriteFigures> {
  await callJson(`${origin}/figures/reset`, 'POST', {});
  for (let run = 0; run < RUNS; run++)
    await perdure(origin).execute(`cost-${name}-${run}`, { mode: 'sequential', steps, bytes: 0 });
  const total = (await callJson(`${origin}/figures/read`, 'POST', {})) as unknown as WriteFigures;
  return {
    rows: total.rows / RUNS,
    commits: total.commits / RUNS,
    bytes: total.bytes / RUNS,
    alarms: total.alarms / RUNS,
  };
}
