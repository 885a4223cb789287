/** Activity tasks of a worker: run by the code that runs them in a Worker, reported by token. */
import type { ActivityTask, HeartbeatReply, Result, StatusCode } from '../../engine/api.ts';
import type { HeartbeatInput } from '../../objects/activity-heartbeats.ts';
import { type ActivityWorker, type RunningActivity, runActivity } from '../../objects/activity-runner.ts';
import type { ActivityOutcome } from '../../objects/activity-task-codec.ts';
import type { LeaseTimes } from '../../objects/object-options.ts';
import type { Gateway, ResponseOf } from '../client/calls/index.ts';
import { isGrpcServiceError } from '../client/errors.ts';
import { grpcStatus } from '../client/rpc-error.ts';
import { decodeTaskToken } from '../common/task-token.ts';
import type { Failure } from '../common/wire/messages.ts';

export type PolledActivityTask = ResponseOf<'pollActivityTaskQueue'>;

export interface ActivityTasksOptions {
  gateway: Gateway;
  worker: ActivityWorker;
  namespace: string;
  identity: string;
}

const NEVER_MS = 2 ** 31 - 1;
/** A polled activity has no lease: its timeouts are all that the server goes by. */
const NO_LEASE: LeaseTimes = {
  pingAfterMs: NEVER_MS,
  pingIntervalMs: NEVER_MS,
  slowAfterMs: NEVER_MS,
  slowPingIntervalMs: NEVER_MS,
  intervalsPerLease: 1,
};

const WORKER_SHUTDOWN: Failure = {
  message: 'Worker is shutting down and this activity did not complete in time',
  applicationFailureInfo: { type: 'WorkerShutdown' },
};

export class ActivityTasks {
  readonly #options: ActivityTasksOptions;
  readonly #running = new Set<RunningActivity>();
  /** Those whose cancellation is the worker's own doing. */
  readonly #shutDownActivities = new WeakSet<RunningActivity>();
  #isShuttingDown = false;

  constructor(options: ActivityTasksOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Tells all activities, and those that still come, that the worker is shutting down (ACT-10). */
  cancelAll(): void {
    this.#isShuttingDown = true;
    for (const activity of this.#running) this.#shutDown(activity);
  }

  #shutDown(activity: RunningActivity): void {
    if (activity.cancel('WORKER_SHUTDOWN', { workerShutdown: true })) this.#shutDownActivities.add(activity);
  }

  /** Never rejects: a result that cannot be reported is left to the activity's timeouts. */
  async handle(polled: PolledActivityTask): Promise<void> {
    const { worker } = this.#options;
    const token = polled.taskToken ?? new Uint8Array();
    const task = this.#task(polled, token);
    if (task === undefined) return worker.logger.error('Received an activity task without a valid token');
    const activity = runActivity(
      worker,
      { task, depth: 0, lease: NO_LEASE },
      { send: (input) => this.#heartbeat(token, input) },
    );
    this.#running.add(activity);
    const timer = this.#timeOut(activity, task);
    if (this.#isShuttingDown) this.#shutDown(activity);
    try {
      const outcome = await activity.outcome;
      // Nobody asked for the cancellation: the attempt failed, so that the next one need not wait for its timeout.
      const isOwnDoing = outcome.kind === 'canceled' && this.#shutDownActivities.has(activity);
      await this.#report(token, isOwnDoing ? { kind: 'failed', failure: WORKER_SHUTDOWN } : outcome);
    } catch (error) {
      const { activityType, activityId, workflowId } = task;
      worker.logger.warn('Failed to report the outcome of an activity', {
        activityType,
        activityId,
        workflowId,
        error,
      });
    } finally {
      clearTimeout(timer);
      this.#running.delete(activity);
    }
  }

  #task(polled: PolledActivityTask, token: Uint8Array): ActivityTask | undefined {
    const ids = decodeTaskToken(token);
    if (ids === undefined) return undefined;
    const { input, header, heartbeatDetails, priority, retryPolicy = {} } = polled;
    return {
      ...ids,
      namespace: this.#options.namespace,
      workflowType: polled.workflowType?.name ?? '',
      activityId: polled.activityId ?? '',
      activityType: polled.activityType?.name ?? '',
      taskQueue: this.#options.worker.taskQueue,
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

  /** The worker tells an activity by itself that its time is over. */
  #timeOut(activity: RunningActivity, { startToCloseTimeout }: ActivityTask): NodeJS.Timeout | undefined {
    if (startToCloseTimeout <= 0 || startToCloseTimeout > NEVER_MS) return undefined;
    const cancel = () => activity.cancel('TIMED_OUT', { timedOut: true, notFound: true });
    return setTimeout(cancel, startToCloseTimeout);
  }

  async #heartbeat(
    taskToken: Uint8Array,
    input: HeartbeatInput,
  ): Promise<Result<HeartbeatReply | undefined>> {
    const { gateway, namespace, identity } = this.#options;
    if (input.kind === 'ActivityPing') return { ok: true, value: undefined };
    try {
      const { details } = input;
      const reply = await gateway.recordActivityTaskHeartbeat({
        namespace,
        taskToken,
        identity,
        ...(details && { details }),
      });
      const { cancelRequested = false, activityPaused = false, activityReset = false } = reply;
      return { ok: true, value: { cancelRequested, activityPaused, activityReset } };
    } catch (error) {
      if (!isGrpcServiceError(error)) throw error;
      const code: StatusCode = error.code === grpcStatus.NOT_FOUND ? 'NOT_FOUND' : 'UNAVAILABLE';
      return { ok: false, error: { code, message: error.message } };
    }
  }

  async #report(taskToken: Uint8Array, outcome: ActivityOutcome): Promise<void> {
    const { gateway, namespace, identity } = this.#options;
    const about = { namespace, taskToken, identity };
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
}
