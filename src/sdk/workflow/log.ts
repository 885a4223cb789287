/** Logging and one-way calls out of workflow code. */
import { requireRun } from '../../executor/context.ts';
import { writeLog } from '../../executor/logs.ts';
import type { Sink, Sinks } from '../../executor/sinks.ts';
import type { LogMetadata } from '../common/logger.ts';

export type { Sink, SinkCall, SinkFunction, Sinks } from '../../executor/sinks.ts';

export interface WorkflowLogger extends Sink {
  trace(message: string, attributes?: LogMetadata): void;
  debug(message: string, attributes?: LogMetadata): void;
  info(message: string, attributes?: LogMetadata): void;
  warn(message: string, attributes?: LogMetadata): void;
  error(message: string, attributes?: LogMetadata): void;
}

/**
 * The workflow logger. Silent on replay; each line carries the run's IDs.
 *
 * @example
 * ```ts
 * log.info('order packed', { orderId });
 * ```
 */
export const log: WorkflowLogger = Object.freeze({
  trace: (message: string, attributes?: LogMetadata) => writeLog('trace', message, attributes),
  debug: (message: string, attributes?: LogMetadata) => writeLog('debug', message, attributes),
  info: (message: string, attributes?: LogMetadata) => writeLog('info', message, attributes),
  warn: (message: string, attributes?: LogMetadata) => writeLog('warn', message, attributes),
  error: (message: string, attributes?: LogMetadata) => writeLog('error', message, attributes),
});

/** @deprecated Use `log`. */
export interface LoggerSinks extends Sinks {
  /** @deprecated Use `log`. */
  defaultWorkerLogger: WorkflowLogger;
}

/**
 * Functions that call the sinks given to the worker. Calls return nothing; they are made when the activation has ended, with
 * copies of the arguments, and on replay only if the sink asks for that.
 */
export function proxySinks<T extends Sinks>(): T {
  const sinkOf = (ifaceName: string) =>
    new Proxy(
      {},
      {
        get:
          (_, fnName) =>
          (...args: unknown[]) =>
            addSinkCall(ifaceName, String(fnName), args),
      },
    );
  // A proxy has every property; its type is that of the interface it stands for.
  return new Proxy({}, { get: (_, ifaceName) => sinkOf(String(ifaceName)) }) as T;
}

function addSinkCall(ifaceName: string, fnName: string, args: unknown[]): void {
  const run = requireRun('Proxied sinks functions may only be used from a Workflow Execution.');
  run.addSinkCall(ifaceName, fnName, structuredClone(args));
}
