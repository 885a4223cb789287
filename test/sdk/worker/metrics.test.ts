/** Metrics of workflow code and activities, to where the runtime sends them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { metricMeter } from 'perdure/activity';
import { TestWorkflowEnvironment } from 'perdure/testing';
import {
  DefaultLogger,
  type LogEntry,
  MetricsBuffer,
  NativeConnection,
  Runtime,
  Worker,
} from 'perdure/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MetricsExporterConfig } from '../../../src/sdk/worker/metrics/metrics-options.ts';
import { measures } from './metrics-workflows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let env: TestWorkflowEnvironment;
let runs = 0;
const logs: LogEntry[] = [];

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
  await Runtime._instance?.shutdown(); // The environment's connection has made one.
});
afterEach(() => Runtime._instance?.shutdown());
afterAll(() => env.teardown());

function install(metrics: MetricsExporterConfig): Runtime {
  const logger = new DefaultLogger('WARN', (entry) => logs.push(entry));
  return Runtime.install({ logger, telemetryOptions: { metrics } });
}

/** Without a cache, so that every task is a replay of those before. */
async function run(): Promise<void> {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'metrics',
    workflowsPath: join(import.meta.dirname, 'metrics-workflows.ts'),
    maxCachedWorkflows: 0,
    activities: {
      async measured() {
        metricMeter.createCounter('act_counter').add(1, { own: true });
        metricMeter.createUpDownCounter?.('act_updown').add(-4);
        expect(() => metricMeter.createCounter('act_counter').add(-1)).toThrow(
          'MetricCounter value must be non-negative (got -1)',
        );
      },
    },
  });
  await worker.runUntil(
    env.client.workflow.execute(measures, { taskQueue: 'metrics', workflowId: `metrics-${runs++}` }),
  );
}

/** One free port: nobody takes it between two lines. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('metrics', () => {
  it('go into a buffer, once each, with their tags', async () => {
    const buffer = new MetricsBuffer();
    const runtime = install({ buffer, globalTags: { region: 'eu' } });
    expect(runtime.metricsBuffer).toBe(buffer);
    await run();
    const updates = [...buffer.retrieveUpdates()];
    const seen = updates.map(({ metric, value }) => [metric.name, metric.kind, metric.valueType, value]);
    expect(seen).toEqual([
      ['wf-counter', 'counter', 'int', 2],
      ['wf_histogram', 'histogram', 'float', 75.5],
      ['wf_gauge', 'gauge', 'int', 7],
      ['act_counter', 'counter', 'int', 1],
      ['act_updown', 'up-down-counter', 'int', -4],
      ['wf-counter', 'counter', 'int', 3],
    ]);
    const [first, , , counted] = updates;
    expect(first?.attributes).toEqual({
      region: 'eu',
      namespace: 'default',
      taskQueue: 'metrics',
      workflowType: 'measures',
      kind: 'first',
    });
    expect(counted?.attributes).toMatchObject({ own: true, activityType: 'measured', taskQueue: 'metrics' });
    expect(updates[5]?.metric).toBe(first?.metric);
    expect([...buffer.retrieveUpdates()]).toEqual([]);
  });

  it('are dropped when a buffer is full; a buffer serves one runtime', async () => {
    const buffer = new MetricsBuffer({ maxBufferSize: 1 });
    const { metricMeter: meter } = install({ buffer });
    const counter = meter.createCounter('many');
    for (const value of [1, 2, 3]) counter.add(value);
    expect([...buffer.retrieveUpdates()].map(({ value }) => value)).toEqual([1]);
    expect(logs.filter(({ message }) => message.includes('metrics buffer is full'))).toHaveLength(1);
    expect(() => buffer.bind({})).toThrow('MetricsBuffer already bound to a runtime');
    await Runtime.instance().shutdown();
    expect(() => buffer.bind({})).not.toThrow();
  });

  it('are served in the form of Prometheus', async () => {
    const bindAddress = `127.0.0.1:${await freePort()}`;
    const histogramBucketOverrides = { wf_histogram: [100, 50] };
    install({ prometheus: { bindAddress, histogramBucketOverrides, countersTotalSuffix: true } });
    // The runtime, and its server with it, ends with the last worker or connection.
    const connection = await NativeConnection.connect({ address: env.address });
    await run();
    const text = await (await fetch(`http://${bindAddress}/metrics`)).text();
    const tags =
      'service_name="temporal-core-sdk",namespace="default",taskQueue="metrics",workflowType="measures"';
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        '# HELP wf_counter_total what workflow code counts',
        '# TYPE wf_counter_total counter',
        `wf_counter_total{${tags},kind="first"} 5`,
        `wf_histogram_bucket{${tags},le="50"} 0`,
        `wf_histogram_bucket{${tags},le="100"} 1`,
        `wf_histogram_bucket{${tags},le="+Inf"} 1`,
        `wf_histogram_sum{${tags}} 75.5`,
        `wf_histogram_count{${tags}} 1`,
        `wf_gauge{${tags}} 7`,
        '# TYPE act_updown gauge',
      ]),
    );
    await connection.close();
    await expect(fetch(`http://${bindAddress}/metrics`)).rejects.toThrow();
  });

  it('are posted to a collector, the last of them at the end', async () => {
    const bodies: { headers: unknown; body: string }[] = [];
    const collector = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      bodies.push({ headers: request.headers, body });
      response.end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => collector.once('listening', resolve));
    const { port } = collector.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/v1/metrics`;
    const { metricMeter: meter } = install({
      otel: {
        url,
        http: true,
        headers: { 'x-key': 'k' },
        metricsExportInterval: '1 hour',
        temporality: 'delta',
      },
    });
    meter.createCounter('sent').add(4, { a: 1, b: 'x' });
    meter.createHistogram('took', 'float').record(60);
    await Runtime.instance().shutdown();
    collector.close();
    expect(bodies[0]?.headers).toMatchObject({ 'x-key': 'k' });
    const [{ scopeMetrics }] = JSON.parse(bodies[0]?.body ?? '').resourceMetrics;
    const [sent, took] = scopeMetrics[0].metrics;
    expect(sent).toMatchObject({
      name: 'sent',
      sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ asInt: '4' }] },
    });
    expect(sent.sum.dataPoints[0].attributes).toContainEqual({ key: 'a', value: { intValue: '1' } });
    expect(took.histogram.dataPoints[0]).toMatchObject({
      count: '1',
      sum: 60,
      bucketCounts: ['0', '1', '0', '0', '0', '0', '0'],
      explicitBounds: [50, 100, 500, 1000, 2500, 10_000],
    });
  });

  it('to a collector over gRPC go nowhere, and a warning says so', () => {
    const runtime = install({ otel: { url: 'grpc://collector:4317' } });
    runtime.metricMeter.createCounter('lost').add(1);
    expect(logs.at(-1)).toMatchObject({
      level: 'WARN',
      message: expect.stringContaining('OTLP over HTTP alone'),
    });
  });

  it('cannot be served at no address', () => {
    expect(() => install({ prometheus: { bindAddress: 'nowhere' } })).toThrow('expected host:port');
  });
});
