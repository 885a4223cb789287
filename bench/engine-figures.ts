/** Replay, instances and long histories: what the executor costs by itself (in this process), and appends over HTTP. */
import { join } from 'node:path';
import { createExecutor, type Executor } from '../src/executor/executor.ts';
import { replayHistory } from '../src/executor/replay.ts';
import type { WorkflowBundle } from '../src/executor/workflow-bundle.ts';
import * as common from '../src/sdk/common/index.ts';
import type { HistoryEvent } from '../src/sdk/common/wire/events.ts';
import { historyFromJson } from '../src/sdk/common/wire/json.ts';
import * as workflow from '../src/sdk/workflow/index.ts';
import type { Figures } from './figures.ts';
import { callJson } from './http.ts';
import { median } from './statistics.ts';

const modules = { 'perdure/workflow': workflow, 'perdure/common': common };
const APPEND_SAMPLES = 200;
const LONG_HISTORY = 10_000;
const INSTANCES = 1000;

export async function measureEngine(origin: string): Promise<Figures> {
  const { default: bundle } = (await import(join(import.meta.dirname, '../.perdure/bench-workflows.js'))) as {
    default: WorkflowBundle;
  };
  const appended = await appends(origin);
  const short = await replayRate(bundle, await history(origin, 'replay-short', 330));
  const long = await replayRate(bundle, await history(origin, 'replay-long', 3000));
  const small = await instances(bundle, 'work', { mode: 'signal', steps: 0, bytes: 0 });
  const heavy = await instances(bundle, 'libraries', { at: '2026-01-05' });
  return {
    'append to 10,000 events / append to few': {
      value: appended,
      unit: 'x',
      bound: { relation: '<=', value: 1.2 },
    },
    'replay, history of 18,000 events': {
      value: long.rate,
      unit: 'events/s',
      bound: { relation: '>=', value: 100_000 },
    },
    'replay, history of 2,000 events': {
      value: short.rate,
      unit: 'events/s',
      bound: { relation: '>=', value: 100_000 },
    },
    'replay, cost an event: 18,000 / 2,000': {
      value: short.rate / long.rate,
      unit: 'x',
      bound: { relation: '<=', value: 1.2 },
    },
    'instance of a small workflow, time': {
      value: small.ms,
      unit: 'ms',
      bound: { relation: '<=', value: 0.2 },
    },
    'instance of a small workflow, heap': {
      value: small.kib,
      unit: 'KiB',
      bound: { relation: '<=', value: 64 },
    },
    'instance with zod and luxon, time': {
      value: heavy.ms,
      unit: 'ms',
      bound: { relation: '<=', value: 0.5 },
    },
    'instance with zod and luxon, heap': {
      value: heavy.kib,
      unit: 'KiB',
      bound: { relation: '<=', value: 128 },
    },
  };
}

/** One update is one activity; a long and a short run take turns, and the short one is replaced before it grows. */
async function appends(origin: string): Promise<number> {
  const path = (id: string) => `${origin}/api/v1/namespaces/default/workflows/${id}`;
  const begin = (id: string) =>
    callJson(path(id), 'POST', { workflowType: { name: 'appender' }, taskQueue: { name: 'default' } });
  const append = (id: string) =>
    callJson(`${path(id)}/update/append`, 'POST', { request: { input: { name: 'append' } } });
  const timed = async (id: string) => {
    const began = performance.now();
    await append(id);
    return performance.now() - began;
  };
  await begin('append-long');
  while (Number(historyLength(await callJson(path('append-long'), 'GET'))) < LONG_HISTORY) {
    for (let index = 0; index < 50; index++) await append('append-long');
  }
  const long: number[] = [];
  const short: number[] = [];
  for (let sample = 0; sample < APPEND_SAMPLES; sample++) {
    const id = `append-short-${Math.floor(sample / 10)}`;
    if (sample % 10 === 0) {
      await begin(id);
      await append(id);
    }
    short.push(await timed(id));
    long.push(await timed('append-long'));
  }
  return median(long) / median(short);
}

function historyLength(description: Record<string, unknown>): unknown {
  return (description.workflowExecutionInfo as { historyLength?: string } | undefined)?.historyLength;
}

/** Events of a run of so many sequential activities: six each. */
async function history(origin: string, id: string, steps: number): Promise<readonly HistoryEvent[]> {
  const path = `${origin}/api/v1/namespaces/default/workflows/${id}`;
  await callJson(path, 'POST', {
    workflowType: { name: 'work' },
    taskQueue: { name: 'default' },
    input: [{ mode: 'sequential', steps, bytes: 0 }],
  });
  const isRunning = async () =>
    String((await callJson(`${path}/result?wait=10s`, 'GET')).status ?? '').endsWith('RUNNING');
  while (await isRunning());
  const events: unknown[] = [];
  let token = '';
  do {
    const page = await callJson(
      `${path}/history?noPayloadShorthand&nextPageToken=${encodeURIComponent(token)}`,
      'GET',
    );
    events.push(...((page.history as { events?: unknown[] }).events ?? []));
    token = String(page.nextPageToken ?? '');
  } while (token);
  return historyFromJson({ events });
}

async function replayRate(
  bundle: WorkflowBundle,
  events: readonly HistoryEvent[],
): Promise<{ rate: number }> {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    const began = performance.now();
    await replayHistory({ bundle, events, modules });
    times.push(performance.now() - began);
  }
  return { rate: (events.length * 1000) / median(times) };
}

/** Runs that wait, held in the cache: time of the first task and heap held, each over many runs. */
async function instances(
  bundle: WorkflowBundle,
  workflowType: string,
  input: unknown,
): Promise<{ ms: number; kib: number }> {
  const executor = createExecutor({ bundle, modules, cache: { instances: INSTANCES * 3, bytes: 1 << 30 } });
  for (let index = 0; index < INSTANCES; index++)
    await firstTask(executor, workflowType, input, `warm-${index}`);
  for (let index = 0; index < INSTANCES; index++) executor.evict(`warm-${index}`);
  const heapBefore = heapAfterCollection();
  const began = performance.now();
  for (let index = 0; index < INSTANCES; index++)
    await firstTask(executor, workflowType, input, `run-${index}`);
  const ms = (performance.now() - began) / INSTANCES;
  return { ms, kib: (heapAfterCollection() - heapBefore) / INSTANCES / 1024 };
}

function heapAfterCollection(): number {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

async function firstTask(
  executor: Executor,
  workflowType: string,
  input: unknown,
  runId: string,
): Promise<void> {
  const newEvents: HistoryEvent[] = [
    {
      eventId: 1,
      eventTime: 1000,
      eventType: 'WorkflowExecutionStarted',
      attributes: {
        workflowType: { name: workflowType },
        taskQueue: { name: 'default' },
        input: { payloads: [common.defaultPayloadConverter.toPayload(input)] },
        workflowTaskTimeout: 10_000,
        originalExecutionRunId: runId,
        firstExecutionRunId: runId,
        attempt: 1,
        workflowId: runId,
      },
    },
    {
      eventId: 2,
      eventTime: 1000,
      eventType: 'WorkflowTaskScheduled',
      attributes: { taskQueue: { name: 'default' }, attempt: 1 },
    },
    { eventId: 3, eventTime: 1000, eventType: 'WorkflowTaskStarted', attributes: { scheduledEventId: 2 } },
  ];
  const completion = await executor.handle({
    namespace: 'default',
    workflowId: runId,
    runId,
    workflowType,
    taskQueue: 'default',
    attempt: 1,
    startedEventId: 3,
    previousStartedEventId: 0,
    newEvents,
    loadHistory: () => newEvents,
    queries: [],
    updates: [],
    isQueryOnly: false,
  });
  if (completion.kind === 'failed')
    throw new Error(`the first task of ${workflowType} failed: ${JSON.stringify(completion)}`);
}
