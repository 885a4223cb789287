/** Log entries of the whole runtime: one sink, a level below which they are dropped, and the form that activities use. */
import type { LogLevel, LogSink } from '../objects/object-options.ts';
import type { LogMetadata, SelectiveLogger } from '../sdk/common/logger.ts';

const LEVELS: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

const CONSOLE = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, keyof Console>;

/** The message, then what belongs to it. */
export const consoleSink: LogSink = (level, message, attributes) => {
  const { error, ...rest } = attributes ?? {};
  const parts: unknown[] = [message];
  if (Object.keys(rest).length > 0) parts.push(rest);
  if (error !== undefined) parts.push(error);
  console[CONSOLE[level]](...parts);
};

export function sinkAbove(lowest: LogLevel, sink: LogSink): LogSink {
  const from = LEVELS.indexOf(lowest);
  return (level, message, attributes) => {
    if (LEVELS.indexOf(level) >= from) sink(level, message, attributes);
  };
}

/** `lowest` is what the sink drops entries below, when it does. */
export function loggerOf(sink: LogSink, lowest: LogLevel = 'TRACE'): SelectiveLogger {
  const from = LEVELS.indexOf(lowest);
  const at = (level: LogLevel) => (message: string, meta?: LogMetadata) => sink(level, message, meta);
  return {
    log: (level, message, meta) => sink(level, message, meta),
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
    drops: (level) => LEVELS.indexOf(level) < from,
  };
}
