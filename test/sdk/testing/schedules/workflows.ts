/** What the schedules of the tests start. */
import { ApplicationFailure } from 'perdure/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  sleep,
  workflowInfo,
} from 'perdure/workflow';

export interface Seen {
  workflowId: string;
  byId: unknown;
  startTime: unknown;
  lastResult: unknown;
  lastFailure: string | undefined;
}

/** Tells what it was started with. */
export async function tell(): Promise<Seen> {
  const { workflowId, typedSearchAttributes, lastResult, lastFailure, searchAttributes } = workflowInfo();
  void typedSearchAttributes;
  const startTime = (searchAttributes.TemporalScheduledStartTime as Date[] | undefined)?.[0];
  return {
    workflowId,
    byId: searchAttributes.TemporalScheduledById?.[0],
    startTime: startTime?.toISOString(),
    lastResult: (lastResult as Seen | undefined)?.workflowId,
    lastFailure: (lastFailure as Error | undefined)?.message,
  };
}

export async function lasts(ms: number): Promise<string> {
  await sleep(ms);
  return workflowInfo().workflowId;
}

/** Cleans up for a while when it is cancelled. */
export async function lingers(): Promise<string> {
  try {
    await condition(() => false);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => sleep(60_000));
    throw error;
  }
  return 'never';
}

export async function fails(): Promise<void> {
  throw ApplicationFailure.nonRetryable('out of paper');
}

/** Succeeds, then fails, and so on: by what the run before left. */
export async function alternates(): Promise<string> {
  const { lastResult, lastFailure, workflowId } = workflowInfo();
  if (lastResult !== undefined && lastFailure === undefined)
    throw ApplicationFailure.nonRetryable(`after ${lastResult}`);
  return `${workflowId.slice(-20)} after ${(lastFailure as Error | undefined)?.message ?? 'nothing'}`;
}

/** Each run lasts 50 minutes, and there are `runs` of them. */
export async function continues(runs: number): Promise<string> {
  await sleep('50 minutes');
  if (runs > 1) await continueAsNew<typeof continues>(runs - 1);
  return 'done';
}
