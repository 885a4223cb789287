/** Metrics in Prometheus's text form, behind an HTTP server. */
import { createServer, type Server } from 'node:http';
import type { Logger } from '../../common/logger.ts';
import type { Metric, MetricTags } from '../../common/metrics.ts';
import { type MetricEntry, MetricTable, type Series } from './metric-table.ts';
import type { PrometheusMetricsExporter } from './metrics-options.ts';

type Options = PrometheusMetricsExporter['prometheus'];

export class PrometheusExporter {
  readonly #options: Options;
  readonly #table: MetricTable;
  readonly #server: Server;

  constructor(options: Options, logger: Logger) {
    const { host, port } = addressOf(options.bindAddress);
    this.#options = options;
    this.#table = new MetricTable(options.histogramBucketOverrides);
    this.#server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(this.text());
    });
    this.#server.on('error', (error) =>
      logger.error(`Metrics cannot be served at ${options.bindAddress}`, { error }),
    );
    this.#server.listen(port, host);
    // Whoever reads metrics is no reason to go on.
    this.#server.unref();
  }

  record = (metric: Metric, value: number, tags: MetricTags): void => this.#table.record(metric, value, tags);

  text(): string {
    return [...this.#table.entries()].flatMap((entry) => this.#lines(entry)).join('');
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #lines({ metric, bounds, series }: MetricEntry): string[] {
    const name = this.#nameOf(metric);
    const { description, kind } = metric;
    const type = kind === 'up-down-counter' ? 'gauge' : kind;
    const head = description ? [`# HELP ${name} ${escaped(description)}\n`] : [];
    const values = [...series.values()].flatMap((one) =>
      kind === 'histogram' ? histogramLines(name, bounds, one) : [line(name, one.tags, one.value)],
    );
    return [...head, `# TYPE ${name} ${type}\n`, ...values];
  }

  #nameOf({ name, unit, kind }: Metric): string {
    const { unitSuffix, countersTotalSuffix } = this.#options;
    const withUnit = unitSuffix && unit ? `${name}_${unit}` : name;
    return sanitized(countersTotalSuffix && kind === 'counter' ? `${withUnit}_total` : withUnit);
  }
}

function histogramLines(name: string, bounds: readonly number[], { tags, value, count, buckets }: Series) {
  let sum = 0;
  const lines = bounds.map((bound, index) => {
    sum += buckets[index] ?? 0;
    return line(`${name}_bucket`, { ...tags, le: String(bound) }, sum);
  });
  return [
    ...lines,
    line(`${name}_bucket`, { ...tags, le: '+Inf' }, count),
    line(`${name}_sum`, tags, value),
    line(`${name}_count`, tags, count),
  ];
}

function line(name: string, tags: MetricTags, value: number): string {
  const labels = Object.entries(tags).map(([tag, text]) => `${sanitized(tag)}="${escaped(String(text))}"`);
  return `${name}${labels.length > 0 ? `{${labels.join(',')}}` : ''} ${value}\n`;
}

const sanitized = (name: string): string => name.replaceAll(/[^a-zA-Z0-9_:]/g, '_').replace(/^(\d)/, '_$1');
const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function addressOf(bindAddress: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(bindAddress) ?? [];
  if (host === undefined || port === undefined) {
    throw new TypeError(
      `Invalid telemetryOptions.metrics.prometheus.bindAddress: expected host:port, got '${bindAddress}'`,
    );
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}
