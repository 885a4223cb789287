/** `perdure bundle` on the command line. */
import type { Command as Program } from 'commander';
import { defaultOutFile, defaultWorkflowsPath } from '../../bundler/write-bundle.ts';
import { type BundleFlags, bundleCommand } from '../bundle-command.ts';
import type { Io } from '../command/context.ts';
import type { End } from '../command/register.ts';
import { collect, linesOf } from './lines.ts';

export async function attachBundle(program: Program, io: Io, end: End): Promise<void> {
  program
    .option('--workflows <path>', 'File or folder that exports the workflows', defaultWorkflowsPath)
    .option('--out <file>', 'Module to write', defaultOutFile)
    .option('--watch', 'Go on, and build again when a source changes')
    .option('--interceptor <module>', 'Module that exports interceptors; may be repeated', collect)
    .option(
      '--ignore <module>',
      'Module that is imported but never used at run time; may be repeated',
      collect,
    )
    .option(
      '--share <package>',
      'Package without state, evaluated once for all runs; may be repeated',
      collect,
    )
    .option('--payload-converter <path>', 'Module that exports payloadConverter')
    .option('--failure-converter <path>', 'Module that exports failureConverter')
    .action(async (flags: BundleFlags) => {
      const code = await bundleCommand(io.cwd, flags, linesOf(io));
      if (code !== undefined) end(code);
    });
}
