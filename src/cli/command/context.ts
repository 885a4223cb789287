/** What a command has at hand. */
import type { Output } from '../output/output.ts';
import type { Api } from './api.ts';

/** The world around the command line, which tests stand in for. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Asks whoever is at the keyboard. Undefined where nobody is. */
  readonly ask?: (question: string) => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly isTerminal: boolean;
  /** Resolves when the command is told to end, by Ctrl-C or by whatever started it. */
  readonly untilStopped: () => Promise<void>;
}

export interface Context {
  readonly api: Api;
  readonly out: Output;
  readonly io: Io;
  /** Whether the namespace was said, and is not the default. */
  readonly isNamespaceNamed: boolean;
  /** Returns after `--yes` or a yes. Throws `OutcomeError` after a no, and `UsageError` where nobody can be asked. */
  confirm(question: string, isAgreed: boolean): Promise<void>;
}
