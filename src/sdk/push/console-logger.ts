/** The logger of hosts that have none: lines of JSON on the console. */
import type { Logger, LogLevel, LogMetadata } from '../common/logger.ts';

function write(level: LogLevel, message: string, meta: LogMetadata = {}): void {
  const line = JSON.stringify({ level, message, ...meta }, (_, value: unknown) =>
    value instanceof Error ? String(value.stack ?? value) : value,
  );
  if (level === 'ERROR' || level === 'WARN') console.error(line);
  else console.log(line);
}

export const consoleLogger: Logger = {
  log: write,
  trace: () => undefined,
  debug: () => undefined,
  info: (message, meta) => write('INFO', message, meta),
  warn: (message, meta) => write('WARN', message, meta),
  error: (message, meta) => write('ERROR', message, meta),
};
