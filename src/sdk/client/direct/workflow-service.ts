/** Signal, query, describe, cancel, terminate, reset, pause. */
import type { Input } from '../../../engine/api.ts';
import type {
  PauseWorkflowExecutionRequest,
  ResetWorkflowExecutionRequest,
} from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument } from '../rpc-error.ts';
import { callExecution } from './executions.ts';
import { type DirectServiceOptions, set, targetOf } from './service.ts';
import { requestLink } from './start-service.ts';
import { checkLinks, requireText } from './validate.ts';

type WorkflowCalls = Pick<
  Gateway,
  | 'signalWorkflowExecution'
  | 'queryWorkflow'
  | 'describeWorkflowExecution'
  | 'requestCancelWorkflowExecution'
  | 'terminateWorkflowExecution'
  | 'resetWorkflowExecution'
  | 'pauseWorkflowExecution'
  | 'unpauseWorkflowExecution'
>;

export function workflowService(options: DirectServiceOptions): WorkflowCalls {
  const { executions } = options;
  const apply = async (namespace: string, workflowId: string | undefined, input: Input) => {
    const target = await targetOf(options, namespace, workflowId, 'workflowExecution.workflowId');
    await callExecution(executions, target, (stub, at) => stub.apply(at, input));
  };
  return {
    async signalWorkflowExecution(request) {
      const { namespace, workflowExecution, header } = request;
      checkLinks(request.links);
      const requestId = request.requestId || crypto.randomUUID();
      const signal = {
        kind: 'Signal',
        signalName: requireText(request.signalName, 'signalName'),
        requestId,
        ...set('runId', workflowExecution?.runId),
        ...set('input', request.input),
        ...set('header', header),
        ...set('identity', request.identity),
        ...set('links', request.links),
      } as const;
      const field = 'workflowExecution.workflowId';
      const target = await targetOf(options, namespace, workflowExecution?.workflowId, field);
      const signaled = await callExecution(executions, target, (stub, at) => stub.apply(at, signal));
      if (signaled === undefined) return {};
      return { link: requestLink(target, signaled.runId, requestId, 'WORKFLOW_EXECUTION_SIGNALED') };
    },

    async queryWorkflow({ namespace, execution, query, queryRejectCondition }) {
      const call = {
        queryType: requireText(query?.queryType, 'query.queryType'),
        ...set('runId', execution?.runId),
        ...set('queryArgs', query?.queryArgs),
        ...set('header', query?.header),
        ...set('rejectCondition', queryRejectCondition),
      };
      const target = await targetOf(options, namespace, execution?.workflowId, 'execution.workflowId');
      const reply = await callExecution(executions, target, (stub, at) => stub.query(at, call));
      if ('rejected' in reply) return { queryRejected: { status: reply.rejected } };
      return { queryResult: reply.result ?? {} };
    },

    async describeWorkflowExecution({ namespace, execution }) {
      const target = await targetOf(options, namespace, execution?.workflowId, 'execution.workflowId');
      const runId = execution?.runId || undefined;
      return callExecution(executions, target, (stub, at) => stub.describe(at, runId));
    },

    async requestCancelWorkflowExecution(request) {
      await apply(request.namespace, request.workflowExecution?.workflowId, {
        kind: 'RequestCancel',
        requestId: request.requestId || crypto.randomUUID(),
        ...set('runId', request.workflowExecution?.runId),
        ...set('firstExecutionRunId', request.firstExecutionRunId),
        ...set('reason', request.reason),
        ...set('identity', request.identity),
      });
      return {};
    },

    async terminateWorkflowExecution(request) {
      await apply(request.namespace, request.workflowExecution?.workflowId, {
        kind: 'Terminate',
        ...set('runId', request.workflowExecution?.runId),
        ...set('firstExecutionRunId', request.firstExecutionRunId),
        ...set('reason', request.reason),
        ...set('details', request.details),
        ...set('identity', request.identity),
      });
      return {};
    },

    async resetWorkflowExecution(request) {
      const reset = toResetRequest(request);
      const { namespace, workflowExecution } = request;
      const field = 'workflowExecution.workflowId';
      const target = await targetOf(options, namespace, workflowExecution?.workflowId, field);
      return callExecution(executions, target, (stub, at) => stub.reset(at, reset));
    },

    async pauseWorkflowExecution(request) {
      const target = await targetOf(options, request.namespace, request.workflowId);
      const pause = toPauseRequest(request);
      await callExecution(executions, target, (stub, at) => stub.pause(at, pause));
      return {};
    },

    async unpauseWorkflowExecution(request) {
      const target = await targetOf(options, request.namespace, request.workflowId);
      const pause = toPauseRequest(request);
      await callExecution(executions, target, (stub, at) => stub.unpause(at, pause));
      return {};
    },
  };
}

/** RESET-3: the old `resetReapplyType` and the newer list of exclusions say the same in two ways. */
function toResetRequest(request: ResetWorkflowExecutionRequest) {
  const { workflowTaskFinishEventId = 0, resetReapplyType, resetReapplyExcludeTypes = [] } = request;
  if (workflowTaskFinishEventId <= 1) {
    throw invalidArgument(
      `workflowTaskFinishEventId: expected the ID of a workflow task event, above 1, got ${workflowTaskFinishEventId}`,
    );
  }
  const isNothing = resetReapplyType === 'NONE';
  return {
    workflowTaskFinishEventId,
    requestId: request.requestId || crypto.randomUUID(),
    excludeSignals: isNothing || resetReapplyExcludeTypes.includes('SIGNAL'),
    excludeUpdates: isNothing || resetReapplyType === 'SIGNAL' || resetReapplyExcludeTypes.includes('UPDATE'),
    excludeNexus: isNothing || resetReapplyType === 'SIGNAL' || resetReapplyExcludeTypes.includes('NEXUS'),
    ...set('runId', request.workflowExecution?.runId),
    ...set('reason', request.reason),
    ...set('identity', request.identity),
  };
}

function toPauseRequest(request: PauseWorkflowExecutionRequest) {
  return {
    requestId: request.requestId || crypto.randomUUID(),
    ...set('runId', request.runId),
    ...set('identity', request.identity),
    ...set('reason', request.reason),
  };
}
