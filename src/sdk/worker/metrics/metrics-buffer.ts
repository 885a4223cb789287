import { IllegalStateError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metric, MetricTags } from '../../common/metrics.ts';

/** @experimental */
export interface MetricsBufferOptions {
  /** Updates beyond it are dropped, and an error is logged. @default 10000 */
  maxBufferSize?: number;
  /** Accepted for code that sets it: what the metrics of one's own mean is theirs to say. @default false */
  useSecondsForDurations?: boolean;
}

/**
 * One value of a metric. For counters it is what was added, for all others the value itself.
 *
 * @experimental
 */
export interface BufferedMetricUpdate {
  /** The same object for all updates of a metric. */
  metric: Metric;
  value: number;
  attributes: MetricTags;
}

/**
 * Keeps the values of metrics until they are retrieved. For `telemetryOptions.metrics` of {@link Runtime.install}.
 *
 * ```ts
 * const buffer = new MetricsBuffer();
 * Runtime.install({ telemetryOptions: { metrics: { buffer } } });
 * setInterval(() => forward(buffer.retrieveUpdates()), 1000);
 * ```
 *
 * @experimental
 */
export class MetricsBuffer {
  readonly maxBufferSize: number;
  readonly useSecondsForDurations: boolean;
  readonly #metrics = new Map<string, Metric>();
  #updates: BufferedMetricUpdate[] = [];
  #owner: object | undefined;
  #isFull = false;

  constructor({ maxBufferSize = 10_000, useSecondsForDurations = false }: MetricsBufferOptions = {}) {
    this.maxBufferSize = maxBufferSize;
    this.useSecondsForDurations = useSecondsForDurations;
  }

  /** What has been recorded since it was asked last. */
  retrieveUpdates(): ArrayIterator<BufferedMetricUpdate> {
    const updates = this.#updates;
    this.#updates = [];
    this.#isFull = false;
    return updates.values();
  }

  /** @internal A buffer serves one runtime. */
  bind(runtime: object): void {
    if (this.#owner !== undefined) throw new IllegalStateError('MetricsBuffer already bound to a runtime');
    this.#owner = runtime;
  }

  /** @internal What is in it stays there. */
  unbind(runtime: object): void {
    if (this.#owner === runtime) this.#owner = undefined;
  }

  /** @internal */
  push(metric: Metric, value: number, attributes: MetricTags, logger: Logger): void {
    if (this.#updates.length >= this.maxBufferSize) {
      if (!this.#isFull) logger.error('The metrics buffer is full: updates are dropped until it is emptied');
      this.#isFull = true;
      return;
    }
    const key = `${metric.kind} ${metric.valueType} ${metric.name}`;
    const known = this.#metrics.get(key) ?? metric;
    this.#metrics.set(key, known);
    this.#updates.push({ metric: known, value, attributes });
  }
}
