/** Labels that group events in user interfaces. Accepted everywhere and not recorded: the wire has no place for them here yet. */
import { requireRun } from './context.ts';

/** @experimental */
export interface EventGroupMarker {
  /** Runs `fn`; what it starts belongs to the group. */
  withScope<T>(fn: () => Promise<T>): Promise<T>;
}

/** @experimental */
export function createEventGroup(label: string, options?: { id?: string }): EventGroupMarker {
  requireRun('createEventGroup(...) may only be used from a Workflow Execution');
  return new LabelledGroup(label, options?.id);
}

class LabelledGroup implements EventGroupMarker {
  readonly label: string;
  readonly id: string | undefined;

  constructor(label: string, id: string | undefined) {
    this.label = label;
    this.id = id;
  }

  withScope<T>(fn: () => Promise<T>): Promise<T> {
    requireRun('EventGroupMarker.withScope(...) may only be used from a Workflow Execution');
    return fn();
  }
}
