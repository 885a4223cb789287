/** The `perdure` command, on any world: main.ts runs it on the process's own. What is not asked for is not loaded. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommanderError, Command as Program } from 'commander';
import type { Io } from './command/context.ts';
import { type End, registerGroup } from './command/register.ts';
import { ENTRIES } from './entries.ts';

/** Resolves to the exit code; undefined when the command goes on, as `bundle --watch` does. */
export async function runCli(argv: readonly string[], io: Io): Promise<number | undefined> {
  let exitCode: number | undefined;
  const program = await programFor(argv, io, (code) => {
    exitCode = code;
  });
  if (argv.length === 0) {
    io.stderr(`perdure: a command is needed\n${program.helpInformation()}`);
    return 1;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    io.stderr(`perdure: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** All names of the first level, and below them what the first word asks for. */
async function programFor(argv: readonly string[], io: Io, end: End): Promise<Program> {
  const asked = argv.find((word) => !word.startsWith('-') && word !== 'help');
  const program = new Program('perdure')
    .version(await version(), '-v, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      outputError: (text, write) => write(text.replace(/^error: /, 'perdure: ')),
    });
  for (const entry of ENTRIES) {
    const command = program.command(entry.name).description(entry.about);
    for (const alias of entry.aliases ?? []) command.alias(alias);
    if (entry.name !== asked && !entry.aliases?.includes(asked ?? '')) continue;
    if ('group' in entry) registerGroup(command, await entry.group(), [entry.name], io, end);
    else await entry.attach(command, io, end);
  }
  return program;
}

async function version(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8');
  const { version: found } = JSON.parse(text) as { version: string };
  return `perdure/${found} ${process.platform}-${process.arch} node-${process.version}`;
}
