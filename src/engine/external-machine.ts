/** Signals and cancel requests to other workflows (EXT-1 to EXT-6): initiated by command, answered by delivery. */
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes, HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { ExternalDelivery, Input } from './api.ts';
import { originRunId } from './delivery-ids.ts';
import { assertNever, BadCommandError, invariant } from './errors.ts';
import type { RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';

type ExternalEventType =
  | 'SignalExternalWorkflowExecutionInitiated'
  | 'SignalExternalWorkflowExecutionFailed'
  | 'ExternalWorkflowExecutionSignaled'
  | 'RequestCancelExternalWorkflowExecutionInitiated'
  | 'RequestCancelExternalWorkflowExecutionFailed'
  | 'ExternalWorkflowExecutionCancelRequested';
type ExternalEvent = { [T in ExternalEventType]: HistoryEventOf<T> }[ExternalEventType];

export function evolveExternal(run: RunState, event: ExternalEvent): void {
  switch (event.eventType) {
    case 'SignalExternalWorkflowExecutionInitiated':
      run.externalSignals.set(event.eventId, event.attributes);
      return;
    case 'RequestCancelExternalWorkflowExecutionInitiated':
      run.externalCancels.set(event.eventId, event.attributes);
      return;
    case 'SignalExternalWorkflowExecutionFailed':
    case 'ExternalWorkflowExecutionSignaled':
      settle(run, run.externalSignals, event);
      return;
    case 'RequestCancelExternalWorkflowExecutionFailed':
    case 'ExternalWorkflowExecutionCancelRequested':
      settle(run, run.externalCancels, event);
      return;
    default:
      assertNever(event);
  }
}

function settle(run: RunState, pending: Map<number, unknown>, event: ExternalEvent): void {
  const { initiatedEventId } = event.attributes as EventAttributes<'ExternalWorkflowExecutionSignaled'>;
  const wasPending = pending.delete(initiatedEventId);
  invariant(
    wasPending,
    run,
    event.eventId,
    `${event.eventType} for event ${initiatedEventId}, which is not pending`,
  );
}

export function checkSignalExternal({
  execution,
  signalName,
}: CommandAttributes<'SignalExternalWorkflowExecution'>) {
  const bad = (problem: string) =>
    new BadCommandError(
      'BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES',
      `SignalExternalWorkflowExecution: ${problem}`,
    );
  if (!execution?.workflowId) throw bad('WorkflowId is not set');
  if (!signalName) throw bad('SignalName is not set');
}

/** CHILD-10: a child cannot be cancelled by the very task that starts it. */
export function checkCancelExternal(
  { workflowId, childWorkflowOnly }: CommandAttributes<'RequestCancelExternalWorkflowExecution'>,
  startedByThisTask: ReadonlySet<string>,
): void {
  const cause = 'BAD_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_ATTRIBUTES';
  if (!workflowId)
    throw new BadCommandError(cause, 'RequestCancelExternalWorkflowExecution: WorkflowId is not set');
  if (childWorkflowOnly && startedByThisTask.has(workflowId))
    throw new BadCommandError(
      cause,
      `child ${workflowId} is started and cancelled by the same workflow task`,
    );
}

export function signalExternal(
  turn: RunTurn,
  workflowTaskCompletedEventId: number,
  command: CommandAttributes<'SignalExternalWorkflowExecution'>,
): void {
  const attributes: EventAttributes<'SignalExternalWorkflowExecutionInitiated'> = {
    workflowTaskCompletedEventId,
    namespace: turn.run.namespace,
    workflowExecution: command.execution,
    signalName: command.signalName,
    header: command.header ?? {},
  };
  if (command.input !== undefined) attributes.input = command.input;
  if (command.childWorkflowOnly) attributes.childWorkflowOnly = true;
  turn.record('SignalExternalWorkflowExecutionInitiated', attributes);
}

export function cancelExternal(
  turn: RunTurn,
  workflowTaskCompletedEventId: number,
  {
    workflowId,
    runId,
    childWorkflowOnly,
    reason,
  }: CommandAttributes<'RequestCancelExternalWorkflowExecution'>,
): void {
  const attributes: EventAttributes<'RequestCancelExternalWorkflowExecutionInitiated'> = {
    workflowTaskCompletedEventId,
    namespace: turn.run.namespace,
    workflowExecution: runId ? { workflowId, runId } : { workflowId },
  };
  if (childWorkflowOnly) attributes.childWorkflowOnly = true;
  if (reason) attributes.reason = reason;
  turn.record('RequestCancelExternalWorkflowExecutionInitiated', attributes);
}

/** Everything that is initiated and unanswered, but for what would overtake the start of the child that it is for. */
export function externalDeliveries(run: RunState): ExternalDelivery[] {
  const deliveries: ExternalDelivery[] = [];
  for (const eventId of run.externalSignals.keys()) deliveries.push(signalDelivery(run, eventId));
  for (const eventId of run.externalCancels.keys()) deliveries.push(cancelDelivery(run, eventId));
  if (!deliveries.some(({ childWorkflowOnly }) => childWorkflowOnly)) return deliveries;
  const unconfirmed = new Set<string | undefined>();
  for (const { started, initiated } of run.children.values())
    if (started === undefined) unconfirmed.add(initiated.workflowId);
  return deliveries.filter(
    (delivery) => !delivery.childWorkflowOnly || !unconfirmed.has(delivery.target.workflowId),
  );
}

export function signalDelivery(run: RunState, initiatedEventId: number): ExternalDelivery {
  const initiated = run.externalSignals.get(initiatedEventId);
  invariant(initiated, run, initiatedEventId, 'no external signal is pending');
  const { signalName, input, header } = initiated;
  const signal: ExternalDelivery['input'] = { kind: 'Signal', signalName };
  if (input !== undefined) signal.input = input;
  if (header !== undefined) signal.header = header;
  return { ...addressOf(run, initiatedEventId, initiated), input: signal };
}

export function cancelDelivery(run: RunState, initiatedEventId: number): ExternalDelivery {
  const initiated = run.externalCancels.get(initiatedEventId);
  invariant(initiated, run, initiatedEventId, 'no external cancel is pending');
  const cancel: ExternalDelivery['input'] = { kind: 'RequestCancel' };
  if (initiated.reason) cancel.reason = initiated.reason;
  return { ...addressOf(run, initiatedEventId, initiated), input: cancel };
}

/** CHILD-9: a child is addressed by the head of its chain, so that later runs of it are hit and strangers are not. */
function addressOf(
  run: RunState,
  initiatedEventId: number,
  {
    namespace = run.namespace,
    workflowExecution,
    childWorkflowOnly = false,
  }: EventAttributes<'RequestCancelExternalWorkflowExecutionInitiated'>,
): Omit<ExternalDelivery, 'input'> {
  return {
    runId: run.runId,
    initiatedEventId,
    namespace,
    target: workflowExecution,
    childWorkflowOnly,
    source: {
      workflowExecution: { workflowId: run.workflowId, runId: run.runId },
      initiatedEventId,
      childWorkflowOnly,
      requestId: `${originRunId(run, initiatedEventId)}:${initiatedEventId}`,
    },
  };
}

type DeliveryInput = Extract<
  Input,
  {
    kind:
      | 'ExternalSignalDelivered'
      | 'ExternalSignalFailed'
      | 'ExternalCancelDelivered'
      | 'ExternalCancelFailed';
  }
>;

/** Answers are repeated until acknowledged: one for a delivery that is settled changes nothing. */
export function recordDelivery(turn: RunTurn, input: DeliveryInput): void {
  const { initiatedEventId } = input;
  const isSignal = input.kind === 'ExternalSignalDelivered' || input.kind === 'ExternalSignalFailed';
  const pending = isSignal ? turn.run.externalSignals : turn.run.externalCancels;
  const initiated = pending.get(initiatedEventId);
  if (initiated === undefined) return;
  const { namespace = turn.run.namespace, workflowExecution, workflowTaskCompletedEventId } = initiated;
  const shared = { namespace, workflowExecution, initiatedEventId };
  switch (input.kind) {
    case 'ExternalSignalDelivered':
      turn.arrive('ExternalWorkflowExecutionSignaled', shared);
      return;
    case 'ExternalCancelDelivered':
      turn.arrive('ExternalWorkflowExecutionCancelRequested', shared);
      return;
    case 'ExternalSignalFailed': {
      const { cause } = input;
      turn.arrive('SignalExternalWorkflowExecutionFailed', {
        cause,
        workflowTaskCompletedEventId,
        ...shared,
      });
      return;
    }
    case 'ExternalCancelFailed': {
      const { cause } = input;
      turn.arrive('RequestCancelExternalWorkflowExecutionFailed', {
        cause,
        workflowTaskCompletedEventId,
        ...shared,
      });
      return;
    }
    default:
      assertNever(input);
  }
}
