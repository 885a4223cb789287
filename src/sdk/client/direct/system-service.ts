/** Namespaces, search attributes, and what the system says about itself. */
import type { NamespaceRecord } from '../../../objects/namespace/namespace-api.ts';
import type { IndexedValueType } from '../../common/wire/messages.ts';
import type {
  DescribeNamespaceResponse,
  ListNamespacesRequest,
  ListNamespacesResponse,
} from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument } from '../rpc-error.ts';
import { errorOfStatus } from './executions.ts';
import { type DirectServiceOptions, requireNamespace } from './service.ts';
import { BLOB_BYTES_MAX, requireText } from './validate.ts';

type SystemCalls = Pick<
  Gateway,
  | 'listNamespaces'
  | 'registerNamespace'
  | 'describeNamespace'
  | 'updateNamespace'
  | 'listSearchAttributes'
  | 'addSearchAttributes'
  | 'removeSearchAttributes'
  | 'getSystemInfo'
  | 'getClusterInfo'
>;

type ValueType = keyof typeof IndexedValueType.values;

/** Of the Temporal server whose HTTP API this one answers like; clients switch features on it. */
const COMPATIBLE_SERVER_VERSION = '1.30.0';
const CLUSTER_NAME = 'active';
const PAGE_SIZE_MAX = 1000;

const SYSTEM_ATTRIBUTES: Readonly<Record<string, ValueType>> = {
  WorkflowId: 'KEYWORD',
  RunId: 'KEYWORD',
  WorkflowType: 'KEYWORD',
  TaskQueue: 'KEYWORD',
  ExecutionStatus: 'KEYWORD',
  ParentWorkflowId: 'KEYWORD',
  ParentRunId: 'KEYWORD',
  RootWorkflowId: 'KEYWORD',
  RootRunId: 'KEYWORD',
  StartTime: 'DATETIME',
  ExecutionTime: 'DATETIME',
  CloseTime: 'DATETIME',
  HistoryLength: 'INT',
  HistorySizeBytes: 'INT',
  StateTransitionCount: 'INT',
  ExecutionDuration: 'INT',
};

export function systemService(options: DirectServiceOptions): SystemCalls {
  const { namespaces, version } = options;
  return {
    listNamespaces: (request) => listNamespaces(options, request),

    async registerNamespace(request) {
      requireText(request.namespace, 'namespace');
      const result = await namespaces.register(request);
      if (!result.ok) throw errorOfStatus(result.error);
      return {};
    },

    async describeNamespace({ namespace }) {
      return toDescription(await requireNamespace(options, namespace), options);
    },

    async updateNamespace(request) {
      await requireNamespace(options, request.namespace);
      const result = await namespaces.update(request);
      if (!result.ok) throw errorOfStatus(result.error);
      return toDescription(result.value, options);
    },

    async listSearchAttributes({ namespace }) {
      const { customSearchAttributes } = await requireNamespace(options, namespace);
      // Records hold only types that were checked when they were added.
      const customAttributes = customSearchAttributes as Record<string, ValueType>;
      return { customAttributes, systemAttributes: { ...SYSTEM_ATTRIBUTES } };
    },

    async addSearchAttributes({ namespace, searchAttributes: add = {} }) {
      await requireNamespace(options, namespace);
      const result = await namespaces.changeSearchAttributes(namespace, { add });
      if (!result.ok) throw errorOfStatus(result.error);
      return {};
    },

    async removeSearchAttributes({ namespace, searchAttributes: remove = [] }) {
      await requireNamespace(options, namespace);
      const result = await namespaces.changeSearchAttributes(namespace, { remove });
      if (!result.ok) throw errorOfStatus(result.error);
      return {};
    },

    async getSystemInfo() {
      return {
        serverVersion: COMPATIBLE_SERVER_VERSION,
        capabilities: {
          signalAndQueryHeader: true,
          internalErrorDifferentiation: true,
          activityFailureIncludeHeartbeat: true,
          ...(options.schedules && { supportsSchedules: true }),
          encodedFailureAttributes: true,
          upsertMemo: true,
          sdkMetadata: true,
        },
      };
    },

    async getClusterInfo() {
      return {
        supportedClients: { 'temporal-typescript': '<2.0.0' },
        serverVersion: COMPATIBLE_SERVER_VERSION,
        clusterId: 'perdure',
        clusterName: CLUSTER_NAME,
        historyShardCount: 1,
        persistenceStore: 'durable-objects',
        visibilityStore: 'durable-objects',
        ...(version
          ? { versionInfo: { current: { version: COMPATIBLE_SERVER_VERSION, notes: `Perdure ${version}` } } }
          : {}),
      };
    },
  };
}

async function listNamespaces(
  options: DirectServiceOptions,
  { pageSize = 0, nextPageToken }: ListNamespacesRequest,
): Promise<ListNamespacesResponse> {
  const from = nextPageToken?.length ? decodeName(nextPageToken) : undefined;
  const size = pageSize > 0 ? Math.min(pageSize, PAGE_SIZE_MAX) : PAGE_SIZE_MAX;
  const page = await options.namespaces.list({ size, ...(from === undefined ? {} : { from }) });
  return {
    namespaces: page.records.map((record) => toDescription(record, options)),
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
  { payloadBytesMax = BLOB_BYTES_MAX, schedules }: DirectServiceOptions,
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
      capabilities: { syncUpdate: true, asyncUpdate: true, workflowPause: true },
      ...(hasSchedules && { supportsSchedules: true }),
      limits: { blobSizeLimitError: payloadBytesMax, memoSizeLimitError: BLOB_BYTES_MAX },
    },
    config: {
      workflowExecutionRetentionTtl: record.retentionMs,
      historyArchivalState: 'DISABLED',
      visibilityArchivalState: 'DISABLED',
    },
    replicationConfig: {
      activeClusterName: CLUSTER_NAME,
      clusters: [{ clusterName: CLUSTER_NAME }],
      state: 'NORMAL',
    },
  };
}
