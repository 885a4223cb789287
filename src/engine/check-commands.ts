/**
 * Whether the commands of a completed workflow task can take effect. All of them are checked, against the state as it would
 * become, before any is recorded (`apply-commands.ts`): a completion takes effect as a whole or not at all.
 *
 * C1 Checking changes nothing.
 */
import type { Command, CommandAttributes, CommandType } from '../sdk/common/wire/commands.ts';
import type { Failure, Payloads, WorkflowTaskFailedCauseName } from '../sdk/common/wire/messages.ts';
import { hasBufferedClosing } from './activity-machine.ts';
import { activityProblem, badActivity, scheduledAttributes } from './activity-options.ts';
import type { EngineLimits } from './api.ts';
import { checkStartChild } from './child-machine.ts';
import { assertNever, BadCommandError, TransactionTooLargeError } from './errors.ts';
import { checkCancelExternal, checkSignalExternal } from './external-machine.ts';
import { checkCancelNexus, checkScheduleNexus } from './nexus-machine.ts';
import type { RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { checkAttributes, checkUpsert } from './search-attributes.ts';
import {
  estimateBytes,
  failureBytes,
  memoBytes,
  payloadBytes,
  payloadMapBytes,
  payloadsBytes,
} from './size.ts';
import { reservedQueueProblem } from './task-queue-names.ts';
import { bufferedFiring, checkCancelTimer, checkStartTimer, type TimerCheck } from './timer-machine.ts';

export type ClosingCommand = Extract<
  Command,
  {
    commandType:
      | 'CompleteWorkflowExecution'
      | 'FailWorkflowExecution'
      | 'CancelWorkflowExecution'
      | 'ContinueAsNewWorkflowExecution';
  }
>;

const CLOSING: ReadonlySet<CommandType> = new Set<CommandType>([
  'CompleteWorkflowExecution',
  'FailWorkflowExecution',
  'CancelWorkflowExecution',
  'ContinueAsNewWorkflowExecution',
]);

export function isClosingCommand(command: Command): command is ClosingCommand {
  return CLOSING.has(command.commandType);
}

interface CommandCheck extends TimerCheck {
  readonly activityIds: Set<string>;
  readonly cancelledActivities: Set<number>;
  readonly children: Set<string>;
  activities: number;
  childStarts: number;
  externalSignals: number;
  externalCancels: number;
  readonly cancelledNexus: Set<number>;
  nexusOperations: number;
}

/** C1. Throws `BadCommandError`, or `TransactionTooLargeError`. Returns the closing command if there is one. */
export function checkCommands(turn: RunTurn, commands: readonly Command[]): ClosingCommand | undefined {
  const { run } = turn;
  const check: CommandCheck = {
    opened: new Set(),
    closed: new Set(),
    activityIds: new Set(),
    cancelledActivities: new Set(),
    children: new Set(),
    activities: run.activities.size,
    childStarts: run.children.size,
    externalSignals: run.externalSignals.size,
    externalCancels: run.externalCancels.size,
    cancelledNexus: new Set(),
    nexusOperations: run.nexusOperations.size,
  };
  let closing: ClosingCommand | undefined;
  let bytes = 0;
  for (const command of commands) {
    if (closing !== undefined)
      throw new BadCommandError(
        'BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES',
        `${command.commandType} follows ${closing.commandType}`,
      );
    checkCommand(turn, check, command);
    bytes += commandBytes(command);
    if (isClosingCommand(command)) closing = command;
  }
  if (bytes > turn.context.limits.transactionBytesMax) throw new TransactionTooLargeError();
  if (closing !== undefined) checkClosing(run, check, closing);
  return closing;
}

/** WFT-5, WFT-6: workflow code must see what has arrived before it may close. */
function checkClosing(run: RunState, check: CommandCheck, closing: ClosingCommand): void {
  let unseen = run.buffered.length;
  for (const timerId of check.closed) if (bufferedFiring(run, timerId) !== undefined) unseen--;
  if (unseen === 0) return;
  throw new BadCommandError(
    'UNHANDLED_COMMAND',
    `${closing.commandType} while ${unseen} new event(s) wait to be handled (UnhandledCommand)`,
  );
}

function checkCommand(turn: RunTurn, check: CommandCheck, command: Command): void {
  const { run, context } = turn;
  const { limits } = context;
  const checkCarried = (cause: WorkflowTaskFailedCauseName, what: string, bytes = sizeOf(command)) =>
    checkSize(cause, command.commandType, what, bytes, limits);
  switch (command.commandType) {
    case 'ScheduleActivityTask':
      checkScheduleActivity(run, check, limits, command.attributes);
      return;
    case 'RequestCancelActivityTask':
      checkCancelActivity(run, check, command.attributes);
      return;
    case 'StartTimer':
      checkStartTimer(run, check, command.attributes);
      return;
    case 'CancelTimer':
      checkCancelTimer(run, check, command.attributes);
      return;
    case 'StartChildWorkflowExecution':
      checkStartChild(run, command.attributes, limits.idBytesMax);
      checkCarried('BAD_START_CHILD_EXECUTION_ATTRIBUTES', 'Input');
      checkAttributes('BAD_START_CHILD_EXECUTION_ATTRIBUTES', command.attributes.searchAttributes, context);
      check.children.add(command.attributes.workflowId);
      limitPending(++check.childStarts, limits.pendingChildrenMax, 'PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED');
      return;
    case 'SignalExternalWorkflowExecution':
      checkSignalExternal(command.attributes);
      checkCarried('BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES', 'Input');
      limitPending(
        ++check.externalSignals,
        limits.pendingExternalSignalsMax,
        'PENDING_SIGNALS_LIMIT_EXCEEDED',
      );
      return;
    case 'RequestCancelExternalWorkflowExecution':
      checkCancelExternal(command.attributes, check.children);
      limitPending(
        ++check.externalCancels,
        limits.pendingExternalCancelsMax,
        'PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED',
      );
      return;
    case 'RecordMarker':
      checkMarker(command.attributes);
      checkCarried('BAD_RECORD_MARKER_ATTRIBUTES', 'Details');
      return;
    case 'UpsertWorkflowSearchAttributes':
      checkUpsert(run, command.attributes.searchAttributes, context);
      return;
    case 'ModifyWorkflowProperties':
      checkMemo(run, command.attributes, limits);
      return;
    case 'ProtocolMessage':
      return;
    case 'CompleteWorkflowExecution':
      checkCarried('BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES', 'Result');
      return;
    case 'FailWorkflowExecution':
      checkFail(command.attributes);
      checkCarried('BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES', 'Failure');
      return;
    case 'CancelWorkflowExecution':
      checkCarried('BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES', 'Details');
      return;
    case 'ContinueAsNewWorkflowExecution':
      checkContinueAsNewQueue(run, command.attributes);
      checkCarried('BAD_CONTINUE_AS_NEW_ATTRIBUTES', 'Input');
      checkAttributes('BAD_CONTINUE_AS_NEW_ATTRIBUTES', command.attributes.searchAttributes, context);
      return;
    case 'ScheduleNexusOperation':
      checkScheduleNexus(command.attributes, limits.idBytesMax);
      checkCarried(
        'BAD_SCHEDULE_NEXUS_OPERATION_ATTRIBUTES',
        'Input',
        command.attributes.input === undefined ? 0 : payloadBytes(command.attributes.input),
      );
      limitPending(
        ++check.nexusOperations,
        limits.pendingNexusOperationsMax,
        'PENDING_NEXUS_OPERATIONS_LIMIT_EXCEEDED',
      );
      return;
    case 'RequestCancelNexusOperation':
      checkCancelNexus(run, check.cancelledNexus, command.attributes);
      return;
    default:
      assertNever(command);
  }
}

function checkMarker({ markerName }: CommandAttributes<'RecordMarker'>): void {
  if (markerName) return;
  throw new BadCommandError('BAD_RECORD_MARKER_ATTRIBUTES', 'RecordMarker command: MarkerName is not set');
}

function checkFail({ failure }: CommandAttributes<'FailWorkflowExecution'>): void {
  if (failure !== undefined) return;
  throw new BadCommandError('BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES', 'Failure is not set on command');
}

/** All that becomes part of history. */
const commandBytes = ({ attributes }: Command): number => estimateBytes(attributes);

/** Bytes of what a command carries: payloads, failure, memo. */
function sizeOf({ attributes }: Command): number {
  const fields = attributes as { input?: Payloads; result?: Payloads; failure?: Failure; details?: unknown };
  const details = fields.details as (Payloads & Record<string, Payloads>) | undefined;
  let bytes = payloadsBytes(fields.input) + payloadsBytes(fields.result) + failureBytes(fields.failure);
  if (Array.isArray(details?.payloads)) bytes += payloadsBytes(details);
  else for (const payloads of Object.values(details ?? {})) bytes += payloadsBytes(payloads as Payloads);
  return bytes;
}

/** LIM-1, LIM-2. */
function checkSize(
  cause: WorkflowTaskFailedCauseName,
  commandType: CommandType,
  part: string,
  bytes: number,
  { payloadBytesMax }: EngineLimits,
): void {
  if (bytes > payloadBytesMax)
    throw new BadCommandError(cause, `${commandType}CommandAttributes.${part} exceeds size limit.`, true);
}

/** What of a run may be pending at a time, by the failure's cause. */
const PENDING = {
  PENDING_ACTIVITIES_LIMIT_EXCEEDED: 'activities',
  PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED: 'child workflows',
  PENDING_SIGNALS_LIMIT_EXCEEDED: 'signals to other workflows',
  PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED: 'requests to cancel other workflows',
  PENDING_NEXUS_OPERATIONS_LIMIT_EXCEEDED: 'Nexus operations',
} as const satisfies Partial<Record<WorkflowTaskFailedCauseName, string>>;

/** LIM-3. */
function limitPending(count: number, max: number, cause: keyof typeof PENDING): void {
  if (count <= max) return;
  const message = `the limit of ${max} pending ${PENDING[cause]} is reached: await some before more are begun`;
  throw new BadCommandError(cause, message);
}

function checkScheduleActivity(
  run: RunState,
  check: CommandCheck,
  limits: EngineLimits,
  command: CommandAttributes<'ScheduleActivityTask'>,
): void {
  const problem =
    activityProblem(command, limits.idBytesMax) ??
    reservedQueueProblem(command.taskQueue?.name, run.started.taskQueue.name);
  if (problem !== undefined) throw badActivity(command, problem);
  scheduledAttributes(run, command, 0);
  const { activityId } = command;
  const bytes = payloadsBytes(command.input);
  checkSize('BAD_SCHEDULE_ACTIVITY_ATTRIBUTES', 'ScheduleActivityTask', 'Input', bytes, limits);
  const openEventId = run.activityIds.get(activityId);
  const isOpen = openEventId !== undefined && !check.cancelledActivities.has(openEventId);
  if (isOpen || check.activityIds.has(activityId))
    throw new BadCommandError('SCHEDULE_ACTIVITY_DUPLICATE_ID', `activity ID ${activityId} is already open`);
  check.activityIds.add(activityId);
  limitPending(++check.activities, limits.pendingActivitiesMax, 'PENDING_ACTIVITIES_LIMIT_EXCEEDED');
}

/** TQ-1. */
function checkContinueAsNewQueue(
  run: RunState,
  { taskQueue }: CommandAttributes<'ContinueAsNewWorkflowExecution'>,
): void {
  const problem = reservedQueueProblem(taskQueue?.name, run.started.taskQueue.name);
  if (problem !== undefined)
    throw new BadCommandError(
      'BAD_CONTINUE_AS_NEW_ATTRIBUTES',
      `ContinueAsNewWorkflowExecution command: ${problem}.`,
    );
}

function checkCancelActivity(
  run: RunState,
  check: CommandCheck,
  { scheduledEventId }: CommandAttributes<'RequestCancelActivityTask'>,
): void {
  const activity = run.activities.get(scheduledEventId);
  const isKnown = activity !== undefined || hasBufferedClosing(run, scheduledEventId);
  const isRepeated = activity !== undefined && activity.cancelRequestedEventId !== 0;
  if (!isKnown || isRepeated || check.cancelledActivities.has(scheduledEventId))
    throw new BadCommandError(
      'BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES',
      `event ${scheduledEventId} is no open activity whose cancellation can be requested`,
    );
  // A started one stays open, and so does its ID.
  if (activity?.phase.state === 'waiting') {
    check.cancelledActivities.add(scheduledEventId);
    check.activities--;
  }
}

function checkMemo(
  run: RunState,
  { upsertedMemo }: CommandAttributes<'ModifyWorkflowProperties'>,
  limits: EngineLimits,
): void {
  const cause = 'BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES';
  if (Object.keys(upsertedMemo?.fields ?? {}).length === 0)
    throw new BadCommandError(cause, 'ModifyWorkflowProperties command: UpsertedMemo is not set');
  const bytes = memoBytes(upsertedMemo) + payloadMapBytes(run.memo);
  if (bytes > limits.memoBytesMax)
    throw new BadCommandError(
      cause,
      'ModifyWorkflowPropertiesCommandAttributes.Memo exceeds size limit.',
      true,
    );
}
