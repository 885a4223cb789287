/** Waiting for the close of a run, and the close as a value or an error (FAIL-7). */
import {
  decodeArrayFromPayloads,
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
} from '../common/converter/codec-helpers.ts';
import { CancelledFailure, TerminatedFailure, TimeoutFailure } from '../common/failure.ts';
import { RetryState, TimeoutType } from '../common/failure-enums.ts';
import type { PayloadTypeInfo } from '../common/type-info.ts';
import type { HistoryEvent } from '../common/wire/events.ts';
import { type ClientContext, serializationContext } from './client-context.ts';
import { WorkflowContinuedAsNewError, WorkflowFailedError } from './errors.ts';
import { rethrowGrpcError } from './rethrow.ts';

export interface WorkflowResultOptions {
  /**
   * Go on to the runs that follow: continue-as-new, retry, cron.
   *
   * @default true
   */
  followRuns?: boolean;
  /** @experimental */
  typeInfo?: PayloadTypeInfo;
}

/** `first` is the closing event of the run, where the caller has it already. */
export async function awaitResult(
  context: ClientContext,
  workflowId: string,
  runId: string | undefined,
  { followRuns = true, typeInfo }: WorkflowResultOptions,
  first?: HistoryEvent,
): Promise<unknown> {
  let event = first ?? (await awaitCloseEvent(context, workflowId, runId));
  for (;;) {
    const nextRunId = nextRunOf(event);
    if (!nextRunId || !followRuns) return await readClose(context, workflowId, event, typeInfo);
    event = await awaitCloseEvent(context, workflowId, nextRunId);
  }
}

async function awaitCloseEvent(
  { gateway, namespace }: ClientContext,
  workflowId: string,
  runId: string | undefined,
): Promise<HistoryEvent> {
  const request = {
    namespace,
    execution: runId ? { workflowId, runId } : { workflowId },
    skipArchival: true,
    waitNewEvent: true,
    historyEventFilterType: 'CLOSE_EVENT',
  } as const;
  let token: Uint8Array | undefined;
  try {
    for (;;) {
      const page = token ? { ...request, nextPageToken: token } : request;
      const { history, nextPageToken } = await gateway.getWorkflowExecutionHistory(page);
      const [event, ...others] = history.events;
      if (others.length > 0) {
        throw new Error(`Expected at most 1 close event(s), got: ${history.events.length}`);
      }
      if (event) return event;
      token = nextPageToken;
    }
  } catch (err) {
    return rethrowGrpcError(
      err,
      'Failed to get Workflow execution history',
      runId ? { workflowId, runId } : { workflowId },
    );
  }
}

function nextRunOf(event: HistoryEvent): string | undefined {
  switch (event.eventType) {
    case 'WorkflowExecutionCompleted':
    case 'WorkflowExecutionFailed':
    case 'WorkflowExecutionTimedOut':
    case 'WorkflowExecutionContinuedAsNew':
      return event.attributes.newExecutionRunId || undefined;
    default:
      return undefined;
  }
}

async function readClose(
  context: ClientContext,
  workflowId: string,
  event: HistoryEvent,
  typeInfo: PayloadTypeInfo | undefined,
): Promise<unknown> {
  const { dataConverter } = context;
  const owner = serializationContext(context, workflowId);
  switch (event.eventType) {
    case 'WorkflowExecutionCompleted': {
      const payloads = event.attributes.result?.payloads;
      return await decodeFromPayloadsAtIndex(dataConverter, 0, payloads, owner, typeInfo?.outputType);
    }
    case 'WorkflowExecutionFailed': {
      const { failure, retryState } = event.attributes;
      const cause = await decodeOptionalFailureToOptionalError(dataConverter, failure, owner);
      throw new WorkflowFailedError('Workflow execution failed', cause, retryState as RetryState);
    }
    case 'WorkflowExecutionCanceled': {
      const details = await decodeArrayFromPayloads(dataConverter, event.attributes.details?.payloads, owner);
      const cause = withoutStack(new CancelledFailure('Workflow canceled', details));
      throw new WorkflowFailedError('Workflow execution cancelled', cause, RetryState.NON_RETRYABLE_FAILURE);
    }
    case 'WorkflowExecutionTerminated': {
      const reason = event.attributes.reason || 'Workflow execution terminated';
      const cause = withoutStack(new TerminatedFailure(reason));
      throw new WorkflowFailedError(reason, cause, RetryState.NON_RETRYABLE_FAILURE);
    }
    case 'WorkflowExecutionTimedOut': {
      const message = 'Workflow execution timed out';
      const cause = withoutStack(new TimeoutFailure(message, undefined, TimeoutType.START_TO_CLOSE));
      throw new WorkflowFailedError(message, cause, event.attributes.retryState as RetryState);
    }
    case 'WorkflowExecutionContinuedAsNew':
      throw continuedAsNew(event.attributes.newExecutionRunId);
    default:
      throw new TypeError(`Expected a closing event of workflow '${workflowId}', got ${event.eventType}`);
  }
}

function continuedAsNew(runId: string): Error {
  if (!runId) {
    return new TypeError(
      'Expected service to return newExecutionRunId for WorkflowExecutionContinuedAsNewEvent',
    );
  }
  return new WorkflowContinuedAsNewError('Workflow execution continued as new', runId);
}

/** It did not happen here: a stack would point at the client. */
function withoutStack<E extends Error>(failure: E): E {
  failure.stack = '';
  return failure;
}
