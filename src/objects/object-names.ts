/** Names of objects. They must never change: an object is found again by its name alone. */

/** Schedules have a class of their own, and so may share a name with a workflow. */
export function scheduleName(namespace: string, scheduleId: string): string {
  return `${encodeURIComponent(namespace)}/${scheduleId}`;
}

/** A `%` or `/` of the namespace is escaped, so that no two pairs share a name. */
export function workflowExecutionName(namespace: string, workflowId: string): string {
  return `${encodeURIComponent(namespace)}/${workflowId}`;
}
