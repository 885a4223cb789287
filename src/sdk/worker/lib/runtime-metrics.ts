export {
  type BufferedMetricUpdate,
  MetricsBuffer,
  type MetricsBufferOptions,
} from '../metrics/metrics-buffer.ts';
