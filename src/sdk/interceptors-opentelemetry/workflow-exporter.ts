/** The sink by which spans of workflow code reach OpenTelemetry's SDK of the host. */
import { createTraceState, type Link, type SpanContext } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { InjectedSink } from 'perdure/worker';
import type {
  OpenTelemetryWorkflowExporter,
  SerializableSpan,
  SerializableSpanContext,
} from './workflow/definitions.ts';

/**
 * The sink of an exporter.
 *
 * @deprecated Give a `SpanProcessor`: it waits for resources whose attributes come later.
 */
export function makeWorkflowExporter(
  spanExporter: SpanExporter,
  resource: Resource,
): InjectedSink<OpenTelemetryWorkflowExporter>;
/**
 * A sink that gives the spans of workflow code to a span processor, with what `workflowInfo()` says of their run as attributes.
 *
 * ```ts
 * const sinks: InjectedSinks<OpenTelemetrySinks> = { exporter: makeWorkflowExporter(processor, resource) };
 * ```
 */
export function makeWorkflowExporter(
  spanProcessor: SpanProcessor,
  resource: Resource,
): InjectedSink<OpenTelemetryWorkflowExporter>;
export function makeWorkflowExporter(
  target: SpanProcessor | SpanExporter,
  resource: Resource,
): InjectedSink<OpenTelemetryWorkflowExporter> {
  return {
    export: {
      fn(info, spans) {
        const readable = spans.map((span) => toReadable(span, resource, { ...info }));
        if (!isProcessor(target))
          target.export(readable, () => undefined); // What fails is the exporter's to tell.
        else for (const span of readable) target.onEnd(span);
      },
    },
  };
}

function isProcessor(target: SpanProcessor | SpanExporter): target is SpanProcessor {
  return 'onEnd' in target && typeof target.onEnd === 'function';
}

/** The span as both SDK 1 and SDK 2 read it. */
function toReadable(serialized: SerializableSpan, resource: Resource, info: object): ReadableSpan {
  const {
    spanContext: context,
    attributes,
    links,
    parentSpanId,
    instrumentationLibrary,
    ...rest
  } = serialized;
  const spanContext = withState(context);
  const { traceId, traceFlags } = spanContext;
  return Object.assign(
    {
      ...rest,
      resource,
      spanContext: () => spanContext,
      instrumentationLibrary,
      attributes: { ...attributes, ...info },
      links: links.map(
        (link): Link => ({ ...link, context: withState(link.context as SerializableSpanContext) }),
      ),
    },
    { instrumentationScope: instrumentationLibrary },
    parentSpanId !== undefined && {
      parentSpanId,
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags, isRemote: false },
    },
  );
}

/** Methods do not pass out of workflow code: the trace state is made anew from its text. */
function withState({ traceState, ...context }: SerializableSpanContext): SpanContext {
  return traceState ? { ...context, traceState: createTraceState(traceState) } : context;
}
