/** What the commands without a server share. */
import type { Output } from '../bundle-command.ts';
import type { Io } from '../command/context.ts';

export const linesOf = (io: Io): Output => ({
  info: (text) => io.stdout(`${text}\n`),
  error: (text) => io.stderr(`${text}\n`),
});

/** Of a flag that may be repeated. */
export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
];
