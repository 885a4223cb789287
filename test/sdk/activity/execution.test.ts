/** One attempt of an activity, told to stop: what does it see, and what is reported of what it does then? */
import { describe, expect, test } from 'vitest';
import { ActivityExecution, type CancelReason } from '../../../src/sdk/activity/execution.ts';
import {
  CompleteAsyncError,
  cancellationDetails,
  cancellationSignal,
  cancelled,
  type Info,
  log,
} from '../../../src/sdk/activity/index.ts';
import { ActivityCancellationDetails } from '../../../src/sdk/common/activity-cancellation-details.ts';
import { loadDataConverter } from '../../../src/sdk/common/converter/data-converter.ts';
import { ApplicationFailure, CancelledFailure } from '../../../src/sdk/common/failure.ts';
import type { Logger, LogLevel, LogMetadata } from '../../../src/sdk/common/logger.ts';
import { noopMetricMeter } from '../../../src/sdk/common/metrics.ts';

interface Line {
  level: LogLevel;
  message: string;
  meta: LogMetadata | undefined;
}

const info: Info = {
  taskToken: new Uint8Array([1, 2]),
  base64TaskToken: 'AQI=',
  activityId: '7',
  activityType: 'charge',
  activityNamespace: 'default',
  attempt: 2,
  isLocal: false,
  workflowExecution: { workflowId: 'order-1', runId: 'run-1' },
  workflowNamespace: 'default',
  workflowType: 'order',
  scheduledTimestampMs: 0,
  scheduleToCloseTimeoutMs: 0,
  startToCloseTimeoutMs: 60_000,
  currentAttemptScheduledTimestampMs: 0,
  heartbeatDetails: undefined,
  taskQueue: 'orders',
  namespace: 'default',
  inWorkflow: true,
};

function collecting(lines: Line[]): Logger {
  const at = (level: LogLevel) => (message: string, meta?: LogMetadata) =>
    void lines.push({ level, message, meta });
  return {
    log: (level, message, meta) => at(level)(message, meta),
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
  };
}

function execution(lines: Line[] = []): ActivityExecution {
  return new ActivityExecution({
    info,
    heartbeat: () => {},
    client: undefined,
    logger: collecting(lines),
    metricMeter: noopMetricMeter,
    interceptors: [],
    dataConverter: loadDataConverter(undefined),
    serializationContext: { type: 'activity', namespace: 'default', workflowId: 'order-1', isLocal: false },
    now: () => 0,
  });
}

const input = { args: [], headers: {} };
const reasons: [CancelReason, ConstructorParameters<typeof ActivityCancellationDetails>[0]][] = [
  ['CANCELLED', { cancelRequested: true }],
  ['RESET', { reset: true }],
  ['PAUSED', { paused: true }],
  ['NOT_FOUND', { notFound: true }],
  ['TIMED_OUT', { timedOut: true }],
];

/** Runs `activity` and tells it to stop once it waits. */
async function stopped(
  activity: () => unknown,
  reason: CancelReason,
  details: ConstructorParameters<typeof ActivityCancellationDetails>[0],
) {
  const attempt = execution();
  const outcome = attempt.run(activity, input);
  attempt.cancel(reason, new ActivityCancellationDetails(details));
  return await outcome;
}

describe('an activity that is told to stop', () => {
  test.each(reasons)('%s is the message it sees, with its details (ACT-11)', async (reason, details) => {
    let seen: unknown;
    const activity = async () => {
      const error = await cancelled().catch((caught: unknown) => caught);
      seen = [error, cancellationSignal().aborted, cancellationSignal().reason, cancellationDetails()];
    };
    expect(await stopped(activity, reason, details)).toMatchObject({ kind: 'completed' });
    const failure = expect.any(CancelledFailure);
    expect(seen).toEqual([failure, true, failure, new ActivityCancellationDetails(details)]);
    expect((seen as [Error])[0].message).toBe(reason);
  });

  test('is told once: the first reason stands (ACT-11)', async () => {
    const attempt = execution();
    attempt.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true }));
    attempt.cancel('PAUSED', new ActivityCancellationDetails({ paused: true }));
    await expect(attempt.context.cancelled).rejects.toThrow('CANCELLED');
    expect(attempt.context.cancellationDetails).toMatchObject({ cancelRequested: true, paused: false });
  });

  const abort = async () => {
    await cancelled().catch(() => undefined);
    throw new DOMException('stopped', 'AbortError');
  };

  test('reports what it made of it: a CancelledFailure by its reason (ACT-12)', async () => {
    const rethrow = () => cancelled();
    expect(await stopped(rethrow, 'CANCELLED', { cancelRequested: true })).toEqual({ kind: 'canceled' });
    expect(await stopped(rethrow, 'NOT_FOUND', { notFound: true })).toEqual({ kind: 'canceled' });
    expect(await stopped(rethrow, 'RESET', { reset: true })).toMatchObject({
      kind: 'failed',
      failure: { message: 'Activity reset', applicationFailureInfo: { type: 'ActivityReset' } },
    });
    expect(await stopped(rethrow, 'PAUSED', { paused: true })).toMatchObject({
      kind: 'failed',
      failure: { message: 'Activity paused', applicationFailureInfo: { type: 'ActivityPause' } },
    });
  });

  test('an AbortError is a cancellation whatever the reason (ACT-12)', async () => {
    expect(await stopped(abort, 'PAUSED', { paused: true })).toEqual({ kind: 'canceled' });
    expect(await stopped(abort, 'RESET', { reset: true })).toEqual({ kind: 'canceled' });
  });

  test('details that could not be converted fail the attempt, to be retried (ACT-12)', async () => {
    expect(await stopped(() => cancelled(), 'HEARTBEAT_DETAILS_CONVERSION_FAILED', {})).toMatchObject({
      kind: 'failed',
      failure: {
        message: 'HEARTBEAT_DETAILS_CONVERSION_FAILED',
        applicationFailureInfo: { type: 'CancelledFailure' },
      },
    });
  });

  test('a CancelledFailure of its own making is an ordinary failure (ACT-8)', async () => {
    const outcome = await execution().run(() => {
      throw new CancelledFailure('not really');
    }, input);
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { message: 'not really', applicationFailureInfo: { type: 'CancelledFailure' } },
    });
  });
});

describe('log lines of an activity', () => {
  const attributes = {
    isLocal: false,
    attempt: 2,
    namespace: 'default',
    taskToken: 'AQI=',
    workflowId: 'order-1',
    workflowRunId: 'run-1',
    workflowType: 'order',
    activityId: '7',
    activityType: 'charge',
    taskQueue: 'orders',
  };

  test('name the attempt (LOG-5)', async () => {
    const lines: Line[] = [];
    await execution(lines).run(() => log.info('charging', { amount: 5 }), input);
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'DEBUG Activity started',
      'INFO charging',
      'DEBUG Activity completed',
    ]);
    for (const { meta } of lines) expect(meta).toMatchObject(attributes);
    expect(lines[1]?.meta).toMatchObject({ amount: 5, sdkComponent: 'activity' });
  });

  test.each([
    ['WARN Activity failed', new Error('declined')],
    ['WARN Activity failed', ApplicationFailure.create({ message: 'declined' })],
    ['DEBUG Activity failed', ApplicationFailure.create({ message: 'expected', category: 'BENIGN' })],
    ['DEBUG Activity will complete asynchronously', new CompleteAsyncError()],
  ])('say how it ended: %s (LOG-5)', async (line, error) => {
    const lines: Line[] = [];
    await execution(lines).run(() => Promise.reject(error), input);
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'DEBUG Activity started',
      line,
    ]);
  });
});
