/** Runs of a cron chain. */
import { ApplicationFailure, condition, defineSignal, setHandler, workflowInfo } from 'perdure/workflow';

/** Counts its runs, and fails in the one that it is told to. */
export async function tick(failsAt = 0): Promise<{ count: number; attempt: number; failure?: string }> {
  const { lastResult, lastFailure, attempt } = workflowInfo();
  const before = (lastResult as { count: number } | undefined)?.count ?? 0;
  const count = before + 1;
  if (count === failsAt && lastFailure === undefined)
    throw ApplicationFailure.create({ message: 'off beat' });
  return { count, attempt, ...(lastFailure && { failure: lastFailure.message }) };
}

export const stopTicking = defineSignal('stopTicking');

export async function tickUntilTold(): Promise<void> {
  let isTold = false;
  setHandler(stopTicking, () => {
    isTold = true;
  });
  await condition(() => isTold);
}
