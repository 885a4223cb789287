/** What the objects of one Worker share: who runs workflow code, the limits, the intervals. Tests inject short ones. */

import type { Engine, EngineLimits } from '../engine/api.ts';
import type { WorkflowTaskHandler } from '../engine/workflow-task.ts';
import type { NexusHandlerOf } from './nexus/nexus-tasks.ts';

export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
export type LogSink = (level: LogLevel, message: string, attributes?: Record<string, unknown>) => void;

export interface LeaseTimes {
  /** An attempt that runs this long begins to say so ... */
  pingAfterMs: number;
  /** ... every so often ... */
  pingIntervalMs: number;
  /** ... and from this age on ... */
  slowAfterMs: number;
  /** ... every so often. */
  slowPingIntervalMs: number;
  /** A lease is this many intervals. */
  intervalsPerLease: number;
}

export interface ObjectTimes {
  lease: LeaseTimes;
  /** A host that has not answered a workflow task after this long no longer holds up its turn. */
  promptTaskMs: number;
  /** Who follows the history is told of a turn that sent activities once they have begun, at most this much later. */
  tellAfterSendMs: number;
  /** Delay before work that is due and was not done is tried again; doubles up to `retryMaxMs`. */
  retryMs: number;
  retryMaxMs: number;
  /** RPC callers wait at most this long. */
  waitMaxMs: number;
  /** The index is told of a change this long after it: what follows soon is told with it. */
  visibilityDelayMs: number;
  /** No alarm is set further ahead than this: what lies beyond is looked at again then. */
  alarmAheadMaxMs: number;
}

/** What one invocation of the platform may do before the rest is handed to the alarm, which begins a new chain. */
export interface InvocationLimits {
  hopsMax: number;
  dispatchesMax: number;
  cpuMsMax: number;
}

/** What may wait in one object at a time, of calls from outside. */
export interface CallLimits {
  callsMax: number;
  bytesMax: number;
}

export interface ObjectOptions {
  engine: Engine;
  /** Runs workflow code of a task queue; undefined when nobody here does. */
  workflowTaskHandler(taskQueue: string): WorkflowTaskHandler | undefined;
  /** Whether activities of a task queue are dispatched by this object. */
  servesActivities(taskQueue: string): boolean;
  /** Serves Nexus requests to a task queue; undefined when nobody here does. */
  nexusHandler?: NexusHandlerOf | undefined;
  limits: EngineLimits;
  workerIdentity: string;
  /** Attempts in flight per object. */
  dispatchWindow: number;
  times: ObjectTimes;
  invocation: InvocationLimits;
  /** `DEFAULT_CALL_LIMITS` unless it says otherwise. */
  calls?: CallLimits;
  log: LogSink;
}

const SECOND = 1000;

export const DEFAULT_LEASE_TIMES: LeaseTimes = {
  pingAfterMs: 5 * SECOND,
  pingIntervalMs: 5 * SECOND,
  slowAfterMs: 60 * SECOND,
  slowPingIntervalMs: 20 * SECOND,
  intervalsPerLease: 3,
};

export const DEFAULT_OBJECT_TIMES: ObjectTimes = {
  lease: DEFAULT_LEASE_TIMES,
  promptTaskMs: 20,
  tellAfterSendMs: 50,
  retryMs: SECOND,
  retryMaxMs: 600 * SECOND,
  waitMaxMs: 10 * SECOND,
  visibilityDelayMs: 200,
  alarmAheadMaxMs: 365 * 24 * 3600 * SECOND,
};

export const DEFAULT_INVOCATION_LIMITS: InvocationLimits = {
  hopsMax: 6,
  dispatchesMax: 500,
  cpuMsMax: 10 * SECOND,
};

export const DEFAULT_CALL_LIMITS: CallLimits = { callsMax: 5_000, bytesMax: 32 * 1024 * 1024 };

/** `retryMs`, doubled for every attempt after the first, at most `retryMaxMs`. */
export function backoffMs(times: ObjectTimes, attempt: number): number {
  return Math.min(times.retryMs * 2 ** Math.min(attempt - 1, 30), times.retryMaxMs);
}
