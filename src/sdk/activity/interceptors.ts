/** What can be put around an activity: its call, its log attributes, its metric tags. */
import type { Headers, Next } from '../common/interceptors.ts';
import type { MetricTags } from '../common/metrics.ts';
import type { Context } from './context.ts';

/** Makes the interceptors of one attempt. */
export type ActivityInterceptorsFactory = (context: Context) => ActivityInterceptors;

export interface ActivityInterceptors {
  inbound?: ActivityInboundCallsInterceptor;
  outbound?: ActivityOutboundCallsInterceptor;
}

export interface ActivityExecuteInput {
  readonly args: unknown[];
  readonly headers: Headers;
}

export interface ActivityInboundCallsInterceptor {
  /** Around the activity function; gives its result. */
  execute?: (
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ) => Promise<unknown>;
}

export type GetLogAttributesInput = Record<string, unknown>;
export type GetMetricTagsInput = MetricTags;

export interface ActivityOutboundCallsInterceptor {
  /** At each log entry: the attributes it carries. */
  getLogAttributes?: (
    input: GetLogAttributesInput,
    next: Next<ActivityOutboundCallsInterceptor, 'getLogAttributes'>,
  ) => Record<string, unknown>;
  /** At each recorded metric: the tags it carries. */
  getMetricTags?: (
    input: GetMetricTagsInput,
    next: Next<ActivityOutboundCallsInterceptor, 'getMetricTags'>,
  ) => MetricTags;
}
