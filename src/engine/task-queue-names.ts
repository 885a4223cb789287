/** Task queues whose names are kept for the runtime's own workflows (TQ-1). */
const RESERVED_PREFIX = '/_sys/';

/** Undefined when a caller or workflow code may use it. `own`: the queue of the run that names it, which it may stay on. */
export function reservedQueueProblem(taskQueue: string | undefined, own?: string): string | undefined {
  if (!taskQueue?.startsWith(RESERVED_PREFIX) || taskQueue === own) return undefined;
  return `task queue name cannot start with reserved prefix ${RESERVED_PREFIX}`;
}
