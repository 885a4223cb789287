/** Which build of the code completed a task, and how the event says so. */
import type { EventAttributes } from '../sdk/common/wire/events.ts';

export interface WorkerBuild {
  buildId: string;
  deployment?: { deploymentName: string; buildId: string };
}

export function buildAttributes({
  buildId,
  deployment,
}: WorkerBuild): Partial<EventAttributes<'WorkflowTaskCompleted'>> {
  return {
    workerVersion: { buildId },
    ...(deployment && { workerDeploymentName: deployment.deploymentName, deploymentVersion: deployment }),
  };
}
