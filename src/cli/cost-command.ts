/** `perdure cost`: what runs of a given shape cost on Cloudflare. */
import type { Output } from './bundle-command.ts';
import { type Cost, costOf, DEFAULT_SHAPE, type RunShape } from './cost/model.ts';

/** Numbers as the command line gives them, under the names of `RunShape`. */
export type CostFlags = { readonly runs?: unknown; readonly json?: boolean } & {
  readonly [Member in keyof RunShape]?: unknown;
};

/** The options of the command: name on the command line, member of the shape, help. */
export const COST_OPTIONS: readonly (readonly [flag: string, member: keyof RunShape, help: string])[] = [
  ['activities', 'activities', 'Activities per run'],
  ['retries', 'retries', 'Attempts beyond the first, of all activities of a run'],
  ['local-activities', 'localActivities', 'Local activities per run'],
  ['timers', 'timers', 'Timers per run'],
  ['signals', 'signals', 'Signals per run'],
  ['updates', 'updates', 'Updates per run'],
  ['queries', 'queries', 'Queries per run'],
  ['children', 'children', 'Child workflows per run'],
  ['waits', 'waits', 'Requests per run that wait for its result'],
  ['activity-seconds', 'activitySeconds', 'Seconds per run with an activity under way'],
  ['payload-bytes', 'payloadBytes', 'Bytes of inputs and results per run'],
  ['retention-days', 'retentionDays', 'Days that a closed run is kept'],
  ['listings', 'listings', 'Times that the index of runs is told of a run; 0 without an index'],
  ['cpu-ms-per-step', 'cpuMsPerStep', 'CPU milliseconds per step'],
];

/** Gives the exit code. */
export function costCommand(flags: CostFlags, output: Output): number {
  const shape: Record<keyof RunShape, number> = { ...DEFAULT_SHAPE };
  const wrong: string[] = [];
  const read = (flag: string, value: unknown, fallback: number): number => {
    if (value === undefined) return fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    wrong.push(`perdure cost: --${flag} takes a number of 0 or more, got '${String(value)}'`);
    return fallback;
  };
  for (const [flag, member] of COST_OPTIONS) shape[member] = read(flag, flags[member], DEFAULT_SHAPE[member]);
  const runs = read('runs', flags.runs, 1_000_000);
  for (const message of wrong) output.error(message);
  if (wrong.length > 0) return 1;
  const cost = costOf(shape, runs);
  output.info(flags.json === true ? JSON.stringify({ shape, ...cost }, null, 2) : table(cost));
  return 0;
}

function table({ runs, lines, dollars }: Cost): string {
  const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 4 });
  const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
  const rows = [
    ['', 'per run', '', `${number.format(runs)} runs`],
    ...lines.map((line) => [line.name, number.format(line.perRun), line.unit, money.format(line.dollars)]),
    ['in all', '', '', money.format(dollars)],
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) =>
    column % 2 === 1 ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
