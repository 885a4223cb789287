/** The command line in this process, on a world that the test makes. */
import type { Io } from '../../src/cli/command/context.ts';
import { runCli } from '../../src/cli/program.ts';

export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runIn(world: Partial<Io>, args: readonly string[]): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    env: {},
    cwd: import.meta.dirname,
    isTerminal: false,
    untilStopped: async () => {},
    ...world,
  });
  return { code, stdout, stderr };
}
