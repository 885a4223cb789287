/** Worker deployments as the API shows them. */
import type { Deployment, DeploymentVersion } from '../../../objects/worker-deployment/deployment-record.ts';
import type { RoutingConfig, VersionSummary } from '../../common/wire/deployment-requests.ts';
import { versionStatus } from '../../common/worker-deployment-status.ts';
import type { ResponseOf } from '../calls/index.ts';
import { invalidArgument } from '../rpc-error.ts';
import { set } from './service.ts';

type DeploymentInfo = NonNullable<ResponseOf<'describeWorkerDeployment'>['workerDeploymentInfo']>;
type VersionInfo = NonNullable<ResponseOf<'describeWorkerDeploymentVersion'>['workerDeploymentVersionInfo']>;
type Summary = NonNullable<ResponseOf<'listWorkerDeployments'>['workerDeployments']>[number];

const UNVERSIONED = '__unversioned__';

/** The revision of a deployment: what a change names that was made from it. */
export function conflictTokenOf({ revision }: Deployment): Uint8Array {
  return new TextEncoder().encode(String(revision));
}

export function revisionOf(token: Uint8Array | undefined): number | undefined {
  if (token === undefined || token.length === 0) return undefined;
  const text = new TextDecoder().decode(token);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalidArgument('conflictToken: expected one that describe or a change of the deployment answered');
}

/** A version under its present and its former name; the former one also says that there is none. */
export function versionRef(deploymentName: string, buildId: string | null) {
  return buildId === null
    ? { version: UNVERSIONED }
    : { version: `${deploymentName}.${buildId}`, deploymentVersion: { deploymentName, buildId } };
}

/** The build ID in a former name; null for workers without a version, undefined for a name of another deployment. */
export function formerName(version: string | undefined, deploymentName: string): string | null | undefined {
  if (!version || version === UNVERSIONED) return null;
  const buildId = version.startsWith(`${deploymentName}.`) ? version.slice(deploymentName.length + 1) : '';
  return buildId || undefined;
}

export function deploymentMessage(deployment: Deployment): DeploymentInfo {
  const { name, createTime, versions, lastModifierIdentity, managerIdentity } = deployment;
  return {
    name,
    createTime,
    versionSummaries: versions.map((version) => versionSummary(deployment, version)),
    routingConfig: routingConfig(deployment),
    // A change answers once all queues know of it.
    routingConfigUpdateState: 'COMPLETED',
    ...set('lastModifierIdentity', lastModifierIdentity),
    ...set('managerIdentity', managerIdentity),
  };
}

export function summaryMessage(deployment: Deployment): Summary {
  const { name, createTime, versions, current, ramping } = deployment;
  const summaryOf = (buildId: string | null | undefined) => {
    const version = versions.find((each) => each.buildId === buildId);
    return version && versionSummary(deployment, version);
  };
  return {
    name,
    createTime,
    routingConfig: routingConfig(deployment),
    ...set('latestVersionSummary', summaryOf(versions.at(-1)?.buildId)),
    ...set('currentVersionSummary', summaryOf(current)),
    ...set('rampingVersionSummary', summaryOf(ramping?.buildId)),
  };
}

function routingConfig(deployment: Deployment): RoutingConfig {
  const { name, current, ramping, revision } = deployment;
  const { currentChangedTime, rampingChangedTime, percentageChangedTime } = deployment;
  const currentRef = versionRef(name, current);
  const rampingRef = ramping && versionRef(name, ramping.buildId);
  return {
    currentVersion: currentRef.version,
    ...set('currentDeploymentVersion', currentRef.deploymentVersion),
    ...set('rampingVersion', rampingRef?.version),
    ...set('rampingDeploymentVersion', rampingRef?.deploymentVersion),
    ...set('rampingVersionPercentage', ramping?.percentage),
    ...set('currentVersionChangedTime', currentChangedTime),
    ...set('rampingVersionChangedTime', rampingChangedTime),
    ...set('rampingVersionPercentageChangedTime', percentageChangedTime),
    revisionNumber: revision,
  };
}

function timesOf(version: DeploymentVersion) {
  const { createTime, currentSince, rampingSince } = version;
  const { firstActivationTime, lastCurrentTime, lastDeactivationTime } = version;
  return {
    createTime,
    ...set('currentSinceTime', currentSince),
    ...set('rampingSinceTime', rampingSince),
    ...set('firstActivationTime', firstActivationTime),
    ...set('lastCurrentTime', lastCurrentTime),
    ...set('lastDeactivationTime', lastDeactivationTime),
    ...set('drainageInfo', version.drainage),
  };
}

function versionSummary(deployment: Deployment, version: DeploymentVersion): VersionSummary {
  return {
    ...versionRef(deployment.name, version.buildId),
    status: versionStatus(deployment, version),
    ...timesOf(version),
    ...set('drainageStatus', version.drainage?.status),
    ...set('routingUpdateTime', version.routingChangedTime),
  };
}

export function versionMessage(deployment: Deployment, version: DeploymentVersion): VersionInfo {
  const { buildId, taskQueues, routingChangedTime, lastModifierIdentity } = version;
  const { ramping } = deployment;
  return {
    ...versionRef(deployment.name, buildId),
    status: versionStatus(deployment, version),
    deploymentName: deployment.name,
    ...timesOf(version),
    ...set('routingChangedTime', routingChangedTime),
    ...set('rampPercentage', ramping?.buildId === buildId ? ramping.percentage : undefined),
    taskQueueInfos: taskQueues.map(({ name, kind }) => ({ name, type: TYPES[kind] })),
    ...set('lastModifierIdentity', lastModifierIdentity),
  };
}

export const TYPES = { workflow: 'WORKFLOW', activity: 'ACTIVITY', nexus: 'NEXUS' } as const;
