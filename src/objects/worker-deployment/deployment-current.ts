/** Which version of a worker deployment is current and which is ramping. */
import type { Result } from '../../engine/api.ts';
import {
  type Deployment,
  type DeploymentRegistry,
  type DeploymentVersion,
  findDeployment,
  findVersion,
} from './deployment-record.ts';
import {
  changed,
  nameProblem,
  newDeployment,
  notFound,
  type RegistryChange,
  type RequestOf,
  refusalOf,
  refuse,
  withVersion,
} from './deployment-registry.ts';
import type { VersionChange } from './deployment-requests.ts';

export function setCurrent(
  registry: DeploymentRegistry,
  request: RequestOf<'setCurrent'>,
  now: number,
): RegistryChange {
  const target = targetOf(registry, request, now);
  if (!target.ok) return { registry, answer: target };
  const before = target.value;
  const { buildId } = request;
  if (before.current === buildId && before.currentChangedTime !== undefined)
    return { registry, answer: { ok: true, value: { before, after: before } } };
  const wasRamping = before.ramping !== undefined && before.ramping.buildId === buildId;
  const { ramping, ...rest } = before;
  const routed: Deployment = {
    ...rest,
    ...(ramping && !wasRamping && { ramping }),
    ...(wasRamping && { rampingChangedTime: now, percentageChangedTime: now }),
    current: buildId,
    currentChangedTime: now,
  };
  return changed(registry, before, withVersionTimes(before, routed, now), request);
}

export function setRamping(
  registry: DeploymentRegistry,
  request: RequestOf<'setRamping'>,
  now: number,
): RegistryChange {
  const { buildId, percentage } = request;
  if (percentage !== undefined && !(percentage >= 0 && percentage <= 100))
    return {
      registry,
      answer: refuse('INVALID_ARGUMENT', `percentage: from 0 to 100, found ${percentage}`),
    };
  const target = targetOf(registry, request, now);
  if (!target.ok) return { registry, answer: target };
  const before = target.value;
  if (percentage !== undefined && before.current === buildId) {
    const name = buildId === null ? 'Having no version' : `Version '${buildId}'`;
    return {
      registry,
      answer: refuse('FAILED_PRECONDITION', `${name} is already current in '${before.name}'.`),
    };
  }
  const { ramping, ...rest } = before;
  const isSame =
    percentage === undefined
      ? ramping === undefined
      : ramping?.buildId === buildId && ramping.percentage === percentage;
  if (isSame) return { registry, answer: { ok: true, value: { before, after: before } } };
  const isOtherVersion = percentage === undefined || ramping === undefined || ramping.buildId !== buildId;
  const routed: Deployment = {
    ...rest,
    ...(percentage !== undefined && { ramping: { buildId, percentage } }),
    ...(isOtherVersion && { rampingChangedTime: now }),
    percentageChangedTime: now,
  };
  return changed(registry, before, withVersionTimes(before, routed, now), request);
}

/** The deployment that is to change, once it may, with the version that it is to lead to. */
function targetOf(registry: DeploymentRegistry, request: VersionChange, now: number): Result<Deployment> {
  const { deploymentName, buildId, allowNoPollers } = request;
  const existing = findDeployment(registry, deploymentName);
  if (existing === undefined && !(allowNoPollers && buildId !== null)) return notFound(deploymentName);
  const deployment = existing ?? newDeployment(deploymentName, now);
  const refusal = refusalOf(deployment, request);
  if (refusal !== undefined) return refusal;
  if (buildId === null || findVersion(deployment, buildId) !== undefined)
    return { ok: true, value: deployment };
  if (!allowNoPollers)
    return refuse(
      'FAILED_PRECONDITION',
      `Version '${buildId}' not found in deployment '${deploymentName}': wait until a worker of it polls, or set allowNoPollers.`,
    );
  const problem = nameProblem(deploymentName, buildId);
  return problem ?? withVersion(deployment, { buildId, createTime: now, taskQueues: [] });
}

/** What becoming or ceasing to be current or ramping means for the versions. */
function withVersionTimes(before: Deployment, after: Deployment, now: number): Deployment {
  const versions = after.versions.map((version): DeploymentVersion => {
    const { buildId } = version;
    const role = (of: Deployment) => ({
      isCurrent: of.current === buildId,
      isRamping: of.ramping?.buildId === buildId,
      percentage: of.ramping?.buildId === buildId ? of.ramping.percentage : 0,
    });
    const was = role(before);
    const is = role(after);
    const isSame =
      was.isCurrent === is.isCurrent && was.isRamping === is.isRamping && was.percentage === is.percentage;
    if (isSame) return version;
    const { currentSince, rampingSince, lastDeactivationTime: _, drainage, ...rest } = version;
    const isActive = is.isCurrent || is.isRamping;
    return {
      ...rest,
      routingChangedTime: now,
      ...(is.isCurrent && { currentSince: currentSince ?? now }),
      ...(is.isCurrent && !was.isCurrent && { lastCurrentTime: now }),
      ...(is.isRamping && { rampingSince: rampingSince ?? now }),
      ...(isActive && { firstActivationTime: version.firstActivationTime ?? now }),
      ...(!isActive && {
        lastDeactivationTime: now,
        drainage: drainage ?? { status: 'DRAINING', lastChangedTime: now, lastCheckedTime: now },
      }),
    };
  });
  return { ...after, versions };
}
