/** Waits for what becomes of an activity or a Nexus operation without a workflow. Nothing within a while: the caller asks again. */
import { callExecution, type Executions, type ExecutionTarget, pause } from './executions.ts';
import { LONG_POLL_MS, longPoll } from './long-poll.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

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

/** What counts as the state of an open one, as the token of a long poll. */
export function encodeState(parts: readonly unknown[]): Uint8Array {
  return encoder.encode(JSON.stringify(parts));
}

/** The first description whose state is not the token's, or an empty one. Without a token whatever there is now. */
export async function changedSince<T extends { longPollToken?: Uint8Array }>(
  token: Uint8Array | undefined,
  describe: () => Promise<T>,
): Promise<T | Record<never, never>> {
  if (!token?.length) return describe();
  const before = comparable(token);
  return firstWanted(describe, ({ longPollToken: now }) => comparable(now) !== before);
}

/** Empty for one that has closed. */
const comparable = (token: Uint8Array | undefined): string => decoder.decode(token ?? new Uint8Array());

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
