/** Around the calls on activities without a workflow: interceptors, headers, codecs that ask whose payload it is, single calls. */
import { type ActivityClientInterceptor, ActivityNotFoundError, Client } from 'perdure/client';
import { defaultPayloadConverter, type Payload, type SerializationContext } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../client/visibility.ts';
import * as activities from '../client/worker/activities.ts';

const seenByWorker: Record<string, Payload>[] = [];
const contexts: (SerializationContext | undefined)[] = [];

let env: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;

/** Remembers whose payloads it is asked for. */
const noting = async (payloads: Payload[], context?: SerializationContext) => {
  contexts.push(context);
  return payloads;
};
const dataConverter = { payloadCodecs: [{ encode: noting, decode: noting }] };

beforeAll(async () => {
  env = await TestWorkflowEnvironment.createLocal();
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'calls',
    activities,
    dataConverter,
    interceptors: {
      activity: [
        () => ({
          inbound: {
            async execute(input, next) {
              seenByWorker.push(input.headers);
              return next(input);
            },
          },
        }),
      ],
    },
  });
  running = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
});

const options = (id: string) => ({ id, taskQueue: 'calls', startToCloseTimeout: '1 minute' }) as const;

describe('activities without a workflow: around their calls', () => {
  test('SAA-1: interceptors see every call, and their headers reach the activity', async () => {
    const called: string[] = [];
    const tracing: ActivityClientInterceptor = {
      start(input, next) {
        called.push(`start ${input.activityType}`);
        const trace = defaultPayloadConverter.toPayload('t-1') as Payload;
        return next({ ...input, headers: { ...input.headers, trace } });
      },
      getResult(input, next) {
        called.push(`getResult ${input.activityId}`);
        return next(input);
      },
      describe(input, next) {
        called.push(`describe ${input.options.includeInput}`);
        return next(input);
      },
      cancel(input, next) {
        called.push(`cancel ${input.reason}`);
        return next(input);
      },
      count(input, next) {
        called.push(`count ${input.query}`);
        return next(input);
      },
    };
    const { activity } = new Client({ connection: env.connection, interceptors: { activity: [tracing] } });
    const handle = await activity.start('greet', { ...options('traced'), args: ['Flo'] });
    expect(await handle.result()).toBe('Hello, Flo!');
    await handle.describe({ includeInput: true });
    await expect(handle.cancel('late')).rejects.toBeInstanceOf(ActivityNotFoundError);
    await activity.count('');
    expect(called).toEqual(['start greet', 'getResult traced', 'describe true', 'cancel late', 'count ']);
    expect(seenByWorker.map(({ trace }) => trace && defaultPayloadConverter.fromPayload(trace))).toEqual([
      't-1',
    ]);
  });

  test('SAA-10: converters and codecs are told of an activity, and of no workflow', async () => {
    contexts.length = 0;
    const { activity } = new Client({ connection: env.connection, dataConverter });
    await activity.execute('greet', { ...options('told'), args: ['Gus'] });
    expect(contexts.length).toBeGreaterThan(2);
    for (const context of contexts)
      expect(context).toEqual({
        type: 'activity',
        namespace: 'default',
        activityId: 'told',
        isLocal: false,
      });
  });

  test('SAA-3: one that completes later is completed by its ID, or by its task token', async () => {
    const { activity, workflowService } = env.client;
    const byId = await activity.start('byHand', options('by-id'));
    await eventually(
      () => byId.describe(),
      ({ runState }) => runState === 'STARTED',
    );
    await activity.heartbeat({ activityId: 'by-id' }, 'half way');
    const described = await byId.describe({ includeHeartbeatDetails: true });
    expect(await described.getHeartbeatDetails()).toBe('half way');
    await activity.complete({ activityId: 'by-id' }, 'done');
    expect(await byId.result()).toBe('done');
    await expect(activity.complete({ activityId: 'by-id' }, 'again')).rejects.toBeInstanceOf(
      ActivityNotFoundError,
    );

    const byToken = await activity.start('greet', {
      ...options('by-token'),
      taskQueue: 'polled',
      args: ['Hal'],
    });
    const task = await workflowService.pollActivityTaskQueue({
      namespace: 'default',
      taskQueue: { name: 'polled' },
    });
    expect(task).toMatchObject({ activityId: 'by-token', activityRunId: byToken.runId });
    expect(task.workflowExecution ?? undefined).toBeUndefined();
    await activity.complete(task.taskToken, 'by token');
    expect(await byToken.result()).toBe('by token');
  });
});
