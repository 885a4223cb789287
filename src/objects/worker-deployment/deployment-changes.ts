/** The rules of worker deployments, without storage: the registry and a request give the registry after it, and an answer. */
import type { Result, StatusCode } from '../../engine/api.ts';
import {
  type Deployment,
  type DeploymentRegistry,
  type DeploymentVersion,
  findDeployment,
  findVersion,
  hasQueue,
  statusOf,
} from './deployment-record.ts';
import type {
  ChangeOrigin,
  DeploymentAnswers,
  DeploymentPage,
  DeploymentRequest,
  VersionChange,
} from './deployment-requests.ts';
import { routingOf } from './deployment-routing.ts';

const DEPLOYMENTS_MAX = 100;
const VERSIONS_MAX = 100;
/** Of one version. */
const TASK_QUEUES_MAX = 100;
const NAME_LENGTH_MAX = 1000;
/** A stored value holds 2 MB; the registry of a namespace is one. */
const REGISTRY_BYTES_MAX = 1_500_000;

type RequestOf<Kind extends DeploymentRequest['kind']> = Extract<DeploymentRequest, { kind: Kind }>;

export interface RegistryChange {
  /** The one before when nothing has changed. */
  registry: DeploymentRegistry;
  answer: DeploymentAnswers[DeploymentRequest['kind']];
}

export function applyToDeployments(
  registry: DeploymentRegistry,
  request: DeploymentRequest,
  now: number,
): RegistryChange {
  const change = decide(registry, request, now);
  if (change.registry === registry) return change;
  if (JSON.stringify(change.registry).length * 2 <= REGISTRY_BYTES_MAX) return change;
  const message =
    'The registry of worker deployments of this namespace is full: delete versions that are drained, or shorten metadata.';
  return { registry, answer: refuse('RESOURCE_EXHAUSTED', message) };
}

function decide(registry: DeploymentRegistry, request: DeploymentRequest, now: number): RegistryChange {
  switch (request.kind) {
    case 'poll':
      return registerPoll(registry, request, now);
    case 'setCurrent':
      return setCurrent(registry, request, now);
    case 'setRamping':
      return setRamping(registry, request, now);
    case 'get':
      return { registry, answer: found(registry, request.deploymentName) };
    case 'list':
      return { registry, answer: pageOf(registry, request) };
    case 'routing':
      return { registry, answer: routingOf(registry, request.queue) };
    case 'create':
      return create(registry, request, now);
    case 'createVersion':
      return createVersion(registry, request, now);
    case 'delete':
      return remove(registry, request);
    case 'deleteVersion':
      return removeVersion(registry, request);
    case 'setManager':
      return setManager(registry, request);
    case 'updateMetadata':
      return updateMetadata(registry, request);
    case 'drainageChecked':
      return noteDrainage(registry, request, now);
  }
}

/** D1. */
function registerPoll(
  registry: DeploymentRegistry,
  { deploymentName, buildId, queue }: RequestOf<'poll'>,
  now: number,
): RegistryChange {
  const answered = (after: DeploymentRegistry): RegistryChange => ({
    registry: after,
    answer: { ok: true, value: routingOf(after, queue) },
  });
  const problem = nameProblem(deploymentName, buildId);
  if (problem !== undefined) return { registry, answer: problem };
  const existing = findDeployment(registry, deploymentName) ?? newDeployment(deploymentName, now);
  const version = findVersion(existing, buildId) ?? { buildId, createTime: now, taskQueues: [] };
  if (hasQueue(version, queue)) return answered(registry);
  if (version.taskQueues.length >= TASK_QUEUES_MAX)
    return {
      registry,
      answer: refuse(
        'RESOURCE_EXHAUSTED',
        `Version '${buildId}' of worker deployment '${deploymentName}' polls ${TASK_QUEUES_MAX} task queues, which is the limit.`,
      ),
    };
  const added = { ...version, taskQueues: [...version.taskQueues, queue] };
  const after = withVersion(existing, added);
  if (!after.ok) return { registry, answer: after };
  const put = putDeployment(registry, after.value, true);
  return put.ok ? answered(put.value) : { registry, answer: put };
}

function setCurrent(
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

function setRamping(
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

function create(registry: DeploymentRegistry, request: RequestOf<'create'>, now: number): RegistryChange {
  const { deploymentName } = request;
  const existing = findDeployment(registry, deploymentName);
  // The same request, sent again because its answer was lost, or one that a worker's poll was faster than.
  if (existing !== undefined) return { registry, answer: { ok: true, value: existing } };
  const problem = nameProblem(deploymentName, undefined);
  if (problem !== undefined) return { registry, answer: problem };
  const put = putDeployment(registry, { ...newDeployment(deploymentName, now), ...modifier(request) }, false);
  return put.ok
    ? { registry: put.value, answer: found(put.value, deploymentName) }
    : { registry, answer: put };
}

function createVersion(
  registry: DeploymentRegistry,
  request: RequestOf<'createVersion'>,
  now: number,
): RegistryChange {
  const { deploymentName, buildId } = request;
  const before = findDeployment(registry, deploymentName);
  const refusal =
    before === undefined
      ? notFound(deploymentName)
      : (nameProblem(deploymentName, buildId) ?? refusalOf(before, request));
  if (before === undefined || refusal !== undefined)
    return { registry, answer: refusal ?? notFound(deploymentName) };
  if (findVersion(before, buildId) !== undefined) return { registry, answer: { ok: true, value: before } };
  const after = withVersion(before, { buildId, createTime: now, taskQueues: [], ...modifier(request) });
  return after.ok
    ? deploymentOf(changed(registry, before, after.value, request))
    : { registry, answer: after };
}

function remove(registry: DeploymentRegistry, request: RequestOf<'delete'>): RegistryChange {
  const before = findDeployment(registry, request.deploymentName);
  // Deleting what is not there is done.
  if (before === undefined) return { registry, answer: { ok: true, value: null } };
  const refusal = refusalOf(before, request);
  if (refusal !== undefined) return { registry, answer: refusal };
  if (before.versions.length > 0)
    return {
      registry,
      answer: refuse(
        'FAILED_PRECONDITION',
        `Worker deployment '${before.name}' has ${before.versions.length} versions: delete these first.`,
      ),
    };
  return {
    registry: {
      revision: registry.revision + 1,
      deployments: registry.deployments.filter(({ name }) => name !== before.name),
    },
    answer: { ok: true, value: null },
  };
}

function removeVersion(registry: DeploymentRegistry, request: RequestOf<'deleteVersion'>): RegistryChange {
  const { deploymentName, buildId, skipDrainage } = request;
  const before = findDeployment(registry, deploymentName);
  const version = findVersion(before, buildId);
  if (before === undefined || version === undefined) return { registry, answer: { ok: true, value: null } };
  const refusal = refusalOf(before, request);
  if (refusal !== undefined) return { registry, answer: refusal };
  const status = statusOf(before, version);
  const isInUse = status === 'CURRENT' || status === 'RAMPING';
  if (isInUse || (status === 'DRAINING' && !skipDrainage)) {
    const what = isInUse ? 'make another one so first' : 'wait until it is drained, or set skipDrainage';
    return {
      registry,
      answer: refuse(
        'FAILED_PRECONDITION',
        `Version '${buildId}' of worker deployment '${deploymentName}' cannot be deleted, it is ${status}: ${what}.`,
      ),
    };
  }
  const versions = before.versions.filter((other) => other.buildId !== buildId);
  const change = changed(registry, before, { ...before, versions }, request);
  return { registry: change.registry, answer: { ok: true, value: null } };
}

function setManager(registry: DeploymentRegistry, request: RequestOf<'setManager'>): RegistryChange {
  const before = findDeployment(registry, request.deploymentName);
  if (before === undefined) return { registry, answer: notFound(request.deploymentName) };
  // Anyone may become the manager: it keeps others from changes by mistake.
  const refusal = conflictOf(before, request);
  if (refusal !== undefined) return { registry, answer: refusal };
  const { managerIdentity: previous, ...rest } = before;
  const { managerIdentity } = request;
  if ((previous ?? '') === managerIdentity)
    return { registry, answer: { ok: true, value: { before, after: before } } };
  return changed(registry, before, { ...rest, ...(managerIdentity && { managerIdentity }) }, request);
}

function updateMetadata(registry: DeploymentRegistry, request: RequestOf<'updateMetadata'>): RegistryChange {
  const { deploymentName, buildId, upsert, remove: removed } = request;
  const before = findDeployment(registry, deploymentName);
  const version = findVersion(before, buildId);
  if (before === undefined || version === undefined)
    return { registry, answer: before === undefined ? notFound(deploymentName) : noVersion(before, buildId) };
  const refusal = refusalOf(before, request);
  if (refusal !== undefined) return { registry, answer: refusal };
  const metadata: Record<string, unknown> = { ...version.metadata, ...upsert };
  for (const key of removed) delete metadata[key];
  const updated = { ...version, metadata, ...modifier(request) };
  const versions = before.versions.map((other) => (other === version ? updated : other));
  return deploymentOf(changed(registry, before, { ...before, versions }, request));
}

/** Nothing of an operator's: the deployment's revision stays. */
function noteDrainage(
  registry: DeploymentRegistry,
  { deploymentName, buildId, isDrained }: RequestOf<'drainageChecked'>,
  now: number,
): RegistryChange {
  const before = findDeployment(registry, deploymentName);
  const version = findVersion(before, buildId);
  if (before === undefined || version === undefined)
    return { registry, answer: before === undefined ? notFound(deploymentName) : noVersion(before, buildId) };
  // It became current again meanwhile.
  if (version.drainage === undefined) return { registry, answer: { ok: true, value: before } };
  const status = isDrained ? 'DRAINED' : 'DRAINING';
  const lastChangedTime = version.drainage.status === status ? version.drainage.lastChangedTime : now;
  const updated = { ...version, drainage: { status, lastChangedTime, lastCheckedTime: now } as const };
  const after = {
    ...before,
    versions: before.versions.map((other) => (other === version ? updated : other)),
  };
  return {
    registry: { ...registry, deployments: replaced(registry.deployments, after) },
    answer: { ok: true, value: after },
  };
}

/** D2, D3. */
function changed(
  registry: DeploymentRegistry,
  before: Deployment,
  after: Deployment,
  origin: ChangeOrigin,
): RegistryChange & { answer: DeploymentAnswers['setCurrent'] } {
  const next = { ...after, revision: before.revision + 1, ...modifier(origin) };
  const put = putDeployment(registry, next, true);
  return put.ok
    ? { registry: put.value, answer: { ok: true, value: { before, after: next } } }
    : { registry, answer: put };
}

function deploymentOf({ registry, answer }: ReturnType<typeof changed>): RegistryChange {
  return { registry, answer: answer.ok ? { ok: true, value: answer.value.after } : answer };
}

function putDeployment(
  { revision, deployments }: DeploymentRegistry,
  deployment: Deployment,
  isRouted: boolean,
): Result<DeploymentRegistry> {
  const isNew = deployments.every(({ name }) => name !== deployment.name);
  if (isNew && deployments.length >= DEPLOYMENTS_MAX)
    return refuse(
      'RESOURCE_EXHAUSTED',
      `There are ${DEPLOYMENTS_MAX} worker deployments in this namespace, which is the limit: delete one that is not used.`,
    );
  return {
    ok: true,
    value: { revision: revision + (isRouted ? 1 : 0), deployments: replaced(deployments, deployment) },
  };
}

function replaced(deployments: readonly Deployment[], deployment: Deployment): readonly Deployment[] {
  const others = deployments.filter(({ name }) => name !== deployment.name);
  return [...others, deployment].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function withVersion(deployment: Deployment, version: DeploymentVersion): Result<Deployment> {
  const isNew = findVersion(deployment, version.buildId) === undefined;
  if (!isNew) {
    const versions = deployment.versions.map((other) =>
      other.buildId === version.buildId ? version : other,
    );
    return { ok: true, value: { ...deployment, versions } };
  }
  const room =
    deployment.versions.length < VERSIONS_MAX ? deployment.versions : withoutOldestDrained(deployment);
  if (room.length >= VERSIONS_MAX)
    return refuse(
      'RESOURCE_EXHAUSTED',
      `Worker deployment '${deployment.name}' has ${VERSIONS_MAX} versions, which is the limit, and none that is drained: delete one that is not used.`,
    );
  return { ok: true, value: { ...deployment, versions: [...room, version] } };
}

/** A deployment goes on and on; what nobody uses any more makes room. */
function withoutOldestDrained(deployment: Deployment): readonly DeploymentVersion[] {
  const { versions } = deployment;
  const oldest = versions.find((version) => statusOf(deployment, version) === 'DRAINED');
  return versions.filter((version) => version !== oldest);
}

function newDeployment(name: string, now: number): Deployment {
  return { name, createTime: now, revision: 1, current: null, versions: [] };
}

function modifier({ identity }: ChangeOrigin): { lastModifierIdentity?: string } {
  return identity ? { lastModifierIdentity: identity } : {};
}

function refusalOf(deployment: Deployment, request: ChangeOrigin) {
  const { managerIdentity, name } = deployment;
  if (managerIdentity !== undefined && managerIdentity !== request.identity)
    return refuse(
      'FAILED_PRECONDITION',
      `The manager of worker deployment '${name}' is '${managerIdentity}', not '${request.identity ?? ''}': only the manager may change it. Make yourself the manager first (SetWorkerDeploymentManager).`,
    );
  return conflictOf(deployment, request);
}

function conflictOf({ name, revision }: Deployment, { expectedRevision }: ChangeOrigin) {
  if (expectedRevision === undefined || expectedRevision === revision) return undefined;
  return refuse(
    'FAILED_PRECONDITION',
    `conflict token mismatch: worker deployment '${name}' has changed since it was described. Describe it again and repeat the change.`,
  );
}

function nameProblem(deploymentName: string, buildId: string | undefined) {
  if (!deploymentName) return refuse('INVALID_ARGUMENT', 'deploymentName: required, but not set');
  if (/[:.]/.test(deploymentName) || deploymentName.startsWith('__'))
    return refuse(
      'INVALID_ARGUMENT',
      `deploymentName: '${deploymentName}' has a dot or a colon in it, or begins with __, which stand for something else in names of versions`,
    );
  if (deploymentName.length > NAME_LENGTH_MAX)
    return refuse('INVALID_ARGUMENT', `deploymentName: longer than ${NAME_LENGTH_MAX} characters`);
  if (buildId === '') return refuse('INVALID_ARGUMENT', 'buildId: required, but not set');
  if ((buildId?.length ?? 0) > NAME_LENGTH_MAX)
    return refuse('INVALID_ARGUMENT', `buildId: longer than ${NAME_LENGTH_MAX} characters`);
  return undefined;
}

function found(registry: DeploymentRegistry, name: string): Result<Deployment> {
  const deployment = findDeployment(registry, name);
  return deployment === undefined ? notFound(name) : { ok: true, value: deployment };
}

function pageOf({ deployments }: DeploymentRegistry, { size, from }: RequestOf<'list'>): DeploymentPage {
  const rest = deployments.filter(({ name }) => from === undefined || name >= from);
  const next = rest[size]?.name;
  return { deployments: rest.slice(0, size), ...(next !== undefined && { next }) };
}

function notFound(name: string) {
  return refuse('NOT_FOUND', `There is no worker deployment named '${name}'.`);
}

function noVersion({ name }: Deployment, buildId: string) {
  return refuse('NOT_FOUND', `Worker deployment '${name}' has no version '${buildId}'.`);
}

function refuse(
  code: StatusCode,
  message: string,
): { ok: false; error: { code: StatusCode; message: string } } {
  return { ok: false, error: { code, message } };
}
