/**
 * A label that groups events in a user interface.
 *
 * @experimental
 */
export interface EventGroupMarker {
  /** Runs `fn`; what it starts belongs to the group. */
  withScope<T>(fn: () => Promise<T>): Promise<T>;
}
