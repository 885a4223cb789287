/** Erases what has outlived its namespace's retention: earlier runs one by one, and with the last run the whole object. */
import type { Engine } from '../engine/api.ts';
import type { ObjectStorage } from './ports.ts';
import type { TurnLoop } from './turn-loop.ts';

/** Runs erased by one alarm. */
const BATCH = 20;

/** True when the object holds nothing any more. */
export async function eraseExpired(
  loop: TurnLoop,
  engine: Engine,
  storage: ObjectStorage,
  now: number,
): Promise<boolean> {
  const isOver = await loop.read(() => {
    const { execution } = loop.state;
    const run = execution.current;
    if (run === undefined) return true;
    eraseEarlierRuns(loop, storage, run.runSeq, now);
    const { parentNotifications, scheduleNotifications, parentCloseActions } = engine.pendingWork(execution);
    const due = [parentNotifications, scheduleNotifications, parentCloseActions];
    if (due.some((deliveries) => deliveries.length > 0)) return false;
    return run.expiryTime !== undefined && run.expiryTime <= now;
  });
  if (!isOver) return false;
  loop.forget();
  await loop.store.deleteAll();
  return true;
}

function eraseEarlierRuns(
  { store }: TurnLoop,
  storage: ObjectStorage,
  currentSeq: number,
  now: number,
): void {
  const expired = store.runs().filter(({ runSeq, summary }) => {
    const isExpired = summary.expiryTime !== undefined && summary.expiryTime <= now;
    return runSeq < currentSeq && isExpired && !summary.hasDeliveries;
  });
  if (expired.length === 0) return;
  storage.transaction(() => {
    for (const { runSeq } of expired.slice(0, BATCH)) store.deleteRun(runSeq);
  });
}
