import { filterNullAndUndefined } from './objects-helpers.ts';
import type { Any } from './type-helpers.ts';

export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** Fields of a log entry. */
export type LogMetadata = Record<string | symbol, Any>;

/** What the SDK logs to, and what workflows and activities log with. */
export interface Logger {
  log(level: LogLevel, message: string, meta?: LogMetadata): Any;
  trace(message: string, meta?: LogMetadata): Any;
  debug(message: string, meta?: LogMetadata): Any;
  info(message: string, meta?: LogMetadata): Any;
  warn(message: string, meta?: LogMetadata): Any;
  error(message: string, meta?: LogMetadata): Any;
}

/** Who logs: the `sdkComponent` field of log entries. */
export const SdkComponent = {
  /** Workflow code, and the SDK on its behalf. */
  workflow: 'workflow',
  /** Activity code, and the SDK on its behalf. */
  activity: 'activity',
  nexus: 'nexus',
  worker: 'worker',
  core: 'core',
} as const;
export type SdkComponent = (typeof SdkComponent)[keyof typeof SdkComponent];

/** A logger that can say which levels it drops: nothing is put together for an entry that nobody sees. */
export interface SelectiveLogger extends Logger {
  drops?(level: LogLevel): boolean;
}

export type LogMetaOrFunc = LogMetadata | (() => LogMetadata);

/** A logger that adds fields to every entry, the later ones over the earlier. Functions are asked at each entry. */
export class LoggerWithComposedMetadata implements Logger {
  readonly #parent: SelectiveLogger;
  readonly #contributors: readonly LogMetaOrFunc[];

  /** The logger with one more contributor; the same one if that adds nothing. */
  static compose(logger: Logger, metaOrFunc: LogMetaOrFunc): Logger {
    if (typeof metaOrFunc !== 'function' && Reflect.ownKeys(metaOrFunc).length === 0) return logger;
    if (logger instanceof LoggerWithComposedMetadata) {
      return new LoggerWithComposedMetadata(logger.#parent, [...logger.#contributors, metaOrFunc]);
    }
    return new LoggerWithComposedMetadata(logger, [metaOrFunc]);
  }

  constructor(parentLogger: Logger, contributors: readonly LogMetaOrFunc[]) {
    this.#parent = parentLogger;
    this.#contributors = contributors;
  }

  log(level: LogLevel, message: string, extraMeta?: LogMetadata): void {
    if (!this.#drops(level)) this.#parent.log(level, message, this.#resolve(extraMeta));
  }

  trace(message: string, extraMeta?: LogMetadata): void {
    if (!this.#drops('TRACE')) this.#parent.trace(message, this.#resolve(extraMeta));
  }

  debug(message: string, extraMeta?: LogMetadata): void {
    if (!this.#drops('DEBUG')) this.#parent.debug(message, this.#resolve(extraMeta));
  }

  info(message: string, extraMeta?: LogMetadata): void {
    if (!this.#drops('INFO')) this.#parent.info(message, this.#resolve(extraMeta));
  }

  warn(message: string, extraMeta?: LogMetadata): void {
    if (!this.#drops('WARN')) this.#parent.warn(message, this.#resolve(extraMeta));
  }

  error(message: string, extraMeta?: LogMetadata): void {
    if (!this.#drops('ERROR')) this.#parent.error(message, this.#resolve(extraMeta));
  }

  #drops(level: LogLevel): boolean {
    return this.#parent.drops?.(level) === true;
  }

  #resolve(extraMeta: LogMetadata | undefined): LogMetadata {
    const parts = this.#contributors.map((part) => (typeof part === 'function' ? part() : part));
    return filterNullAndUndefined<LogMetadata>(Object.assign({}, ...parts, extraMeta));
  }
}
