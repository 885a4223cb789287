/** An activity attempt that came from the server: its task, its heartbeats, and the report of its outcome by token. */
import type { ActivityTask, HeartbeatReply, Result, StatusCode } from '../../engine/api.ts';
import type { HeartbeatInput } from '../../objects/activity/activity-heartbeats.ts';
import type { ActivityOutcome } from '../../objects/activity/activity-task-codec.ts';
import type { Gateway } from '../client/calls/index.ts';
import { isGrpcServiceError } from '../client/errors.ts';
import { grpcStatus } from '../client/rpc-error.ts';
import { activityAttempt, type PolledActivity } from '../common/wire/push-messages.ts';

/** Undefined without a valid token. */
export function taskOf(
  polled: PolledActivity,
  { namespace, taskQueue }: { namespace: string; taskQueue: string },
): ActivityTask | undefined {
  const attempt = activityAttempt(polled);
  return attempt && { ...attempt, namespace, taskQueue };
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
