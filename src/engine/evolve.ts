/**
 * `state = events.reduce(evolve)`. Two halves, because an event that arrives while a workflow task is started has its effect
 * at once and its place in history later: `absorb` is the effect, `place` the position. Folding stored history does both.
 *
 * E1 `evolve` never chooses: it only states what an event means, and throws when history contradicts itself.
 */
import type { EventType, HistoryEvent } from '../sdk/common/wire/events.ts';
import { evolveActivity } from './activity-machine.ts';
import { noteActivityEnd, noteAttached } from './callbacks.ts';
import { evolveChild, placeChildStarted } from './child-machine.ts';
import { assertNever, invariant } from './errors.ts';
import { evolveExternal } from './external-machine.ts';
import { evolveLifecycle } from './lifecycle-machine.ts';
import { evolveNexus } from './nexus-state.ts';
import { emptyRun, isOpen, type RunKey, type RunState } from './run-state.ts';
import { eventBytes } from './size.ts';
import { transitionsOf } from './state-transitions.ts';
import { evolveTimer } from './timer-machine.ts';
import { evolveUpdate } from './update-machine.ts';
import { evolveWorkflowTask } from './workflow-task-machine.ts';

/** Events after which workflow code must run. */
const WAKING: ReadonlySet<EventType> = new Set<EventType>([
  'WorkflowExecutionSignaled',
  'WorkflowExecutionCancelRequested',
  'WorkflowExecutionUpdateAdmitted',
  'TimerFired',
  'ActivityTaskCompleted',
  'ActivityTaskFailed',
  'ActivityTaskTimedOut',
  'ActivityTaskCanceled',
  'StartChildWorkflowExecutionFailed',
  'ChildWorkflowExecutionStarted',
  'ChildWorkflowExecutionCompleted',
  'ChildWorkflowExecutionFailed',
  'ChildWorkflowExecutionCanceled',
  'ChildWorkflowExecutionTimedOut',
  'ChildWorkflowExecutionTerminated',
  'SignalExternalWorkflowExecutionFailed',
  'ExternalWorkflowExecutionSignaled',
  'RequestCancelExternalWorkflowExecutionFailed',
  'ExternalWorkflowExecutionCancelRequested',
  'NexusOperationStarted',
  'NexusOperationCompleted',
  'NexusOperationFailed',
  'NexusOperationCanceled',
  'NexusOperationTimedOut',
  'NexusOperationCancelRequestCompleted',
  'NexusOperationCancelRequestFailed',
]);

/** Events after which the visibility record differs. */
const VISIBLE: ReadonlySet<EventType> = new Set<EventType>([
  'WorkflowExecutionStarted',
  'WorkflowExecutionCompleted',
  'WorkflowExecutionFailed',
  'WorkflowExecutionTimedOut',
  'WorkflowExecutionCanceled',
  'WorkflowExecutionTerminated',
  'WorkflowExecutionContinuedAsNew',
  'WorkflowExecutionPaused',
  'WorkflowExecutionUnpaused',
  'UpsertWorkflowSearchAttributes',
  'WorkflowPropertiesModified',
]);

const CLOSING_OF_PENDING: ReadonlySet<EventType> = new Set<EventType>([
  'ActivityTaskCompleted',
  'ActivityTaskFailed',
  'ActivityTaskTimedOut',
  'ActivityTaskCanceled',
  'ChildWorkflowExecutionCompleted',
  'ChildWorkflowExecutionFailed',
  'ChildWorkflowExecutionCanceled',
  'ChildWorkflowExecutionTimedOut',
  'ChildWorkflowExecutionTerminated',
  'NexusOperationCompleted',
  'NexusOperationFailed',
  'NexusOperationCanceled',
  'NexusOperationTimedOut',
]);

/** WFT-2: written behind other buffered events. */
export function isClosingOfPending(eventType: EventType): boolean {
  return CLOSING_OF_PENDING.has(eventType);
}

/** The run that begins with this event. */
export function beginRun(key: RunKey, first: HistoryEvent): RunState {
  invariant(
    first.eventType === 'WorkflowExecutionStarted' && first.eventId === 1,
    key,
    first.eventId,
    `history begins with ${first.eventType}, expected WorkflowExecutionStarted as event 1`,
  );
  const run = emptyRun(key, first.attributes, first.eventTime, first.userMetadata);
  place(run, first);
  return run;
}

export function evolve(run: RunState, event: HistoryEvent): void {
  absorb(run, event);
  place(run, event);
}

export function place(run: RunState, event: HistoryEvent): void {
  invariant(
    event.eventId === run.nextEventId,
    run,
    event.eventId,
    `expected event ${run.nextEventId}, found ${event.eventId} (${event.eventType})`,
  );
  run.nextEventId++;
  run.historyBytes += eventBytes(event);
  run.stateTransitions += transitionsOf(event);
  if (WAKING.has(event.eventType) && !run.isStandalone) run.needsWorkflowTask = true;
  if (VISIBLE.has(event.eventType)) run.visibilityVersion++;
  if (event.eventType === 'ChildWorkflowExecutionStarted') placeChildStarted(run, event);
  if (event.eventType === 'WorkflowExecutionOptionsUpdated') noteAttached(run, event.attributes);
}

export function absorb(run: RunState, event: HistoryEvent): void {
  invariant(isOpen(run), run, event.eventId, `${event.eventType} after the run was closed`);
  switch (event.eventType) {
    case 'WorkflowExecutionStarted':
      invariant(false, run, event.eventId, 'WorkflowExecutionStarted in the middle of history');
      break;
    case 'WorkflowExecutionCompleted':
    case 'WorkflowExecutionFailed':
    case 'WorkflowExecutionTimedOut':
    case 'WorkflowExecutionCanceled':
    case 'WorkflowExecutionTerminated':
    case 'WorkflowExecutionContinuedAsNew':
    case 'WorkflowExecutionCancelRequested':
    case 'WorkflowExecutionSignaled':
    case 'WorkflowExecutionOptionsUpdated':
    case 'WorkflowExecutionPaused':
    case 'WorkflowExecutionUnpaused':
    case 'UpsertWorkflowSearchAttributes':
    case 'WorkflowPropertiesModified':
      evolveLifecycle(run, event);
      return;
    case 'WorkflowTaskScheduled':
    case 'WorkflowTaskStarted':
    case 'WorkflowTaskCompleted':
    case 'WorkflowTaskTimedOut':
    case 'WorkflowTaskFailed':
      evolveWorkflowTask(run, event);
      return;
    case 'ActivityTaskScheduled':
    case 'ActivityTaskStarted':
    case 'ActivityTaskCompleted':
    case 'ActivityTaskFailed':
    case 'ActivityTaskTimedOut':
    case 'ActivityTaskCancelRequested':
    case 'ActivityTaskCanceled':
      evolveActivity(run, event);
      noteActivityEnd(run, event);
      return;
    case 'TimerStarted':
    case 'TimerFired':
    case 'TimerCanceled':
      evolveTimer(run, event);
      return;
    case 'StartChildWorkflowExecutionInitiated':
    case 'StartChildWorkflowExecutionFailed':
    case 'ChildWorkflowExecutionStarted':
    case 'ChildWorkflowExecutionCompleted':
    case 'ChildWorkflowExecutionFailed':
    case 'ChildWorkflowExecutionCanceled':
    case 'ChildWorkflowExecutionTimedOut':
    case 'ChildWorkflowExecutionTerminated':
      evolveChild(run, event);
      return;
    case 'SignalExternalWorkflowExecutionInitiated':
    case 'SignalExternalWorkflowExecutionFailed':
    case 'ExternalWorkflowExecutionSignaled':
    case 'RequestCancelExternalWorkflowExecutionInitiated':
    case 'RequestCancelExternalWorkflowExecutionFailed':
    case 'ExternalWorkflowExecutionCancelRequested':
      evolveExternal(run, event);
      return;
    case 'WorkflowExecutionUpdateAdmitted':
    case 'WorkflowExecutionUpdateAccepted':
    case 'WorkflowExecutionUpdateCompleted':
      evolveUpdate(run, event);
      return;
    case 'NexusOperationScheduled':
    case 'NexusOperationStarted':
    case 'NexusOperationCompleted':
    case 'NexusOperationFailed':
    case 'NexusOperationCanceled':
    case 'NexusOperationTimedOut':
    case 'NexusOperationCancelRequested':
    case 'NexusOperationCancelRequestCompleted':
    case 'NexusOperationCancelRequestFailed':
      evolveNexus(run, event);
      return;
    // Recorded and replayed, but nothing that the server half keeps track of.
    case 'MarkerRecorded':
    case 'WorkflowExecutionTimeSkippingTransitioned':
      return;
    // Defined by the format; this engine never writes them and cannot go on from them.
    case 'WorkflowExecutionUpdateRejected':
    case 'WorkflowPropertiesModifiedExternally':
    case 'ActivityPropertiesModifiedExternally':
      invariant(
        false,
        run,
        event.eventId,
        `${event.eventType} is not an event this engine can continue from`,
      );
      break;
    default:
      assertNever(event);
  }
}
