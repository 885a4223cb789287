/** Batch jobs: each is a workflow of the runtime's own in the namespace it works on. */

import type { StartWorkflowRequest } from '../../../engine/requests.ts';
import {
  BATCH_DIVISION,
  BATCH_TASK_QUEUE,
  BATCH_WORKFLOW_TYPE,
  type BatchInput,
  type BatchProgress,
  batchWorkflowId,
  jobIdOf,
  jsonOf,
  jsonPayload,
  NO_PROGRESS,
} from '../../common/batch.ts';
import {
  BATCH_OPERATIONS,
  type BatchOperationTypeName,
  type StartBatchOperationRequest,
  StartBatchOperationRequestSchema,
} from '../../common/wire/batch-requests.ts';
import type { HistoryEvent } from '../../common/wire/events.ts';
import { toJson } from '../../common/wire/json.ts';
import type { WorkflowStatusName } from '../../common/wire/messages.ts';
import type { WorkflowExecutionInfo } from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import { callExecution } from './executions.ts';
import { set, targetOf } from './service.ts';
import { requireText } from './validate.ts';
import { type VisibilityServiceOptions, visibilityService } from './visibility-service.ts';

type BatchCalls = Pick<
  Gateway,
  'startBatchOperation' | 'describeBatchOperation' | 'listBatchOperations' | 'stopBatchOperation'
>;

/** BATCH-2. */
const EXECUTIONS_MAX = 1000;
const EVENTS_LOOKED_AT = 20;
const JOBS = `TemporalNamespaceDivision = '${BATCH_DIVISION}' AND ExecutionStatus != 'ContinuedAsNew'`;

export function batchService(options: VisibilityServiceOptions): BatchCalls {
  const { executions } = options;
  const visibility = visibilityService(options);
  const job = (namespace: string, jobId: string) =>
    targetOf(options, namespace, batchWorkflowId(requireText(jobId, 'jobId')), 'jobId');
  return {
    async startBatchOperation(request) {
      const { namespace, jobId } = request;
      const target = await job(namespace, jobId);
      const operation = operationOf(request);
      checkTargets(request);
      requireText(request.reason, 'reason');
      if (request.visibilityQuery)
        await visibility.countWorkflowExecutions({ namespace, query: request.visibilityQuery });
      const running = await visibility.countWorkflowExecutions({
        namespace,
        query: `${JOBS} AND ExecutionStatus = 'Running'`,
      });
      const input: BatchInput = {
        request: toJson(StartBatchOperationRequestSchema, request),
        progress: NO_PROGRESS,
      };
      const start: StartWorkflowRequest = {
        workflowType: BATCH_WORKFLOW_TYPE,
        taskQueue: BATCH_TASK_QUEUE,
        input: { payloads: [jsonPayload(input)] },
        requestId: crypto.randomUUID(),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        memo: { fields: { operation: jsonPayload(operation), reason: jsonPayload(request.reason) } },
        searchAttributes: {
          indexedFields: { TemporalNamespaceDivision: jsonPayload(BATCH_DIVISION, 'Keyword') },
        },
      };
      if ((running.count ?? 0) > 0) await refuseSecond(request);
      await callExecution(executions, target, (stub, at) => stub.start(at, start), { isStart: true });
      return {};
    },

    async describeBatchOperation({ namespace, jobId }) {
      const target = await job(namespace, jobId);
      const described = await callExecution(executions, target, (stub, at) => stub.describe(at));
      const page = await callExecution(executions, target, (stub, at) =>
        stub.history(at, { pageSize: EVENTS_LOOKED_AT, reverse: true }),
      );
      const first = await callExecution(executions, target, (stub, at) => stub.history(at, { pageSize: 1 }));
      const { total, complete, failed } = progressOf(page.events, first.events);
      return {
        ...infoOf(described.workflowExecutionInfo),
        totalOperationCount: total,
        completeOperationCount: complete,
        failureOperationCount: failed,
        ...set('reason', textOf(described.workflowExecutionInfo, 'reason')),
        ...set('identity', identityOf(first.events)),
      };
    },

    async listBatchOperations({ namespace, pageSize, nextPageToken }) {
      const page = await visibility.listWorkflowExecutions({
        namespace,
        query: JOBS,
        ...(pageSize && { pageSize }),
        ...(nextPageToken && { nextPageToken }),
      });
      return {
        operationInfo: (page.executions ?? []).map(infoOf),
        ...(page.nextPageToken && { nextPageToken: page.nextPageToken }),
      };
    },

    async stopBatchOperation({ namespace, jobId, reason, identity }) {
      const target = await job(namespace, jobId);
      const stop = { kind: 'Terminate', ...set('reason', reason), ...set('identity', identity) } as const;
      await callExecution(executions, target, (stub, at) => stub.apply(at, stop));
      return {};
    },
  };
}

function operationOf(request: StartBatchOperationRequest): BatchOperationTypeName {
  const given = Object.entries(BATCH_OPERATIONS).filter(([field]) => field in request);
  const [only] = given;
  if (given.length !== 1 || only === undefined)
    throw invalidArgument(
      `expected one operation of ${Object.keys(BATCH_OPERATIONS).join(', ')}, got ${given.length}`,
    );
  if (request.signalOperation) requireText(request.signalOperation.signal, 'signalOperation.signal');
  const { resetOperation } = request;
  if (resetOperation) {
    const { firstWorkflowTask, lastWorkflowTask, workflowTaskId } = resetOperation.options ?? {};
    if (!firstWorkflowTask && !lastWorkflowTask && !workflowTaskId)
      throw invalidArgument(
        'resetOperation.options: expected firstWorkflowTask, lastWorkflowTask or workflowTaskId; resets to a build ID are not offered',
      );
  }
  return only[1];
}

function checkTargets({ visibilityQuery, executions = [] }: StartBatchOperationRequest): void {
  if (Boolean(visibilityQuery) === executions.length > 0)
    throw invalidArgument('expected either visibilityQuery or executions');
  if (executions.length > EXECUTIONS_MAX)
    throw invalidArgument(
      `executions: at most ${EXECUTIONS_MAX}, got ${executions.length}; use visibilityQuery`,
    );
  for (const { workflowId } of executions) requireText(workflowId, 'executions.workflowId');
}

async function refuseSecond({ namespace }: StartBatchOperationRequest): Promise<never> {
  throw new RpcError(
    'RESOURCE_EXHAUSTED',
    `A batch job of namespace ${namespace} is running; start the next one when it has ended, or stop it.`,
  );
}

/** What the last activity gave; before it has, what the run began with. */
function progressOf(newestFirst: readonly HistoryEvent[], [first]: readonly HistoryEvent[]): BatchProgress {
  const last = newestFirst.find((event) => event.eventType === 'ActivityTaskCompleted');
  // Sound: only the job's own code writes these.
  if (last?.eventType === 'ActivityTaskCompleted')
    return jsonOf(last.attributes.result?.payloads?.[0]) as BatchProgress;
  if (first?.eventType !== 'WorkflowExecutionStarted') return NO_PROGRESS;
  return (jsonOf(first.attributes.input?.payloads?.[0]) as BatchInput).progress;
}

function identityOf([first]: readonly HistoryEvent[]): string | undefined {
  if (first?.eventType !== 'WorkflowExecutionStarted') return undefined;
  const { request } = jsonOf(first.attributes.input?.payloads?.[0]) as BatchInput;
  const operation = Object.keys(BATCH_OPERATIONS).find((field) => field in (request as object));
  return (request as Record<string, { identity?: string }>)[operation ?? '']?.identity;
}

function textOf({ memo }: WorkflowExecutionInfo, name: string): string | undefined {
  const value = jsonOf(memo?.fields?.[name]);
  return typeof value === 'string' ? value : undefined;
}

function infoOf(info: WorkflowExecutionInfo) {
  const { execution, startTime, closeTime, status } = info;
  return {
    jobId: jobIdOf(execution.workflowId ?? ''),
    state: stateOf(status),
    ...(startTime !== undefined && { startTime }),
    ...(closeTime !== undefined && { closeTime }),
    // Sound: written by `startBatchOperation`.
    operationType: textOf(info, 'operation') as BatchOperationTypeName,
  };
}

function stateOf(status: WorkflowStatusName | undefined): 'RUNNING' | 'COMPLETED' | 'FAILED' {
  if (status === 'COMPLETED') return 'COMPLETED';
  return status === 'RUNNING' || status === 'PAUSED' || status === 'CONTINUED_AS_NEW' ? 'RUNNING' : 'FAILED';
}
