/** Functions of the host that workflow code can call one-way (LOG-1 to LOG-4). */
import {
  type InjectedSinks as ExecutorSinks,
  LOGGER_SINK,
  type Sink,
  type SinkFunction,
  type Sinks,
} from '../../executor/sinks.ts';
import type { WorkflowInfo } from '../../executor/workflow-info.ts';
import { type Logger, LoggerWithComposedMetadata, type LogMetadata, SdkComponent } from '../common/logger.ts';

export type { Sink, SinkFunction, Sinks };

export interface InjectedSinkFunction<F extends SinkFunction> {
  fn(info: WorkflowInfo, ...args: Parameters<F>): void | Promise<void>;
  /**
   * Whether the function is also called on replay.
   *
   * @default false
   */
  callDuringReplay?: boolean;
}

export type InjectedSink<T extends Sink> = { [Name in keyof T]: InjectedSinkFunction<T[Name]> };

/** Implementations of the sinks that workflow code names with `proxySinks`. */
export type InjectedSinks<T extends Sinks> = { [Name in keyof T]: InjectedSink<T[Name]> };

/** @deprecated Workflow logs go to the runtime's logger without it. With a logger of its own they go there. */
export function defaultSinks(logger?: Logger): ExecutorSinks {
  if (logger === undefined) return {};
  const own = LoggerWithComposedMetadata.compose(logger, { sdkComponent: SdkComponent.workflow });
  const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
  const functions = levels.map((level) => [
    level,
    {
      fn: (_info: WorkflowInfo, message: unknown, attributes: unknown) =>
        own[level](String(message), attributes as LogMetadata),
    },
  ]);
  // The name that it had once, by which user code may give one too.
  return { defaultWorkerLogger: Object.fromEntries(functions) };
}

/** A sink of the name that the logger's had once still replaces it. */
export function withFormerLoggerName(sinks: ExecutorSinks): ExecutorSinks {
  const { defaultWorkerLogger } = sinks;
  return defaultWorkerLogger === undefined ? sinks : { [LOGGER_SINK]: defaultWorkerLogger, ...sinks };
}
