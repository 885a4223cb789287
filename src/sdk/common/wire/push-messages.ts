/** What is pushed to the endpoint of a task queue, and its answer: an activity task in Temporal's form, and what came of it. */
import { isStandaloneExecution } from '../standalone-activity.ts';
import { decodeTaskToken, encodeTaskToken } from '../task-token.ts';
import {
  FailureField,
  type Header,
  type Payloads,
  PayloadsSchema,
  type WirePriority,
  type WireRetryPolicy,
} from './messages.ts';
import { type Infer, message, required, str } from './schema.ts';
import { PollActivityTaskQueueResponseSchema } from './worker-requests.ts';

/** An attempt as the server knows it. */
export interface ActivityAttempt {
  namespace: string;
  workflowId: string;
  runId: string;
  workflowType: string;
  scheduledEventId: number;
  stamp: number;
  activityId: string;
  activityType: string;
  attempt: number;
  scheduledTime: number;
  currentAttemptScheduledTime: number;
  startedTime: number;
  scheduleToCloseTimeout: number;
  startToCloseTimeout: number;
  heartbeatTimeout: number;
  retryPolicy: WireRetryPolicy;
  input?: Payloads;
  header?: Header;
  heartbeatDetails?: Payloads;
  priority?: WirePriority;
}

export type PolledActivity = Infer<typeof PollActivityTaskQueueResponseSchema>;

/** As a poll answers it. */
export function polledActivity(attempt: ActivityAttempt): PolledActivity {
  const { namespace, workflowId, runId, workflowType, activityType, input, header, heartbeatDetails } =
    attempt;
  return {
    taskToken: encodeTaskToken(attempt),
    workflowNamespace: namespace,
    // SAA-10.
    ...(isStandaloneExecution(workflowId)
      ? { activityRunId: runId }
      : { workflowType: { name: workflowType }, workflowExecution: { workflowId, runId } }),
    activityType: { name: activityType },
    activityId: attempt.activityId,
    scheduledTime: attempt.scheduledTime,
    currentAttemptScheduledTime: attempt.currentAttemptScheduledTime,
    startedTime: attempt.startedTime,
    attempt: attempt.attempt,
    scheduleToCloseTimeout: attempt.scheduleToCloseTimeout,
    startToCloseTimeout: attempt.startToCloseTimeout,
    heartbeatTimeout: attempt.heartbeatTimeout,
    retryPolicy: attempt.retryPolicy,
    ...(header && { header }),
    ...(input && { input }),
    ...(heartbeatDetails && { heartbeatDetails }),
    ...(attempt.priority && { priority: attempt.priority }),
  };
}

/** The same the other way. Undefined without a valid token. */
export function activityAttempt(polled: PolledActivity): ActivityAttempt | undefined {
  const ids = decodeTaskToken(polled.taskToken ?? new Uint8Array());
  if (ids === undefined) return undefined;
  const { input, header, heartbeatDetails, priority, retryPolicy = {} } = polled;
  return {
    ...ids,
    namespace: polled.workflowNamespace ?? 'default',
    workflowType: polled.workflowType?.name ?? '',
    activityId: polled.activityId ?? '',
    activityType: polled.activityType?.name ?? '',
    attempt: polled.attempt ?? 1,
    scheduledTime: polled.scheduledTime ?? 0,
    currentAttemptScheduledTime: polled.currentAttemptScheduledTime ?? 0,
    startedTime: polled.startedTime ?? 0,
    scheduleToCloseTimeout: polled.scheduleToCloseTimeout ?? 0,
    startToCloseTimeout: polled.startToCloseTimeout ?? 0,
    heartbeatTimeout: polled.heartbeatTimeout ?? 0,
    retryPolicy,
    ...(input && { input }),
    ...(header && { header }),
    ...(heartbeatDetails && { heartbeatDetails }),
    ...(priority && { priority }),
  };
}

export const PushedActivitySchema = message('PushedActivityTask', {
  ...PollActivityTaskQueueResponseSchema.fields,
  taskQueue: required(str),
});
export type PushedActivity = Infer<typeof PushedActivitySchema>;

/** One of the three. */
export const PushAnswerSchema = message('PushAnswer', {
  completed: message('Completed', { result: PayloadsSchema }),
  failed: message('Failed', { failure: FailureField, lastHeartbeatDetails: PayloadsSchema }),
  canceled: message('Canceled', { details: PayloadsSchema }),
});
export type PushAnswer = Infer<typeof PushAnswerSchema>;

/** Payloads are written out, not as the values that they hold. */
export const PUSH_MEDIA_TYPE = 'application/json+no-payload-shorthand';
