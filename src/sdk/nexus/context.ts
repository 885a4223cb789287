/** What the handler of a Nexus operation finds around it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type * as nexus from 'nexus-rpc';
import type { Client } from '../client/client.ts';
import type { Logger, LogLevel, LogMetadata } from '../common/logger.ts';
import type { MetricMeter, MetricTags, NumericMetricValueType } from '../common/metrics.ts';

export interface HandlerContext {
  log: Logger;
  metrics: MetricMeter;
  client: Client;
  namespace: string;
  taskQueue: string;
  endpoint: string;
}

/** Where an operation is served. */
export interface OperationInfo {
  readonly namespace: string;
  readonly taskQueue: string;
  /** The name by which its caller knows it. */
  readonly endpoint: string;
}

export interface TemporalStartOperationContext extends nexus.StartOperationContext {}
export interface TemporalCancelOperationContext extends nexus.CancelOperationContext {}

type WithStorage = Record<symbol, AsyncLocalStorage<HandlerContext> | undefined>;
/** Temporal's own package keeps its contexts here too. */
const STORAGE = Symbol.for('__temporal_nexus_context_storage__');
// Sound: whoever uses this symbol keeps a storage of handler contexts under it.
const shared = globalThis as unknown as WithStorage;
shared[STORAGE] ??= new AsyncLocalStorage<HandlerContext>();

/** Holds the context of the running handler. One for all copies of this package in a process. */
export const asyncLocalStorage: AsyncLocalStorage<HandlerContext> = shared[STORAGE];

export function getHandlerContext(): HandlerContext {
  const context = asyncLocalStorage.getStore();
  if (context === undefined) throw new ReferenceError('Not in a Nexus handler context');
  return context;
}

/** Logs with the service, operation, namespace and task queue of the running handler. Throws outside of one. */
export const log: Logger = {
  log: (level: LogLevel, message: string, meta?: LogMetadata) =>
    getHandlerContext().log.log(level, message, meta),
  trace: (message: string, meta?: LogMetadata) => getHandlerContext().log.trace(message, meta),
  debug: (message: string, meta?: LogMetadata) => getHandlerContext().log.debug(message, meta),
  info: (message: string, meta?: LogMetadata) => getHandlerContext().log.info(message, meta),
  warn: (message: string, meta?: LogMetadata) => getHandlerContext().log.warn(message, meta),
  error: (message: string, meta?: LogMetadata) => getHandlerContext().log.error(message, meta),
};

/** Metrics with the tags of the running handler. Throws outside of one. */
export const metricMeter: MetricMeter = {
  createCounter: (name: string, unit?: string, description?: string) =>
    getHandlerContext().metrics.createCounter(name, unit, description),
  createHistogram: (
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit?: string,
    description?: string,
  ) => getHandlerContext().metrics.createHistogram(name, valueType, unit, description),
  createGauge: (
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit?: string,
    description?: string,
  ) => getHandlerContext().metrics.createGauge(name, valueType, unit, description),
  withTags: (tags: MetricTags) => getHandlerContext().metrics.withTags(tags),
};

/** A client of the namespace in which the operation is served, on the worker's own connection. Throws outside of a handler. */
export function getClient(): Client {
  return getHandlerContext().client;
}

/** Where the running operation is served. Throws outside of a handler. */
export function operationInfo(): OperationInfo {
  const { namespace, taskQueue, endpoint } = getHandlerContext();
  return { namespace, taskQueue, endpoint };
}
