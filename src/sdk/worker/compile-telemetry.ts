/** The telemetry options of a runtime with their defaults, in the shape that Temporal's runtimes show. */
import type { LogLevel } from '../common/logger.ts';
import { durationToMs } from '../common/time.ts';
import type { MetricsExporterConfig } from './metrics/metrics-options.ts';
import type { RuntimeOptions } from './runtime.ts';

export interface CompiledTelemetry {
  /** Of logs of a native core, which there are none of here. */
  logExporter:
    | { type: 'forward'; filter: string }
    | { type: 'console'; filter: string; format: 'compact' | 'pretty' | 'json' | null };
  telemetry: { metricPrefix: string; attachServiceName: boolean };
  metricsExporter: object | null;
  /** Null where workers do not report themselves. */
  workerHeartbeatIntervalMillis: number | null;
}

/** Throws a `TypeError` for what cannot be. */
export function compileTelemetry(options: RuntimeOptions): CompiledTelemetry {
  const { metrics, noTemporalPrefixForMetrics } = options.telemetryOptions ?? {};
  const heartbeatMs = durationToMs(options.workerHeartbeatInterval ?? '60s');
  return {
    logExporter: logExporterOf(options.telemetryOptions ?? {}),
    telemetry: {
      metricPrefix: metrics?.metricPrefix ?? (noTemporalPrefixForMetrics ? '' : 'temporal_'),
      attachServiceName: metrics?.attachServiceName ?? true,
    },
    metricsExporter: metrics === undefined ? null : exporterOf(metrics),
    workerHeartbeatIntervalMillis: heartbeatMs === 0 ? null : heartbeatMs,
  };
}

type TelemetryOptions = NonNullable<RuntimeOptions['telemetryOptions']>;

function logExporterOf({ logging, tracingFilter }: TelemetryOptions): CompiledTelemetry['logExporter'] {
  const defaultFilter = tracingFilter ?? makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  const filter = filterOf(logging?.filter);
  const { forward, console: own } = (logging ?? {}) as {
    forward?: { level?: LogLevel };
    console?: { format?: 'compact' | 'pretty' | 'json' };
  };
  if (typeof forward === 'object') {
    const { level } = forward;
    const byLevel = level && makeTelemetryFilterString({ core: level, other: level });
    return { type: 'forward', filter: filter ?? byLevel ?? defaultFilter };
  }
  return { type: 'console', filter: filter ?? defaultFilter, format: own?.format ?? null };
}

function filterOf(filter: string | { core: LogLevel; other?: LogLevel } | undefined): string | undefined {
  if (!filter) return undefined;
  if (typeof filter === 'string') return filter;
  if (typeof filter === 'object') return makeTelemetryFilterString(filter);
  throw new TypeError('Invalid logging filter');
}

function exporterOf(metrics: MetricsExporterConfig): object | null {
  const { globalTags = {} } = metrics;
  if ('prometheus' in metrics) {
    const { bindAddress: socketAddr, ...given } = metrics.prometheus;
    const defaults = { countersTotalSuffix: false, unitSuffix: false, useSecondsForDurations: false };
    return {
      type: 'prometheus',
      socketAddr,
      ...defaults,
      histogramBucketOverrides: {},
      ...given,
      globalTags,
    };
  }
  if ('otel' in metrics) {
    const { url, http, headers = {}, metricsExportInterval, useSecondsForDurations = false } = metrics.otel;
    return {
      type: 'otel',
      url,
      protocol: http ? 'http' : 'grpc',
      headers,
      metricPeriodicity: durationToMs(metricsExportInterval ?? '1s'),
      useSecondsForDurations,
      metricTemporality: metrics.otel.temporality ?? metrics.temporality ?? 'cumulative',
      histogramBucketOverrides: metrics.otel.histogramBucketOverrides ?? {},
      globalTags,
    };
  }
  if (!('buffer' in metrics)) return null;
  const { maxBufferSize, useSecondsForDurations } = metrics.buffer;
  return { type: 'buffer', maxBufferSize, useSecondsForDurations };
}

/** Accepted for code that calls it: there is no native core whose logs could be filtered. */
export function makeTelemetryFilterString({
  core,
  other = 'ERROR',
}: {
  core: LogLevel;
  other?: LogLevel;
}): string {
  return `${other},temporalio_sdk_core=${core},temporalio_client=${core},temporalio_common=${core}`;
}
