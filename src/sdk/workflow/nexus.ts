/** What cancelling the scope of a Nexus operation does, and when its result rejects because of it. */
export const NexusOperationCancellationType = {
  /** Nothing is sent; the result rejects at once. */
  ABANDON: 'ABANDON',
  /** The request is sent; the result rejects at once. */
  TRY_CANCEL: 'TRY_CANCEL',
  /** The request is sent; the result rejects when it has been delivered. */
  WAIT_CANCELLATION_REQUESTED: 'WAIT_CANCELLATION_REQUESTED',
  /** The request is sent; the result settles as the operation ends. */
  WAIT_CANCELLATION_COMPLETED: 'WAIT_CANCELLATION_COMPLETED',
} as const;
export type NexusOperationCancellationType =
  (typeof NexusOperationCancellationType)[keyof typeof NexusOperationCancellationType];
