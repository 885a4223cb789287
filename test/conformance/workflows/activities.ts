/** Activities as workflow code calls them. */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  type RetryPolicy,
  scheduleActivity,
  sleep,
  TimeoutFailure,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const quick = { startToCloseTimeout: '10s', retry: { initialInterval: '20ms' } } as const;
const acts = proxyActivities<typeof activities>(quick);
const once = proxyActivities<typeof activities>({
  startToCloseTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
});

export async function greeting(name: string): Promise<string> {
  return await acts.greet(name);
}

export async function values(): Promise<unknown[]> {
  return [
    await acts.nothing(),
    await acts.echo(null),
    await acts.echo({ nested: [1, 'two', { three: true }] }),
    await acts.echo(''),
    await acts.echo(0),
    await acts.add(2, 3),
  ];
}

export async function bytes(): Promise<number> {
  const answer = await acts.echo(new Uint8Array([1, 2, 255]));
  return answer instanceof Uint8Array ? answer.reduce((sum, byte) => sum + byte, 0) : -1;
}

export async function undefinedArgument(): Promise<string> {
  const answer: unknown = await acts.echo(undefined);
  return String(answer);
}

export async function manyOptions(): Promise<Record<string, unknown>> {
  const { info } = proxyActivities<typeof activities>({
    activityId: 'my-activity',
    startToCloseTimeout: '5s',
    scheduleToCloseTimeout: '1m',
    scheduleToStartTimeout: '30s',
    heartbeatTimeout: 2000,
    summary: 'reads its own info',
    retry: {
      initialInterval: '2s',
      backoffCoefficient: 3,
      maximumInterval: '1 minute',
      maximumAttempts: 7,
      nonRetryableErrorTypes: ['Fatal'],
    },
  });
  return await info();
}

export async function onlyScheduleToClose(): Promise<Record<string, unknown>> {
  return await proxyActivities<typeof activities>({ scheduleToCloseTimeout: '20s' }).info();
}

export async function overridden(): Promise<Record<string, unknown>> {
  return await acts.info.executeWithOptions({ startToCloseTimeout: '3s', retry: { maximumAttempts: 2 } }, []);
}

export async function neitherTimeout(): Promise<string> {
  try {
    proxyActivities<typeof activities>({ heartbeatTimeout: '1s' });
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'accepted';
}

export async function byName(): Promise<unknown> {
  return await scheduleActivity('greet', ['Ada'], { startToCloseTimeout: '5s' });
}

export async function untyped(): Promise<unknown> {
  const { somethingNobodyWrote } = proxyActivities({ startToCloseTimeout: '5s' });
  return await somethingNobodyWrote?.('a', 1);
}

export async function flakyActivity(attempt: number): Promise<number> {
  return await acts.failUntil(attempt);
}

export async function delayedRetry(ms: number): Promise<number> {
  return await acts.failWithDelay(ms);
}

export interface FailureReport {
  names: string[];
  messages: string[];
  retryState?: unknown;
  activityType?: unknown;
  activityId?: unknown;
  identity?: unknown;
  type?: unknown;
  nonRetryable?: unknown;
  details?: unknown;
  timeoutType?: unknown;
  lastHeartbeatDetails?: unknown;
}

/** Everything an error says, walking down its causes. */
export function describeFailure(error: unknown): FailureReport {
  const report: FailureReport = { names: [], messages: [] };
  let current = error;
  while (current instanceof Error) {
    report.names.push(current.name);
    report.messages.push(current.message);
    if (current instanceof ActivityFailure) {
      report.retryState = current.retryState;
      report.activityType = current.activityType;
      report.activityId = current.activityId;
      report.identity = current.identity;
    }
    if (current instanceof ApplicationFailure) {
      report.type = current.type;
      report.nonRetryable = current.nonRetryable;
      report.details = current.details;
    }
    if (current instanceof TimeoutFailure) {
      report.timeoutType = current.timeoutType;
      report.lastHeartbeatDetails = current.lastHeartbeatDetails;
    }
    current = current.cause;
  }
  return report;
}

async function caught(work: () => Promise<unknown>): Promise<FailureReport> {
  try {
    await work();
  } catch (error) {
    return describeFailure(error);
  }
  return { names: [], messages: [] };
}

export type Failing =
  | 'plain'
  | 'custom'
  | 'nonRetryable'
  | 'listed'
  | 'exhausted'
  | 'withCause'
  | 'string'
  | 'undefined'
  | 'object'
  | 'cancelled';

export async function caughtFailure(kind: Failing): Promise<FailureReport> {
  return await caught(async () => {
    switch (kind) {
      case 'plain':
        return await once.failPlain('plain message');
      case 'custom':
        return await once.failCustom('no funds');
      case 'nonRetryable':
        return await acts.failNonRetryable('stop here');
      case 'listed': {
        const retry: RetryPolicy = { nonRetryableErrorTypes: ['CardDeclined'] };
        const { failCustom } = proxyActivities<typeof activities>({ startToCloseTimeout: '5s', retry });
        return await failCustom('listed');
      }
      case 'exhausted': {
        const retry: RetryPolicy = { maximumAttempts: 3, initialInterval: '20ms' };
        const { failTyped } = proxyActivities<typeof activities>({ startToCloseTimeout: '5s', retry });
        return await failTyped('Busy');
      }
      case 'withCause':
        return await once.failWithCause();
      case 'string':
      case 'undefined':
      case 'object':
        return await once.throwValue(kind);
      case 'cancelled':
        return await once.throwCancelled();
    }
  });
}

export async function startToClose(): Promise<FailureReport> {
  const { oblivious } = proxyActivities<typeof activities>({
    startToCloseTimeout: '150ms',
    retry: { maximumAttempts: 1 },
  });
  return await caught(() => oblivious(1_000));
}

/** The second attempt ends in time. */
export async function startToCloseRetried(): Promise<unknown> {
  const { hangAfterBeat } = proxyActivities<typeof activities>({
    startToCloseTimeout: '300ms',
    retry: { initialInterval: '20ms' },
  });
  return await hangAfterBeat(7);
}

export async function scheduleToClose(): Promise<FailureReport> {
  const { failPlain } = proxyActivities<typeof activities>({
    scheduleToCloseTimeout: '20s',
    retry: { initialInterval: '50ms', backoffCoefficient: 1000, maximumInterval: '1h' },
  });
  return await caught(() => failPlain('never works'));
}

export async function scheduleToCloseWhileRunning(): Promise<FailureReport> {
  const { oblivious } = proxyActivities<typeof activities>({ scheduleToCloseTimeout: '150ms' });
  return await caught(() => oblivious(1_000));
}

export async function scheduleToStart(): Promise<FailureReport> {
  const { greet } = proxyActivities<typeof activities>({
    startToCloseTimeout: '5s',
    scheduleToStartTimeout: '150ms',
    taskQueue: 'nobody-serves-this',
  });
  return await caught(() => greet('nobody'));
}

export async function heartbeatTimeout(): Promise<FailureReport> {
  const { hangAfterBeat } = proxyActivities<typeof activities>({
    startToCloseTimeout: '10s',
    heartbeatTimeout: '200ms',
    retry: { maximumAttempts: 1 },
  });
  return await caught(() => hangAfterBeat(41));
}

export async function heartbeatResume(): Promise<unknown> {
  const { hangAfterBeat } = proxyActivities<typeof activities>({
    startToCloseTimeout: '10s',
    heartbeatTimeout: '200ms',
    retry: { initialInterval: '20ms' },
  });
  return await hangAfterBeat(41);
}

export async function detailsWithFailure(): Promise<unknown> {
  const { beatAndFail } = proxyActivities<typeof activities>({
    startToCloseTimeout: '10s',
    heartbeatTimeout: '5s',
    retry: { initialInterval: '20ms' },
  });
  return await beatAndFail(99);
}

export interface Cancelling {
  type: ActivityCancellationType;
  activity: 'beatUntilCancelled' | 'finishAnyway' | 'failOnCancel';
  key: string;
}

/** Cancels a running activity and tells how the call ended. */
export async function cancelRunning({ type, activity, key }: Cancelling): Promise<unknown> {
  const scope = new CancellationScope();
  const running = proxyActivities<typeof activities>({
    startToCloseTimeout: '20s',
    heartbeatTimeout: '5s',
    cancellationType: type,
    retry: { maximumAttempts: 1 },
  });
  const call = scope.run(() => running[activity](key));
  await sleep(250);
  scope.cancel();
  try {
    return await call;
  } catch (error) {
    return { ...describeFailure(error), isCancellation: isCancellation(error) };
  }
}

export async function cancelDefaultType(key: string): Promise<unknown> {
  const { finishAnyway } = proxyActivities<typeof activities>({
    startToCloseTimeout: '20s',
    heartbeatTimeout: '5s',
  });
  const scope = new CancellationScope();
  const call = scope.run(() => finishAnyway(key));
  await sleep(200);
  scope.cancel();
  try {
    return await call;
  } catch (error) {
    return describeFailure(error);
  }
}

/** Nothing of it reaches history. */
export async function cancelSameTask(): Promise<FailureReport> {
  return await caught(() =>
    CancellationScope.cancellable(async () => {
      const call = acts.greet('nobody');
      CancellationScope.current().cancel();
      await call;
    }),
  );
}

export async function callInCancelledScope(): Promise<FailureReport> {
  return await caught(() =>
    CancellationScope.cancellable(async () => {
      CancellationScope.current().cancel();
      await acts.greet('nobody');
    }),
  );
}

/** The activity waits for its retry when the cancel arrives. */
export async function cancelInBackoff(type: ActivityCancellationType): Promise<FailureReport> {
  const { failPlain } = proxyActivities<typeof activities>({
    startToCloseTimeout: '5s',
    cancellationType: type,
    retry: { initialInterval: '1 hour' },
  });
  const scope = new CancellationScope();
  const call = scope.run(() => failPlain('once'));
  await sleep(200);
  scope.cancel();
  return await caught(() => call);
}

export async function asyncCompletion(key: string): Promise<string | FailureReport> {
  const { completeElsewhere } = proxyActivities<typeof activities>({
    activityId: 'elsewhere',
    startToCloseTimeout: '20s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
  });
  try {
    return await completeElsewhere(key);
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof CancelledFailure) return 'cancelled';
    return describeFailure(error);
  }
}

export async function sequence(count: number): Promise<number> {
  let sum = 0;
  for (let index = 1; index <= count; index++) sum = await acts.add(sum, index);
  return sum;
}

export async function fanOut(count: number): Promise<number> {
  const numbers = await Promise.all(Array.from({ length: count }, (_, index) => acts.add(index, 1)));
  return numbers.reduce((sum, number) => sum + number, 0);
}

export async function settledTogether(): Promise<string[]> {
  const outcomes = await Promise.allSettled([acts.greet('A'), once.failPlain('B'), acts.add(1, 1)]);
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? String(outcome.value) : `${outcome.reason}`,
  );
}

export async function firstOfThree(): Promise<string> {
  return await Promise.race([
    acts.pause(2_000).then(() => 'slow'),
    acts.greet('fast'),
    sleep('1 hour').then(() => 'timer'),
  ]);
}
