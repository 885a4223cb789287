/** An activity task and its outcome as they cross the fetch between the object and the `Activities` entrypoint. */
import type { ActivityTask } from '../../engine/api.ts';
import type { ActivityOutcome as ExecutionOutcome } from '../../sdk/activity/execution.ts';
import type { Payloads } from '../../sdk/common/wire/messages.ts';
import type { LeaseTimes } from '../object-options.ts';
import { decodeFrame, encodeFrame, FrameError } from '../storage/binary-frame.ts';

export interface ActivityCall {
  task: ActivityTask;
  /** Invocations nested so far, this call included. */
  depth: number;
  lease: LeaseTimes;
}

const TASK_KEYS = Object.keys({
  namespace: true,
  workflowId: true,
  runId: true,
  workflowType: true,
  scheduledEventId: true,
  activityId: true,
  activityType: true,
  taskQueue: true,
  attempt: true,
  stamp: true,
  input: true,
  header: true,
  heartbeatDetails: true,
  scheduledTime: true,
  currentAttemptScheduledTime: true,
  startedTime: true,
  scheduleToCloseTimeout: true,
  startToCloseTimeout: true,
  heartbeatTimeout: true,
  retryPolicy: true,
  priority: true,
} satisfies Record<keyof ActivityTask, true>) as (keyof ActivityTask)[];

const LEASE_KEYS = Object.keys({
  pingAfterMs: true,
  pingIntervalMs: true,
  slowAfterMs: true,
  slowPingIntervalMs: true,
  intervalsPerLease: true,
} satisfies Record<keyof LeaseTimes, true>) as (keyof LeaseTimes)[];

/** What held-back heartbeat details an attempt leaves goes with its failure. */
export type ActivityOutcome =
  | Exclude<ExecutionOutcome, { kind: 'failed' }>
  | (Extract<ExecutionOutcome, { kind: 'failed' }> & { lastHeartbeatDetails?: Payloads });

/** Values alone: their names would be most of the bytes, and of the time. Caller and callee are of one build. */
export function encodeActivityCall({ task, depth, lease }: ActivityCall): Uint8Array<ArrayBuffer> {
  const values: unknown[] = TASK_KEYS.map((key) => task[key] ?? null);
  for (const key of LEASE_KEYS) values.push(lease[key]);
  values.push(depth);
  return encodeFrame(values).bytes;
}

export function decodeActivityCall(bytes: Uint8Array): ActivityCall {
  const values = decodeFrame(bytes);
  if (!Array.isArray(values) || values.length !== TASK_KEYS.length + LEASE_KEYS.length + 1)
    throw new FrameError(`Not the call of an activity: ${bytes.byteLength} bytes`);
  // Sound: only the object calls the entrypoint, with what `encodeActivityCall` wrote.
  const task = named(TASK_KEYS, values, 0) as unknown as ActivityTask;
  const lease = named(LEASE_KEYS, values, TASK_KEYS.length) as unknown as LeaseTimes;
  return { task, lease, depth: values.at(-1) as number };
}

function named(keys: readonly string[], values: readonly unknown[], from: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [index, key] of keys.entries()) {
    const value = values[from + index];
    if (value !== null) result[key] = value;
  }
  return result;
}

export function encodeActivityOutcome(outcome: ActivityOutcome): Uint8Array<ArrayBuffer> {
  return encodeFrame(outcome).bytes;
}

const KINDS: readonly unknown[] = ['completed', 'failed', 'canceled', 'willCompleteAsync'];

export function decodeActivityOutcome(bytes: Uint8Array): ActivityOutcome {
  const outcome = decodeFrame(bytes) as ActivityOutcome;
  if (!KINDS.includes(outcome?.kind))
    throw new TypeError(`Not the outcome of an activity: ${JSON.stringify(outcome)}`);
  return outcome;
}
