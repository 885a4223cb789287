/** Tracing where workflow code is part of the Worker. */
import { evictAllDurableObjects } from 'cloudflare:test';
import { OpenTelemetryWorkflowClientInterceptor } from 'perdure/interceptors-opentelemetry';
import { expect, test } from 'vitest';
import { eventually, fetchWorker, options, overHttp } from './worker/clients.ts';
import { traceById, traceOf } from './worker/spans.ts';
import { go, spannedParent, spannedTeller } from './workflows/spans.ts';

const client = overHttp({ interceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] } });

test('a trace goes through workflow, activity, child and signal, each span once though objects are lost', async () => {
  const handle = await client.workflow.start(spannedParent, options('spanned', 'opentelemetry'));
  await eventually(async () => {
    const { events } = await handle.fetchHistory();
    return events?.some(({ activityTaskCompletedEventAttributes: done }) => done);
  });
  await evictAllDurableObjects();
  await overHttp().workflow.getHandle(handle.workflowId).signal(go);
  expect(await handle.result()).toEqual(['Hello, parent!', 'Hello, child!']);
  await evictAllDurableObjects();
  const spans = await eventually(async () => {
    const all = traceOf('StartWorkflow:spannedParent');
    return all.some(({ name }) => name === 'RunWorkflow:spannedParent') && all;
  });
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  expect(names.size).toBe(spans.length);
  const lines = spans.map((span) => `${span.name} < ${names.get(span.parentSpanId ?? '')}`);
  expect(lines.sort()).toEqual([
    'HandleSignal:go < SignalWorkflow:go',
    'RunActivity:greet < StartActivity:greet',
    'RunActivity:greet < StartActivity:greet',
    'RunWorkflow:spannedChild < StartChildWorkflow:spannedChild',
    'RunWorkflow:spannedParent < StartWorkflow:spannedParent',
    'SignalWorkflow:go < RunWorkflow:spannedParent',
    'StartActivity:greet < RunWorkflow:spannedChild',
    'StartActivity:greet < RunWorkflow:spannedParent',
    'StartChildWorkflow:spannedChild < RunWorkflow:spannedParent',
    'StartWorkflow:spannedParent < undefined',
  ]);
});

test('a caller without an SDK joins its trace by the header', async () => {
  const { workflowId } = options('joined', 'opentelemetry');
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { status } = await fetchWorker(`/api/v1/namespaces/default/workflows/${workflowId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      workflowType: { name: 'spannedChild' },
      taskQueue: { name: 'opentelemetry' },
      header: {
        fields: {
          '_tracer-data': {
            metadata: { encoding: btoa('json/plain') },
            data: btoa(JSON.stringify({ traceparent })),
          },
        },
      },
    }),
  });
  expect(status).toBe(200);
  const handle = overHttp().workflow.getHandle(workflowId);
  await handle.signal(go);
  expect(await handle.result()).toBe('Hello, child!');
  const spans = await eventually(async () => {
    const all = traceById('0af7651916cd43dd8448eb211c80319c');
    return all.some(({ name }) => name === 'RunWorkflow:spannedChild') && all;
  });
  const root = spans.find(({ name }) => name === 'RunWorkflow:spannedChild');
  expect(root?.parentSpanId).toBe('b7ad6b7169203331');
  expect(spans.map(({ name }) => name).sort()).toEqual([
    'RunActivity:greet',
    'RunWorkflow:spannedChild',
    'StartActivity:greet',
  ]);
});

test('what an activity calls by the client of its context is below its attempt', async () => {
  const result = client.workflow.execute(spannedTeller, options('teller', 'opentelemetry'));
  expect(await result).toBe('Hello, child!');
  const spans = await eventually(async () => {
    const all = traceOf('StartWorkflow:spannedTeller');
    return all.some(({ name }) => name === 'RunWorkflow:spannedTeller') && all;
  });
  const parentOf = (name: string) => {
    const parentId = spans.find((span) => span.name === name)?.parentSpanId;
    return spans.find((span) => span.spanContext().spanId === parentId)?.name;
  };
  expect(parentOf('SignalWorkflow:go')).toBe('RunActivity:tell');
  expect(parentOf('HandleSignal:go')).toBe('SignalWorkflow:go');
});
