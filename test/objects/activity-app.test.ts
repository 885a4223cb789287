/** The app that runs activities, alone: as the entrypoint serves it, and as a queue that pushes would call it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ActivityTask, HeartbeatReply, Input, Result } from '../../src/engine/api.ts';
import { createActivitiesApp } from '../../src/objects/activity/activity-app.ts';
import type { ActivityWorker, AnyActivity } from '../../src/objects/activity/activity-runner.ts';
import { decodeActivityOutcome, encodeActivityCall } from '../../src/objects/activity/activity-task-codec.ts';
import { DEFAULT_LEASE_TIMES } from '../../src/objects/object-options.ts';
import { activityInfo, CompleteAsyncError, Context, heartbeat, sleep } from '../../src/sdk/activity/index.ts';
import { defaultDataConverter } from '../../src/sdk/common/converter/data-converter.ts';
import { toPayloads } from '../../src/sdk/common/converter/payload-lists.ts';
import { ApplicationFailure, CancelledFailure } from '../../src/sdk/common/failure.ts';
import { noopMetricMeter } from '../../src/sdk/common/metrics.ts';
import type { Payloads } from '../../src/sdk/common/wire/messages.ts';

const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const alive: HeartbeatReply = { cancelRequested: false, activityPaused: false, activityReset: false };

const payloads = (...values: unknown[]): Payloads => ({
  payloads: toPayloads(defaultDataConverter.payloadConverter, ...values) ?? [],
});
const value = (found: Payloads | undefined): unknown =>
  defaultDataConverter.payloadConverter.fromPayload(found?.payloads?.[0] ?? {});

function taskOf(change: Partial<ActivityTask> = {}): ActivityTask {
  return {
    namespace: 'default',
    workflowId: 'w',
    runId: 'run',
    workflowType: 'order',
    scheduledEventId: 5,
    activityId: '1',
    activityType: 'work',
    taskQueue: 'default',
    attempt: 1,
    stamp: 1,
    scheduledTime: 1_000,
    currentAttemptScheduledTime: 2_000,
    startedTime: Date.now(),
    scheduleToCloseTimeout: 0,
    startToCloseTimeout: 60_000,
    heartbeatTimeout: 0,
    retryPolicy: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 100_000 },
    ...change,
  };
}

function setUp(activities: Record<string, AnyActivity>) {
  const sent: Input[] = [];
  const state = { reply: { ok: true, value: alive } as Result<HeartbeatReply | undefined> };
  const worker: ActivityWorker = {
    taskQueue: 'default',
    activities: new Map(Object.entries(activities)),
    dataConverter: defaultDataConverter,
    interceptors: [],
    logger: silent,
    metricMeter: noopMetricMeter,
    client: () => undefined,
  };
  const app = createActivitiesApp({
    workers: [worker],
    report: async (_, input) => {
      sent.push(input);
      return state.reply;
    },
    log: () => {},
  });
  const post = (task: ActivityTask, signal?: AbortSignal) =>
    app.request(`/activities/${task.activityType}`, {
      method: 'POST',
      body: encodeActivityCall({ task, depth: 1, lease: DEFAULT_LEASE_TIMES }),
      ...(signal && { signal }),
    });
  const run = async (task: ActivityTask) =>
    decodeActivityOutcome(new Uint8Array(await (await post(task)).arrayBuffer()));
  return { post, run, sent, state };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date'] }));
afterEach(() => void vi.useRealTimers());

describe('an activity that is run', () => {
  it('gets its arguments and its info, and its result comes back', async () => {
    const { run } = setUp({
      work: async (a: number, b: string) => [a, b, activityInfo().attempt, activityInfo().taskQueue],
    });
    const outcome = await run(taskOf({ input: payloads(1, 'x'), attempt: 3 }));
    expect(outcome.kind === 'completed' && value(outcome.result)).toEqual([1, 'x', 3, 'default']);
  });

  it('sees the details of the last heartbeat of the attempt before', async () => {
    const { run } = setUp({ work: async () => activityInfo().heartbeatDetails });
    const outcome = await run(taskOf({ heartbeatDetails: payloads({ done: 7 }) }));
    expect(outcome.kind === 'completed' && value(outcome.result)).toEqual({ done: 7 });
  });

  it('fails with what it threw: type, message, retryable', async () => {
    class CardDeclined extends Error {}
    const { run } = setUp({
      work: async () => {
        throw new CardDeclined('no money');
      },
    });
    expect(await run(taskOf())).toMatchObject({
      kind: 'failed',
      failure: { message: 'no money', applicationFailureInfo: { type: 'CardDeclined' } },
    });
  });

  it('that throws a cancellation without having been cancelled has failed', async () => {
    const { run } = setUp({
      work: async () => {
        throw new CancelledFailure('made up');
      },
    });
    expect(await run(taskOf())).toMatchObject({
      kind: 'failed',
      failure: { applicationFailureInfo: { type: 'CancelledFailure' } },
    });
  });

  it('that will complete asynchronously says so', async () => {
    const { run } = setUp({
      work: async () => {
        throw new CompleteAsyncError();
      },
    });
    expect(await run(taskOf())).toEqual({ kind: 'willCompleteAsync' });
  });

  it('of unknown type fails, to be tried again, with the types there are', async () => {
    const { run } = setUp({ charge: async () => {}, ship: async () => {} });
    expect(await run(taskOf({ activityType: 'refund' }))).toMatchObject({
      kind: 'failed',
      failure: {
        message:
          'Activity function refund is not registered on this Worker, available activities: ["charge","ship"]',
        applicationFailureInfo: { type: 'NotFoundError' },
      },
    });
  });

  it('of unknown type goes to the default activity when there is one', async () => {
    const { run } = setUp({ default: async () => activityInfo().activityType });
    const outcome = await run(taskOf({ activityType: 'anything' }));
    expect(outcome.kind === 'completed' && value(outcome.result)).toBe('anything');
  });

  it('may return megabytes, which cross as bytes', async () => {
    const bytes = new Uint8Array(1_500_000).fill(7);
    const { post } = setUp({ work: async () => bytes });
    const response = await post(taskOf());
    const body = new Uint8Array(await response.arrayBuffer());
    expect(body.byteLength).toBeLessThan(1_500_200);
    const outcome = decodeActivityOutcome(body);
    expect(outcome.kind === 'completed' && (value(outcome.result) as Uint8Array).byteLength).toBe(1_500_000);
  });

  it('on a task queue that is not served here is refused', async () => {
    const { post } = setUp({ work: async () => {} });
    expect((await post(taskOf({ taskQueue: 'elsewhere' }))).status).toBe(404);
  });
});

describe('heartbeats', () => {
  it('go at once, then at most every 0.8 timeouts, and the last one is never lost', async () => {
    const { run, sent } = setUp({
      work: async () => {
        for (let index = 1; index <= 5; index++) {
          heartbeat(index);
          await sleep(100);
        }
        await sleep(2_000);
      },
    });
    const outcome = run(taskOf({ heartbeatTimeout: 1_000 }));
    await vi.advanceTimersByTimeAsync(5_000);
    await outcome;
    const details = sent.flatMap((input) => (input.kind === 'ActivityHeartbeat' ? value(input.details) : []));
    expect(details).toEqual([1, 5]);
  });

  it('held back go with the failure', async () => {
    const { run } = setUp({
      work: async () => {
        heartbeat('first');
        heartbeat('last');
        throw ApplicationFailure.retryable('broken');
      },
    });
    const outcome = await run(taskOf({ heartbeatTimeout: 1_000 }));
    expect(outcome.kind === 'failed' && value(outcome.lastHeartbeatDetails)).toBe('last');
  });

  it('whose details cannot be converted fail the attempt', async () => {
    const { run } = setUp({
      work: async () => {
        heartbeat(() => {});
        await sleep(60_000);
      },
    });
    const outcome = run(taskOf());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await outcome).toMatchObject({
      kind: 'failed',
      failure: {
        message: 'HEARTBEAT_DETAILS_CONVERSION_FAILED',
        applicationFailureInfo: { type: 'CancelledFailure' },
      },
    });
  });
});

describe('pings', () => {
  const pings = (sent: Input[]) =>
    sent.flatMap((input) => (input.kind === 'ActivityPing' ? input.leaseMs : []));

  it('begin with the fifth second, every five, every twenty after a minute, each with three intervals', async () => {
    const { run, sent } = setUp({ work: () => new Promise((resolve) => setTimeout(resolve, 200_000)) });
    const outcome = run(taskOf({ startToCloseTimeout: 600_000 }));
    await vi.advanceTimersByTimeAsync(4_900);
    expect(pings(sent)).toEqual([]);
    await vi.advanceTimersByTimeAsync(55_000);
    expect(pings(sent)).toEqual(Array.from({ length: 11 }, () => 15_000));
    await vi.advanceTimersByTimeAsync(141_000);
    await outcome;
    expect(new Set(pings(sent).slice(12))).toEqual(new Set([60_000]));
    expect(pings(sent).length).toBeLessThan(22);
  });

  it('end with the activity', async () => {
    const { run, sent } = setUp({ work: async () => {} });
    await run(taskOf());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([]);
  });

  it('that fail do not end the activity', async () => {
    const { run, state } = setUp({ work: () => new Promise((resolve) => setTimeout(resolve, 20_000)) });
    state.reply = { ok: false, error: { code: 'UNAVAILABLE', message: 'moving' } };
    const outcome = run(taskOf());
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await outcome).toMatchObject({ kind: 'completed' });
  });
});

describe('the answer to a ping or heartbeat', () => {
  const untilCancelled = async () => {
    const { cancelled, cancellationSignal } = Context.current();
    const aborted = new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve));
    await Promise.all([cancelled, aborted]);
  };

  it.each([
    ['cancel', { ...alive, cancelRequested: true }, { kind: 'canceled' }],
    [
      'reset',
      { ...alive, activityReset: true },
      { failure: { applicationFailureInfo: { type: 'ActivityReset' } } },
    ],
    [
      'pause',
      { ...alive, activityPaused: true },
      { failure: { applicationFailureInfo: { type: 'ActivityPause' } } },
    ],
  ])('that says %s reaches the activity', async (_, reply, expected) => {
    const { run, state } = setUp({ work: untilCancelled });
    state.reply = { ok: true, value: reply };
    const outcome = run(taskOf());
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await outcome).toMatchObject(expected);
  });

  it('that the attempt is gone reaches it as NOT_FOUND, past its timeout as TIMED_OUT', async () => {
    const reasonOf = async (startToCloseTimeout: number) => {
      const { run, state } = setUp({
        work: () => Context.current().cancelled.catch((error: CancelledFailure) => error.message),
      });
      state.reply = { ok: false, error: { code: 'NOT_FOUND', message: 'gone' } };
      const outcome = run(taskOf({ startToCloseTimeout }));
      await vi.advanceTimersByTimeAsync(6_000);
      const ended = await outcome;
      return ended.kind === 'completed' && value(ended.result);
    };
    expect(await reasonOf(60_000)).toBe('NOT_FOUND');
    expect(await reasonOf(3_000)).toBe('TIMED_OUT');
  });
});

describe('a caller that goes away', () => {
  it('does not end the activity; its outcome is reported by token', async () => {
    const { post, sent } = setUp({
      work: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return 'done';
      },
    });
    const caller = new AbortController();
    const response = post(taskOf(), caller.signal);
    await vi.advanceTimersByTimeAsync(500);
    caller.abort();
    await vi.advanceTimersByTimeAsync(1_000);
    await response;
    const [ping, outcome] = sent;
    expect(ping).toMatchObject({ kind: 'ActivityPing' });
    expect(outcome).toMatchObject({
      kind: 'ActivityCompleted',
      activity: { by: 'token', runId: 'run', scheduledEventId: 5, stamp: 1 },
    });
  });

  it('before its request has come is asked about at once; an attempt that is not wanted any more leaves no timer', async () => {
    const { post, sent, state } = setUp({ work: () => sleep('1 day') });
    state.reply = { ok: false, error: { code: 'NOT_FOUND', message: 'the run is closed' } };
    const response = post(taskOf(), AbortSignal.abort());
    await vi.advanceTimersByTimeAsync(0);
    await response;
    expect(sent.map(({ kind }) => kind)).toEqual(['ActivityPing', 'ActivityCanceled']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
