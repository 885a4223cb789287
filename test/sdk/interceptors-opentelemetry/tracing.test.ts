/** Spans of clients, workflows and activities, as one trace. */
import { join } from 'node:path';
import { SpanStatusCode } from '@opentelemetry/api';
import { Client } from 'perdure/client';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryPlugin,
  type OpenTelemetrySinks,
  OpenTelemetryWorkflowClientInterceptor,
} from 'perdure/interceptors-opentelemetry';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { type InjectedSinks, Worker, type WorkerOptions } from 'perdure/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { activities } from './activities.ts';
import { exported, processor, registerTracing, resource, spanNamed, tree } from './spans.ts';
import { parent } from './workflows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const workflowsPath = join(import.meta.dirname, 'workflows.ts');
const workflowModules = ['perdure/interceptors-opentelemetry/lib/workflow-interceptors'];
const sinks: InjectedSinks<OpenTelemetrySinks> = { exporter: makeWorkflowExporter(processor, resource) };

let env: TestWorkflowEnvironment;
let client: Client;

beforeAll(async () => {
  registerTracing();
  env = await TestWorkflowEnvironment.createLocal();
  client = new Client({
    connection: env.connection,
    interceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
  });
});
afterAll(() => env.teardown());
beforeEach(() => exported.reset());

async function workerFor(taskQueue: string, options: Partial<WorkerOptions> = {}): Promise<Worker> {
  return await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowsPath,
    activities,
    sinks,
    interceptors: {
      workflowModules,
      activity: [
        (context) => ({
          inbound: new OpenTelemetryActivityInboundInterceptor(context),
          outbound: new OpenTelemetryActivityOutboundInterceptor(context),
        }),
      ],
    },
    ...options,
  });
}

const WHOLE = [
  'StartWorkflow:parent',
  '  RunWorkflow:parent',
  '    StartActivity:greet',
  '      RunActivity:greet',
  '    StartActivity:greet',
  '      RunActivity:greet',
  '    StartChildWorkflow:child',
  '      RunWorkflow:child',
  '        StartActivity:greet',
  '          RunActivity:greet',
  '    SignalWorkflow:proceed',
  '      HandleSignal:proceed',
];

describe('a trace', () => {
  it.each([
    ['kept in memory', 1000],
    ['replayed for each task', 0],
  ])(
    'LOG-7 goes from the client through workflow, activities, child and signal: runs %s',
    async (_, cached) => {
      const workflowId = `trace-${cached}`;
      const worker = await workerFor(workflowId, { maxCachedWorkflows: cached });
      await worker.runUntil(client.workflow.execute(parent, { taskQueue: workflowId, workflowId }));
      expect(tree()).toEqual(WHOLE);
      const spans = exported.getFinishedSpans();
      expect(new Set(spans.map((span) => span.spanContext().spanId)).size).toBe(spans.length);
      expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
      for (const span of spans) expect(span.status.code).toBe(SpanStatusCode.OK);
      const { runId } = await env.client.workflow.getHandle(workflowId).describe();
      expect(spanNamed('RunWorkflow:parent').attributes).toMatchObject({
        workflowId,
        runId,
        taskQueue: workflowId,
      });
      expect(spanNamed('RunWorkflow:parent').resource).toBe(resource);
      expect(spanNamed('StartWorkflow:parent').attributes).toEqual({
        temporalWorkflowId: workflowId,
        run_id: runId,
      });
    },
  );

  it('is made by a plugin, which adds its module once to the worker and to its bundle', async () => {
    const plugins = [new OpenTelemetryPlugin({ resource, spanProcessor: processor })];
    const at = { taskQueue: 'trace-plugin', workflowId: 'trace-plugin' };
    const { connection, nativeConnection } = env;
    const own = { activity: [] }; // What is there already is added to.
    const worker = await Worker.create({
      ...{ connection: nativeConnection, taskQueue: 'trace-plugin', workflowsPath, activities, plugins },
      interceptors: own,
    });
    await worker.runUntil(new Client({ connection, plugins }).workflow.execute(parent, at));
    expect(tree()).toEqual(WHOLE);
  });

  it('LOG-8 is not made again by a replay', async () => {
    const workflowId = 'trace-replayed';
    const worker = await workerFor(workflowId);
    await worker.runUntil(client.workflow.execute(parent, { taskQueue: workflowId, workflowId }));
    exported.reset();
    const history = await env.client.workflow.getHandle(workflowId).fetchHistory();
    await Worker.runReplayHistory(
      { workflowsPath, interceptors: { workflowModules }, sinks },
      history,
      workflowId,
    );
    expect(exported.getFinishedSpans()).toEqual([]);
  });
});
