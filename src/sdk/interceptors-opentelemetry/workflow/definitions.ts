/** What goes from workflow code to the host: names of spans, and spans as plain values. */
import type * as otel from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type * as tracing from '@opentelemetry/sdk-trace-base';
import type { Sink, Sinks } from 'perdure/workflow';

/** A span's identity as plain values: its `traceState` is the header's text. */
export type SerializableSpanContext = Omit<otel.SpanContext, 'traceState'> & { traceState?: string };

/** A span that has ended, as plain values. */
export interface SerializableSpan {
  readonly name: string;
  readonly kind: otel.SpanKind;
  readonly spanContext: SerializableSpanContext;
  readonly parentSpanId?: string;
  readonly startTime: otel.HrTime;
  readonly endTime: otel.HrTime;
  readonly status: otel.SpanStatus;
  readonly attributes: otel.Attributes;
  readonly links: otel.Link[];
  readonly events: tracing.TimedEvent[];
  readonly duration: otel.HrTime;
  readonly ended: boolean;
  readonly droppedAttributesCount: number;
  readonly droppedLinksCount: number;
  readonly droppedEventsCount: number;
  readonly instrumentationLibrary: InstrumentationScope;
}

/** The sink that workflow code hands its spans to. */
export interface OpenTelemetryWorkflowExporter extends Sink {
  export(span: SerializableSpan[]): void;
}

/** The sinks that a worker with traced workflows has to have: `sinks: { exporter: makeWorkflowExporter(…) }`. */
export interface OpenTelemetrySinks extends Sinks {
  exporter: OpenTelemetryWorkflowExporter;
}

/** What spans stand for: the part of their names before the delimiter. */
export const SpanName = {
  /** A client starts a workflow. */
  WORKFLOW_START: 'StartWorkflow',
  /** A client or a workflow signals a workflow. */
  WORKFLOW_SIGNAL: 'SignalWorkflow',
  WORKFLOW_SIGNAL_WITH_START: 'SignalWithStartWorkflow',
  WORKFLOW_QUERY: 'QueryWorkflow',
  WORKFLOW_START_UPDATE: 'StartWorkflowUpdate',
  WORKFLOW_UPDATE_WITH_START: 'UpdateWithStartWorkflow',
  /** A workflow's handler runs. */
  WORKFLOW_HANDLE_SIGNAL: 'HandleSignal',
  WORKFLOW_HANDLE_QUERY: 'HandleQuery',
  WORKFLOW_HANDLE_UPDATE: 'HandleUpdate',
  WORKFLOW_VALIDATE_UPDATE: 'ValidateUpdate',
  WORKFLOW_TERMINATE: 'TerminateWorkflow',
  WORKFLOW_CANCEL: 'CancelWorkflow',
  WORKFLOW_DESCRIBE: 'DescribeWorkflow',
  /** A run of a workflow, from its first task to its end. */
  WORKFLOW_EXECUTE: 'RunWorkflow',
  CHILD_WORKFLOW_START: 'StartChildWorkflow',
  /** A workflow calls an activity: until its result. */
  ACTIVITY_START: 'StartActivity',
  /** An attempt of an activity. */
  ACTIVITY_EXECUTE: 'RunActivity',
  CONTINUE_AS_NEW: 'ContinueAsNew',
  NEXUS_OPERATION_START: 'StartNexusOperation',
  NEXUS_START_OPERATION_EXECUTE: 'RunStartNexusOperation',
  NEXUS_CANCEL_OPERATION_EXECUTE: 'RunCancelNexusOperation',
} as const;
export type SpanName = (typeof SpanName)[keyof typeof SpanName];

/** Between what a span stands for and whose it is: `RunActivity:charge`. */
export const SPAN_DELIMITER = ':';
