/** Tells the command-line library of groups and commands, and runs the one that was asked for. */
import { InvalidArgumentError, Option, type Command as Program } from 'commander';
import type { Context, Io } from './context.ts';
import type { GlobalValues } from './create-context.ts';
import { type Command, type Flag, type FlagSet, type Group, isGroup } from './definition.ts';
import { globalFlags } from './global-flag-set.ts';
import { OutcomeError, UsageError } from './usage-error.ts';

/** Receives the exit code. */
export type End = (code: number) => void;

export function registerGroup(
  parent: Program,
  group: Group,
  path: readonly string[],
  io: Io,
  end: End,
): void {
  for (const entry of group.commands) {
    const program = parent.command(entry.name).description(entry.about);
    for (const alias of entry.aliases ?? []) program.alias(alias);
    const name = [...path, program.name()];
    if (isGroup(entry)) registerGroup(program, entry, name, io, end);
    else registerCommand(program, entry, name.join(' '), io, end);
  }
}

function registerCommand(program: Program, command: Command, name: string, io: Io, end: End): void {
  if (command.details !== undefined) program.addHelpText('after', `\n${command.details}`);
  program.optionsGroup('Options:');
  const own = addFlags(program, command.flags);
  if (!command.isLocal) program.optionsGroup('Options of all commands:');
  const global = command.isLocal ? defaults : addFlags(program, globalFlags);
  takeTruthValues(program, { ...command.flags, ...(command.isLocal ? {} : globalFlags) });
  program.action(async () => {
    // Sound: these are the values of `globalFlags`.
    const globals = global() as unknown as GlobalValues;
    end(await runCommand({ command, name, flags: own(), globals, args: program.args, io }));
  });
}

/** `--paused=true` and `--paused=false`, as scripts for Temporal's CLI write switches. */
function takeTruthValues(program: Program, flags: FlagSet): void {
  const switches = new Set(
    Object.values(flags).flatMap(({ arity, spec }) =>
      arity === 'switch' ? [spec.replace(/^.*--/, '--')] : [],
    ),
  );
  const parse = program.parseOptions.bind(program);
  program.parseOptions = (words) =>
    parse(
      words.flatMap((word) => {
        const [, name = '', value] = /^(--[a-z-]+)=(true|false)$/.exec(word) ?? [];
        if (!switches.has(name)) return [word];
        return value === 'true' ? [name] : [];
      }),
    );
}

/** Of flags that the command does not have. */
const defaults = (): Record<string, unknown> => ({ header: [] });

/** Gives what reads their values. */
function addFlags(program: Program, flags: FlagSet): () => Record<string, unknown> {
  const options = Object.entries(flags).map(([key, flag]) => [key, flag, optionOf(flag)] as const);
  for (const [, , option] of options) program.addOption(option);
  return () =>
    Object.fromEntries(
      options.map(([key, flag, option]) => [
        key,
        given(flag, option, program.opts()[option.attributeName()]),
      ]),
    );
}

function optionOf(flag: Flag<unknown>): Option {
  const { spec, about, choices, arity, isRequired } = flag;
  const option = new Option(spec, choices === undefined ? about : `${about} (${choices.join(', ')})`);
  if (arity !== 'switch') option.argParser((text, previous) => collect(flag, text, previous));
  return option.makeOptionMandatory(isRequired);
}

function collect({ arity, parse }: Flag<unknown>, text: string, previous: unknown): unknown {
  try {
    const value = parse(text);
    return arity === 'many' ? [...(Array.isArray(previous) ? previous : []), value] : value;
  } catch (error) {
    throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
  }
}

function given({ arity }: Flag<unknown>, option: Option, value: unknown): unknown {
  if (arity === 'many') return value ?? [];
  if (arity === 'switch') return option.negate ? value === false : value === true;
  return value;
}

interface Run {
  readonly command: Command;
  readonly name: string;
  readonly flags: Record<string, unknown>;
  readonly globals: GlobalValues;
  readonly args: readonly string[];
  readonly io: Io;
}

async function runCommand({ command, name, flags, globals, args, io }: Run): Promise<number> {
  // Loaded here, so that help needs no client.
  const { createContext } = await import('./create-context.ts');
  const { explain } = await import('./failures.ts');
  let context: Context | undefined;
  try {
    context = createContext(globals, io);
    await command.run(context, flags as never, args);
    return 0;
  } catch (error) {
    if (error instanceof OutcomeError) io.stderr(`perdure ${name}: ${error.message}\n`);
    else {
      const { address = '', namespace = '' } = context?.api ?? {};
      io.stderr(`${explain(error, { command: name, flags, address, namespace })}\n`);
    }
    return 1;
  }
}
