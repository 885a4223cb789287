/**
 * Nexus operations without a workflow: started, asked, waited for, cancelled, terminated, deleted (SNX). Each is an object of its
 * own, which knows it as a run with one operation; here that run is shown as what it is to callers.
 */
import type { Input } from '../../../engine/api.ts';
import type { StartWorkflowRequest } from '../../../engine/requests.ts';
import {
  NEXUS_REQUEST_ID_ATTRIBUTE,
  NEXUS_SERVICE_ATTRIBUTE,
  nexusExecutionId,
  STANDALONE_NEXUS_DIVISION,
} from '../../common/standalone-nexus.ts';
import type { Payload } from '../../common/wire/messages.ts';
import type {
  NexusOperationExecutionCommand,
  StartNexusOperationExecutionRequest,
} from '../../common/wire/standalone-nexus-requests.ts';
import type { Gateway } from '../calls/index.ts';
import { grpcStatus, invalidArgument, RpcError } from '../rpc-error.ts';
import { callExecution, type ExecutionTarget } from './executions.ts';
import { admitStart, type DirectServiceOptions, executionTarget, set } from './service.ts';
import { describeOperation, pollOperation } from './standalone-nexus-reads.ts';
import { checkSearchAttributes, checkUserMetadata, requireText } from './validate.ts';

type StandaloneNexusCalls = Pick<
  Gateway,
  | 'startNexusOperationExecution'
  | 'describeNexusOperationExecution'
  | 'pollNexusOperationExecution'
  | 'requestCancelNexusOperationExecution'
  | 'terminateNexusOperationExecution'
  | 'deleteNexusOperationExecution'
>;

/** Headers that say how much time is left: the server sets them. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['request-timeout', 'operation-timeout']);

interface One {
  namespace: string;
  operationId: string;
  runId?: string;
}

export function standaloneNexusService(options: DirectServiceOptions): StandaloneNexusCalls {
  const { executions } = options;
  const apply = async (request: NexusOperationExecutionCommand, input: Input): Promise<void> => {
    const target = await operationTarget(options, request);
    await asOperation(request, () => callExecution(executions, target, (stub, at) => stub.apply(at, input)));
  };
  return {
    async startNexusOperationExecution(request) {
      const start = toStart(request);
      const target = await operationTarget(options, request);
      await requireEndpoint(options, request.endpoint);
      await admitStart(options, request.namespace);
      const { runId, started } = await asOperation(request, () =>
        callExecution(executions, target, (stub, at) => stub.start(at, start), { isStart: true }),
      );
      return { runId, started };
    },

    async describeNexusOperationExecution(request) {
      const target = await operationTarget(options, request);
      if (request.longPollToken?.length && !request.runId)
        throw invalidArgument('runId: required with a longPollToken');
      return asOperation(request, () => describeOperation(options, target, request));
    },

    async pollNexusOperationExecution(request) {
      const target = await operationTarget(options, request);
      return asOperation(request, () => pollOperation(options, target, request));
    },

    async requestCancelNexusOperationExecution(request) {
      await apply(request, { kind: 'RequestCancel', ...ending(request) });
      return {};
    },

    async terminateNexusOperationExecution(request) {
      await apply(request, { kind: 'Terminate', ...ending(request) });
      return {};
    },

    async deleteNexusOperationExecution(request) {
      const target = await operationTarget(options, request);
      const runId = request.runId || undefined;
      await asOperation(request, () =>
        callExecution(executions, target, (stub, at) => stub.delete(at, runId)),
      );
      return {};
    },
  };
}

function operationTarget(
  options: DirectServiceOptions,
  { namespace, operationId }: One,
): Promise<ExecutionTarget> {
  const id = requireText(operationId, 'operationId');
  return executionTarget(options, namespace, nexusExecutionId(id));
}

function ending({ requestId, runId, reason, identity }: NexusOperationExecutionCommand) {
  return {
    requestId: requestId || crypto.randomUUID(),
    ...set('runId', runId),
    ...set('reason', reason),
    ...set('identity', identity),
  };
}

/** Refusals of the object in the words of operations. */
async function asOperation<T>({ operationId, runId }: One, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const which = `operation ID: ${operationId}${runId ? `, run ID: ${runId}` : ''}`;
    if (error.code === grpcStatus.ALREADY_EXISTS) throw alreadyStarted(error, operationId);
    if (error.code !== grpcStatus.NOT_FOUND) throw error;
    const isClosed = error.details.includes('already completed');
    throw new RpcError(
      'NOT_FOUND',
      isClosed ? `Nexus operation already completed, ${which}` : `Nexus operation not found, ${which}`,
    );
  }
}

function alreadyStarted(error: RpcError, operationId: string): RpcError {
  const [detail] = error.statusDetails;
  const type = 'NexusOperationExecutionAlreadyStartedFailure';
  return new RpcError('ALREADY_EXISTS', `Nexus operation already started, operation ID: ${operationId}`, {
    statusDetails: [{ type, startRequestId: detail?.startRequestId, runId: detail?.runId }],
  });
}

/** SNX-2: unlike a workflow's operation, one that nobody could serve is refused. */
async function requireEndpoint({ nexusEndpoints }: DirectServiceOptions, endpoint: string): Promise<void> {
  if (nexusEndpoints === undefined)
    throw new RpcError('UNIMPLEMENTED', 'This server keeps no Nexus endpoints.');
  if ((await nexusEndpoints.find(endpoint)) === undefined)
    throw new RpcError(
      'NOT_FOUND',
      `endpoint: there is no Nexus endpoint named '${endpoint}': register it, or correct the name`,
    );
}

/** The request as the engine takes it. An absent request ID is made here, so that a repeat of the call is the same start. */
function toStart(request: StartNexusOperationExecutionRequest): StartWorkflowRequest {
  checkUserMetadata(request.userMetadata);
  checkSearchAttributes(request.searchAttributes);
  const operationId = requireText(request.operationId, 'operationId');
  const endpoint = requireText(request.endpoint, 'endpoint');
  const service = requireText(request.service, 'service');
  const operation = requireText(request.operation, 'operation');
  // What handlers are told is another one than the caller's.
  const requestId = crypto.randomUUID();
  return {
    // The index lists by these two; a run of this kind has neither type nor queue.
    workflowType: operation,
    taskQueue: endpoint,
    requestId: request.requestId || crypto.randomUUID(),
    searchAttributes: {
      indexedFields: {
        ...request.searchAttributes?.indexedFields,
        TemporalNamespaceDivision: keyword(STANDALONE_NEXUS_DIVISION),
        [NEXUS_SERVICE_ATTRIBUTE]: keyword(service),
        [NEXUS_REQUEST_ID_ATTRIBUTE]: keyword(requestId),
      },
    },
    nexusOperation: {
      operationId,
      endpoint,
      service,
      operation,
      requestId,
      nexusHeader: nexusHeaderOf(request.nexusHeader),
      ...set('input', request.input),
      ...set('scheduleToCloseTimeout', request.scheduleToCloseTimeout),
      ...set('scheduleToStartTimeout', request.scheduleToStartTimeout),
      ...set('startToCloseTimeout', request.startToCloseTimeout),
    },
    ...set('identity', request.identity),
    ...set('workflowIdReusePolicy', request.idReusePolicy),
    ...set('workflowIdConflictPolicy', request.idConflictPolicy),
    ...set('userMetadata', request.userMetadata),
  };
}

/** SNX-8: names in lower case, and none that the server sets. */
function nexusHeaderOf(header: Record<string, string> = {}): Record<string, string> {
  const entries = Object.entries(header).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    value,
  ]);
  for (const [name] of entries)
    if (OWN_HEADERS.has(name)) throw invalidArgument(`nexusHeader.${name}: set by the server, leave it out`);
  return Object.fromEntries(entries);
}

const encoder = new TextEncoder();

function keyword(text: string): Payload {
  const metadata = { encoding: encoder.encode('json/plain'), type: encoder.encode('Keyword') };
  return { metadata, data: encoder.encode(JSON.stringify(text)) };
}
