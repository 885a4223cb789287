/** Fields of requests that calls on workflows, on activities and on Nexus operations have in common. */
import { bool, bytes, i32, message, required, str } from './schema.ts';

/** Of `…IdReusePolicy`: what may follow a closed one of the same ID. */
export const idReusePolicies = { ALLOW_DUPLICATE: 1, ALLOW_DUPLICATE_FAILED_ONLY: 2, REJECT_DUPLICATE: 3 };

/** Of `…IdConflictPolicy`: what a start does that finds a running one of the same ID. */
export const idConflictPolicies = { FAIL: 1, USE_EXISTING: 2 };

export const OnConflictOptionsSchema = message('OnConflictOptions', {
  attachRequestId: bool,
  attachCompletionCallbacks: bool,
  attachLinks: bool,
});

/** A page of a listing. */
export const pageFields = { namespace: required(str), pageSize: i32, nextPageToken: bytes } as const;

export const listFields = { ...pageFields, query: str } as const;

export const countFields = { namespace: required(str), query: str } as const;

/** Who asks for a change, and why. */
export const commandFields = { identity: str, requestId: str, reason: str } as const;
