/** Parents end up told, and what they left behind is dealt with as they said. */
import { isTaken } from '../scenario.ts';
import { type Chronicle, eventsOf, type RunRecord } from './chronicle.ts';
import { check } from './failure.ts';

/** What was lost on the way has been sent again by then. */
const SETTLED_MS = 1_200_000;

export function checkParents({ runs, scenario }: Chronicle): void {
  // The cancel of a run cancels what it has started, whatever becomes of that at its end.
  const isCancelled = scenario.interference === 'cancel';
  for (const parent of runs) {
    const parentClosedAt = parent.summary.closeTime ?? Number.POSITIVE_INFINITY;
    for (const { attributes, eventId } of eventsOf(parent, 'StartChildWorkflowExecutionInitiated')) {
      const last = lastRunOf(runs, parent, eventId);
      const closedAt = last?.summary.closeTime;
      if (last === undefined || closedAt === undefined) continue;
      if (closedAt + SETTLED_MS < parentClosedAt) checkTold(parent, eventId);
      // A reset leaves them to the new run, or has them replaced by its own.
      if (isTaken(scenario, 'reset')) continue;
      const policy = attributes.parentClosePolicy ?? 'TERMINATE';
      if (isCancelled && policy === 'ABANDON') continue;
      checkPolicy(parent, last, policy, { closedAt, parentClosedAt });
    }
  }
}

function lastRunOf(
  runs: readonly RunRecord[],
  parent: RunRecord,
  initiatedEventId: number,
): RunRecord | undefined {
  return runs.findLast(
    ({ started }) =>
      started.parentWorkflowExecution?.runId === parent.runId &&
      started.parentInitiatedEventId === initiatedEventId,
  );
}

function checkTold(parent: RunRecord, initiatedEventId: number): void {
  const isTold = parent.events.some(({ eventType, attributes }) => {
    const { initiatedEventId: of } = attributes as { initiatedEventId?: number };
    return (
      eventType.startsWith('ChildWorkflowExecution') &&
      eventType !== 'ChildWorkflowExecutionStarted' &&
      of === initiatedEventId
    );
  });
  check(isTold, 'parents', () => `${parent.workflowId} was not told of the end of child ${initiatedEventId}`);
}

function checkPolicy(
  { workflowId }: RunRecord,
  child: RunRecord,
  policy: string,
  { closedAt, parentClosedAt }: { closedAt: number; parentClosedAt: number },
): void {
  if (policy === 'ABANDON') {
    const { status } = child.summary;
    check(
      status === 'COMPLETED',
      'parents',
      () => `${child.workflowId} is ${status}, though ${workflowId} abandons it`,
    );
    return;
  }
  const after = closedAt - parentClosedAt;
  check(
    after <= SETTLED_MS,
    'parents',
    () => `${child.workflowId} (${policy}) went on for ${after} ms after ${workflowId}`,
  );
}
