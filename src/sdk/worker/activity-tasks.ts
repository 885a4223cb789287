/** Activity tasks of a worker: run by the code that runs them in a Worker, reported by token. */
import {
  type ActivityWorker,
  type RunningActivity,
  runActivity,
} from '../../objects/activity/activity-runner.ts';
import { cancelWhenTimedOut, NO_LEASE } from '../../objects/activity/unleased.ts';
import type { Gateway, ResponseOf } from '../client/calls/index.ts';
import type { Failure } from '../common/wire/messages.ts';
import { reportOutcome, sendHeartbeat, taskOf } from './polled-activity.ts';

export type PolledActivityTask = ResponseOf<'pollActivityTaskQueue'>;

export interface ActivityTasksOptions {
  gateway: Gateway;
  worker: ActivityWorker;
  namespace: string;
  identity: string;
}

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
    const { worker, gateway, namespace, identity } = this.#options;
    const reporter = { gateway, namespace, identity, taskToken: polled.taskToken ?? new Uint8Array() };
    const task = taskOf(polled, { namespace, taskQueue: worker.taskQueue });
    if (task === undefined) return worker.logger.error('Received an activity task without a valid token');
    const activity = runActivity(
      worker,
      { task, depth: 0, lease: NO_LEASE },
      { send: (input) => sendHeartbeat(reporter, input) },
    );
    this.#running.add(activity);
    cancelWhenTimedOut(activity, task.startToCloseTimeout);
    if (this.#isShuttingDown) this.#shutDown(activity);
    try {
      const outcome = await activity.outcome;
      // Nobody asked for the cancellation: the attempt failed, so that the next one need not wait for its timeout.
      const isOwnDoing = outcome.kind === 'canceled' && this.#shutDownActivities.has(activity);
      await reportOutcome(reporter, isOwnDoing ? { kind: 'failed', failure: WORKER_SHUTDOWN } : outcome);
    } catch (error) {
      const { activityType, activityId, workflowId } = task;
      worker.logger.warn('Failed to report the outcome of an activity', {
        activityType,
        activityId,
        workflowId,
        error,
      });
    } finally {
      this.#running.delete(activity);
    }
  }
}
