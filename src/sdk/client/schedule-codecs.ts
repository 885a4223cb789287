/** Actions, policies and states of schedules between how callers write them and how they travel. */
import {
  decodeArrayFromPayloads,
  decodeMapFromPayloads,
  decodeUserMetadata,
  encodeMapToPayloads,
  encodeToPayloadsWithContext,
  encodeUserMetadata,
} from '../common/converter/codec-helpers.ts';
import {
  decodeSearchAttributes,
  decodeTypedSearchAttributes,
  encodeUnifiedSearchAttributes,
} from '../common/converter/payload-search-attributes.ts';
import { enumName } from '../common/enum-converters.ts';
import type { Headers } from '../common/interceptors.ts';
import type { Workflow } from '../common/interfaces.ts';
import { compilePriority } from '../common/priority.ts';
import { readPriority } from '../common/read-priority.ts';
import { compileRetryPolicy, decompileRetryPolicy } from '../common/retry-policy.ts';
import { optionalDurationToMs } from '../common/time.ts';
import { withoutUndefined } from '../common/type-helpers.ts';
import type { WireSearchAttributes, WorkflowExecutionRef } from '../common/wire/messages.ts';
import {
  type DescribeScheduleResponse,
  ScheduleOverlapPolicyEnum,
  type WireBackfill,
  type WireSchedule,
  type WireScheduleActionResult,
  type WireScheduledWorkflow,
  type WireScheduleListEntry,
} from '../common/wire/schedule-requests.ts';
import { extractWorkflowType } from '../common/workflow-options.ts';
import { type ClientContext, serializationContext } from './client-context.ts';
import { decodeScheduleSpec, encodeScheduleSpec } from './schedule-calendars.ts';
import type {
  Backfill,
  CompiledScheduleAction,
  ScheduleDescription,
  ScheduleDescriptionAction,
  ScheduleExecutionActionResult,
  ScheduleExecutionResult,
  ScheduleOptions,
  ScheduleOptionsStartWorkflowAction,
  ScheduleSummary,
} from './schedule-types.ts';
import { asPayloads } from './start-requests.ts';

export function compileAction<W extends Workflow>(
  scheduleId: string,
  action: ScheduleOptionsStartWorkflowAction<W>,
): CompiledScheduleAction {
  // Sound: what is left is the same whatever the workflow's arguments are.
  const compiled = {
    ...action,
    workflowId: action.workflowId ?? `${scheduleId}-workflow`,
    workflowType: extractWorkflowType(action.workflowType),
    args: [...((action.args as readonly unknown[] | undefined) ?? [])],
  };
  return compiled as CompiledScheduleAction;
}

/** All of a schedule but its ID, memo and attributes. */
export interface ScheduleContents extends Pick<ScheduleOptions, 'spec' | 'policies'> {
  action: CompiledScheduleAction;
  state?: { paused?: boolean; note?: string; remainingActions?: number };
}

export async function encodeSchedule(
  context: ClientContext,
  { spec, action, policies, state }: ScheduleContents,
  headers: Headers,
): Promise<WireSchedule> {
  const { remainingActions } = state ?? {};
  return {
    spec: encodeScheduleSpec(spec),
    action: { startWorkflow: await encodeAction(context, action, headers) },
    policies: withoutUndefined({
      catchupWindow: optionalDurationToMs(policies?.catchupWindow),
      overlapPolicy: enumName(ScheduleOverlapPolicyEnum, policies?.overlap),
      pauseOnFailure: policies?.pauseOnFailure,
    }),
    state: withoutUndefined({
      paused: state?.paused,
      notes: state?.note,
      limitedActions: remainingActions !== undefined,
      remainingActions: remainingActions || undefined,
    }),
  };
}

async function encodeAction(
  context: ClientContext,
  action: CompiledScheduleAction,
  headers: Headers,
): Promise<WireScheduledWorkflow> {
  const { dataConverter } = context;
  const { workflowId, memo, searchAttributes, typedSearchAttributes, staticSummary, staticDetails } = action;
  const owner = serializationContext(context, workflowId);
  const input = await encodeToPayloadsWithContext(dataConverter, owner, action.args);
  return withoutUndefined({
    workflowId,
    workflowType: { name: action.workflowType },
    input: asPayloads(input),
    taskQueue: { name: action.taskQueue, kind: 'NORMAL' as const },
    workflowExecutionTimeout: optionalDurationToMs(action.workflowExecutionTimeout),
    workflowRunTimeout: optionalDurationToMs(action.workflowRunTimeout),
    workflowTaskTimeout: optionalDurationToMs(action.workflowTaskTimeout),
    retryPolicy: action.retry && compileRetryPolicy(action.retry),
    memo: memo && { fields: await encodeMapToPayloads(dataConverter, memo, owner) },
    searchAttributes: encodeAttributes({ searchAttributes, typedSearchAttributes }),
    header: { fields: headers },
    userMetadata: await encodeUserMetadata(dataConverter, staticSummary, staticDetails, owner),
    priority: action.priority && compilePriority(action.priority),
  });
}

export function encodeAttributes({
  searchAttributes,
  typedSearchAttributes,
}: {
  searchAttributes?: ScheduleOptions['searchAttributes'] | undefined;
  typedSearchAttributes?: ScheduleOptions['typedSearchAttributes'] | undefined;
}): WireSearchAttributes | undefined {
  if (!searchAttributes && !typedSearchAttributes) return undefined;
  return { indexedFields: encodeUnifiedSearchAttributes(searchAttributes, typedSearchAttributes) };
}

export function encodeBackfill({ start, end, overlap }: Backfill): WireBackfill {
  return withoutUndefined({
    startTime: start?.getTime(),
    endTime: end?.getTime(),
    overlapPolicy: enumName(ScheduleOverlapPolicyEnum, overlap),
  });
}

async function decodeAction(
  context: ClientContext,
  workflow: WireScheduledWorkflow,
): Promise<ScheduleDescriptionAction> {
  const { dataConverter } = context;
  const workflowId = workflow.workflowId ?? '';
  const owner = serializationContext(context, workflowId);
  const { staticSummary, staticDetails } = await decodeUserMetadata(
    dataConverter,
    workflow.userMetadata,
    owner,
  );
  const attributes = workflow.searchAttributes?.indexedFields;
  const decoded = {
    type: 'startWorkflow' as const,
    workflowId,
    workflowType: workflow.workflowType?.name ?? '',
    taskQueue: workflow.taskQueue?.name ?? '',
    args: await decodeArrayFromPayloads(dataConverter, workflow.input?.payloads, owner),
    memo: await decodeMapFromPayloads(dataConverter, workflow.memo?.fields, owner),
    retry: decompileRetryPolicy(workflow.retryPolicy),
    searchAttributes: decodeSearchAttributes(attributes),
    typedSearchAttributes: decodeTypedSearchAttributes(attributes),
    workflowExecutionTimeout: workflow.workflowExecutionTimeout,
    workflowRunTimeout: workflow.workflowRunTimeout,
    workflowTaskTimeout: workflow.workflowTaskTimeout,
    staticSummary,
    staticDetails,
    priority: readPriority(workflow.priority),
  };
  return decoded as ScheduleDescriptionAction;
}

export async function decodeDescription(
  context: ClientContext,
  scheduleId: string,
  response: DescribeScheduleResponse,
): Promise<ScheduleDescription> {
  const { schedule, info = {}, memo, searchAttributes } = response;
  const workflow = schedule?.action?.startWorkflow;
  if (!schedule?.spec || workflow === undefined)
    throw new Error('Received invalid Schedule description from server');
  const { policies = {}, state = {} } = schedule;
  const { messageToProto } = await import('../common/wire/proto-shape.ts');
  const { DescribeScheduleResponseSchema } = await import('../common/wire/schedule-requests.ts');
  return {
    scheduleId,
    spec: decodeScheduleSpec(schedule.spec),
    action: await decodeAction(context, workflow),
    memo: await decodeMapFromPayloads(context.dataConverter, memo?.fields),
    searchAttributes: decodeSearchAttributes(searchAttributes?.indexedFields),
    typedSearchAttributes: decodeTypedSearchAttributes(searchAttributes?.indexedFields),
    policies: {
      overlap: policies.overlapPolicy ?? 'SKIP',
      catchupWindow: policies.catchupWindow ?? 60_000,
      pauseOnFailure: policies.pauseOnFailure === true,
    },
    state: {
      paused: state.paused === true,
      note: state.notes ?? '',
      remainingActions: state.limitedActions ? (state.remainingActions ?? 0) : undefined,
    },
    info: {
      recentActions: (info.recentActions ?? []).map(decodeActionResult),
      nextActionTimes: (info.futureActionTimes ?? []).map((ms) => new Date(ms)),
      createdAt: new Date(info.createTime ?? 0),
      lastUpdatedAt: info.updateTime === undefined ? undefined : new Date(info.updateTime),
      runningActions: (info.runningWorkflows ?? []).map(decodeStarted),
      numActionsMissedCatchupWindow: info.missedCatchupWindow ?? 0,
      numActionsSkippedOverlap: info.overlapSkipped ?? 0,
      numActionsTaken: info.actionCount ?? 0,
    },
    raw: messageToProto(DescribeScheduleResponseSchema, response),
  };
}

export async function decodeSummary(
  context: ClientContext,
  { scheduleId, memo, searchAttributes, info = {} }: WireScheduleListEntry,
): Promise<ScheduleSummary> {
  return {
    scheduleId: scheduleId ?? '',
    spec: decodeScheduleSpec(info.spec ?? {}),
    action: info.workflowType && { type: 'startWorkflow', workflowType: info.workflowType.name },
    memo: await decodeMapFromPayloads(context.dataConverter, memo?.fields),
    searchAttributes: decodeSearchAttributes(searchAttributes?.indexedFields),
    typedSearchAttributes: decodeTypedSearchAttributes(searchAttributes?.indexedFields),
    state: { paused: info.paused === true, note: info.notes ?? '' },
    info: {
      recentActions: (info.recentActions ?? []).map(decodeActionResult),
      nextActionTimes: (info.futureActionTimes ?? []).map((ms) => new Date(ms)),
    },
  };
}

function decodeActionResult(result: WireScheduleActionResult): ScheduleExecutionResult {
  const { scheduleTime, actualTime, startWorkflowResult } = result;
  if (startWorkflowResult === undefined) throw new TypeError('Unsupported schedule action');
  return {
    scheduledAt: new Date(scheduleTime ?? 0),
    takenAt: new Date(actualTime ?? 0),
    action: decodeStarted(startWorkflowResult),
  };
}

function decodeStarted({ workflowId, runId }: WorkflowExecutionRef): ScheduleExecutionActionResult {
  return {
    type: 'startWorkflow',
    workflow: { workflowId: workflowId ?? '', firstExecutionRunId: runId ?? '' },
  };
}
