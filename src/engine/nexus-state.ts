/**
 * Nexus operations of a run, as its history tells of them: scheduled by command, started and closed by what their handler
 * answers. A run has few at a time (`pendingNexusOperationsMax`), so what is due is found by looking at all of them.
 *
 * N1 What changes without an event, the attempts to deliver a request, is in the run's volatile row, for those that need one.
 */
import type { EventAttributes, HistoryEvent, HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { Failure, UserMetadata } from '../sdk/common/wire/messages.ts';
import { assertNever, invariant } from './errors.ts';
import type { BufferedEvent, RunState } from './run-state.ts';

export type NexusRequestKind = 'start' | 'cancel';

/** How far the delivery of a request to a handler is. */
export type NexusRequestPhase =
  /** For a worker to come. */
  | { state: 'waiting' }
  | { state: 'backingOff'; until: number }
  /** A worker has it. */
  | { state: 'started'; startedTime: number }
  /** It was answered for good. */
  | { state: 'settled' };

export interface NexusRequest {
  attempt: number;
  phase: NexusRequestPhase;
  lastFailure: Failure | undefined;
  lastAttemptCompleteTime: number | undefined;
}

export interface NexusCancellation extends NexusRequest {
  readonly requestedEventId: number;
  readonly workflowTaskCompletedEventId: number;
  readonly requestedTime: number;
  /** How the handler took it, once it has. */
  outcome: 'delivered' | 'failed' | undefined;
}

export interface PendingNexusOperation {
  readonly scheduledEventId: number;
  readonly scheduled: EventAttributes<'NexusOperationScheduled'>;
  readonly scheduledTime: number;
  readonly userMetadata: UserMetadata | undefined;
  /** Set once its handler has said that the operation goes on by itself. */
  started: { time: number; operationToken: string } | undefined;
  readonly start: NexusRequest;
  cancel: NexusCancellation | undefined;
}

/** What of an operation needs storage (N1). */
export interface NexusRow {
  scheduledEventId: number;
  start: NexusRequest;
  cancel?: NexusRequest;
}

type NexusEventType =
  | 'NexusOperationScheduled'
  | 'NexusOperationStarted'
  | 'NexusOperationCompleted'
  | 'NexusOperationFailed'
  | 'NexusOperationCanceled'
  | 'NexusOperationTimedOut'
  | 'NexusOperationCancelRequested'
  | 'NexusOperationCancelRequestCompleted'
  | 'NexusOperationCancelRequestFailed';
type NexusEvent = { [T in NexusEventType]: HistoryEventOf<T> }[NexusEventType];

export function evolveNexus(run: RunState, event: NexusEvent): void {
  const { eventId, eventTime } = event;
  switch (event.eventType) {
    case 'NexusOperationScheduled':
      run.nexusOperations.set(eventId, {
        scheduledEventId: eventId,
        scheduled: event.attributes,
        scheduledTime: eventTime,
        userMetadata: event.userMetadata,
        started: undefined,
        start: firstRequest(),
        cancel: undefined,
      });
      return;
    case 'NexusOperationStarted': {
      const operation = openOperation(run, event.attributes.scheduledEventId, event);
      operation.started = { time: eventTime, operationToken: event.attributes.operationToken ?? '' };
      operation.start.phase = { state: 'settled' };
      operation.start.lastFailure = undefined;
      return;
    }
    case 'NexusOperationCancelRequested': {
      const { scheduledEventId, workflowTaskCompletedEventId } = event.attributes;
      const operation = run.nexusOperations.get(scheduledEventId);
      if (operation === undefined) {
        const isClosed = hasBufferedNexusClosing(run, scheduledEventId);
        invariant(isClosed, run, eventId, `cancel of event ${scheduledEventId}, which is no open operation`);
        return;
      }
      operation.cancel = {
        ...firstRequest(),
        requestedEventId: eventId,
        workflowTaskCompletedEventId,
        requestedTime: eventTime,
        outcome: undefined,
      };
      return;
    }
    case 'NexusOperationCancelRequestCompleted':
      settleCancel(run, event, 'delivered');
      return;
    case 'NexusOperationCancelRequestFailed':
      settleCancel(run, event, 'failed');
      return;
    case 'NexusOperationCompleted':
    case 'NexusOperationFailed':
    case 'NexusOperationCanceled':
    case 'NexusOperationTimedOut':
      openOperation(run, event.attributes.scheduledEventId, event);
      run.nexusOperations.delete(event.attributes.scheduledEventId);
      return;
    default:
      assertNever(event);
  }
}

function firstRequest(): NexusRequest {
  return {
    attempt: 1,
    phase: { state: 'waiting' },
    lastFailure: undefined,
    lastAttemptCompleteTime: undefined,
  };
}

function settleCancel(
  run: RunState,
  event:
    | HistoryEventOf<'NexusOperationCancelRequestCompleted'>
    | HistoryEventOf<'NexusOperationCancelRequestFailed'>,
  outcome: 'delivered' | 'failed',
): void {
  const { scheduledEventId } = event.attributes;
  const { cancel } = openOperation(run, scheduledEventId, event);
  invariant(
    cancel,
    run,
    event.eventId,
    `${event.eventType} for event ${scheduledEventId}, without a request`,
  );
  cancel.outcome = outcome;
  cancel.phase = { state: 'settled' };
}

function openOperation(run: RunState, scheduledEventId: number, event: HistoryEvent): PendingNexusOperation {
  const operation = run.nexusOperations.get(scheduledEventId);
  invariant(
    operation,
    run,
    event.eventId,
    `${event.eventType} for event ${scheduledEventId}, which is no open Nexus operation`,
  );
  return operation;
}

const CLOSING = new Set<BufferedEvent['eventType']>([
  'NexusOperationCompleted',
  'NexusOperationFailed',
  'NexusOperationCanceled',
  'NexusOperationTimedOut',
]);

/** It has ended, and workflow code has not been told yet. */
export function hasBufferedNexusClosing(run: RunState, scheduledEventId: number): boolean {
  return run.buffered.some(
    ({ eventType, attributes }) =>
      CLOSING.has(eventType) &&
      (attributes as EventAttributes<'NexusOperationCompleted'>).scheduledEventId === scheduledEventId,
  );
}

/** Of the operation's requests the one that is to be delivered now. A cancel request waits until there is what it could cancel. */
export function presentRequest(
  operation: PendingNexusOperation,
): { kind: NexusRequestKind; request: NexusRequest } | undefined {
  if (operation.started === undefined) return { kind: 'start', request: operation.start };
  const { cancel } = operation;
  return cancel === undefined || cancel.outcome !== undefined
    ? undefined
    : { kind: 'cancel', request: cancel };
}

export function nexusRows(run: RunState): NexusRow[] {
  const rows: NexusRow[] = [];
  for (const { scheduledEventId, start, cancel } of run.nexusOperations.values()) {
    const hasCancelRow = cancel !== undefined && deviates(cancel);
    if (!deviates(start) && !hasCancelRow) continue;
    rows.push({
      scheduledEventId,
      start: requestOf(start),
      ...(hasCancelRow && { cancel: requestOf(cancel) }),
    });
  }
  return rows;
}

/** Differs from what history says of it. */
function deviates({ attempt, phase: { state } }: NexusRequest): boolean {
  return attempt > 1 || state === 'started' || state === 'backingOff';
}

function requestOf({ attempt, phase, lastFailure, lastAttemptCompleteTime }: NexusRequest): NexusRequest {
  return { attempt, phase, lastFailure, lastAttemptCompleteTime };
}

export function foldNexusRow(run: RunState, row: NexusRow): void {
  const operation = run.nexusOperations.get(row.scheduledEventId);
  invariant(operation, run, row.scheduledEventId, 'a row belongs to no open Nexus operation');
  Object.assign(operation.start, row.start);
  if (row.cancel !== undefined && operation.cancel !== undefined) Object.assign(operation.cancel, row.cancel);
}
