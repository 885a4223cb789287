/** The warning about handlers that a closing run leaves behind (SIG-9, UPD-15). */
import { HandlerUnfinishedPolicy } from '../sdk/common/interfaces.ts';
import { writeLog } from './logs.ts';
import type { WorkflowRun } from './run.ts';

const ADVICE =
  'Wait for all handlers to complete with `await workflow.condition(workflow.allHandlersFinished)`, or, where interrupting ' +
  'them is all right, set the handler with `{ unfinishedPolicy: HandlerUnfinishedPolicy.ABANDON }`.';

export function warnOfUnfinishedHandlers(run: WorkflowRun): void {
  const updates = [...run.updates.inProgress.values()]
    .filter(isWarnedOf)
    .map(({ name, id }) => ({ name, id }));
  if (updates.length > 0) {
    writeLog(
      'warn',
      '[TMPRL1102] Workflow finished while an update handler was still running. This may have interrupted work that the ' +
        "update handler was doing, and the client that sent the update will receive a 'workflow execution already " +
        `completed' error instead of the update result. ${ADVICE} The following updates were unfinished (and warnings were ` +
        `not disabled for their handler): ${JSON.stringify(updates)}`,
    );
  }
  const signals = countByName([...run.signals.inProgress].filter(isWarnedOf));
  if (signals.length === 0) return;
  writeLog(
    'warn',
    '[TMPRL1102] Workflow finished while a signal handler was still running. This may have interrupted work that the signal ' +
      `handler was doing. ${ADVICE} The following signals were unfinished (and warnings were not disabled for their ` +
      `handler): ${JSON.stringify(signals)}`,
  );
}

function isWarnedOf({ unfinishedPolicy }: { unfinishedPolicy: HandlerUnfinishedPolicy }): boolean {
  return unfinishedPolicy === HandlerUnfinishedPolicy.WARN_AND_ABANDON;
}

function countByName(executions: readonly { name: string }[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { name } of executions) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count }));
}
