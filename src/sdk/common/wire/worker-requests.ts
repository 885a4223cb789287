/** Requests and responses of workers: polls, and what comes of a task. Temporal's messages, as JSON. */

import { COMMANDS, type Command, type CommandType } from './commands.ts';
import { EventGroupMarkerSchema } from './event-groups.ts';
import {
  ActivityTypeSchema,
  FailureField,
  HeaderSchema,
  MeteringMetadataSchema,
  PayloadsSchema,
  PrioritySchema,
  RetryPolicySchema,
  SdkMetadataSchema,
  TaskQueueSchema,
  UpdateOutcomeSchema,
  UpdateRequestSchema,
  UserMetadataSchema,
  VersioningBehavior,
  WorkerDeploymentOptionsSchema,
  WorkerDeploymentVersionSchema,
  WorkerVersionStampSchema,
  WorkflowExecutionSchema,
  WorkflowTaskFailedCause,
  WorkflowTypeSchema,
} from './messages.ts';
import {
  bool,
  bytes,
  double,
  dur,
  enumeration,
  type FieldMap,
  type Infer,
  i32,
  i64,
  list,
  map,
  message,
  required,
  str,
  time,
} from './schema.ts';

const poll = {
  namespace: required(str),
  taskQueue: required(TaskQueueSchema),
  identity: str,
  /** Names the worker's process: tasks of runs that it has in memory come to it first. */
  workerInstanceKey: str,
  /** A versioned worker gets tasks of its version alone (VER-2). */
  deploymentOptions: WorkerDeploymentOptionsSchema,
};

export const PollWorkflowTaskQueueRequestSchema = message('PollWorkflowTaskQueueRequest', poll);

export const WorkflowQuerySchema = message('WorkflowQuery', {
  queryType: required(str),
  queryArgs: PayloadsSchema,
  header: HeaderSchema,
});

/** `body` is one of the update messages, told apart by `@type`. */
export const ProtocolMessageSchema = message('Message', {
  id: required(str),
  protocolInstanceId: required(str),
  eventId: i64,
  body: required(
    message('Any', {
      '@type': required(str),
      meta: message('Meta', { updateId: str, identity: str }),
      input: message('Input', { header: HeaderSchema, name: str, args: PayloadsSchema }),
      acceptedRequestMessageId: str,
      acceptedRequestSequencingEventId: i64,
      acceptedRequest: UpdateRequestSchema,
      rejectedRequestMessageId: str,
      rejectedRequestSequencingEventId: i64,
      failure: FailureField,
      outcome: UpdateOutcomeSchema,
    }),
  ),
});
export type ProtocolMessage = Infer<typeof ProtocolMessageSchema>;

/** All but `history`, which has a codec of its own. An empty task token: there was no task in time. */
export const PollWorkflowTaskQueueResponseSchema = message('PollWorkflowTaskQueueResponse', {
  taskToken: bytes,
  workflowExecution: WorkflowExecutionSchema,
  workflowType: WorkflowTypeSchema,
  previousStartedEventId: i64,
  startedEventId: i64,
  attempt: i32,
  query: WorkflowQuerySchema,
  workflowExecutionTaskQueue: TaskQueueSchema,
  messages: list(ProtocolMessageSchema),
});

const commandFields: FieldMap = Object.fromEntries(
  Object.values(COMMANDS).map(({ member, schema }) => [member, schema]),
);

/** A command: its type, and the member of that type. */
export const CommandSchema = message('Command', {
  commandType: required(str),
  userMetadata: UserMetadataSchema,
  eventGroupMarkers: list(EventGroupMarkerSchema),
  ...commandFields,
});

const commandTypes = Object.keys(COMMANDS) as CommandType[];
const typeOfJson: ReadonlyMap<unknown, CommandType> = new Map(
  commandTypes.flatMap((type) => [
    [COMMANDS[type].jsonType, type],
    [type, type],
  ]),
);

export function commandToMessage({
  commandType,
  attributes,
  userMetadata,
  eventGroupMarkers,
}: Command): Infer<typeof CommandSchema> {
  const { jsonType, member } = COMMANDS[commandType];
  return {
    commandType: jsonType,
    [member]: attributes,
    ...(userMetadata && { userMetadata }),
    ...(eventGroupMarkers && { eventGroupMarkers }),
  };
}

/** Undefined for a type that is not known. */
export function commandFromMessage(command: Infer<typeof CommandSchema>): Command | undefined {
  const type = typeOfJson.get(command.commandType);
  if (type === undefined) return undefined;
  const attributes = (command as Record<string, unknown>)[COMMANDS[type].member] ?? {};
  const { userMetadata, eventGroupMarkers } = command;
  // Sound: the member of a type was decoded by that type's schema.
  return {
    commandType: type,
    attributes,
    ...(userMetadata && { userMetadata }),
    ...(eventGroupMarkers && { eventGroupMarkers }),
  } as Command;
}

export const QueryResultType = enumeration('QUERY_RESULT_TYPE_', { ANSWERED: 1, FAILED: 2 });

export const RespondWorkflowTaskCompletedRequestSchema = message('RespondWorkflowTaskCompletedRequest', {
  namespace: required(str),
  taskToken: required(bytes),
  identity: str,
  commands: list(CommandSchema),
  messages: list(ProtocolMessageSchema),
  /** `workerTaskQueue.name` is the worker's instance key: it keeps the run in memory. */
  stickyAttributes: message('StickyExecutionAttributes', {
    workerTaskQueue: TaskQueueSchema,
    scheduleToStartTimeout: dur,
  }),
  forceCreateNewWorkflowTask: bool,
  sdkMetadata: SdkMetadataSchema,
  meteringMetadata: MeteringMetadataSchema,
  workerVersionStamp: WorkerVersionStampSchema,
  deploymentOptions: WorkerDeploymentOptionsSchema,
  versioningBehavior: VersioningBehavior,
});

export const RespondWorkflowTaskFailedRequestSchema = message('RespondWorkflowTaskFailedRequest', {
  namespace: required(str),
  taskToken: required(bytes),
  identity: str,
  cause: WorkflowTaskFailedCause,
  failure: FailureField,
});

export const RespondQueryTaskCompletedRequestSchema = message('RespondQueryTaskCompletedRequest', {
  namespace: required(str),
  taskToken: required(bytes),
  completedType: required(QueryResultType),
  queryResult: PayloadsSchema,
  errorMessage: str,
  failure: FailureField,
});

export const PollActivityTaskQueueRequestSchema = message('PollActivityTaskQueueRequest', {
  ...poll,
  taskQueueMetadata: message('TaskQueueMetadata', { maxTasksPerSecond: double }),
});

export const PollActivityTaskQueueResponseSchema = message('PollActivityTaskQueueResponse', {
  taskToken: bytes,
  workflowNamespace: str,
  workflowType: WorkflowTypeSchema,
  workflowExecution: WorkflowExecutionSchema,
  activityType: ActivityTypeSchema,
  activityId: str,
  header: HeaderSchema,
  input: PayloadsSchema,
  heartbeatDetails: PayloadsSchema,
  scheduledTime: time,
  currentAttemptScheduledTime: time,
  startedTime: time,
  attempt: i32,
  scheduleToCloseTimeout: dur,
  startToCloseTimeout: dur,
  heartbeatTimeout: dur,
  retryPolicy: RetryPolicySchema,
  priority: PrioritySchema,
  /** Of an activity without a workflow. */
  activityRunId: str,
});
export type PollActivityTaskQueueResponse = Infer<typeof PollActivityTaskQueueResponseSchema>;

export const ShutdownWorkerRequestSchema = message('ShutdownWorkerRequest', {
  namespace: required(str),
  taskQueue: required(TaskQueueSchema),
  workerInstanceKey: required(str),
  identity: str,
  reason: str,
});

export const TaskQueueType = enumeration('TASK_QUEUE_TYPE_', { WORKFLOW: 1, ACTIVITY: 2, NEXUS: 3 });

export const DescribeTaskQueueRequestSchema = message('DescribeTaskQueueRequest', {
  namespace: required(str),
  taskQueue: required(TaskQueueSchema),
  taskQueueType: TaskQueueType,
  reportStats: bool,
  reportConfig: bool,
});

const RateLimitSchema = message('RateLimit', { requestsPerSecond: double });
const ConcurrencyLimitSchema = message('ConcurrencyLimit', { tasks: i32 });
const ConfigMetadataSchema = message('ConfigMetadata', {
  reason: str,
  updateIdentity: str,
  updateTime: time,
});
const RateLimitConfigSchema = message('RateLimitConfig', {
  rateLimit: RateLimitSchema,
  metadata: ConfigMetadataSchema,
});

/** `fairnessKeysConcurrencyLimit` is this library's own. */
export const TaskQueueConfigSchema = message('TaskQueueConfig', {
  queueRateLimit: RateLimitConfigSchema,
  fairnessKeysRateLimitDefault: RateLimitConfigSchema,
  fairnessKeysConcurrencyLimit: message('ConcurrencyLimitConfig', {
    concurrencyLimit: ConcurrencyLimitSchema,
    metadata: ConfigMetadataSchema,
  }),
  fairnessWeightOverrides: map(double),
});

export const TaskQueueStatsSchema = message('TaskQueueStats', {
  approximateBacklogCount: i64,
  approximateBacklogAge: dur,
  tasksAddRate: double,
  tasksDispatchRate: double,
});

export const RateLimitSource = enumeration('RATE_LIMIT_SOURCE_', { API: 1, WORKER: 2, SYSTEM: 3 });

export const DescribeTaskQueueResponseSchema = message('DescribeTaskQueueResponse', {
  pollers: list(
    message('PollerInfo', {
      lastAccessTime: time,
      identity: str,
      ratePerSecond: double,
      deploymentOptions: WorkerDeploymentOptionsSchema,
    }),
  ),
  stats: TaskQueueStatsSchema,
  statsByPriorityKey: map(TaskQueueStatsSchema),
  config: TaskQueueConfigSchema,
  effectiveRateLimit: message('EffectiveRateLimit', {
    requestsPerSecond: double,
    rateLimitSource: RateLimitSource,
  }),
  versioningInfo: message('TaskQueueVersioningInfo', {
    currentDeploymentVersion: WorkerDeploymentVersionSchema,
    currentVersion: str,
    rampingDeploymentVersion: WorkerDeploymentVersionSchema,
    rampingVersion: str,
    rampingVersionPercentage: double,
    updateTime: time,
  }),
});

const RateLimitUpdateSchema = message('RateLimitUpdate', { rateLimit: RateLimitSchema, reason: str });

/** A limit that is there and empty takes the limit away. */
export const UpdateTaskQueueConfigRequestSchema = message('UpdateTaskQueueConfigRequest', {
  namespace: required(str),
  identity: str,
  taskQueue: required(str),
  taskQueueType: TaskQueueType,
  updateQueueRateLimit: RateLimitUpdateSchema,
  updateFairnessKeyRateLimitDefault: RateLimitUpdateSchema,
  updateFairnessKeyConcurrencyLimit: message('ConcurrencyLimitUpdate', {
    concurrencyLimit: ConcurrencyLimitSchema,
    reason: str,
  }),
  setFairnessWeightOverrides: map(double),
  unsetFairnessWeightOverrides: list(str),
});

export const UpdateTaskQueueConfigResponseSchema = message('UpdateTaskQueueConfigResponse', {
  config: TaskQueueConfigSchema,
});
