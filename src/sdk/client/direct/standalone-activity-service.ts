/**
 * Activities without a workflow: started, asked, waited for, cancelled, terminated, deleted (SAA). Each is an object of its own,
 * which knows it as a run with one activity; here that run is shown as what it is to callers.
 */
import type { Input } from '../../../engine/api.ts';
import type { StartWorkflowRequest } from '../../../engine/requests.ts';
import type { HistoryPage } from '../../../objects/execution/workflow-execution-api.ts';
import { STANDALONE_ACTIVITY_DIVISION, standaloneExecutionId } from '../../common/standalone-activity.ts';
import type { Payload } from '../../common/wire/messages.ts';
import type {
  ActivityExecutionCommand,
  DescribeActivityExecutionRequest,
  DescribeActivityExecutionResponse,
  PollActivityExecutionResponse,
  StartActivityExecutionRequest,
} from '../../common/wire/standalone-activity-requests.ts';
import type { Gateway } from '../calls/index.ts';
import { grpcStatus, invalidArgument, RpcError } from '../rpc-error.ts';
import { callExecution, type ExecutionTarget } from './executions.ts';
import { admitStart, type DirectServiceOptions, executionTarget, set } from './service.ts';
import { describedActivity, outcomeOf } from './standalone-activity-view.ts';
import { allEvents } from './standalone-history.ts';
import { changedSince, closeOf } from './standalone-waits.ts';
import { checkCallbacks } from './start-service.ts';
import {
  checkLinks,
  checkRetryPolicy,
  checkSearchAttributes,
  checkUserMetadata,
  requireText,
} from './validate.ts';

type StandaloneActivityCalls = Pick<
  Gateway,
  | 'startActivityExecution'
  | 'describeActivityExecution'
  | 'pollActivityExecution'
  | 'requestCancelActivityExecution'
  | 'terminateActivityExecution'
  | 'deleteActivityExecution'
>;

interface One {
  namespace: string;
  activityId: string;
  runId?: string;
}

export function standaloneActivityService(options: DirectServiceOptions): StandaloneActivityCalls {
  const { executions } = options;
  const apply = async (request: ActivityExecutionCommand, input: Input): Promise<void> => {
    const target = await activityTarget(options, request);
    await asActivity(request, () => callExecution(executions, target, (stub, at) => stub.apply(at, input)));
  };
  return {
    async startActivityExecution(request) {
      const start = toStart(request);
      const target = await activityTarget(options, request);
      await admitStart(options, request.namespace);
      const { runId, started } = await asActivity(request, () =>
        callExecution(executions, target, (stub, at) => stub.start(at, start), { isStart: true }),
      );
      const { activityId } = request;
      return { runId, started, link: { activity: { namespace: target.namespace, activityId, runId } } };
    },

    async describeActivityExecution(request) {
      const target = await activityTarget(options, request);
      const describe = () => asActivity(request, () => describeOnce(options, target, request));
      const { longPollToken, runId } = request;
      if (longPollToken?.length && !runId) throw invalidArgument('runId: required with a longPollToken');
      return changedSince(longPollToken, describe);
    },

    async pollActivityExecution(request) {
      const target = await activityTarget(options, request);
      return asActivity(request, () => outcome(options, target, request));
    },

    async requestCancelActivityExecution(request) {
      await apply(request, {
        kind: 'RequestCancel',
        requestId: request.requestId || crypto.randomUUID(),
        ...set('runId', request.runId),
        ...set('reason', request.reason),
        ...set('identity', request.identity),
      });
      return {};
    },

    async terminateActivityExecution(request) {
      await apply(request, {
        kind: 'Terminate',
        requestId: request.requestId || crypto.randomUUID(),
        ...set('runId', request.runId),
        ...set('reason', request.reason),
        ...set('identity', request.identity),
      });
      return {};
    },

    async deleteActivityExecution(request) {
      const target = await activityTarget(options, request);
      const runId = request.runId || undefined;
      await asActivity(request, () =>
        callExecution(executions, target, (stub, at) => stub.delete(at, runId)),
      );
      return {};
    },
  };
}

function activityTarget(
  options: DirectServiceOptions,
  { namespace, activityId }: One,
): Promise<ExecutionTarget> {
  const id = requireText(activityId, 'activityId');
  return executionTarget(options, namespace, standaloneExecutionId(id));
}

/** Refusals of the object in the words of activities. */
export async function asActivity<T>(
  { activityId, runId }: Pick<One, 'activityId' | 'runId'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const which = `activity ID: ${activityId}${runId ? `, run ID: ${runId}` : ''}`;
    if (error.code === grpcStatus.ALREADY_EXISTS) throw alreadyStarted(error, activityId);
    if (error.code !== grpcStatus.NOT_FOUND) throw error;
    const isClosed = error.details.includes('already completed');
    throw new RpcError(
      'NOT_FOUND',
      isClosed ? `activity execution already completed, ${which}` : `activity execution not found, ${which}`,
    );
  }
}

function alreadyStarted(error: RpcError, activityId: string): RpcError {
  const [detail] = error.statusDetails;
  const type = 'ActivityExecutionAlreadyStartedFailure';
  return new RpcError('ALREADY_EXISTS', `activity execution already started, activity ID: ${activityId}`, {
    statusDetails: [{ type, startRequestId: detail?.startRequestId, runId: detail?.runId }],
  });
}

/** The request as the engine takes it. An absent request ID is made here, so that a repeat of the call is the same start. */
function toStart(request: StartActivityExecutionRequest): StartWorkflowRequest {
  checkRetryPolicy(request.retryPolicy);
  checkUserMetadata(request.userMetadata);
  checkSearchAttributes(request.searchAttributes);
  checkCallbacks(request.completionCallbacks);
  checkLinks(request.links);
  const { attachRequestId, attachLinks } = request.onConflictOptions ?? {};
  return {
    workflowType: requireText(request.activityType?.name, 'activityType.name'),
    taskQueue: requireText(request.taskQueue?.name, 'taskQueue.name'),
    requestId: request.requestId || crypto.randomUUID(),
    searchAttributes: {
      indexedFields: {
        ...request.searchAttributes?.indexedFields,
        TemporalNamespaceDivision: keyword(STANDALONE_ACTIVITY_DIVISION),
      },
    },
    activity: {
      activityId: requireText(request.activityId, 'activityId'),
      ...set('input', request.input),
      ...set('header', request.header),
      ...set('scheduleToCloseTimeout', request.scheduleToCloseTimeout),
      ...set('scheduleToStartTimeout', request.scheduleToStartTimeout),
      ...set('startToCloseTimeout', request.startToCloseTimeout),
      ...set('heartbeatTimeout', request.heartbeatTimeout),
      ...set('retryPolicy', request.retryPolicy),
      ...set('priority', request.priority),
    },
    ...set('identity', request.identity),
    ...set('workflowIdReusePolicy', request.idReusePolicy),
    ...set('workflowIdConflictPolicy', request.idConflictPolicy),
    ...set('userMetadata', request.userMetadata),
    ...set('workflowStartDelay', request.startDelay),
    ...(attachRequestId && { onConflictOptions: { attachRequestId, ...(attachLinks && { attachLinks }) } }),
    ...set('links', request.links),
    ...(request.completionCallbacks?.length && { completionCallbacks: request.completionCallbacks }),
  };
}

const encoder = new TextEncoder();

function keyword(text: string): Payload {
  const metadata = { encoding: encoder.encode('json/plain'), type: encoder.encode('Keyword') };
  return { metadata, data: encoder.encode(JSON.stringify(text)) };
}

async function describeOnce(
  { executions }: DirectServiceOptions,
  target: ExecutionTarget,
  request: DescribeActivityExecutionRequest,
): Promise<DescribeActivityExecutionResponse> {
  const run = await callExecution(executions, target, (stub, at) =>
    stub.describe(at, request.runId || undefined),
  );
  const events = await allEvents(executions, target, run.workflowExecutionInfo.execution.runId ?? '');
  return describedActivity(request, run, events);
}

/** Waits for the close of the run, a while: an empty answer says that it is still open. */
async function outcome(
  { executions }: DirectServiceOptions,
  target: ExecutionTarget,
  request: One,
): Promise<PollActivityExecutionResponse> {
  const closed = await closeOf(executions, target, request.runId);
  if (closed === undefined) return {};
  const { runId } = closed;
  const fromEventId = closed.closeEventId - 1;
  const page: HistoryPage = await callExecution(executions, target, (stub, at) =>
    stub.history(at, { runId, fromEventId, pageSize: 2 }),
  );
  const ended = outcomeOf(page.events);
  return { runId, ...(ended && { outcome: ended }) };
}
