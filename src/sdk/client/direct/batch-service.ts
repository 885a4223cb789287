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
  OPERATIONS_PER_SECOND,
} from '../../common/batch.ts';
import {
  BATCH_OPERATIONS,
  type BatchOperationField,
  type BatchOperationTypeName,
  type StartBatchOperationRequest,
  StartBatchOperationRequestSchema,
} from '../../common/wire/batch-requests.ts';
import type { HistoryEvent } from '../../common/wire/events.ts';
import { toJson } from '../../common/wire/json.ts';
import type { WorkflowStatusName } from '../../common/wire/messages.ts';
import type { WorkflowExecutionInfo } from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { grpcStatus, invalidArgument, RpcError } from '../rpc-error.ts';
import { callExecution, type ExecutionTarget } from './executions.ts';
import { set, targetOf } from './service.ts';
import { checkId, ID_BYTES_MAX, requireText } from './validate.ts';
import { type VisibilityServiceOptions, visibilityService } from './visibility-service.ts';

type BatchCalls = Pick<
  Gateway,
  'startBatchOperation' | 'describeBatchOperation' | 'listBatchOperations' | 'stopBatchOperation'
>;

/** A job is a workflow, whose ID begins with more than the job's. */
const JOB_ID_BYTES_MAX = ID_BYTES_MAX - batchWorkflowId('').length;
/** BATCH-2. */
const EXECUTIONS_MAX = 1000;
const EVENTS_LOOKED_AT = 20;
const JOBS = `TemporalNamespaceDivision = '${BATCH_DIVISION}' AND ExecutionStatus != 'ContinuedAsNew'`;
const RUNNING_JOBS = `TemporalNamespaceDivision = '${BATCH_DIVISION}' AND ExecutionStatus = 'Running'`;
/** A page of a job has its next operation within this time. */
const OPERATIONS_PER_SECOND_MIN = 0.01;

export function batchService(options: VisibilityServiceOptions): BatchCalls {
  const { executions } = options;
  const visibility = visibilityService(options);
  const job = (namespace: string, jobId: string) => {
    checkId(requireText(jobId, 'jobId'), 'jobId', JOB_ID_BYTES_MAX);
    return targetOf(options, namespace, batchWorkflowId(jobId), 'jobId');
  };
  const exists = async (target: ExecutionTarget): Promise<boolean> => {
    try {
      await callExecution(executions, target, (stub, at) => stub.describe(at));
      return true;
    } catch (error) {
      if (error instanceof RpcError && error.code === grpcStatus.NOT_FOUND) return false;
      throw error;
    }
  };
  return {
    async startBatchOperation(given) {
      const request = { ...given, executions: targetsOf(given) };
      const { namespace, jobId, visibilityQuery: query } = request;
      const target = await job(namespace, jobId);
      const operation = operationOf(request);
      checkTargets(request);
      checkRate(request);
      requireText(request.reason, 'reason');
      // Says what is wrong with the query, if anything is.
      if (query) await visibility.countWorkflowExecutions({ namespace, query });
      if (await exists(target)) throw alreadyExists(request);
      const running = await visibility.countWorkflowExecutions({ namespace, query: RUNNING_JOBS });
      if ((running.count ?? 0) > 0) throw isBusy(request);
      const start = startOf(request, operation);
      try {
        await callExecution(executions, target, (stub, at) => stub.start(at, start), { isStart: true });
      } catch (error) {
        throw isAlreadyExists(error) ? alreadyExists(request) : error;
      }
      return {};
    },

    async describeBatchOperation({ namespace, jobId }) {
      const target = await job(namespace, jobId);
      const described = await asJob({ namespace, jobId }, () =>
        callExecution(executions, target, (stub, at) => stub.describe(at)),
      );
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
      await asJob({ namespace, jobId }, () =>
        callExecution(executions, target, (stub, at) => stub.apply(at, stop)),
      );
      return {};
    },
  };
}

function startOf(
  request: StartBatchOperationRequest,
  operation: BatchOperationTypeName,
): StartWorkflowRequest {
  const { targetExecutions: _asExecutions, ...kept } = request;
  const input: BatchInput = {
    request: toJson(StartBatchOperationRequestSchema, kept),
    progress: NO_PROGRESS,
  };
  return {
    workflowType: BATCH_WORKFLOW_TYPE,
    taskQueue: BATCH_TASK_QUEUE,
    isInternal: true,
    input: { payloads: [jsonPayload(input)] },
    requestId: crypto.randomUUID(),
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    memo: { fields: { operation: jsonPayload(operation), reason: jsonPayload(request.reason) } },
    searchAttributes: {
      indexedFields: { TemporalNamespaceDivision: jsonPayload(BATCH_DIVISION, 'Keyword') },
    },
  };
}

function operationOf(request: StartBatchOperationRequest): BatchOperationTypeName {
  const given = Object.entries(BATCH_OPERATIONS).filter(
    ([field]) => request[field as BatchOperationField] !== undefined,
  );
  const [only] = given;
  if (given.length !== 1 || only === undefined)
    throw invalidArgument(
      `expected one operation of ${Object.keys(BATCH_OPERATIONS).join(', ')}, got ${given.length}`,
    );
  if (request.signalOperation) requireText(request.signalOperation.signal, 'signalOperation.signal');
  checkReset(request);
  checkActivities(request);
  return only[1];
}

function checkReset({ resetOperation }: StartBatchOperationRequest): void {
  if (resetOperation === undefined) return;
  const { options = {}, resetType } = resetOperation;
  const { firstWorkflowTask, lastWorkflowTask, workflowTaskId, buildId } = options;
  const given = [firstWorkflowTask, lastWorkflowTask, workflowTaskId || undefined, resetType];
  if (buildId || given.every((each) => each === undefined))
    throw invalidArgument(
      'resetOperation.options: expected firstWorkflowTask, lastWorkflowTask or workflowTaskId; resets to a build ID are not offered',
    );
}

/** Each takes the activities of a type, or all. */
function checkActivities(request: StartBatchOperationRequest): void {
  const { unpauseActivitiesOperation, resetActivitiesOperation, updateActivityOptionsOperation } = request;
  const operations = { unpauseActivitiesOperation, resetActivitiesOperation, updateActivityOptionsOperation };
  for (const [field, operation] of Object.entries(operations))
    if (operation !== undefined && Boolean(operation.type) === Boolean(operation.matchAll))
      throw invalidArgument(`${field}: expected either type or matchAll`);
}

function targetsOf({ executions = [], targetExecutions = [] }: StartBatchOperationRequest) {
  if (executions.length > 0 && targetExecutions.length > 0)
    throw invalidArgument('expected either executions or targetExecutions');
  const others = targetExecutions.map(({ type = 'WORKFLOW', businessId = '', runId }, index) => {
    if (type === 'WORKFLOW') return { workflowId: businessId, ...(runId && { runId }) };
    const path = `targetExecutions[${index}].type`;
    throw invalidArgument(`${path}: expected EXECUTION_TYPE_WORKFLOW: batch jobs work on workflows`);
  });
  return [...executions, ...others];
}

function checkTargets({ visibilityQuery, executions = [] }: StartBatchOperationRequest): void {
  if (Boolean(visibilityQuery) === executions.length > 0)
    throw invalidArgument('expected either visibilityQuery or executions');
  if (executions.length > EXECUTIONS_MAX)
    throw invalidArgument(
      `executions: at most ${EXECUTIONS_MAX}, got ${executions.length}; use visibilityQuery`,
    );
  for (const [index, { workflowId }] of executions.entries())
    requireText(workflowId, `executions[${index}].workflowId`);
}

/** 0 is unset. */
function checkRate({ maxOperationsPerSecond: rate = 0 }: StartBatchOperationRequest): void {
  if (rate !== 0 && !(rate >= OPERATIONS_PER_SECOND_MIN))
    throw invalidArgument(
      `maxOperationsPerSecond: expected ${OPERATIONS_PER_SECOND_MIN} to ${OPERATIONS_PER_SECOND}, got ${rate}`,
    );
}

const isAlreadyExists = (error: unknown): boolean =>
  error instanceof RpcError && error.code === grpcStatus.ALREADY_EXISTS;

/** Refusals of the object in the words of jobs. */
async function asJob<T>(
  { namespace, jobId }: { namespace: string; jobId: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== grpcStatus.NOT_FOUND) throw error;
    const hasEnded = error.details.includes('already completed');
    throw new RpcError(
      'NOT_FOUND',
      hasEnded
        ? `The batch job '${jobId}' of namespace ${namespace} has ended already.`
        : `There is no batch job '${jobId}' in namespace ${namespace}: it was never started, or its retention has passed.`,
    );
  }
}

const alreadyExists = ({ namespace, jobId }: StartBatchOperationRequest): RpcError =>
  new RpcError(
    'ALREADY_EXISTS',
    `A batch job '${jobId}' of namespace ${namespace} exists already: choose another jobId.`,
  );

const isBusy = ({ namespace }: StartBatchOperationRequest): RpcError =>
  new RpcError(
    'RESOURCE_EXHAUSTED',
    `A batch job of namespace ${namespace} is running: start the next one when it has ended, or stop it.`,
  );

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
  const { execution, closeTime, status, memo } = info;
  // Of a job that has continued as new its first beginning, which it keeps in its memo.
  const startTime = (jsonOf(memo?.fields?.startTime) as number | undefined) ?? info.startTime;
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
