/** The workflow that an action starts: its ID, its request, and the note by which its end finds back to the schedule. */
import { decodeBase64, encodeBase64 } from '../../sdk/common/wire/base64.ts';
import type { Payload } from '../../sdk/common/wire/messages.ts';
import type { WireSchedule } from '../../sdk/common/wire/schedule-requests.ts';
import type { StartWorkflowRequest } from '../requests.ts';
import type { ScheduleState, StartingAction } from './schedule-state.ts';

/** Hyphen and time in UTC seconds. */
export const ID_SUFFIX_LENGTH = '-2026-01-01T00:00:00Z'.length;

/** SCHED-8. */
export function scheduledWorkflowId({ action, policies }: WireSchedule, nominal: number): string {
  const id = action?.startWorkflow?.workflowId ?? '';
  return policies?.keepOriginalWorkflowId ? id : `${id}-${rfc3339Seconds(nominal)}`;
}

export function rfc3339Seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** SCHED-16, SCHED-19. */
export function startRequestOf(state: ScheduleState, action: StartingAction): StartWorkflowRequest {
  const { schedule, lastCompletionResult, continuedFailure } = state;
  const isRepeatable = action.isManual || schedule.policies?.keepOriginalWorkflowId === true;
  const carried = action.isBeside
    ? {}
    : {
        ...(lastCompletionResult && { lastCompletionResult }),
        ...(continuedFailure && { continuedFailure }),
      };
  return {
    ...baseRequest(schedule),
    ...carried,
    requestId: action.requestId,
    identity: `temporal-scheduler-${state.namespace}-${state.scheduleId}`,
    workflowIdReusePolicy: isRepeatable ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
    searchAttributes: {
      indexedFields: {
        ...schedule.action?.startWorkflow?.searchAttributes?.indexedFields,
        TemporalScheduledStartTime: attribute(rfc3339Seconds(action.nominal), 'Datetime'),
        TemporalScheduledById: attribute(state.scheduleId, 'Keyword'),
      },
    },
    completionCallbacks: [scheduleCallback(state, action.requestId)],
  };
}

/** What the action says of the start, without what differs from time to time. */
export function baseRequest({ action }: WireSchedule): StartWorkflowRequest {
  const { workflowId: _, workflowType, taskQueue, ...rest } = action?.startWorkflow ?? {};
  const {
    workflowIdReusePolicy: _reuse,
    cronSchedule: _cron,
    versioningOverride: _override,
    timeSkippingConfig: _skipping,
    ...fields
  } = rest;
  return { ...fields, workflowType: workflowType?.name ?? '', taskQueue: taskQueue?.name ?? '' };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function attribute(value: string, type: string): Payload {
  return {
    metadata: { encoding: encoder.encode('json/plain'), type: encoder.encode(type) },
    data: encoder.encode(JSON.stringify(value)),
  };
}

/** Where a run tells of its end. */
export interface ScheduleReference {
  namespace: string;
  scheduleId: string;
  instanceId: string;
  requestId: string;
}

/** A callback of the kind that servers keep for themselves: bytes that nobody else reads. */
function scheduleCallback({ namespace, scheduleId, instanceId }: ScheduleState, requestId: string) {
  const reference: ScheduleReference = { namespace, scheduleId, instanceId, requestId };
  return { internal: { data: encodeBase64(encoder.encode(JSON.stringify({ schedule: reference }))) } };
}

/** Undefined for runs that no schedule started. */
export function scheduleReferenceOf(
  callbacks: readonly unknown[] | undefined,
): ScheduleReference | undefined {
  for (const callback of callbacks ?? []) {
    const data = (callback as { internal?: { data?: unknown } } | null)?.internal?.data;
    const reference = typeof data === 'string' ? parseReference(data) : undefined;
    if (reference !== undefined) return reference;
  }
  return undefined;
}

function parseReference(data: string): ScheduleReference | undefined {
  try {
    return (JSON.parse(decoder.decode(decodeBase64(data))) as { schedule?: ScheduleReference }).schedule;
  } catch {
    // Of another server, in a history that came from there.
    return undefined;
  }
}
