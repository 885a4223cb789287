/**
 * A command as data: its name, its flags, and what it does with their values. `register.ts` tells the command-line library of it, so
 * that a command's file holds nothing else.
 */
import type { Context } from './context.ts';

/** How often a flag may stand on the line. A `switch` takes no value. */
export type Arity = 'one' | 'many' | 'switch';

export interface Flag<Value> {
  /** `-w, --workflow-id <id>` */
  readonly spec: string;
  readonly about: string;
  readonly arity: Arity;
  readonly isRequired: boolean;
  /** Of one text. Throws `UsageError` with what is wrong with it. */
  readonly parse: (text: string) => unknown;
  /** Of help: the values it may have. */
  readonly choices?: readonly string[];
  /** Type carrier; never set. */
  readonly type?: () => Value;
}

export type FlagSet = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<Flags extends FlagSet> = {
  readonly [Name in keyof Flags]: Flags[Name] extends Flag<infer Value> ? Value : never;
};

export interface Command<Flags extends FlagSet = FlagSet> {
  /** `start`, or with the arguments it takes: `get [name]`. */
  readonly name: string;
  readonly about: string;
  /** Further lines of its help. */
  readonly details?: string;
  readonly aliases?: readonly string[];
  /** Asks no server that is there: it goes without the flags that name one. */
  readonly isLocal?: boolean;
  readonly flags: Flags;
  /** Rejects with `OutcomeError` when what was asked for came out as a failure. */
  run(context: Context, flags: FlagValues<Flags>, args: readonly string[]): Promise<void>;
}

/** Commands below a name of their own. */
export interface Group {
  readonly name: string;
  readonly about: string;
  readonly aliases?: readonly string[];
  readonly commands: readonly (Command | Group)[];
}

/** Infers the types of the flags' values for `run`. */
export function defineCommand<const Flags extends FlagSet>(command: Command<Flags>): Command {
  // Sound: `run` is called with values that were parsed by these very flags.
  return command as unknown as Command;
}

export const isGroup = (entry: Command | Group): entry is Group => 'commands' in entry;
