/** `perdure cost` on the command line. */
import type { Command as Program } from 'commander';
import type { Io } from '../command/context.ts';
import type { End } from '../command/register.ts';
import { DEFAULT_SHAPE } from '../cost/model.ts';
import { COST_OPTIONS, type CostFlags, costCommand } from '../cost-command.ts';
import { linesOf } from './lines.ts';

export async function attachCost(program: Program, io: Io, end: End): Promise<void> {
  program.option('--runs <count>', 'Runs', asNumber, 1_000_000).option('--json', 'Print figures as JSON');
  for (const [flag, member, help] of COST_OPTIONS)
    program.option(`--${flag} <number>`, help, asNumber, DEFAULT_SHAPE[member]);
  program.action((flags: CostFlags) => end(costCommand(flags, linesOf(io))));
}

/** What is no number stays text, which the command complains of by name. */
const asNumber = (text: string): number | string =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
