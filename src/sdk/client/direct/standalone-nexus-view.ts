/** A run that is one Nexus operation, as the calls on such operations show it. */
import {
  NEXUS_REQUEST_ID_ATTRIBUTE,
  NEXUS_SERVICE_ATTRIBUTE,
  nexusOperationId,
} from '../../common/standalone-nexus.ts';
import type { HistoryEvent, HistoryEventOf } from '../../common/wire/events.ts';
import type { Link } from '../../common/wire/links.ts';
import type { Failure, Payload } from '../../common/wire/messages.ts';
import type { PendingNexusOperationInfo } from '../../common/wire/nexus-requests.ts';
import type { DescribeWorkflowExecutionResponse, WorkflowExecutionInfo } from '../../common/wire/requests.ts';
import type {
  DescribeNexusOperationExecutionRequest,
  DescribeNexusOperationExecutionResponse,
  NexusOperationExecutionCancellationInfo,
  NexusOperationExecutionInfo,
  NexusOperationExecutionListInfo,
  NexusOperationExecutionStatusName,
} from '../../common/wire/standalone-nexus-requests.ts';
import { RpcError } from '../rpc-error.ts';
import { set } from './service.ts';
import { encodeState } from './standalone-waits.ts';

/** One of the two. */
export interface NexusOutcome {
  result?: Payload;
  failure?: Failure;
}

/** What history says of the operation. */
interface Recorded {
  began: HistoryEventOf<'WorkflowExecutionStarted'>;
  scheduled: HistoryEventOf<'NexusOperationScheduled'>;
  started: HistoryEventOf<'NexusOperationStarted'> | undefined;
  cancelRequested: HistoryEventOf<'WorkflowExecutionCancelRequested'> | undefined;
  cancelTaken: HistoryEventOf<'NexusOperationCancelRequestCompleted'> | undefined;
  cancelRefused: HistoryEventOf<'NexusOperationCancelRequestFailed'> | undefined;
  timedOut: HistoryEventOf<'NexusOperationTimedOut'> | undefined;
  /** What the operation has led to. */
  links: Link[];
}

/** SNX-6. */
export function describedNexusOperation(
  request: DescribeNexusOperationExecutionRequest,
  run: DescribeWorkflowExecutionResponse,
  events: readonly HistoryEvent[],
): DescribeNexusOperationExecutionResponse {
  const recorded = recordedOf(events);
  // It may have closed between the two answers.
  const outcome = nexusOutcomeOf(events);
  const [pending] = outcome === undefined ? (run.pendingNexusOperations ?? []) : [];
  const info = infoOf(run, recorded, pending);
  return {
    runId: info.runId ?? '',
    info,
    ...(request.includeInput && set('input', recorded.scheduled.attributes.input)),
    ...(request.includeOutcome && outcome),
    ...(pending && { longPollToken: stateOf(pending, events.length) }),
  };
}

function recordedOf(events: readonly HistoryEvent[]): Recorded {
  const began = events.find((event) => event.eventType === 'WorkflowExecutionStarted');
  const scheduled = events.find((event) => event.eventType === 'NexusOperationScheduled');
  if (began === undefined || scheduled === undefined)
    throw new RpcError('INTERNAL', 'The history of a Nexus operation has no beginning.');
  return {
    began,
    scheduled,
    started: nexusStartOf(events),
    cancelRequested: events.find((event) => event.eventType === 'WorkflowExecutionCancelRequested'),
    cancelTaken: events.find((event) => event.eventType === 'NexusOperationCancelRequestCompleted'),
    cancelRefused: events.find((event) => event.eventType === 'NexusOperationCancelRequestFailed'),
    timedOut: events.find((event) => event.eventType === 'NexusOperationTimedOut'),
    links: events.flatMap(({ links }) => links ?? []),
  };
}

/** Undefined before the operation goes on by itself, and for one that ended at once. */
export function nexusStartOf(
  events: readonly HistoryEvent[],
): HistoryEventOf<'NexusOperationStarted'> | undefined {
  return events.find((event) => event.eventType === 'NexusOperationStarted');
}

function infoOf(
  { workflowExecutionInfo, executionConfig }: DescribeWorkflowExecutionResponse,
  recorded: Recorded,
  pending: PendingNexusOperationInfo | undefined,
): NexusOperationExecutionInfo {
  const { began, scheduled, started, timedOut, links } = recorded;
  const { attributes } = scheduled;
  const { scheduleToCloseTimeout = 0 } = attributes;
  return {
    ...listedNexusOperation(workflowExecutionInfo),
    ...set('service', attributes.service),
    ...set('scheduleToCloseTimeout', scheduleToCloseTimeout || undefined),
    ...set('scheduleToStartTimeout', attributes.scheduleToStartTimeout || undefined),
    ...set('startToCloseTimeout', attributes.startToCloseTimeout || undefined),
    ...(scheduleToCloseTimeout > 0 && { expirationTime: scheduled.eventTime + scheduleToCloseTimeout }),
    ...set('requestId', attributes.requestId),
    ...set('nexusHeader', attributes.nexusHeader),
    ...set('operationToken', started?.attributes.operationToken),
    ...set('userMetadata', executionConfig.userMetadata),
    ...set('identity', began.attributes.identity),
    ...(links.length > 0 && { links }),
    ...set('cancellationInfo', cancellationOf(recorded, pending)),
    ...(pending
      ? openFields(pending)
      : set('lastAttemptFailure', timedOut?.attributes.failure?.cause?.cause)),
  };
}

function openFields(pending: PendingNexusOperationInfo): Partial<NexusOperationExecutionInfo> {
  return {
    attempt: pending.attempt ?? 1,
    ...set('state', pending.state),
    ...set('lastAttemptCompleteTime', pending.lastAttemptCompleteTime),
    ...set('lastAttemptFailure', pending.lastAttemptFailure),
    ...set('nextAttemptScheduleTime', pending.nextAttemptScheduleTime),
  };
}

function cancellationOf(
  { cancelRequested, cancelTaken, cancelRefused, timedOut }: Recorded,
  pending: PendingNexusOperationInfo | undefined,
): NexusOperationExecutionCancellationInfo | undefined {
  if (cancelRequested === undefined) return undefined;
  const common = {
    requestedTime: cancelRequested.eventTime,
    ...set('reason', cancelRequested.attributes.cause),
  };
  if (pending?.cancellationInfo) return { ...common, ...pending.cancellationInfo };
  if (cancelRefused !== undefined)
    return {
      ...common,
      state: 'FAILED',
      lastAttemptCompleteTime: cancelRefused.eventTime,
      ...set('lastAttemptFailure', cancelRefused.attributes.failure?.cause),
    };
  if (cancelTaken !== undefined)
    return { ...common, state: 'SUCCEEDED', lastAttemptCompleteTime: cancelTaken.eventTime };
  return { ...common, state: timedOut === undefined ? 'SCHEDULED' : 'TIMED_OUT' };
}

/** SNX-7. */
export function listedNexusOperation(info: WorkflowExecutionInfo): NexusOperationExecutionListInfo {
  const { execution, type, searchAttributes, startTime = 0, closeTime } = info;
  const { service, own } = attributesOf(searchAttributes?.indexedFields ?? {});
  return {
    operationId: nexusOperationId(execution.workflowId ?? '') ?? '',
    operation: type.name,
    scheduleTime: startTime,
    searchAttributes: { indexedFields: own },
    // An operation neither continues as new nor is its run paused.
    status: (info.status ?? 'RUNNING') as NexusOperationExecutionStatusName,
    ...set('service', service),
    ...set('runId', execution.runId),
    ...set('endpoint', info.taskQueue),
    ...set('stateSizeBytes', info.historySizeBytes),
    ...set('stateTransitionCount', info.stateTransitionCount),
    ...(closeTime !== undefined && { closeTime, executionDuration: Math.max(0, closeTime - startTime) }),
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the index needs stands among the namespace's own attributes. */
function attributesOf({
  TemporalNamespaceDivision: _division,
  [NEXUS_SERVICE_ATTRIBUTE]: service,
  [NEXUS_REQUEST_ID_ATTRIBUTE]: _requestId,
  ...own
}: Record<string, Payload>): { service: string | undefined; own: Record<string, Payload> } {
  // Written by the service itself, as JSON.
  return { service: service?.data ? (JSON.parse(decoder.decode(service.data)) as string) : undefined, own };
}

const NOTHING: Payload = { metadata: { encoding: encoder.encode('binary/null') } };

/** SNX-3, by the event that closed the operation, or the run without it. Undefined while it is open. */
export function nexusOutcomeOf(events: readonly HistoryEvent[]): NexusOutcome | undefined {
  for (const event of events) {
    switch (event.eventType) {
      case 'NexusOperationCompleted':
        // An answer without a result would look like an operation that is still open.
        return { result: event.attributes.result ?? NOTHING };
      case 'NexusOperationFailed':
      case 'NexusOperationCanceled':
      case 'NexusOperationTimedOut': {
        const { failure } = event.attributes;
        return { failure: failure?.cause ?? failure ?? { message: 'The operation failed.' } };
      }
      case 'WorkflowExecutionTerminated': {
        const { reason = '', identity } = event.attributes;
        const terminatedFailureInfo = set('identity', identity);
        return { failure: { message: reason, source: 'Server', terminatedFailureInfo } };
      }
      default:
    }
  }
  return undefined;
}

/** What of an open operation counts as its state. */
function stateOf(pending: PendingNexusOperationInfo, events: number): Uint8Array {
  const { state, attempt, nextAttemptScheduleTime, cancellationInfo } = pending;
  const { state: cancelState, attempt: cancelAttempt } = cancellationInfo ?? {};
  return encodeState([events, state, attempt, nextAttemptScheduleTime, cancelState, cancelAttempt]);
}
