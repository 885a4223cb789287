/** Which of an activity's four timeouts comes first (ACT-4, ACT-5). */
import type { Failure, Payloads, TimeoutTypeName } from '../sdk/common/wire/messages.ts';
import { timeoutText } from './retry.ts';
import type { PendingActivity } from './run-state.ts';

export interface ActivityTimeout {
  time: number;
  type: TimeoutTypeName;
}

/** Undefined when none is set, and while the activity is paused (ACT-25). */
export function activityTimeout(activity: PendingActivity): ActivityTimeout | undefined {
  if (activity.pause !== undefined) return undefined;
  const { options, phase, firstScheduledTime } = activity;
  let first: ActivityTimeout | undefined;
  // In this order: of equal times the first one counts.
  const consider = (type: TimeoutTypeName, from: number, timeout: number) => {
    if (timeout > 0 && (first === undefined || from + timeout < first.time))
      first = { time: from + timeout, type };
  };
  if (phase.state === 'started') consider('START_TO_CLOSE', phase.startedTime, options.startToCloseTimeout);
  else consider('SCHEDULE_TO_START', phase.dueTime, options.scheduleToStartTimeout);
  consider('SCHEDULE_TO_CLOSE', firstScheduledTime, options.scheduleToCloseTimeout);
  if (phase.state === 'started') {
    const lastSign = Math.max(phase.startedTime, activity.lastHeartbeatTime ?? 0);
    consider('HEARTBEAT', lastSign, options.heartbeatTimeout);
  }
  return first;
}

export function timeoutFailure(type: TimeoutTypeName, lastHeartbeatDetails: Payloads | undefined): Failure {
  return {
    message: `activity ${timeoutText(type)} timeout`,
    source: 'Server',
    timeoutFailureInfo: lastHeartbeatDetails
      ? { timeoutType: type, lastHeartbeatDetails }
      : { timeoutType: type },
  };
}

export function outOfTimeFailure(lastHeartbeatDetails: Payloads | undefined): Failure {
  return {
    ...timeoutFailure('SCHEDULE_TO_CLOSE', lastHeartbeatDetails),
    message:
      'Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying',
  };
}
