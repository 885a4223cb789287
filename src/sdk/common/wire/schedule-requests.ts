/** Schedules, and the requests and responses of the calls on them. */
import {
  HeaderSchema,
  MemoSchema,
  PayloadSchema,
  PayloadsSchema,
  PrioritySchema,
  RetryPolicySchema,
  SearchAttributesSchema,
  TaskQueueSchema,
  UserMetadataSchema,
  WorkflowExecutionSchema,
  WorkflowExecutionStatus,
  WorkflowIdReusePolicy,
  WorkflowTypeSchema,
} from './messages.ts';
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
  message,
  required,
  str,
  time,
} from './schema.ts';

export const ScheduleOverlapPolicyEnum = enumeration('SCHEDULE_OVERLAP_POLICY_', {
  SKIP: 1,
  BUFFER_ONE: 2,
  BUFFER_ALL: 3,
  CANCEL_OTHER: 4,
  TERMINATE_OTHER: 5,
  ALLOW_ALL: 6,
});
export type OverlapPolicyName = keyof typeof ScheduleOverlapPolicyEnum.values;

export const RangeSchema = message('Range', { start: i32, end: i32, step: i32 });
export type WireRange = Infer<typeof RangeSchema>;

export const StructuredCalendarSpecSchema = message('StructuredCalendarSpec', {
  second: list(RangeSchema),
  minute: list(RangeSchema),
  hour: list(RangeSchema),
  dayOfMonth: list(RangeSchema),
  month: list(RangeSchema),
  year: list(RangeSchema),
  dayOfWeek: list(RangeSchema),
  comment: str,
});
export type WireStructuredCalendar = Infer<typeof StructuredCalendarSpecSchema>;

/** The same in text: `1-5`, `*\/2`. */
export const CalendarSpecSchema = message('CalendarSpec', {
  second: str,
  minute: str,
  hour: str,
  dayOfMonth: str,
  month: str,
  year: str,
  dayOfWeek: str,
  comment: str,
});
export type WireCalendar = Infer<typeof CalendarSpecSchema>;

export const IntervalSpecSchema = message('IntervalSpec', { interval: dur, phase: dur });
export type WireInterval = Infer<typeof IntervalSpecSchema>;

export const ScheduleSpecSchema = message('ScheduleSpec', {
  structuredCalendar: list(StructuredCalendarSpecSchema),
  cronString: list(str),
  calendar: list(CalendarSpecSchema),
  interval: list(IntervalSpecSchema),
  excludeCalendar: list(CalendarSpecSchema),
  excludeStructuredCalendar: list(StructuredCalendarSpecSchema),
  startTime: time,
  endTime: time,
  jitter: dur,
  timezoneName: str,
  timezoneData: bytes,
});
export type WireScheduleSpec = Infer<typeof ScheduleSpecSchema>;

export const NewWorkflowExecutionInfoSchema = message('NewWorkflowExecutionInfo', {
  workflowId: str,
  workflowType: WorkflowTypeSchema,
  taskQueue: TaskQueueSchema,
  input: PayloadsSchema,
  workflowExecutionTimeout: dur,
  workflowRunTimeout: dur,
  workflowTaskTimeout: dur,
  workflowIdReusePolicy: WorkflowIdReusePolicy,
  retryPolicy: RetryPolicySchema,
  cronSchedule: str,
  memo: MemoSchema,
  searchAttributes: SearchAttributesSchema,
  header: HeaderSchema,
  userMetadata: UserMetadataSchema,
  versioningOverride: json,
  priority: PrioritySchema,
  timeSkippingConfig: json,
});
export type WireScheduledWorkflow = Infer<typeof NewWorkflowExecutionInfoSchema>;

export const ScheduleActionSchema = message('ScheduleAction', {
  startWorkflow: NewWorkflowExecutionInfoSchema,
});

export const SchedulePoliciesSchema = message('SchedulePolicies', {
  overlapPolicy: ScheduleOverlapPolicyEnum,
  catchupWindow: dur,
  pauseOnFailure: bool,
  keepOriginalWorkflowId: bool,
});

export const ScheduleStateSchema = message('ScheduleState', {
  notes: str,
  paused: bool,
  limitedActions: bool,
  remainingActions: i64,
});

export const ScheduleSchema = message('Schedule', {
  spec: ScheduleSpecSchema,
  action: ScheduleActionSchema,
  policies: SchedulePoliciesSchema,
  state: ScheduleStateSchema,
});
export type WireSchedule = Infer<typeof ScheduleSchema>;

export const BackfillRequestSchema = message('BackfillRequest', {
  startTime: time,
  endTime: time,
  overlapPolicy: ScheduleOverlapPolicyEnum,
});
export type WireBackfill = Infer<typeof BackfillRequestSchema>;

export const SchedulePatchSchema = message('SchedulePatch', {
  triggerImmediately: message('TriggerImmediatelyRequest', {
    overlapPolicy: ScheduleOverlapPolicyEnum,
    scheduledTime: time,
  }),
  backfillRequest: list(BackfillRequestSchema),
  pause: str,
  unpause: str,
});
export type WireSchedulePatch = Infer<typeof SchedulePatchSchema>;

export const ScheduleActionResultSchema = message('ScheduleActionResult', {
  scheduleTime: time,
  actualTime: time,
  startWorkflowResult: WorkflowExecutionSchema,
  startWorkflowStatus: WorkflowExecutionStatus,
});
export type WireScheduleActionResult = Infer<typeof ScheduleActionResultSchema>;

/** Of our own: an action that was not taken. `reason` is a `SkipReason` of the engine. */
export const ScheduleSkipSchema = message('ScheduleSkip', {
  scheduleTime: time,
  reason: str,
  message: str,
  /** Of times in a row, of which this is the last; absent for one. */
  count: i64,
});

export const ScheduleInfoSchema = message('ScheduleInfo', {
  actionCount: i64,
  missedCatchupWindow: i64,
  overlapSkipped: i64,
  bufferDropped: i64,
  bufferSize: i64,
  runningWorkflows: list(WorkflowExecutionSchema),
  recentActions: list(ScheduleActionResultSchema),
  recentSkips: list(ScheduleSkipSchema),
  skipCounts: list(message('ScheduleSkipCount', { reason: str, count: i64 })),
  futureActionTimes: list(time),
  createTime: time,
  updateTime: time,
  invalidScheduleError: str,
  stateSizeBytes: i64,
});

export const ScheduleListInfoSchema = message('ScheduleListInfo', {
  spec: ScheduleSpecSchema,
  workflowType: WorkflowTypeSchema,
  notes: str,
  paused: bool,
  recentActions: list(ScheduleActionResultSchema),
  futureActionTimes: list(time),
  stateSizeBytes: i64,
});

export const ScheduleListEntrySchema = message('ScheduleListEntry', {
  scheduleId: str,
  memo: MemoSchema,
  searchAttributes: SearchAttributesSchema,
  info: ScheduleListInfoSchema,
});
export type WireScheduleListEntry = Infer<typeof ScheduleListEntrySchema>;

const address = { namespace: required(str), scheduleId: required(str) } as const;

export const CreateScheduleRequestSchema = message('CreateScheduleRequest', {
  ...address,
  schedule: ScheduleSchema,
  initialPatch: SchedulePatchSchema,
  identity: str,
  requestId: str,
  memo: MemoSchema,
  searchAttributes: SearchAttributesSchema,
});
export type CreateScheduleRequest = Infer<typeof CreateScheduleRequestSchema>;

export const CreateScheduleResponseSchema = message('CreateScheduleResponse', { conflictToken: bytes });
export type CreateScheduleResponse = Infer<typeof CreateScheduleResponseSchema>;

export const DescribeScheduleRequestSchema = message('DescribeScheduleRequest', address);
export type DescribeScheduleRequest = Infer<typeof DescribeScheduleRequestSchema>;

export const DescribeScheduleResponseSchema = message('DescribeScheduleResponse', {
  schedule: ScheduleSchema,
  info: ScheduleInfoSchema,
  memo: MemoSchema,
  searchAttributes: SearchAttributesSchema,
  conflictToken: bytes,
});
export type DescribeScheduleResponse = Infer<typeof DescribeScheduleResponseSchema>;

export const UpdateScheduleRequestSchema = message('UpdateScheduleRequest', {
  ...address,
  schedule: ScheduleSchema,
  conflictToken: bytes,
  identity: str,
  requestId: str,
  searchAttributes: SearchAttributesSchema,
  memo: MemoSchema,
});
export type UpdateScheduleRequest = Infer<typeof UpdateScheduleRequestSchema>;

export const PatchScheduleRequestSchema = message('PatchScheduleRequest', {
  ...address,
  patch: SchedulePatchSchema,
  identity: str,
  requestId: str,
});
export type PatchScheduleRequest = Infer<typeof PatchScheduleRequestSchema>;

export const DeleteScheduleRequestSchema = message('DeleteScheduleRequest', { ...address, identity: str });
export type DeleteScheduleRequest = Infer<typeof DeleteScheduleRequestSchema>;

export const ListScheduleMatchingTimesRequestSchema = message('ListScheduleMatchingTimesRequest', {
  ...address,
  startTime: time,
  endTime: time,
});
export type ListScheduleMatchingTimesRequest = Infer<typeof ListScheduleMatchingTimesRequestSchema>;

/** The list is called `startTime`, as in Temporal. */
export const ListScheduleMatchingTimesResponseSchema = message('ListScheduleMatchingTimesResponse', {
  startTime: list(time),
});
export type ListScheduleMatchingTimesResponse = Infer<typeof ListScheduleMatchingTimesResponseSchema>;

export const ListSchedulesRequestSchema = message('ListSchedulesRequest', {
  namespace: required(str),
  maximumPageSize: i32,
  nextPageToken: bytes,
  query: str,
});
export type ListSchedulesRequest = Infer<typeof ListSchedulesRequestSchema>;

export const ListSchedulesResponseSchema = message('ListSchedulesResponse', {
  schedules: list(ScheduleListEntrySchema),
  nextPageToken: bytes,
});
export type ListSchedulesResponse = Infer<typeof ListSchedulesResponseSchema>;

export const CountSchedulesRequestSchema = message('CountSchedulesRequest', {
  namespace: required(str),
  query: str,
});
export type CountSchedulesRequest = Infer<typeof CountSchedulesRequestSchema>;

export const CountSchedulesResponseSchema = message('CountSchedulesResponse', {
  count: i64,
  groups: list(message('AggregationGroup', { groupValues: list(PayloadSchema), count: i64 })),
});
export type CountSchedulesResponse = Infer<typeof CountSchedulesResponseSchema>;
