import { makeEnumConverters } from './enum-converters.ts';

/** A build of a deployment. */
export interface WorkerDeploymentVersion {
  readonly buildId: string;
  readonly deploymentName: string;
}

/** `deploymentName.buildId` */
export function toCanonicalString(version: WorkerDeploymentVersion): string {
  return `${version.deploymentName}.${version.buildId}`;
}

/** Whether a run stays on the build that it started on. */
export const VersioningBehavior = {
  PINNED: 'PINNED',
  AUTO_UPGRADE: 'AUTO_UPGRADE',
} as const;
export type VersioningBehavior = (typeof VersioningBehavior)[keyof typeof VersioningBehavior];

export const [encodeVersioningBehavior, decodeVersioningBehavior] = makeEnumConverters({
  prefix: 'VERSIONING_BEHAVIOR_',
  values: { PINNED: 1, AUTO_UPGRADE: 2 },
});

/** What a start says in place of a workflow's own versioning behavior. */
export type VersioningOverride = PinnedVersioningOverride | 'AUTO_UPGRADE';

export interface PinnedVersioningOverride {
  pinnedTo: WorkerDeploymentVersion;
}

export type AutoUpgradeVersioningOverride = 'AUTO_UPGRADE';

/**
 * Which build the next run of a chain starts on.
 *
 * @experimental
 */
export const InitialVersioningBehavior = {
  AUTO_UPGRADE: 'AUTO_UPGRADE',
  USE_RAMPING_VERSION: 'USE_RAMPING_VERSION',
} as const;
export type InitialVersioningBehavior =
  (typeof InitialVersioningBehavior)[keyof typeof InitialVersioningBehavior];

export const [encodeInitialVersioningBehavior, decodeInitialVersioningBehavior] = makeEnumConverters({
  prefix: 'CONTINUE_AS_NEW_VERSIONING_BEHAVIOR_',
  values: { AUTO_UPGRADE: 1, USE_RAMPING_VERSION: 2 },
});

/** Undefined when there is no build ID. */
export function convertDeploymentVersion(
  version: { buildId?: string | null; deploymentName?: string | null } | null | undefined,
): WorkerDeploymentVersion | undefined {
  if (!version?.buildId) return undefined;
  return { buildId: version.buildId, deploymentName: version.deploymentName ?? '' };
}
