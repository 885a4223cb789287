/** The sums, values and distributions of metrics, by their tags: what exporters show. */
import type { Metric, MetricTags } from '../../common/metrics.ts';

export interface Series {
  tags: MetricTags;
  /** The sum of a counter or histogram, the last value of a gauge. */
  value: number;
  /** Of a histogram: how many values there were, and how many of them in each bucket. */
  count: number;
  buckets: number[];
}

export interface MetricEntry {
  metric: Metric;
  /** Upper bounds of the buckets, in order; one more is without a bound. */
  bounds: readonly number[];
  series: Map<string, Series>;
}

const DEFAULT_BOUNDS: readonly number[] = [50, 100, 500, 1000, 2500, 10_000];
/** Combinations of tags per metric; later ones are added up without tags. */
const SERIES_MAX = 10_000;

export class MetricTable {
  readonly #entries = new Map<string, MetricEntry>();
  readonly #overrides: Record<string, number[]>;

  constructor(histogramBucketOverrides: Record<string, number[]> = {}) {
    this.#overrides = histogramBucketOverrides;
  }

  record(metric: Metric, value: number, tags: MetricTags): void {
    const { bounds, series } = this.#entryOf(metric);
    const current = seriesOf(series, tags, bounds);
    if (metric.kind === 'gauge') {
      current.value = value;
      return;
    }
    current.value += value;
    if (metric.kind !== 'histogram') return;
    current.count += 1;
    const found = bounds.findIndex((bound) => value <= bound);
    const index = found < 0 ? bounds.length : found;
    current.buckets[index] = (current.buckets[index] ?? 0) + 1;
  }

  entries(): Iterable<MetricEntry> {
    return this.#entries.values();
  }

  /** Counters and histograms begin anew. */
  clear(): void {
    for (const { metric, series } of this.#entries.values()) if (metric.kind !== 'gauge') series.clear();
  }

  #entryOf(metric: Metric): MetricEntry {
    const key = `${metric.kind} ${metric.name}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      const bounds = this.#overrides[metric.name]?.toSorted((a, b) => a - b) ?? DEFAULT_BOUNDS;
      entry = { metric, bounds, series: new Map() };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

function seriesOf(all: Map<string, Series>, tags: MetricTags, bounds: readonly number[]): Series {
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  const own = JSON.stringify(sorted);
  const key = all.has(own) || all.size < SERIES_MAX ? own : '[]';
  let series = all.get(key);
  if (!series) {
    series = {
      tags: key === own ? tags : {},
      value: 0,
      count: 0,
      buckets: Array.from({ length: bounds.length + 1 }, () => 0),
    };
    all.set(key, series);
  }
  return series;
}
