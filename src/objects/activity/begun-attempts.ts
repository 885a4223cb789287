/**
 * Attempts that have begun in this isolate. Objects and the `Activities` entrypoint mostly share one, and then an object can
 * know that what it sent has arrived. Nothing rests on it: who sits in another isolate is told a moment later.
 */
import type { ActivityTask } from '../../engine/api.ts';

type Attempt = Pick<ActivityTask, 'runId' | 'scheduledEventId' | 'stamp'>;

/** Objects that are lost never ask for theirs: the oldest go. */
const KEPT_MAX = 10_000;

const begun = new Set<string>();

const keyOf = ({ runId, scheduledEventId, stamp }: Attempt) => `${runId}/${scheduledEventId}/${stamp}`;

export function noteBegun(attempt: Attempt): void {
  begun.add(keyOf(attempt));
  if (begun.size <= KEPT_MAX) return;
  for (const oldest of begun) {
    begun.delete(oldest);
    break;
  }
}

/** Whether all of them have begun here. Forgets them then. */
export function haveBegun(attempts: readonly Attempt[]): boolean {
  const keys = attempts.map(keyOf);
  if (!keys.every((key) => begun.has(key))) return false;
  for (const key of keys) begun.delete(key);
  return true;
}
