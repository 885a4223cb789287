/** Every command: what workflow code asks the server to do at the end of a workflow task. */
import type { WireEventGroupMarker } from './event-groups.ts';
import {
  ActivityTypeSchema,
  ContinueAsNewInitiator,
  FailureField,
  HeaderSchema,
  MemoSchema,
  ParentClosePolicy,
  PayloadSchema,
  PayloadsSchema,
  PrioritySchema,
  RetryPolicySchema,
  SearchAttributesSchema,
  TaskQueueSchema,
  type UserMetadata,
  WorkflowExecutionSchema,
  WorkflowIdReusePolicy,
  WorkflowTypeSchema,
} from './messages.ts';
import {
  bool,
  dur,
  type FieldMap,
  type Infer,
  i64,
  json,
  type MessageField,
  map,
  message,
  required,
  str,
} from './schema.ts';

export interface CommandDefinition<Fields extends FieldMap> {
  readonly number: number;
  readonly jsonType: string;
  readonly member: string;
  readonly schema: MessageField<Fields>;
}

function command<const Fields extends FieldMap>(
  number: number,
  jsonType: string,
  member: string,
  fields: Fields,
): CommandDefinition<Fields> {
  return { number, jsonType, member, schema: message(member, fields) };
}

export const COMMANDS = {
  ScheduleActivityTask: command(
    1,
    'COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK',
    'scheduleActivityTaskCommandAttributes',
    {
      activityId: required(str),
      activityType: required(ActivityTypeSchema),
      taskQueue: TaskQueueSchema,
      header: HeaderSchema,
      input: PayloadsSchema,
      scheduleToCloseTimeout: dur,
      scheduleToStartTimeout: dur,
      startToCloseTimeout: dur,
      heartbeatTimeout: dur,
      retryPolicy: RetryPolicySchema,
      requestEagerExecution: bool,
      useWorkflowBuildId: bool,
      priority: PrioritySchema,
    },
  ),
  RequestCancelActivityTask: command(
    2,
    'COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK',
    'requestCancelActivityTaskCommandAttributes',
    {
      scheduledEventId: required(i64),
    },
  ),
  StartTimer: command(3, 'COMMAND_TYPE_START_TIMER', 'startTimerCommandAttributes', {
    timerId: required(str),
    startToFireTimeout: required(dur),
  }),
  CompleteWorkflowExecution: command(
    4,
    'COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION',
    'completeWorkflowExecutionCommandAttributes',
    {
      result: PayloadsSchema,
    },
  ),
  FailWorkflowExecution: command(
    5,
    'COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION',
    'failWorkflowExecutionCommandAttributes',
    {
      failure: FailureField,
    },
  ),
  CancelTimer: command(6, 'COMMAND_TYPE_CANCEL_TIMER', 'cancelTimerCommandAttributes', {
    timerId: required(str),
  }),
  CancelWorkflowExecution: command(
    7,
    'COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION',
    'cancelWorkflowExecutionCommandAttributes',
    {
      details: PayloadsSchema,
    },
  ),
  RequestCancelExternalWorkflowExecution: command(
    8,
    'COMMAND_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION',
    'requestCancelExternalWorkflowExecutionCommandAttributes',
    {
      workflowId: required(str),
      runId: str,
      childWorkflowOnly: bool,
      reason: str,
    },
  ),
  RecordMarker: command(9, 'COMMAND_TYPE_RECORD_MARKER', 'recordMarkerCommandAttributes', {
    markerName: required(str),
    details: map(PayloadsSchema),
    header: HeaderSchema,
    failure: FailureField,
  }),
  ContinueAsNewWorkflowExecution: command(
    10,
    'COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION',
    'continueAsNewWorkflowExecutionCommandAttributes',
    {
      workflowType: WorkflowTypeSchema,
      taskQueue: TaskQueueSchema,
      input: PayloadsSchema,
      workflowRunTimeout: dur,
      workflowTaskTimeout: dur,
      backoffStartInterval: dur,
      retryPolicy: RetryPolicySchema,
      initiator: ContinueAsNewInitiator,
      failure: FailureField,
      lastCompletionResult: PayloadsSchema,
      cronSchedule: str,
      header: HeaderSchema,
      memo: MemoSchema,
      searchAttributes: SearchAttributesSchema,
      initialVersioningBehavior: json,
    },
  ),
  StartChildWorkflowExecution: command(
    11,
    'COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION',
    'startChildWorkflowExecutionCommandAttributes',
    {
      workflowId: required(str),
      workflowType: required(WorkflowTypeSchema),
      taskQueue: TaskQueueSchema,
      input: PayloadsSchema,
      workflowExecutionTimeout: dur,
      workflowRunTimeout: dur,
      workflowTaskTimeout: dur,
      parentClosePolicy: ParentClosePolicy,
      control: str,
      workflowIdReusePolicy: WorkflowIdReusePolicy,
      retryPolicy: RetryPolicySchema,
      cronSchedule: str,
      header: HeaderSchema,
      memo: MemoSchema,
      searchAttributes: SearchAttributesSchema,
      priority: PrioritySchema,
      versioningOverride: json,
    },
  ),
  SignalExternalWorkflowExecution: command(
    12,
    'COMMAND_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION',
    'signalExternalWorkflowExecutionCommandAttributes',
    {
      execution: required(WorkflowExecutionSchema),
      signalName: required(str),
      input: PayloadsSchema,
      childWorkflowOnly: bool,
      header: HeaderSchema,
    },
  ),
  UpsertWorkflowSearchAttributes: command(
    13,
    'COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
    'upsertWorkflowSearchAttributesCommandAttributes',
    {
      searchAttributes: SearchAttributesSchema,
    },
  ),
  ProtocolMessage: command(14, 'COMMAND_TYPE_PROTOCOL_MESSAGE', 'protocolMessageCommandAttributes', {
    messageId: required(str),
  }),
  ModifyWorkflowProperties: command(
    16,
    'COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES',
    'modifyWorkflowPropertiesCommandAttributes',
    {
      upsertedMemo: MemoSchema,
    },
  ),
  ScheduleNexusOperation: command(
    17,
    'COMMAND_TYPE_SCHEDULE_NEXUS_OPERATION',
    'scheduleNexusOperationCommandAttributes',
    {
      endpoint: str,
      service: str,
      operation: str,
      input: PayloadSchema,
      scheduleToCloseTimeout: dur,
      nexusHeader: map(str),
      scheduleToStartTimeout: dur,
      startToCloseTimeout: dur,
    },
  ),
  RequestCancelNexusOperation: command(
    18,
    'COMMAND_TYPE_REQUEST_CANCEL_NEXUS_OPERATION',
    'requestCancelNexusOperationCommandAttributes',
    {
      scheduledEventId: required(i64),
    },
  ),
} as const;

export type CommandType = keyof typeof COMMANDS;
export type CommandAttributes<T extends CommandType> = Infer<(typeof COMMANDS)[T]['schema']>;

export interface CommandOf<T extends CommandType> {
  commandType: T;
  attributes: CommandAttributes<T>;
  userMetadata?: UserMetadata;
  eventGroupMarkers?: WireEventGroupMarker[];
}

export type Command = { [T in CommandType]: CommandOf<T> }[CommandType];
