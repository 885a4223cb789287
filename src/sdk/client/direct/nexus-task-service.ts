/** Nexus tasks: what a worker that polls gets, and where its answers go. */
import type { NexusAnswer, NexusTask } from '../../../engine/api.ts';
import { NEXUS_CALLBACK_URL, nexusCallbackHeader } from '../../common/nexus-callback.ts';
import { toNexusLink } from '../../common/nexus-links.ts';
import {
  decodeNexusTaskToken,
  encodeNexusTaskToken,
  type NexusTaskToken,
} from '../../common/nexus-task-token.ts';
import { nexusOperationId } from '../../common/standalone-nexus.ts';
import type { Link } from '../../common/wire/links.ts';
import type { WireNexusRequest } from '../../common/wire/nexus-requests.ts';
import type { Gateway, ResponseOf } from '../calls/index.ts';
import { invalidArgument } from '../rpc-error.ts';
import { callExecution } from './executions.ts';
import { answerOfError, answerOfResponse } from './nexus-answers.ts';
import { type DirectServiceOptions, executionTarget } from './service.ts';

type NexusTaskCalls = Pick<Gateway, 'respondNexusTaskCompleted' | 'respondNexusTaskFailed'>;

export function nexusTaskService(options: DirectServiceOptions): NexusTaskCalls {
  async function answer(token: NexusTaskToken, what: NexusAnswer): Promise<Record<never, never>> {
    const { caller, scheduledEventId, kind: request, attempt, requestId } = token;
    const { runId } = caller;
    const target = await executionTarget(options, caller.namespace, caller.workflowId);
    await callExecution(options.executions, target, (stub, at) =>
      stub.apply(at, {
        kind: 'NexusTaskAnswered',
        runId,
        scheduledEventId,
        request,
        attempt,
        requestId,
        answer: what,
      }),
    );
    return {};
  }

  return {
    async respondNexusTaskCompleted({ namespace, taskToken, response }) {
      return answer(tokenOf(namespace, taskToken), answerOfResponse(response));
    },
    async respondNexusTaskFailed({ namespace, taskToken, error, failure }) {
      return answer(tokenOf(namespace, taskToken), answerOfError(error, failure));
    },
  };
}

function tokenOf(namespace: string, bytes: Uint8Array): NexusTaskToken {
  const token = decodeNexusTaskToken(bytes);
  if (token !== undefined && token.namespace === namespace) return token;
  throw invalidArgument(`taskToken: expected the token of a Nexus task of namespace '${namespace}'`);
}

/** `namespace` is that of the task queue; the operation's caller may be in another. */
export function nexusTaskResponse(namespace: string, task: NexusTask): ResponseOf<'pollNexusTaskQueue'> {
  const { workflowId, runId, scheduledEventId, kind, attempt, requestId } = task;
  const caller = { namespace: task.namespace, workflowId, runId };
  return {
    taskToken: encodeNexusTaskToken({ namespace, caller, scheduledEventId, kind, attempt, requestId }),
    request: nexusRequestOf(task),
  };
}

/** To the event that asks for the operation; to the operation where no workflow does. */
function callerLink({ namespace, workflowId, runId, scheduledEventId }: NexusTask): Link {
  const operationId = nexusOperationId(workflowId);
  if (operationId !== undefined) return { nexusOperation: { namespace, operationId, runId } };
  const eventRef = { eventId: scheduledEventId, eventType: 'NEXUS_OPERATION_SCHEDULED' } as const;
  return { workflowEvent: { namespace, workflowId, runId, eventRef } };
}

/** The request as a handler gets it. */
export function nexusRequestOf(task: NexusTask): WireNexusRequest {
  const { namespace, workflowId, runId, scheduledEventId, requestId, service, operation, input } = task;
  const common: WireNexusRequest = {
    header: {
      ...task.header,
      'request-timeout': `${task.requestTimeoutMs}ms`,
      ...(task.operationTimeoutMs > 0 && { 'operation-timeout': `${task.operationTimeoutMs}ms` }),
    },
    scheduledTime: task.scheduledTime,
    capabilities: { temporalFailureResponses: true },
    endpoint: task.endpoint,
  };
  if (task.kind === 'cancel')
    return { ...common, cancelOperation: { service, operation, operationToken: task.operationToken } };
  const reference = { namespace, workflowId, runId, scheduledEventId, requestId };
  return {
    ...common,
    startOperation: {
      service,
      operation,
      requestId,
      callback: NEXUS_CALLBACK_URL,
      callbackHeader: nexusCallbackHeader(reference),
      links: [toNexusLink(callerLink(task))],
      ...(input && { payload: input }),
    },
  };
}
