/** Rows, commits and alarms stay within what events and losses account for. */
import type { Chronicle } from './chronicle.ts';
import { check } from './failure.ts';

export function checkBounds({ objects, fired, ms }: Chronicle): void {
  for (const { object, runs, rows } of objects) {
    const events = runs.reduce((sum, run) => sum + run.events.length, 0);
    check(
      (rows.batches ?? 0) <= events,
      'bounds',
      () => `${object.name}: ${rows.batches} batches for ${events} events`,
    );
    check(
      (rows.runs ?? 0) === runs.length,
      'bounds',
      () => `${object.name}: ${rows.runs} rows for ${runs.length} runs`,
    );
    // Beside events there are heartbeats, retries and waits, which come with time.
    const atMost = 50 + 4 * events + 60 * fired.length + ms / 1_000;
    const { commits, alarmsSet } = object.storage;
    check(commits <= atMost, 'bounds', () => `${object.name}: ${commits} commits for ${events} events`);
    check(
      alarmsSet <= atMost,
      'bounds',
      () => `${object.name}: ${alarmsSet} alarms set for ${events} events`,
    );
  }
}
