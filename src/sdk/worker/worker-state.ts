/** Where a worker stands, as `getState` and `getStatus` tell. */

/**
 * INITIALIZED until `run`; RUNNING; STOPPING from `shutdown` until no poll is under way; DRAINING while what was begun ends;
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

export function pollerStateOf(state: State): PollerState {
  if (state === 'FAILED') return 'FAILED';
  return state === 'RUNNING' || state === 'INITIALIZED' ? 'POLLING' : 'SHUTDOWN';
}
