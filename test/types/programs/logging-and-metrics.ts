/** Loggers and meters, in workflows, activities and workers. */

import { log as activityLog, metricMeter as activityMeter } from '@temporalio/activity';
import {
  LoggerWithComposedMetadata,
  type LogMetadata,
  type MetricCounter,
  type MetricMeter,
  noopMetricMeter,
  SdkComponent,
} from '@temporalio/common';
import { DefaultLogger, type LogEntry, type Logger, type LogLevel, Runtime } from '@temporalio/worker';
import { log, metricMeter, type Sink } from '@temporalio/workflow';
import type { Equal, Expect, Extends } from './expect';

export function program(): void {
  log.info('message', { a: 1 });
  log.warn('message');
  activityLog.log('DEBUG', 'message', { deep: { b: [] } });
  type _Sink = Expect<Extends<typeof log, Sink>>;
  activityLog.error('message', { error: new Error('x') });
  const counter = metricMeter.createCounter('requests', 'unit', 'description');
  type _Counter = Expect<Equal<typeof counter, MetricCounter>>;
  counter.add(1, { tenant: 'a' });
  counter.withTags({ a: 1, b: true }).add(5);
  activityMeter.createHistogram('latency', 'float', 'ms').record(1.5);
  activityMeter.createGauge('depth').set(5);
  const tagged: MetricMeter = metricMeter.withTags({ a: 'b' });
  void tagged;
  const logger = new DefaultLogger('WARN', (entry: LogEntry) => {
    type _Nanos = Expect<Equal<typeof entry.timestampNanos, bigint>>;
    type _Meta = Expect<Equal<typeof entry.meta, LogMetadata | undefined>>;
  });
  const level: LogLevel = logger.level;
  Runtime.install({ logger, shutdownSignals: ['SIGTERM'] });
  Runtime.instance().logger.info(level);
  const composed: Logger = LoggerWithComposedMetadata.compose(logger, { sdkComponent: SdkComponent.worker });
  composed.info('x');
  noopMetricMeter.createCounter('x').add(1);
  // @ts-expect-error TS2345: levels have names
  activityLog.log('LOUD', 'message');
  // @ts-expect-error TS2345: a message is text
  log.info({ message: 'x' });
  // @ts-expect-error TS2345: a counter counts
  counter.add('1');
}
export const custom: Logger = {
  log() {},
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
};
// @ts-expect-error TS2739: a logger has six functions
export const half: Logger = { log() {}, trace() {}, debug() {} };
