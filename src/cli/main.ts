#!/usr/bin/env node
/** The `perdure` command. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cac } from 'cac';
import { defaultOutFile, defaultWorkflowsPath } from '../bundler/write-bundle.ts';
import { type BundleFlags, bundleCommand, type Output } from './bundle-command.ts';
import { DEFAULT_SHAPE } from './cost/model.ts';
import { COST_OPTIONS, type CostFlags, costCommand } from './cost-command.ts';
import type { ReplayFlags } from './replay-command.ts';

const output: Output = {
  info: (text) => process.stdout.write(`${text}\n`),
  error: (text) => process.stderr.write(`${text}\n`),
};

async function main(argv: readonly string[]): Promise<number | undefined> {
  const cli = cac('perdure');
  cli
    .command('bundle', 'Build the workflow bundle that the runtime loads')
    .option('--workflows <path>', 'File or folder that exports the workflows', {
      default: defaultWorkflowsPath,
    })
    .option('--out <file>', 'Module to write', { default: defaultOutFile })
    .option('--watch', 'Go on, and build again when a source changes')
    .option('--interceptor <module>', 'Module that exports interceptors; may be repeated')
    .option('--ignore <module>', 'Module that is imported but never used at run time; may be repeated')
    .option('--share <package>', 'Package without state, evaluated once for all runs; may be repeated')
    .option('--payload-converter <path>', 'Module that exports payloadConverter')
    .option('--failure-converter <path>', 'Module that exports failureConverter')
    .action((flags: BundleFlags) => bundleCommand(process.cwd(), flags, output));
  cli
    .command('replay [...files]', 'Replay histories against the workflow code')
    .option('--workflows <path>', 'File or folder that exports the workflows', {
      default: defaultWorkflowsPath,
    })
    .option('--bundle <file>', 'A finished bundle, instead of the sources')
    .action(async (files: string[], flags: ReplayFlags) => {
      // Loaded for this command alone: `perdure bundle` needs neither executor nor client.
      const { replayCommand } = await import('./replay-command.ts');
      return replayCommand(process.cwd(), files, flags, output);
    });
  const cost = cli
    .command('cost', 'What runs of a given shape cost on Cloudflare')
    .option('--runs <count>', 'Runs', { default: 1_000_000 })
    .option('--json', 'Print figures as JSON');
  for (const [flag, member, help] of COST_OPTIONS)
    cost.option(`--${flag} <number>`, help, { default: DEFAULT_SHAPE[member] });
  cost.action((flags: CostFlags) => costCommand(flags, output));
  cli.help();
  cli.version(await version());

  cli.parse([...argv], { run: false });
  if (cli.options.help || cli.options.version) {
    return 0;
  }
  if (!cli.matchedCommand) {
    const [command] = cli.args;
    output.error(
      command === undefined ? 'perdure: a command is needed' : `perdure: there is no command '${command}'`,
    );
    cli.outputHelp();
    return 1;
  }
  return (await cli.runMatchedCommand()) as number | undefined;
}

async function version(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8');
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}

try {
  process.exitCode = await main(process.argv);
} catch (error) {
  output.error(`perdure: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
