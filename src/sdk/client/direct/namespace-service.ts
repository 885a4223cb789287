/** The calls on namespaces. */
import type { NamespaceRecord } from '../../../objects/namespace/namespace-api.ts';
import type {
  DescribeNamespaceResponse,
  ListNamespacesRequest,
  ListNamespacesResponse,
} from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import { errorOfStatus } from './executions.ts';
import { namespaceNotFound, requireNamespace, set } from './service.ts';
import { CLUSTER_NAME } from './system-service.ts';
import { BLOB_BYTES_MAX, requireText } from './validate.ts';
import type { VisibilityServiceOptions } from './visibility-service.ts';

type NamespaceCalls = Pick<
  Gateway,
  'listNamespaces' | 'registerNamespace' | 'describeNamespace' | 'updateNamespace' | 'deleteNamespace'
>;

const DEFAULT_NAMESPACE = 'default';
const PAGE_SIZE_MAX = 1000;
const SCHEDULES_PER_PAGE = 100;
const SCHEDULES_PER_CALL = 1000;

export function namespaceService(options: VisibilityServiceOptions): NamespaceCalls {
  const { namespaces } = options;
  return {
    listNamespaces: (request) => listNamespaces(options, request),

    async registerNamespace(request) {
      const namespace = requireText(request.namespace, 'namespace');
      requireArchive(options, request.historyArchivalState);
      const before = await namespaces.find(namespace, { isFresh: true });
      if (before?.state === 'DELETED') await requireEmpty(options, namespace);
      const result = await namespaces.register(request, { replacesDeleted: before?.state === 'DELETED' });
      if (!result.ok) throw errorOfStatus(result.error);
      return {};
    },

    async describeNamespace({ namespace }) {
      return toDescription(await requireNamespace(options, namespace), options);
    },

    async updateNamespace(request) {
      await requireNamespace(options, request.namespace);
      requireArchive(options, request.config?.historyArchivalState);
      const result = await namespaces.update(request);
      if (!result.ok) throw errorOfStatus(result.error);
      return toDescription(result.value, options);
    },

    async deleteNamespace(request) {
      const namespace = requireText(request.namespace, 'namespace');
      if (namespace === DEFAULT_NAMESPACE) throw invalidArgument('namespace: `default` cannot be deleted');
      if ((await namespaces.find(namespace, { isFresh: true })) === undefined)
        throw namespaceNotFound(namespace);
      const result = await namespaces.changeSettings(namespace, { isDeleted: true });
      if (!result.ok) throw errorOfStatus(result.error);
      await eraseContents(options, namespace);
      return { deletedNamespace: namespace };
    },
  };
}

/** Without a bucket nothing could be erased. */
function requireArchive({ elsewhere }: VisibilityServiceOptions, state: string | undefined): void {
  if (state === 'ENABLED' && elsewhere?.archive === undefined)
    throw invalidArgument(
      'historyArchivalState: this server has no archive. Bind an R2 bucket to its Worker under the name ARCHIVE.',
    );
}

/** Begins what goes on in the background, and can be done again: whoever repeats a deletion that was cut off ends it. */
async function eraseContents(options: VisibilityServiceOptions, namespace: string): Promise<void> {
  await options.visibility?.leave(namespace);
  await deleteSchedules(options, namespace);
}

/**
 * What bears the name of a namespace is found by it: nothing of an earlier one may be left. Nothing is erased here: another call may
 * have registered the name meanwhile.
 */
async function requireEmpty(options: VisibilityServiceOptions, namespace: string): Promise<void> {
  const { visibility } = options;
  const shards = (await visibility?.statistics(namespace)) ?? [];
  const runs = shards.reduce((sum, shard) => sum + shard.runs, 0);
  const left = runs > 0 ? `${runs} runs` : (await hasSchedules(options, namespace)) ? 'schedules' : undefined;
  if (left !== undefined)
    throw new RpcError(
      'FAILED_PRECONDITION',
      `Namespace ${namespace} is being deleted, ${left} are left: register it when all are gone, or choose another name. ` +
        'If nothing goes, its deletion was cut off: delete it again.',
    );
  await visibility?.clear(namespace);
}

async function hasSchedules(
  { scheduleIndex }: VisibilityServiceOptions,
  namespace: string,
): Promise<boolean> {
  const page = await scheduleIndex?.(namespace).list({ namespace, pageSize: 1 });
  return page?.ok === true && page.value.entries.length > 0;
}

async function deleteSchedules(
  { schedules, scheduleIndex }: VisibilityServiceOptions,
  namespace: string,
): Promise<void> {
  if (schedules === undefined || scheduleIndex === undefined) return;
  for (let deleted = 0; deleted < SCHEDULES_PER_CALL; ) {
    const page = await scheduleIndex(namespace).list({ namespace, pageSize: SCHEDULES_PER_PAGE });
    if (!page.ok) throw errorOfStatus(page.error);
    if (page.value.entries.length === 0) return;
    for (const { scheduleId = '' } of page.value.entries) {
      const gone = await schedules(namespace, scheduleId).delete({ namespace, scheduleId });
      // Its object is gone, its entry is not: that of an object that was lost between the two.
      if (!gone.ok && gone.error.code === 'NOT_FOUND')
        await scheduleIndex(namespace).remove(scheduleId, Number.MAX_SAFE_INTEGER);
      else if (!gone.ok) throw errorOfStatus(gone.error);
    }
    deleted += page.value.entries.length;
  }
  throw new RpcError(
    'UNAVAILABLE',
    `Namespace ${namespace} is deleted; it has more schedules than one call can erase: call again.`,
  );
}

async function listNamespaces(
  options: VisibilityServiceOptions,
  { pageSize = 0, nextPageToken }: ListNamespacesRequest,
): Promise<ListNamespacesResponse> {
  const from = nextPageToken?.length ? decodeName(nextPageToken) : undefined;
  const size = pageSize > 0 ? Math.min(pageSize, PAGE_SIZE_MAX) : PAGE_SIZE_MAX;
  const page = await options.namespaces.list({ size, ...(from === undefined ? {} : { from }) });
  return {
    namespaces: page.records
      .filter(({ state }) => state !== 'DELETED')
      .map((record) => toDescription(record, options)),
    ...(page.next === undefined ? {} : { nextPageToken: new TextEncoder().encode(page.next) }),
  };
}

function decodeName(token: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(token);
  } catch {
    throw invalidArgument('nextPageToken: expected a token from an earlier page');
  }
}

function toDescription(
  record: NamespaceRecord,
  { payloadBytesMax = BLOB_BYTES_MAX, schedules, nexusEndpoints }: VisibilityServiceOptions,
): DescribeNamespaceResponse {
  const hasSchedules = schedules !== undefined;
  return {
    namespaceInfo: {
      name: record.name,
      state: record.state,
      id: record.id,
      description: record.description,
      ownerEmail: record.ownerEmail,
      data: record.data,
      capabilities: {
        syncUpdate: true,
        asyncUpdate: true,
        workflowPause: true,
        standaloneActivities: true,
        standaloneActivityStartDelay: true,
        ...(nexusEndpoints && { standaloneNexusOperation: true }),
      },
      ...(hasSchedules && { supportsSchedules: true }),
      limits: {
        blobSizeLimitError: Math.min(payloadBytesMax, record.limits?.payloadBytes ?? payloadBytesMax),
        memoSizeLimitError: record.limits?.memoBytes ?? BLOB_BYTES_MAX,
      },
    },
    config: {
      workflowExecutionRetentionTtl: record.retentionMs,
      historyArchivalState: record.isArchived ? 'ENABLED' : 'DISABLED',
      visibilityArchivalState: 'DISABLED',
      ...set('jurisdiction', record.placement?.jurisdiction),
      ...set('locationHint', record.placement?.locationHint),
      ...set('limits', record.limits),
    },
    replicationConfig: {
      activeClusterName: CLUSTER_NAME,
      clusters: [{ clusterName: CLUSTER_NAME }],
      state: 'NORMAL',
    },
  };
}
