/** The calls on activities that have no workflow. Temporal's HTTP API has all but the last, which is gRPC's. */
import { CountWorkflowExecutionsResponseSchema, EmptyResponseSchema } from '../../common/wire/requests.ts';
import {
  CountActivityExecutionsRequestSchema,
  DeleteActivityExecutionRequestSchema,
  DescribeActivityExecutionRequestSchema,
  DescribeActivityExecutionResponseSchema,
  ListActivityExecutionsRequestSchema,
  ListActivityExecutionsResponseSchema,
  PollActivityExecutionRequestSchema,
  PollActivityExecutionResponseSchema,
  RequestCancelActivityExecutionRequestSchema,
  StartActivityExecutionRequestSchema,
  StartActivityExecutionResponseSchema,
  TerminateActivityExecutionRequestSchema,
} from '../../common/wire/standalone-activity-requests.ts';
import { defineCall, messageResponse } from './call.ts';

const all = '/namespaces/{namespace}/activities';
const one = `${all}/{activityId}`;

export const standaloneActivityCalls = {
  startActivityExecution: defineCall({
    path: one,
    request: StartActivityExecutionRequestSchema,
    response: messageResponse(StartActivityExecutionResponseSchema),
  }),
  describeActivityExecution: defineCall({
    method: 'GET',
    path: one,
    request: DescribeActivityExecutionRequestSchema,
    response: messageResponse(DescribeActivityExecutionResponseSchema),
  }),
  pollActivityExecution: defineCall({
    method: 'GET',
    path: `${one}/outcome`,
    request: PollActivityExecutionRequestSchema,
    response: messageResponse(PollActivityExecutionResponseSchema),
  }),
  listActivityExecutions: defineCall({
    method: 'GET',
    path: all,
    request: ListActivityExecutionsRequestSchema,
    response: messageResponse(ListActivityExecutionsResponseSchema),
  }),
  countActivityExecutions: defineCall({
    method: 'GET',
    path: '/namespaces/{namespace}/activity-count',
    request: CountActivityExecutionsRequestSchema,
    response: messageResponse(CountWorkflowExecutionsResponseSchema),
  }),
  requestCancelActivityExecution: defineCall({
    path: `${one}/cancel`,
    request: RequestCancelActivityExecutionRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  terminateActivityExecution: defineCall({
    path: `${one}/terminate`,
    request: TerminateActivityExecutionRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
  deleteActivityExecution: defineCall({
    method: 'DELETE',
    path: one,
    request: DeleteActivityExecutionRequestSchema,
    response: messageResponse(EmptyResponseSchema),
  }),
} as const;
