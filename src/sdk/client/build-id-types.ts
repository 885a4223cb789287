/** @deprecated Say `workerDeploymentOptions` in workers, and use the calls about worker deployments. */
export type BuildIdOperation =
  | AddNewIdInNewDefaultSet
  | AddNewCompatibleVersion
  | PromoteSetByBuildId
  | PromoteBuildIdWithinSet
  | MergeSets;

/**
 * A build ID in a set of its own, which becomes the default.
 *
 * @deprecated See {@link BuildIdOperation}.
 */
export interface AddNewIdInNewDefaultSet {
  operation: 'addNewIdInNewDefaultSet';
  buildId: string;
}

/**
 * A build ID in the set of another one.
 *
 * @deprecated See {@link BuildIdOperation}.
 */
export interface AddNewCompatibleVersion {
  operation: 'addNewCompatibleVersion';
  buildId: string;
  existingCompatibleBuildId: string;
  promoteSet?: boolean;
}

/**
 * The set of a build ID becomes the default.
 *
 * @deprecated See {@link BuildIdOperation}.
 */
export interface PromoteSetByBuildId {
  operation: 'promoteSetByBuildId';
  buildId: string;
}

/**
 * A build ID becomes the default of its set.
 *
 * @deprecated See {@link BuildIdOperation}.
 */
export interface PromoteBuildIdWithinSet {
  operation: 'promoteBuildIdWithinSet';
  buildId: string;
}

/**
 * Two sets become one.
 *
 * @deprecated See {@link BuildIdOperation}.
 */
export interface MergeSets {
  operation: 'mergeSets';
  primaryBuildId: string;
  secondaryBuildId: string;
}

/** @deprecated See {@link BuildIdOperation}. */
export interface WorkerBuildIdVersionSets {
  readonly versionSets: BuildIdVersionSet[];
  defaultSet: BuildIdVersionSet;
  defaultBuildId: string;
}

/** @deprecated See {@link BuildIdOperation}. */
export interface BuildIdVersionSet {
  readonly buildIds: string[];
  readonly default: string;
}

/** The last of a list is its default. */
export function versionSetsFromProto({
  majorVersionSets,
}: {
  majorVersionSets?: readonly { buildIds?: readonly string[] | null }[] | null;
}): WorkerBuildIdVersionSets {
  const sets = (majorVersionSets ?? []).map(({ buildIds }) => versionSet(buildIds ?? []));
  const defaultSet = sets.at(-1);
  if (defaultSet === undefined)
    throw new Error('Must be constructed from a compatability response with at least one version set');
  return { versionSets: sets, defaultSet, defaultBuildId: defaultSet.default };
}

function versionSet(buildIds: readonly string[]): BuildIdVersionSet {
  return { buildIds: [...buildIds], default: buildIds.at(-1) ?? '' };
}
