/**
 * The run as a whole: signals, cancel request, pause, memo, search attributes, and its close. Closing clears what was pending
 * and leaves deliveries to do: parent close policies (CHILD-6) and the parent's notification.
 */
import type { HistoryEvent, HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { Payload, WorkflowStatusName } from '../sdk/common/wire/messages.ts';
import { dropActivities } from './activity-machine.ts';
import { isEndOfChain, noteRunClosed } from './callbacks.ts';
import { collectCloseActions } from './child-machine.ts';
import { invariant } from './errors.ts';
import type { RunState, WorkflowPause } from './run-state.ts';
import { scheduleReferenceOf } from './schedule/start-request.ts';
import { setVersioning, versionedByOptions } from './versioning.ts';

type LifecycleEventType =
  | CloseEventType
  | 'WorkflowExecutionCancelRequested'
  | 'WorkflowExecutionSignaled'
  | 'WorkflowExecutionOptionsUpdated'
  | 'WorkflowExecutionPaused'
  | 'WorkflowExecutionUnpaused'
  | 'UpsertWorkflowSearchAttributes'
  | 'WorkflowPropertiesModified';
type LifecycleEvent = { [T in LifecycleEventType]: HistoryEventOf<T> }[LifecycleEventType];

export type CloseEventType =
  | 'WorkflowExecutionCompleted'
  | 'WorkflowExecutionFailed'
  | 'WorkflowExecutionTimedOut'
  | 'WorkflowExecutionCanceled'
  | 'WorkflowExecutionTerminated'
  | 'WorkflowExecutionContinuedAsNew';

const CLOSE_STATUS: Record<CloseEventType, WorkflowStatusName> = {
  WorkflowExecutionCompleted: 'COMPLETED',
  WorkflowExecutionFailed: 'FAILED',
  WorkflowExecutionTimedOut: 'TIMED_OUT',
  WorkflowExecutionCanceled: 'CANCELED',
  WorkflowExecutionTerminated: 'TERMINATED',
  WorkflowExecutionContinuedAsNew: 'CONTINUED_AS_NEW',
};

/** Identity of the termination with which a reset ends the run it starts from: children stay (CHILD-6, RESET-2). */
export const RESETTER_IDENTITY = 'history-resetter';

export function evolveLifecycle(run: RunState, event: LifecycleEvent): void {
  switch (event.eventType) {
    case 'WorkflowExecutionCancelRequested':
      run.cancelRequested = true;
      return;
    case 'WorkflowExecutionSignaled':
      run.signalCount++;
      if (event.attributes.requestId) run.signalRequestIds.add(event.attributes.requestId);
      return;
    case 'WorkflowExecutionOptionsUpdated':
      noteAttachedRequest(run, event.attributes.attachedRequestId);
      if (event.attributes.priority !== undefined) run.priority = event.attributes.priority;
      setVersioning(run, versionedByOptions(run.versioning, event.attributes));
      return;
    case 'WorkflowExecutionPaused':
      invariant(run.pause === undefined, run, event.eventId, 'paused twice');
      run.pause = pauseOf(event);
      run.status = 'PAUSED';
      return;
    case 'WorkflowExecutionUnpaused':
      invariant(run.pause, run, event.eventId, 'unpaused without a pause');
      run.pause = undefined;
      run.status = 'RUNNING';
      return;
    case 'UpsertWorkflowSearchAttributes':
      run.searchAttributes = merged(run.searchAttributes, event.attributes.searchAttributes?.indexedFields);
      return;
    case 'WorkflowPropertiesModified':
      run.memo = merged(run.memo, event.attributes.upsertedMemo?.fields);
      return;
    default:
      close(run, event);
      return;
  }
}

function noteAttachedRequest(run: RunState, requestId: string | undefined): void {
  if (requestId && !run.requestIds.some((known) => known.requestId === requestId))
    run.requestIds.push({ requestId, started: false });
}

function pauseOf({ eventTime, attributes }: HistoryEventOf<'WorkflowExecutionPaused'>): WorkflowPause {
  return { time: eventTime, ...attributes };
}

/** The base run's children belong to the new run; those of a run that came after the base have nobody (RESET-6, CHILD-6). */
export function noteReset(run: RunState, resetRunId: string | undefined): void {
  run.resetRunId = resetRunId;
  if (resetRunId !== undefined && isClosedByReset(run)) run.closeActions.clear();
}

function isClosedByReset({ closeEvent }: RunState): boolean {
  return (
    closeEvent?.eventType === 'WorkflowExecutionTerminated' &&
    closeEvent.attributes.identity === RESETTER_IDENTITY
  );
}

function close(run: RunState, event: HistoryEventOf<CloseEventType>): void {
  // Sound: the union of closing events is what `HistoryEventOf` of their union distributes to.
  const closeEvent = event as HistoryEvent;
  run.status = CLOSE_STATUS[event.eventType];
  run.closeEvent = closeEvent;
  run.closeTime = event.eventTime;
  run.pause = undefined;
  run.workflowTask = { state: 'none' };
  run.needsWorkflowTask = false;
  run.isInFirstTaskBackoff = false;
  run.isClosing = false;
  run.taskFailures = 0;
  run.lastTaskFailure = undefined;
  run.reportedProblems = undefined;
  const isReset = isClosedByReset(run);
  collectCloseActions(run, closeEvent);
  run.isParentNotificationDue =
    !isReset && run.started.parentWorkflowExecution !== undefined && isEndOfChain(closeEvent);
  run.isScheduleNotificationDue =
    !isReset &&
    scheduleReferenceOf(run.started.completionCallbacks) !== undefined &&
    isEndOfChain(closeEvent);
  if (!isReset) noteRunClosed(run, { isEndOfChain: isEndOfChain(closeEvent) });
  dropActivities(run);
  run.nexusOperations.clear();
  run.timers.clear();
  run.deadlines.clear();
  run.externalSignals.clear();
  run.externalCancels.clear();
  run.admittedUpdates.clear();
}

/** SA-3, SA-9: a null or empty value removes its key. */
function merged(
  fields: Record<string, Payload>,
  upserts: Record<string, Payload> | undefined,
): Record<string, Payload> {
  const result = { ...fields };
  for (const [key, payload] of Object.entries(upserts ?? {})) {
    if (isRemoval(payload)) delete result[key];
    else result[key] = payload;
  }
  return result;
}

const decoder = new TextDecoder();

function isRemoval({ data }: Payload): boolean {
  if (data === undefined || data === null || data.byteLength === 0) return true;
  if (data.byteLength > 8) return false;
  const text = decoder.decode(data).trim();
  return text === 'null' || text === '[]';
}
