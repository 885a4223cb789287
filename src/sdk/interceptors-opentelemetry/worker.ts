/** Spans around activities and Nexus handlers, and the way out for those of workflow code. */
import * as otel from '@opentelemetry/api';
import type * as nexus from 'nexus-rpc';
import type { Context as ActivityContext } from 'perdure/activity';
import { CompleteAsyncError } from 'perdure/common';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityOutboundCallsInterceptor,
  GetLogAttributesInput,
  GetMetricTagsInput,
  Next,
  NexusCancelOperationInput,
  NexusInboundCallsInterceptor,
  NexusOutboundCallsInterceptor,
  NexusStartOperationInput,
  NexusStartOperationOutput,
} from 'perdure/worker';
import type { InterceptorOptions } from './client.ts';
import {
  ACTIVITY_ID_ATTR_KEY,
  extractContextFromHeaders,
  extractContextFromNexusHeaders,
  instrument,
  logAttributesOfSpan,
  NEXUS_OPERATION_ATTR_KEY,
  NEXUS_SERVICE_ATTR_KEY,
  RUN_ID_ATTR_KEY,
  WORKFLOW_ID_ATTR_KEY,
} from './instrumentation.ts';
import { SPAN_DELIMITER, SpanName } from './workflow/definitions.ts';

export type { InterceptorOptions } from './client.ts';
export { makeWorkflowExporter } from './workflow-exporter.ts';

/** A span around an attempt of an activity, below that of whoever called it. */
export class OpenTelemetryActivityInboundInterceptor implements ActivityInboundCallsInterceptor {
  protected readonly ctx: ActivityContext;
  protected readonly tracer: otel.Tracer;

  constructor(ctx: ActivityContext, options?: InterceptorOptions) {
    this.ctx = ctx;
    this.tracer = options?.tracer ?? otel.trace.getTracer('@temporalio/interceptor-activity');
  }

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const { activityType, activityId, workflowExecution } = this.ctx.info;
    return await instrument({
      tracer: this.tracer,
      spanName: `${SpanName.ACTIVITY_EXECUTE}${SPAN_DELIMITER}${activityType}`,
      fn: (span) => {
        span.setAttribute(ACTIVITY_ID_ATTR_KEY, activityId);
        if (workflowExecution) {
          span.setAttribute(WORKFLOW_ID_ATTR_KEY, workflowExecution.workflowId);
          span.setAttribute(RUN_ID_ATTR_KEY, workflowExecution.runId);
        }
        return next(input);
      },
      context: extractContextFromHeaders(input.headers),
      acceptableErrors: (error) => error instanceof CompleteAsyncError,
    });
  }
}

/** Gives an activity's log entries the identity of the active span: `trace_id`, `span_id`, `trace_flags`. */
export class OpenTelemetryActivityOutboundInterceptor implements ActivityOutboundCallsInterceptor {
  protected readonly ctx: ActivityContext;

  constructor(ctx: ActivityContext) {
    this.ctx = ctx;
  }

  getLogAttributes(
    input: GetLogAttributesInput,
    next: Next<ActivityOutboundCallsInterceptor, 'getLogAttributes'>,
  ): Record<string, unknown> {
    return next({ ...logAttributesOfSpan(), ...input });
  }

  getMetricTags(
    input: GetMetricTagsInput,
    next: Next<ActivityOutboundCallsInterceptor, 'getMetricTags'>,
  ): GetMetricTagsInput {
    return next(input);
  }
}

/** A span around each call of a Nexus operation's handler, below that of whoever called it. */
export class OpenTelemetryNexusInboundInterceptor implements NexusInboundCallsInterceptor {
  protected readonly ctx: nexus.OperationContext;
  protected readonly tracer: otel.Tracer;

  constructor(ctx: nexus.OperationContext, options?: InterceptorOptions) {
    this.ctx = ctx;
    this.tracer = options?.tracer ?? otel.trace.getTracer('@temporalio/interceptor-nexus');
  }

  async startOperation(
    input: NexusStartOperationInput,
    next: Next<NexusInboundCallsInterceptor, 'startOperation'>,
  ): Promise<NexusStartOperationOutput> {
    return await this.#around(SpanName.NEXUS_START_OPERATION_EXECUTE, input.ctx, () => next(input));
  }

  async cancelOperation(
    input: NexusCancelOperationInput,
    next: Next<NexusInboundCallsInterceptor, 'cancelOperation'>,
  ): Promise<void> {
    return await this.#around(SpanName.NEXUS_CANCEL_OPERATION_EXECUTE, input.ctx, () => next(input));
  }

  #around<T>(
    name: SpanName,
    { service, operation, headers }: nexus.OperationContext,
    fn: () => Promise<T>,
  ): Promise<T> {
    return instrument({
      tracer: this.tracer,
      spanName: `${name}${SPAN_DELIMITER}${service}/${operation}`,
      fn: (span) => {
        span.setAttribute(NEXUS_SERVICE_ATTR_KEY, service);
        span.setAttribute(NEXUS_OPERATION_ATTR_KEY, operation);
        return fn();
      },
      context: extractContextFromNexusHeaders(headers),
    });
  }
}

/** Gives a Nexus handler's log entries the identity of the active span. */
export class OpenTelemetryNexusOutboundInterceptor implements NexusOutboundCallsInterceptor {
  protected readonly ctx: nexus.OperationContext;

  constructor(ctx: nexus.OperationContext) {
    this.ctx = ctx;
  }

  getLogAttributes(
    input: GetLogAttributesInput,
    next: Next<NexusOutboundCallsInterceptor, 'getLogAttributes'>,
  ): Record<string, unknown> {
    return next({ ...logAttributesOfSpan(), ...input });
  }

  getMetricTags(
    input: GetMetricTagsInput,
    next: Next<NexusOutboundCallsInterceptor, 'getMetricTags'>,
  ): GetMetricTagsInput {
    return next(input);
  }
}
