/** How a run is versioned: what the worker of its last completed task said, and what its options override. */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { WorkflowExecutionInfo } from '../sdk/common/wire/requests.ts';

type CompletedTask = Partial<
  Pick<EventAttributes<'WorkflowTaskCompleted'>, 'versioningBehavior' | 'deploymentVersion' | 'workerVersion'>
>;

export interface RunVersioning {
  readonly task: CompletedTask;
  readonly override: unknown;
}

export const initialVersioning = (override: unknown): RunVersioning => ({ task: {}, override });

export function versionedByTask({ override }: RunVersioning, task: CompletedTask): RunVersioning {
  const { versioningBehavior, deploymentVersion, workerVersion } = task;
  return {
    task: {
      ...(versioningBehavior && { versioningBehavior }),
      ...(deploymentVersion && { deploymentVersion }),
      ...(workerVersion && { workerVersion }),
    },
    override,
  };
}

export function versionedByOptions(
  versioning: RunVersioning,
  {
    versioningOverride,
    unsetVersioningOverride,
  }: Pick<
    EventAttributes<'WorkflowExecutionOptionsUpdated'>,
    'versioningOverride' | 'unsetVersioningOverride'
  >,
): RunVersioning {
  if (unsetVersioningOverride) return { ...versioning, override: undefined };
  return versioningOverride === undefined ? versioning : { ...versioning, override: versioningOverride };
}

/** What `describe` tells of it. A worker that does not version its tasks shows its build alone. */
export function versioningMembers({ task, override }: RunVersioning): Partial<WorkflowExecutionInfo> {
  const { versioningBehavior, deploymentVersion, workerVersion } = task;
  const isVersioned = versioningBehavior !== undefined && deploymentVersion !== undefined;
  const versioningInfo = {
    ...(isVersioned && {
      behavior: versioningBehavior,
      deploymentVersion,
      version: `${deploymentVersion.deploymentName}.${deploymentVersion.buildId}`,
    }),
    ...(override !== undefined && { versioningOverride: override }),
  };
  return {
    ...(Object.keys(versioningInfo).length > 0 && { versioningInfo }),
    ...(isVersioned && { workerDeploymentName: deploymentVersion.deploymentName }),
    ...(workerVersion?.buildId && { mostRecentWorkerVersionStamp: { buildId: workerVersion.buildId } }),
  };
}
