/** Descriptions of Nexus operations without a workflow, and waits for what becomes of them (SNX-3, SNX-6). */
import type { HistoryEvent } from '../../common/wire/events.ts';
import type {
  DescribeNexusOperationExecutionRequest,
  DescribeNexusOperationExecutionResponse,
  PollNexusOperationExecutionRequest,
  PollNexusOperationExecutionResponse,
} from '../../common/wire/standalone-nexus-requests.ts';
import { callExecution, type ExecutionTarget } from './executions.ts';
import { type DirectServiceOptions, set } from './service.ts';
import { allEvents } from './standalone-history.ts';
import { describedNexusOperation, nexusOutcomeOf, nexusStartOf } from './standalone-nexus-view.ts';
import { changedSince, closeOf, firstWanted } from './standalone-waits.ts';

export async function describeOperation(
  options: DirectServiceOptions,
  target: ExecutionTarget,
  request: DescribeNexusOperationExecutionRequest,
): Promise<DescribeNexusOperationExecutionResponse> {
  const describe = () => describeOnce(options, target, request);
  return changedSince(request.longPollToken, describe);
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
  return firstWanted(stage, ({ waitStage }) => waitStage !== undefined);
}

async function pollEnd(
  { executions }: DirectServiceOptions,
  target: ExecutionTarget,
  request: PollNexusOperationExecutionRequest,
): Promise<PollNexusOperationExecutionResponse> {
  const closed = await closeOf(executions, target, request.runId);
  if (closed === undefined) return {};
  const { runId } = closed;
  return stageOf(runId, await allEvents(executions, target, runId));
}

/** No stage: nobody has started it. */
function stageOf(runId: string, events: readonly HistoryEvent[]): PollNexusOperationExecutionResponse {
  const token = set('operationToken', nexusStartOf(events)?.attributes.operationToken);
  const outcome = nexusOutcomeOf(events);
  if (outcome !== undefined) return { runId, waitStage: 'CLOSED', ...token, ...outcome };
  return nexusStartOf(events) === undefined ? { runId } : { runId, waitStage: 'STARTED', ...token };
}
