/** Runs that are no workflows: what they answer without their machines, and how they go on after each of their turns. */
import { nexusOperationId } from '../sdk/common/standalone-nexus.ts';
import type { Input, Result } from './api.ts';
import { alreadyCompleted, ok, refuse, workflowNotFound } from './errors.ts';
import { isOpen } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { settleStandaloneActivity } from './standalone-activity.ts';
import { settleStandaloneNexus } from './standalone-nexus.ts';

/** The end of every turn operation on such a run. */
export function settleStandalone(turn: RunTurn): void {
  if (nexusOperationId(turn.run.workflowId) === undefined) settleStandaloneActivity(turn);
  else settleStandaloneNexus(turn);
}

/**
 * What is answered without the run's own machines: refusals of what only a workflow takes (SAA-2, SNX-2), repetitions, and second
 * requests to end it (SAA-4, SNX-4). Undefined: it takes its way.
 */
export function standaloneAnswer(turn: RunTurn, input: Input): Result<undefined> | undefined {
  const { run } = turn;
  switch (input.kind) {
    case 'Signal':
    case 'Pause':
    case 'Unpause':
    case 'UpdateWorkflowOptions':
      return workflowNotFound(run.workflowId);
    case 'RequestCancel':
    case 'Terminate':
      // Workflows know workflows only.
      if (input.childOf || (input.kind === 'RequestCancel' && input.external))
        return workflowNotFound(run.workflowId);
      return endingAnswer(turn, input);
    default:
      return undefined;
  }
}

type Ending = Extract<Input, { kind: 'RequestCancel' | 'Terminate' }>;

/** Of each kind the run takes one request, and remembers its ID. */
function endingAnswer(turn: RunTurn, { kind, runId, requestId = '' }: Ending): Result<undefined> | undefined {
  const { run } = turn;
  if (runId && runId !== run.runId) return undefined;
  // No request ID of a start begins so by accident.
  const prefix = `/_sys/${kind}:`;
  const known = run.requestIds.find((one) => one.requestId.startsWith(prefix))?.requestId;
  if (known === prefix + requestId) return ok(undefined);
  if (!isOpen(run)) return alreadyCompleted();
  if (known !== undefined)
    return refuse(
      'FAILED_PRECONDITION',
      `cancellation already requested with request ID ${known.slice(prefix.length)}`,
    );
  run.requestIds.push({ requestId: prefix + requestId, started: false });
  turn.touchSummary();
  return undefined;
}
