/** Requests and responses of batch operations. */
import { ActivityOptionsSchema } from './activity-requests.ts';
import { HeaderSchema, PayloadsSchema, WorkflowExecutionSchema } from './messages.ts';
import { pageFields } from './request-fields.ts';
import { ResetReapplyExcludeType, ResetReapplyType, WorkflowExecutionOptionsSchema } from './requests.ts';
import {
  bool,
  bytes,
  double,
  dur,
  enumeration,
  type Infer,
  i64,
  list,
  message,
  required,
  str,
  time,
} from './schema.ts';

/** PAUSE and UNPAUSE of workflows are our own. */
export const BatchOperationType = enumeration('BATCH_OPERATION_TYPE_', {
  TERMINATE: 1,
  CANCEL: 2,
  SIGNAL: 3,
  DELETE: 4,
  RESET: 5,
  UPDATE_EXECUTION_OPTIONS: 6,
  UNPAUSE_ACTIVITY: 7,
  UPDATE_ACTIVITY_OPTIONS: 8,
  RESET_ACTIVITY: 9,
  PAUSE_WORKFLOW: 101,
  UNPAUSE_WORKFLOW: 102,
});
export type BatchOperationTypeName = keyof typeof BatchOperationType.values;

export const BatchOperationState = enumeration('BATCH_OPERATION_STATE_', {
  RUNNING: 1,
  COMPLETED: 2,
  FAILED: 3,
});

const nothing = message('Empty', {});

const ResetOptionsSchema = message('ResetOptions', {
  firstWorkflowTask: nothing,
  lastWorkflowTask: nothing,
  workflowTaskId: i64,
  buildId: str,
  resetReapplyType: ResetReapplyType,
  currentRunOnly: bool,
  resetReapplyExcludeTypes: list(ResetReapplyExcludeType),
});

/** Temporal's older way to say it. */
const ResetType = enumeration('RESET_TYPE_', { FIRST_WORKFLOW_TASK: 1, LAST_WORKFLOW_TASK: 2 });

const ExecutionType = enumeration('EXECUTION_TYPE_', { WORKFLOW: 1, ACTIVITY: 2 });

/** Which pending activities of each workflow: those of a type, or all. */
const ofActivities = { identity: str, type: str, matchAll: bool } as const;

export const StartBatchOperationRequestSchema = message('StartBatchOperationRequest', {
  namespace: required(str),
  jobId: required(str),
  reason: str,
  visibilityQuery: str,
  executions: list(WorkflowExecutionSchema),
  targetExecutions: list(message('Execution', { type: ExecutionType, businessId: str, runId: str })),
  maxOperationsPerSecond: double,
  terminationOperation: message('BatchOperationTermination', { details: PayloadsSchema, identity: str }),
  cancellationOperation: message('BatchOperationCancellation', { identity: str }),
  signalOperation: message('BatchOperationSignal', {
    signal: str,
    input: PayloadsSchema,
    header: HeaderSchema,
    identity: str,
  }),
  deletionOperation: message('BatchOperationDeletion', { identity: str }),
  resetOperation: message('BatchOperationReset', {
    identity: str,
    options: ResetOptionsSchema,
    resetType: ResetType,
    resetReapplyType: ResetReapplyType,
  }),
  updateWorkflowOptionsOperation: message('BatchOperationUpdateWorkflowExecutionOptions', {
    identity: str,
    workflowExecutionOptions: WorkflowExecutionOptionsSchema,
    updateMask: str,
  }),
  unpauseActivitiesOperation: message('BatchOperationUnpauseActivities', {
    ...ofActivities,
    resetAttempts: bool,
    resetHeartbeat: bool,
    jitter: dur,
  }),
  resetActivitiesOperation: message('BatchOperationResetActivities', {
    ...ofActivities,
    resetAttempts: bool,
    resetHeartbeat: bool,
    keepPaused: bool,
    jitter: dur,
    restoreOriginalOptions: bool,
  }),
  updateActivityOptionsOperation: message('BatchOperationUpdateActivityOptions', {
    ...ofActivities,
    activityOptions: ActivityOptionsSchema,
    updateMask: str,
    restoreOriginal: bool,
  }),
  pauseOperation: message('BatchOperationPause', { identity: str }),
  unpauseOperation: message('BatchOperationUnpause', { identity: str }),
});
export type StartBatchOperationRequest = Infer<typeof StartBatchOperationRequestSchema>;

export const BATCH_OPERATIONS = {
  terminationOperation: 'TERMINATE',
  cancellationOperation: 'CANCEL',
  signalOperation: 'SIGNAL',
  deletionOperation: 'DELETE',
  resetOperation: 'RESET',
  updateWorkflowOptionsOperation: 'UPDATE_EXECUTION_OPTIONS',
  unpauseActivitiesOperation: 'UNPAUSE_ACTIVITY',
  updateActivityOptionsOperation: 'UPDATE_ACTIVITY_OPTIONS',
  resetActivitiesOperation: 'RESET_ACTIVITY',
  pauseOperation: 'PAUSE_WORKFLOW',
  unpauseOperation: 'UNPAUSE_WORKFLOW',
} as const satisfies Partial<Record<keyof StartBatchOperationRequest, BatchOperationTypeName>>;

export type BatchOperationField = keyof typeof BATCH_OPERATIONS;

export const BatchJobRequestSchema = message('BatchJobRequest', {
  namespace: required(str),
  jobId: required(str),
});

export const StopBatchOperationRequestSchema = message('StopBatchOperationRequest', {
  namespace: required(str),
  jobId: required(str),
  reason: str,
  identity: str,
});

export const DescribeBatchOperationResponseSchema = message('DescribeBatchOperationResponse', {
  operationType: BatchOperationType,
  jobId: str,
  state: BatchOperationState,
  startTime: time,
  closeTime: time,
  totalOperationCount: i64,
  completeOperationCount: i64,
  failureOperationCount: i64,
  identity: str,
  reason: str,
});

export const ListBatchOperationsRequestSchema = message('ListBatchOperationsRequest', pageFields);

export const ListBatchOperationsResponseSchema = message('ListBatchOperationsResponse', {
  operationInfo: list(
    message('BatchOperationInfo', {
      jobId: str,
      state: BatchOperationState,
      startTime: time,
      closeTime: time,
      operationType: BatchOperationType,
    }),
  ),
  nextPageToken: bytes,
});
