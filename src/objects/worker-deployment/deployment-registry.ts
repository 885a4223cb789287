/** What all changes of a namespace's worker deployments share: who may make one, and what it makes of the registry. */
import type { Result, StatusCode } from '../../engine/api.ts';
import { versionStatus } from '../../sdk/common/worker-deployment-status.ts';
import {
  type Deployment,
  type DeploymentRegistry,
  type DeploymentVersion,
  findVersion,
} from './deployment-record.ts';
import type { ChangeOrigin, DeploymentAnswers, DeploymentRequest } from './deployment-requests.ts';

const DEPLOYMENTS_MAX = 100;
const VERSIONS_MAX = 100;
const NAME_LENGTH_MAX = 1000;

export interface RegistryChange {
  /** The one before when nothing has changed. */
  registry: DeploymentRegistry;
  answer: DeploymentAnswers[DeploymentRequest['kind']];
}

export type RequestOf<Kind extends DeploymentRequest['kind']> = Extract<DeploymentRequest, { kind: Kind }>;

/** D2, D3. */
export function changed(
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

export function deploymentOf({ registry, answer }: ReturnType<typeof changed>): RegistryChange {
  return { registry, answer: answer.ok ? { ok: true, value: answer.value.after } : answer };
}

export function putDeployment(
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

export function replaced(deployments: readonly Deployment[], deployment: Deployment): readonly Deployment[] {
  const others = deployments.filter(({ name }) => name !== deployment.name);
  return [...others, deployment].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function withVersion(deployment: Deployment, version: DeploymentVersion): Result<Deployment> {
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
  const oldest = versions.find((version) => versionStatus(deployment, version) === 'DRAINED');
  return versions.filter((version) => version !== oldest);
}

export function newDeployment(name: string, now: number): Deployment {
  return { name, createTime: now, revision: 1, current: null, versions: [] };
}

export function modifier({ identity }: ChangeOrigin): { lastModifierIdentity?: string } {
  return identity ? { lastModifierIdentity: identity } : {};
}

export function refusalOf(deployment: Deployment, request: ChangeOrigin) {
  const { managerIdentity, name } = deployment;
  if (managerIdentity !== undefined && managerIdentity !== request.identity)
    return refuse(
      'FAILED_PRECONDITION',
      `The manager of worker deployment '${name}' is '${managerIdentity}', not '${request.identity ?? ''}': only the manager may change it. Make yourself the manager first (SetWorkerDeploymentManager).`,
    );
  return conflictOf(deployment, request);
}

export function conflictOf({ name, revision }: Deployment, { expectedRevision }: ChangeOrigin) {
  if (expectedRevision === undefined || expectedRevision === revision) return undefined;
  return refuse(
    'FAILED_PRECONDITION',
    `conflict token mismatch: worker deployment '${name}' has changed since it was described. Describe it again and repeat the change.`,
  );
}

export function nameProblem(deploymentName: string, buildId: string | undefined) {
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

export function notFound(name: string) {
  return refuse('NOT_FOUND', `There is no worker deployment named '${name}'.`);
}

export function noVersion({ name }: Deployment, buildId: string) {
  return refuse('NOT_FOUND', `Worker deployment '${name}' has no version '${buildId}'.`);
}

export function refuse(
  code: StatusCode,
  message: string,
): { ok: false; error: { code: StatusCode; message: string } } {
  return { ok: false, error: { code, message } };
}
