/** What becomes of a message that holds an activity attempt, in each state in which it and its workflow can be. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ActivityTask, Input, Result } from '../../src/engine/api.ts';
import type { ActivityWorker } from '../../src/objects/activity/activity-runner.ts';
import {
  enqueueActivity,
  type QueuedMessage,
  runQueuedActivity,
} from '../../src/objects/activity/queued-activities.ts';
import { loadDataConverter } from '../../src/sdk/common/converter/data-converter.ts';
import { noopMetricMeter } from '../../src/sdk/common/metrics.ts';
import { DefaultLogger } from '../../src/sdk/worker/logger.ts';

const task: ActivityTask = {
  namespace: 'default',
  workflowId: 'order-1',
  runId: 'run-1',
  workflowType: 'order',
  scheduledEventId: 5,
  stamp: 1,
  activityId: '1',
  activityType: 'act',
  taskQueue: 'long',
  attempt: 1,
  scheduledTime: 1_000,
  currentAttemptScheduledTime: 1_000,
  startedTime: 2_000,
  scheduleToCloseTimeout: 0,
  startToCloseTimeout: 0,
  heartbeatTimeout: 0,
  retryPolicy: { initialInterval: 1_000, backoffCoefficient: 2, maximumAttempts: 3 },
};

const ok: Result<undefined> = { ok: true, value: undefined };
const over: Result<undefined> = { ok: false, error: { code: 'NOT_FOUND', message: 'over' } };

afterEach(() => void vi.useRealTimers());

async function messageOf(changes: Partial<ActivityTask> = {}): Promise<string> {
  const sent: string[] = [];
  const queue = { send: async (text: string) => void sent.push(text) };
  expect(await enqueueActivity(queue, { ...task, ...changes })).toEqual({ kind: 'willCompleteAsync' });
  return sent[0] ?? '';
}

interface Delivery {
  attempts?: number;
  changes?: Partial<ActivityTask>;
  report?: (input: Input) => Result<undefined>;
}

/** Delivers a message, and gives what the workflow was told of it, what ran, and what became of the message. */
async function deliver({ attempts = 1, changes = {}, report = () => ok }: Delivery = {}) {
  const told: Input[] = [];
  const events: string[] = [];
  const worker: ActivityWorker = {
    taskQueue: 'long',
    activities: new Map([['act', () => void events.push('run')]]),
    dataConverter: loadDataConverter(undefined),
    interceptors: [],
    logger: new DefaultLogger('ERROR', () => undefined),
    metricMeter: noopMetricMeter,
    client: () => undefined,
  };
  const message: QueuedMessage = {
    body: await messageOf(changes),
    attempts,
    ack: () => void events.push('ack'),
    retry: () => void events.push('retry'),
  };
  const options = {
    workers: new Map([['long', worker]]),
    report: async (_: unknown, input: Input) => {
      told.push(input);
      return report(input);
    },
    log: () => undefined,
  };
  await runQueuedActivity(options, message);
  return { told: told.map(({ kind }) => kind), inputs: told, events };
}

describe('a message with an activity attempt', () => {
  it('is taken for the attempt that it was made of', async () => {
    const { inputs } = await deliver();
    const activity = { by: 'token', runId: 'run-1', scheduledEventId: 5, stamp: 1 };
    expect(inputs).toMatchObject([
      { kind: 'ActivityWillCompleteAsync', activity },
      { kind: 'ActivityCompleted', activity },
    ]);
  });

  it('that comes a second time has lost its consumer: the attempt is lost and not begun again', async () => {
    expect(await deliver({ attempts: 2 })).toMatchObject({ told: ['ActivityAttemptLost'], events: ['ack'] });
  });

  it('of an attempt that is over does not begin', async () => {
    expect(await deliver({ report: () => over })).toMatchObject({
      told: ['ActivityWillCompleteAsync'],
      events: ['ack'],
    });
  });

  it('renews the heartbeat deadline when it begins', async () => {
    expect((await deliver({ changes: { heartbeatTimeout: 10_000 } })).told).toEqual([
      'ActivityWillCompleteAsync',
      'ActivityHeartbeat',
      'ActivityCompleted',
    ]);
  });

  it('whose workflow cannot be reached does not begin, and comes again', async () => {
    vi.useFakeTimers();
    const unreachable = (): never => {
      throw new Error('overloaded');
    };
    const delivered = deliver({ report: unreachable });
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await delivered).events).toEqual(['retry']);
  });

  it('of a task queue without activities fails', async () => {
    const { inputs, events } = await deliver({ changes: { taskQueue: 'gone' } });
    expect(inputs[1]).toMatchObject({
      kind: 'ActivityFailed',
      failure: { message: "This Worker has no activities for task queue 'gone'" },
    });
    expect(events).toEqual(['ack']);
  });
});

describe('a queue', () => {
  it('that takes no message fails the attempt, and says why', async () => {
    const queue = { send: () => Promise.reject(new Error('Too Many Requests')) };
    expect(await enqueueActivity(queue, task)).toMatchObject({
      kind: 'failed',
      failure: { message: "The Cloudflare Queue of task queue 'long' took no message: Too Many Requests" },
    });
  });

  it('is not given what is too large for it', async () => {
    const send = vi.fn();
    const input = { payloads: [{ metadata: {}, data: new Uint8Array(100_000) }] };
    expect(await enqueueActivity({ send }, { ...task, input })).toBeUndefined();
    expect(send).not.toHaveBeenCalled();
  });
});
