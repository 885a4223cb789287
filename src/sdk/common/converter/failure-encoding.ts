/** The `...Info` member that tells, on the wire, which class of failure an error was. */
import { enumName } from '../enum-converters.ts';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  NexusOperationFailure,
  type ProtoFailure,
  ServerFailure,
  type TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowExecution,
} from '../failure.ts';
import { optionalDurationToMs } from '../time.ts';
import { withoutUndefined } from '../type-helpers.ts';
import {
  ApplicationErrorCategory,
  type Payloads,
  RetryState,
  TimeoutType,
  type WorkflowExecutionRef,
} from '../wire/messages.ts';
import type { PayloadConverter } from './payload-converter.ts';
import { toPayloadsWithContext } from './payload-lists.ts';
import type { SerializationContext } from './serialization-context.ts';

type ToPayloads = (values: readonly unknown[] | null | undefined) => Payloads | undefined;

/** The info member of a failure made here; none for a plain `TemporalFailure`. */
export function failureInfoOf(
  error: TemporalFailure,
  payloadConverter: PayloadConverter,
  context?: SerializationContext,
): Partial<ProtoFailure> {
  const toPayloads: ToPayloads = (values) => {
    if (!values || values.length === 0) return undefined;
    return { payloads: toPayloadsWithContext(payloadConverter, context, values) ?? [] };
  };
  if (error instanceof ActivityFailure) return { activityFailureInfo: activityInfo(error) };
  if (error instanceof ChildWorkflowFailure) return { childWorkflowExecutionFailureInfo: childInfo(error) };
  if (error instanceof ApplicationFailure)
    return { applicationFailureInfo: applicationInfo(error, toPayloads) };
  if (error instanceof CancelledFailure) {
    return { canceledFailureInfo: withoutUndefined({ details: toPayloads(error.details) }) };
  }
  if (error instanceof TimeoutFailure) return { timeoutFailureInfo: timeoutInfo(error, toPayloads) };
  if (error instanceof ServerFailure) return { serverFailureInfo: { nonRetryable: error.nonRetryable } };
  if (error instanceof TerminatedFailure) return { terminatedFailureInfo: {} };
  if (error instanceof NexusOperationFailure) return { nexusOperationExecutionFailureInfo: nexusInfo(error) };
  return {};
}

function activityInfo(error: ActivityFailure): ProtoFailure['activityFailureInfo'] {
  return withoutUndefined({
    activityType: { name: error.activityType },
    activityId: error.activityId,
    retryState: enumName(RetryState, error.retryState),
    identity: error.identity,
  });
}

function executionRef(execution: WorkflowExecution | undefined): WorkflowExecutionRef {
  return withoutUndefined({
    workflowId: execution?.workflowId ?? undefined,
    runId: execution?.runId ?? undefined,
  });
}

function childInfo(error: ChildWorkflowFailure): ProtoFailure['childWorkflowExecutionFailureInfo'] {
  return withoutUndefined({
    namespace: error.namespace,
    workflowExecution: executionRef(error.execution),
    workflowType: { name: error.workflowType },
    retryState: enumName(RetryState, error.retryState),
  });
}

function applicationInfo(
  error: ApplicationFailure,
  toPayloads: ToPayloads,
): ProtoFailure['applicationFailureInfo'] {
  return withoutUndefined({
    type: error.type ?? undefined,
    nonRetryable: error.nonRetryable ?? undefined,
    details: toPayloads(error.details),
    nextRetryDelay: optionalDurationToMs(error.nextRetryDelay),
    category: enumName(ApplicationErrorCategory, error.category),
  });
}

function timeoutInfo(error: TimeoutFailure, toPayloads: ToPayloads): ProtoFailure['timeoutFailureInfo'] {
  return withoutUndefined({
    timeoutType: enumName(TimeoutType, error.timeoutType),
    lastHeartbeatDetails: error.lastHeartbeatDetails ? toPayloads([error.lastHeartbeatDetails]) : undefined,
  });
}

function nexusInfo(error: NexusOperationFailure): ProtoFailure['nexusOperationExecutionFailureInfo'] {
  return withoutUndefined({
    scheduledEventId: error.scheduledEventId || undefined,
    endpoint: error.endpoint,
    service: error.service,
    operation: error.operation,
    operationToken: error.operationToken,
  });
}
