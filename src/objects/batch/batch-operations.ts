/** What a batch job does to one workflow. */
import type { Gateway } from '../../sdk/client/calls/index.ts';
import {
  BATCH_OPERATIONS,
  type BatchOperationField,
  type StartBatchOperationRequest,
} from '../../sdk/common/wire/batch-requests.ts';
import type { WorkflowExecutionRef } from '../../sdk/common/wire/messages.ts';

/** One workflow of one job. */
export interface BatchTarget {
  gateway: Gateway;
  request: StartBatchOperationRequest;
  execution: WorkflowExecutionRef;
}

type Fields<Field extends BatchOperationField> = NonNullable<StartBatchOperationRequest[Field]>;
type Operators = {
  [Field in BatchOperationField]: (target: BatchTarget, fields: Fields<Field>) => Promise<unknown>;
};

const OPERATORS: Operators = {
  terminationOperation: (target, fields) =>
    target.gateway.terminateWorkflowExecution({ ...addressOf(target), ...reasonOf(target), ...fields }),
  cancellationOperation: (target, fields) =>
    target.gateway.requestCancelWorkflowExecution({
      ...addressOf(target),
      ...reasonOf(target),
      requestId: requestIdOf(target),
      ...fields,
    }),
  signalOperation: (target, { signal = '', ...fields }) =>
    target.gateway.signalWorkflowExecution({
      ...addressOf(target),
      requestId: requestIdOf(target),
      signalName: signal,
      ...fields,
    }),
  deletionOperation: (target) => target.gateway.deleteWorkflowExecution(addressOf(target)),
  resetOperation: reset,
  pauseOperation: (target, fields) => target.gateway.pauseWorkflowExecution(pauseOf(target, fields)),
  unpauseOperation: (target, fields) => target.gateway.unpauseWorkflowExecution(pauseOf(target, fields)),
  updateWorkflowOptionsOperation: (target, fields) =>
    target.gateway.updateWorkflowExecutionOptions({ ...addressOf(target), ...fields }),
  unpauseActivitiesOperation: (target, { matchAll, ...fields }) =>
    target.gateway.unpauseActivity({
      ...activitiesOf(target),
      ...(matchAll && { unpauseAll: true }),
      ...fields,
    }),
  resetActivitiesOperation: (target, { resetAttempts: _always, ...fields }) =>
    target.gateway.resetActivity({ ...activitiesOf(target), ...fields }),
  updateActivityOptionsOperation: (target, fields) =>
    target.gateway.updateActivityOptions({ ...activitiesOf(target), ...fields }),
};

/** Rejects with the service's refusal. */
export async function operate(target: BatchTarget): Promise<void> {
  const { request } = target;
  for (const field of Object.keys(BATCH_OPERATIONS) as BatchOperationField[]) {
    const fields = request[field];
    // Sound: `OPERATORS` pairs each field with what takes its message.
    const operator = OPERATORS[field] as (target: BatchTarget, fields: object) => Promise<unknown>;
    if (fields !== undefined) await operator(target, fields);
  }
}

const addressOf = ({ request, execution }: BatchTarget) => ({
  namespace: request.namespace,
  workflowExecution: execution,
});

const activitiesOf = ({ request, execution }: BatchTarget) => ({ namespace: request.namespace, execution });

const reasonOf = ({ request }: BatchTarget) => (request.reason ? { reason: request.reason } : {});

/** The same for each attempt, so that what was done is not done again. */
const requestIdOf = ({ request, execution }: BatchTarget): string =>
  `${request.jobId}:${execution.runId ?? ''}`;

function pauseOf(target: BatchTarget, { identity }: Fields<'pauseOperation'>) {
  const { workflowId = '', runId } = target.execution;
  return {
    namespace: target.request.namespace,
    workflowId,
    requestId: requestIdOf(target),
    ...(runId && { runId }),
    ...reasonOf(target),
    ...(identity && { identity }),
  };
}

async function reset(target: BatchTarget, operation: Fields<'resetOperation'>): Promise<void> {
  const { identity, options = {}, resetType } = operation;
  const isLast = options.lastWorkflowTask !== undefined || resetType === 'LAST_WORKFLOW_TASK';
  const { resetReapplyType = operation.resetReapplyType, resetReapplyExcludeTypes } = options;
  await target.gateway.resetWorkflowExecution({
    ...addressOf(target),
    requestId: requestIdOf(target),
    workflowTaskFinishEventId: options.workflowTaskId || (await taskOf(target, isLast)),
    reason: target.request.reason ?? '',
    ...(identity && { identity }),
    ...(resetReapplyType && { resetReapplyType }),
    ...(resetReapplyExcludeTypes && { resetReapplyExcludeTypes }),
  });
}

/** The first or last workflow task of a run that was completed; 0, which a reset refuses, when it has none. */
async function taskOf({ gateway, request, execution }: BatchTarget, isLast: boolean): Promise<number> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const ask = { namespace: request.namespace, execution, ...(nextPageToken && { nextPageToken }) };
    const page = isLast
      ? await gateway.getWorkflowExecutionHistoryReverse(ask)
      : await gateway.getWorkflowExecutionHistory(ask);
    const found = page.history.events.find(({ eventType }) => eventType === 'WorkflowTaskCompleted');
    if (found !== undefined) return found.eventId;
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
  return 0;
}
