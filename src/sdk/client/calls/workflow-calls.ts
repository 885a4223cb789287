/** The calls on workflows. */
import {
  DescribeWorkflowExecutionRequestSchema,
  DescribeWorkflowExecutionResponseSchema,
  EmptyResponseSchema,
  GetWorkflowExecutionHistoryRequestSchema,
  PauseWorkflowExecutionRequestSchema,
  QueryWorkflowRequestSchema,
  QueryWorkflowResponseSchema,
  RequestCancelWorkflowExecutionRequestSchema,
  ResetWorkflowExecutionRequestSchema,
  ResetWorkflowExecutionResponseSchema,
  SignalWithStartWorkflowExecutionRequestSchema,
  SignalWithStartWorkflowExecutionResponseSchema,
  SignalWorkflowExecutionRequestSchema,
  SignalWorkflowExecutionResponseSchema,
  StartWorkflowExecutionRequestSchema,
  TerminateWorkflowExecutionRequestSchema,
  UnpauseWorkflowExecutionRequestSchema,
  UpdateWorkflowExecutionOptionsRequestSchema,
  UpdateWorkflowExecutionOptionsResponseSchema,
} from '../../common/wire/requests.ts';
import { defineCall, messageResponse } from './call.ts';
import { historyResponse } from './history-call.ts';
import { GetWorkflowExecutionResultRequestSchema, resultResponse, startResponse } from './result-call.ts';

const workflow = '/namespaces/{namespace}/workflows';
const empty = messageResponse(EmptyResponseSchema);

export const workflowCalls = {
  startWorkflowExecution: defineCall({
    path: `${workflow}/{workflowId}`,
    request: StartWorkflowExecutionRequestSchema,
    response: startResponse,
  }),
  signalWorkflowExecution: defineCall({
    path: `${workflow}/{workflowExecution.workflowId}/signal/{signalName}`,
    request: SignalWorkflowExecutionRequestSchema,
    response: messageResponse(SignalWorkflowExecutionResponseSchema),
  }),
  signalWithStartWorkflowExecution: defineCall({
    path: `${workflow}/{workflowId}/signal-with-start/{signalName}`,
    request: SignalWithStartWorkflowExecutionRequestSchema,
    response: messageResponse(SignalWithStartWorkflowExecutionResponseSchema),
  }),
  queryWorkflow: defineCall({
    path: `${workflow}/{execution.workflowId}/query/{query.queryType}`,
    access: 'read',
    request: QueryWorkflowRequestSchema,
    response: messageResponse(QueryWorkflowResponseSchema),
  }),
  describeWorkflowExecution: defineCall({
    method: 'GET',
    path: `${workflow}/{execution.workflowId}`,
    request: DescribeWorkflowExecutionRequestSchema,
    response: messageResponse(DescribeWorkflowExecutionResponseSchema),
  }),
  getWorkflowExecutionHistory: defineCall({
    method: 'GET',
    path: `${workflow}/{execution.workflowId}/history`,
    request: GetWorkflowExecutionHistoryRequestSchema,
    response: historyResponse,
  }),
  getWorkflowExecutionHistoryReverse: defineCall({
    method: 'GET',
    path: `${workflow}/{execution.workflowId}/history-reverse`,
    request: GetWorkflowExecutionHistoryRequestSchema,
    response: historyResponse,
  }),
  getWorkflowExecutionResult: defineCall({
    method: 'GET',
    path: `${workflow}/{workflowId}/result`,
    request: GetWorkflowExecutionResultRequestSchema,
    response: resultResponse,
  }),
  requestCancelWorkflowExecution: defineCall({
    path: `${workflow}/{workflowExecution.workflowId}/cancel`,
    request: RequestCancelWorkflowExecutionRequestSchema,
    response: empty,
  }),
  terminateWorkflowExecution: defineCall({
    path: `${workflow}/{workflowExecution.workflowId}/terminate`,
    request: TerminateWorkflowExecutionRequestSchema,
    response: empty,
  }),
  resetWorkflowExecution: defineCall({
    path: `${workflow}/{workflowExecution.workflowId}/reset`,
    request: ResetWorkflowExecutionRequestSchema,
    response: messageResponse(ResetWorkflowExecutionResponseSchema),
  }),
  pauseWorkflowExecution: defineCall({
    path: `${workflow}/{workflowId}/pause`,
    request: PauseWorkflowExecutionRequestSchema,
    response: empty,
  }),
  unpauseWorkflowExecution: defineCall({
    path: `${workflow}/{workflowId}/unpause`,
    request: UnpauseWorkflowExecutionRequestSchema,
    response: empty,
  }),
  updateWorkflowExecutionOptions: defineCall({
    path: `${workflow}/{workflowExecution.workflowId}/update-options`,
    request: UpdateWorkflowExecutionOptionsRequestSchema,
    response: messageResponse(UpdateWorkflowExecutionOptionsResponseSchema),
  }),
} as const;
