/** `perdure replay` on the command line. */
import type { Command as Program } from 'commander';
import { defaultWorkflowsPath } from '../../bundler/write-bundle.ts';
import type { Io } from '../command/context.ts';
import type { End } from '../command/register.ts';
import { type ReplayFlags, replayCommand } from '../replay-command.ts';
import { linesOf } from './lines.ts';

export async function attachReplay(program: Program, io: Io, end: End): Promise<void> {
  program
    .argument('[files...]', 'Histories, as JSON')
    .option('--workflows <path>', 'File or folder that exports the workflows', defaultWorkflowsPath)
    .option('--bundle <file>', 'A finished bundle, instead of the sources')
    .action(async (files: string[], flags: ReplayFlags) => {
      end(await replayCommand(io.cwd, files, flags, linesOf(io)));
    });
}
