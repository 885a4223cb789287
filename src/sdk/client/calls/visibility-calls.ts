/** The calls on the index of runs. Temporal's HTTP API has the first and the third; the others are gRPC's, or our own. */
import {
  CountWorkflowExecutionsResponseSchema,
  EmptyResponseSchema,
  ListWorkflowExecutionsRequestSchema,
  ListWorkflowExecutionsResponseSchema,
} from '../../common/wire/requests.ts';
import {
  CountWorkflowExecutionsRequestSchema,
  DeleteWorkflowExecutionRequestSchema,
  DescribeVisibilityRequestSchema,
  DescribeVisibilityResponseSchema,
  RebuildVisibilityRequestSchema,
  RebuildVisibilityResponseSchema,
  UpdateVisibilityShardsRequestSchema,
} from '../../common/wire/visibility-requests.ts';
import { defineCall, messageResponse } from './call.ts';

const index = '/cluster/namespaces/{namespace}/visibility';
const prefixedIndex = '/namespaces/{namespace}/visibility';

export const visibilityCalls = {
  listWorkflowExecutions: defineCall({
    method: 'GET',
    path: '/namespaces/{namespace}/workflows',
    request: ListWorkflowExecutionsRequestSchema,
    response: messageResponse(ListWorkflowExecutionsResponseSchema),
  }),
  /** The same as the list, for programs that ask for it by its older name. */
  scanWorkflowExecutions: defineCall({
    method: 'GET',
    path: '/namespaces/{namespace}/workflow-scan',
    request: ListWorkflowExecutionsRequestSchema,
    response: messageResponse(ListWorkflowExecutionsResponseSchema),
  }),
  countWorkflowExecutions: defineCall({
    method: 'GET',
    path: '/namespaces/{namespace}/workflow-count',
    request: CountWorkflowExecutionsRequestSchema,
    response: messageResponse(CountWorkflowExecutionsResponseSchema),
  }),
  deleteWorkflowExecution: defineCall({
    method: 'DELETE',
    path: '/namespaces/{namespace}/workflows/{workflowExecution.workflowId}',
    request: DeleteWorkflowExecutionRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  describeVisibility: defineCall({
    method: 'GET',
    path: index,
    prefixedPath: prefixedIndex,
    access: 'admin',
    request: DescribeVisibilityRequestSchema,
    response: messageResponse(DescribeVisibilityResponseSchema),
  }),
  rebuildVisibility: defineCall({
    path: `${index}/rebuild`,
    prefixedPath: `${prefixedIndex}/rebuild`,
    access: 'admin',
    request: RebuildVisibilityRequestSchema,
    response: messageResponse(RebuildVisibilityResponseSchema),
  }),
  updateVisibilityShards: defineCall({
    path: `${index}/shards`,
    prefixedPath: `${prefixedIndex}/shards`,
    access: 'admin',
    request: UpdateVisibilityShardsRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
} as const;
