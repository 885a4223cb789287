/** Where the metrics of a runtime go. */
import type { Duration } from '../../common/time.ts';
import type { MetricsBuffer } from './metrics-buffer.ts';

export interface PrometheusMetricsExporter {
  prometheus: {
    /** `host:port` of the HTTP server that answers with the metrics. */
    bindAddress: string;
    /** Names of counters end in `_total`. @default false */
    countersTotalSuffix?: boolean;
    /** Names end in their unit. @default false */
    unitSuffix?: boolean;
    /** Accepted for code that sets it: what the metrics of one's own mean is theirs to say. */
    useSecondsForDurations?: boolean;
    /** Upper bounds of the buckets, by the names of histograms. */
    histogramBucketOverrides?: Record<string, number[]>;
  };
}

export interface OtelCollectorExporter {
  otel: {
    /** Where metrics are posted, for example `http://collector:4318/v1/metrics`. */
    url: string;
    /** Metrics go as OTLP over HTTP, in JSON. With `false`, or a `grpc:` URL, they go nowhere, and a warning says so. */
    http?: boolean;
    headers?: Record<string, string>;
    /** @default 1 second */
    metricsExportInterval?: Duration;
    /** Accepted for code that sets it: what the metrics of one's own mean is theirs to say. */
    useSecondsForDurations?: boolean;
    /** @default cumulative */
    temporality?: 'cumulative' | 'delta';
    histogramBucketOverrides?: Record<string, number[]>;
  };
}

export interface BufferedMetricsExporter {
  buffer: MetricsBuffer;
}

export type MetricsExporterConfig = {
  temporality?: 'cumulative' | 'delta';
  /** Accepted for code that sets it: metrics of one's own are not prefixed. */
  metricPrefix?: string;
  /** Tags of every value. */
  globalTags?: Record<string, string>;
  /** Adds the tag `service_name`. @default true */
  attachServiceName?: boolean;
} & (PrometheusMetricsExporter | OtelCollectorExporter | BufferedMetricsExporter);
