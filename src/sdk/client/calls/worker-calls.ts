/** The calls of workers: polls, and what came of a task. */
import type { HistoryEvent } from '../../common/wire/events.ts';
import { fromJson, historyFromJson, historyToJson, toJson } from '../../common/wire/json.ts';
import { EmptyResponseSchema } from '../../common/wire/requests.ts';
import type { Infer } from '../../common/wire/schema.ts';
import {
  DescribeTaskQueueRequestSchema,
  DescribeTaskQueueResponseSchema,
  PollActivityTaskQueueRequestSchema,
  PollActivityTaskQueueResponseSchema,
  PollWorkflowTaskQueueRequestSchema,
  PollWorkflowTaskQueueResponseSchema,
  RespondQueryTaskCompletedRequestSchema,
  RespondWorkflowTaskCompletedRequestSchema,
  RespondWorkflowTaskFailedRequestSchema,
  ShutdownWorkerRequestSchema,
  UpdateTaskQueueConfigRequestSchema,
  UpdateTaskQueueConfigResponseSchema,
} from '../../common/wire/worker-requests.ts';
import { defineCall, messageResponse, type ResponseCodec } from './call.ts';

export type PollWorkflowTaskQueueResponse = Infer<typeof PollWorkflowTaskQueueResponseSchema> & {
  /** From the first event, or only what came after `previousStartedEventId`. */
  history?: { events: HistoryEvent[] };
};

const workflowTask: ResponseCodec<PollWorkflowTaskQueueResponse> = {
  schema: PollWorkflowTaskQueueResponseSchema,
  toJson: ({ history, ...response }, options) => ({
    ...toJson(PollWorkflowTaskQueueResponseSchema, response, options),
    ...(history && { history: historyToJson(history.events, options) }),
  }),
  fromJson: (json) => {
    const response = fromJson(PollWorkflowTaskQueueResponseSchema, json ?? {});
    const { history } = (json ?? {}) as { history?: unknown };
    return history === undefined ? response : { ...response, history: { events: historyFromJson(history) } };
  },
};

const empty = messageResponse(EmptyResponseSchema);
const taskQueue = '/namespaces/{namespace}/task-queues/{taskQueue.name}';

export const workerCalls = {
  pollWorkflowTaskQueue: defineCall({
    path: `${taskQueue}/poll-workflow-task`,
    request: PollWorkflowTaskQueueRequestSchema,
    response: workflowTask,
  }),
  respondWorkflowTaskCompleted: defineCall({
    path: '/namespaces/{namespace}/workflow-task-complete',
    request: RespondWorkflowTaskCompletedRequestSchema,
    response: empty,
  }),
  respondWorkflowTaskFailed: defineCall({
    path: '/namespaces/{namespace}/workflow-task-fail',
    request: RespondWorkflowTaskFailedRequestSchema,
    response: empty,
  }),
  respondQueryTaskCompleted: defineCall({
    path: '/namespaces/{namespace}/query-complete',
    request: RespondQueryTaskCompletedRequestSchema,
    response: empty,
  }),
  pollActivityTaskQueue: defineCall({
    path: `${taskQueue}/poll-activity-task`,
    request: PollActivityTaskQueueRequestSchema,
    response: messageResponse(PollActivityTaskQueueResponseSchema),
  }),
  shutdownWorker: defineCall({
    path: `${taskQueue}/shutdown-worker`,
    request: ShutdownWorkerRequestSchema,
    response: empty,
  }),
  describeTaskQueue: defineCall({
    method: 'GET',
    path: taskQueue,
    request: DescribeTaskQueueRequestSchema,
    response: messageResponse(DescribeTaskQueueResponseSchema),
  }),
  updateTaskQueueConfig: defineCall({
    path: '/namespaces/{namespace}/task-queues/{taskQueue}/update-config',
    request: UpdateTaskQueueConfigRequestSchema,
    response: messageResponse(UpdateTaskQueueConfigResponseSchema),
  }),
} as const;
