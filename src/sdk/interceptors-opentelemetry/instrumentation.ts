/** Spans around calls, and their context in headers. */
import * as otel from '@opentelemetry/api';
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  defaultPayloadConverter,
  type Headers,
} from 'perdure/common';

/** The header that carries a trace: a JSON payload of what the propagator wrote, `{ "traceparent": "00-…" }`. */
export const TRACE_HEADER = '_tracer-data';
/** Attribute: the run's ID. */
export const RUN_ID_ATTR_KEY = 'run_id';
/** Attribute: the workflow's ID. */
export const WORKFLOW_ID_ATTR_KEY = 'temporalWorkflowId';
/** Attribute: the activity's ID. */
export const ACTIVITY_ID_ATTR_KEY = 'temporalActivityId';
/** Attribute: the update's ID. */
export const UPDATE_ID_ATTR_KEY = 'temporalUpdateId';
/** Attribute: why a workflow was terminated. */
export const TERMINATE_REASON_ATTR_KEY = 'temporalTerminateReason';
/** Attribute: the Nexus service. */
export const NEXUS_SERVICE_ATTR_KEY = 'temporalNexusService';
/** Attribute: the Nexus operation. */
export const NEXUS_OPERATION_ATTR_KEY = 'temporalNexusOperation';
/** Attribute: the Nexus endpoint. */
export const NEXUS_ENDPOINT_ATTR_KEY = 'temporalNexusEndpoint';

/** The context that `headers` carry, on top of the active one. Undefined where they carry none. */
export function extractContextFromHeaders(headers: Headers): otel.Context | undefined {
  const payload = headers[TRACE_HEADER];
  if (payload === undefined) return undefined;
  const carrier = defaultPayloadConverter.fromPayload<Record<string, string>>(payload);
  return otel.propagation.extract(otel.context.active(), carrier, otel.defaultTextMapGetter);
}

/** The same for headers of Nexus, which are the propagator's own. */
export function extractContextFromNexusHeaders(headers: Record<string, string>): otel.Context | undefined {
  if (Object.keys(headers).length === 0) return undefined;
  return otel.propagation.extract(otel.context.active(), headers, otel.defaultTextMapGetter);
}

/** `headers` with the active context. */
export function headersWithContext(headers: Headers): Headers {
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(activeContext()) };
}

/** `headers` of Nexus with the active context. */
export function nexusHeadersWithContext(headers: Record<string, string>): Record<string, string> {
  return { ...headers, ...activeContext() };
}

function activeContext(): Record<string, string> {
  const carrier: Record<string, string> = {};
  otel.propagation.inject(otel.context.active(), carrier, otel.defaultTextMapSetter);
  return carrier;
}

export interface InstrumentOptions<T> {
  tracer: otel.Tracer;
  spanName: string;
  fn: (span: otel.Span) => Promise<T>;
  /** Of the span's parent. @default the active one */
  context?: otel.Context | undefined;
  /** Errors that are no failure of what the span stands for. */
  acceptableErrors?: ((error: unknown) => boolean) | undefined;
}

export type InstrumentOptionsSync<T> = Omit<InstrumentOptions<T>, 'fn'> & { fn: (span: otel.Span) => T };

/**
 * Runs `fn` in a span that ends with it. How many times a result is awaited on its way out is part of what replays: workflow code
 * goes on in the order in which its promises settle.
 */
export async function instrument<T>(options: InstrumentOptions<T>): Promise<T> {
  const { context } = options;
  if (context) return await otel.context.with(context, async () => await inSpan(options));
  return await inSpan(options);
}

/** Runs `fn`, which is synchronous, in a span that ends with it. */
export function instrumentSync<T>(options: InstrumentOptionsSync<T>): T {
  const { tracer, spanName, fn, context, acceptableErrors } = options;
  const run = (): T =>
    tracer.startActiveSpan(spanName, (span) => {
      try {
        const result = fn(span);
        span.setStatus({ code: otel.SpanStatusCode.OK });
        return result;
      } catch (error) {
        noteError(span, error, acceptableErrors);
        throw error;
      } finally {
        span.end();
      }
    });
  return context ? otel.context.with(context, run) : run();
}

function inSpan<T>({ tracer, spanName, fn, acceptableErrors }: InstrumentOptions<T>): Promise<T> {
  return tracer.startActiveSpan(spanName, async (span) => await untilEnd(span, fn, acceptableErrors));
}

async function untilEnd<T>(
  span: otel.Span,
  fn: InstrumentOptions<T>['fn'],
  acceptableErrors: InstrumentOptions<T>['acceptableErrors'],
): Promise<T> {
  try {
    const result = await fn(span);
    span.setStatus({ code: otel.SpanStatusCode.OK });
    return result;
  } catch (error) {
    noteError(span, error, acceptableErrors);
    throw error;
  } finally {
    span.end();
  }
}

function noteError(span: otel.Span, error: unknown, isAcceptable?: (error: unknown) => boolean): void {
  if (isAcceptable?.(error)) {
    span.setStatus({ code: otel.SpanStatusCode.OK });
    return;
  }
  const isBenign =
    error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN;
  const code = isBenign ? otel.SpanStatusCode.UNSET : otel.SpanStatusCode.ERROR;
  span.setStatus({ code, message: messageOf(error) });
  // What is thrown may be anything; the span takes what it can read.
  span.recordException(error as otel.Exception);
}

function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : String(error);
}

/** The active span's identity, in the form in which log entries carry it. Empty where there is none. */
export function logAttributesOfSpan(): Record<string, unknown> {
  const span = otel.trace.getSpan(otel.context.active())?.spanContext();
  if (span === undefined || !otel.isSpanContextValid(span)) return {};
  return { trace_id: span.traceId, span_id: span.spanId, trace_flags: `0${span.traceFlags.toString(16)}` };
}
