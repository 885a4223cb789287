/** Requests and responses of the calls on namespaces, and what the system says about itself. */
import { IndexedValueType } from './messages.ts';
import {
  bool,
  bytes,
  dur,
  enumeration,
  type Infer,
  i32,
  i64,
  json,
  list,
  map,
  message,
  required,
  str,
  time,
} from './schema.ts';

export const NamespaceState = enumeration('NAMESPACE_STATE_', { REGISTERED: 1, DEPRECATED: 2, DELETED: 3 });
export const ArchivalState = enumeration('ARCHIVAL_STATE_', { DISABLED: 1, ENABLED: 2 });
export const ReplicationState = enumeration('REPLICATION_STATE_', { NORMAL: 1, HANDOVER: 2 });

/** Not Temporal's: bounds of a namespace's own. 0 is none; an update replaces all of them. */
export const NamespaceLimitsSchema = message('NamespaceLimits', {
  payloadBytes: i64,
  memoBytes: i64,
  historyEvents: i64,
  historyBytes: i64,
  pendingActivities: i64,
  pendingChildren: i64,
  pendingExternalSignals: i64,
  pendingExternalCancels: i64,
  signals: i64,
  updatesInFlight: i64,
  updates: i64,
  startsPerSecond: i64,
  openWorkflows: i64,
});

const ClusterReplicationConfigSchema = message('ClusterReplicationConfig', { clusterName: str });

export const RegisterNamespaceRequestSchema = message('RegisterNamespaceRequest', {
  namespace: required(str),
  description: str,
  ownerEmail: str,
  workflowExecutionRetentionPeriod: dur,
  clusters: list(ClusterReplicationConfigSchema),
  activeClusterName: str,
  data: map(str),
  securityToken: str,
  isGlobalNamespace: bool,
  historyArchivalState: ArchivalState,
  historyArchivalUri: str,
  visibilityArchivalState: ArchivalState,
  visibilityArchivalUri: str,
  /** These are not Temporal's. Where everything of the namespace is: fixed here. */
  jurisdiction: str,
  locationHint: str,
  limits: NamespaceLimitsSchema,
});
export type RegisterNamespaceRequest = Infer<typeof RegisterNamespaceRequestSchema>;

export const NamespaceInfoSchema = message('NamespaceInfo', {
  name: required(str),
  state: NamespaceState,
  description: str,
  ownerEmail: str,
  data: map(str),
  id: str,
  capabilities: message('Capabilities', {
    eagerWorkflowStart: bool,
    syncUpdate: bool,
    asyncUpdate: bool,
    workerHeartbeats: bool,
    reportedProblemsSearchAttribute: bool,
    workflowPause: bool,
    standaloneActivities: bool,
    standaloneActivityStartDelay: bool,
    standaloneNexusOperation: bool,
    workerPollCompleteOnShutdown: bool,
    pollerAutoscaling: bool,
  }),
  limits: message('Limits', { blobSizeLimitError: i64, memoSizeLimitError: i64 }),
  supportsSchedules: bool,
});
export type NamespaceInfo = Infer<typeof NamespaceInfoSchema>;

export const NamespaceConfigSchema = message('NamespaceConfig', {
  workflowExecutionRetentionTtl: dur,
  badBinaries: json,
  historyArchivalState: ArchivalState,
  historyArchivalUri: str,
  visibilityArchivalState: ArchivalState,
  visibilityArchivalUri: str,
  customSearchAttributeAliases: map(str),
  /** These are not Temporal's. The first two cannot be changed. */
  jurisdiction: str,
  locationHint: str,
  limits: NamespaceLimitsSchema,
});
export type NamespaceConfig = Infer<typeof NamespaceConfigSchema>;

export const NamespaceReplicationConfigSchema = message('NamespaceReplicationConfig', {
  activeClusterName: str,
  clusters: list(ClusterReplicationConfigSchema),
  state: ReplicationState,
});
export type NamespaceReplicationConfig = Infer<typeof NamespaceReplicationConfigSchema>;

export const DescribeNamespaceRequestSchema = message('DescribeNamespaceRequest', {
  namespace: required(str),
});
export type DescribeNamespaceRequest = Infer<typeof DescribeNamespaceRequestSchema>;

/** The answer of describe, of update, and each entry of list. */
export const DescribeNamespaceResponseSchema = message('DescribeNamespaceResponse', {
  namespaceInfo: required(NamespaceInfoSchema),
  config: required(NamespaceConfigSchema),
  replicationConfig: NamespaceReplicationConfigSchema,
  failoverVersion: i64,
  isGlobalNamespace: bool,
});
export type DescribeNamespaceResponse = Infer<typeof DescribeNamespaceResponseSchema>;

export const DeleteNamespaceRequestSchema = message('DeleteNamespaceRequest', { namespace: required(str) });
export const DeleteNamespaceResponseSchema = message('DeleteNamespaceResponse', { deletedNamespace: str });

export const UpdateNamespaceRequestSchema = message('UpdateNamespaceRequest', {
  namespace: required(str),
  updateInfo: message('UpdateNamespaceInfo', {
    description: str,
    ownerEmail: str,
    data: map(str),
    state: NamespaceState,
  }),
  config: NamespaceConfigSchema,
  replicationConfig: NamespaceReplicationConfigSchema,
  securityToken: str,
  deleteBadBinary: str,
  promoteNamespace: bool,
});
export type UpdateNamespaceRequest = Infer<typeof UpdateNamespaceRequestSchema>;

export const ListNamespacesRequestSchema = message('ListNamespacesRequest', {
  pageSize: i32,
  nextPageToken: bytes,
});
export type ListNamespacesRequest = Infer<typeof ListNamespacesRequestSchema>;

export const ListNamespacesResponseSchema = message('ListNamespacesResponse', {
  namespaces: list(DescribeNamespaceResponseSchema),
  nextPageToken: bytes,
});
export type ListNamespacesResponse = Infer<typeof ListNamespacesResponseSchema>;

export const ListSearchAttributesResponseSchema = message('ListSearchAttributesResponse', {
  customAttributes: map(IndexedValueType),
  systemAttributes: map(IndexedValueType),
  storageSchema: map(str),
});
export type ListSearchAttributesResponse = Infer<typeof ListSearchAttributesResponseSchema>;

export const AddSearchAttributesRequestSchema = message('AddSearchAttributesRequest', {
  namespace: required(str),
  searchAttributes: map(IndexedValueType),
});
export type AddSearchAttributesRequest = Infer<typeof AddSearchAttributesRequestSchema>;

export const RemoveSearchAttributesRequestSchema = message('RemoveSearchAttributesRequest', {
  namespace: required(str),
  searchAttributes: list(str),
});
export type RemoveSearchAttributesRequest = Infer<typeof RemoveSearchAttributesRequestSchema>;

export const GetSystemInfoResponseSchema = message('GetSystemInfoResponse', {
  serverVersion: str,
  capabilities: message('Capabilities', {
    signalAndQueryHeader: bool,
    internalErrorDifferentiation: bool,
    activityFailureIncludeHeartbeat: bool,
    supportsSchedules: bool,
    encodedFailureAttributes: bool,
    buildIdBasedVersioning: bool,
    upsertMemo: bool,
    eagerWorkflowStart: bool,
    sdkMetadata: bool,
    countGroupByExecutionStatus: bool,
    nexus: bool,
  }),
});
export type GetSystemInfoResponse = Infer<typeof GetSystemInfoResponseSchema>;

const ReleaseInfoSchema = message('ReleaseInfo', { version: str, releaseTime: time, notes: str });

export const GetClusterInfoResponseSchema = message('GetClusterInfoResponse', {
  supportedClients: map(str),
  serverVersion: str,
  clusterId: str,
  versionInfo: message('VersionInfo', {
    current: ReleaseInfoSchema,
    recommended: ReleaseInfoSchema,
    instructions: str,
    alerts: list(json),
    lastUpdateTime: time,
  }),
  clusterName: str,
  historyShardCount: i32,
  persistenceStore: str,
  visibilityStore: str,
  initialFailoverVersion: i64,
  failoverVersionIncrement: i64,
});
export type GetClusterInfoResponse = Infer<typeof GetClusterInfoResponseSchema>;
