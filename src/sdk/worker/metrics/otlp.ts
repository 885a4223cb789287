/** Metrics to an OpenTelemetry collector: OTLP over HTTP, in JSON. */
import type { Logger } from '../../common/logger.ts';
import type { Metric, MetricTags } from '../../common/metrics.ts';
import { durationToMs } from '../../common/time.ts';
import { type MetricEntry, MetricTable, type Series } from './metric-table.ts';
import type { OtelCollectorExporter } from './metrics-options.ts';

type Options = OtelCollectorExporter['otel'];

const TEMPORALITY = { delta: 1, cumulative: 2 } as const;
const EXPORT_TIMEOUT_MS = 10_000;

/** Whether the collector can be reached: over gRPC it cannot. */
export function isOverHttp({ url, http }: Options): boolean {
  return http !== false && /^https?:$/.test(new URL(url).protocol);
}

export class OtlpExporter {
  readonly #options: Options;
  readonly #logger: Logger;
  readonly #temporality: 'cumulative' | 'delta';
  readonly #table: MetricTable;
  readonly #timer: NodeJS.Timeout;
  #since = nanosNow();
  #sending: Promise<void> = Promise.resolve();

  constructor(options: Options, temporality: 'cumulative' | 'delta', logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#temporality = options.temporality ?? temporality;
    this.#table = new MetricTable(options.histogramBucketOverrides);
    const intervalMs = durationToMs(options.metricsExportInterval ?? '1s');
    this.#timer = setInterval(() => this.#export(), intervalMs).unref();
  }

  record = (metric: Metric, value: number, tags: MetricTags): void => this.#table.record(metric, value, tags);

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#export();
    await this.#sending;
  }

  #export(): void {
    const body = this.#body();
    if (body === undefined) return;
    this.#sending = this.#sending.then(() => this.#send(body));
  }

  #body(): string | undefined {
    const now = nanosNow();
    const metrics = [...this.#table.entries()]
      .filter(({ series }) => series.size > 0)
      .map((entry) => this.#metric(entry, now));
    if (this.#temporality === 'delta') {
      this.#table.clear();
      this.#since = now;
    }
    return metrics.length === 0
      ? undefined
      : JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ scope: { name: 'perdure' }, metrics }] }] });
  }

  #metric({ metric, bounds, series }: MetricEntry, now: string): object {
    const { name, unit, description, kind, valueType } = metric;
    const times = { startTimeUnixNano: this.#since, timeUnixNano: now };
    const point = (one: Series) => ({
      ...times,
      attributes: attributesOf(one.tags),
      ...(valueType === 'int' ? { asInt: String(one.value) } : { asDouble: one.value }),
    });
    const distribution = ({ tags, value, count, buckets }: Series) => ({
      ...times,
      attributes: attributesOf(tags),
      count: String(count),
      sum: value,
      bucketCounts: buckets.map(String),
      explicitBounds: bounds,
    });
    const all = [...series.values()];
    const aggregationTemporality = TEMPORALITY[this.#temporality];
    const about = { name, unit, description };
    if (kind === 'gauge') return { ...about, gauge: { dataPoints: all.map(point) } };
    if (kind === 'histogram')
      return { ...about, histogram: { aggregationTemporality, dataPoints: all.map(distribution) } };
    const isMonotonic = kind === 'counter';
    return { ...about, sum: { aggregationTemporality, isMonotonic, dataPoints: all.map(point) } };
  }

  async #send(body: string): Promise<void> {
    const { url, headers } = this.#options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        signal: AbortSignal.timeout(EXPORT_TIMEOUT_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`the collector answered ${response.status}`);
    } catch (error) {
      this.#logger.warn('Failed to export metrics', { url, error });
    }
  }
}

const nanosNow = (): string => `${Date.now()}000000`;

function attributesOf(tags: MetricTags): object[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value: attributeOf(value) }));
}

function attributeOf(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
