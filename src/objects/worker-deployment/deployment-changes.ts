/** The rules of worker deployments, without storage: the registry and a request give the registry after it, and an answer. */
import type { Result } from '../../engine/api.ts';
import { versionStatus } from '../../sdk/common/worker-deployment-status.ts';
import { setCurrent, setRamping } from './deployment-current.ts';
import {
  type Deployment,
  type DeploymentRegistry,
  findDeployment,
  findVersion,
  hasQueue,
} from './deployment-record.ts';
import {
  changed,
  conflictOf,
  deploymentOf,
  modifier,
  nameProblem,
  newDeployment,
  notFound,
  noVersion,
  putDeployment,
  type RegistryChange,
  type RequestOf,
  refusalOf,
  refuse,
  replaced,
  withVersion,
} from './deployment-registry.ts';
import type { DeploymentPage, DeploymentRequest } from './deployment-requests.ts';
import { routingOf } from './deployment-routing.ts';

/** Of one version. */
const TASK_QUEUES_MAX = 100;
/** A stored value holds 2 MB; the registry of a namespace is one. */
const REGISTRY_BYTES_MAX = 1_500_000;

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
  const status = versionStatus(before, version);
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

function found(registry: DeploymentRegistry, name: string): Result<Deployment> {
  const deployment = findDeployment(registry, name);
  return deployment === undefined ? notFound(name) : { ok: true, value: deployment };
}

function pageOf({ deployments }: DeploymentRegistry, { size, from }: RequestOf<'list'>): DeploymentPage {
  const rest = deployments.filter(({ name }) => from === undefined || name >= from);
  const next = rest[size]?.name;
  return { deployments: rest.slice(0, size), ...(next !== undefined && { next }) };
}
