import type * as otel from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, type InstrumentationScope } from '@opentelemetry/core';
import type * as tracing from '@opentelemetry/sdk-trace-base';
import { proxySinks } from 'perdure/workflow';
import type { OpenTelemetrySinks, SerializableSpan, SerializableSpanContext } from './definitions.ts';

/** What spans of OpenTelemetry's SDK 2 have in the place of members of SDK 1. */
interface SpanOfSdk2 {
  readonly parentSpanContext?: otel.SpanContext;
  readonly instrumentationScope?: InstrumentationScope;
}

/** Hands spans to the sink `exporter`, as plain values. On replay the host drops them. */
export class SpanExporter implements tracing.SpanExporter {
  #exporter: OpenTelemetrySinks['exporter'] | undefined;

  export(spans: tracing.ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#exporter ??= proxySinks<OpenTelemetrySinks>().exporter;
    this.#exporter.export(spans.map((span) => this.makeSerializable(span)));
    resultCallback({ code: ExportResultCode.SUCCESS });
  }

  async shutdown(): Promise<void> {}

  makeSerializable(span: tracing.ReadableSpan): SerializableSpan {
    const { parentSpanContext, instrumentationScope }: SpanOfSdk2 = span as SpanOfSdk2;
    const parentSpanId = span.parentSpanId ?? parentSpanContext?.spanId;
    return {
      name: span.name,
      kind: span.kind,
      spanContext: withTextualState(span.spanContext()),
      ...(parentSpanId !== undefined && { parentSpanId }),
      startTime: span.startTime,
      endTime: span.endTime,
      status: span.status,
      attributes: span.attributes,
      // Made whole again by the host, like the span's own context.
      links: span.links.map((link) => ({
        ...link,
        context: withTextualState(link.context) as otel.SpanContext & object,
      })),
      events: span.events,
      duration: span.duration,
      ended: span.ended,
      droppedAttributesCount: span.droppedAttributesCount,
      droppedEventsCount: span.droppedEventsCount,
      droppedLinksCount: span.droppedLinksCount,
      instrumentationLibrary: span.instrumentationLibrary ?? instrumentationScope,
    };
  }
}

/** A `TraceState` is an object with methods, which do not pass out of workflow code. */
function withTextualState({ traceState, ...context }: otel.SpanContext): SerializableSpanContext {
  const text = traceState?.serialize();
  return text === undefined ? context : { ...context, traceState: text };
}
