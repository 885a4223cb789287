/**
 * Reset: a new run that shares the base run's history up to a workflow task and goes on from there (RESET-1 to RESET-9). What
 * came later from outside is recorded again; what workflow code decided later is not.
 */
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import { setPhase } from './activity-machine.ts';
import type { Result, TurnContext } from './api.ts';
import { terminateRun } from './close.ts';
import { ok, refuse, workflowNotFound } from './errors.ts';
import { evolve } from './evolve.ts';
import type { ExecutionState } from './execution-state.ts';
import { noteReset, RESETTER_IDENTITY } from './lifecycle-machine.ts';
import type { ResetWorkflowRequest } from './requests.ts';
import { isOpen } from './run-state.ts';
import type { NewRun, RunTurn } from './run-turn.ts';
import { settleWorkflowTask } from './workflow-task-machine.ts';

export interface ResetScope {
  readonly workflowId: string;
  readonly context: TurnContext;
  readonly execution: ExecutionState;
  currentTurn(): RunTurn | undefined;
  turnFor(run: RunTurn['run']): RunTurn;
  beginRun(run: NewRun): RunTurn;
}

type Histories = readonly (readonly HistoryEvent[])[];

export function resetRun(
  scope: ResetScope,
  request: ResetWorkflowRequest,
  base: readonly HistoryEvent[],
  later: Histories,
): Result<{ runId: string }> {
  const current = scope.currentTurn();
  if (current === undefined) return workflowNotFound(scope.workflowId, request.runId);
  const { run } = current;
  const known = runOfReset(scope, run, request.requestId);
  if (known !== undefined) return ok({ runId: known });
  const refusal = pointRefusal(request, base);
  if (refusal !== undefined) return refusal;
  const first = base[0];
  if (first?.eventType !== 'WorkflowExecutionStarted')
    return refuse('INTERNAL', 'the base run has no history');
  const baseRunId = request.runId || run.runId;
  const runId = scope.context.newId();
  if (isOpen(run)) terminateRun(current, { reason: request.reason, identity: RESETTER_IDENTITY });
  const baseRun = scope.execution.findRun(baseRunId);
  if (baseRun !== undefined) {
    noteReset(baseRun, runId);
    scope.turnFor(baseRun).touchSummary();
  }
  const turn = beginAt(scope, request, { runId, baseRunId }, base);
  const rest = withUnstored(scope, base, baseRunId).slice(request.workflowTaskFinishEventId - 1);
  reapply(
    turn,
    request,
    rest,
    later.map((history) => withUnstored(scope, history, runIdOf(history))),
  );
  turn.run.needsWorkflowTask = true;
  settleWorkflowTask(turn);
  return ok({ runId });
}

/** The run that a reset with this request ID began, also when another has followed it since. */
function runOfReset(
  { context }: ResetScope,
  run: RunTurn['run'],
  requestId: string | undefined,
): string | undefined {
  if (!requestId) return undefined;
  if (run.requestIds.some((known) => known.requestId === requestId)) return run.runId;
  return context.runOfRequest?.(requestId)?.runId;
}

/**
 * A history as it will be stored. What was acknowledged while a task was started is recorded only when the task is given up, by this
 * reset or, when the task's host was lost, earlier in this turn; it counts as what came before the reset (RESET-3).
 */
function withUnstored(
  scope: ResetScope,
  history: readonly HistoryEvent[],
  runId: string | undefined,
): readonly HistoryEvent[] {
  const run = runId === undefined ? undefined : scope.execution.findRun(runId);
  if (run === undefined) return history;
  const unstored = scope.turnFor(run).events.filter(({ eventId }) => eventId > history.length);
  return unstored.length === 0 ? history : [...history, ...unstored];
}

/** Of a run that continues another: its first event is its own, as that of a run after a reset is not (RESET-8). */
function runIdOf([first]: readonly HistoryEvent[]): string | undefined {
  return first?.eventType === 'WorkflowExecutionStarted'
    ? first.attributes.originalExecutionRunId
    : undefined;
}

/** RESET-1. */
function pointRefusal(
  { workflowTaskFinishEventId: id }: ResetWorkflowRequest,
  base: readonly HistoryEvent[],
) {
  const invalid = (what: string) =>
    refuse('INVALID_ARGUMENT', `Workflow task finish ID must be > 1 && <= workflow last event ID: ${what}`);
  if (!(id > 1) || id > base.length) return invalid(`got ${id} with ${base.length} events`);
  const types = [
    'WorkflowTaskCompleted',
    'WorkflowTaskFailed',
    'WorkflowTaskTimedOut',
    'WorkflowTaskStarted',
  ];
  const type = base[id - 1]?.eventType ?? '';
  return types.includes(type) ? undefined : invalid(`event ${id} is ${type}, which ends no workflow task`);
}

/** Copies the shared history and joins it with a failed task (RESET-8: the started event stays as it was). */
function beginAt(
  scope: ResetScope,
  request: ResetWorkflowRequest,
  { runId, baseRunId }: { runId: string; baseRunId: string },
  base: readonly HistoryEvent[],
): RunTurn {
  const [first, ...rest] = base.slice(0, request.workflowTaskFinishEventId - 1);
  // Sound: the caller has checked what the first event is.
  const started = first as Extract<HistoryEvent, { eventType: 'WorkflowExecutionStarted' }>;
  const turn = scope.beginRun({
    runId,
    started: started.attributes,
    userMetadata: started.userMetadata,
    links: started.links,
    startTime: started.eventTime,
  });
  for (const event of rest) {
    evolve(turn.run, event);
    turn.events.push(event);
  }
  if (request.requestId) turn.run.requestIds.push({ requestId: request.requestId, started: false });
  joinHistories(turn, request, runId, baseRunId);
  rescheduleActivities(turn);
  return turn;
}

function joinHistories(
  turn: RunTurn,
  request: ResetWorkflowRequest,
  newRunId: string,
  baseRunId: string,
): void {
  const { run, context } = turn;
  if (run.workflowTask.state === 'scheduled') {
    const { scheduledEventId } = run.workflowTask;
    const identity = request.identity ?? '';
    turn.record('WorkflowTaskStarted', { scheduledEventId, identity, requestId: context.newId() });
  }
  if (run.workflowTask.state !== 'started') return;
  const { scheduledEventId, startedEventId } = run.workflowTask;
  const message = request.reason ?? '';
  turn.record('WorkflowTaskFailed', {
    scheduledEventId,
    startedEventId,
    cause: 'RESET_WORKFLOW',
    failure: { message, source: 'Server', resetWorkflowFailureInfo: {} },
    identity: request.identity ?? '',
    baseRunId,
    newRunId,
  });
}

/** RESET-4: whatever ran for the old run answers to nobody, so each begins anew. */
function rescheduleActivities(turn: RunTurn): void {
  const { run, now } = turn;
  for (const activity of run.activities.values()) {
    activity.firstScheduledTime = now;
    setPhase(run, activity, { state: 'waiting', dueTime: now }, now);
    turn.touchActivity(activity);
  }
}

/** RESET-3. */
function reapply(
  turn: RunTurn,
  request: ResetWorkflowRequest,
  rest: readonly HistoryEvent[],
  later: Histories,
): void {
  for (const event of rest) {
    reapplyRequest(turn, request, event);
    reapplyChild(turn, event);
    if (!request.excludeNexus) reapplyNexus(turn, event);
  }
  for (const history of later) for (const event of history) reapplyRequest(turn, request, event);
}

function reapplyRequest(
  turn: RunTurn,
  request: ResetWorkflowRequest,
  { eventType, attributes, links }: HistoryEvent,
): void {
  const isUpdateWanted = !request.excludeUpdates;
  switch (eventType) {
    case 'WorkflowExecutionSignaled':
      if (!request.excludeSignals) turn.record('WorkflowExecutionSignaled', attributes, { links });
      return;
    case 'WorkflowExecutionOptionsUpdated':
      turn.record('WorkflowExecutionOptionsUpdated', attributes, { links });
      return;
    case 'WorkflowExecutionUpdateAccepted': {
      const { acceptedRequest } = attributes;
      if (acceptedRequest === undefined) return;
      if (isUpdateWanted) admitAgain(turn, acceptedRequest);
      else leaveOut(turn, acceptedRequest);
      return;
    }
    case 'WorkflowExecutionUpdateAdmitted':
      if (attributes.request === undefined) return;
      if (isUpdateWanted) admitAgain(turn, attributes.request);
      else leaveOut(turn, attributes.request);
      return;
    default:
      return;
  }
}

type UpdateRequest = NonNullable<
  Extract<HistoryEvent, { eventType: 'WorkflowExecutionUpdateAdmitted' }>['attributes']['request']
>;

/** UPD-19. */
function admitAgain(turn: RunTurn, request: UpdateRequest): void {
  const { updateId } = request.meta;
  if (turn.run.admittedUpdates.has(updateId) || turn.run.updates.has(updateId)) return;
  turn.record('WorkflowExecutionUpdateAdmitted', { request, origin: 'REAPPLY' });
}

/** Who waits for an update that is not asked for again is told so when the run ends (K3). */
function leaveOut(
  turn: RunTurn,
  { meta: { updateId }, completionCallbacks, requestId }: UpdateRequest,
): void {
  if (!completionCallbacks?.length) return;
  turn.record('WorkflowExecutionOptionsUpdated', {
    workflowUpdateOptions: [
      {
        updateId,
        attachedCompletionCallbacks: completionCallbacks,
        ...(requestId && { attachedRequestId: requestId }),
      },
    ],
  });
}

/** A child that was asked for before the point is started, or not, as it was then; one that has closed since stays closed. */
function reapplyChild(turn: RunTurn, event: HistoryEvent): void {
  const childOf = (initiatedEventId: number) => turn.run.children.get(initiatedEventId);
  switch (event.eventType) {
    case 'StartChildWorkflowExecutionFailed':
    case 'ChildWorkflowExecutionStarted': {
      const child = childOf(event.attributes.initiatedEventId);
      if (child !== undefined && child.started === undefined)
        turn.record(event.eventType, event.attributes as never);
      return;
    }
    case 'ChildWorkflowExecutionCompleted':
    case 'ChildWorkflowExecutionFailed':
    case 'ChildWorkflowExecutionCanceled':
    case 'ChildWorkflowExecutionTimedOut':
    case 'ChildWorkflowExecutionTerminated': {
      const started = childOf(event.attributes.initiatedEventId)?.started;
      // The start, if it came after the point, has another number here.
      if (started !== undefined)
        turn.record(event.eventType, { ...event.attributes, startedEventId: started.eventId } as never);
      return;
    }
    default:
      return;
  }
}

/** So does an operation: whoever served it says no second time what became of it. */
function reapplyNexus(turn: RunTurn, event: HistoryEvent): void {
  switch (event.eventType) {
    case 'NexusOperationStarted':
    case 'NexusOperationCompleted':
    case 'NexusOperationFailed':
    case 'NexusOperationCanceled':
    case 'NexusOperationTimedOut': {
      const operation = turn.run.nexusOperations.get(event.attributes.scheduledEventId);
      const isRepeated = event.eventType === 'NexusOperationStarted' && operation?.started !== undefined;
      const { links } = event;
      if (operation !== undefined && !isRepeated)
        turn.record(event.eventType, event.attributes as never, { links });
      return;
    }
    default:
      return;
  }
}
