/** Activities for the tests of the client, run without a workflow. */
import { activityInfo, CompleteAsyncError, Context, heartbeat, sleep } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';

export async function greet(name: string): Promise<string> {
  return `Hello, ${name}!`;
}

/** Succeeds at the given attempt. */
export async function succeedsAt(attempt: number): Promise<number> {
  const info = activityInfo();
  if (info.attempt < attempt) throw ApplicationFailure.create({ message: `attempt ${info.attempt}` });
  return info.attempt;
}

export async function failsForGood(): Promise<void> {
  throw ApplicationFailure.nonRetryable('for good', 'Final', { code: 7 });
}

/** What it knows of itself. */
export async function whoAmI() {
  const { activityId, activityRunId, activityType, inWorkflow, workflowExecution, workflowType, namespace } =
    activityInfo();
  return { activityId, activityRunId, activityType, inWorkflow, workflowExecution, workflowType, namespace };
}

/** Until it is cancelled. */
export async function untilCancelled(): Promise<void> {
  for (let beat = 1; ; beat++) {
    heartbeat(beat);
    await sleep(20);
  }
}

/** By whoever knows its ID. */
export async function byHand(): Promise<string> {
  throw new CompleteAsyncError();
}

/** Never heard of again. */
export async function silent(): Promise<void> {
  await Context.current().cancelled;
}
