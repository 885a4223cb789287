import { decodePriority, type Priority } from './priority.ts';
import type { WirePriority } from './wire/messages.ts';

/** A priority that came over the wire: what is not set in it is 0 or empty, as in any message of Temporal's. */
export function readPriority(priority: WirePriority | undefined): Priority {
  return decodePriority(priority && { priorityKey: 0, fairnessKey: '', fairnessWeight: 0, ...priority });
}
