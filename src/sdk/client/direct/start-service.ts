/** Start and signal-with-start. */
import type { SignalWithStartWorkflowRequest, StartWorkflowRequest } from '../../../engine/requests.ts';
import { nexusCallbackOf } from '../../common/nexus-callback.ts';
import type { Link, LinkedEventTypeName } from '../../common/wire/links.ts';
import type {
  SignalWithStartWorkflowExecutionRequest,
  StartWorkflowExecutionRequest,
} from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument } from '../rpc-error.ts';
import { callExecution, type ExecutionTarget } from './executions.ts';
import { longPoll, RPC_WAIT_MAX_MS, WAIT_MAX_MS } from './long-poll.ts';
import { type DirectServiceOptions, set, startTargetOf } from './service.ts';
import {
  checkLinks,
  checkRetryPolicy,
  checkSearchAttributes,
  checkUserMetadata,
  requireText,
} from './validate.ts';
import { checkVersioningOverride } from './versioning-override.ts';

type StartCalls = Pick<Gateway, 'startWorkflowExecution' | 'signalWithStartWorkflowExecution'>;

export function startService(options: DirectServiceOptions): StartCalls {
  const { executions } = options;
  return {
    async startWorkflowExecution(request, { waitMs = 0 } = {}) {
      const start = toStartRequest(request);
      const target = await startTargetOf(options, request.namespace, request.workflowId);
      const wait = Math.min(waitMs, WAIT_MAX_MS);
      const reply = await callExecution(
        executions,
        target,
        (stub, at) => stub.start(at, start, Math.min(wait, RPC_WAIT_MAX_MS)),
        { isStart: true },
      );
      const { runId, firstExecutionRunId, started, status } = reply;
      const response = {
        runId,
        firstExecutionRunId,
        started,
        status,
        link:
          started || !start.onConflictOptions?.attachRequestId
            ? startedLink(target.namespace, target.workflowId, runId)
            : requestLink(target, runId, start.requestId ?? '', 'WORKFLOW_EXECUTION_OPTIONS_UPDATED'),
      };
      if (wait === 0) return response;
      if (reply.result?.closeEvent || wait <= RPC_WAIT_MAX_MS) {
        return { ...response, result: reply.result ?? { runId, status } };
      }
      const result = await longPoll({
        executions,
        target,
        runId: () => runId,
        waitMs: wait - RPC_WAIT_MAX_MS,
        poll: (ms) =>
          callExecution(executions, target, (stub, at) =>
            stub.result(at, { runId, followRuns: false, waitMs: ms }),
          ),
        isDone: (run) => run.closeEvent !== undefined,
      });
      return { ...response, result };
    },

    async signalWithStartWorkflowExecution(request) {
      const start = toSignalWithStartRequest(request);
      const target = await startTargetOf(options, request.namespace, request.workflowId);
      const reply = await callExecution(executions, target, (stub, at) => stub.signalWithStart(at, start), {
        isStart: true,
      });
      return {
        runId: reply.runId,
        firstExecutionRunId: reply.firstExecutionRunId,
        started: reply.started,
        signalLink: requestLink(target, reply.runId, start.requestId ?? '', 'WORKFLOW_EXECUTION_SIGNALED'),
      };
    },
  };
}

export function startedLink(namespace: string, workflowId: string, runId: string) {
  const eventRef = { eventId: 1, eventType: 'WORKFLOW_EXECUTION_STARTED' } as const;
  return { workflowEvent: { namespace, workflowId, runId, eventRef } };
}

/** To the event that a request led to, whichever number it got. */
export function requestLink(
  { namespace, workflowId }: ExecutionTarget,
  runId: string,
  requestId: string,
  eventType: LinkedEventTypeName,
): Link {
  return { workflowEvent: { namespace, workflowId, runId, requestIdRef: { requestId, eventType } } };
}

type StartFields = StartWorkflowExecutionRequest | SignalWithStartWorkflowExecutionRequest;

/** The request as the engine takes it. An absent request ID is made here, so that a repeat of the call is the same start. */
export function toStartRequest(request: StartWorkflowExecutionRequest): StartWorkflowRequest {
  const { onConflictOptions, completionCallbacks, continuedFailure, lastCompletionResult } = request;
  checkCallbacks(completionCallbacks);
  return {
    ...commonFields(request),
    ...(onConflictOptions ? { onConflictOptions } : {}),
    ...(completionCallbacks ? { completionCallbacks } : {}),
    ...(continuedFailure ? { continuedFailure } : {}),
    ...(lastCompletionResult ? { lastCompletionResult } : {}),
  };
}

/** The internal ones are the server's own; others than those that a Nexus request hands out would never be called. */
export function checkCallbacks(callbacks: readonly unknown[] = [], list = 'completionCallbacks'): void {
  for (const [index, callback] of callbacks.entries()) {
    const field = `${list}[${index}]`;
    if (typeof callback === 'object' && callback !== null && 'internal' in callback)
      throw invalidArgument(`${field}.internal: callers cannot set this kind of callback`);
    if (nexusCallbackOf(callback) === undefined)
      throw invalidArgument(
        `${field}: only the callback and callbackHeader of a Nexus request can be attached; other addresses are not called`,
      );
  }
}

function toSignalWithStartRequest(
  request: SignalWithStartWorkflowExecutionRequest,
): SignalWithStartWorkflowRequest {
  return {
    ...commonFields(request),
    signalName: requireText(request.signalName, 'signalName'),
    ...set('signalInput', request.signalInput),
  };
}

function commonFields(request: StartFields): StartWorkflowRequest {
  checkRetryPolicy(request.retryPolicy);
  checkUserMetadata(request.userMetadata);
  checkSearchAttributes(request.searchAttributes);
  checkLinks(request.links);
  if (request.cronSchedule && request.workflowStartDelay) {
    throw invalidArgument('workflowStartDelay: cannot be combined with cronSchedule');
  }
  return {
    workflowType: requireText(request.workflowType?.name, 'workflowType.name'),
    taskQueue: requireText(request.taskQueue?.name, 'taskQueue.name'),
    requestId: request.requestId || crypto.randomUUID(),
    ...set('input', request.input),
    ...set('workflowExecutionTimeout', request.workflowExecutionTimeout),
    ...set('workflowRunTimeout', request.workflowRunTimeout),
    ...set('workflowTaskTimeout', request.workflowTaskTimeout),
    ...set('identity', request.identity),
    ...set('workflowIdReusePolicy', request.workflowIdReusePolicy),
    ...set('workflowIdConflictPolicy', request.workflowIdConflictPolicy),
    ...set('retryPolicy', request.retryPolicy),
    ...set('cronSchedule', request.cronSchedule),
    ...set('memo', request.memo),
    ...set('searchAttributes', request.searchAttributes),
    ...set('header', request.header),
    ...set('workflowStartDelay', request.workflowStartDelay),
    ...set('userMetadata', request.userMetadata),
    ...set('priority', request.priority),
    ...set('links', request.links),
    ...set('versioningOverride', checkVersioningOverride(request.versioningOverride)),
  };
}
