/** Tracing where workflow code is part of the Worker. */
import { evictAllDurableObjects } from 'cloudflare:test';
import { OpenTelemetryWorkflowClientInterceptor } from 'perdure/interceptors-opentelemetry';
import { expect, test } from 'vitest';
import { eventually, options, overHttp } from './worker/clients.ts';
import { traceOf } from './worker/spans.ts';
import { go, spannedParent } from './workflows/spans.ts';

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
