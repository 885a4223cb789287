/** Waits for what becomes of an activity or a Nexus operation without a workflow. Nothing within a while: the caller asks again. */
import { callExecution, type Executions, type ExecutionTarget, pause } from './executions.ts';
import { LONG_POLL_MS, longPoll } from './long-poll.ts';

/** Who waits for a change looks this often. */
const LOOK_AGAIN_MS = 500;

/** The first answer that is wanted, or an empty one. */
export async function firstWanted<T extends object>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
): Promise<T | Record<never, never>> {
  const end = Date.now() + LONG_POLL_MS;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() + LOOK_AGAIN_MS > end) return {};
    await pause(LOOK_AGAIN_MS);
  }
}

/** Of that run, or of the one that is the current one when the wait begins. */
export async function closeOf(
  executions: Executions,
  target: ExecutionTarget,
  wanted: string | undefined,
): Promise<{ runId: string; closeEventId: number } | undefined> {
  let runId = wanted || undefined;
  const { closeEvent } = await longPoll({
    executions,
    target,
    runId: () => runId,
    waitMs: LONG_POLL_MS,
    poll: async (waitMs) => {
      const query = { ...(runId ? { runId } : {}), followRuns: false, waitMs };
      const run = await callExecution(executions, target, (stub, at) => stub.result(at, query));
      runId = run.runId;
      return run;
    },
    isDone: (run) => run.closeEvent !== undefined,
  });
  if (closeEvent === undefined || runId === undefined) return undefined;
  return { runId, closeEventId: closeEvent.eventId };
}
