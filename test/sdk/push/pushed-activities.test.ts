/** Activities that are pushed to an endpoint: what becomes of them, whatever the endpoint, its caller and time do. */
import { setTimeout as delay } from 'node:timers/promises';
import { activityInfo, Context, heartbeat } from 'perdure/activity';
import type { WorkflowFailedError } from 'perdure/client';
import { ApplicationFailure, CancelledFailure, TimeoutFailure } from 'perdure/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { causeOf, FOREIGN, PushWorld, startedOf } from './support.ts';

/** As the protocol numbers it. */
const HEARTBEAT = 4;

let world: PushWorld;

beforeAll(async () => {
  world = await PushWorld.open();
});

afterAll(() => world.close());

/** Runs until it is cancelled, and says then what it was told. Heartbeats once, when it is to. */
function untilCancelled() {
  const beat = Promise.withResolvers<void>();
  const told = Promise.withResolvers<unknown>();
  const act = async () => {
    const context = Context.current();
    void beat.promise.then(() => context.heartbeat());
    await context.cancelled.catch(() => undefined);
    told.resolve(context.cancellationDetails);
    return await context.cancelled;
  };
  return { act, beat: beat.resolve, told: told.promise };
}

describe('a pushed activity', () => {
  it('runs at the endpoint, with its arguments and its info, and its result comes back', async () => {
    world.listen({
      async act(name: string) {
        const { taskQueue, attempt, workflowExecution } = activityInfo();
        return [name, taskQueue, attempt, workflowExecution?.workflowId];
      },
    });
    const handle = await world.start();
    expect(await handle.result()).toEqual(['hello', 'pushed', 1, handle.workflowId]);
  });

  it('is tried again after a failure, and fails the workflow by one that is not to be retried', async () => {
    let attempts = 0;
    world.listen({
      async act() {
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
        throw ApplicationFailure.nonRetryable('never', 'Refused', { why: 1 });
      },
    });
    const cause = await causeOf(world.execute());
    expect(cause).toMatchObject({ message: 'never', type: 'Refused', details: [{ why: 1 }] });
    expect(attempts).toBe(3);
    expect(new Set(world.requests.map(({ headers }) => headers.get('webhook-id'))).size).toBe(3);
  });

  it('of a type that the endpoint does not have fails, and says which there are', async () => {
    world.listen({ other: async () => 1 });
    const cause = await causeOf(world.execute({ maximumAttempts: 1 }));
    expect(cause).toMatchObject({ type: 'NotFoundError', message: expect.stringContaining('["other"]') });
  });
});

describe('a pushed activity whose endpoint', () => {
  it('is not reached fails, and says where', async () => {
    const cause = await causeOf(world.execute({ maximumAttempts: 2 }, 'nowhere'));
    expect(cause).toMatchObject({ type: 'PushFailed' });
    expect(cause?.message).toMatch(/endpoint of task queue 'nowhere' could not be reached/);
  });

  it('refuses it fails with the answer', async () => {
    world.listen({ act: async () => 1 }, { secrets: [FOREIGN] });
    const cause = await causeOf(world.execute({ maximumAttempts: 1 }));
    expect(cause?.message).toMatch(/answered 401: webhook-signature: made with no key/);
  });

  it('answers what is no answer fails, and shows it', async () => {
    for (const [answer, shown] of [
      [new Response('<html>'), /gave no valid answer: SyntaxError/],
      [Response.json({}), /expected one of 'completed', 'failed' and 'canceled'/],
      [new Response(null, { status: 302, headers: { location: 'http://127.0.0.1:1/' } }), /answered 302/],
    ] as const) {
      world.answer = () => answer;
      expect((await causeOf(world.execute({ maximumAttempts: 1 })))?.message).toMatch(shown);
    }
  });

  it('comes back goes on', async () => {
    const up = world.listen({ act: async () => 'up again' });
    let isUp = false;
    world.answer = (request) => {
      if (isUp) return up.fetch(request);
      isUp = true;
      throw new Error('down');
    };
    const handle = await world.start();
    expect(await handle.result()).toBe('up again');
    expect(await startedOf(handle)).toMatchObject({
      attempt: 2,
      lastFailure: { message: expect.stringContaining('answered 500: Error: down') },
    });
  });

  it('is too busy waits as long as it asks', async () => {
    const times: number[] = [];
    world.answer = () => {
      times.push(Date.now());
      return times.length === 1
        ? new Response('busy', { status: 503, headers: { 'retry-after': '1' } })
        : Response.json({ completed: { result: { payloads: [] } } });
    };
    const handle = await world.start();
    await handle.result();
    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(900);
    expect(await startedOf(handle)).toMatchObject({
      attempt: 2,
      lastFailure: { message: expect.stringContaining('answered 503: busy') },
    });
  });
});

describe('a pushed activity that lasts', () => {
  it('is acknowledged, heartbeats, and is completed by its token', async () => {
    const answers: number[] = [];
    const app = world.listen(
      {
        async act() {
          heartbeat('on it');
          await delay(50);
          return typeof Context.current().client?.workflow.start;
        },
      },
      { connection: world.env.connection, acknowledgeAfter: 5 },
    );
    world.answer = async (request) => {
      const response = await app.fetch(request);
      answers.push(response.status);
      return response;
    };
    expect(await world.execute()).toBe('function');
    expect(answers).toEqual([202]);
  });

  it('is answered late, not acknowledged, by an endpoint in a Worker: it would be ended there', async () => {
    const answers: number[] = [];
    const after: Promise<unknown>[] = [];
    const app = world.listen(
      {
        async act() {
          await delay(30);
          return 'held';
        },
      },
      { connection: world.env.connection },
    );
    const context = {
      waitUntil: (work: Promise<unknown>) => void after.push(work),
      passThroughOnException() {},
      props: {},
    };
    world.answer = async (request) => {
      const response = await app.fetch(request, {}, context);
      answers.push(response.status);
      return response;
    };
    expect(await world.execute()).toBe('held');
    expect([answers, after]).toEqual([[200], []]);
  });

  it('keeps its heartbeat deadline by heartbeats, and the next attempt is told of the last', async () => {
    let attempts = 0;
    world.listen(
      {
        async act() {
          attempts += 1;
          if (attempts === 2) return activityInfo().heartbeatDetails;
          for (let beat = 1; beat <= 12; beat++) {
            heartbeat(beat);
            await delay(250);
          }
          throw new Error('after several times its deadline');
        },
      },
      { connection: world.env.connection, acknowledgeAfter: 5 },
    );
    const handle = await world.start({ heartbeatTimeout: '2s' });
    expect(await handle.result()).toBe(12);
    expect(await startedOf(handle)).toMatchObject({
      lastFailure: { message: 'after several times its deadline' },
    });
  });

  it('is silent for longer than its heartbeat timeout has timed out, and its late result is of no account', async () => {
    const silence = Promise.withResolvers<void>();
    let attempts = 0;
    world.listen(
      {
        async act() {
          attempts += 1;
          const isFirst = attempts === 1;
          if (isFirst) await silence.promise;
          return isFirst ? 'late' : 'in time';
        },
      },
      { connection: world.env.connection, acknowledgeAfter: 5 },
    );
    const handle = await world.start({ heartbeatTimeout: '500ms', maximumAttempts: 5 });
    expect(await handle.result()).toBe('in time');
    silence.resolve();
    expect(await startedOf(handle)).toMatchObject({
      lastFailure: { timeoutFailureInfo: { timeoutType: HEARTBEAT } },
    });
  });

  it('is cancelled by way of its heartbeats', async () => {
    const { act, beat, told } = untilCancelled();
    world.listen({ act }, { connection: world.env.connection, acknowledgeAfter: 5 });
    const handle = await world.start();
    await vi.waitUntil(() => world.requests.length > 0);
    await handle.cancel();
    await vi.waitUntil(async () => {
      const { events } = await handle.fetchHistory();
      return events?.some((event) => event.activityTaskCancelRequestedEventAttributes);
    });
    beat();
    const error = await handle.result().catch((reason: WorkflowFailedError) => reason);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect(await told).toMatchObject({ cancelRequested: true });
  });

  it.each([
    ['its answer being waited for', '1 hour'],
    ['having been acknowledged', 5],
    ['having no connection', undefined],
  ] as const)('is told when its time is over, %s', async (_, acknowledgeAfter) => {
    const { act, told } = untilCancelled();
    const { connection } = world.env;
    world.listen({ act }, acknowledgeAfter === undefined ? {} : { acknowledgeAfter, connection });
    const cause = await causeOf(world.execute({ startToCloseTimeout: '100ms', maximumAttempts: 1 }));
    expect(cause).toBeInstanceOf(TimeoutFailure);
    expect(await told).toMatchObject({ notFound: true });
  });
});

describe('a pushed activity whose caller went away', () => {
  it('is reported by its token, where there is a connection', async () => {
    const underWay = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const app = world.listen(
      {
        async act() {
          underWay.resolve();
          await goOn.promise;
          return 'reported';
        },
      },
      { connection: world.env.connection, acknowledgeAfter: '1 hour' },
    );
    const caller = new AbortController();
    const answered = Promise.withResolvers<Response>();
    world.answer = (request) => {
      answered.resolve(app.fetch(new Request(request, { signal: caller.signal })));
      return new Promise<Response>(() => undefined);
    };
    const handle = await world.start();
    await underWay.promise;
    caller.abort();
    expect((await answered.promise).status).toBe(202);
    goOn.resolve();
    expect(await handle.result()).toBe('reported');
  });

  it('is cancelled, where there is no connection', async () => {
    const { act, told } = untilCancelled();
    const app = world.listen({ act });
    world.answer = (request) => app.fetch(new Request(request, { signal: AbortSignal.abort() }));
    const cause = await causeOf(world.execute({ maximumAttempts: 1 }));
    expect(cause?.message).toMatch(/ended before the activity did/);
    expect(await told).toMatchObject({ notFound: true });
  });
});
