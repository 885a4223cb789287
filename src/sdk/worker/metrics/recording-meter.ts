/** The meter of a runtime whose metrics go somewhere: every value is handed to a recorder. Tags are added by the meter around it. */
import type {
  Metric,
  MetricCounter,
  MetricGauge,
  MetricHistogram,
  MetricMeter,
  MetricTags,
  MetricUpDownCounter,
  NumericMetricValueType,
} from '../../common/metrics.ts';

/** For counters the value is what is added, for all others the value itself. */
export type RecordMetric = (metric: Metric, value: number, tags: MetricTags) => void;

export class RecordingMeter implements MetricMeter {
  readonly #record: RecordMetric;

  constructor(record: RecordMetric) {
    this.#record = record;
  }

  createCounter(name: string, unit = '', description = ''): MetricCounter {
    const metric = { name, unit, description, kind: 'counter', valueType: 'int' } as const;
    return {
      ...metric,
      add: (value, tags = {}) => this.#record(metric, notNegative('MetricCounter', value), tags),
      withTags,
    };
  }

  createHistogram(
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit = '',
    description = '',
  ): MetricHistogram {
    const metric = { name, unit, description, kind: 'histogram', valueType } as const;
    return {
      ...metric,
      record: (value, tags = {}) => this.#record(metric, notNegative('MetricHistogram', value), tags),
      withTags,
    };
  }

  createGauge(
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit = '',
    description = '',
  ): MetricGauge {
    const metric = { name, unit, description, kind: 'gauge', valueType } as const;
    return {
      ...metric,
      set: (value, tags = {}) => this.#record(metric, notNegative('MetricGauge', value), tags),
      withTags,
    };
  }

  createUpDownCounter(name: string, unit = '', description = ''): MetricUpDownCounter {
    const metric = { name, unit, description, kind: 'up-down-counter', valueType: 'int' } as const;
    return { ...metric, add: (value, tags = {}) => this.#record(metric, value, tags), withTags };
  }

  withTags = withTags;
}

function notNegative(kind: string, value: number): number {
  if (value < 0) throw new Error(`${kind} value must be non-negative (got ${value})`);
  return value;
}

function withTags(): never {
  throw new Error('withTags is not supported directly on the metric meter of the runtime');
}
