/** START-12, START-13: what a start request must satisfy before policies are looked at. */
import { reservedFor } from '../sdk/common/reserved-ids.ts';
import type { TurnContext } from './api.ts';
import { nextCronDelay } from './cron.ts';
import { refuse } from './errors.ts';
import {
  COMPLETION_CALLBACKS_MAX,
  USER_METADATA_DETAILS_BYTES_MAX,
  USER_METADATA_SUMMARY_BYTES_MAX,
} from './limits.ts';
import type { StartWorkflowRequest } from './requests.ts';
import { retryPolicyProblem } from './retry.ts';
import { searchAttributeProblem } from './search-attributes.ts';
import { headerBytes, memoBytes, payloadBytes, payloadsBytes, utf8Bytes } from './size.ts';
import { standaloneProblem } from './standalone-activity.ts';
import { standaloneNexusProblem } from './standalone-nexus.ts';
import { reservedQueueProblem } from './task-queue-names.ts';

export function startRefusal(workflowId: string, request: StartWorkflowRequest, context: TurnContext) {
  const problem =
    nameProblem(workflowId, request, context) ??
    standaloneProblem(request, context.limits.idBytesMax) ??
    standaloneNexusProblem(request, context.limits.idBytesMax) ??
    durationProblem(request) ??
    retryPolicyProblem(request.retryPolicy) ??
    cronProblem(request, context) ??
    policyProblem(request) ??
    sizeProblem(request, context) ??
    searchAttributeProblem(request.searchAttributes, context)?.message;
  return problem === undefined ? undefined : refuse('INVALID_ARGUMENT', problem);
}

function nameProblem(
  workflowId: string,
  { workflowType, taskQueue, requestId, isInternal, activity, nexusOperation }: StartWorkflowRequest,
  { limits }: TurnContext,
): string | undefined {
  if (!workflowId) return 'WorkflowId is not set on request.';
  // SAA-2, SNX-2.
  const reserved = reservedFor(workflowId);
  const isOne = { 'an activity': activity !== undefined, 'a Nexus operation': nexusOperation !== undefined };
  if (reserved === undefined ? activity || nexusOperation : !isOne[reserved])
    return `WorkflowId ${workflowId} is reserved for ${reserved ?? 'a workflow'}.`;
  if (!workflowType) return 'WorkflowType is not set on request.';
  if (!taskQueue) return 'TaskQueue is not set on request.';
  const texts = {
    WorkflowId: activity?.activityId ?? nexusOperation?.operationId ?? workflowId,
    WorkflowType: workflowType,
    TaskQueue: taskQueue,
    RequestId: requestId ?? '',
  };
  for (const [name, text] of Object.entries(texts))
    if (utf8Bytes(text) > limits.idBytesMax) return `${name} length exceeds limit.`;
  return isInternal ? undefined : reservedQueueProblem(taskQueue);
}

function durationProblem(request: StartWorkflowRequest): string | undefined {
  const durations = {
    WorkflowExecutionTimeout: request.workflowExecutionTimeout,
    WorkflowRunTimeout: request.workflowRunTimeout,
    WorkflowTaskTimeout: request.workflowTaskTimeout,
    WorkflowStartDelay: request.workflowStartDelay,
  };
  for (const [name, duration] of Object.entries(durations))
    if (duration !== undefined && !(duration >= 0))
      return `An invalid ${name} is set on request: negative duration.`;
  return undefined;
}

function cronProblem(request: StartWorkflowRequest, context: TurnContext): string | undefined {
  if (!request.cronSchedule) return undefined;
  if (request.workflowStartDelay) return 'CronSchedule and WorkflowStartDelay may not be used together.';
  const delay = nextCronDelay(context, request.cronSchedule, context.now);
  return delay === undefined ? 'Invalid CronSchedule.' : undefined;
}

/** START-8. */
function policyProblem({
  workflowIdReusePolicy,
  workflowIdConflictPolicy,
}: StartWorkflowRequest): string | undefined {
  if (workflowIdReusePolicy === 'TERMINATE_IF_RUNNING' && workflowIdConflictPolicy !== undefined)
    return 'Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING cannot be used together with a WorkflowIDConflictPolicy.';
  if (workflowIdReusePolicy === 'REJECT_DUPLICATE' && workflowIdConflictPolicy === 'TERMINATE_EXISTING')
    return 'Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE cannot be used together with WorkflowIdConflictPolicy WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING.';
  return undefined;
}

function sizeProblem(request: StartWorkflowRequest, { limits }: TurnContext): string | undefined {
  const { input, header } = request.activity ?? request;
  const operationInput = request.nexusOperation?.input;
  const inputBytes =
    payloadsBytes(input) + headerBytes(header) + (operationInput ? payloadBytes(operationInput) : 0);
  if (inputBytes > limits.payloadBytesMax)
    return `Blob data size exceeds limit. Input and header have ${inputBytes} bytes, at most ${limits.payloadBytesMax} are taken.`;
  const memo = memoBytes(request.memo);
  if (memo > limits.memoBytesMax)
    return `Memo size exceeds limit. It has ${memo} bytes, at most ${limits.memoBytesMax} are taken.`;
  const { summary, details } = request.userMetadata ?? {};
  if (summary && payloadBytes(summary) > USER_METADATA_SUMMARY_BYTES_MAX)
    return 'UserMetadata.Summary size exceeds limit.';
  if (details && payloadBytes(details) > USER_METADATA_DETAILS_BYTES_MAX)
    return 'UserMetadata.Details size exceeds limit.';
  if ((request.completionCallbacks?.length ?? 0) > COMPLETION_CALLBACKS_MAX)
    return `cannot attach more than ${COMPLETION_CALLBACKS_MAX} callbacks to a workflow`;
  return undefined;
}
