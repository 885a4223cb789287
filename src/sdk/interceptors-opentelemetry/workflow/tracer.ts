/**
 * OpenTelemetry's SDK inside a run. Modules are evaluated for each run, so what is registered here is the run's own, and workflow
 * code that makes spans of its own finds it by `trace.getTracer()`. IDs are drawn from the run's random stream, so a span has the
 * same on replay.
 */
import * as otel from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ContextManager } from './context-manager.ts';
import { SpanExporter } from './span-exporter.ts';

let tracer: otel.Tracer | undefined;
const contextManager = new ContextManager();

export function getTracer(): otel.Tracer {
  tracer ??= register();
  return tracer;
}

export function forgetContexts(): void {
  contextManager.disable();
}

function register(): otel.Tracer {
  const provider = providerWith(new SimpleSpanProcessor(new SpanExporter()));
  otel.trace.setGlobalTracerProvider(provider);
  otel.context.setGlobalContextManager(contextManager);
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  otel.propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  return provider.getTracer('@temporalio/interceptor-workflow');
}

/** SDK 2 takes processors when it is made, and SDK 1, in its first releases, only afterwards. */
function providerWith(processor: SpanProcessor): BasicTracerProvider {
  const takesLater = 'addSpanProcessor' in BasicTracerProvider.prototype;
  const provider = new BasicTracerProvider(takesLater ? {} : { spanProcessors: [processor] });
  if (takesLater) provider.addSpanProcessor(processor);
  return provider;
}
