/** A run that is one activity, as the calls on activities show it. */

import { standaloneActivityId } from '../../common/standalone-activity.ts';
import type { ActivityCallbackInfo, WireCallbackInfo } from '../../common/wire/callbacks.ts';
import type { EventAttributes, HistoryEvent, HistoryEventOf } from '../../common/wire/events.ts';
import type { Link } from '../../common/wire/links.ts';
import type { Payload } from '../../common/wire/messages.ts';
import type {
  DescribeWorkflowExecutionResponse,
  PendingActivityInfo,
  WorkflowExecutionInfo,
} from '../../common/wire/requests.ts';
import type {
  ActivityExecutionInfo,
  ActivityExecutionListInfo,
  ActivityExecutionOutcome,
  ActivityExecutionStatusName,
  DescribeActivityExecutionRequest,
  DescribeActivityExecutionResponse,
} from '../../common/wire/standalone-activity-requests.ts';
import { RpcError } from '../rpc-error.ts';
import { set } from './service.ts';
import { encodeState } from './standalone-waits.ts';

/** What history says of the activity. */
interface Recorded {
  scheduled: HistoryEventOf<'ActivityTaskScheduled'>;
  /** Of its last attempt, once it has closed. */
  started: HistoryEventOf<'ActivityTaskStarted'> | undefined;
  cancelRequested: HistoryEventOf<'WorkflowExecutionCancelRequested'> | undefined;
  /** Of its start. */
  links: readonly Link[] | undefined;
}

/** SAA-8. */
export function describedActivity(
  request: DescribeActivityExecutionRequest,
  run: DescribeWorkflowExecutionResponse,
  events: readonly HistoryEvent[],
): DescribeActivityExecutionResponse {
  const recorded = recordedOf(events);
  const [pending] = run.pendingActivities ?? [];
  // It may have closed between the two answers.
  const outcome = pending === undefined ? outcomeOf(events) : undefined;
  const info = infoOf(run, recorded, pending, outcome);
  const { heartbeatDetails, lastFailure, ...plain } = info;
  const { runId = '' } = info;
  return {
    runId,
    info: {
      ...plain,
      ...(request.includeHeartbeatDetails && set('heartbeatDetails', heartbeatDetails)),
      ...(request.includeLastFailure && set('lastFailure', lastFailure)),
    },
    ...(request.includeInput && set('input', recorded.scheduled.attributes.input)),
    ...(request.includeOutcome && set('outcome', outcome)),
    ...set('callbacks', run.callbacks?.map(activityCallback)),
    ...(pending && { longPollToken: stateOf(pending, events.length) }),
  };
}

function activityCallback({ callback, state }: WireCallbackInfo): ActivityCallbackInfo {
  return { trigger: { activityClosed: {} }, info: { ...set('callback', callback), ...set('state', state) } };
}

function recordedOf(events: readonly HistoryEvent[]): Recorded {
  const scheduled = events.find((event) => event.eventType === 'ActivityTaskScheduled');
  if (scheduled === undefined) throw new RpcError('INTERNAL', 'The history of an activity has no beginning.');
  return {
    scheduled,
    started: events.find((event) => event.eventType === 'ActivityTaskStarted'),
    cancelRequested: events.find((event) => event.eventType === 'WorkflowExecutionCancelRequested'),
    links: events[0]?.links,
  };
}

function infoOf(
  { workflowExecutionInfo, executionConfig }: DescribeWorkflowExecutionResponse,
  { scheduled, started, cancelRequested, links }: Recorded,
  pending: PendingActivityInfo | undefined,
  outcome: ActivityExecutionOutcome | undefined,
): ActivityExecutionInfo {
  const { attributes } = scheduled;
  const options = pending?.activityOptions ?? attributes;
  const listed = listedActivity(workflowExecutionInfo);
  const delay = (listed.executionTime ?? 0) - (listed.scheduleTime ?? 0);
  const status = pending?.state === 'PAUSED' ? 'PAUSED' : listed.status;
  return {
    ...listed,
    ...set('status', status),
    ...set('taskQueue', options.taskQueue?.name),
    ...set('runState', pending?.state),
    ...timeoutsOf(options),
    ...set('retryPolicy', options.retryPolicy),
    ...set('priority', options.priority),
    ...set('header', attributes.header),
    ...set('userMetadata', executionConfig.userMetadata),
    ...set('canceledReason', cancelRequested?.attributes.cause),
    ...set('links', links && [...links]),
    ...set('startDelay', pending?.activityOptions?.startDelay ?? (delay || undefined)),
    ...(pending ? openFields(pending) : closedFields(started, outcome)),
  };
}

function timeoutsOf(
  options: Partial<EventAttributes<'ActivityTaskScheduled'>>,
): Partial<ActivityExecutionInfo> {
  return {
    ...set('scheduleToCloseTimeout', options.scheduleToCloseTimeout || undefined),
    ...set('scheduleToStartTimeout', options.scheduleToStartTimeout || undefined),
    ...set('startToCloseTimeout', options.startToCloseTimeout || undefined),
    ...set('heartbeatTimeout', options.heartbeatTimeout || undefined),
  };
}

function openFields(pending: PendingActivityInfo): Partial<ActivityExecutionInfo> {
  return {
    attempt: pending.attempt ?? 1,
    ...set('heartbeatDetails', pending.heartbeatDetails),
    ...set('lastHeartbeatTime', pending.lastHeartbeatTime),
    ...set('lastStartedTime', pending.lastStartedTime),
    ...set('expirationTime', pending.expirationTime),
    ...set('lastFailure', pending.lastFailure),
    ...set('lastWorkerIdentity', pending.lastWorkerIdentity),
    ...set('currentRetryInterval', pending.currentRetryInterval),
    ...set('lastAttemptCompleteTime', pending.lastAttemptCompleteTime),
    ...set('nextAttemptScheduleTime', pending.nextAttemptScheduleTime),
  };
}

/** What an attempt leaves beside its outcome is gone with it: heartbeats are in a timeout's failure only. */
function closedFields(
  started: Recorded['started'],
  outcome: ActivityExecutionOutcome | undefined,
): Partial<ActivityExecutionInfo> {
  const failure = outcome?.failure;
  const isOfAttempt = failure?.applicationFailureInfo ?? failure?.serverFailureInfo;
  return {
    attempt: started?.attributes.attempt ?? 1,
    ...set('heartbeatDetails', failure?.timeoutFailureInfo?.lastHeartbeatDetails),
    ...set('lastStartedTime', started?.eventTime),
    ...set('lastWorkerIdentity', started?.attributes.identity),
    ...set('lastFailure', isOfAttempt ? failure : started?.attributes.lastFailure),
  };
}

/** SAA-9. */
export function listedActivity(info: WorkflowExecutionInfo): ActivityExecutionListInfo {
  const { execution, type, searchAttributes, startTime = 0, closeTime } = info;
  return {
    activityId: standaloneActivityId(execution.workflowId ?? '') ?? '',
    activityType: { name: type.name },
    scheduleTime: startTime,
    searchAttributes: { indexedFields: ownAttributes(searchAttributes?.indexedFields ?? {}) },
    // An activity neither continues as new nor is its run paused.
    status: (info.status ?? 'RUNNING') as ActivityExecutionStatusName,
    ...set('runId', execution.runId),
    ...set('taskQueue', info.taskQueue),
    ...set('executionTime', info.executionTime),
    ...set('stateSizeBytes', info.historySizeBytes),
    ...set('stateTransitionCount', info.stateTransitionCount),
    ...(closeTime !== undefined && { closeTime, executionDuration: Math.max(0, closeTime - startTime) }),
  };
}

function ownAttributes({
  TemporalNamespaceDivision: _division,
  ...own
}: Record<string, Payload>): Record<string, Payload> {
  return own;
}

/** SAA-3, by the event that closed the activity, or the run without it. Undefined while it is open. */
export function outcomeOf(events: readonly HistoryEvent[]): ActivityExecutionOutcome | undefined {
  for (const event of events) {
    switch (event.eventType) {
      case 'ActivityTaskCompleted':
        return { result: event.attributes.result ?? {} };
      case 'ActivityTaskFailed':
      case 'ActivityTaskTimedOut':
        return { failure: event.attributes.failure ?? { message: 'The activity failed.' } };
      case 'ActivityTaskCanceled': {
        const canceledFailureInfo = set('details', event.attributes.details);
        return { failure: { message: 'Activity canceled', source: 'Server', canceledFailureInfo } };
      }
      case 'WorkflowExecutionTerminated': {
        const { reason = '', identity } = event.attributes;
        const terminatedFailureInfo = set('identity', identity);
        return { failure: { message: reason, source: 'Server', terminatedFailureInfo } };
      }
      default:
    }
  }
  return undefined;
}

/** What of an open activity counts as its state: heartbeats do not. */
function stateOf(pending: PendingActivityInfo, events: number): Uint8Array {
  const { state, attempt, lastStartedTime, nextAttemptScheduleTime, pauseInfo, activityOptions } = pending;
  return encodeState([
    events,
    state,
    attempt,
    lastStartedTime,
    nextAttemptScheduleTime,
    pauseInfo,
    activityOptions,
  ]);
}
