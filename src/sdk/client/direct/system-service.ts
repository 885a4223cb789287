/** Search attributes, and what the system says about itself. */
import type { IndexedValueType } from '../../common/wire/messages.ts';
import type { Gateway } from '../calls/index.ts';
import { errorOfStatus } from './executions.ts';
import { type DirectServiceOptions, requireNamespace } from './service.ts';

type SystemCalls = Pick<
  Gateway,
  | 'listSearchAttributes'
  | 'addSearchAttributes'
  | 'removeSearchAttributes'
  | 'getSystemInfo'
  | 'getClusterInfo'
>;

type ValueType = keyof typeof IndexedValueType.values;

/** Of the Temporal server whose HTTP API this one answers like; clients switch features on it. */
const COMPATIBLE_SERVER_VERSION = '1.30.0';
export const CLUSTER_NAME = 'active';

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
          ...(options.nexusEndpoints && { nexus: true }),
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
