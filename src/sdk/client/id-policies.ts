/** What activities and Nexus operations without a workflow have alike: what becomes of a start whose ID is taken. */

/** What may follow a closed one of the same ID. */
export const idReusePolicies = {
  /** Another one may always be started. The default. */
  ALLOW_DUPLICATE: 'ALLOW_DUPLICATE',
  /** Only if the last one did not complete. */
  ALLOW_DUPLICATE_FAILED_ONLY: 'ALLOW_DUPLICATE_FAILED_ONLY',
  /** Never, as long as the last one is kept. */
  REJECT_DUPLICATE: 'REJECT_DUPLICATE',
} as const;

/** What a start does that finds a running one of the same ID. */
export const idConflictPolicies = {
  /** Refuse with `ActivityExecutionAlreadyStartedError` or `NexusOperationAlreadyStartedError`. The default. */
  FAIL: 'FAIL',
  /** Give a handle to the running one. */
  USE_EXISTING: 'USE_EXISTING',
} as const;
