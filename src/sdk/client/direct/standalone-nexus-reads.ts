/** Descriptions of Nexus operations without a workflow, and waits for what becomes of them (SNX-3, SNX-6). */
import type { HistoryEvent } from '../../common/wire/events.ts';
import type {
  DescribeNexusOperationExecutionRequest,
  DescribeNexusOperationExecutionResponse,
  PollNexusOperationExecutionRequest,
  PollNexusOperationExecutionResponse,
} from '../../common/wire/standalone-nexus-requests.ts';
import { callExecution, type ExecutionTarget, pause } from './executions.ts';
import { LONG_POLL_MS, longPoll } from './long-poll.ts';
import { type DirectServiceOptions, set } from './service.ts';
import { allEvents } from './standalone-history.ts';
import {
  describedNexusOperation,
  nexusOutcomeOf,
  nexusStartOf,
  nexusStateToken,
} from './standalone-nexus-view.ts';

/** Who waits for a change looks this often. */
const LOOK_AGAIN_MS = 500;

export async function describeOperation(
  options: DirectServiceOptions,
  target: ExecutionTarget,
  request: DescribeNexusOperationExecutionRequest,
): Promise<DescribeNexusOperationExecutionResponse> {
  const describe = () => describeOnce(options, target, request);
  const { longPollToken } = request;
  if (!longPollToken?.length) return describe();
  const before = nexusStateToken(longPollToken);
  return until(describe, ({ longPollToken: now }) => nexusStateToken(now) !== before);
}

/** Waits a while: an empty answer says that the stage was not reached. */
export function pollOperation(
  options: DirectServiceOptions,
  target: ExecutionTarget,
  request: PollNexusOperationExecutionRequest,
): Promise<PollNexusOperationExecutionResponse> {
  return request.waitStage === 'STARTED'
    ? pollStart(options, target, request)
    : pollEnd(options, target, request);
}

async function describeOnce(
  options: DirectServiceOptions,
  target: ExecutionTarget,
  request: DescribeNexusOperationExecutionRequest,
): Promise<DescribeNexusOperationExecutionResponse> {
  const { executions } = options;
  const run = await callExecution(executions, target, (stub, at) =>
    stub.describe(at, request.runId || undefined),
  );
  const { status, execution } = run.workflowExecutionInfo;
  const { runId = '' } = execution;
  const events = await allEvents(executions, target, runId);
  // It has closed between the two answers: what is closed stays so.
  const isBehind = status === 'RUNNING' && nexusOutcomeOf(events) !== undefined;
  return isBehind
    ? describeOnce(options, target, { ...request, runId })
    : describedNexusOperation(request, run, events);
}

/** The first answer that is wanted, or an empty one: ask again. */
async function until<T extends object>(
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

/** Of one run all along, whichever that was when the wait began. */
async function pollStart(
  { executions }: DirectServiceOptions,
  target: ExecutionTarget,
  request: PollNexusOperationExecutionRequest,
): Promise<PollNexusOperationExecutionResponse> {
  const run = await callExecution(executions, target, (stub, at) =>
    stub.describe(at, request.runId || undefined),
  );
  const runId = run.workflowExecutionInfo.execution.runId ?? '';
  const stage = async () => stageOf(runId, await allEvents(executions, target, runId));
  return until(stage, ({ waitStage }) => waitStage !== undefined);
}

async function pollEnd(
  { executions }: DirectServiceOptions,
  target: ExecutionTarget,
  request: PollNexusOperationExecutionRequest,
): Promise<PollNexusOperationExecutionResponse> {
  let runId = request.runId || undefined;
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
  if (closeEvent === undefined || runId === undefined) return {};
  return stageOf(runId, await allEvents(executions, target, runId));
}

/** No stage: nobody has started it. */
function stageOf(runId: string, events: readonly HistoryEvent[]): PollNexusOperationExecutionResponse {
  const token = set('operationToken', nexusStartOf(events)?.attributes.operationToken);
  const outcome = nexusOutcomeOf(events);
  if (outcome !== undefined) return { runId, waitStage: 'CLOSED', ...token, ...outcome };
  return nexusStartOf(events) === undefined ? { runId } : { runId, waitStage: 'STARTED', ...token };
}
