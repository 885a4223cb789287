/**
 * A run that is one Nexus operation and no workflow (SNX-1 to SNX-7): scheduled with its start, closed with its end. There is no
 * workflow task in it; what it does in between is what an operation of a workflow does.
 */
import { closeRun } from './close.ts';
import { cancelNexus, nexusProblem, scheduledNexus } from './nexus-machine.ts';
import type { StandaloneNexusRequest, StartWorkflowRequest } from './requests.ts';
import { isOpen } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';

/** What is wrong with the operation of a start. */
export function standaloneNexusProblem(
  { nexusOperation }: StartWorkflowRequest,
  idBytesMax: number,
): string | undefined {
  return nexusOperation && nexusProblem(nexusOperation, idBytesMax);
}

/** The run's second event. */
export function scheduleStandaloneNexus(turn: RunTurn, operation: StandaloneNexusRequest): void {
  const { requestId, operationId: _, ...command } = operation;
  turn.record('NexusOperationScheduled', scheduledNexus(command, { requestId }));
}

/** Every turn operation on such a run ends with it: passes a cancel request on, and closes the run with its operation. */
export function settleStandaloneNexus(turn: RunTurn): void {
  const { run } = turn;
  if (!isOpen(run)) return;
  const [operation] = run.nexusOperations.values();
  if (operation === undefined) {
    closeWithOperation(turn);
    return;
  }
  if (!run.cancelRequested || operation.cancel !== undefined) return;
  cancelNexus(turn, 0, { scheduledEventId: operation.scheduledEventId });
  if (run.nexusOperations.size === 0) closeWithOperation(turn);
}

/** Result and failure stay where they are, in the operation's own event. */
function closeWithOperation(turn: RunTurn): void {
  const workflowTaskCompletedEventId = 0;
  switch (turn.events.at(-1)?.eventType) {
    case 'NexusOperationCompleted':
      closeRun(turn, undefined, () =>
        turn.record('WorkflowExecutionCompleted', { workflowTaskCompletedEventId }),
      );
      return;
    case 'NexusOperationFailed':
      closeRun(turn, undefined, () =>
        turn.record('WorkflowExecutionFailed', { workflowTaskCompletedEventId }),
      );
      return;
    case 'NexusOperationCanceled':
      closeRun(turn, undefined, () =>
        turn.record('WorkflowExecutionCanceled', { workflowTaskCompletedEventId }),
      );
      return;
    case 'NexusOperationTimedOut':
      closeRun(turn, undefined, () => turn.record('WorkflowExecutionTimedOut', {}));
      return;
    default:
  }
}
