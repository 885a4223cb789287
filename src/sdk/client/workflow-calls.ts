/** The calls behind a handle's methods: the end of each chain of interceptors. */
import { decodeFromPayloadsAtIndex, encodeToPayloadsWithContext } from '../common/converter/codec-helpers.ts';
import { WorkflowExecutionStatus } from '../common/wire/messages.ts';
import { type ClientContext, serializationContext } from './client-context.ts';
import { toRawDescription } from './description.ts';
import { isGrpcServiceError, QueryNotRegisteredError, QueryRejectedError } from './errors.ts';
import type {
  WorkflowCancelInput,
  WorkflowDescribeInput,
  WorkflowQueryInput,
  WorkflowSignalInput,
  WorkflowTerminateInput,
} from './interceptors.ts';
import {
  InternalWorkflowQueryOptionsSymbol,
  InternalWorkflowSignalOptionsSymbol,
  internalOptionsOf,
  keepLink,
} from './internal-options.ts';
import { rethrowGrpcError, rethrowKnownErrorTypes } from './rethrow.ts';
import { grpcStatus } from './rpc-error.ts';
import { asPayloads } from './start-requests.ts';
import {
  type DescribeWorkflowExecutionResponse,
  queryRejectConditionName,
  type RequestCancelWorkflowExecutionResponse,
  type TerminateWorkflowExecutionResponse,
} from './types.ts';

export async function signalWorkflow(context: ClientContext, input: WorkflowSignalInput): Promise<void> {
  const { dataConverter, namespace, identity, gateway } = context;
  const { workflowExecution, signalName, args, typeInfo, headers } = input;
  const owner = serializationContext(context, workflowExecution.workflowId);
  const payloads = await encodeToPayloadsWithContext(dataConverter, owner, args, typeInfo?.inputTypes);
  const internal = internalOptionsOf(input, InternalWorkflowSignalOptionsSymbol);
  try {
    const { link } = await gateway.signalWorkflowExecution({
      namespace,
      identity,
      workflowExecution,
      requestId: crypto.randomUUID(),
      signalName,
      header: { fields: headers },
      input: asPayloads(payloads),
      ...(internal?.links?.length && { links: internal.links }),
    });
    keepLink(internal, link);
  } catch (err) {
    rethrowGrpcError(err, 'Failed to signal Workflow', workflowExecution);
  }
}

export async function queryWorkflow(context: ClientContext, input: WorkflowQueryInput): Promise<unknown> {
  const { dataConverter, namespace, gateway } = context;
  const { workflowExecution, queryType, args, typeInfo, headers } = input;
  const owner = serializationContext(context, workflowExecution.workflowId);
  const payloads = await encodeToPayloadsWithContext(dataConverter, owner, args, typeInfo?.inputTypes);
  const condition = queryRejectConditionName(input.queryRejectCondition);
  const response = await gateway
    .queryWorkflow({
      namespace,
      execution: workflowExecution,
      query: { queryType, queryArgs: asPayloads(payloads), header: { fields: headers } },
      ...(condition ? { queryRejectCondition: condition } : {}),
    })
    .catch((err: unknown) => rethrowQueryError(err, input));
  keepLink(internalOptionsOf(input, InternalWorkflowQueryOptionsSymbol), response.link);
  if (response.queryRejected) {
    const { status } = response.queryRejected;
    if (!status) throw new TypeError('Received queryRejected from server with no status');
    throw new QueryRejectedError(WorkflowExecutionStatus.values[status]);
  }
  if (!response.queryResult) throw new TypeError('Invalid response from server');
  return await decodeFromPayloadsAtIndex(
    dataConverter,
    0,
    response.queryResult.payloads,
    owner,
    typeInfo?.outputType,
  );
}

/** QRY-6: unknown queries and throwing handlers look the same. */
function rethrowQueryError(err: unknown, { workflowExecution }: WorkflowQueryInput): never {
  if (isGrpcServiceError(err)) {
    const known = rethrowKnownErrorTypes(err);
    if (known.code === grpcStatus.INVALID_ARGUMENT)
      throw new QueryNotRegisteredError(known.details, known.code);
  }
  return rethrowGrpcError(err, 'Failed to query Workflow', workflowExecution);
}

export async function terminateWorkflow(
  context: ClientContext,
  input: WorkflowTerminateInput,
): Promise<TerminateWorkflowExecutionResponse> {
  const { dataConverter, namespace, identity, gateway } = context;
  const { workflowExecution, reason, details, firstExecutionRunId } = input;
  const owner = serializationContext(context, workflowExecution.workflowId);
  const payloads = details && (await encodeToPayloadsWithContext(dataConverter, owner, details));
  try {
    await gateway.terminateWorkflowExecution({
      namespace,
      identity,
      workflowExecution,
      ...(reason === undefined ? {} : { reason }),
      ...(payloads ? { details: { payloads } } : {}),
      ...(firstExecutionRunId ? { firstExecutionRunId } : {}),
    });
    return {};
  } catch (err) {
    return rethrowGrpcError(err, 'Failed to terminate Workflow', workflowExecution);
  }
}

export async function cancelWorkflow(
  { namespace, identity, gateway }: ClientContext,
  { workflowExecution, firstExecutionRunId }: WorkflowCancelInput,
): Promise<RequestCancelWorkflowExecutionResponse> {
  try {
    await gateway.requestCancelWorkflowExecution({
      namespace,
      identity,
      requestId: crypto.randomUUID(),
      workflowExecution,
      ...(firstExecutionRunId ? { firstExecutionRunId } : {}),
    });
    return {};
  } catch (err) {
    return rethrowGrpcError(err, 'Failed to cancel workflow', workflowExecution);
  }
}

export async function describeWorkflow(
  { namespace, gateway }: ClientContext,
  { workflowExecution }: WorkflowDescribeInput,
): Promise<DescribeWorkflowExecutionResponse> {
  try {
    return await toRawDescription(
      await gateway.describeWorkflowExecution({ namespace, execution: workflowExecution }),
    );
  } catch (err) {
    return rethrowGrpcError(err, 'Failed to describe workflow', workflowExecution);
  }
}
