/**
 * Requests and responses of the calls on workflows, as schemas. A route merges what stands in the path into the body before
 * it decodes, so `namespace`, `workflowId` and the like are `required` although callers put them in the URL.
 */
import { LinkSchema } from './links.ts';
import {
  FailureField,
  HeaderSchema,
  MemoSchema,
  PayloadsSchema,
  PrioritySchema,
  QueryRejectCondition,
  RetryPolicySchema,
  SearchAttributesSchema,
  TaskQueueSchema,
  UpdateOutcomeSchema,
  UpdateStage,
  UserMetadataSchema,
  WorkflowExecutionSchema,
  WorkflowExecutionStatus,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowTypeSchema,
} from './messages.ts';
import { OnConflictOptionsSchema } from './request-fields.ts';
import {
  bool,
  dur,
  enumeration,
  type Infer,
  i64,
  json,
  list,
  message,
  required,
  str,
  time,
} from './schema.ts';

export * from './activity-requests.ts';
export { type Link, LinkedEventType, LinkSchema } from './links.ts';
export * from './namespace-requests.ts';
export * from './read-requests.ts';

export const ResetReapplyType = enumeration('RESET_REAPPLY_TYPE_', { SIGNAL: 1, NONE: 2, ALL_ELIGIBLE: 3 });

export const ResetReapplyExcludeType = enumeration('RESET_REAPPLY_EXCLUDE_TYPE_', {
  SIGNAL: 1,
  UPDATE: 2,
  NEXUS: 3,
  CANCEL_REQUEST: 4,
});

const startFields = {
  namespace: required(str),
  workflowId: required(str),
  workflowType: required(WorkflowTypeSchema),
  taskQueue: required(TaskQueueSchema),
  input: PayloadsSchema,
  workflowExecutionTimeout: dur,
  workflowRunTimeout: dur,
  workflowTaskTimeout: dur,
  identity: str,
  requestId: str,
  workflowIdReusePolicy: WorkflowIdReusePolicy,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy,
  retryPolicy: RetryPolicySchema,
  cronSchedule: str,
  memo: MemoSchema,
  searchAttributes: SearchAttributesSchema,
  header: HeaderSchema,
  workflowStartDelay: dur,
  userMetadata: UserMetadataSchema,
  links: list(LinkSchema),
  versioningOverride: json,
  priority: PrioritySchema,
  timeSkippingConfig: json,
} as const;

export const StartWorkflowExecutionRequestSchema = message('StartWorkflowExecutionRequest', {
  ...startFields,
  requestEagerExecution: bool,
  continuedFailure: FailureField,
  lastCompletionResult: PayloadsSchema,
  completionCallbacks: list(json),
  onConflictOptions: OnConflictOptionsSchema,
  eagerWorkerDeploymentOptions: json,
});
export type StartWorkflowExecutionRequest = Infer<typeof StartWorkflowExecutionRequestSchema>;

export const StartWorkflowExecutionResponseSchema = message('StartWorkflowExecutionResponse', {
  runId: required(str),
  firstExecutionRunId: str,
  started: bool,
  status: WorkflowExecutionStatus,
  link: LinkSchema,
});
export type StartWorkflowExecutionResponse = Infer<typeof StartWorkflowExecutionResponseSchema>;

export const SignalWorkflowExecutionRequestSchema = message('SignalWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  signalName: required(str),
  input: PayloadsSchema,
  identity: str,
  requestId: str,
  control: str,
  header: HeaderSchema,
  links: list(LinkSchema),
});
export type SignalWorkflowExecutionRequest = Infer<typeof SignalWorkflowExecutionRequestSchema>;

export const SignalWorkflowExecutionResponseSchema = message('SignalWorkflowExecutionResponse', {
  link: LinkSchema,
});
export type SignalWorkflowExecutionResponse = Infer<typeof SignalWorkflowExecutionResponseSchema>;

export const SignalWithStartWorkflowExecutionRequestSchema = message(
  'SignalWithStartWorkflowExecutionRequest',
  {
    ...startFields,
    signalName: required(str),
    signalInput: PayloadsSchema,
    control: str,
  },
);
export type SignalWithStartWorkflowExecutionRequest = Infer<
  typeof SignalWithStartWorkflowExecutionRequestSchema
>;

export const SignalWithStartWorkflowExecutionResponseSchema = message(
  'SignalWithStartWorkflowExecutionResponse',
  {
    runId: required(str),
    firstExecutionRunId: str,
    started: bool,
    signalLink: LinkSchema,
  },
);
export type SignalWithStartWorkflowExecutionResponse = Infer<
  typeof SignalWithStartWorkflowExecutionResponseSchema
>;

export const QueryWorkflowRequestSchema = message('QueryWorkflowRequest', {
  namespace: required(str),
  execution: required(WorkflowExecutionSchema),
  query: required(
    message('WorkflowQuery', { queryType: required(str), queryArgs: PayloadsSchema, header: HeaderSchema }),
  ),
  queryRejectCondition: QueryRejectCondition,
});
export type QueryWorkflowRequest = Infer<typeof QueryWorkflowRequestSchema>;

export const QueryWorkflowResponseSchema = message('QueryWorkflowResponse', {
  queryResult: PayloadsSchema,
  queryRejected: message('QueryRejected', { status: WorkflowExecutionStatus }),
  link: LinkSchema,
});
export type QueryWorkflowResponse = Infer<typeof QueryWorkflowResponseSchema>;

export const UpdateWorkflowExecutionRequestSchema = message('UpdateWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  firstExecutionRunId: str,
  waitPolicy: message('WaitPolicy', { lifecycleStage: UpdateStage }),
  /** As in history, but `meta` and its `updateId` may be left out: the server then makes an ID. */
  request: required(
    message('UpdateRequest', {
      meta: message('UpdateMeta', { updateId: str, identity: str }),
      input: required(
        message('UpdateInput', { header: HeaderSchema, name: required(str), args: PayloadsSchema }),
      ),
      requestId: str,
      completionCallbacks: list(json),
      links: list(LinkSchema),
    }),
  ),
});
export type UpdateWorkflowExecutionRequest = Infer<typeof UpdateWorkflowExecutionRequestSchema>;

export const UpdateRefSchema = message('UpdateRef', {
  workflowExecution: WorkflowExecutionSchema,
  updateId: str,
});
export type UpdateRef = Infer<typeof UpdateRefSchema>;

export const UpdateWorkflowExecutionResponseSchema = message('UpdateWorkflowExecutionResponse', {
  updateRef: UpdateRefSchema,
  outcome: UpdateOutcomeSchema,
  stage: UpdateStage,
  link: LinkSchema,
});
export type UpdateWorkflowExecutionResponse = Infer<typeof UpdateWorkflowExecutionResponseSchema>;

export const PollWorkflowExecutionUpdateRequestSchema = message('PollWorkflowExecutionUpdateRequest', {
  namespace: required(str),
  updateRef: required(UpdateRefSchema),
  identity: str,
  waitPolicy: message('WaitPolicy', { lifecycleStage: UpdateStage }),
});
export type PollWorkflowExecutionUpdateRequest = Infer<typeof PollWorkflowExecutionUpdateRequestSchema>;

export const RequestCancelWorkflowExecutionRequestSchema = message('RequestCancelWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  identity: str,
  requestId: str,
  firstExecutionRunId: str,
  reason: str,
  links: list(LinkSchema),
});
export type RequestCancelWorkflowExecutionRequest = Infer<typeof RequestCancelWorkflowExecutionRequestSchema>;

export const TerminateWorkflowExecutionRequestSchema = message('TerminateWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  reason: str,
  details: PayloadsSchema,
  identity: str,
  firstExecutionRunId: str,
  links: list(LinkSchema),
});
export type TerminateWorkflowExecutionRequest = Infer<typeof TerminateWorkflowExecutionRequestSchema>;

export const ResetWorkflowExecutionRequestSchema = message('ResetWorkflowExecutionRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  reason: str,
  workflowTaskFinishEventId: i64,
  requestId: str,
  resetReapplyType: ResetReapplyType,
  resetReapplyExcludeTypes: list(ResetReapplyExcludeType),
  postResetOperations: list(json),
  identity: str,
});
export type ResetWorkflowExecutionRequest = Infer<typeof ResetWorkflowExecutionRequestSchema>;

export const ResetWorkflowExecutionResponseSchema = message('ResetWorkflowExecutionResponse', {
  runId: required(str),
});
export type ResetWorkflowExecutionResponse = Infer<typeof ResetWorkflowExecutionResponseSchema>;

const pauseFields = {
  namespace: required(str),
  workflowId: required(str),
  runId: str,
  identity: str,
  reason: str,
  requestId: str,
} as const;

export const PauseWorkflowExecutionRequestSchema = message('PauseWorkflowExecutionRequest', pauseFields);
export type PauseWorkflowExecutionRequest = Infer<typeof PauseWorkflowExecutionRequestSchema>;

export const UnpauseWorkflowExecutionRequestSchema = message('UnpauseWorkflowExecutionRequest', pauseFields);
export type UnpauseWorkflowExecutionRequest = Infer<typeof UnpauseWorkflowExecutionRequestSchema>;

export const WorkflowExecutionOptionsSchema = message('WorkflowExecutionOptions', {
  versioningOverride: json,
  priority: PrioritySchema,
  timeSkippingConfig: json,
});

export const UpdateWorkflowExecutionOptionsRequestSchema = message('UpdateWorkflowExecutionOptionsRequest', {
  namespace: required(str),
  workflowExecution: required(WorkflowExecutionSchema),
  workflowExecutionOptions: WorkflowExecutionOptionsSchema,
  updateMask: str,
  identity: str,
});
export type UpdateWorkflowExecutionOptionsRequest = Infer<typeof UpdateWorkflowExecutionOptionsRequestSchema>;

export const UpdateWorkflowExecutionOptionsResponseSchema = message(
  'UpdateWorkflowExecutionOptionsResponse',
  {
    workflowExecutionOptions: WorkflowExecutionOptionsSchema,
    updateTime: time,
  },
);
export type UpdateWorkflowExecutionOptionsResponse = Infer<
  typeof UpdateWorkflowExecutionOptionsResponseSchema
>;

/** The answer of calls that say nothing. */
export const EmptyResponseSchema = message('Empty', {});
