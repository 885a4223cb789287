/** Which build of the code completed a task, and how the event says so. */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { VersioningBehaviorName } from '../sdk/common/wire/messages.ts';

export interface WorkerBuild {
  buildId: string;
  deployment?: { deploymentName: string; buildId: string };
  /** Of a versioned worker: of the workflow's own definition, else the worker's default. */
  versioningBehavior?: VersioningBehaviorName;
}

export function buildAttributes({
  buildId,
  deployment,
  versioningBehavior,
}: WorkerBuild): Partial<EventAttributes<'WorkflowTaskCompleted'>> {
  return {
    workerVersion: { buildId },
    ...(deployment && { workerDeploymentName: deployment.deploymentName, deploymentVersion: deployment }),
    ...(versioningBehavior && { versioningBehavior }),
  };
}
