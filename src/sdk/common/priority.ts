import type { WirePriority } from './wire/messages.ts';

/** Which tasks go first when a queue has more than its workers can take. */
export interface Priority {
  /** 1 (first) to n (last); 0 or unset is the default, 3 of 5. */
  priorityKey?: number;
  /** Tasks of one key share a queue's capacity with those of other keys by weight. */
  fairnessKey?: string;
  /** Between 0.001 and 1000; 0 or unset is 1. */
  fairnessWeight?: number;
}

export function decodePriority(priority?: WirePriority | null): Priority {
  return {
    priorityKey: priority?.priorityKey ?? undefined,
    fairnessKey: priority?.fairnessKey ?? undefined,
    fairnessWeight: priority?.fairnessWeight ?? undefined,
  };
}

export function compilePriority(priority: Priority): Required<WirePriority> {
  const { priorityKey } = priority;
  if (priorityKey !== undefined && priorityKey !== null) {
    if (!Number.isInteger(priorityKey)) throw new TypeError('priorityKey must be an integer');
    if (priorityKey < 0) throw new RangeError('priorityKey must be a positive integer');
  }
  return {
    priorityKey: priorityKey ?? 0,
    fairnessKey: priority.fairnessKey ?? '',
    fairnessWeight: priority.fairnessWeight ?? 0,
  };
}
