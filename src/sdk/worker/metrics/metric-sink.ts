/** The sink that workflow code's metrics go to. */
import type { InjectedSinks } from '../../../executor/sinks.ts';
import type { MetricMeter, MetricTags, NumericMetricValueType } from '../../common/metrics.ts';

type About = [name: string, unit: string | undefined, description: string | undefined];
type AboutTyped = [name: string, valueType: NumericMetricValueType, ...rest: [string?, string?]];

/** Each metric is made once; workflow code makes it anew in every run. */
export function metricSink(meter: MetricMeter): InjectedSinks {
  const made = new Map<string, unknown>();
  const once = <M>(key: string, make: () => M): M => {
    const metric = (made.get(key) as M | undefined) ?? make();
    made.set(key, metric);
    return metric;
  };
  return {
    __temporal_metrics: {
      addMetricCounterValue: {
        fn(_info, ...args) {
          const [name, unit, description, value, tags] = args as [...About, number, MetricTags];
          once(`counter ${name}`, () => meter.createCounter(name, unit, description)).add(value, tags);
        },
      },
      recordMetricHistogramValue: {
        fn(_info, ...args) {
          const [name, valueType, unit, description] = args as AboutTyped;
          const [value, tags] = args.slice(4) as [number, MetricTags];
          once(`histogram ${valueType} ${name}`, () =>
            meter.createHistogram(name, valueType, unit, description),
          ).record(value, tags);
        },
      },
      setMetricGaugeValue: {
        fn(_info, ...args) {
          const [name, valueType, unit, description] = args as AboutTyped;
          const [value, tags] = args.slice(4) as [number, MetricTags];
          once(`gauge ${valueType} ${name}`, () => meter.createGauge(name, valueType, unit, description)).set(
            value,
            tags,
          );
        },
      },
    },
  };
}
