/** An activity task and its outcome as they cross the fetch between the object and the `Activities` entrypoint. */
import type { ActivityTask } from '../engine/api.ts';
import type { ActivityOutcome as ExecutionOutcome } from '../sdk/activity/execution.ts';
import type { Payloads } from '../sdk/common/wire/messages.ts';
import { decodeFrame, encodeFrame } from './binary-frame.ts';
import type { LeaseTimes } from './object-options.ts';

export interface ActivityCall {
  task: ActivityTask;
  /** Invocations nested so far, this call included. */
  depth: number;
  lease: LeaseTimes;
}

/** What held-back heartbeat details an attempt leaves goes with its failure. */
export type ActivityOutcome =
  | Exclude<ExecutionOutcome, { kind: 'failed' }>
  | (Extract<ExecutionOutcome, { kind: 'failed' }> & { lastHeartbeatDetails?: Payloads });

export const FRAME_CONTENT_TYPE = 'application/vnd.perdure.frame';

export function encodeActivityCall(call: ActivityCall): Uint8Array<ArrayBuffer> {
  return encodeFrame(call).bytes;
}

export function decodeActivityCall(bytes: Uint8Array): ActivityCall {
  // Sound: only the object calls the entrypoint, with what `encodeActivityCall` wrote.
  return decodeFrame(bytes) as ActivityCall;
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
