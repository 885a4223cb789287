/**
 * Nexus operations: what their commands, the answers of handlers and time make of them. The requests to start and to cancel one
 * are tasks for whoever serves its endpoint; they are repeated with backoff while they can succeed.
 *
 * X1 A request is answered by the attempt that a worker has now, and by no earlier one.
 * X2 An asynchronous operation is closed by whoever knows its request ID, which only its handler was told.
 */
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { Link } from '../sdk/common/wire/links.ts';
import type { Failure, Payload, TimeoutTypeName, UserMetadata } from '../sdk/common/wire/messages.ts';
import type { Input, NexusTask, Result } from './api.ts';
import { assertNever, BadCommandError, invariant, ok, refuse } from './errors.ts';
import {
  LAST_FAILURE_BYTES_MAX,
  NEXUS_HEADER_BYTES_MAX,
  NEXUS_REQUEST_TIMEOUT_MS,
  NEXUS_RETRY_INITIAL_MS,
  NEXUS_RETRY_MAX_MS,
} from './limits.ts';
import { nexusMoment } from './nexus-deadlines.ts';
import {
  hasBufferedNexusClosing,
  type NexusRequestKind,
  type PendingNexusOperation,
  presentRequest,
} from './nexus-state.ts';
import { timeoutText } from './retry.ts';
import type { RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { utf8Bytes } from './size.ts';
import { boundedDuration } from './start-values.ts';
import { truncateFailure } from './truncate-failure.ts';

export function checkScheduleNexus(
  command: CommandAttributes<'ScheduleNexusOperation'>,
  idBytesMax: number,
): void {
  const problem = nexusProblem(command, idBytesMax);
  if (problem === undefined) return;
  throw new BadCommandError(
    'BAD_SCHEDULE_NEXUS_OPERATION_ATTRIBUTES',
    `ScheduleNexusOperation command: ${problem}.`,
  );
}

/** What is wrong with an operation. */
export function nexusProblem(
  command: CommandAttributes<'ScheduleNexusOperation'>,
  idBytesMax: number,
): string | undefined {
  for (const field of ['endpoint', 'service', 'operation'] as const) {
    const name = field.charAt(0).toUpperCase() + field.slice(1);
    if (!command[field]) return `${name} is not set`;
    if (utf8Bytes(command[field]) > idBytesMax) return `${name} exceeds the length limit`;
  }
  const { scheduleToCloseTimeout, scheduleToStartTimeout, startToCloseTimeout } = command;
  for (const timeout of [scheduleToCloseTimeout, scheduleToStartTimeout, startToCloseTimeout])
    if (timeout !== undefined && !(timeout >= 0)) return 'a timeout is negative';
  let headerBytes = 0;
  for (const [key, value] of Object.entries(command.nexusHeader ?? {}))
    headerBytes += utf8Bytes(key) + utf8Bytes(value);
  return headerBytes > NEXUS_HEADER_BYTES_MAX
    ? `NexusHeader exceeds ${NEXUS_HEADER_BYTES_MAX} bytes`
    : undefined;
}

export function checkCancelNexus(
  run: RunState,
  cancelledInThisTask: Set<number>,
  { scheduledEventId }: CommandAttributes<'RequestCancelNexusOperation'>,
): void {
  const operation = run.nexusOperations.get(scheduledEventId);
  const isKnown = operation !== undefined || hasBufferedNexusClosing(run, scheduledEventId);
  if (!isKnown || operation?.cancel !== undefined || cancelledInThisTask.has(scheduledEventId))
    throw new BadCommandError(
      'BAD_REQUEST_CANCEL_NEXUS_OPERATION_ATTRIBUTES',
      `event ${scheduledEventId} is no open Nexus operation whose cancellation can be requested`,
    );
  cancelledInThisTask.add(scheduledEventId);
}

export function scheduleNexus(
  turn: RunTurn,
  workflowTaskCompletedEventId: number,
  command: CommandAttributes<'ScheduleNexusOperation'>,
  userMetadata: UserMetadata | undefined,
): void {
  const runTimeout = turn.run.started.workflowRunTimeout ?? 0;
  const requestId = turn.context.newId();
  const attributes = scheduledNexus(command, { requestId, runTimeout, workflowTaskCompletedEventId });
  turn.record('NexusOperationScheduled', attributes, { userMetadata });
}

/** The event of an operation, with its timeouts within each other and the run. */
export function scheduledNexus(
  command: CommandAttributes<'ScheduleNexusOperation'>,
  of: { requestId: string; runTimeout?: number; workflowTaskCompletedEventId?: number },
): EventAttributes<'NexusOperationScheduled'> {
  const { requestId, runTimeout = 0, workflowTaskCompletedEventId = 0 } = of;
  const scheduleToCloseTimeout = shorter(boundedDuration(command.scheduleToCloseTimeout), runTimeout);
  const attributes: EventAttributes<'NexusOperationScheduled'> = {
    endpoint: command.endpoint ?? '',
    service: command.service ?? '',
    operation: command.operation ?? '',
    scheduleToCloseTimeout,
    scheduleToStartTimeout: cut(boundedDuration(command.scheduleToStartTimeout), scheduleToCloseTimeout),
    startToCloseTimeout: cut(boundedDuration(command.startToCloseTimeout), scheduleToCloseTimeout),
    workflowTaskCompletedEventId,
    requestId,
  };
  if (command.input !== undefined) attributes.input = command.input;
  if (command.nexusHeader !== undefined) attributes.nexusHeader = command.nexusHeader;
  return attributes;
}

/** 0 is no limit. */
function shorter(timeout: number, limit: number): number {
  return timeout === 0 || limit === 0 ? Math.max(timeout, limit) : Math.min(timeout, limit);
}

function cut(timeout: number, limit: number): number {
  return timeout === 0 ? 0 : shorter(timeout, limit);
}

export function cancelNexus(
  turn: RunTurn,
  workflowTaskCompletedEventId: number,
  { scheduledEventId }: CommandAttributes<'RequestCancelNexusOperation'>,
): void {
  turn.record('NexusOperationCancelRequested', { scheduledEventId, workflowTaskCompletedEventId });
  const operation = turn.run.nexusOperations.get(scheduledEventId);
  if (operation === undefined || operation.started !== undefined) return;
  const { attempt, phase } = operation.start;
  // Nobody has heard of it: there is nothing to cancel.
  if (attempt === 1 && phase.state === 'waiting')
    close(turn, operation, 'NexusOperationCanceled', {
      message: 'operation canceled before it was started',
      source: 'Server',
      canceledFailureInfo: {},
    });
}

/** A worker has come for the request. Undefined when it does not wait any more. */
export function startNexusTask(
  turn: RunTurn,
  wanted: { scheduledEventId: number; kind: NexusRequestKind; attempt: number },
): NexusTask | undefined {
  const { run, now } = turn;
  const operation = run.nexusOperations.get(wanted.scheduledEventId);
  const present = operation && presentRequest(operation);
  if (operation === undefined || present?.kind !== wanted.kind) return undefined;
  const { request } = present;
  if (request.attempt !== wanted.attempt || request.phase.state !== 'waiting') return undefined;
  request.phase = { state: 'started', startedTime: now };
  turn.touchVolatile();
  const {
    endpoint = '',
    service = '',
    operation: name = '',
    nexusHeader,
    requestId = '',
    input,
  } = operation.scheduled;
  const { scheduledTime, started } = operation;
  const timeout = operation.scheduled.scheduleToCloseTimeout ?? 0;
  const operationTimeoutMs = timeout > 0 ? Math.max(1, scheduledTime + timeout - now) : 0;
  const task: NexusTask = {
    namespace: run.namespace,
    workflowId: run.workflowId,
    runId: run.runId,
    scheduledEventId: wanted.scheduledEventId,
    kind: wanted.kind,
    attempt: wanted.attempt,
    endpoint,
    service,
    operation: name,
    requestId,
    header: nexusHeader ?? {},
    scheduledTime,
    operationToken: started?.operationToken ?? '',
    requestTimeoutMs: shorter(NEXUS_REQUEST_TIMEOUT_MS, operationTimeoutMs),
    operationTimeoutMs,
  };
  return wanted.kind === 'start' && input !== undefined ? { ...task, input } : task;
}

type AnswerInput = Extract<Input, { kind: 'NexusTaskAnswered' }>;

export function answerNexusTask(turn: RunTurn, input: AnswerInput): Result<undefined> {
  const { scheduledEventId, request: kind, attempt, answer, requestId } = input;
  const operation = turn.run.nexusOperations.get(scheduledEventId);
  const present = operation && presentRequest(operation);
  const isCurrent = present?.kind === kind && present.request.attempt === attempt;
  const { state } = present?.request.phase ?? { state: 'settled' };
  // X1. Only a refusal may come from elsewhere than a worker: where there is no endpoint, none can have it.
  const isExpected = state === 'started' || (state === 'waiting' && answer.kind === 'refused');
  const isTold = requestId === undefined || requestId === operation?.scheduled.requestId;
  if (operation === undefined || !isCurrent || !isExpected || !isTold)
    return refuse('NOT_FOUND', 'The Nexus task does not wait for an answer any more.');
  turn.touchVolatile();
  switch (answer.kind) {
    case 'refused':
      if (answer.isRetryable) retryRequest(turn, operation, answer.failure);
      else giveUpRequest(turn, operation, kind, answer.failure);
      return ok(undefined);
    case 'cancelRequested':
      if (kind !== 'cancel')
        return refuse('INVALID_ARGUMENT', 'a request to start was answered as one to cancel');
      recordCancelOutcome(turn, operation, undefined);
      return ok(undefined);
    default:
      if (kind !== 'start')
        return refuse('INVALID_ARGUMENT', 'a request to cancel was answered as one to start');
      return answerStart(turn, operation, answer);
  }
}

type StartAnswer = Exclude<AnswerInput['answer'], { kind: 'refused' | 'cancelRequested' }>;

function answerStart(
  turn: RunTurn,
  operation: PendingNexusOperation,
  answer: StartAnswer,
): Result<undefined> {
  switch (answer.kind) {
    case 'started':
      recordStarted(turn, operation, answer.operationToken, answer.links);
      break;
    case 'completed':
      complete(turn, operation, answer.result, answer.links);
      break;
    case 'failed':
      close(turn, operation, 'NexusOperationFailed', answer.failure);
      break;
    case 'canceled':
      close(turn, operation, 'NexusOperationCanceled', answer.failure);
      break;
    default:
      assertNever(answer);
  }
  return ok(undefined);
}

/** What became of an operation that went on by itself. It may be told before the answer to its start (X2). */
export function closeNexusOperation(
  turn: RunTurn,
  input: Extract<Input, { kind: 'NexusOperationClosed' }>,
): Result<undefined> {
  const operation = turn.run.nexusOperations.get(input.scheduledEventId);
  if (operation === undefined || operation.scheduled.requestId !== input.requestId)
    return refuse('NOT_FOUND', 'The Nexus operation is not open any more.');
  turn.touchVolatile();
  if (operation.started === undefined)
    recordStarted(turn, operation, input.operationToken ?? '', input.links);
  const { close: how } = input;
  if (how.kind === 'completed') complete(turn, operation, how.result);
  else if (how.kind === 'failed') close(turn, operation, 'NexusOperationFailed', how.failure);
  else close(turn, operation, 'NexusOperationCanceled', how.failure);
  return ok(undefined);
}

export function fireNexusDeadline(turn: RunTurn, scheduledEventId: number): void {
  const { run, now } = turn;
  const operation = run.nexusOperations.get(scheduledEventId);
  const moment = operation && nexusMoment(operation);
  invariant(operation && moment && moment.time <= now, run, scheduledEventId, 'no Nexus operation is due');
  turn.touchVolatile();
  switch (moment.due.kind) {
    case 'timeout':
      timeOut(turn, operation, moment.due.type);
      return;
    case 'unanswered':
      retryRequest(turn, operation, UNANSWERED);
      return;
    case 'backoffEnds':
      requestOf(turn, operation).phase = { state: 'waiting' };
      return;
    default:
      assertNever(moment.due);
  }
}

const UNANSWERED: Failure = {
  message: 'the request was not answered in time',
  source: 'Server',
  nexusHandlerFailureInfo: { type: 'UPSTREAM_TIMEOUT' },
};

function requestOf(turn: RunTurn, operation: PendingNexusOperation) {
  const present = presentRequest(operation);
  invariant(present, turn.run, operation.scheduledEventId, 'no request of the Nexus operation is pending');
  return present.request;
}

function retryRequest(turn: RunTurn, operation: PendingNexusOperation, failure: Failure): void {
  const request = requestOf(turn, operation);
  const backoff = Math.min(NEXUS_RETRY_INITIAL_MS * 2 ** (request.attempt - 1), NEXUS_RETRY_MAX_MS);
  request.attempt += 1;
  request.lastFailure = truncateFailure(failure, LAST_FAILURE_BYTES_MAX);
  request.lastAttemptCompleteTime = turn.now;
  request.phase = { state: 'backingOff', until: turn.now + backoff };
}

function giveUpRequest(
  turn: RunTurn,
  operation: PendingNexusOperation,
  kind: NexusRequestKind,
  failure: Failure,
): void {
  if (kind === 'start') close(turn, operation, 'NexusOperationFailed', failure);
  else recordCancelOutcome(turn, operation, failure);
}

function recordStarted(
  turn: RunTurn,
  { scheduledEventId, scheduled }: PendingNexusOperation,
  operationToken: string,
  links: readonly Link[] | undefined,
) {
  const requestId = scheduled.requestId ?? '';
  turn.arrive('NexusOperationStarted', { scheduledEventId, requestId, operationToken }, { links });
}

function recordCancelOutcome(
  turn: RunTurn,
  operation: PendingNexusOperation,
  failure: Failure | undefined,
): void {
  const { scheduledEventId, cancel } = operation;
  invariant(cancel, turn.run, scheduledEventId, 'no cancellation of the Nexus operation was requested');
  const { requestedEventId, workflowTaskCompletedEventId } = cancel;
  const ids = { requestedEventId, workflowTaskCompletedEventId, scheduledEventId };
  if (failure === undefined) turn.arrive('NexusOperationCancelRequestCompleted', ids);
  else
    turn.arrive('NexusOperationCancelRequestFailed', {
      ...ids,
      failure: wrapped(operation, 'nexus operation cancelation failed', failure),
    });
}

function complete(
  turn: RunTurn,
  { scheduledEventId, scheduled }: PendingNexusOperation,
  result?: Payload,
  links?: readonly Link[],
) {
  const requestId = scheduled.requestId ?? '';
  turn.arrive(
    'NexusOperationCompleted',
    { scheduledEventId, ...(result && { result }), requestId },
    { links },
  );
}

function close(
  turn: RunTurn,
  operation: PendingNexusOperation,
  eventType: 'NexusOperationFailed' | 'NexusOperationCanceled',
  cause: Failure,
): void {
  const { scheduledEventId, scheduled } = operation;
  const failure = wrapped(operation, 'nexus operation completed unsuccessfully', cause);
  turn.arrive(eventType, { scheduledEventId, failure, requestId: scheduled.requestId ?? '' });
}

function timeOut(turn: RunTurn, operation: PendingNexusOperation, type: TimeoutTypeName): void {
  const { scheduledEventId, scheduled } = operation;
  const { lastFailure } = operation.start;
  const cause: Failure = {
    message: type === 'SCHEDULE_TO_CLOSE' ? 'operation timed out' : `operation ${timeoutText(type)} timeout`,
    source: 'Server',
    timeoutFailureInfo: { timeoutType: type },
    ...(lastFailure && { cause: lastFailure }),
  };
  turn.arrive('NexusOperationTimedOut', {
    scheduledEventId,
    failure: wrapped(operation, 'nexus operation timed out', cause),
    requestId: scheduled.requestId ?? '',
  });
}

function wrapped(operation: PendingNexusOperation, message: string, cause: Failure): Failure {
  const { scheduledEventId, scheduled, started } = operation;
  const { endpoint = '', service = '', operation: name = '' } = scheduled;
  return {
    message,
    source: 'Server',
    cause,
    nexusOperationExecutionFailureInfo: {
      scheduledEventId,
      endpoint,
      service,
      operation: name,
      ...(started && { operationToken: started.operationToken }),
    },
  };
}
