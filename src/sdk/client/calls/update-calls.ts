/** The calls on updates. Polling and update-with-start have no path in Temporal's HTTP API: these are our own. */
import { UpdateStage } from '../../common/wire/messages.ts';
import {
  PollWorkflowExecutionUpdateRequestSchema,
  StartWorkflowExecutionRequestSchema,
  StartWorkflowExecutionResponseSchema,
  UpdateWorkflowExecutionRequestSchema,
  UpdateWorkflowExecutionResponseSchema,
} from '../../common/wire/requests.ts';
import { dur, message, required } from '../../common/wire/schema.ts';
import { defineCall, messageResponse } from './call.ts';

const workflow = '/namespaces/{namespace}/workflows';

const PollUpdateQuerySchema = message('PollWorkflowExecutionUpdateRequest', {
  ...PollWorkflowExecutionUpdateRequestSchema.fields,
  /** Short for `waitPolicy.lifecycleStage`. */
  waitStage: UpdateStage,
  /** How long to wait for that stage; at most, and by default, what a long poll waits. */
  wait: dur,
});

export const updateCalls = {
  updateWorkflowExecution: defineCall({
    path: `${workflow}/{workflowExecution.workflowId}/update/{request.input.name}`,
    request: UpdateWorkflowExecutionRequestSchema,
    response: messageResponse(UpdateWorkflowExecutionResponseSchema),
  }),
  pollWorkflowExecutionUpdate: defineCall({
    method: 'GET',
    path: `${workflow}/{updateRef.workflowExecution.workflowId}/updates/{updateRef.updateId}`,
    request: PollUpdateQuerySchema,
    response: messageResponse(UpdateWorkflowExecutionResponseSchema),
  }),
  /** `executeMultiOperation` with its only legal content. */
  updateWithStartWorkflowExecution: defineCall({
    path:
      '/namespaces/{start.namespace,update.namespace}' +
      '/workflows/{start.workflowId,update.workflowExecution.workflowId}' +
      '/update-with-start/{update.request.input.name}',
    request: message('UpdateWithStartWorkflowExecutionRequest', {
      start: required(StartWorkflowExecutionRequestSchema),
      update: required(UpdateWorkflowExecutionRequestSchema),
    }),
    response: messageResponse(
      message('UpdateWithStartWorkflowExecutionResponse', {
        start: required(StartWorkflowExecutionResponseSchema),
        update: required(UpdateWorkflowExecutionResponseSchema),
      }),
    ),
  }),
} as const;
