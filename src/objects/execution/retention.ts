/**
 * Erases what has outlived its namespace's retention, or was deleted: earlier runs one by one, and with the last run the whole
 * object. The index forgets a run before its object does, so that none is listed that is not there.
 */
import type { Engine } from '../../engine/api.ts';
import type { ObjectPorts } from '../ports.ts';
import type { StoredRunRow } from '../storage/storage.ts';
import type { TurnLoop } from './turn-loop.ts';

/** Runs erased by one alarm, unless they are all there is. */
const BATCH = 20;
/** Runs that the index is told to forget in one call. */
const FORGOTTEN_PER_CALL = 500;

/** True when the object holds nothing any more. */
export async function eraseExpired(
  loop: TurnLoop,
  engine: Engine,
  { storage, stubs, clock }: Pick<ObjectPorts, 'storage' | 'stubs' | 'clock'>,
): Promise<boolean> {
  const found = await loop.read(() => expiredRuns(loop, engine, clock.now()));
  if (found.isEmpty) return loop.eraseIf(() => !loop.state.isStored || loop.store.runs().length === 0);
  if (found.expired.length === 0) return false;
  const { namespace, workflowId } = found;
  const runIds = found.expired.map(({ summary }) => summary.runId);
  for (let at = 0; at < runIds.length; at += FORGOTTEN_PER_CALL)
    await stubs.visibility?.erase(namespace, workflowId, runIds.slice(at, at + FORGOTTEN_PER_CALL));
  return loop.eraseIf(() => {
    // A run that began meanwhile keeps the object.
    if (loop.store.runs().length === found.expired.length && found.isAll) return true;
    const current = loop.state.execution.current?.runId;
    storage.transaction(() => {
      for (const { runSeq } of found.expired.slice(0, BATCH)) loop.store.deleteRun(runSeq);
    });
    if (runIds.slice(0, BATCH).some((runId) => runId === current)) loop.forget();
    return false;
  });
}

interface ExpiredRuns {
  namespace: string;
  workflowId: string;
  expired: StoredRunRow[];
  /** No other run is left. */
  isAll: boolean;
  isEmpty: boolean;
}

function expiredRuns(loop: TurnLoop, engine: Engine, now: number): ExpiredRuns {
  const { execution } = loop.state;
  const { namespace, workflowId } = execution;
  if (execution.current === undefined)
    return { namespace, workflowId, expired: [], isAll: true, isEmpty: true };
  const { parentNotifications, parentCloseActions } = engine.pendingWork(execution);
  const waiting = new Set([...parentNotifications, ...parentCloseActions].map(({ runId }) => runId));
  const runs = loop.store.runs();
  const expired = runs.filter(({ summary: { expiryTime, runId, hasDeliveries } }) => {
    const isExpired = expiryTime !== undefined && expiryTime <= now;
    return isExpired && !hasDeliveries && !waiting.has(runId);
  });
  const isAll = expired.length === runs.length;
  return {
    namespace,
    workflowId,
    expired: isAll ? expired : expired.slice(0, BATCH),
    isAll,
    isEmpty: runs.length === 0,
  };
}
