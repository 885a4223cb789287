/** How the engine refuses: as data, which crosses RPC as it is. */

/** gRPC codes as names; routes map them to HTTP. */
export type StatusCode =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED';

/** A refusal, as data: it crosses RPC as it is. `details` are google.rpc.Status details without their `@type` prefix. */
export interface StatusError {
  code: StatusCode;
  message: string;
  details?: { type: string; [field: string]: unknown }[];
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: StatusError };
