/** OpenTelemetry in a Worker: one provider for clients, activities and what workflow code hands out, with all spans in memory. */
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ActivityInterceptorsFactory } from 'perdure/activity';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
} from 'perdure/interceptors-opentelemetry';

const exporter = new InMemorySpanExporter();
const processor = new SimpleSpanProcessor(exporter);
const resource = new Resource({ 'service.name': 'model' });

new BasicTracerProvider({ resource, spanProcessors: [processor] }).register({
  contextManager: new AsyncLocalStorageContextManager().enable(),
});

export const spanSinks = { exporter: makeWorkflowExporter(processor, resource) };

export const spanInterceptor: ActivityInterceptorsFactory = (context) => ({
  inbound: new OpenTelemetryActivityInboundInterceptor(context),
  outbound: new OpenTelemetryActivityOutboundInterceptor(context),
});

export function traceById(traceId: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
}

/** The spans of the trace that begins with `root`. */
export function traceOf(root: string): ReadableSpan[] {
  const found = exporter.getFinishedSpans().find(({ name }) => name === root);
  return found ? traceById(found.spanContext().traceId) : [];
}
