/** Names of objects. They must never change: an object is found again by its name alone. */

/** A `%` or `/` of the namespace is escaped, so that no two pairs share a name. */
export function workflowExecutionName(namespace: string, workflowId: string): string {
  return `${encodeURIComponent(namespace)}/${workflowId}`;
}
