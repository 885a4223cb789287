/** Codecs around the host of workflow code. What breaks if a run is evicted while its payloads are decoded? */
import { describe, expect, test } from 'vitest';
import type {
  WorkflowTask,
  WorkflowTaskCompletion,
  WorkflowTaskHandler,
} from '../../src/engine/workflow-task.ts';
import { withPayloadCodecs } from '../../src/runtime/codecs.ts';
import type { PayloadCodec } from '../../src/sdk/common/index.ts';

const encoding = new TextEncoder().encode('json/plain');
const task = {
  runId: 'r-1',
  newEvents: [
    { attributes: { input: { payloads: [{ metadata: { encoding }, data: new Uint8Array([1]) }] } } },
  ],
  queries: [],
  updates: [],
  loadHistory: () => [],
} as unknown as WorkflowTask;

function host() {
  const seen: WorkflowTask[] = [];
  const evicted: string[] = [];
  const completion: WorkflowTaskCompletion = { kind: 'completed', commands: [], updates: [], queries: [] };
  const handler: WorkflowTaskHandler = {
    evict: (runId) => void evicted.push(runId),
    handle: async (each) => {
      seen.push(each);
      return completion;
    },
  };
  return { handler, seen, evicted };
}

const negate: PayloadCodec = {
  encode: async (payloads) =>
    payloads.map(({ metadata, data }) => ({ metadata, data: data?.map((b) => -b) })) as never,
  decode: async (payloads) =>
    payloads.map(({ metadata, data }) => ({ metadata, data: data?.map((b) => -b) })) as never,
};

describe('codecs around the host of workflow code', () => {
  test('a host without codecs is itself', () => {
    const { handler } = host();
    expect(withPayloadCodecs(handler, undefined)).toBe(handler);
  });

  test('a run that is evicted while its payloads are decoded never reaches the host', async () => {
    const { handler, seen, evicted } = host();
    const wrapped = withPayloadCodecs(handler, () => negate);
    const first = wrapped.handle(task);
    wrapped.evict('another');
    const second = wrapped.handle(task);
    wrapped.evict('r-1');
    expect(await first).toMatchObject({ kind: 'failed' });
    expect(await second).toMatchObject({ kind: 'failed' });
    expect(seen).toEqual([]);
    expect(evicted).toContain('r-1');
    expect(await wrapped.handle(task)).toMatchObject({ kind: 'completed' });
  });

  test('a codec that fails fails the task, and the instance is dropped', async () => {
    const { handler, seen, evicted } = host();
    const broken: PayloadCodec = { ...negate, decode: () => Promise.reject(new Error('no such key')) };
    expect(await withPayloadCodecs(handler, () => broken).handle(task)).toMatchObject({
      kind: 'failed',
      cause: 'WORKFLOW_WORKER_UNHANDLED_FAILURE',
      failure: { message: 'no such key' },
    });
    expect(seen).toEqual([]);
    expect(evicted).toEqual(['r-1']);
  });

  test('CONV-7: codecs are told whose payloads they are, of activities that earlier events scheduled too', async () => {
    const told: unknown[] = [];
    const payloads = [{ metadata: { encoding }, data: new Uint8Array([1]) }];
    const telling: PayloadCodec = {
      encode: async (each) => each,
      async decode(each, context) {
        told.push(context);
        return each;
      },
    };
    const scheduled = { eventId: 5, eventType: 'ActivityTaskScheduled', attributes: { activityId: 'a' } };
    const ended = (eventId: number, scheduledEventId: number) => ({
      eventId,
      eventType: 'ActivityTaskCompleted',
      attributes: { scheduledEventId, result: { payloads } },
    });
    let loads = 0;
    const own = { ...task, namespace: 'n', workflowId: 'w' };
    const wrapped = withPayloadCodecs(host().handler, () => telling);
    const loadHistory = () => {
      loads++;
      return [scheduled, { ...scheduled, eventId: 6, attributes: { activityId: 'b' } }];
    };
    await wrapped.handle({ ...own, newEvents: [ended(9, 5)], loadHistory } as unknown as WorkflowTask);
    await wrapped.handle({ ...own, newEvents: [ended(12, 6)], loadHistory } as unknown as WorkflowTask);
    expect(told).toEqual([
      { type: 'activity', namespace: 'n', workflowId: 'w', activityId: 'a', isLocal: false },
      { type: 'activity', namespace: 'n', workflowId: 'w', activityId: 'b', isLocal: false },
    ]);
    expect(loads).toBe(1);
  });
});
