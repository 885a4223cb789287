/**
 * A start and an update as one (UPD-17): both are decided in one turn, or neither is.
 *
 * S1 What the update's request alone can be refused for is checked before anything begins.
 * S2 An outcome that the update has already stands, whatever the start's policies say.
 * S3 A call that comes again after its run was continued finds the outcome there, or else reaches the run that is open now.
 */

import type { EngineLimits, Result, StartReply, StatusError, Turn, UpdateReply } from '../../engine/api.ts';
import type { StartWorkflowRequest } from '../../engine/requests.ts';
import { updateRequestRefusal } from '../../engine/update-machine.ts';
import { grpcStatus } from '../../sdk/common/grpc-status.ts';
import type { UpdateCall } from './workflow-execution-api.ts';

export interface UpdateWithStartReply {
  start: StartReply;
  update: UpdateReply;
}

interface UpdateWithStart {
  start: StartWorkflowRequest;
  update: UpdateCall;
  /** The update as a run has it, the current one unless named. */
  known(runId?: string): UpdateReply | undefined;
  limits: EngineLimits;
}

export function startAndAdmit(
  turn: Turn,
  { start, update: { request }, known, limits }: UpdateWithStart,
): Result<UpdateWithStartReply> {
  const malformed = updateRequestRefusal(request, limits);
  if (malformed !== undefined) return multiOperationFailed([ABORTED, malformed.error]);
  const run = turn.execution.current;
  const existing = known();
  if (run !== undefined && existing?.outcome !== undefined) {
    const { runId, firstExecutionRunId, status } = run;
    return {
      ok: true,
      value: { start: { runId, firstExecutionRunId, started: false, status }, update: existing },
    };
  }
  const started = turn.start(start);
  if (!started.ok) return multiOperationFailed([started.error, ABORTED]);
  const { runId } = started.value;
  const { current } = turn.execution;
  const isEarlier = current !== undefined && current.runId !== runId;
  const there = isEarlier ? known(runId) : undefined;
  if (there?.outcome !== undefined) return { ok: true, value: { start: started.value, update: there } };
  const isContinued = isEarlier && current.closeTime === undefined;
  const update = turn.admitUpdate(request, { runId: isContinued ? current.runId : runId });
  if (!update.ok) return multiOperationFailed([ABORTED, update.error]);
  return { ok: true, value: { start: started.value, update: update.value } };
}

const ABORTED: StatusError = {
  code: 'ABORTED',
  message: 'Operation was aborted.',
  details: [{ type: 'MultiOperationExecutionAborted' }],
};

/** UPD-18: both statuses in order, under the code of the one that failed by itself. */
function multiOperationFailed(errors: readonly StatusError[]): { ok: false; error: StatusError } {
  const cause = errors.find((error) => error !== ABORTED) ?? ABORTED;
  const statuses = errors.map(({ code, message, details = [] }) => ({
    code: grpcStatus[code],
    message,
    details: details.map(({ type, ...fields }) => ({ '@type': TYPE_PREFIX + type, ...fields })),
  }));
  return {
    ok: false,
    error: {
      code: cause.code,
      message: 'Update-with-Start could not be executed.',
      details: [{ type: 'MultiOperationExecutionFailure', statuses }],
    },
  };
}

const TYPE_PREFIX = 'type.googleapis.com/temporal.api.errordetails.v1.';
