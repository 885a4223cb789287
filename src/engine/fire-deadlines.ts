/** Everything that is due, in the order of its times: timers, activity timeouts, task timeouts, backoffs, run timeouts. */
import { timeOutActivity } from './activity-results.ts';
import { timeOutRun } from './close.ts';
import { type DueDeadline, nextDue, promoteDueAttempts } from './deadlines.ts';
import { assertNever, invariant } from './errors.ts';
import { fireNexusDeadline } from './nexus-machine.ts';
import { isOpen, type RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { settleStandalone } from './standalone-run.ts';
import { fireTimer } from './timer-machine.ts';
import {
  endTaskBackoff,
  endTaskUnsuccessfully,
  scheduleWorkflowTask,
  settleWorkflowTask,
} from './workflow-task-machine.ts';

export function fireDueDeadlines(turn: RunTurn): void {
  const { run, now } = turn;
  if (!isOpen(run)) return;
  promoteDueAttempts(run, now);
  endTaskBackoff(turn);
  const limit = deadlinesAtMost(run);
  for (let fired = 0; isOpen(run); fired++) {
    const due = nextDue(run);
    if (due === undefined || due.time > now) break;
    invariant(
      fired <= limit,
      run,
      run.nextEventId,
      `deadline ${due.kind} at ${due.time} fires again and again`,
    );
    fire(turn, due);
  }
  if (run.isStandalone) settleStandalone(turn);
  else settleWorkflowTask(turn);
}

/** Each timer once, each activity once, each Nexus operation some times, and what a run has only one of. */
function deadlinesAtMost(run: RunState): number {
  return run.timers.size + run.activities.size + 4 * run.nexusOperations.size + 8;
}

function fire(turn: RunTurn, { kind, timerId, rank }: DueDeadline): void {
  const { run } = turn;
  switch (kind) {
    case 'timer':
      fireTimer(turn, timerId ?? '');
      return;
    case 'activity': {
      const activity = run.activities.get(rank);
      invariant(activity, run, rank, 'the activity that times out is not open');
      timeOutActivity(turn, activity);
      return;
    }
    case 'nexus':
      fireNexusDeadline(turn, rank);
      return;
    case 'workflowTaskTimeout':
      endTaskUnsuccessfully(turn, { kind: 'timedOut' });
      return;
    case 'firstTaskBackoff':
      // START-14, START-15.
      scheduleWorkflowTask(turn);
      return;
    case 'runTimeout':
      timeOutRun(turn);
      return;
    default:
      assertNever(kind);
  }
}
