/** The calls on Nexus operations that have no workflow. Temporal's HTTP API has all but the last, which is gRPC's. */
import { CountWorkflowExecutionsResponseSchema, EmptyResponseSchema } from '../../common/wire/requests.ts';
import {
  CountNexusOperationExecutionsRequestSchema,
  DeleteNexusOperationExecutionRequestSchema,
  DescribeNexusOperationExecutionRequestSchema,
  DescribeNexusOperationExecutionResponseSchema,
  ListNexusOperationExecutionsRequestSchema,
  ListNexusOperationExecutionsResponseSchema,
  PollNexusOperationExecutionRequestSchema,
  PollNexusOperationExecutionResponseSchema,
  RequestCancelNexusOperationExecutionRequestSchema,
  StartNexusOperationExecutionRequestSchema,
  StartNexusOperationExecutionResponseSchema,
  TerminateNexusOperationExecutionRequestSchema,
} from '../../common/wire/standalone-nexus-requests.ts';
import { defineCall, messageResponse } from './call.ts';

const all = '/namespaces/{namespace}/nexus-operations';
const one = `${all}/{operationId}`;

export const standaloneNexusCalls = {
  startNexusOperationExecution: defineCall({
    path: one,
    request: StartNexusOperationExecutionRequestSchema,
    response: messageResponse(StartNexusOperationExecutionResponseSchema),
  }),
  describeNexusOperationExecution: defineCall({
    method: 'GET',
    path: one,
    request: DescribeNexusOperationExecutionRequestSchema,
    response: messageResponse(DescribeNexusOperationExecutionResponseSchema),
  }),
  pollNexusOperationExecution: defineCall({
    method: 'GET',
    path: `${one}/poll`,
    request: PollNexusOperationExecutionRequestSchema,
    response: messageResponse(PollNexusOperationExecutionResponseSchema),
  }),
  listNexusOperationExecutions: defineCall({
    method: 'GET',
    path: all,
    request: ListNexusOperationExecutionsRequestSchema,
    response: messageResponse(ListNexusOperationExecutionsResponseSchema),
  }),
  countNexusOperationExecutions: defineCall({
    method: 'GET',
    path: '/namespaces/{namespace}/nexus-operation-count',
    request: CountNexusOperationExecutionsRequestSchema,
    response: messageResponse(CountWorkflowExecutionsResponseSchema),
  }),
  requestCancelNexusOperationExecution: defineCall({
    path: `${one}/cancel`,
    request: RequestCancelNexusOperationExecutionRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  terminateNexusOperationExecution: defineCall({
    path: `${one}/terminate`,
    request: TerminateNexusOperationExecutionRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  deleteNexusOperationExecution: defineCall({
    method: 'DELETE',
    path: one,
    request: DeleteNexusOperationExecutionRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
} as const;
