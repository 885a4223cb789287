/** Following a workflow: its history and what a query answers, by handle and as server-sent events. */
import { QueryNotRegisteredError, WorkflowNotFoundError } from 'perdure/client';
import { describe, expect, test } from 'vitest';
import { direct, failureOf, fetchWorker, options, overHttp } from './worker/clients.ts';
import { count, counted, counter } from './workflows/watched.ts';

const http = overHttp();

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe.each([
  ['over HTTP', http],
  ['straight to the objects', direct()],
])('watching %s', (_, client) => {
  test('gives every event once, over all runs, while it happens and until the end', async () => {
    const handle = await client.workflow.start(counter, { ...options('watched'), args: [0, 3, 2] });
    const types: string[] = [];
    let sent = 0;
    const positions: string[] = [];
    for await (const { runId, event, position } of handle.watch()) {
      types.push(`${event.eventType}`);
      positions.push(position);
      expect(position).toBe(`${runId}:${event.eventId}`);
      if (event.workflowTaskCompletedEventAttributes && sent < 3) {
        sent += 1;
        await client.workflow.getHandle(handle.workflowId).signal(count, 1);
      }
    }
    expect(new Set(positions).size).toBe(positions.length);
    const runs = [...new Set(positions.map((position) => position.split(':')[0] ?? ''))];
    expect(runs).toHaveLength(2);
    const stored = await Promise.all(
      runs.map((runId) => client.workflow.getHandle(handle.workflowId, runId).fetchHistory()),
    );
    const expected = stored.flatMap(({ events }, index) =>
      (events ?? []).map(({ eventId }) => `${runs[index]}:${eventId}`),
    );
    expect(positions).toEqual(expected);
  });

  test('goes on after a position, also where one run ends and the next begins', async () => {
    const handle = await client.workflow.start(counter, { ...options('resumed'), args: [0, 2, 1] });
    await handle.signal(count, 1);
    await client.workflow.getHandle(handle.workflowId).signal(count, 1);
    await handle.result();
    const first = client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
    const all = (await collect(first.watch())).map(({ position }) => position);
    for (const [index, after] of all.entries()) {
      const rest = await collect(handle.watch({ after }));
      expect(rest.map(({ position }) => position)).toEqual(all.slice(index + 1));
    }
  });

  test('ends when its signal is aborted, and refuses what it does not know', async () => {
    const handle = await client.workflow.start(counter, { ...options('aborted'), args: [0, 1, 1] });
    const abort = new AbortController();
    let events = 0;
    for await (const _event of handle.watch({ signal: abort.signal })) {
      events += 1;
      if (events === 3) setTimeout(() => abort.abort(), 50);
    }
    expect(events).toBeGreaterThanOrEqual(3);
    await handle.terminate();
    const unknown = client.workflow.getHandle('never-started');
    expect(await failureOf(collect(unknown.watch()))).toBeInstanceOf(WorkflowNotFoundError);
    const nonsense = await failureOf(collect(handle.watch({ after: 'nonsense' })));
    expect(nonsense.cause).toMatchObject({ details: expect.stringContaining('<run ID>:<event ID>') });
  });

  test('a query is answered at once, after each change, and a last time at the end', async () => {
    const handle = await client.workflow.start(counter, { ...options('subscribed'), args: [0, 3, 2] });
    const answers: unknown[] = [];
    for await (const answer of client.workflow
      .getHandle(handle.workflowId)
      .subscribeQuery(counted, 'beans')) {
      answers.push(answer);
      if (answers.length <= 3) await client.workflow.getHandle(handle.workflowId).signal(count, 1);
    }
    expect(answers).toEqual([0, 1, 2, 3].map((total) => ({ total, unit: 'beans' })));
    const unheard = client.workflow.getHandle(handle.workflowId).subscribeQuery('unheardOf');
    expect(await failureOf(collect(unheard))).toBeInstanceOf(QueryNotRegisteredError);
  });
});

interface ServerSentEvent {
  event?: string;
  id?: string;
  data?: string;
}

/** The events of a stream to its end, or the first `max` of them. */
async function eventsOf(response: Response, max = Number.POSITIVE_INFINITY): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  let text = '';
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  while (events.length < max) {
    const { done, value } = await reader.read();
    if (done) break;
    const blocks = (text + value).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks)
      events.push(Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2))));
  }
  await reader.cancel();
  return events;
}

const watchPath = (workflowId: string, what: string) =>
  `/api/v1/namespaces/default/workflows/${workflowId}/${what}/watch`;

describe('server-sent events', () => {
  test('carry history with positions to resume from, then the end; who asks again gets 204', async () => {
    const handle = await http.workflow.start(counter, { ...options('streamed'), args: [0, 1, 1] });
    const response = await fetchWorker(watchPath(handle.workflowId, 'history'));
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const stream = eventsOf(response);
    await handle.signal(count, 1);
    const events = await stream;
    expect(events.at(-1)).toMatchObject({ event: 'end' });
    const history = events.slice(0, -1);
    expect(JSON.parse(history[0]?.data ?? '')).toMatchObject({
      runId: handle.firstExecutionRunId,
      event: { eventId: '1', eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED' },
    });
    expect(history.map(({ id }) => id)).toEqual(
      history.map((_, index) => `${handle.firstExecutionRunId}:${index + 1}`),
    );
    const resume = (id: string | undefined) =>
      fetchWorker(watchPath(handle.workflowId, 'history'), { headers: { 'last-event-id': id ?? '' } });
    const rest = await eventsOf(await resume(history.at(-3)?.id));
    expect(rest.map(({ id }) => id)).toEqual([history.at(-2)?.id, history.at(-1)?.id, undefined]);
    expect((await resume(history.at(-1)?.id)).status).toBe(204);
  });

  test('carry what a query answers', async () => {
    const handle = await http.workflow.start(counter, { ...options('streamed-query'), args: [0, 2, 9] });
    const stream = eventsOf(await fetchWorker(`${watchPath(handle.workflowId, 'query/counted')}?args=["m"]`));
    await handle.signal(count, 2);
    const answers = (await stream).filter(({ event }) => event === 'answer');
    expect(JSON.parse(answers.at(-1)?.data ?? '')).toMatchObject({ queryResult: [{ total: 2, unit: 'm' }] });
  });

  test('are not begun for what is wrong: a status says so', async () => {
    expect((await fetchWorker(watchPath('never-started', 'history'))).status).toBe(404);
    expect((await fetchWorker('/api/v1/namespaces/nowhere/workflows/w/history/watch')).status).toBe(404);
    const { workflowId } = await http.workflow.start(counter, { ...options('wrong'), args: [0, 1, 1] });
    expect((await fetchWorker(`${watchPath(workflowId, 'history')}?after=x`)).status).toBe(400);
    expect((await fetchWorker(watchPath(workflowId, 'query/unheardOf'))).status).toBe(400);
    expect((await fetchWorker(`${watchPath(workflowId, 'query/counted')}?args={`)).status).toBe(400);
  });
});
