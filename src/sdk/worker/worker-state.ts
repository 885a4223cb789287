/** Where a worker stands, as `getState` and `getStatus` tell. */

/**
 * INITIALIZED until `run`; RUNNING; from `shutdown` on STOPPING and at once DRAINING, while polls and what was begun end;
 * DRAINED; STOPPED, or FAILED when it ended by an error.
 */
export type State = 'INITIALIZED' | 'RUNNING' | 'STOPPED' | 'STOPPING' | 'DRAINING' | 'DRAINED' | 'FAILED';

export type PollerState = 'POLLING' | 'SHUTDOWN' | 'FAILED';

export interface WorkerStatus {
  runState: State;
  workflowPollerState: PollerState;
  activityPollerState: PollerState;
  hasOutstandingWorkflowPoll: boolean;
  hasOutstandingActivityPoll: boolean;
  numInFlightWorkflowActivations: number;
  numInFlightActivities: number;
  numInFlightNonLocalActivities: number;
  numInFlightLocalActivities: number;
  numCachedWorkflows: number;
  numHeartbeatingActivities: number;
}

/** Without a poller: there is nothing of its kind to do. */
export function pollerStateOf(state: State, poller: { readonly hasEnded: boolean } | undefined): PollerState {
  if (state === 'INITIALIZED') return 'POLLING';
  if (poller === undefined || state === 'STOPPED') return 'SHUTDOWN';
  if (state === 'FAILED') return 'FAILED';
  return poller.hasEnded ? 'SHUTDOWN' : 'POLLING';
}
