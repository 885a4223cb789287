/** The exporter that a runtime's options ask for. */
import type { Logger } from '../../common/logger.ts';
import { type MetricMeter, MetricMeterWithComposedTags, noopMetricMeter } from '../../common/metrics.ts';
import type { MetricsBuffer } from './metrics-buffer.ts';
import type { MetricsExporterConfig } from './metrics-options.ts';
import { isOverHttp, OtlpExporter } from './otlp.ts';
import { PrometheusExporter } from './prometheus.ts';
import { RecordingMeter, type RecordMetric } from './recording-meter.ts';

export interface RuntimeMetrics {
  meter: MetricMeter;
  buffer: MetricsBuffer | undefined;
  close(): Promise<void>;
}

/** What Temporal's workers call themselves. */
const SERVICE_NAME = 'temporal-core-sdk';

export function exportMetrics(config: MetricsExporterConfig, owner: object, logger: Logger): RuntimeMetrics {
  const { globalTags = {}, attachServiceName = true } = config;
  const tags = { ...(attachServiceName && { service_name: SERVICE_NAME }), ...globalTags };
  const meterOf = (record: RecordMetric, own: Record<string, string>): MetricMeter =>
    MetricMeterWithComposedTags.compose(new RecordingMeter(record), own, true);
  if ('buffer' in config) {
    const { buffer } = config;
    buffer.bind(owner);
    const record: RecordMetric = (metric, value, all) => buffer.push(metric, value, all, logger);
    // A buffer is read by its own program, which knows its name.
    return { meter: meterOf(record, globalTags), buffer, close: async () => buffer.unbind(owner) };
  }
  if ('otel' in config && !isOverHttp(config.otel)) {
    logger.warn(
      'Metrics are not exported: collectors are reached as OTLP over HTTP alone. Set telemetryOptions.metrics.otel.url to its HTTP address, and http to true',
      { url: config.otel.url },
    );
    return { meter: noopMetricMeter, buffer: undefined, close: async () => undefined };
  }
  const exporter =
    'prometheus' in config
      ? new PrometheusExporter(config.prometheus, logger)
      : new OtlpExporter(config.otel, config.temporality ?? 'cumulative', logger);
  return { meter: meterOf(exporter.record, tags), buffer: undefined, close: () => exporter.close() };
}
