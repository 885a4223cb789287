/** What a batch job does to one workflow. */
import type { Gateway } from '../../sdk/client/calls/index.ts';
import type { StartBatchOperationRequest } from '../../sdk/common/wire/batch-requests.ts';
import type { WorkflowExecutionRef } from '../../sdk/common/wire/messages.ts';

export async function operate(
  gateway: Gateway,
  request: StartBatchOperationRequest,
  target: WorkflowExecutionRef,
): Promise<void> {
  const { namespace, jobId, reason } = request;
  const at = { namespace, workflowExecution: target, ...(reason && { reason }) };
  const requestId = `${jobId}:${target.workflowId}:${target.runId}`;
  if (request.terminationOperation) {
    await gateway.terminateWorkflowExecution({ ...at, ...request.terminationOperation });
  } else if (request.cancellationOperation) {
    await gateway.requestCancelWorkflowExecution({ ...at, requestId, ...request.cancellationOperation });
  } else if (request.signalOperation) {
    const { signal = '', ...rest } = request.signalOperation;
    await gateway.signalWorkflowExecution({
      namespace,
      workflowExecution: target,
      requestId,
      signalName: signal,
      ...rest,
    });
  } else if (request.deletionOperation) {
    await gateway.deleteWorkflowExecution({ namespace, workflowExecution: target });
  } else if (request.resetOperation) {
    await reset(gateway, request, target, requestId);
  } else if (request.pauseOperation || request.unpauseOperation) {
    const { workflowId = '', runId } = target;
    const { identity } = request.pauseOperation ?? request.unpauseOperation ?? {};
    const call = {
      namespace,
      workflowId,
      requestId,
      ...(runId && { runId }),
      ...(reason && { reason }),
      ...(identity && { identity }),
    };
    if (request.pauseOperation) await gateway.pauseWorkflowExecution(call);
    else await gateway.unpauseWorkflowExecution(call);
  }
}

async function reset(
  gateway: Gateway,
  { namespace, reason, resetOperation }: StartBatchOperationRequest,
  target: WorkflowExecutionRef,
  requestId: string,
): Promise<void> {
  const { identity, options = {} } = resetOperation ?? {};
  const { workflowTaskId, resetReapplyType, resetReapplyExcludeTypes } = options;
  const workflowTaskFinishEventId =
    workflowTaskId || (await taskOf(gateway, namespace, target, options.lastWorkflowTask !== undefined));
  await gateway.resetWorkflowExecution({
    namespace,
    workflowExecution: target,
    requestId,
    workflowTaskFinishEventId,
    reason: reason ?? '',
    ...(identity && { identity }),
    ...(resetReapplyType && { resetReapplyType }),
    ...(resetReapplyExcludeTypes && { resetReapplyExcludeTypes }),
  });
}

/** The first or last workflow task of a run that was completed; 0, which a reset refuses, when it has none. */
async function taskOf(
  gateway: Gateway,
  namespace: string,
  execution: WorkflowExecutionRef,
  isLast: boolean,
): Promise<number> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const request = { namespace, execution, ...(nextPageToken && { nextPageToken }) };
    const page = isLast
      ? await gateway.getWorkflowExecutionHistoryReverse(request)
      : await gateway.getWorkflowExecutionHistory(request);
    const found = page.history.events.find(({ eventType }) => eventType === 'WorkflowTaskCompleted');
    if (found !== undefined) return found.eventId;
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
  return 0;
}
