/** What happens to Nexus operations by time alone: their timeouts, requests that nobody answers, and backoffs that end. */
import type { TimeoutTypeName } from '../sdk/common/wire/messages.ts';
import { NEXUS_REQUEST_TIMEOUT_MS } from './limits.ts';
import { type PendingNexusOperation, presentRequest } from './nexus-state.ts';
import type { RunState } from './run-state.ts';

export type NexusDue =
  | { kind: 'timeout'; type: TimeoutTypeName }
  /** A worker had the request and has not answered. */
  | { kind: 'unanswered' }
  | { kind: 'backoffEnds' };

interface Moment {
  time: number;
  due: NexusDue;
}

/** The earliest of an operation. Of equal times the one that ends it comes first. */
export function nexusMoment(operation: PendingNexusOperation): Moment | undefined {
  const { scheduled, scheduledTime, started } = operation;
  let first: Moment | undefined;
  const consider = (due: NexusDue, from: number, duration: number) => {
    if (first === undefined || from + duration < first.time) first = { time: from + duration, due };
  };
  const considerTimeout = (type: TimeoutTypeName, from: number, timeout: number | undefined) => {
    if (timeout !== undefined && timeout > 0) consider({ kind: 'timeout', type }, from, timeout);
  };
  considerTimeout('SCHEDULE_TO_CLOSE', scheduledTime, scheduled.scheduleToCloseTimeout);
  if (started === undefined)
    considerTimeout('SCHEDULE_TO_START', scheduledTime, scheduled.scheduleToStartTimeout);
  else considerTimeout('START_TO_CLOSE', started.time, scheduled.startToCloseTimeout);
  const phase = presentRequest(operation)?.request.phase;
  if (phase?.state === 'backingOff') consider({ kind: 'backoffEnds' }, phase.until, 0);
  if (phase?.state === 'started')
    consider({ kind: 'unanswered' }, phase.startedTime, NEXUS_REQUEST_TIMEOUT_MS);
  return first;
}

/** The earliest of all operations of a run; of equal times that of the one scheduled first. */
export function nextNexusDeadline(run: RunState): { time: number; scheduledEventId: number } | undefined {
  let first: { time: number; scheduledEventId: number } | undefined;
  for (const operation of run.nexusOperations.values()) {
    const time = nexusMoment(operation)?.time;
    if (time !== undefined && (first === undefined || time < first.time))
      first = { time, scheduledEventId: operation.scheduledEventId };
  }
  return first;
}
