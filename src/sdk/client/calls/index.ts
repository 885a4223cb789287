/** Every call that the service answers, by Temporal's name for it. */
import { activityCalls } from './activity-calls.ts';
import { batchCalls } from './batch-calls.ts';
import type { Call } from './call.ts';
import { deploymentCalls } from './deployment-calls.ts';
import { nexusCalls } from './nexus-calls.ts';
import { scheduleCalls } from './schedule-calls.ts';
import { standaloneActivityCalls } from './standalone-activity-calls.ts';
import { standaloneNexusCalls } from './standalone-nexus-calls.ts';
import { systemCalls } from './system-calls.ts';
import { updateCalls } from './update-calls.ts';
import { visibilityCalls } from './visibility-calls.ts';
import { workerCalls } from './worker-calls.ts';
import { workflowCalls } from './workflow-calls.ts';

export const CALLS = {
  ...workflowCalls,
  ...updateCalls,
  ...activityCalls,
  ...standaloneActivityCalls,
  ...standaloneNexusCalls,
  ...scheduleCalls,
  ...visibilityCalls,
  ...batchCalls,
  ...systemCalls,
  ...workerCalls,
  ...nexusCalls,
  ...deploymentCalls,
} as const;

export type CallName = keyof typeof CALLS;
export type RequestOf<Name extends CallName> =
  (typeof CALLS)[Name] extends Call<infer Request, infer _Response> ? Request : never;
export type ResponseOf<Name extends CallName> =
  (typeof CALLS)[Name] extends Call<infer _Request, infer Response> ? Response : never;

export interface CallOptions {
  /** Aborting it rejects the call with CANCELLED. */
  signal?: AbortSignal;
  /** Milliseconds since the epoch; past it the call rejects with DEADLINE_EXCEEDED. */
  deadline?: number;
  /** HTTP headers. */
  metadata?: Readonly<Record<string, string>>;
  /**
   * False: the call is sent once, whatever comes of it. `unless-refused`: again and again, but not to where nobody listens.
   *
   * @default true
   */
  retry?: boolean | 'unless-refused';
  /** Start only: also wait this long for the close of the run. */
  waitMs?: number;
}

/** The service, wherever it is: behind HTTP, or in this Worker. Rejects with `RpcError`. */
export type Gateway = {
  [Name in CallName]: (request: RequestOf<Name>, options?: CallOptions) => Promise<ResponseOf<Name>>;
};
