/**
 * How large a run is, and its end when it is too large (LIM-2). What a run keeps besides its history is estimated without looking at
 * all that is pending: details of activities are counted as they change, the rest by number.
 */
import { SERVER_IDENTITY, terminateRun } from './close.ts';
import { isOpen, type PendingActivity, type RunState } from './run-state.ts';
import type { RunTurn } from './run-turn.ts';
import { failureBytes, payloadMapBytes, payloadsBytes } from './size.ts';

/** Of one of each, without what is counted by itself. */
const ACTIVITY_BYTES = 256;
const CHILD_BYTES = 256;
const EXTERNAL_BYTES = 128;
const TIMER_BYTES = 64;
const NEXUS_BYTES = 512;
const UPDATE_BYTES = 128;
const REQUEST_ID_BYTES = 48;

/** Brings the count up to date with what the activity holds now. */
export function countActivityBytes(run: RunState, activity: PendingActivity): void {
  const { heartbeatDetails, lastFailure } = activity;
  const bytes = payloadsBytes(heartbeatDetails) + failureBytes(lastFailure);
  run.activityBytes += bytes - activity.stateBytes;
  activity.stateBytes = bytes;
}

export function mutableStateBytes(run: RunState): number {
  return (
    run.activityBytes +
    run.bufferedBytes +
    payloadMapBytes(run.memo) +
    payloadMapBytes(run.searchAttributes) +
    run.activities.size * ACTIVITY_BYTES +
    run.children.size * CHILD_BYTES +
    (run.externalSignals.size + run.externalCancels.size) * EXTERNAL_BYTES +
    run.nexusOperations.size * NEXUS_BYTES +
    run.timers.size * TIMER_BYTES +
    run.updates.size * UPDATE_BYTES +
    run.signalRequestIds.size * REQUEST_ID_BYTES
  );
}

/** Ends a run that this turn has made larger than what can be kept. */
export function enforceSizeLimits(turn: RunTurn): void {
  const { run } = turn;
  for (const activity of turn.touchedActivities)
    if (run.activities.get(activity.scheduledEventId) === activity) countActivityBytes(run, activity);
  if (!isOpen(run)) return;
  const reason = excess(turn);
  if (reason !== undefined) terminateRun(turn, { reason, identity: SERVER_IDENTITY });
}

function excess({ run, events, context, touchedActivities, isVolatileTouched }: RunTurn): string | undefined {
  const { historyEventsMax, historyBytesMax, mutableStateBytesMax } = context.limits;
  if (events.length > 0) {
    if (run.nextEventId - 1 > historyEventsMax) return 'Workflow history count exceeds limit.';
    if (run.historyBytes > historyBytesMax) return 'Workflow history size exceeds limit.';
  }
  const mayHaveGrown = events.length > 0 || touchedActivities.size > 0 || isVolatileTouched;
  if (mayHaveGrown && mutableStateBytes(run) > mutableStateBytesMax)
    return 'Workflow mutable state size exceeds limit.';
  return undefined;
}
