/** Inputs of an execution: finds the run that each one means, refuses what cannot be, and hands it to its machine. */
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import { controlActivities } from './activity-control.ts';
import {
  cancelActivity,
  completeActivity,
  failAttempt,
  findActivity,
  heartbeat,
  heartbeatReply,
  loseAttempt,
} from './activity-results.ts';
import type { ChildOf, HeartbeatReply, Input, Result, TurnContext } from './api.ts';
import { recordChildClosed, recordChildStarted, recordChildStartFailed } from './child-machine.ts';
import { terminateRun } from './close.ts';
import { alreadyCompleted, assertNever, ok, refuse, workflowNotFound } from './errors.ts';
import { recordDelivery } from './external-machine.ts';
import { answerNexusTask, closeNexusOperation } from './nexus-machine.ts';
import { pauseRun, unpauseRun } from './pause.ts';
import { isOpen, type PendingActivity, type RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { isFromParent, requestCancel, signalRefusal, signalValuesOf } from './signals.ts';
import { settleStandalone, standaloneAnswer } from './standalone-run.ts';
import { signalAttributes } from './start.ts';
import { settleWorkflowTask } from './workflow-task-machine.ts';

type Reply = Result<HeartbeatReply | undefined>;
type InputOf<K extends Input['kind']> = Extract<Input, { kind: K }>;

export interface InputScope {
  readonly workflowId: string;
  readonly context: TurnContext;
  currentTurn(): RunTurn | undefined;
}

const done: Reply = { ok: true, value: undefined };

export function applyInput(scope: InputScope, input: Input): Reply {
  const turn = scope.currentTurn();
  if (turn === undefined) return workflowNotFound(scope.workflowId);
  const reply = (turn.run.isStandalone && standaloneAnswer(turn, input)) || route(scope, turn, input);
  if (turn.run.isStandalone) settleStandalone(turn);
  else settleWorkflowTask(turn);
  return reply;
}

function route(scope: InputScope, turn: RunTurn, input: Input): Reply {
  switch (input.kind) {
    case 'Signal':
      return signal(turn, input);
    case 'RequestCancel':
      return cancel(scope, turn, input);
    case 'Terminate':
      return terminate(turn, input);
    case 'Pause':
      return refusalOf(turn, input.request.runId) ?? pauseRun(turn, input.request);
    case 'Unpause':
      return refusalOf(turn, input.request.runId) ?? unpauseRun(turn, input.request);
    case 'ActivityCompleted':
      return withActivity(turn, input, (activity) => {
        completeActivity(turn, activity, input.result, input.identity);
        return done;
      });
    case 'ActivityFailed':
      return withActivity(turn, input, (activity) => fail(turn, activity, input));
    case 'ActivityCanceled':
      return withActivity(turn, input, (activity) =>
        cancelActivity(turn, activity, input.details, input.identity),
      );
    case 'ActivityHeartbeat':
      return withActivity(turn, input, (activity) =>
        ok(heartbeat(turn, activity, input.details, input.identity)),
      );
    case 'ActivityPing':
      return withActivity(turn, input, (activity) => ok(heartbeatReply(activity)));
    case 'ActivityAttemptLost':
      return withActivity(turn, input, (activity) => {
        if (activity.phase.state === 'started') loseAttempt(turn, activity);
        return done;
      });
    case 'ActivityWillCompleteAsync':
      return withActivity(turn, input, (activity) => completeLater(turn, activity));
    case 'PauseActivity':
    case 'UnpauseActivity':
    case 'ResetActivity':
    case 'UpdateActivityOptions':
      return refusalOf(turn, input.runId) ?? controlActivities(turn, input);
    case 'UpdateWorkflowOptions':
      return refusalOf(turn, input.runId) ?? updateOptions(turn, input);
    case 'ChildStarted':
    case 'ChildStartFailed':
    case 'ChildClosed':
    case 'ExternalSignalDelivered':
    case 'ExternalSignalFailed':
    case 'ExternalCancelDelivered':
    case 'ExternalCancelFailed':
      return report(turn, input);
    case 'NexusTaskAnswered':
      return (isForNexusOf(turn.run, input) && answerNexusTask(turn, input)) || nexusClosed();
    case 'NexusOperationClosed':
      return (isForNexusOf(turn.run, input) && closeNexusOperation(turn, input)) || nexusClosed();
    default:
      return assertNever(input);
  }
}

/** The request names this run, or none, and it is open. */
function refusalOf({ run, context }: RunTurn, runId: string | undefined, firstExecutionRunId?: string) {
  const isOther = runId ? runId !== run.runId : false;
  // Runs before the current one are closed.
  if (isOther && runId && context.isKnownRun?.(runId)) return alreadyCompleted();
  const isOtherChain = firstExecutionRunId ? firstExecutionRunId !== run.started.firstExecutionRunId : false;
  if (isOther || isOtherChain) return workflowNotFound(run.workflowId, runId || firstExecutionRunId);
  return isOpen(run) ? undefined : alreadyCompleted();
}

function signal(turn: RunTurn, input: InputOf<'Signal'>): Reply {
  const { run } = turn;
  const values = signalValuesOf(input);
  // Sent again because its answer was lost: it is taken, whatever has become of the run since.
  const isThisRun = !input.runId || input.runId === run.runId;
  if (isThisRun && values.requestId && run.signalRequestIds.has(values.requestId)) return done;
  const refusal = refusalOf(turn, input.runId);
  if (refusal !== undefined) return refusal;
  if (input.external?.childWorkflowOnly && !isFromParent(run, input.external))
    return workflowNotFound(run.workflowId, input.runId);
  const limit = signalRefusal(turn.context, run, values);
  if (limit !== undefined) return limit;
  turn.arrive('WorkflowExecutionSignaled', signalAttributes(values), { links: values.links });
  return done;
}

/** END-1, END-3. */
function cancel(scope: InputScope, turn: RunTurn, input: InputOf<'RequestCancel'>): Reply {
  const { run } = turn;
  if (input.childOf && !isChildOf(run, input.childOf)) return workflowNotFound(run.workflowId);
  if (input.external?.childWorkflowOnly && !isFromParent(run, input.external))
    return workflowNotFound(run.workflowId);
  if (input.runId && input.runId !== run.runId && scope.context.isKnownRun?.(input.runId)) return done;
  const refusal = refusalOf(turn, input.runId, input.firstExecutionRunId);
  if (refusal !== undefined) return isOpen(run) || refusal.error.message !== COMPLETED ? refusal : done;
  requestCancel(turn, input);
  return done;
}

const COMPLETED = alreadyCompleted().error.message;

function terminate(turn: RunTurn, input: InputOf<'Terminate'>): Reply {
  const { run } = turn;
  if (input.childOf && !isChildOf(run, input.childOf)) return workflowNotFound(run.workflowId);
  const refusal = refusalOf(turn, input.runId, input.firstExecutionRunId);
  if (refusal !== undefined) return refusal;
  terminateRun(turn, input);
  return done;
}

function isChildOf({ started }: RunState, { workflowId, runId, initiatedEventId }: ChildOf): boolean {
  const parent = started.parentWorkflowExecution;
  const isSameStart = parent?.runId === runId && started.parentInitiatedEventId === initiatedEventId;
  return parent?.workflowId === workflowId && isSameStart;
}

function withActivity(
  turn: RunTurn,
  input: InputOf<
    | 'ActivityCompleted'
    | 'ActivityFailed'
    | 'ActivityCanceled'
    | 'ActivityHeartbeat'
    | 'ActivityPing'
    | 'ActivityAttemptLost'
    | 'ActivityWillCompleteAsync'
  >,
  work: (activity: PendingActivity) => Reply,
): Reply {
  const found = findActivity(turn.run, input.activity);
  return found.ok ? work(found.value) : found;
}

function fail(turn: RunTurn, activity: PendingActivity, input: InputOf<'ActivityFailed'>): Reply {
  if (input.failure.applicationFailureInfo === undefined && input.failure.serverFailureInfo === undefined)
    return refuse('INVALID_ARGUMENT', 'Failure must have ApplicationFailureInfo.');
  if (input.lastHeartbeatDetails !== undefined) activity.heartbeatDetails = input.lastHeartbeatDetails;
  failAttempt(turn, activity, input.failure, input.identity);
  return done;
}

function completeLater(turn: RunTurn, activity: PendingActivity): Reply {
  if (activity.phase.state !== 'started' || activity.phase.isAsync) return done;
  activity.phase = { ...activity.phase, isAsync: true };
  turn.touchActivity(activity);
  return done;
}

function updateOptions(turn: RunTurn, input: InputOf<'UpdateWorkflowOptions'>): Reply {
  const attributes: EventAttributes<'WorkflowExecutionOptionsUpdated'> = {};
  if (input.priority !== undefined) attributes.priority = input.priority;
  if (input.versioningOverride !== undefined) attributes.versioningOverride = input.versioningOverride;
  if (input.unsetVersioningOverride) attributes.unsetVersioningOverride = true;
  if (input.identity) attributes.identity = input.identity;
  turn.arrive('WorkflowExecutionOptionsUpdated', attributes);
  return done;
}

type ReportInput = InputOf<
  | 'ChildStarted'
  | 'ChildStartFailed'
  | 'ChildClosed'
  | 'ExternalSignalDelivered'
  | 'ExternalSignalFailed'
  | 'ExternalCancelDelivered'
  | 'ExternalCancelFailed'
>;

type NexusInput = InputOf<'NexusTaskAnswered' | 'NexusOperationClosed'>;

/**
 * The run that sent something out, or one that goes on in its place after a reset: with what was sent before the point of it, and
 * not with what bears the same number since.
 */
function isForThisRun(run: RunState, runId: string, sentByEventId: number): boolean {
  const isOfBase = () =>
    run.resetOrigins.some(({ baseRunId, eventId }) => baseRunId === runId && sentByEventId < eventId);
  return isOpen(run) && (runId === run.runId || isOfBase());
}

function isForNexusOf(run: RunState, { runId, scheduledEventId }: NexusInput): boolean {
  return isForThisRun(run, runId, scheduledEventId);
}

function nexusClosed(): Reply {
  return refuse('NOT_FOUND', 'The workflow of the Nexus operation is not open any more.');
}

/** Reports about what this run sent out. Nobody is left to hear one about a closed run: it is taken and dropped. */
function report(turn: RunTurn, input: ReportInput): Reply {
  if (!isForThisRun(turn.run, input.runId, input.initiatedEventId)) return done;
  switch (input.kind) {
    case 'ChildStarted':
      recordChildStarted(turn, input.initiatedEventId, input.childRunId);
      return done;
    case 'ChildStartFailed':
      recordChildStartFailed(turn, input);
      return done;
    case 'ChildClosed':
      recordChildClosed(turn, input);
      return done;
    default:
      recordDelivery(turn, input);
      return done;
  }
}
