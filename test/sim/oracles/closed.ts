/** What is closed owes nothing, and keeps no alarm but that of its retention. */
import { type Chronicle, hasFired, type ObjectRecord } from './chronicle.ts';
import { check } from './failure.ts';

/** An alarm that stands this much too early is left where it is. */
const EARLY_MS = 30_000;

export function checkClosed(chronicle: Chronicle): void {
  for (const record of chronicle.objects) {
    const { object, runs, rows, work } = record;
    if (work === undefined) continue;
    for (const { workflowId, runId, summary } of runs)
      check(
        summary.closeTime !== undefined,
        'owners',
        () => `${workflowId} ${runId} is open, and nothing goes on`,
      );
    const owed = [...work.parentCloseActions, ...work.parentNotifications];
    check(owed.length === 0, 'closed', () => `${object.name} still owes ${JSON.stringify(owed)}`);
    check(
      (rows.state ?? 0) === 0,
      'closed',
      () => `${object.name} is closed with rows of state: ${stateOf(record)}`,
    );
    checkAlarm(record, hasFired(chronicle, 'clockStep'));
  }
}

function stateOf({ object }: ObjectRecord): string {
  return JSON.stringify(object.storage.exec('SELECT run_seq, kind, id FROM state'));
}

function checkAlarm({ object, runs }: ObjectRecord, isClockOff: boolean): void {
  const { name, storage } = object;
  const expiries = runs.map(({ summary }) => summary.expiryTime ?? Number.POSITIVE_INFINITY);
  const at = storage.alarmOnDisk;
  check(at !== null, 'closed', () => `${name} is closed and has no alarm for its retention`);
  const isAtExpiry = expiries.some((expiry) => at <= expiry && at > expiry - EARLY_MS);
  check(
    isAtExpiry || isClockOff,
    'closed',
    () => `${name} is closed, its alarm is ${Math.min(...expiries) - at} ms before its expiry`,
  );
}
