/** An activity attempt that came from the server: its task, its heartbeats, and the report of its outcome by token. */
import type { ActivityTask, HeartbeatReply, Result, StatusCode } from '../../engine/api.ts';
import type { HeartbeatInput } from '../../objects/activity/activity-heartbeats.ts';
import type { RunningActivity } from '../../objects/activity/activity-runner.ts';
import type { ActivityOutcome } from '../../objects/activity/activity-task-codec.ts';
import type { LeaseTimes } from '../../objects/object-options.ts';
import type { Gateway } from '../client/calls/index.ts';
import { isGrpcServiceError } from '../client/errors.ts';
import { grpcStatus } from '../client/rpc-error.ts';
import { decodeTaskToken } from '../common/task-token.ts';
import type { PolledActivity } from '../common/wire/push-messages.ts';

export const NEVER_MS: number = 2 ** 31 - 1;
/** An attempt elsewhere has no lease: its timeouts are all that the server goes by. */
export const NO_LEASE: LeaseTimes = {
  pingAfterMs: NEVER_MS,
  pingIntervalMs: NEVER_MS,
  slowAfterMs: NEVER_MS,
  slowPingIntervalMs: NEVER_MS,
  intervalsPerLease: 1,
};

/** Undefined without a valid token. */
export function taskOf(
  polled: PolledActivity,
  { namespace, taskQueue }: { namespace: string; taskQueue: string },
): ActivityTask | undefined {
  const ids = decodeTaskToken(polled.taskToken ?? new Uint8Array());
  if (ids === undefined) return undefined;
  const { input, header, heartbeatDetails, priority, retryPolicy = {} } = polled;
  return {
    ...ids,
    namespace,
    workflowType: polled.workflowType?.name ?? '',
    activityId: polled.activityId ?? '',
    activityType: polled.activityType?.name ?? '',
    taskQueue,
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

/** Tells the attempt by itself that its time is over. */
export function cancelWhenTimedOut(activity: RunningActivity, { startToCloseTimeout }: ActivityTask): void {
  if (startToCloseTimeout <= 0 || startToCloseTimeout > NEVER_MS) return;
  const cancel = () => activity.cancel('TIMED_OUT', { timedOut: true, notFound: true });
  const timer = setTimeout(cancel, startToCloseTimeout);
  void activity.outcome.then(() => clearTimeout(timer));
}

/** Where an attempt is reported. */
export interface Reporter {
  gateway: Gateway;
  namespace: string;
  identity: string;
  taskToken: Uint8Array;
}

export async function sendHeartbeat(
  { gateway, ...about }: Reporter,
  input: HeartbeatInput,
): Promise<Result<HeartbeatReply | undefined>> {
  if (input.kind === 'ActivityPing') return { ok: true, value: undefined };
  try {
    const { details } = input;
    const reply = await gateway.recordActivityTaskHeartbeat({ ...about, ...(details && { details }) });
    const { cancelRequested = false, activityPaused = false, activityReset = false } = reply;
    return { ok: true, value: { cancelRequested, activityPaused, activityReset } };
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const code: StatusCode = error.code === grpcStatus.NOT_FOUND ? 'NOT_FOUND' : 'UNAVAILABLE';
    return { ok: false, error: { code, message: error.message } };
  }
}

export async function reportOutcome(
  { gateway, ...about }: Reporter,
  outcome: ActivityOutcome,
): Promise<void> {
  try {
    switch (outcome.kind) {
      case 'completed':
        return void (await gateway.respondActivityTaskCompleted({ ...about, result: outcome.result }));
      case 'failed': {
        const { failure, lastHeartbeatDetails } = outcome;
        const details = lastHeartbeatDetails && { lastHeartbeatDetails };
        return void (await gateway.respondActivityTaskFailed({ ...about, failure, ...details }));
      }
      case 'canceled': {
        const details = outcome.details && { details: outcome.details };
        return void (await gateway.respondActivityTaskCanceled({ ...about, ...details }));
      }
      case 'willCompleteAsync':
        return;
    }
  } catch (error) {
    // The attempt ended without us: timed out, or its workflow closed.
    if (isGrpcServiceError(error) && error.code === grpcStatus.NOT_FOUND) return;
    throw error;
  }
}
