/** Every command: what workflow code asks the server to do at the end of a workflow task. */
import { entry as command, define } from './definitions.ts';
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
import { bool, dur, type Infer, i64, json, map, required, str } from './schema.ts';

export const COMMANDS = define('Command', {
  ScheduleActivityTask: command(1, {
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
  }),
  RequestCancelActivityTask: command(2, {
    scheduledEventId: required(i64),
  }),
  StartTimer: command(3, {
    timerId: required(str),
    startToFireTimeout: required(dur),
  }),
  CompleteWorkflowExecution: command(4, {
    result: PayloadsSchema,
  }),
  FailWorkflowExecution: command(5, {
    failure: FailureField,
  }),
  CancelTimer: command(6, {
    timerId: required(str),
  }),
  CancelWorkflowExecution: command(7, {
    details: PayloadsSchema,
  }),
  RequestCancelExternalWorkflowExecution: command(8, {
    workflowId: required(str),
    runId: str,
    childWorkflowOnly: bool,
    reason: str,
  }),
  RecordMarker: command(9, {
    markerName: required(str),
    details: map(PayloadsSchema),
    header: HeaderSchema,
    failure: FailureField,
  }),
  ContinueAsNewWorkflowExecution: command(10, {
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
  }),
  StartChildWorkflowExecution: command(11, {
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
  }),
  SignalExternalWorkflowExecution: command(12, {
    execution: required(WorkflowExecutionSchema),
    signalName: required(str),
    input: PayloadsSchema,
    childWorkflowOnly: bool,
    header: HeaderSchema,
  }),
  UpsertWorkflowSearchAttributes: command(13, {
    searchAttributes: SearchAttributesSchema,
  }),
  ProtocolMessage: command(14, {
    messageId: required(str),
  }),
  ModifyWorkflowProperties: command(16, {
    upsertedMemo: MemoSchema,
  }),
  ScheduleNexusOperation: command(17, {
    endpoint: str,
    service: str,
    operation: str,
    input: PayloadSchema,
    scheduleToCloseTimeout: dur,
    nexusHeader: map(str),
    scheduleToStartTimeout: dur,
    startToCloseTimeout: dur,
  }),
  RequestCancelNexusOperation: command(18, {
    scheduledEventId: required(i64),
  }),
});

export type CommandType = keyof typeof COMMANDS;
export type CommandAttributes<T extends CommandType> = Infer<(typeof COMMANDS)[T]['schema']>;

export interface CommandOf<T extends CommandType> {
  commandType: T;
  attributes: CommandAttributes<T>;
  userMetadata?: UserMetadata;
  eventGroupMarkers?: WireEventGroupMarker[];
}

export type Command = { [T in CommandType]: CommandOf<T> }[CommandType];
