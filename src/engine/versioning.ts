/** How a run is versioned: what the worker of its last completed task said, what it inherited, and what its options override. */
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { Payload, VersioningBehaviorName } from '../sdk/common/wire/messages.ts';
import type { WorkflowExecutionInfo } from '../sdk/common/wire/requests.ts';
import type { WorkerDeploymentVersion } from '../sdk/common/worker-deployments.ts';

type CompletedTask = Partial<
  Pick<EventAttributes<'WorkflowTaskCompleted'>, 'versioningBehavior' | 'deploymentVersion' | 'workerVersion'>
>;

type Started = EventAttributes<'WorkflowExecutionStarted'>;

export interface RunVersioning {
  readonly task: CompletedTask;
  readonly override: unknown;
  /** Where the run begins, pinned: of the run before it, or of its parent. Until a task has completed. */
  readonly inherited: WorkerDeploymentVersion | undefined;
  /** Versions that have completed tasks, oldest first. */
  readonly used: readonly string[];
}

/** A search attribute takes no more. */
const USED_MAX = 100;

export function initialVersioning({ versioningOverride, inheritedPinnedVersion }: Started): RunVersioning {
  return {
    task: {},
    override: versioningOverride,
    inherited: versionIn(inheritedPinnedVersion),
    used: [],
  };
}

export function versionedByTask(
  { override: before, used }: RunVersioning,
  { versioningBehavior, deploymentVersion, workerVersion }: CompletedTask,
): RunVersioning {
  const task = {
    ...(versioningBehavior && { versioningBehavior }),
    ...(deploymentVersion && { deploymentVersion }),
    ...(workerVersion && { workerVersion }),
  };
  const version = versioningBehavior && versionIn(deploymentVersion);
  const name = version && nameOf(version);
  const isNew = name !== undefined && !used.includes(name);
  const former = overrideOf(before);
  const isOver = former?.kind === 'pinned' && former.isOneTime;
  const override = isOver ? undefined : before;
  return { task, override, inherited: undefined, used: isNew ? [...used, name].slice(-USED_MAX) : used };
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

type Override =
  | { kind: 'pinned'; version: WorkerDeploymentVersion; isOneTime: boolean }
  | { kind: 'autoUpgrade' };

/** Undefined for none, and for one that says nothing. */
export function overrideOf(override: unknown): Override | undefined {
  if (typeof override !== 'object' || override === null) return undefined;
  const { pinned, oneTime, autoUpgrade, behavior, pinnedVersion } = override as Record<string, unknown>;
  const version =
    versionIn((pinned as { version?: unknown } | undefined)?.version) ?? formerVersion(pinnedVersion);
  if (version !== undefined) return { kind: 'pinned', version, isOneTime: false };
  const once = versionIn(
    (oneTime as { targetDeploymentVersion?: unknown } | undefined)?.targetDeploymentVersion,
  );
  if (once !== undefined) return { kind: 'pinned', version: once, isOneTime: true };
  const isAuto = autoUpgrade === true || behavior === 'VERSIONING_BEHAVIOR_AUTO_UPGRADE' || behavior === 2;
  return isAuto ? { kind: 'autoUpgrade' } : undefined;
}

/** VER-3: the version whose workers alone may have the run's tasks. */
export function pinnedVersion(versioning: RunVersioning): WorkerDeploymentVersion | undefined {
  const override = overrideOf(versioning.override);
  if (override !== undefined) return override.kind === 'pinned' ? override.version : undefined;
  return basePin(versioning);
}

/** Without the override. */
function basePin({ task, inherited }: RunVersioning): WorkerDeploymentVersion | undefined {
  return task.versioningBehavior === 'PINNED' ? versionIn(task.deploymentVersion) : inherited;
}

/** VER-6: what a child begins with, or the next run of a chain. */
export function inheritedVersioning(
  versioning: RunVersioning,
  { isSameQueue, takesVersion = true }: { isSameQueue: boolean; takesVersion?: boolean },
): { versioningOverride?: unknown; inheritedPinnedVersion?: WorkerDeploymentVersion } {
  if (!isSameQueue) return {};
  const pin = takesVersion ? basePin(versioning) : undefined;
  const override = overrideOf(versioning.override);
  const isPinned = override?.kind === 'pinned' && !override.isOneTime;
  return {
    ...(pin && { inheritedPinnedVersion: pin }),
    ...(isPinned && { versioningOverride: versioning.override }),
  };
}

/** VER-6: whether workflow code has asked for its next run to leave its version. */
export function leavesVersion({
  initialVersioningBehavior,
}: Pick<CommandAttributes<'ContinueAsNewWorkflowExecution'>, 'initialVersioningBehavior'>): boolean {
  return initialVersioningBehavior !== undefined && initialVersioningBehavior !== 0;
}

/** What `describe` tells of it. A worker that does not version its tasks shows its build alone. */
export function versioningMembers(versioning: RunVersioning): Partial<WorkflowExecutionInfo> {
  const { task, override } = versioning;
  const base = baseVersioning(versioning);
  const versioningInfo = {
    ...(base && {
      behavior: base.behavior,
      deploymentVersion: base.version,
      version: `${base.version.deploymentName}.${base.version.buildId}`,
    }),
    ...(override !== undefined && { versioningOverride: override }),
  };
  const { workerVersion } = task;
  return {
    ...(Object.keys(versioningInfo).length > 0 && { versioningInfo }),
    ...(base && { workerDeploymentName: base.version.deploymentName }),
    ...(workerVersion?.buildId && { mostRecentWorkerVersionStamp: { buildId: workerVersion.buildId } }),
  };
}

interface Versioned {
  behavior: VersioningBehaviorName;
  version: WorkerDeploymentVersion;
}

function baseVersioning({ task, inherited }: RunVersioning): Versioned | undefined {
  const version = versionIn(task.deploymentVersion);
  if (task.versioningBehavior !== undefined && version !== undefined)
    return { behavior: task.versioningBehavior, version };
  return inherited && { behavior: 'PINNED', version: inherited };
}

function effectiveVersioning(
  versioning: RunVersioning,
): { behavior: VersioningBehaviorName; version?: WorkerDeploymentVersion } | undefined {
  const override = overrideOf(versioning.override);
  if (override?.kind === 'pinned') return { behavior: 'PINNED', version: override.version };
  const base = baseVersioning(versioning);
  if (override !== undefined) return { ...base, behavior: 'AUTO_UPGRADE' };
  return base;
}

const encoder = new TextEncoder();

/** VER-7: how listings find the run by its version. */
export function versioningAttributes(versioning: RunVersioning): Record<string, Payload> {
  const effective = effectiveVersioning(versioning);
  const { used } = versioning;
  if (effective === undefined && used.length === 0) return {};
  const { behavior, version } = effective ?? {};
  return {
    ...(version && {
      TemporalWorkerDeployment: attribute('Keyword', version.deploymentName),
      TemporalWorkerDeploymentVersion: attribute('Keyword', nameOf(version)),
    }),
    ...(behavior && {
      TemporalWorkflowVersioningBehavior: attribute(
        'Keyword',
        behavior === 'PINNED' ? 'Pinned' : 'AutoUpgrade',
      ),
    }),
    ...(used.length > 0 && { TemporalUsedWorkerDeploymentVersions: attribute('KeywordList', used) }),
  };
}

function attribute(type: string, value: unknown): Payload {
  const metadata = { encoding: encoder.encode('json/plain'), type: encoder.encode(type) };
  return { metadata, data: encoder.encode(JSON.stringify(value)) };
}

/** Tells the index when listings show it otherwise now. */
export function setVersioning(
  run: { versioning: RunVersioning; visibilityVersion: number },
  versioning: RunVersioning,
): void {
  const shown = (of: RunVersioning) => JSON.stringify([effectiveVersioning(of), of.used]);
  if (shown(run.versioning) !== shown(versioning)) run.visibilityVersion++;
  run.versioning = versioning;
}

/** As search attributes have it. */
function nameOf({ deploymentName, buildId }: WorkerDeploymentVersion): string {
  return `${deploymentName}:${buildId}`;
}

function versionIn(value: unknown): WorkerDeploymentVersion | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { deploymentName, buildId } = value as Record<string, unknown>;
  if (typeof buildId !== 'string' || buildId === '') return undefined;
  return { deploymentName: typeof deploymentName === 'string' ? deploymentName : '', buildId };
}

/** `deploymentName.buildId`, of callers that do not know the other form. */
function formerVersion(text: unknown): WorkerDeploymentVersion | undefined {
  const dot = typeof text === 'string' ? text.indexOf('.') : -1;
  if (typeof text !== 'string' || dot <= 0) return undefined;
  return versionIn({ deploymentName: text.slice(0, dot), buildId: text.slice(dot + 1) });
}
