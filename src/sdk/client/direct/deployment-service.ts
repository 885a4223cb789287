/** Worker deployments: the registry of versions, and where the tasks of their queues go (VER-1 to VER-9). */
import type { Result } from '../../../engine/api.ts';
import type { Deployment, DeploymentVersion } from '../../../objects/worker-deployment/deployment-record.ts';
import type { VersionChange } from '../../../objects/worker-deployment/deployment-requests.ts';
import type { WorkerDeployments } from '../../../objects/worker-deployment/deployments.ts';
import { VersionMetadataSchema } from '../../common/wire/deployment-requests.ts';
import { fromJson, toJson } from '../../common/wire/json.ts';
import type { Gateway, RequestOf } from '../calls/index.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import {
  conflictTokenOf,
  deploymentMessage,
  formerName,
  revisionOf,
  summaryMessage,
  TYPES,
  versionMessage,
  versionRef,
} from './deployment-messages.ts';
import { deploymentQueues, statsOfVersion } from './deployment-queues.ts';
import { errorOfStatus } from './executions.ts';
import { requireNamespace, set } from './service.ts';
import type { WorkerServiceOptions } from './task-queue-service.ts';
import { requireText } from './validate.ts';
import type { VisibilityServiceOptions } from './visibility-service.ts';

export type DeploymentServiceOptions = WorkerServiceOptions & VisibilityServiceOptions;

type DeploymentCalls = Pick<
  Gateway,
  | 'listWorkerDeployments'
  | 'describeWorkerDeployment'
  | 'createWorkerDeployment'
  | 'deleteWorkerDeployment'
  | 'setWorkerDeploymentCurrentVersion'
  | 'setWorkerDeploymentRampingVersion'
  | 'setWorkerDeploymentManager'
  | 'createWorkerDeploymentVersion'
  | 'describeWorkerDeploymentVersion'
  | 'deleteWorkerDeploymentVersion'
  | 'updateWorkerDeploymentVersionMetadata'
>;

const PAGE_SIZE_DEFAULT = 100;
const PAGE_SIZE_MAX = 1000;
/** The index follows runs a moment later: a version that has just been left is not looked at yet, nor again at once. */
const DRAINAGE_CHECK_MS = 60_000;

export function deploymentService(options: DeploymentServiceOptions): DeploymentCalls {
  const registry = () => requireDeployments(options.workerDeployments);
  const queues = deploymentQueues(() => options.taskQueues, registry);

  async function versionChange(
    request: RequestOf<'setWorkerDeploymentCurrentVersion'> | RequestOf<'setWorkerDeploymentRampingVersion'>,
  ): Promise<VersionChange> {
    const { namespace, identity, allowNoPollers, conflictToken } = request;
    await requireNamespace(options, namespace);
    const deploymentName = requireText(request.deploymentName, 'deploymentName');
    const change: VersionChange = {
      deploymentName,
      buildId: buildIdOf(request, deploymentName),
      ...set('identity', identity),
      ...set('expectedRevision', revisionOf(conflictToken)),
      ...(allowNoPollers && { allowNoPollers }),
    };
    if (!request.ignoreMissingTaskQueues) await queues.refuseMissing(namespace, change);
    return change;
  }

  async function withDrainage(
    namespace: string,
    deployment: Deployment,
    { buildId, drainage }: DeploymentVersion,
  ): Promise<Deployment> {
    const { visibility } = options;
    if (drainage?.status !== 'DRAINING' || visibility === undefined) return deployment;
    if (Date.now() - drainage.lastCheckedTime < DRAINAGE_CHECK_MS) return deployment;
    const version = `${deployment.name}:${buildId}`.replaceAll("'", "''");
    const query = `TemporalWorkerDeploymentVersion = '${version}' AND TemporalWorkflowVersioningBehavior = 'Pinned' AND (ExecutionStatus = 'Running' OR ExecutionStatus = 'Paused')`;
    const counted = await visibility.count(namespace, query, undefined);
    if (!counted.ok) return deployment;
    const checked = await registry().ask(namespace, {
      kind: 'drainageChecked',
      deploymentName: deployment.name,
      buildId,
      isDrained: counted.value.count === 0,
    });
    return checked.ok ? checked.value : deployment;
  }

  async function found(namespace: string, deploymentName: string): Promise<Deployment> {
    const name = requireText(deploymentName, 'deploymentName');
    let deployment = answerOf(await registry().ask(namespace, { kind: 'get', deploymentName: name }));
    for (const version of deployment.versions)
      deployment = await withDrainage(namespace, deployment, version);
    return deployment;
  }

  return {
    async listWorkerDeployments({ namespace, pageSize = 0, nextPageToken }) {
      await requireNamespace(options, namespace);
      const size = pageSize > 0 ? Math.min(pageSize, PAGE_SIZE_MAX) : PAGE_SIZE_DEFAULT;
      const from = nextPageToken?.length ? new TextDecoder().decode(nextPageToken) : undefined;
      const page = await registry().ask(namespace, { kind: 'list', size, ...set('from', from) });
      return {
        workerDeployments: page.deployments.map(summaryMessage),
        ...(page.next !== undefined && { nextPageToken: new TextEncoder().encode(page.next) }),
      };
    },

    async describeWorkerDeployment({ namespace, deploymentName }) {
      await requireNamespace(options, namespace);
      const deployment = await found(namespace, deploymentName);
      return {
        conflictToken: conflictTokenOf(deployment),
        workerDeploymentInfo: deploymentMessage(deployment),
      };
    },

    async createWorkerDeployment({ namespace, deploymentName, identity }) {
      await requireNamespace(options, namespace);
      const request = { kind: 'create', deploymentName, ...set('identity', identity) } as const;
      return { conflictToken: conflictTokenOf(answerOf(await registry().ask(namespace, request))) };
    },

    async deleteWorkerDeployment({ namespace, deploymentName, identity }) {
      await requireNamespace(options, namespace);
      answerOf(
        await registry().ask(namespace, { kind: 'delete', deploymentName, ...set('identity', identity) }),
      );
      return {};
    },

    async setWorkerDeploymentCurrentVersion(request) {
      const change = await versionChange(request);
      const { namespace } = request;
      const answer = answerOf(await registry().ask(namespace, { kind: 'setCurrent', ...change }));
      await queues.changed(namespace, answer);
      return {
        conflictToken: conflictTokenOf(answer.after),
        ...previous(answer.before, answer.before.current),
      };
    },

    async setWorkerDeploymentRampingVersion(request) {
      const change = await versionChange(request);
      const { namespace, percentage = 0 } = request;
      // Without a version and a share: nothing is ramping any more.
      const isUnset = change.buildId === null && percentage === 0;
      const answer = answerOf(
        await registry().ask(namespace, {
          kind: 'setRamping',
          ...change,
          ...(!isUnset && { percentage }),
        }),
      );
      await queues.changed(namespace, answer);
      const { ramping } = answer.before;
      return {
        conflictToken: conflictTokenOf(answer.after),
        ...(ramping && {
          ...previous(answer.before, ramping.buildId),
          previousPercentage: ramping.percentage,
        }),
      };
    },

    async setWorkerDeploymentManager({ namespace, deploymentName, managerIdentity, self, ...request }) {
      await requireNamespace(options, namespace);
      const { identity, conflictToken } = request;
      if (self && !identity) throw invalidArgument('identity: required with self, but not set');
      const answer = answerOf(
        await registry().ask(namespace, {
          kind: 'setManager',
          deploymentName,
          managerIdentity: (self ? identity : managerIdentity) ?? '',
          ...set('identity', identity),
          ...set('expectedRevision', revisionOf(conflictToken)),
        }),
      );
      return {
        conflictToken: conflictTokenOf(answer.after),
        ...set('previousManagerIdentity', answer.before.managerIdentity),
      };
    },

    async createWorkerDeploymentVersion({ namespace, deploymentVersion, identity }) {
      await requireNamespace(options, namespace);
      const version = requireVersion({ deploymentVersion });
      answerOf(
        await registry().ask(namespace, { kind: 'createVersion', ...version, ...set('identity', identity) }),
      );
      return {};
    },

    async describeWorkerDeploymentVersion({ namespace, reportTaskQueueStats, ...request }) {
      await requireNamespace(options, namespace);
      const { deploymentName, buildId } = requireVersion(request);
      const found = answerOf(await registry().ask(namespace, { kind: 'get', deploymentName }));
      const deployment = await withDrainage(namespace, found, versionIn(found, buildId));
      const version = versionIn(deployment, buildId);
      const versionTaskQueues = await Promise.all(
        version.taskQueues.map(async (queue) => ({
          name: queue.name,
          type: TYPES[queue.kind],
          ...(reportTaskQueueStats && {
            stats: statsOfVersion(await queues.describe(namespace, queue), `${deploymentName}:${buildId}`),
          }),
        })),
      );
      const entries =
        version.metadata && fromJson(VersionMetadataSchema, { entries: version.metadata }).entries;
      return {
        workerDeploymentVersionInfo: {
          ...versionMessage(deployment, version),
          ...(entries && { metadata: { entries } }),
        },
        versionTaskQueues,
      };
    },

    async deleteWorkerDeploymentVersion({ namespace, skipDrainage, identity, ...request }) {
      await requireNamespace(options, namespace);
      const { deploymentName, buildId } = requireVersion(request);
      const existing = await registry().ask(namespace, { kind: 'get', deploymentName });
      const version = existing.ok
        ? existing.value.versions.find((each) => each.buildId === buildId)
        : undefined;
      if (!existing.ok || version === undefined) return {};
      await withDrainage(namespace, existing.value, version);
      await queues.refusePolled(namespace, version, deploymentName);
      answerOf(
        await registry().ask(namespace, {
          kind: 'deleteVersion',
          deploymentName,
          buildId,
          ...(skipDrainage && { skipDrainage }),
          ...set('identity', identity),
        }),
      );
      await queues.tell(namespace, version.taskQueues);
      return {};
    },

    async updateWorkerDeploymentVersionMetadata({
      namespace,
      upsertEntries,
      removeEntries,
      identity,
      ...request
    }) {
      await requireNamespace(options, namespace);
      const version = requireVersion(request);
      const { entries: upsert = {} } = toJson(VersionMetadataSchema, { entries: upsertEntries ?? {} }) as {
        entries?: Record<string, unknown>;
      };
      const deployment = answerOf(
        await registry().ask(namespace, {
          kind: 'updateMetadata',
          ...version,
          upsert,
          remove: removeEntries ?? [],
          ...set('identity', identity),
        }),
      );
      const entries = versionIn(deployment, version.buildId).metadata ?? {};
      return { metadata: fromJson(VersionMetadataSchema, { entries }) };
    },
  };
}

function requireDeployments(deployments: WorkerDeployments | undefined): WorkerDeployments {
  if (deployments !== undefined) return deployments;
  throw new RpcError('UNIMPLEMENTED', 'This server keeps no worker deployments.');
}

function buildIdOf(
  { buildId, version }: { buildId?: string; version?: string },
  deploymentName: string,
): string | null {
  if (buildId) return buildId;
  const former = formerName(version, deploymentName);
  if (former === undefined)
    throw invalidArgument(`version: expected '${deploymentName}.<build ID>', found '${version}'`);
  return former;
}

function requireVersion({
  deploymentVersion,
  version,
}: {
  deploymentVersion?: { deploymentName?: string; buildId?: string };
  version?: string;
}): { deploymentName: string; buildId: string } {
  const dot = version?.indexOf('.') ?? -1;
  const former =
    version !== undefined && dot > 0
      ? { deploymentName: version.slice(0, dot), buildId: version.slice(dot + 1) }
      : undefined;
  const { deploymentName, buildId } = deploymentVersion ?? former ?? {};
  return {
    deploymentName: requireText(deploymentName, 'deploymentVersion.deploymentName'),
    buildId: requireText(buildId, 'deploymentVersion.buildId'),
  };
}

function versionIn(deployment: Deployment, buildId: string): DeploymentVersion {
  const version = deployment.versions.find((each) => each.buildId === buildId);
  if (version !== undefined) return version;
  throw new RpcError('NOT_FOUND', `Worker deployment '${deployment.name}' has no version '${buildId}'.`);
}

function previous({ name }: Deployment, buildId: string | null) {
  const { version, deploymentVersion } = versionRef(name, buildId);
  return { previousVersion: version, ...set('previousDeploymentVersion', deploymentVersion) };
}

function answerOf<T>(result: Result<T>): T {
  if (!result.ok) throw errorOfStatus(result.error);
  return result.value;
}
