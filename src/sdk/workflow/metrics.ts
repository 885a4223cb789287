/** Metrics out of workflow code: recorded once, not again on replay. */
import { requireRun } from '../../executor/context.ts';
import type { GetMetricTagsInput } from '../../executor/interceptors.ts';
import {
  type MetricCounter,
  type MetricGauge,
  type MetricHistogram,
  type MetricMeter,
  MetricMeterWithComposedTags,
  type MetricTags,
  type NumericMetricValueType,
} from '../common/metrics.ts';

const MESSAGE = "Workflow's `metricMeter` can only be used while in Workflow Context";
const SINK = '__temporal_metrics';

function record(
  fnName: string,
  metric: { name: string; unit?: string | undefined; description?: string | undefined },
  args: unknown[],
  valueType?: NumericMetricValueType,
): void {
  const run = requireRun(MESSAGE);
  if (run.isReplaying) return;
  run.addSinkCall(SINK, fnName, [
    metric.name,
    ...(valueType === undefined ? [] : [valueType]),
    metric.unit,
    metric.description,
    ...args,
  ]);
}

function assertNotNegative(kind: string, value: number): void {
  if (value < 0) throw new Error(`${kind} value must be non-negative (got ${value})`);
}

/** Tags are added by the meter around this one. */
function withTags(): never {
  throw new Error('withTags is not supported directly on the workflow metric meter');
}

const sinkMeter: MetricMeter = {
  createCounter(name, unit, description): MetricCounter {
    requireRun(MESSAGE);
    const metric = { name, unit, description };
    const add = (value: number, tags: MetricTags = {}) => {
      assertNotNegative('MetricCounter', value);
      record('addMetricCounterValue', metric, [value, tags]);
    };
    return { ...metric, kind: 'counter', valueType: 'int', add, withTags };
  },
  createHistogram(name, valueType = 'int', unit, description): MetricHistogram {
    requireRun(MESSAGE);
    const metric = { name, unit, description };
    const recordValue = (value: number, tags: MetricTags = {}) => {
      assertNotNegative('MetricHistogram', value);
      record('recordMetricHistogramValue', metric, [value, tags], valueType);
    };
    return { ...metric, kind: 'histogram', valueType, record: recordValue, withTags };
  },
  createGauge(name, valueType = 'int', unit, description): MetricGauge {
    requireRun(MESSAGE);
    const metric = { name, unit, description };
    const set = (value: number, tags: MetricTags = {}) => {
      assertNotNegative('MetricGauge', value);
      record('setMetricGaugeValue', metric, [value, tags], valueType);
    };
    return { ...metric, kind: 'gauge', valueType, set, withTags };
  },
  withTags,
};

/**
 * Emits metrics from workflow code, tagged with the workflow's type; nothing is emitted on replay.
 *
 * @experimental
 */
export const metricMeter: MetricMeter = MetricMeterWithComposedTags.compose(
  sinkMeter,
  () => {
    const { interceptors, workflowType } = requireRun(
      'Workflow.metricMeter may only be used from workflow context.',
    );
    return interceptors.outbound('getMetricTags', (tags: GetMetricTagsInput) => tags)({ workflowType });
  },
  true,
);
