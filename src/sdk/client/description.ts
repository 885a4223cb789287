/** What describe and list show of a workflow, decoded. */
import { decodeMapFromPayloads, decodeOptionalSinglePayload } from '../common/converter/codec-helpers.ts';
import {
  decodeSearchAttributes,
  decodeTypedSearchAttributes,
  searchAttributePayloadConverter,
} from '../common/converter/payload-search-attributes.ts';
import { readPriority } from '../common/read-priority.ts';
import type { SearchAttributeValue } from '../common/search-attributes.ts';
import { type Payload, type WorkflowExecutionRef, WorkflowExecutionStatus } from '../common/wire/messages.ts';
import {
  type CountWorkflowExecutionsResponse,
  type DescribeWorkflowExecutionResponse as DescribeResponse,
  DescribeWorkflowExecutionResponseSchema,
  type WorkflowExecutionInfo as WireInfo,
  WorkflowExecutionInfoSchema,
} from '../common/wire/requests.ts';
import { type ClientContext, serializationContext } from './client-context.ts';
import type {
  CountWorkflowExecution,
  DescribeWorkflowExecutionResponse,
  RawWorkflowExecutionInfo,
  WorkflowExecution,
  WorkflowExecutionDescription,
  WorkflowExecutionInfo,
  WorkflowExecutionStatusName,
} from './types.ts';

/** The response in the shape of a protobuf object, which interceptors and `raw` show. `Long` is loaded with the first one. */
export async function toRawDescription(
  response: DescribeResponse,
): Promise<DescribeWorkflowExecutionResponse> {
  const { messageToProto } = await import('../common/wire/proto-shape.ts');
  return messageToProto(DescribeWorkflowExecutionResponseSchema, response);
}

export async function fromRawDescription(raw: DescribeWorkflowExecutionResponse): Promise<DescribeResponse> {
  const { messageFromProto } = await import('../common/wire/proto-shape.ts');
  // The schema says what comes of it.
  return messageFromProto(DescribeWorkflowExecutionResponseSchema, raw) as DescribeResponse;
}

export async function describeRaw(
  context: ClientContext,
  workflowId: string,
  raw: DescribeWorkflowExecutionResponse,
): Promise<WorkflowExecutionDescription> {
  const { workflowExecutionInfo, executionConfig } = await fromRawDescription(raw);
  const owner = serializationContext(context, workflowId);
  const text = async (payload: Payload | undefined) =>
    (await decodeOptionalSinglePayload<string>(context.dataConverter, payload, owner)) ?? undefined;
  return {
    ...(await decodeInfo(context, workflowExecutionInfo)),
    staticDetails: () => text(executionConfig.userMetadata?.details),
    staticSummary: () => text(executionConfig.userMetadata?.summary),
    raw,
  };
}

export async function toListEntry(context: ClientContext, info: WireInfo): Promise<WorkflowExecutionInfo> {
  const { messageToProto } = await import('../common/wire/proto-shape.ts');
  const raw: RawWorkflowExecutionInfo = messageToProto(WorkflowExecutionInfoSchema, info);
  return { ...(await decodeInfo(context, info)), raw };
}

/** Everything but `raw`. */
export async function decodeInfo(
  context: Pick<ClientContext, 'dataConverter' | 'namespace'>,
  info: WireInfo,
): Promise<Omit<WorkflowExecutionInfo, 'raw'>> {
  const { execution, type, searchAttributes, memo } = info;
  const workflowId = execution.workflowId ?? '';
  const owner = serializationContext(context, workflowId);
  return {
    type: type.name,
    workflowId,
    runId: execution.runId ?? '',
    taskQueue: info.taskQueue ?? '',
    status: {
      code: info.status ? WorkflowExecutionStatus.values[info.status] : 0,
      name: statusName(info.status),
    },
    historyLength: info.historyLength ?? 0,
    historySize: info.historySizeBytes || undefined,
    startTime: new Date(info.startTime ?? 0),
    executionTime: dateOf(info.executionTime),
    closeTime: dateOf(info.closeTime),
    memo: await decodeMapFromPayloads(context.dataConverter, memo?.fields, owner),
    searchAttributes: decodeSearchAttributes(searchAttributes?.indexedFields),
    typedSearchAttributes: decodeTypedSearchAttributes(searchAttributes?.indexedFields),
    parentExecution: executionOf(info.parentExecution),
    rootExecution: executionOf(info.rootExecution),
    priority: readPriority(info.priority),
  };
}

/** Two L's here, one on the wire, as in Temporal. */
function statusName(status: WireInfo['status']): WorkflowExecutionStatusName {
  return status === 'CANCELED' ? 'CANCELLED' : (status ?? 'UNSPECIFIED');
}

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));

function executionOf(execution: WorkflowExecutionRef | undefined): Required<WorkflowExecution> | undefined {
  return execution && { workflowId: execution.workflowId ?? '', runId: execution.runId ?? '' };
}

export function decodeCount({ count, groups }: CountWorkflowExecutionsResponse): CountWorkflowExecution {
  return {
    count: count ?? 0,
    groups: (groups ?? []).map((group) => ({
      count: group.count ?? 0,
      groupValues: (group.groupValues ?? []).map((value) =>
        searchAttributePayloadConverter.fromPayload<SearchAttributeValue>(value),
      ),
    })),
  };
}
