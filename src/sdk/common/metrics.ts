/** Metrics: interfaces, a meter that does nothing, and one that adds tags. */
import { filterNullAndUndefined } from './objects-helpers.ts';

/** @experimental */
export type MetricTags = Record<string, string | number | boolean>;
/** @experimental */
export type NumericMetricValueType = 'int' | 'float';
/** @experimental */
export type MetricKind = 'counter' | 'histogram' | 'gauge' | 'up-down-counter';

/** @experimental */
export interface Metric {
  name: string;
  unit?: string;
  description?: string;
  kind: MetricKind;
  valueType: NumericMetricValueType;
}

/** @experimental */
export interface MetricCounter extends Metric {
  add(value: number, extraTags?: MetricTags): void;
  withTags(tags: MetricTags): MetricCounter;
  kind: 'counter';
  valueType: 'int';
}

/** @experimental */
export interface MetricHistogram extends Metric {
  record(value: number, extraTags?: MetricTags): void;
  withTags(tags: MetricTags): MetricHistogram;
  kind: 'histogram';
}

/** @experimental */
export interface MetricGauge extends Metric {
  set(value: number, extraTags?: MetricTags): void;
  withTags(tags: MetricTags): MetricGauge;
  kind: 'gauge';
}

/** @experimental */
export interface MetricUpDownCounter extends Metric {
  add(value: number, extraTags?: MetricTags): void;
  withTags(tags: MetricTags): MetricUpDownCounter;
  kind: 'up-down-counter';
  valueType: 'int';
}

/** @experimental */
export interface MetricMeter {
  createCounter(name: string, unit?: string, description?: string): MetricCounter;
  createHistogram(
    name: string,
    valueType?: NumericMetricValueType,
    unit?: string,
    description?: string,
  ): MetricHistogram;
  createGauge(
    name: string,
    valueType?: NumericMetricValueType,
    unit?: string,
    description?: string,
  ): MetricGauge;
  createUpDownCounter?(name: string, unit?: string, description?: string): MetricUpDownCounter;
  withTags(tags: MetricTags): MetricMeter;
}

class NoopMetricMeter implements MetricMeter {
  createCounter(name: string, unit?: string, description?: string): MetricCounter {
    const counter: MetricCounter = {
      name,
      unit,
      description,
      kind: 'counter',
      valueType: 'int',
      add() {},
      withTags: () => counter,
    };
    return counter;
  }

  createHistogram(
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit?: string,
    description?: string,
  ): MetricHistogram {
    const histogram: MetricHistogram = {
      name,
      unit,
      description,
      kind: 'histogram',
      valueType,
      record() {},
      withTags: () => histogram,
    };
    return histogram;
  }

  createGauge(
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit?: string,
    description?: string,
  ): MetricGauge {
    const gauge: MetricGauge = {
      name,
      unit,
      description,
      kind: 'gauge',
      valueType,
      set() {},
      withTags: () => gauge,
    };
    return gauge;
  }

  createUpDownCounter(name: string, unit?: string, description?: string): MetricUpDownCounter {
    const counter: MetricUpDownCounter = {
      name,
      unit,
      description,
      kind: 'up-down-counter',
      valueType: 'int',
      add() {},
      withTags: () => counter,
    };
    return counter;
  }

  withTags(_tags: MetricTags): MetricMeter {
    return this;
  }
}

/** Takes everything and keeps nothing. */
export const noopMetricMeter: NoopMetricMeter = new NoopMetricMeter();

export type MetricTagsOrFunc = MetricTags | (() => MetricTags);

type Resolve = (extraTags?: MetricTags) => MetricTags;

/**
 * A meter that adds tags to every value, the later ones over the earlier. Functions are asked at each value.
 *
 * @experimental
 */
export class MetricMeterWithComposedTags implements MetricMeter {
  readonly #parent: MetricMeter;
  readonly #contributors: readonly MetricTagsOrFunc[];

  /** The meter with one more contributor; the same one if that adds nothing, unless `force` is set. */
  static compose(meter: MetricMeter, tagsOrFunc: MetricTagsOrFunc, force = false): MetricMeter {
    const addsNothing = typeof tagsOrFunc !== 'function' && Object.keys(tagsOrFunc).length === 0;
    if (addsNothing && !force) return meter;
    if (meter instanceof MetricMeterWithComposedTags) {
      return new MetricMeterWithComposedTags(meter.#parent, [...meter.#contributors, tagsOrFunc]);
    }
    return new MetricMeterWithComposedTags(meter, [tagsOrFunc]);
  }

  private constructor(parent: MetricMeter, contributors: readonly MetricTagsOrFunc[]) {
    this.#parent = parent;
    this.#contributors = contributors;
  }

  createCounter(name: string, unit?: string, description?: string): MetricCounter {
    return taggedCounter(this.#parent.createCounter(name, unit, description), this.#resolve);
  }

  createHistogram(
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit?: string,
    description?: string,
  ): MetricHistogram {
    return taggedHistogram(this.#parent.createHistogram(name, valueType, unit, description), this.#resolve);
  }

  createGauge(
    name: string,
    valueType: NumericMetricValueType = 'int',
    unit?: string,
    description?: string,
  ): MetricGauge {
    return taggedGauge(this.#parent.createGauge(name, valueType, unit, description), this.#resolve);
  }

  createUpDownCounter(name: string, unit?: string, description?: string): MetricUpDownCounter {
    const counter = this.#parent.createUpDownCounter?.(name, unit, description);
    if (counter === undefined)
      throw new Error('createUpDownCounter is not supported by the underlying meter');
    return taggedCounter(counter, this.#resolve);
  }

  withTags(tags: MetricTags): MetricMeter {
    return MetricMeterWithComposedTags.compose(this, tags, true);
  }

  readonly #resolve: Resolve = (extraTags) => {
    const parts = this.#contributors.map((part) => (typeof part === 'function' ? part() : part));
    return filterNullAndUndefined<MetricTags>(Object.assign({}, ...parts, extraTags));
  };
}

const and =
  (resolve: Resolve, tags: MetricTags): Resolve =>
  (extraTags) =>
    resolve({ ...tags, ...extraTags });

function taggedCounter<C extends MetricCounter | MetricUpDownCounter>(counter: C, resolve: Resolve): C {
  return {
    ...counter,
    add: (value: number, extraTags?: MetricTags) => counter.add(value, resolve(extraTags)),
    withTags: (tags: MetricTags) => taggedCounter(counter, and(resolve, tags)),
  };
}

function taggedHistogram(histogram: MetricHistogram, resolve: Resolve): MetricHistogram {
  return {
    ...histogram,
    record: (value, extraTags) => histogram.record(value, resolve(extraTags)),
    withTags: (tags) => taggedHistogram(histogram, and(resolve, tags)),
  };
}

function taggedGauge(gauge: MetricGauge, resolve: Resolve): MetricGauge {
  return {
    ...gauge,
    set: (value, extraTags) => gauge.set(value, resolve(extraTags)),
    withTags: (tags) => taggedGauge(gauge, and(resolve, tags)),
  };
}
