/**
 * Who is to be told of an end: of the run's chain, or of one of its updates. They come with the request, or are attached to what
 * is under way already. Told are the callers of Nexus operations (`nexusNotifications`); other callbacks are kept and not called.
 *
 * K1 A callback is known by its place in the list, which history alone decides: one whose event is buffered has none yet.
 * K2 An operation is attached once to what it waits for, however often it asks.
 * K3 An update that is open as its run closes has failed, also when another run follows; but not in a reset, which asks again.
 */
import { NEXUS_CALLBACK_URL, nexusCallbackOf } from '../sdk/common/nexus-callback.ts';
import { standaloneActivityId } from '../sdk/common/standalone-activity.ts';
import type { WireCallbackInfo } from '../sdk/common/wire/callbacks.ts';
import type { EventAttributes, HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Link } from '../sdk/common/wire/links.ts';
import type { UpdateRequest } from '../sdk/common/wire/messages.ts';
import { refuse } from './errors.ts';
import { COMPLETION_CALLBACKS_MAX } from './limits.ts';
import { type CompletionCallback, isOpen, type RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';

/** Points at what the callback belongs to: an event of this chain, or the activity that the run is. */
export function linkTo(run: RunState, { updateId, requestId }: CompletionCallback): Link {
  const { namespace, workflowId, runId } = run;
  const activityId = standaloneActivityId(workflowId);
  if (activityId !== undefined) return { activity: { namespace, activityId, runId } };
  const workflow = { namespace, workflowId, runId };
  const acceptedEventId = updateId === undefined ? undefined : run.updates.get(updateId)?.acceptedEventId;
  if (acceptedEventId !== undefined) {
    const eventRef = { eventId: acceptedEventId, eventType: 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED' } as const;
    return { workflowEvent: { ...workflow, eventRef } };
  }
  if (requestId !== undefined) {
    const requestIdRef = { requestId, eventType: 'WORKFLOW_EXECUTION_OPTIONS_UPDATED' } as const;
    return { workflowEvent: { ...workflow, requestIdRef } };
  }
  const eventRef = { eventId: 1, eventType: 'WORKFLOW_EXECUTION_STARTED' } as const;
  return { workflowEvent: { ...workflow, runId: run.started.firstExecutionRunId, eventRef } };
}

/** Of the end of the chain; what later runs inherit. */
export function chainCallbacks(run: RunState): unknown[] {
  return run.callbacks.filter(({ updateId }) => updateId === undefined).map(({ callback }) => callback);
}

function noteCallbacks(
  run: RunState,
  callbacks: readonly unknown[] = [],
  more: Omit<CompletionCallback, 'callback'> = {},
): void {
  for (const callback of callbacks) {
    run.callbacks.push({ callback, ...more });
    const { updateId } = more;
    if (updateId !== undefined && run.updates.get(updateId)?.state === 'completed')
      makeDue(run, run.callbacks.length - 1);
  }
}

/** K1. What an event, in its place, attached to a run that was under way, and to its updates. */
export function noteAttached(
  run: RunState,
  attributes: EventAttributes<'WorkflowExecutionOptionsUpdated'>,
): void {
  const { attachedRequestId: requestId, attachedCompletionCallbacks, workflowUpdateOptions } = attributes;
  noteCallbacks(run, attachedCompletionCallbacks, requestId ? { requestId } : {});
  for (const options of workflowUpdateOptions ?? []) {
    const { updateId = '', attachedRequestId } = options;
    noteCallbacks(run, options.attachedCompletionCallbacks, {
      updateId,
      ...(attachedRequestId && { requestId: attachedRequestId }),
    });
  }
}

/** As it was admitted or accepted: a history may say both (UPD-19). */
export function noteUpdateCallbacks(run: RunState, updateId: string, request: UpdateRequest): void {
  noteCallbacks(run, missingOf(run, updateId, request), { updateId });
}

export function noteUpdateEnded(run: RunState, updateId: string): void {
  for (const [index, callback] of run.callbacks.entries())
    if (callback.updateId === updateId) makeDue(run, index);
}

/** No later run follows by continue-as-new, retry or cron. */
export function isEndOfChain(closeEvent: HistoryEvent): boolean {
  return !(closeEvent.attributes as EventAttributes<'WorkflowExecutionCompleted'>).newExecutionRunId;
}

/** K3. */
export function noteRunClosed(run: RunState, { isEndOfChain }: { isEndOfChain: boolean }): void {
  for (const [index, { updateId }] of run.callbacks.entries()) {
    const isDue = updateId === undefined ? isEndOfChain : run.updates.get(updateId)?.state !== 'completed';
    if (isDue) makeDue(run, index);
  }
}

function makeDue(run: RunState, index: number): void {
  if (nexusCallbackOf(run.callbacks[index]?.callback) !== undefined) run.nexusNotifications.add(index);
}

/** As describe shows them. What was told is not kept once all are: an end that has no more to tell has told it. */
export function callbackInfos(run: RunState): WireCallbackInfo[] {
  const infos: WireCallbackInfo[] = [];
  for (const [index, { callback, updateId }] of run.callbacks.entries()) {
    if (nexusCallbackOf(callback) === undefined) continue;
    const hasEnded =
      updateId === undefined
        ? run.closeEvent !== undefined && isEndOfChain(run.closeEvent)
        : !isOpen(run) || run.updates.get(updateId)?.state === 'completed';
    const ended = run.nexusNotifications.has(index) ? 'SCHEDULED' : 'SUCCEEDED';
    infos.push({
      callback: { nexus: { url: NEXUS_CALLBACK_URL } },
      trigger:
        updateId === undefined ? { workflowClosed: {} } : { updateWorkflowExecutionCompleted: { updateId } },
      state: hasEnded ? ended : 'STANDBY',
    });
  }
  return infos;
}

const ACTIVITY_ENDS: ReadonlySet<HistoryEvent['eventType']> = new Set([
  'ActivityTaskCompleted',
  'ActivityTaskFailed',
  'ActivityTaskTimedOut',
  'ActivityTaskCanceled',
]);

/** The run's own close says nothing of a result (SAA-3). */
export function noteActivityEnd(run: RunState, event: HistoryEvent): void {
  if (run.isStandalone && ACTIVITY_ENDS.has(event.eventType)) run.activityEnd = event;
}

/** Those of the chain's end, with what waits to be recorded. */
export function chainCallbacksAttached(run: RunState): number {
  const buffered = bufferedAttachments(run).flatMap(
    ({ attachedCompletionCallbacks }) => attachedCompletionCallbacks ?? [],
  );
  return chainCallbacks(run).length + buffered.length;
}

export function tooManyCallbacks(what: string) {
  return refuse(
    'FAILED_PRECONDITION',
    `cannot attach more than ${COMPLETION_CALLBACKS_MAX} callbacks to ${what}`,
  );
}

/**
 * Attaches to an update that is known already. What stands in memory alone takes them with it into history; one that has ended
 * takes none: its outcome is the answer.
 */
export function attachToUpdate(turn: RunTurn, updateId: string, request: UpdateRequest) {
  const { run } = turn;
  if (!isOpen(run) || run.updates.get(updateId)?.state === 'completed') return undefined;
  const added = missingOf(run, updateId, request);
  if (added.length === 0) return undefined;
  if (callbacksOfUpdate(run, updateId).length + added.length > COMPLETION_CALLBACKS_MAX)
    return tooManyCallbacks(`update ${updateId}`);
  const admitted = run.admittedUpdates.get(updateId);
  if (admitted !== undefined && !admitted.isRecorded) {
    const completionCallbacks = [...(admitted.request.completionCallbacks ?? []), ...added];
    admitted.request = { ...admitted.request, completionCallbacks };
    return undefined;
  }
  const { requestId } = request;
  const options = {
    updateId,
    attachedCompletionCallbacks: added,
    ...(requestId && { attachedRequestId: requestId }),
  };
  const { identity } = request.meta;
  const attributes = { ...(identity && { identity }), workflowUpdateOptions: [options] };
  turn.arrive('WorkflowExecutionOptionsUpdated', attributes, { links: request.links });
  return undefined;
}

/** K2. */
function missingOf(run: RunState, updateId: string, { completionCallbacks = [] }: UpdateRequest): unknown[] {
  const known = new Set(callbacksOfUpdate(run, updateId).map(identityOf));
  return completionCallbacks.filter((callback) => !known.has(identityOf(callback)));
}

function callbacksOfUpdate(run: RunState, updateId: string): unknown[] {
  const admitted = run.admittedUpdates.get(updateId);
  const inMemory = admitted?.isRecorded ? [] : (admitted?.request.completionCallbacks ?? []);
  const noted = run.callbacks.filter((callback) => callback.updateId === updateId);
  const buffered = bufferedAttachments(run).flatMap(({ workflowUpdateOptions = [] }) =>
    workflowUpdateOptions.filter((options) => options.updateId === updateId),
  );
  return [
    ...noted.map(({ callback }) => callback),
    ...buffered.flatMap(({ attachedCompletionCallbacks }) => attachedCompletionCallbacks ?? []),
    ...inMemory,
  ];
}

function bufferedAttachments(run: RunState): EventAttributes<'WorkflowExecutionOptionsUpdated'>[] {
  return run.buffered.flatMap(({ eventType, attributes }) =>
    // Sound: a buffered event's attributes are those of its type.
    eventType === 'WorkflowExecutionOptionsUpdated'
      ? [attributes as EventAttributes<'WorkflowExecutionOptionsUpdated'>]
      : [],
  );
}

function identityOf(callback: unknown): string {
  const nexus = nexusCallbackOf(callback);
  return JSON.stringify(nexus === undefined ? callback : nexus.reference);
}
