/** What DescribeWorkflowExecution answers, in memory form. */

import type { Payload } from '../sdk/common/wire/messages.ts';
import type {
  DescribeWorkflowExecutionResponse,
  PendingActivityInfo,
  PendingChildExecutionInfo,
  PendingWorkflowTaskInfo,
  WorkflowExecutionExtendedInfo,
  WorkflowExecutionInfo,
} from '../sdk/common/wire/requests.ts';
import { expirationOf } from './activity-results.ts';
import { callbackInfos } from './callbacks.ts';
import { nexusOperationInfo } from './nexus-info.ts';
import {
  firstTaskTime,
  isOpen,
  type PendingActivity,
  type RunState,
  runExpiration,
  taskQueueOf,
} from './run-state.ts';
import { stateTransitionCount } from './state-transitions.ts';
import { versioningAttributes, versioningMembers } from './versioning.ts';

export function describeRun(run: RunState, now: number): DescribeWorkflowExecutionResponse {
  const response: DescribeWorkflowExecutionResponse = {
    executionConfig: {
      taskQueue: taskQueueOf(run),
      workflowExecutionTimeout: run.started.workflowExecutionTimeout ?? 0,
      workflowRunTimeout: run.started.workflowRunTimeout ?? 0,
      defaultWorkflowTaskTimeout: run.started.workflowTaskTimeout ?? 0,
      ...present('userMetadata', run.userMetadata),
    },
    workflowExecutionInfo: {
      ...executionInfo(run),
      stateTransitionCount: stateTransitionCount(run),
      ...versioningMembers(run.versioning),
    },
    workflowExtendedInfo: extendedInfo(run),
  };
  if (run.activities.size > 0)
    response.pendingActivities = [...run.activities.values()].map((activity) => activityInfo(activity, now));
  if (run.children.size > 0) response.pendingChildren = childInfos(run);
  if (run.nexusOperations.size > 0)
    response.pendingNexusOperations = [...run.nexusOperations.values()].map(nexusOperationInfo);
  const callbacks = callbackInfos(run);
  if (callbacks.length > 0) response.callbacks = callbacks;
  const task = workflowTaskInfo(run);
  if (task !== undefined) response.pendingWorkflowTask = task;
  return response;
}

/** Also what a visibility index keeps. */
export function executionInfo(run: RunState): WorkflowExecutionInfo {
  const { started, closeTime } = run;
  const info: WorkflowExecutionInfo = {
    execution: { workflowId: run.workflowId, runId: run.runId },
    type: started.workflowType,
    startTime: run.startTime,
    status: run.status,
    historyLength: run.nextEventId - 1,
    executionTime: firstTaskTime(run),
    memo: { fields: run.memo },
    searchAttributes: { indexedFields: visibleAttributes(run) },
    taskQueue: started.taskQueue.name,
    historySizeBytes: run.historyBytes,
    stateTransitionCount: run.stateTransitions,
    rootExecution: started.rootWorkflowExecution ?? { workflowId: run.workflowId, runId: run.runId },
    firstRunId: started.firstExecutionRunId,
    ...present('parentExecution', started.parentWorkflowExecution),
    ...present('priority', run.priority),
  };
  if (run.resetPoint !== undefined)
    info.autoResetPoints = { points: [{ ...run.resetPoint, resettable: true }] };
  if (closeTime !== undefined) {
    info.closeTime = closeTime;
    info.executionDuration = Math.max(0, closeTime - firstTaskTime(run));
  }
  return info;
}

const encoder = new TextEncoder();

/** WFT-15: reported problems show as a search attribute, without an event. */
function visibleAttributes({
  searchAttributes: own,
  reportedProblems,
  versioning,
}: RunState): Record<string, Payload> {
  const searchAttributes = { ...own, ...versioningAttributes(versioning) };
  if (reportedProblems === undefined) return searchAttributes;
  const metadata = { encoding: encoder.encode('json/plain'), type: encoder.encode('KeywordList') };
  const data = encoder.encode(JSON.stringify(reportedProblems));
  return { ...searchAttributes, TemporalReportedProblems: { metadata, data } };
}

function extendedInfo(run: RunState): WorkflowExecutionExtendedInfo {
  const info: WorkflowExecutionExtendedInfo = {
    originalStartTime: run.startTime,
    ...present('executionExpirationTime', run.started.workflowExecutionExpirationTime),
    ...present('runExpirationTime', runExpiration(run)),
    ...present('resetRunId', run.resetRunId),
  };
  if (run.cancelRequested) info.cancelRequested = true;
  if (run.pause !== undefined) {
    const { time: pausedTime, identity, reason } = run.pause;
    info.pauseInfo = { pausedTime, ...present('identity', identity), ...present('reason', reason) };
  }
  if (run.requestIds.length > 0) info.requestIdInfos = requestIdInfos(run);
  return info;
}

function requestIdInfos({
  requestIds,
}: RunState): NonNullable<WorkflowExecutionExtendedInfo['requestIdInfos']> {
  const infos: NonNullable<WorkflowExecutionExtendedInfo['requestIdInfos']> = {};
  for (const { requestId, started } of requestIds)
    infos[requestId] = started
      ? { eventType: 'WORKFLOW_EXECUTION_STARTED', eventId: 1 }
      : { eventType: 'WORKFLOW_EXECUTION_OPTIONS_UPDATED' };
  return infos;
}

function activityInfo(activity: PendingActivity, now: number): PendingActivityInfo {
  const { scheduled, options, phase, pause } = activity;
  const info: PendingActivityInfo = {
    activityId: scheduled.activityId,
    activityType: scheduled.activityType,
    state: activityState(activity),
    attempt: activity.attempt,
    maximumAttempts: options.retryPolicy.maximumAttempts ?? 0,
    scheduledTime: activity.attemptScheduledTime,
    activityOptions: options,
    ...present('expirationTime', expirationOf(activity)),
    ...present('heartbeatDetails', activity.heartbeatDetails),
    ...present('lastHeartbeatTime', activity.lastHeartbeatTime),
    ...present('lastStartedTime', activity.lastStartedTime),
    ...present('lastFailure', activity.lastFailure),
    ...present('lastWorkerIdentity', activity.workerIdentity),
    ...present('currentRetryInterval', activity.retryInterval),
    ...present('lastAttemptCompleteTime', activity.lastAttemptCompleteTime),
    ...present('priority', options.priority),
  };
  if (phase.state === 'waiting' && phase.dueTime > now && pause === undefined)
    info.nextAttemptScheduleTime = phase.dueTime;
  if (pause !== undefined) {
    const manual = { ...present('identity', pause.identity), ...present('reason', pause.reason) };
    info.paused = true;
    info.pauseInfo = { pauseTime: pause.time, manual };
  }
  return info;
}

function activityState({
  phase,
  pause,
  cancelRequestedEventId,
}: PendingActivity): NonNullable<PendingActivityInfo['state']> {
  if (phase.state === 'waiting') return pause === undefined ? 'SCHEDULED' : 'PAUSED';
  if (cancelRequestedEventId !== 0) return 'CANCEL_REQUESTED';
  return pause === undefined ? 'STARTED' : 'PAUSE_REQUESTED';
}

function childInfos(run: RunState): PendingChildExecutionInfo[] {
  return [...run.children.values()].map(({ initiated, initiatedEventId, started, policy }) => ({
    workflowId: initiated.workflowId,
    ...present('runId', started?.runId),
    workflowTypeName: initiated.workflowType.name,
    initiatedId: initiatedEventId,
    parentClosePolicy: policy,
  }));
}

function workflowTaskInfo(run: RunState): PendingWorkflowTaskInfo | undefined {
  const task = run.workflowTask;
  if (!isOpen(run) || task.state === 'none') return undefined;
  const { scheduledTime, attempt } = task;
  const info: PendingWorkflowTaskInfo = {
    state: task.state === 'started' ? 'STARTED' : 'SCHEDULED',
    scheduledTime,
    originalScheduledTime: scheduledTime,
    attempt,
    ...present('lastFailure', run.lastTaskFailure),
  };
  if (task.state === 'started') info.startedTime = task.startedTime;
  return info;
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  // Sound: the one key is the one named, and it is left out when there is no value.
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
