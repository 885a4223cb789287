/** Where the tasks of a task queue go, as the registry of deployments has it. */
import type { TaskQueueRouting } from '../task-queue/task-routing.ts';
import {
  type Deployment,
  type DeploymentRegistry,
  findVersion,
  hasQueue,
  type VersionTaskQueue,
} from './deployment-record.ts';

/**
 * A deployment has a say about the queues from which workers of the version in question have polled. Where several have, the one
 * that changed last counts.
 */
export function routingOf(registry: DeploymentRegistry, queue: VersionTaskQueue): TaskQueueRouting {
  const { revision, deployments } = registry;
  const polls = (deployment: Deployment, buildId: string | null) => {
    const version = findVersion(deployment, buildId);
    return version !== undefined && hasQueue(version, queue);
  };
  const current = latest(
    deployments.filter((deployment) => polls(deployment, deployment.current)),
    ({ currentChangedTime }) => currentChangedTime,
  );
  const ramped = latest(
    deployments.filter(
      (deployment) =>
        deployment.ramping !== undefined &&
        (deployment.ramping.buildId === null
          ? deployment === current
          : polls(deployment, deployment.ramping.buildId)),
    ),
    ({ rampingChangedTime }) => rampingChangedTime,
  );
  const versions = deployments.flatMap((deployment) =>
    deployment.versions
      .filter((version) => hasQueue(version, queue))
      .map(({ buildId }) => ({ deploymentName: deployment.name, buildId })),
  );
  return {
    revision,
    ...(current?.current != null && { current: versionOf(current, current.current) }),
    ...(ramped?.ramping && {
      ramping: {
        ...(ramped.ramping.buildId !== null && { version: versionOf(ramped, ramped.ramping.buildId) }),
        percentage: ramped.ramping.percentage,
      },
    }),
    ...updateTime(current, ramped),
    versions,
  };
}

function versionOf({ name }: Deployment, buildId: string) {
  return { deploymentName: name, buildId };
}

function updateTime(...deployments: readonly (Deployment | undefined)[]): { updateTime?: number } {
  const times = deployments.flatMap((deployment) => [
    deployment?.currentChangedTime ?? 0,
    deployment?.rampingChangedTime ?? 0,
    deployment?.percentageChangedTime ?? 0,
  ]);
  const last = Math.max(...times);
  return last > 0 ? { updateTime: last } : {};
}

function latest(
  deployments: readonly Deployment[],
  timeOf: (deployment: Deployment) => number | undefined,
): Deployment | undefined {
  let last: Deployment | undefined;
  for (const deployment of deployments)
    if (last === undefined || (timeOf(deployment) ?? 0) > (timeOf(last) ?? 0)) last = deployment;
  return last;
}
