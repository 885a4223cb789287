/**
 * For activity code: the running attempt's context, and short forms of what is on it.
 *
 * @module
 */
import type { Client } from '../client/index.ts';
import type { ActivityCancellationDetails } from '../common/activity-cancellation-details.ts';
import type { ActivityDefinitionOptions } from '../common/activity-definition-options.ts';
import { IllegalStateError } from '../common/errors.ts';
import type { ActivityFunction } from '../common/interfaces.ts';
import type { Logger, LogLevel, LogMetadata } from '../common/logger.ts';
import type { MetricMeter } from '../common/metrics.ts';
import type { Duration } from '../common/time.ts';
import type { Any } from '../common/type-helpers.ts';
import { Context, type Info } from './context.ts';

export type {
  ActivityDefinitionOptions,
  ActivityTypeInfoMap,
} from '../common/activity-definition-options.ts';
export { CompleteAsyncError } from '../common/errors.ts';
export { ApplicationFailure, CancelledFailure } from '../common/failure.ts';
export type { ActivityFunction, ActivityInterface, UntypedActivities } from '../common/interfaces.ts';
export { asyncLocalStorage, Context, type Info } from './context.ts';
export type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptors,
  ActivityInterceptorsFactory,
  ActivityOutboundCallsInterceptor,
  GetLogAttributesInput,
  GetMetricTagsInput,
} from './interceptors.ts';

/**
 * Attaches type information to an activity function, by which its arguments are decoded and its result is encoded.
 *
 * @experimental
 */
export function setActivityOptions<Args extends Any[], ReturnType>(
  options: ActivityDefinitionOptions,
  fn: ActivityFunction<Args, ReturnType>,
): void {
  Object.assign(fn, { activityDefinitionOptions: options });
}

/** Info of the running attempt. */
export function activityInfo(): Info {
  return Context.current().info;
}

/** Waits in memory; rejects with a `CancelledFailure` when the activity is cancelled. See {@link Context.sleep}. */
export function sleep(ms: Duration): Promise<void> {
  return Context.current().sleep(ms);
}

/** Reports progress and receives cancellation. See {@link Context.heartbeat}. */
export function heartbeat(details?: unknown): void {
  Context.current().heartbeat(details);
}

/** A promise that only ever rejects, with a `CancelledFailure`. See {@link Context.cancelled}. */
export function cancelled(): Promise<never> {
  return Context.current().cancelled;
}

/** Why the activity was cancelled; undefined while it is not. */
export function cancellationDetails(): ActivityCancellationDetails | undefined {
  return Context.current().cancellationDetails;
}

/** Aborts when the activity is cancelled: pass it to `fetch` and the like. See {@link Context.cancellationSignal}. */
export function cancellationSignal(): AbortSignal {
  return Context.current().cancellationSignal;
}

/** A client bound to the activity's namespace. See {@link Context.client}. */
export function getClient(): Client {
  return Context.current().client;
}

/** Logs with the running attempt's attributes. Asks for the context at each call, since its logger may be replaced. */
export const log: Logger = {
  log: (level: LogLevel, message: string, meta?: LogMetadata) =>
    Context.current().log.log(level, message, meta),
  trace: (message: string, meta?: LogMetadata) => Context.current().log.trace(message, meta),
  debug: (message: string, meta?: LogMetadata) => Context.current().log.debug(message, meta),
  info: (message: string, meta?: LogMetadata) => Context.current().log.info(message, meta),
  warn: (message: string, meta?: LogMetadata) => Context.current().log.warn(message, meta),
  error: (message: string, meta?: LogMetadata) => Context.current().log.error(message, meta),
};

/** The running attempt's meter: its instruments carry the attempt's tags. */
export const metricMeter: MetricMeter = {
  createCounter: (...input) => Context.current().metricMeter.createCounter(...input),
  createHistogram: (...input) => Context.current().metricMeter.createHistogram(...input),
  createGauge: (...input) => Context.current().metricMeter.createGauge(...input),
  createUpDownCounter: (...input) => {
    const meter = Context.current().metricMeter;
    const counter = meter.createUpDownCounter?.(...input);
    if (counter === undefined) throw new IllegalStateError('This metric meter has no up-down counters');
    return counter;
  },
  withTags: (tags) => Context.current().metricMeter.withTags(tags),
};
