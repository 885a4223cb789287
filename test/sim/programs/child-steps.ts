/** Steps that begin other workflows. */
import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  sleep,
  startChild,
  TimeoutFailure,
  workflowInfo,
} from '../../../src/sdk/workflow/index.ts';
import type { ChildCancellationKind, Progress, Step } from './program.ts';
import type { Request } from './workflow.ts';

/** One of an earlier attempt of this workflow may still be there, or of a child that a reset of its parent has replaced. */
function childId(id: string): string {
  const { workflowId, runId, attempt, parent } = workflowInfo();
  if (parent !== undefined) return `${workflowId}/${id} of ${runId.slice(-6)}`;
  return attempt === 1 ? `${workflowId}/${id}` : `${workflowId}/${id} again`;
}

export async function child({
  id,
  program: steps,
  ends,
  how,
}: Extract<Step, { kind: 'child' }>): Promise<unknown> {
  if (ends === 'cancelled') return await cancelledChild(id, how);
  if (ends === 'timedOut') return await timedOutChild(id);
  const request: Request = { steps, ...(ends !== 'well' && { ends }) };
  try {
    const done = await executeChild<(request: Request) => Promise<Progress>>('program', {
      args: [request],
      workflowId: childId(id),
      ...(ends === 'retried' && { retry: { initialInterval: 10, maximumAttempts: 2 } }),
    });
    return done.results;
  } catch (error) {
    if (error instanceof ChildWorkflowFailure && error.cause instanceof ApplicationFailure)
      return `child failed ${id}`;
    throw error;
  }
}

export async function leftChild({ id, ms, policy }: Extract<Step, { kind: 'left' }>): Promise<string> {
  await startChild('patient', { args: [ms], parentClosePolicy: policy, workflowId: childId(id) });
  return `left ${id}`;
}

async function timedOutChild(id: string): Promise<string> {
  const options = { args: [3_600_000], workflowId: childId(id), workflowRunTimeout: 2_000 };
  try {
    await executeChild('patient', options);
  } catch (error) {
    if (error instanceof ChildWorkflowFailure && error.cause instanceof TimeoutFailure)
      return `child timed out ${id}`;
    throw error;
  }
  return `child done ${id}`;
}

async function cancelledChild(id: string, cancellationType: ChildCancellationKind): Promise<string> {
  const scope = new CancellationScope();
  const inside = scope.run(async () => {
    const options = { args: [3_600_000], workflowId: childId(id), cancellationType };
    const handle = await startChild('patient', options);
    return await handle.result();
  });
  const outcome = inside.then(
    () => `child done ${id}`,
    (error) => (isCancellation(error) ? `child cancelled ${id}` : String(error)),
  );
  await sleep(30);
  scope.cancel();
  return await outcome;
}
