/**
 * Updates: send, poll, and together with a start. An admitted update stands in its object's memory alone (UPD-1): when that is
 * lost while its caller waits, it is sent again.
 */
import type { UpdateReply } from '../../../engine/api.ts';
import type { StartWorkflowRequest } from '../../../engine/requests.ts';
import type { UpdateCall } from '../../../objects/execution/workflow-execution-api.ts';
import type { Link } from '../../common/wire/links.ts';
import type { UpdateStageName } from '../../common/wire/messages.ts';
import type {
  StartWorkflowExecutionRequest,
  UpdateWorkflowExecutionRequest,
  UpdateWorkflowExecutionResponse,
} from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { grpcStatus, invalidArgument, RpcError } from '../rpc-error.ts';
import { callExecution, type ExecutionTarget } from './executions.ts';
import { LONG_POLL_MS, longPoll, RPC_WAIT_MAX_MS, WAIT_MAX_MS } from './long-poll.ts';
import { madeTogether } from './multi-operation.ts';
import { type DirectServiceOptions, set, startTargetOf, targetOf } from './service.ts';
import { checkCallbacks, startedLink, toStartRequest } from './start-service.ts';
import { checkLinks, requireText } from './validate.ts';

type UpdateCalls = Pick<
  Gateway,
  'updateWorkflowExecution' | 'pollWorkflowExecutionUpdate' | 'updateWithStartWorkflowExecution'
>;

const STAGES: readonly (UpdateStageName | undefined)[] = [undefined, 'ADMITTED', 'ACCEPTED', 'COMPLETED'];

export function updateService(options: DirectServiceOptions): UpdateCalls {
  const { executions } = options;

  /** Waits on after a first reply that has not reached the stage. `again` sends what stands nowhere yet once more. */
  const awaitStage = (
    target: ExecutionTarget,
    stage: UpdateStageName,
    waitMs: number,
    first: { runId: string | undefined; updateId: string; stage?: UpdateStageName | undefined },
    again?: (ms: number) => Promise<UpdateReply>,
  ): Promise<UpdateReply> => {
    let last = first;
    const poll = async (ms: number): Promise<UpdateReply> => {
      try {
        return await callExecution(executions, target, (stub, at) =>
          stub.pollUpdate(at, last.runId, last.updateId, stage, ms),
        );
      } catch (error) {
        const isLost = again && last.stage === 'ADMITTED' && isNotFound(error);
        if (!isLost) throw error;
        return again(ms);
      }
    };
    return longPoll({
      executions,
      target,
      runId: () => last.runId,
      waitMs,
      poll: async (ms) => {
        const reply = await poll(ms);
        last = reply;
        return reply;
      },
      isDone: (reply) => hasReached(reply, stage),
    });
  };

  /** Under the same update ID: one that is known is joined. */
  const send = (target: ExecutionTarget, call: UpdateCall, waitMs: number): Promise<UpdateReply> =>
    callExecution(executions, target, (stub, at) => stub.update(at, { ...call, waitMs }));

  /**
   * Where the object was lost in between, somebody else may have sent the update again, and the callbacks of this call went with
   * the memory: by now it stands in history, and what is attached to it does too.
   */
  const attached = async (target: ExecutionTarget, call: UpdateCall, reached: UpdateReply) => {
    const { completionCallbacks } = call.request;
    if (!completionCallbacks?.length || reached.outcome !== undefined) return reached;
    return hasReached(reached, 'ACCEPTED') ? send(target, call, 0) : reached;
  };

  return {
    async updateWorkflowExecution(request) {
      const call = toUpdateCall(request);
      const { namespace, workflowExecution } = request;
      const field = 'workflowExecution.workflowId';
      const target = await targetOf(options, namespace, workflowExecution?.workflowId, field);
      const sent = await send(target, call, RPC_WAIT_MAX_MS);
      if (hasReached(sent, call.waitStage)) return toUpdateResponse(target, sent);
      const rest = LONG_POLL_MS - RPC_WAIT_MAX_MS;
      const again = (ms: number) => send(target, call, ms);
      const reached = await awaitStage(target, call.waitStage, rest, sent, again);
      return toUpdateResponse(target, await attached(target, call, reached));
    },

    async pollWorkflowExecutionUpdate({ namespace, updateRef, waitPolicy, waitStage, wait }) {
      const updateId = requireText(updateRef?.updateId, 'updateRef.updateId');
      const { workflowId, runId } = updateRef?.workflowExecution ?? {};
      const stage = waitStage ?? waitPolicy?.lifecycleStage;
      const field = 'updateRef.workflowExecution.workflowId';
      const target = await targetOf(options, namespace, workflowId, field);
      const waitMs = stage ? Math.min(wait ?? LONG_POLL_MS, WAIT_MAX_MS) : 0;
      const at = { runId: runId || undefined, updateId };
      return toUpdateResponse(target, await awaitStage(target, stage ?? 'ADMITTED', waitMs, at));
    },

    async updateWithStartWorkflowExecution({ start, update }) {
      const [startRequest, call] = madeTogether(
        () => toStartOf(start),
        () => toUpdateOf(start, update),
      );
      const target = await startTargetOf(options, start.namespace, start.workflowId, 'start.workflowId');
      const reply = await callExecution(
        executions,
        target,
        (stub, at) => stub.updateWithStart(at, startRequest, call),
        { isStart: true },
      );
      const reached = hasReached(reply.update, call.waitStage)
        ? reply.update
        : await awaitStage(target, call.waitStage, LONG_POLL_MS - RPC_WAIT_MAX_MS, reply.update, (ms) =>
            send(target, call, ms),
          );
      const link = startedLink(target.namespace, target.workflowId, reply.start.runId);
      return { start: { ...reply.start, link }, update: toUpdateResponse(target, reached) };
    },
  };
}

const isNotFound = (error: unknown) => error instanceof RpcError && error.code === grpcStatus.NOT_FOUND;

function hasReached({ stage, outcome }: UpdateReply, wanted: UpdateStageName): boolean {
  return outcome !== undefined || STAGES.indexOf(stage) >= STAGES.indexOf(wanted);
}

/** UPD-1: nothing asked for means COMPLETED; ADMITTED, which nothing durable stands behind, is refused. */
function toUpdateCall(request: UpdateWorkflowExecutionRequest): UpdateCall {
  const waitStage = request.waitPolicy?.lifecycleStage ?? 'COMPLETED';
  if (waitStage === 'ADMITTED') {
    throw new RpcError('PERMISSION_DENIED', 'waitPolicy.lifecycleStage: ADMITTED cannot be waited for');
  }
  const { meta, input, requestId, completionCallbacks, links } = request.request ?? {};
  const name = requireText(input?.name, 'request.input.name');
  checkCallbacks(completionCallbacks, 'request.completionCallbacks');
  checkLinks(links, 'request.links');
  return {
    waitStage,
    waitMs: RPC_WAIT_MAX_MS,
    request: {
      meta: { updateId: meta?.updateId || crypto.randomUUID(), ...set('identity', meta?.identity) },
      input: { ...input, name },
      ...set('requestId', requestId || undefined),
      ...(completionCallbacks?.length && { completionCallbacks }),
      ...(links?.length && { links }),
    },
    ...set('runId', request.workflowExecution?.runId),
    ...set('firstExecutionRunId', request.firstExecutionRunId),
  };
}

function toUpdateResponse(
  { namespace, workflowId }: ExecutionTarget,
  reply: UpdateReply,
): UpdateWorkflowExecutionResponse {
  const { updateId, runId, stage, outcome, acceptedEventId } = reply;
  return {
    updateRef: { workflowExecution: { workflowId, runId }, updateId },
    ...(outcome ? { outcome } : {}),
    ...(stage ? { stage } : {}),
    ...(runId && { link: linkTo({ namespace, workflowId, runId }, acceptedEventId) }),
  };
}

/** To its acceptance; to the run as a whole when there is none, because it was rejected or is not there yet. */
function linkTo(
  workflow: { namespace: string; workflowId: string; runId: string },
  acceptedEventId: number | undefined,
): Link {
  if (acceptedEventId === undefined) return { workflow };
  const eventRef = { eventId: acceptedEventId, eventType: 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED' } as const;
  return { workflowEvent: { ...workflow, eventRef } };
}

/** UPD-17. */
function toStartOf(start: StartWorkflowExecutionRequest): StartWorkflowRequest {
  if (start.cronSchedule) throw notInPair('start.cronSchedule', 'not allowed');
  if (start.workflowStartDelay) throw notInPair('start.workflowStartDelay', 'not allowed');
  if (start.requestEagerExecution) throw notInPair('start.requestEagerExecution', 'not allowed');
  return toStartRequest(start);
}

function toUpdateOf(
  start: StartWorkflowExecutionRequest,
  update: UpdateWorkflowExecutionRequest,
): UpdateCall {
  if (update.workflowExecution?.runId) throw notInPair('update.workflowExecution.runId', 'not allowed');
  if (update.firstExecutionRunId) throw notInPair('update.firstExecutionRunId', 'not allowed');
  if (update.workflowExecution?.workflowId !== start.workflowId) {
    throw notInPair('update.workflowExecution.workflowId', 'expected that of the start');
  }
  if (update.namespace !== start.namespace) throw notInPair('update.namespace', 'expected that of the start');
  return toUpdateCall(update);
}

const notInPair = (field: string, reason: string): RpcError =>
  invalidArgument(`${field}: ${reason} in update-with-start`);
