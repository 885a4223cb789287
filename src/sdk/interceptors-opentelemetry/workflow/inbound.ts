import type {
  Next,
  QueryInput,
  SignalInput,
  UpdateInput,
  WorkflowExecuteInput,
  WorkflowInboundCallsInterceptor,
} from 'perdure/workflow';
import { ContinueAsNew, workflowInfo } from 'perdure/workflow';
import { hasTracingFlag, withHostRandom } from 'perdure/workflow/lib/tracing';
import {
  extractContextFromHeaders,
  instrument,
  instrumentSync,
  UPDATE_ID_ATTR_KEY,
} from '../instrumentation.ts';
import { SPAN_DELIMITER, SpanName } from './definitions.ts';
import { getTracer } from './tracer.ts';

/** Spans around calls into a workflow, below those of their senders. For interceptor modules of workflow code. */
export class OpenTelemetryInboundInterceptor implements WorkflowInboundCallsInterceptor {
  protected readonly tracer = getTracer();

  async execute(
    input: WorkflowExecuteInput,
    next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const context = extractContextFromHeaders(input.headers);
    if (!hasTracingFlag('tracesWithoutYields')) await Promise.resolve();
    return await instrument({
      tracer: this.tracer,
      spanName: `${SpanName.WORKFLOW_EXECUTE}${SPAN_DELIMITER}${workflowInfo().workflowType}`,
      fn: () => next(input),
      context,
      acceptableErrors: (error) => error instanceof ContinueAsNew,
    });
  }

  async handleSignal(
    input: SignalInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleSignal'>,
  ): Promise<void> {
    if (!hasTracingFlag('tracesInboundSignals')) return next(input);
    const context = extractContextFromHeaders(input.headers);
    if (!hasTracingFlag('tracesWithoutYields')) await Promise.resolve();
    return await instrument({
      tracer: this.tracer,
      spanName: `${SpanName.WORKFLOW_HANDLE_SIGNAL}${SPAN_DELIMITER}${input.signalName}`,
      fn: () => next(input),
      context,
    });
  }

  async handleUpdate(
    input: UpdateInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleUpdate'>,
  ): Promise<unknown> {
    if (!hasTracingFlag('tracesAllCalls')) return next(input);
    return await instrument({
      tracer: this.tracer,
      spanName: `${SpanName.WORKFLOW_HANDLE_UPDATE}${SPAN_DELIMITER}${input.name}`,
      fn: (span) => {
        span.setAttribute(UPDATE_ID_ATTR_KEY, input.updateId);
        return next(input);
      },
      context: extractContextFromHeaders(input.headers),
    });
  }

  validateUpdate(input: UpdateInput, next: Next<WorkflowInboundCallsInterceptor, 'validateUpdate'>): void {
    withHostRandom(() =>
      instrumentSync({
        tracer: this.tracer,
        spanName: `${SpanName.WORKFLOW_VALIDATE_UPDATE}${SPAN_DELIMITER}${input.name}`,
        fn: (span) => {
          span.setAttribute(UPDATE_ID_ATTR_KEY, input.updateId);
          return next(input);
        },
        context: extractContextFromHeaders(input.headers),
      }),
    );
  }

  async handleQuery(
    input: QueryInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleQuery'>,
  ): Promise<unknown> {
    return await withHostRandom(() =>
      instrument({
        tracer: this.tracer,
        spanName: `${SpanName.WORKFLOW_HANDLE_QUERY}${SPAN_DELIMITER}${input.queryName}`,
        fn: () => next(input),
        context: extractContextFromHeaders(input.headers),
      }),
    );
  }
}
