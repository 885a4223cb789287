/**
 * Updates: admitted (memory) -> sent with a task -> accepted (event) -> completed (event), or rejected without a trace
 * (UPD-1 to UPD-3). What was admitted is lost with the memory; callers repeat their request.
 */
import type { HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { Failure, UpdateOutcome, UpdateRequest } from '../sdk/common/wire/messages.ts';
import type { EngineLimits, Result, UpdateReply } from './api.ts';
import { attachToUpdate, noteUpdateCallbacks, noteUpdateEnded } from './callbacks.ts';
import {
  alreadyCompleted,
  assertNever,
  BadCommandError,
  busyWorkflow,
  invariant,
  ok,
  refuse,
  workflowNotReady,
} from './errors.ts';
import { COMPLETION_CALLBACKS_MAX, REJECTED_UPDATES_KEPT, UPDATE_BYTES_IN_FLIGHT_MAX } from './limits.ts';
import { isOpen, type RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { estimateBytes, utf8Bytes } from './size.ts';
import type { UpdateDelivery, UpdateResponse } from './workflow-task.ts';

type UpdateEvent =
  | HistoryEventOf<'WorkflowExecutionUpdateAdmitted'>
  | HistoryEventOf<'WorkflowExecutionUpdateAccepted'>
  | HistoryEventOf<'WorkflowExecutionUpdateCompleted'>;

/** From this workflow task attempt on nothing new is taken (UPD-11, QRY-4). */
export const STUCK_ATTEMPT = 3;

export function evolveUpdate(run: RunState, event: UpdateEvent): void {
  switch (event.eventType) {
    case 'WorkflowExecutionUpdateAdmitted': {
      const { request } = event.attributes;
      invariant(request, run, event.eventId, 'an admitted update without its request');
      const { updateId } = request.meta;
      run.admittedUpdates.set(updateId, { updateId, request, sentInTask: undefined, isRecorded: true });
      noteUpdateCallbacks(run, updateId, request);
      return;
    }
    case 'WorkflowExecutionUpdateAccepted': {
      const { protocolInstanceId: updateId, acceptedRequest } = event.attributes;
      const request = acceptedRequest ?? run.admittedUpdates.get(updateId)?.request;
      invariant(request, run, event.eventId, `update ${updateId} is accepted without its request`);
      invariant(!run.updates.has(updateId), run, event.eventId, `update ${updateId} is accepted twice`);
      run.admittedUpdates.delete(updateId);
      run.updates.set(updateId, { state: 'accepted', request, acceptedEventId: event.eventId });
      run.updatesOpen++;
      noteUpdateCallbacks(run, updateId, request);
      return;
    }
    case 'WorkflowExecutionUpdateCompleted': {
      const { meta, acceptedEventId, outcome } = event.attributes;
      const accepted = run.updates.get(meta.updateId);
      invariant(
        accepted?.state === 'accepted',
        run,
        event.eventId,
        `update ${meta.updateId} is not accepted`,
      );
      run.updates.set(meta.updateId, { state: 'completed', acceptedEventId, outcome });
      run.updatesOpen--;
      noteUpdateEnded(run, meta.updateId);
      return;
    }
    default:
      assertNever(event);
  }
}

/** UPD-2: an ID that is known attaches to its update. */
export function admitUpdate(turn: RunTurn, request: UpdateRequest): Result<UpdateReply> {
  const { run } = turn;
  const updateId = request.meta.updateId || turn.context.newId();
  const known = run.admittedUpdates.has(updateId) || run.updates.has(updateId);
  if (known) return attachToUpdate(turn, updateId, request) ?? ok(updateReply(run, updateId) as UpdateReply);
  const refusal = admissionRefusal(turn, request);
  if (refusal !== undefined) return refusal;
  const complete = { ...request, meta: { ...request.meta, updateId } };
  run.rejectedUpdates.delete(updateId);
  run.admittedUpdates.set(updateId, {
    updateId,
    request: complete,
    sentInTask: undefined,
    isRecorded: false,
  });
  return ok({ updateId, runId: run.runId, stage: 'ADMITTED' });
}

function admissionRefusal(turn: RunTurn, request: UpdateRequest) {
  const { run, context } = turn;
  const { limits } = context;
  if (!isOpen(run)) return alreadyCompleted();
  if (run.pause !== undefined)
    return refuse('FAILED_PRECONDITION', 'Workflow is paused. Cannot update the workflow.');
  if (run.workflowTask.state !== 'none' && run.workflowTask.attempt >= STUCK_ATTEMPT)
    return workflowNotReady(
      'Unable to perform workflow execution update due to Workflow Task in failed state.',
    );
  if (isRefusingNews(run))
    return busyWorkflow('Workflow operation can not be applied because workflow is closing.');
  return updateRequestRefusal(request, limits) ?? limitRefusal(turn, request);
}

/** What is wrong with a request whatever the run. */
export function updateRequestRefusal(request: UpdateRequest, limits: EngineLimits) {
  if (!request.input?.name) return refuse('INVALID_ARGUMENT', 'name is not set on request.');
  if (utf8Bytes(request.meta.updateId) > limits.idBytesMax)
    return refuse('INVALID_ARGUMENT', 'UpdateId exceeds length limit.');
  if (estimateBytes(request.input.args) > limits.payloadBytesMax)
    return refuse('INVALID_ARGUMENT', 'Update input exceeds size limit.');
  if ((request.completionCallbacks?.length ?? 0) > COMPLETION_CALLBACKS_MAX)
    return refuse(
      'INVALID_ARGUMENT',
      `cannot attach more than ${COMPLETION_CALLBACKS_MAX} callbacks to an update`,
    );
  return undefined;
}

function limitRefusal({ run, context }: RunTurn, request: UpdateRequest) {
  const { updatesInFlightMax, updatesMax } = context.limits;
  const tooMany = (message: string) =>
    refuse('RESOURCE_EXHAUSTED', message, [
      {
        type: 'ResourceExhaustedFailure',
        cause: 'RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT',
        scope: 'RESOURCE_EXHAUSTED_SCOPE_NAMESPACE',
      },
    ]);
  if (run.admittedUpdates.size + run.updatesOpen >= updatesInFlightMax)
    return tooMany(
      `limit on number of concurrent in-flight updates has been reached (${updatesInFlightMax})`,
    );
  if (run.updates.size + run.admittedUpdates.size >= updatesMax)
    return refuse(
      'FAILED_PRECONDITION',
      `The limit on the total number of distinct updates in this workflow has been reached (${updatesMax}). Make sure any duplicate updates share an Update ID so the server can deduplicate them, or continue as new.`,
    );
  let bytes = estimateBytes(request);
  for (const admitted of run.admittedUpdates.values()) bytes += estimateBytes(admitted.request);
  if (bytes > UPDATE_BYTES_IN_FLIGHT_MAX)
    return tooMany('limit on the size of in-flight updates has been reached');
  return undefined;
}

/** WFT-7. */
export function isRefusingNews(run: RunState): boolean {
  return run.isClosing && run.workflowTask.state === 'started';
}

/**
 * Everything admitted goes out with the started task (UPD-14). What an event has admitted the host finds in history, and gets
 * no second time (UPD-19).
 */
export function sendUpdates(run: RunState, startedEventId: number): UpdateDelivery[] {
  const deliveries: UpdateDelivery[] = [];
  for (const update of run.admittedUpdates.values()) {
    update.sentInTask = startedEventId;
    const { updateId, request, isRecorded } = update;
    if (isRecorded) continue;
    const messageId = `${updateId}/request`;
    deliveries.push({ messageId, updateId, sequencingEventId: startedEventId - 1, request });
  }
  return deliveries;
}

export function checkUpdateResponses(run: RunState, responses: readonly UpdateResponse[]): void {
  const accepted = new Set<string>();
  const bad = (message: string) => new BadCommandError('BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE', message);
  for (const response of responses) {
    const { updateId } = response;
    if (response.kind === 'completed') {
      const isAccepted = accepted.delete(updateId) || run.updates.get(updateId)?.state === 'accepted';
      if (!isAccepted) throw bad(`update ${updateId} is completed without having been accepted`);
    } else if (run.updates.has(updateId) || accepted.has(updateId))
      throw bad(`update ${updateId} is ${response.kind} after it was accepted`);
    else if (response.kind === 'accepted') accepted.add(updateId);
  }
}

export function recordUpdateResponse(turn: RunTurn, response: UpdateResponse): void {
  const { run } = turn;
  switch (response.kind) {
    case 'accepted': {
      const { updateId } = response;
      // A reload forgets what was admitted while a host worked on it: the acceptance carries the request back.
      const { request } = run.admittedUpdates.get(updateId) ?? response;
      const attributes = {
        protocolInstanceId: updateId,
        acceptedRequestMessageId: `${updateId}/request`,
        acceptedRequestSequencingEventId: response.sequencingEventId,
        acceptedRequest: request,
      };
      turn.record('WorkflowExecutionUpdateAccepted', attributes, { links: request.links });
      return;
    }
    case 'rejected':
      rejectUpdate(run, response.updateId, response.failure);
      return;
    case 'completed': {
      const { updateId, outcome } = response;
      const accepted = run.updates.get(updateId);
      invariant(accepted?.state === 'accepted', run, run.nextEventId, `update ${updateId} is not accepted`);
      const { acceptedEventId } = accepted;
      const { identity } = accepted.request.meta;
      const meta = identity === undefined ? { updateId } : { updateId, identity };
      turn.record('WorkflowExecutionUpdateCompleted', { meta, acceptedEventId, outcome });
      return;
    }
    default:
      assertNever(response);
  }
}

function rejectUpdate(run: RunState, updateId: string, failure: Failure): void {
  run.admittedUpdates.delete(updateId);
  run.rejectedUpdates.set(updateId, failure);
  if (run.rejectedUpdates.size <= REJECTED_UPDATES_KEPT) return;
  for (const oldest of run.rejectedUpdates.keys()) {
    run.rejectedUpdates.delete(oldest);
    return;
  }
}

/** Of those that history admits, the completed task has accepted what it did not reject; its acceptance follows as an event. */
export function forgetRecordedUpdates(run: RunState): void {
  for (const { updateId, isRecorded } of [...run.admittedUpdates.values()])
    if (isRecorded) run.admittedUpdates.delete(updateId);
}

/** UPD-12: sent with the completed task, and neither accepted nor rejected in it. */
export function rejectUnprocessed(run: RunState): void {
  for (const { updateId, sentInTask } of [...run.admittedUpdates.values()]) {
    if (sentInTask === undefined) continue;
    rejectUpdate(run, updateId, {
      message: `Workflow Update is rejected because it wasn't processed by worker. Probably, Workflow Update is not supported by the worker.`,
      source: 'Server',
      applicationFailureInfo: { type: 'UnprocessedUpdate', nonRetryable: true },
    });
  }
}

const CLOSED_OUTCOME: UpdateOutcome = {
  failure: {
    message: 'Workflow Update failed because the Workflow completed before the Update completed.',
    source: 'Server',
    applicationFailureInfo: { type: 'AcceptedUpdateCompletedWorkflow', nonRetryable: true },
  },
};

/** What callers of an update are told once it has ended, or its run has. */
export function endOfUpdate(run: RunState, updateId: string): UpdateOutcome {
  const recorded = run.updates.get(updateId);
  return recorded?.state === 'completed' ? recorded.outcome : CLOSED_OUTCOME;
}

/** Undefined: not known, or forgotten because the run closed before it was accepted (UPD-10, UPD-11). */
export function updateReply(run: RunState, updateId: string): UpdateReply | undefined {
  const recorded = run.updates.get(updateId);
  const { acceptedEventId } = recorded ?? {};
  const reply = { updateId, runId: run.runId, ...(acceptedEventId && { acceptedEventId }) };
  if (recorded?.state === 'completed') return { ...reply, stage: 'COMPLETED', outcome: recorded.outcome };
  if (recorded !== undefined)
    return isOpen(run)
      ? { ...reply, stage: 'ACCEPTED' }
      : { ...reply, stage: 'COMPLETED', outcome: CLOSED_OUTCOME };
  if (run.admittedUpdates.has(updateId)) return { ...reply, stage: 'ADMITTED' };
  const failure = run.rejectedUpdates.get(updateId);
  return failure === undefined ? undefined : { ...reply, stage: 'COMPLETED', outcome: { failure } };
}
