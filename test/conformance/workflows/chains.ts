/** Runs that follow each other: continue-as-new, retries, timeouts, cron. */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  makeContinueAsNewFunc,
  proxyActivities,
  setHandler,
  sleep,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from 'perdure/workflow';
import type * as activities from '../worker/activities.ts';

const { greet, record } = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });
const once = proxyActivities<typeof activities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});

export const append = defineSignal<[string]>('append');
export const close = defineSignal('close');
export const soFar = defineQuery<string[]>('soFar');

export async function countdown(left: number): Promise<string> {
  if (left === 0) return 'liftoff';
  await greet(`${left}`);
  return await continueAsNew<typeof countdown>(left - 1);
}

/** Every so many items a new run, with what was collected. */
export async function accumulator(collected: string[], perRun: number): Promise<string[]> {
  let isClosed = false;
  let taken = 0;
  setHandler(append, (item) => {
    collected.push(item);
    taken += 1;
  });
  setHandler(close, () => {
    isClosed = true;
  });
  setHandler(soFar, () => collected);
  await condition(() => isClosed || taken >= perRun);
  if (isClosed) return collected;
  return await continueAsNew<typeof accumulator>(collected, perRun);
}

export async function otherType(value: number): Promise<number> {
  return value;
}

export async function becomesAnother(): Promise<number> {
  const go = makeContinueAsNewFunc<typeof otherType>({
    workflowType: 'otherType',
    workflowRunTimeout: '1 hour',
    memo: { stage: 'second' },
  });
  return (await go(42)) as number;
}

export async function chainInfo(runs: string[]): Promise<Record<string, unknown>> {
  const info = workflowInfo();
  if (runs.length < 2) {
    await continueAsNew<typeof chainInfo>([...runs, info.runId]);
  }
  const { runId, firstExecutionRunId, continuedFromExecutionRunId, attempt, memo, originalExecutionRunId } =
    info;
  return {
    runs,
    runId,
    firstExecutionRunId,
    continuedFromExecutionRunId,
    attempt,
    memo,
    originalExecutionRunId,
  };
}

/** What was upserted goes with it, what was memoed does not unless it is given. */
export async function carriesAttributes(round: number): Promise<unknown> {
  const { memo, searchAttributes } = workflowInfo();
  if (round > 0) return { memo, searchAttributes };
  upsertMemo({ added: 'in run 1' });
  upsertSearchAttributes({ CustomKeywordField: ['upserted'] });
  return await continueAsNew<typeof carriesAttributes>(1);
}

export async function swallowsContinueAsNew(): Promise<string> {
  try {
    await continueAsNew<typeof swallowsContinueAsNew>();
  } catch (error) {
    return (error as Error).name;
  }
  return 'never';
}

export async function failsUntil(attempt: number): Promise<Record<string, unknown>> {
  const {
    attempt: current,
    lastFailure,
    continuedFromExecutionRunId,
    runId,
    firstExecutionRunId,
  } = workflowInfo();
  if (current < attempt) throw ApplicationFailure.retryable(`attempt ${current} failed`, 'Flaky');
  return {
    attempt: current,
    lastFailure: lastFailure?.message,
    continuedFromExecutionRunId,
    runId,
    firstExecutionRunId,
  };
}

export async function failsForGood(type: string): Promise<void> {
  throw type === 'nonRetryable'
    ? ApplicationFailure.nonRetryable('for good', 'ForGood')
    : ApplicationFailure.retryable('listed', type);
}

/** The inner failure is not retryable, but the outer one is what counts. */
export async function letsActivityFail(): Promise<void> {
  await once.failNonRetryable('inner');
}

export async function forever(): Promise<void> {
  await condition(() => false);
}

export async function foreverWithCleanup(key: string): Promise<void> {
  try {
    await sleep('1 hour');
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => record(key, 'cleaned up'));
    throw error;
  } finally {
    void record(key, 'finally');
  }
}

export async function timesOutOnce(): Promise<number> {
  if (workflowInfo().attempt === 1) await sleep('1 hour');
  return workflowInfo().attempt;
}

export async function tick(): Promise<number> {
  const { lastResult } = workflowInfo();
  return ((lastResult as number | undefined) ?? 0) + 1;
}

export async function infoOfStart(): Promise<Record<string, unknown>> {
  const { unsafe, ...info } = workflowInfo();
  return { ...info, unsafe: { isReplaying: unsafe.isReplaying, now: typeof unsafe.now() } };
}
