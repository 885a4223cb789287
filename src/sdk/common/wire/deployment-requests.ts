/** Requests and responses about worker deployments and their versions. */
import { PayloadSchema, WorkerDeploymentVersionSchema } from './messages.ts';
import { pageFields } from './request-fields.ts';
import {
  bool,
  bytes,
  double,
  enumeration,
  type Infer,
  i64,
  list,
  map,
  message,
  required,
  str,
  time,
} from './schema.ts';
import { TaskQueueStatsSchema, TaskQueueType } from './worker-requests.ts';

export const VersionDrainageStatus = enumeration('VERSION_DRAINAGE_STATUS_', { DRAINING: 1, DRAINED: 2 });
export const WorkerDeploymentVersionStatus = enumeration('WORKER_DEPLOYMENT_VERSION_STATUS_', {
  INACTIVE: 1,
  CURRENT: 2,
  RAMPING: 3,
  DRAINING: 4,
  DRAINED: 5,
  CREATED: 6,
});
export const RoutingConfigUpdateState = enumeration('ROUTING_CONFIG_UPDATE_STATE_', {
  IN_PROGRESS: 1,
  COMPLETED: 2,
});

const drainageInfo = message('VersionDrainageInfo', {
  status: VersionDrainageStatus,
  lastChangedTime: time,
  lastCheckedTime: time,
});

const versionTimes = {
  createTime: time,
  currentSinceTime: time,
  rampingSinceTime: time,
  firstActivationTime: time,
  lastCurrentTime: time,
  lastDeactivationTime: time,
};

export const VersionSummarySchema = message('WorkerDeploymentVersionSummary', {
  version: str,
  status: WorkerDeploymentVersionStatus,
  deploymentVersion: WorkerDeploymentVersionSchema,
  ...versionTimes,
  drainageStatus: VersionDrainageStatus,
  drainageInfo,
  routingUpdateTime: time,
});
export type VersionSummary = Infer<typeof VersionSummarySchema>;

/** `current…` unset: workers without a version. Percentages are from 0 to 100. */
export const RoutingConfigSchema = message('RoutingConfig', {
  currentDeploymentVersion: WorkerDeploymentVersionSchema,
  currentVersion: str,
  rampingDeploymentVersion: WorkerDeploymentVersionSchema,
  rampingVersion: str,
  rampingVersionPercentage: double,
  currentVersionChangedTime: time,
  rampingVersionChangedTime: time,
  rampingVersionPercentageChangedTime: time,
  revisionNumber: i64,
});
export type RoutingConfig = Infer<typeof RoutingConfigSchema>;

export const WorkerDeploymentInfoSchema = message('WorkerDeploymentInfo', {
  name: str,
  versionSummaries: list(VersionSummarySchema),
  createTime: time,
  routingConfig: RoutingConfigSchema,
  lastModifierIdentity: str,
  managerIdentity: str,
  routingConfigUpdateState: RoutingConfigUpdateState,
});

export const VersionMetadataSchema = message('VersionMetadata', { entries: map(PayloadSchema) });

export const WorkerDeploymentVersionInfoSchema = message('WorkerDeploymentVersionInfo', {
  version: str,
  status: WorkerDeploymentVersionStatus,
  deploymentVersion: WorkerDeploymentVersionSchema,
  deploymentName: str,
  ...versionTimes,
  routingChangedTime: time,
  rampPercentage: double,
  taskQueueInfos: list(message('VersionTaskQueueInfo', { name: str, type: TaskQueueType })),
  drainageInfo,
  metadata: VersionMetadataSchema,
  lastModifierIdentity: str,
});

const deployment = { namespace: required(str), deploymentName: required(str) };
const version = {
  namespace: required(str),
  /** Deprecated: `deploymentName.buildId`. */
  version: str,
  deploymentVersion: WorkerDeploymentVersionSchema,
};
const change = {
  ...deployment,
  /** Deprecated: `deploymentName.buildId`, or `__unversioned__`. */
  version: str,
  buildId: str,
  conflictToken: bytes,
  identity: str,
  ignoreMissingTaskQueues: bool,
  allowNoPollers: bool,
};
const changeResponse = {
  conflictToken: bytes,
  previousVersion: str,
  previousDeploymentVersion: WorkerDeploymentVersionSchema,
};

export const ListWorkerDeploymentsRequestSchema = message('ListWorkerDeploymentsRequest', pageFields);
export const ListWorkerDeploymentsResponseSchema = message('ListWorkerDeploymentsResponse', {
  nextPageToken: bytes,
  workerDeployments: list(
    message('WorkerDeploymentSummary', {
      name: str,
      createTime: time,
      routingConfig: RoutingConfigSchema,
      latestVersionSummary: VersionSummarySchema,
      currentVersionSummary: VersionSummarySchema,
      rampingVersionSummary: VersionSummarySchema,
    }),
  ),
});
export const DescribeWorkerDeploymentRequestSchema = message('DescribeWorkerDeploymentRequest', deployment);
export const DescribeWorkerDeploymentResponseSchema = message('DescribeWorkerDeploymentResponse', {
  conflictToken: bytes,
  workerDeploymentInfo: WorkerDeploymentInfoSchema,
});
export const CreateWorkerDeploymentRequestSchema = message('CreateWorkerDeploymentRequest', {
  ...deployment,
  identity: str,
  requestId: str,
});
export const CreateWorkerDeploymentResponseSchema = message('CreateWorkerDeploymentResponse', {
  conflictToken: bytes,
});
export const DeleteWorkerDeploymentRequestSchema = message('DeleteWorkerDeploymentRequest', {
  ...deployment,
  identity: str,
});
export const SetWorkerDeploymentCurrentVersionRequestSchema = message(
  'SetWorkerDeploymentCurrentVersionRequest',
  change,
);
export const SetWorkerDeploymentCurrentVersionResponseSchema = message(
  'SetWorkerDeploymentCurrentVersionResponse',
  changeResponse,
);
export const SetWorkerDeploymentRampingVersionRequestSchema = message(
  'SetWorkerDeploymentRampingVersionRequest',
  { ...change, percentage: double },
);
export const SetWorkerDeploymentRampingVersionResponseSchema = message(
  'SetWorkerDeploymentRampingVersionResponse',
  { ...changeResponse, previousPercentage: double },
);
export const SetWorkerDeploymentManagerRequestSchema = message('SetWorkerDeploymentManagerRequest', {
  ...deployment,
  managerIdentity: str,
  self: bool,
  conflictToken: bytes,
  identity: str,
});
export const SetWorkerDeploymentManagerResponseSchema = message('SetWorkerDeploymentManagerResponse', {
  conflictToken: bytes,
  previousManagerIdentity: str,
});
export const CreateWorkerDeploymentVersionRequestSchema = message('CreateWorkerDeploymentVersionRequest', {
  namespace: required(str),
  deploymentVersion: WorkerDeploymentVersionSchema,
  identity: str,
  requestId: str,
});
export const DescribeWorkerDeploymentVersionRequestSchema = message(
  'DescribeWorkerDeploymentVersionRequest',
  { ...version, reportTaskQueueStats: bool },
);
export const DescribeWorkerDeploymentVersionResponseSchema = message(
  'DescribeWorkerDeploymentVersionResponse',
  {
    workerDeploymentVersionInfo: WorkerDeploymentVersionInfoSchema,
    versionTaskQueues: list(
      message('VersionTaskQueue', { name: str, type: TaskQueueType, stats: TaskQueueStatsSchema }),
    ),
  },
);
export const DeleteWorkerDeploymentVersionRequestSchema = message('DeleteWorkerDeploymentVersionRequest', {
  ...version,
  skipDrainage: bool,
  identity: str,
});
export const UpdateWorkerDeploymentVersionMetadataRequestSchema = message(
  'UpdateWorkerDeploymentVersionMetadataRequest',
  { ...version, upsertEntries: map(PayloadSchema), removeEntries: list(str), identity: str },
);
export const UpdateWorkerDeploymentVersionMetadataResponseSchema = message(
  'UpdateWorkerDeploymentVersionMetadataResponse',
  { metadata: VersionMetadataSchema },
);
