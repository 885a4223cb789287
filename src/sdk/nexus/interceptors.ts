/** What can be put around the handlers of Nexus operations: their calls, their log attributes, their metric tags. */
import type * as nexus from 'nexus-rpc';
import type { Next } from '../common/interceptors.ts';
import type { MetricTags } from '../common/metrics.ts';

/** Makes the interceptors of one request. */
export type NexusInterceptorsFactory = (ctx: nexus.OperationContext) => NexusInterceptors;

export type NexusInterceptors = {
  inbound?: NexusInboundCallsInterceptor;
  outbound?: NexusOutboundCallsInterceptor;
};

export interface NexusStartOperationInput {
  readonly ctx: nexus.StartOperationContext;
  readonly input: unknown;
}

export interface NexusStartOperationOutput {
  readonly result: nexus.HandlerStartOperationResult<unknown>;
}

export interface NexusCancelOperationInput {
  readonly ctx: nexus.CancelOperationContext;
  readonly token: string;
}

export type NexusInboundCallsInterceptor = {
  /** Around the handler's `start`. */
  startOperation?: (
    input: NexusStartOperationInput,
    next: Next<NexusInboundCallsInterceptor, 'startOperation'>,
  ) => Promise<NexusStartOperationOutput>;
  /** Around the handler's `cancel`. */
  cancelOperation?: (
    input: NexusCancelOperationInput,
    next: Next<NexusInboundCallsInterceptor, 'cancelOperation'>,
  ) => Promise<void>;
};

export type NexusOutboundCallsInterceptor = {
  /** At each log entry: the attributes it carries. */
  getLogAttributes?: (
    input: Record<string, unknown>,
    next: Next<NexusOutboundCallsInterceptor, 'getLogAttributes'>,
  ) => Record<string, unknown>;
  /** At each recorded metric: the tags it carries. */
  getMetricTags?: (
    input: MetricTags,
    next: Next<NexusOutboundCallsInterceptor, 'getMetricTags'>,
  ) => MetricTags;
};
