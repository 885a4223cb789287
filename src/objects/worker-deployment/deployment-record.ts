/**
 * Worker deployments as they are kept: one record a namespace, with each deployment's versions and where its tasks go.
 *
 * D1 A version comes into being when a worker polls with it, or when a caller says so; it goes when a caller deletes it.
 * D2 `revision` grows with every change that a caller makes of a deployment: it is the conflict token. A poll changes no
 *    revision, so that workers that come up do not get into an operator's way.
 * D3 The registry's own `revision` grows with whatever changes where a task goes, so that an older view of it is known as such.
 */
import type { TaskKind } from '../task-queue/task-queue-api.ts';

export interface DeploymentRegistry {
  /** D3. */
  revision: number;
  /** By name. */
  deployments: readonly Deployment[];
}

export interface Deployment {
  name: string;
  createTime: number;
  /** D2. */
  revision: number;
  /** A build ID; null: workers without a version. */
  current: string | null;
  currentChangedTime?: number;
  ramping?: Ramp;
  /** When there was last another ramping version, or none. */
  rampingChangedTime?: number;
  percentageChangedTime?: number;
  /** Oldest first. */
  versions: readonly DeploymentVersion[];
  lastModifierIdentity?: string;
  /** Whoever else wants to change the deployment is refused. */
  managerIdentity?: string;
}

export interface Ramp {
  /** A build ID; null: workers without a version. */
  buildId: string | null;
  /** From 0 to 100. */
  percentage: number;
}

export interface DeploymentVersion {
  buildId: string;
  createTime: number;
  /** Those from which workers of this version have polled. */
  taskQueues: readonly VersionTaskQueue[];
  routingChangedTime?: number;
  currentSince?: number;
  rampingSince?: number;
  firstActivationTime?: number;
  lastCurrentTime?: number;
  lastDeactivationTime?: number;
  drainage?: Drainage;
  /** Payloads as JSON, by key. */
  metadata?: Readonly<Record<string, unknown>>;
  lastModifierIdentity?: string;
}

export interface VersionTaskQueue {
  name: string;
  kind: TaskKind;
}

/** Of a version that was current or ramping and is neither any more. */
export interface Drainage {
  status: 'DRAINING' | 'DRAINED';
  lastChangedTime: number;
  lastCheckedTime: number;
}

export const NO_DEPLOYMENTS: DeploymentRegistry = { revision: 0, deployments: [] };

export function findDeployment(registry: DeploymentRegistry, name: string): Deployment | undefined {
  return registry.deployments.find((deployment) => deployment.name === name);
}

export function findVersion(
  deployment: Deployment | undefined,
  buildId: string | null,
): DeploymentVersion | undefined {
  return deployment?.versions.find((version) => version.buildId === buildId);
}

export function hasQueue({ taskQueues }: DeploymentVersion, queue: VersionTaskQueue): boolean {
  return taskQueues.some(({ name, kind }) => name === queue.name && kind === queue.kind);
}
