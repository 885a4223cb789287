import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { completedEvent, historyPage, RUN_ID, startedEvent, testApp } from './fake-execution.ts';

const order = '/api/v1/namespaces/default/workflows/order-1';
const ids = (body: Record<string, unknown>): string[] =>
  ((body.history as { events?: { eventId: string }[] }).events ?? []).map(({ eventId }) => eventId);

/** A socket as the object gives it. The test says when it has news. */
class FakeSocket extends EventTarget {
  isAccepted = false;
  isClosed = false;
  accept() {
    this.isAccepted = true;
  }
  close() {
    this.isClosed = true;
  }
  tell(type: 'message' | 'close') {
    this.dispatchEvent(new Event(type));
  }
}

describe('history', () => {
  test('is read in pages, whose tokens hold the run', async () => {
    const all = [startedEvent(), completedEvent(2, 'x'), completedEvent(3, 'y')];
    const app = testApp({
      history: (_at, { fromEventId = 1, pageSize }) => {
        const events = all.slice(fromEventId - 1, fromEventId - 1 + pageSize);
        const next = fromEventId + events.length;
        return historyPage({ events, ...(next <= 3 ? { nextEventId: next } : {}) });
      },
    });
    const first = await app.request('GET', `${order}/history?maximumPageSize=2`);
    expect(ids(first.body)).toEqual(['1', '2']);
    const token = encodeURIComponent(String(first.body.nextPageToken));
    const second = await app.request('GET', `${order}/history?maximumPageSize=2&next_page_token=${token}`);
    expect(ids(second.body)).toEqual(['3']);
    expect(second.body.nextPageToken).toBeUndefined();
    expect(app.execution.asked[1]?.args[1]).toEqual({ pageSize: 2, runId: RUN_ID, fromEventId: 3 });
  });

  test('an open run that is read to its end has no token', async () => {
    const app = testApp({
      history: () => historyPage({ events: [startedEvent()], nextEventId: 2, isRunning: true }),
    });
    const { body } = await app.request('GET', `${order}/history?nextPageToken=&maximumPageSize=0`);
    expect(ids(body)).toEqual(['1']);
    expect(body.nextPageToken).toBeUndefined();
    expect(app.execution.asked[0]?.args[1]).toEqual({ pageSize: 256 });
  });

  test('of a run without events is an empty object', async () => {
    const { text } = await testApp({ history: () => historyPage({}) }).request('GET', `${order}/history`);
    expect(text).toBe('{"history":{}}');
  });

  test('reverse asks for the newest first and has tokens of its own', async () => {
    const app = testApp({ history: () => historyPage({ events: [completedEvent(3, 'x')], nextEventId: 2 }) });
    const { body } = await app.request('GET', `${order}/history-reverse?maximumPageSize=1`);
    expect(app.execution.asked[0]?.args[1]).toEqual({ pageSize: 1, reverse: true });
    const token = encodeURIComponent(String(body.nextPageToken));
    const { status } = await app.request('GET', `${order}/history?nextPageToken=${token}`);
    expect(status).toBe(400);
  });

  test.each([
    ['no base64', '!!!'],
    ['not ours', btoa('hello')],
    ['ours but bent', btoa('["run",-1,false]')],
    ['of another run', btoa('["other-run",5,false]')],
  ])('a token that is %s is 400', async (_, token) => {
    const path = `${order}/history?execution.runId=${RUN_ID}&nextPageToken=${encodeURIComponent(token)}`;
    const { status, body } = await testApp().request('GET', path);
    expect([status, body.code]).toEqual([400, 3]);
    expect(body.message).toContain('nextPageToken');
  });

  test.each(['maximumPageSize=ten', 'waitNewEvent=perhaps', 'historyEventFilterType=SOME'])(
    '%s is 400',
    async (query) => {
      const { status, body } = await testApp().request('GET', `${order}/history?${query}`);
      expect(status).toBe(400);
      expect(body.message).toContain(query.split('=')[0]);
    },
  );

  test('with the close filter is the last event', async () => {
    const app = testApp({ history: () => historyPage({ events: [completedEvent(9, 'end')] }) });
    const { body } = await app.request('GET', `${order}/history?historyEventFilterType=2`);
    expect(ids(body)).toEqual(['9']);
    expect(body.nextPageToken).toBeUndefined();
    expect(app.execution.asked[0]?.args[1]).toMatchObject({ closeEventOnly: true });
  });
});

describe('waiting for events', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const open = historyPage({ events: [], nextEventId: 2, isRunning: true });
  const news = historyPage({ events: [completedEvent(2, 'x')] });

  /** Sockets in the order in which they were asked for. */
  function withSockets(history: () => unknown) {
    const sockets: FakeSocket[] = [];
    const app = testApp({
      history,
      fetch: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return { webSocket: socket };
      },
    });
    return { app, sockets };
  }

  test('first by RPC for at most 10 s', async () => {
    const app = testApp({ history: () => news });
    const { body } = await app.request('GET', `${order}/history?waitNewEvent=true`);
    expect(ids(body)).toEqual(['2']);
    expect(app.execution.asked.map(({ method }) => method)).toEqual(['history']);
    expect(app.execution.asked[0]?.args[1]).toMatchObject({ waitMs: 10_000 });
  });

  test('then on a socket that is opened before the state is read again', async () => {
    let reply = open;
    const { app, sockets } = withSockets(() => reply);
    const answer = app.request('GET', `${order}/history?waitNewEvent=true`);
    await vi.waitFor(() =>
      expect(app.execution.asked.map(({ method }) => method)).toEqual(['history', 'fetch', 'history']),
    );
    const { url } = (app.execution.asked[1]?.args ?? [])[0] as Request;
    expect(url).toBe(`https://workflow-execution/wait?namespace=default&workflowId=order-1&runId=${RUN_ID}`);
    expect(app.execution.asked[2]?.args[1]).toMatchObject({ waitMs: 0, runId: RUN_ID });
    reply = news;
    sockets[0]?.tell('message');
    expect(ids((await answer).body)).toEqual(['2']);
    expect(sockets[0]).toMatchObject({ isAccepted: true, isClosed: true });
  });

  test('a socket that breaks with its object is replaced', async () => {
    let reply = open;
    const { app, sockets } = withSockets(() => reply);
    const answer = app.request('GET', `${order}/history?waitNewEvent=true`);
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    sockets[0]?.tell('close');
    await vi.waitFor(() => expect(sockets).toHaveLength(2));
    reply = news;
    sockets[1]?.tell('message');
    expect(ids((await answer).body)).toEqual(['2']);
  });

  test('an object that cannot be subscribed to is waited on by RPC', async () => {
    let asked = 0;
    const app = testApp({
      history: () => (asked++ < 2 ? open : news),
      fetch: () => {
        throw new Error('reset');
      },
    });
    const answer = app.request('GET', `${order}/history?waitNewEvent=true`);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ids((await answer).body)).toEqual(['2']);
  });

  test('ends after 20 s with a token for the next call', async () => {
    const { app, sockets } = withSockets(() => open);
    const answer = app.request(
      'GET',
      `${order}/history?waitNewEvent=true&historyEventFilterType=CLOSE_EVENT`,
    );
    await vi.waitFor(() => expect(sockets).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(20_000);
    const { body } = await answer;
    expect(ids(body)).toEqual([]);
    expect(atob(String(body.nextPageToken))).toBe(JSON.stringify([RUN_ID, 2, false]));
  });

  test('for the close holds back other events', async () => {
    const running = historyPage({ events: [startedEvent()], nextEventId: 2, isRunning: true });
    const { app } = withSockets(() => running);
    const answer = app.request(
      'GET',
      `${order}/history?waitNewEvent=true&historyEventFilterType=CLOSE_EVENT`,
    );
    await vi.advanceTimersByTimeAsync(20_500);
    expect(ids((await answer).body)).toEqual([]);
  });
});

describe('result', () => {
  test('is there with its closing event', async () => {
    const app = testApp();
    const { body } = await app.request('GET', `${order}/result?wait=30s&followRuns=false&runId=${RUN_ID}`);
    expect(body).toMatchObject({
      runId: RUN_ID,
      status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED',
      result: ['done'],
      closeEvent: { eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED' },
    });
    expect(app.execution.asked[0]?.args[1]).toEqual({ runId: RUN_ID, followRuns: false, waitMs: 10_000 });
  });

  test('without a wait says how the run stands', async () => {
    const app = testApp({ result: () => ({ ok: true, value: { runId: RUN_ID, status: 'RUNNING' } }) });
    const { body } = await app.request('GET', `${order}/result`);
    expect(body).toEqual({ runId: RUN_ID, status: 'WORKFLOW_EXECUTION_STATUS_RUNNING' });
    expect(app.execution.asked[0]?.args[1]).toEqual({ followRuns: true, waitMs: 0 });
  });

  test('of a failed run has the failure', async () => {
    const failure = { message: 'no', applicationFailureInfo: { type: 'E' } };
    const closeEvent = {
      eventId: 4,
      eventTime: 0,
      eventType: 'WorkflowExecutionFailed',
      attributes: { failure, workflowTaskCompletedEventId: 3 },
    };
    const app = testApp({
      result: () => ({ ok: true, value: { runId: RUN_ID, status: 'FAILED', closeEvent } }),
    });
    const { body } = await app.request('GET', `${order}/result`);
    expect(body).toMatchObject({ status: 'WORKFLOW_EXECUTION_STATUS_FAILED', failure });
  });

  test('a wait in other words is 400', async () => {
    const { status, body } = await testApp().request('GET', `${order}/result?wait=soon`);
    expect(status).toBe(400);
    expect(body.message).toContain('wait');
  });
});
