/**
 * `npm run bench [-- --rounds N --only TEXT --json FILE --no-cloudflare]`: the same work on a bare object, on Perdure and on
 * Cloudflare Workflows' local engine, in alternating rounds of one run, as ratios to the bare object of the same round.
 * Loopback only; bounded by rounds and samples.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureCosts } from './costs.ts';
import { measureEngine } from './engine-figures.ts';
import type { Figures } from './figures.ts';
import { startHost } from './host.ts';
import { closeConnections } from './http.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { type Spread, spread } from './statistics.ts';
import { measureSyncMatch } from './sync-match.ts';
import { bare, cloudflare, perdure, type System } from './systems.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    scale: { type: 'string', default: '1' },
    only: { type: 'string' },
    json: { type: 'string' },
    'no-cloudflare': { type: 'boolean', default: false },
  },
});

const isWanted = (name: string) => !options.only || name.includes(options.only);

interface Row {
  scenario: string;
  unit: string;
  bound: number | undefined;
  published: number | undefined;
  absolute: Record<string, Spread>;
  ratios: Record<string, Spread>;
  processorMsPerSample: Record<string, Spread>;
  holds: boolean;
}

const ROUNDS_MAX = 50;
const CLOUDFLARE_SHARE = 0.2;

async function main(): Promise<void> {
  const rounds = Math.min(ROUNDS_MAX, Math.max(1, Number(options.rounds)));
  const host = await startHost();
  try {
    const systems = [
      bare(host.origin),
      perdure(host.origin),
      ...(options['no-cloudflare'] ? [] : [cloudflare(host.origin)]),
    ];
    const scenarios = SCENARIOS.filter(({ name }) => !options.only || name.includes(options.only));
    for (const system of systems) await warmUp(system);
    const rows: Row[] = [];
    for (const scenario of scenarios) {
      const row = await measure(scenario, systems, rounds, host.processorSeconds);
      rows.push(row);
      printRow(row);
    }
    const costs = options.only ? undefined : await measureCosts(host.origin);
    if (costs) printFigures('Cost of a step', costs);
    const engine = options.only ? undefined : await measureEngine(host.origin);
    if (engine) printFigures('Engine and replay', engine);
    const syncMatch = isWanted('sync match') ? await measureSyncMatch(host.origin) : undefined;
    if (syncMatch) printFigures('Task queues', syncMatch);
    if (options.json)
      writeFileSync(options.json, `${JSON.stringify({ rounds, rows, costs, engine, syncMatch }, null, 2)}\n`);
  } finally {
    closeConnections();
    await host.dispose();
  }
}

async function warmUp(system: System): Promise<void> {
  for (let run = 0; run < 30; run++)
    await system.execute(`warm-${system.name}-${run}`, { mode: 'sequential', steps: 10, bytes: 100 });
}

async function measure(
  scenario: Scenario,
  systems: readonly System[],
  rounds: number,
  processor: () => number,
): Promise<Row> {
  const figures: Record<string, number[]> = {};
  const ratios: Record<string, number[]> = {};
  const processorMs: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    const ofRound: Record<string, number> = {};
    const present = systems.filter(({ name }) => name !== 'cloudflare' || !scenario.isOurs);
    const order = round % 2 === 0 ? present : present.reverse();
    for (const system of order) {
      const share = system.name === 'cloudflare' ? CLOUDFLARE_SHARE : 1;
      const samples = Math.max(1, Math.round(scenario.samples * Number(options.scale) * share));
      const processorBefore = processor();
      const prefix = `${system.name}-${SCENARIOS.indexOf(scenario)}-${round}`;
      ofRound[system.name] = await scenario.round(system, prefix, samples);
      push(processorMs, system.name, ((processor() - processorBefore) * 1000) / samples);
    }
    for (const [name, figure] of Object.entries(ofRound)) {
      push(figures, name, figure);
      push(ratios, name, figure / (ofRound.bare ?? Number.NaN));
    }
  }
  return toRow(scenario, figures, ratios, processorMs);
}

function toRow(
  scenario: Scenario,
  figures: Record<string, number[]>,
  ratios: Record<string, number[]>,
  processorMs: Record<string, number[]>,
): Row {
  const spreads = (lists: Record<string, number[]>) =>
    Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, spread(list)]));
  const ratio = spread(ratios.perdure ?? []).median;
  return {
    scenario: scenario.name,
    unit: scenario.unit,
    bound: scenario.bound,
    published: scenario.published,
    absolute: spreads(figures),
    ratios: spreads(ratios),
    processorMsPerSample: spreads(processorMs),
    holds:
      scenario.bound === undefined ||
      (scenario.unit === 'steps/s' ? ratio >= scenario.bound : ratio <= scenario.bound),
  };
}

function push(lists: Record<string, number[]>, name: string, value: number): void {
  const list = lists[name] ?? [];
  list.push(value);
  lists[name] = list;
}

function printRow(row: Row): void {
  const relation = row.unit === 'steps/s' ? '>=' : '<=';
  const bound =
    row.bound === undefined ? '' : ` (bound ${relation} ${row.bound}x: ${row.holds ? 'holds' : 'NOT MET'})`;
  console.log(`\n${row.scenario}${bound}`);
  for (const [name, absolute] of Object.entries(row.absolute)) {
    const ratio = row.ratios[name];
    const ofPublished =
      name === 'bare' && row.published
        ? `  published ${row.published} ${row.unit}, gap ${percent(absolute.median / row.published)}`
        : '';
    const spreadText = ratio
      ? `${ratio.median.toFixed(2)}x (${ratio.q1.toFixed(2)} to ${ratio.q3.toFixed(2)})`
      : '';
    const processorText = `cpu ${row.processorMsPerSample[name]?.median.toFixed(2)} ms`;
    console.log(
      `  ${name.padEnd(11)} ${absolute.median.toFixed(2).padStart(9)} ${row.unit.padEnd(8)} ${spreadText.padEnd(22)} ${processorText}${ofPublished}`,
    );
  }
}

function percent(ratio: number): string {
  const gap = Math.round((ratio - 1) * 100);
  return `${gap >= 0 ? '+' : ''}${gap} %`;
}

function printFigures(title: string, figures: Figures): void {
  console.log(`\n${title}`);
  for (const [name, { value, bound, unit }] of Object.entries(figures)) {
    const boundText = bound
      ? `  (bound ${bound.relation} ${bound.value}: ${holds(value, bound) ? 'holds' : 'NOT MET'})`
      : '';
    console.log(`  ${name.padEnd(52)} ${value.toFixed(3).padStart(12)} ${unit}${boundText}`);
  }
}

function holds(value: number, bound: { relation: '<=' | '>='; value: number }): boolean {
  return bound.relation === '<=' ? value <= bound.value : value >= bound.value;
}

await main();
