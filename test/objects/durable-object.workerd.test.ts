/** What only the platform can show: real storage, alarms, sockets, eviction. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { begun } from './worker/activities.ts';
import { type ObjectWithCore, TestWorkflow } from './worker/client.ts';
import { logs } from './worker/index.ts';

/** Rows that the object has written since it was loaded, as the platform counts them, alarms included. */
function rowsWritten(workflow: TestWorkflow): Promise<number> {
  return runInDurableObject(
    workflow.stub,
    (instance) => (instance as unknown as ObjectWithCore).core.rowsWritten,
  );
}

describe('rows written on the platform', () => {
  it('are at most two a step', async () => {
    const rows = async (steps: number) => {
      const workflow = new TestWorkflow('rows');
      await workflow.start('steps', steps);
      await workflow.result();
      return rowsWritten(workflow);
    };
    const [one, eleven] = [await rows(1), await rows(11)];
    expect((eleven - one) / 10).toBeLessThanOrEqual(2);
  });
});

describe('a payload of 2 MB', () => {
  it('goes through an object and comes back whole', async () => {
    const workflow = new TestWorkflow('large');
    const word = 'x'.repeat(1_900_000);
    await workflow.start('waitForSignals', 1);
    await workflow.signal(word);
    expect(await workflow.value()).toEqual([word]);
    await evictDurableObject(workflow.stub);
    expect(await workflow.value()).toEqual([word]);
  });
});

describe('timers on the alarm of the platform', () => {
  it('fire by themselves, not before their time, and soon after it', async () => {
    const workflow = new TestWorkflow('nap');
    await workflow.start('nap', 50);
    await workflow.result();
    const history = await workflow.history();
    const started = history.find((event) => event.eventType === 'TimerStarted')?.eventTime ?? 0;
    const fired = history.find((event) => event.eventType === 'TimerFired')?.eventTime ?? 0;
    expect(fired - started).toBeGreaterThanOrEqual(50);
    expect(fired - started).toBeLessThan(1_000);
  });

  it('of an evicted object fire without a request', async () => {
    const workflow = new TestWorkflow('nap-evicted');
    await workflow.start('nap', 300);
    await evictDurableObject(workflow.stub);
    const types = await workflow.eventTypes();
    expect(types).not.toContain('TimerFired');
    await workflow.result();
    expect(await workflow.eventTypes()).toContain('TimerFired');
  });

  it('that come too early do nothing', async () => {
    const workflow = new TestWorkflow('early');
    await workflow.start('nap', 86_400_000);
    expect(await runDurableObjectAlarm(workflow.stub)).toBe(true);
    expect((await workflow.eventTypes()).at(-1)).toBe('TimerStarted');
    const alarm = await runInDurableObject(workflow.stub, (_, state) => state.storage.getAlarm());
    expect(alarm).toBeGreaterThan(Date.now() + 80_000_000);
  });
});

describe('a waiting caller with a socket', () => {
  const subscribe = async (workflow: TestWorkflow) => {
    const query = new URLSearchParams({
      namespace: workflow.at.namespace,
      workflowId: workflow.at.workflowId,
    });
    const url = `https://workflow-execution/wait?${query}`;
    const response = await workflow.stub.fetch(new Request(url, { headers: { Upgrade: 'websocket' } }));
    const socket = response.webSocket;
    if (!socket) throw new Error(`expected a socket, found ${response.status}`);
    const message = new Promise<string>((resolve) => {
      socket.addEventListener('message', (event) => resolve(String(event.data)));
    });
    socket.accept();
    return { message };
  };

  it('is told of new events and of the close', async () => {
    const workflow = new TestWorkflow('socket');
    await workflow.start('waitForSignals', 2);
    const first = await subscribe(workflow);
    await workflow.signal('one');
    expect(await first.message).toBe('changed');
    const second = await subscribe(workflow);
    await workflow.signal('two');
    expect(await second.message).toBe('closed');
  });

  it('is told after the object was evicted in between', async () => {
    const workflow = new TestWorkflow('socket-evicted');
    await workflow.start('waitForSignals', 1);
    const told = await subscribe(workflow);
    await evictDurableObject(workflow.stub);
    await workflow.signal('one');
    expect(await told.message).toMatch(/changed|closed/);
  });
});

describe('a caller who takes its time to close its socket', () => {
  it('is told once, and fails no turn that follows', async () => {
    const workflow = new TestWorkflow('socket-lingers');
    await workflow.start('waitForSignals', 3);
    const { namespace, workflowId } = workflow.at;
    const url = `https://workflow-execution/wait?${new URLSearchParams({ namespace, workflowId })}`;
    const { webSocket } = await workflow.stub.fetch(new Request(url, { headers: { Upgrade: 'websocket' } }));
    // Never accepted: it does not answer the close that comes after the message.
    expect(webSocket).not.toBeNull();
    const states = () =>
      runInDurableObject(workflow.stub, (_, state) =>
        state.getWebSockets().map(({ readyState }) => readyState),
      );
    expect(await states()).toEqual([WebSocket.OPEN]);
    await workflow.signal('one');
    expect(await states()).toEqual([WebSocket.CLOSING]);
    await workflow.signal('two');
    await workflow.signal('three');
    expect(await workflow.value()).toEqual(['one', 'two', 'three']);
    expect(logs.filter(({ attributes }) => attributes?.workflowId === workflowId)).toEqual([]);
  });
});

describe('heartbeats', () => {
  it('of a long activity are throttled, and its result is recorded', async () => {
    const workflow = new TestWorkflow('beating');
    await workflow.start('heartbeats', workflow.at.workflowId, 30);
    expect(await workflow.value()).toBe(`${workflow.at.workflowId} from 0`);
    expect(begun.get(workflow.at.workflowId)).toBe(1);
  });
});

describe('a query', () => {
  it('is answered while the run is open, after an eviction, and after its close, and writes nothing', async () => {
    const workflow = new TestWorkflow('query');
    await workflow.start('waitForSignals', 2);
    await workflow.signal('one');
    const ask = () => workflow.stub.query(workflow.at, { queryType: 'seen' });
    expect(await ask()).toMatchObject({ ok: true });
    await evictDurableObject(workflow.stub);
    const before = await rowsWritten(workflow);
    expect(await ask()).toMatchObject({ ok: true });
    expect(await rowsWritten(workflow)).toBe(before);
    await workflow.signal('two');
    await workflow.result();
    expect(await ask()).toMatchObject({ ok: true });
    expect(await workflow.stub.query(workflow.at, { queryType: 'unknown' })).toMatchObject({
      ok: false,
      error: { code: 'INVALID_ARGUMENT', details: [{ type: 'QueryFailedFailure' }] },
    });
  });
});
