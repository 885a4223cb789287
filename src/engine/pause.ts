/** Pause and unpause of a run (WPAUSE-1, WPAUSE-2). */
import type { Result } from './api.ts';
import { ok, refuse } from './errors.ts';
import type { PauseWorkflowRequest } from './requests.ts';
import type { RunTurn } from './run-turn.ts';

export function pauseRun(turn: RunTurn, request: PauseWorkflowRequest): Result<undefined> {
  const { run } = turn;
  if (run.pause !== undefined) {
    if (request.requestId && run.pause.requestId === request.requestId) return ok(undefined);
    return refuse('FAILED_PRECONDITION', 'workflow is already paused.');
  }
  turn.arrive('WorkflowExecutionPaused', attributesOf(request));
  turn.touchSummary();
  return ok(undefined);
}

export function unpauseRun(turn: RunTurn, request: PauseWorkflowRequest): Result<undefined> {
  if (turn.run.pause === undefined) return refuse('FAILED_PRECONDITION', 'workflow is not paused.');
  turn.arrive('WorkflowExecutionUnpaused', attributesOf(request));
  turn.touchSummary();
  return ok(undefined);
}

function attributesOf({ identity, reason, requestId }: PauseWorkflowRequest) {
  const attributes: { identity?: string; reason?: string; requestId?: string } = {};
  if (identity) attributes.identity = identity;
  if (reason) attributes.reason = reason;
  if (requestId) attributes.requestId = requestId;
  return attributes;
}
