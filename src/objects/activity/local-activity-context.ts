/** Gives a local activity, which runs inside the workflow task, the context that every activity has (group LA of parity.md). */

import type { WrapLocalActivity } from '../../executor/local-activity-runner.ts';
import { ActivityExecution } from '../../sdk/activity/execution.ts';
import { ActivityCancellationDetails } from '../../sdk/common/activity-cancellation-details.ts';
import { CancelledFailure } from '../../sdk/common/failure.ts';
import type { ActivityWorker } from './activity-runner.ts';

/** Around each call of a local activity. Heartbeats go nowhere; cancellation needs none (LA-5). */
export function localActivityContext(worker: ActivityWorker): WrapLocalActivity {
  return (task, call) => {
    const { namespace, workflowId, runId, workflowType, activityId, activityType, attempt, taskQueue } = task;
    const execution = new ActivityExecution({
      info: {
        taskToken: new Uint8Array(),
        base64TaskToken: '',
        activityId,
        activityType,
        activityNamespace: namespace,
        workflowNamespace: namespace,
        namespace,
        attempt,
        isLocal: true,
        inWorkflow: true,
        workflowExecution: { workflowId, runId },
        workflowType,
        taskQueue,
        scheduledTimestampMs: task.scheduledTime,
        currentAttemptScheduledTimestampMs: task.scheduledTime,
        scheduleToCloseTimeoutMs: task.scheduleToCloseTimeoutMs ?? 0,
        startToCloseTimeoutMs: task.startToCloseTimeoutMs ?? 0,
        heartbeatDetails: undefined,
        retryPolicy: task.retryPolicy,
        priority: { priorityKey: 0, fairnessKey: '', fairnessWeight: 0 },
      },
      heartbeat: () => {},
      client: () => worker.client(namespace, 0),
      logger: worker.logger,
      metricMeter: worker.metricMeter,
      interceptors: worker.interceptors,
      dataConverter: worker.dataConverter,
      serializationContext: { type: 'activity', namespace, activityId, workflowId, isLocal: true },
      now: Date.now,
    });
    const { cancellationSignal } = task;
    const cancel = () => {
      const { reason } = cancellationSignal;
      const isTimeout = !(reason instanceof CancelledFailure) || reason.message === 'TIMED_OUT';
      const details = new ActivityCancellationDetails(
        isTimeout ? { timedOut: true } : { cancelRequested: true },
      );
      execution.cancel(isTimeout ? 'TIMED_OUT' : 'CANCELLED', details);
    };
    cancellationSignal.addEventListener('abort', cancel, { once: true });
    return execution.runRaw((...args) => call(args), { args: [...task.args], headers: task.headers });
  };
}
