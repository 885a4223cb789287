/** The task queues of worker deployments: told where tasks go, and asked whether anybody still uses them. */
import type { TaskQueueDescription } from '../../../objects/task-queue/task-queue-api.ts';
import type {
  DeploymentVersion,
  VersionTaskQueue,
} from '../../../objects/worker-deployment/deployment-record.ts';
import type { Changed, VersionChange } from '../../../objects/worker-deployment/deployment-requests.ts';
import type { WorkerDeployments } from '../../../objects/worker-deployment/deployments.ts';
import { RpcError } from '../rpc-error.ts';
import { partitionsOf, requireQueues, type TaskQueues } from './task-queue-service.ts';

/** Without polls for so long a worker is taken to be gone. */
const POLLER_GONE_MS = 60_000;

export function deploymentQueues(
  taskQueuesOf: () => TaskQueues | undefined,
  registry: () => WorkerDeployments,
) {
  /** What has changed is told to the queues of all its versions before the caller hears of it. */
  async function tellQueues(namespace: string, queues: readonly VersionTaskQueue[]): Promise<void> {
    const taskQueues = taskQueuesOf();
    if (taskQueues === undefined) return;
    for (const queue of queues) {
      const routing = await registry().ask(namespace, { kind: 'routing', queue });
      await Promise.all(
        partitionsOf(taskQueues, namespace, queue.name).map((partition) =>
          partition.route(queue.kind, routing),
        ),
      );
    }
  }

  async function changed(namespace: string, { before, after }: Changed): Promise<void> {
    // Where no version of the two was or is active, nothing is routed otherwise.
    const active = [before, after].flatMap(({ current, ramping }) => [current, ramping?.buildId]);
    const versions = after.versions.filter(({ buildId }) => active.includes(buildId));
    const queues = versions.flatMap(({ taskQueues }) => taskQueues);
    const each = new Map(queues.map((queue) => [JSON.stringify([queue.name, queue.kind]), queue]));
    await tellQueues(namespace, [...each.values()]);
  }

  function describeQueue(namespace: string, { name, kind }: VersionTaskQueue) {
    const queues = requireQueues(taskQueuesOf());
    return Promise.all(partitionsOf(queues, namespace, name).map((partition) => partition.describe(kind)));
  }

  /** VER-5. */
  async function refuseMissingQueues(
    namespace: string,
    { deploymentName, buildId }: Pick<VersionChange, 'deploymentName' | 'buildId'>,
  ): Promise<void> {
    if (buildId === null) return;
    const found = await registry().ask(namespace, { kind: 'get', deploymentName });
    if (!found.ok) return;
    const { current, versions } = found.value;
    const queuesOf = (id: string | null) =>
      versions.find((version) => version.buildId === id)?.taskQueues ?? [];
    const next = queuesOf(buildId);
    const missing = queuesOf(current).filter(
      ({ name, kind }) => !next.some((queue) => queue.name === name && queue.kind === kind),
    );
    const own = current === null ? '' : `${deploymentName}:${current}`;
    for (const queue of missing) {
      const parts = await describeQueue(namespace, queue);
      const isUsed = parts.some(({ backlogCount, addRate }) => backlogCount > 0 || addRate > 0);
      if (!isUsed || !parts.some((part) => isCurrentIn(part, own))) continue;
      throw new RpcError(
        'FAILED_PRECONDITION',
        `Version '${buildId}' of worker deployment '${deploymentName}' misses task queue '${queue.name}', which the current version polls and which is in use: start workers of the new version on it, or set ignoreMissingTaskQueues.`,
      );
    }
  }

  async function refusePolled(
    namespace: string,
    { buildId, taskQueues: polledQueues }: DeploymentVersion,
    deploymentName: string,
  ): Promise<void> {
    for (const queue of polledQueues) {
      const pollers = (await describeQueue(namespace, queue)).flatMap((part) => part.pollers);
      const poller = pollers.find(
        ({ deployment, lastAccessTime, hasLeft }) =>
          !hasLeft &&
          deployment?.isVersioned === true &&
          deployment.deploymentName === deploymentName &&
          deployment.buildId === buildId &&
          Date.now() - lastAccessTime < POLLER_GONE_MS,
      );
      if (poller === undefined) continue;
      throw new RpcError(
        'FAILED_PRECONDITION',
        `Version '${buildId}' of worker deployment '${deploymentName}' cannot be deleted: worker '${poller.identity}' polls task queue '${queue.name}' with it. Stop its workers first.`,
      );
    }
  }

  return {
    tell: tellQueues,
    changed,
    describe: describeQueue,
    refuseMissing: refuseMissingQueues,
    refusePolled,
  };
}

function isCurrentIn({ routing }: TaskQueueDescription, version: string): boolean {
  const { current } = routing;
  return current !== undefined && `${current.deploymentName}:${current.buildId}` === version;
}

export function statsOfVersion(parts: readonly TaskQueueDescription[], key: string) {
  const own = parts.flatMap(({ byVersion }) => byVersion.filter(({ version }) => version === key));
  return {
    approximateBacklogCount: own.reduce((sum, { backlogCount }) => sum + backlogCount, 0),
    approximateBacklogAge: Math.max(0, ...own.map(({ backlogAgeMs }) => backlogAgeMs)),
  };
}
