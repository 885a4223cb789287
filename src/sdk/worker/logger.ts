/** The logger that workers have unless `Runtime.install` is given another. */
import { formatWithOptions } from 'node:util';
import type { Logger, LogLevel, LogMetadata } from '../common/logger.ts';

export type { Logger, LogLevel, LogMetadata };

export interface LogEntry {
  message: string;
  level: LogLevel;
  /** Since the epoch, in nanoseconds. */
  timestampNanos: bigint;
  meta?: LogMetadata;
}

/** Under this symbol an entry's attributes carry its time, when that is not now. */
export const LogTimestamp: unique symbol = Symbol.for('log_timestamp') as typeof LogTimestamp;

const LEVELS: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

function writeToStderr({ level, timestampNanos, message, meta }: LogEntry): void {
  const colors = process.stderr.isTTY === true;
  const time = formatWithOptions({ colors }, new Date(Number(timestampNanos / 1_000_000n)));
  const attributes = meta === undefined ? '' : ` ${formatWithOptions({ colors }, meta)}`;
  process.stderr.write(`${time} [${level}] ${message}${attributes}\n`);
}

/**
 * Writes entries of a level and above to a function, by default as lines on standard error.
 *
 * ```ts
 * Runtime.install({ logger: new DefaultLogger('WARN', ({ level, message }) => console.log(level, message)) });
 * ```
 */
export class DefaultLogger implements Logger {
  readonly level: LogLevel;
  protected readonly logFunction: (entry: LogEntry) => void;
  protected readonly severity: number;

  constructor(level: LogLevel = 'INFO', logFunction: (entry: LogEntry) => void = writeToStderr) {
    this.level = level;
    this.logFunction = logFunction;
    this.severity = LEVELS.indexOf(level);
  }

  log(level: LogLevel, message: string, meta?: LogMetadata): void {
    if (LEVELS.indexOf(level) < this.severity) return;
    const { [LogTimestamp]: timestampNanos, ...rest } = meta ?? {};
    this.logFunction({
      level,
      message,
      meta: Object.keys(rest).length > 0 ? rest : undefined,
      timestampNanos: (timestampNanos as bigint | undefined) ?? BigInt(Date.now()) * 1_000_000n,
    });
  }

  trace(message: string, meta?: LogMetadata): void {
    this.log('TRACE', message, meta);
  }

  debug(message: string, meta?: LogMetadata): void {
    this.log('DEBUG', message, meta);
  }

  info(message: string, meta?: LogMetadata): void {
    this.log('INFO', message, meta);
  }

  warn(message: string, meta?: LogMetadata): void {
    this.log('WARN', message, meta);
  }

  error(message: string, meta?: LogMetadata): void {
    this.log('ERROR', message, meta);
  }
}
