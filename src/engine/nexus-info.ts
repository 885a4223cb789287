/** Pending Nexus operations as describe shows them. */
import type { PendingNexusOperationInfo } from '../sdk/common/wire/nexus-requests.ts';
import type { NexusCancellation, NexusRequest, PendingNexusOperation } from './nexus-state.ts';

export function nexusOperationInfo(operation: PendingNexusOperation): PendingNexusOperationInfo {
  const { scheduledEventId, scheduled, scheduledTime, started, start, cancel } = operation;
  const { endpoint, service, operation: name } = scheduled;
  const info: PendingNexusOperationInfo = {
    ...(endpoint && { endpoint }),
    ...(service && { service }),
    ...(name && { operation: name }),
    scheduledTime,
    state: started === undefined ? stateOf(start) : 'STARTED',
    ...attemptsOf(start),
    scheduledEventId,
    scheduleToCloseTimeout: scheduled.scheduleToCloseTimeout ?? 0,
    scheduleToStartTimeout: scheduled.scheduleToStartTimeout ?? 0,
    startToCloseTimeout: scheduled.startToCloseTimeout ?? 0,
  };
  if (started !== undefined) info.operationToken = started.operationToken;
  if (cancel !== undefined) info.cancellationInfo = cancellationInfo(cancel);
  return info;
}

function stateOf({ phase }: NexusRequest): 'SCHEDULED' | 'BACKING_OFF' {
  return phase.state === 'backingOff' ? 'BACKING_OFF' : 'SCHEDULED';
}

function attemptsOf({ attempt, phase, lastFailure, lastAttemptCompleteTime }: NexusRequest) {
  return {
    attempt,
    ...(lastAttemptCompleteTime !== undefined && { lastAttemptCompleteTime }),
    ...(lastFailure !== undefined && { lastAttemptFailure: lastFailure }),
    ...(phase.state === 'backingOff' && { nextAttemptScheduleTime: phase.until }),
  };
}

function cancellationInfo(cancel: NexusCancellation): PendingNexusOperationInfo['cancellationInfo'] {
  const { requestedTime, outcome } = cancel;
  const settled = outcome === 'delivered' ? 'SUCCEEDED' : 'FAILED';
  return { requestedTime, state: outcome === undefined ? stateOf(cancel) : settled, ...attemptsOf(cancel) };
}
