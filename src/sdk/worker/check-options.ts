/** What no worker can be made of, with Temporal's own words where code may look for them. */
import { throwIfReservedName } from '../common/reserved.ts';
import type { CompiledWorkerOptions, PollerBehavior, WorkerOptions } from './worker-options.ts';

/** Before there are defaults. Throws a `TypeError` for what cannot be. */
export function checkGivenOptions(options: WorkerOptions): void {
  const { taskQueue, useVersioning, buildId, sinks } = options;
  if (!taskQueue) throw new TypeError('Task queue name is required');
  throwIfReservedName('task queue', taskQueue);
  for (const sink of Object.keys(sinks ?? {})) throwIfReservedName('sink', sink);
  if (useVersioning && !buildId) throw new TypeError('Must provide a buildId if useVersioning is true');
  const eager = options.maxEagerActivityReservationsPerWorkflowTask;
  if (eager !== undefined && (!Number.isSafeInteger(eager) || eager < 0)) {
    throw new TypeError('maxEagerActivityReservationsPerWorkflowTask must be a non-negative integer');
  }
}

/** Of a worker that is about to be made: with its defaults, once its code has been found. */
export function checkCompiledOptions(options: CompiledWorkerOptions): void {
  checkDeployment(options);
  const { maxActivitiesPerSecond, maxCachedWorkflows, workflowTaskPollerBehavior } = options;
  checkPolls(workflowTaskPollerBehavior);
  checkPolls(options.activityTaskPollerBehavior);
  checkPolls(options.nexusTaskPollerBehavior);
  const { type, maximum } = workflowTaskPollerBehavior;
  if (maxCachedWorkflows > 0 && type === 'simple-maximum' && maximum < 2)
    refuse('`max_cached_workflows` > 0 requires `workflow_task_poller_behavior` to be at least 2');
  if (maxActivitiesPerSecond !== undefined && !(maxActivitiesPerSecond > 0))
    refuse('`max_worker_activities_per_second` must be positive and nonzero');
  const { workflowsPath, workflowBundle, activities, nexusServiceHandlers } = options;
  const hasCode = workflowsPath !== undefined || workflowBundle !== undefined;
  if (!hasCode && activities.size === 0 && nexusServiceHandlers.size === 0)
    refuse('At least one task type must be enabled in `task_types`');
}

function checkDeployment({ workerDeploymentOptions }: CompiledWorkerOptions): void {
  if (!workerDeploymentOptions?.useWorkerVersioning) return;
  const { version, defaultVersioningBehavior } = workerDeploymentOptions;
  if (defaultVersioningBehavior !== 'PINNED' && defaultVersioningBehavior !== 'AUTO_UPGRADE')
    throw new Error(`Unknown versioning behavior: ${defaultVersioningBehavior}`);
  if (!version.buildId || !version.deploymentName)
    refuse(
      'WorkerDeploymentVersion must have a non-empty build_id and deployment_name when deployment-based versioning is enabled',
    );
}

function checkPolls(behavior: Required<PollerBehavior>): void {
  if (behavior.type === 'simple-maximum') {
    if (behavior.maximum < 1) refuse('SimpleMaximum poller behavior must be at least 1');
    return;
  }
  const { minimum, maximum, initial } = behavior;
  if (minimum < 1) refuse('Autoscaling minimum poller behavior must be at least 1');
  if (maximum < minimum) refuse('Autoscaling maximum must be greater than or equal to minimum');
  if (initial < minimum || initial > maximum)
    refuse('Autoscaling initial must be between minimum and maximum');
}

function refuse(reason: string): never {
  throw new TypeError(`Failed to convert WorkerOptions to CoreWorkerConfig: ${reason}`);
}
