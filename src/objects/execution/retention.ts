/**
 * Erases what has outlived its namespace's retention, or was deleted: earlier runs one by one, and with the last run the whole
 * object.
 *
 * E1 The index forgets a run before its object does, so that none is listed that is not there.
 * E2 In a namespace with an archive a history is in it before its run is erased. What was deleted is not archived, and its archived
 *    copies are erased with it.
 * E3 Large payloads of a workflow are erased with its object, unless an archived history may still name them. Those of a start that
 *    is on its way, which are stored before it, are not, nor those that were passed on to others (passed-on.ts).
 */
import type { Engine } from '../../engine/api.ts';
import { ERASED_AT_ONCE } from '../../engine/limits.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { HistoryArchive } from '../archive/history-archive.ts';
import type { ObjectPorts } from '../ports.ts';
import type { StoredRunRow } from '../storage/run-rows.ts';
import type { ExecutionReads } from './execution-reads.ts';
import { passedOnBy } from './passed-on.ts';
import type { TurnLoop } from './turn-loop.ts';

/** Runs erased by one alarm, unless they are all there is. */
const BATCH = 20;
/** Runs that the index is told to forget in one call. */
const FORGOTTEN_PER_CALL = 500;
const EVENTS_PER_PAGE = 256;
/** A payload that is younger may be that of a start that has not arrived yet. */
const ON_ITS_WAY_MS = 600_000;

export interface ErasingObject {
  loop: TurnLoop;
  engine: Engine;
  reads: ExecutionReads;
  ports: Pick<ObjectPorts, 'storage' | 'stubs' | 'clock'>;
}

/** True when the object holds nothing any more. */
export async function eraseExpired(object: ErasingObject): Promise<boolean> {
  const { loop, engine, ports } = object;
  const { storage, stubs, clock } = ports;
  const found = await loop.read(() => expiredRuns(loop, engine, clock.now()));
  if (found.isEmpty) return loop.eraseIf(() => !loop.state.isStored || loop.store.runs.all().length === 0);
  if (found.expired.length === 0) return false;
  const { namespace, workflowId } = found;
  const archive = await archiveOf(object, found);
  // What is archived takes its time: a part of it now, the rest by the next alarm.
  const isAll = found.isAll && (archive === undefined || found.expired.length <= BATCH);
  const erased = isAll ? found.expired : found.expired.slice(0, BATCH);
  const runIds = erased.map(({ summary }) => summary.runId);
  for (let at = 0; at < runIds.length; at += FORGOTTEN_PER_CALL)
    await stubs.visibility?.erase(namespace, workflowId, runIds.slice(at, at + FORGOTTEN_PER_CALL));
  for (const run of erased) await leaveArchived(object, found, run, archive);
  const passedOn = await passedOnBefore(object, found, erased);
  if (isAll) await erasePayloads(object, found, passedOn);
  return loop.eraseIf(() => {
    // A call that deletes and the alarm may both have come this far: the other has emptied the object.
    if (!loop.state.isStored) return true;
    const runs = loop.store.runs.all();
    const left = runs.filter(({ summary }) => runIds.includes(summary.runId));
    // A run that began meanwhile keeps the object.
    if (isAll && left.length === runs.length) return true;
    const now = left.slice(0, BATCH);
    const current = loop.state.execution.current?.runId;
    storage.transaction(() => {
      loop.store.notePassedOn(passedOn);
      for (const { runSeq } of now) loop.store.deleteRun(runSeq);
    });
    if (now.some(({ summary }) => summary.runId === current)) loop.forget();
    return false;
  });
}

const isDeleted = ({ summary }: StoredRunRow): boolean => summary.expiryTime === ERASED_AT_ONCE;

/** Where histories are kept, if their namespace wants it. Throws when it does and there is no such place: nothing is erased then. */
async function archiveOf(
  { ports: { stubs } }: ErasingObject,
  { namespace, workflowId, expired }: ExpiredRuns,
): Promise<HistoryArchive | undefined> {
  if (expired.every(isDeleted)) return undefined;
  const settings = await stubs.namespaceSettings?.(namespace);
  if (!settings?.isArchived) return undefined;
  const archive = stubs.elsewhere?.archive;
  if (archive !== undefined) return archive;
  throw new Error(
    `Namespace ${namespace} archives histories, and this Worker has no bucket for them: workflow ${workflowId} is kept beyond ` +
      'its retention. Bind an R2 bucket under the name ARCHIVE, or disable archival by an update of the namespace.',
  );
}

/** E2. */
async function leaveArchived(
  { loop, reads, ports }: ErasingObject,
  { namespace, workflowId }: ExpiredRuns,
  run: StoredRunRow,
  archive: HistoryArchive | undefined,
): Promise<void> {
  const { runId, closeTime = 0 } = run.summary;
  if (isDeleted(run)) await ports.stubs.elsewhere?.archive?.erase({ namespace, workflowId }, runId);
  else {
    const archived = { namespace, workflowId, runId, closeTime, runSeq: run.runSeq };
    await archive?.store(archived, historyOf(loop, reads, runId));
  }
}

async function* historyOf(
  loop: TurnLoop,
  reads: ExecutionReads,
  runId: string,
): AsyncGenerator<readonly HistoryEvent[]> {
  for (let fromEventId = 1; ; ) {
    const from = fromEventId;
    const page = await loop.read(() =>
      reads.history({ runId, fromEventId: from, pageSize: EVENTS_PER_PAGE }),
    );
    if (!page.ok) throw new Error(page.error.message);
    yield page.value.events;
    if (page.value.nextEventId === undefined) return;
    fromEventId = page.value.nextEventId;
  }
}

/** E3: keys of what these runs, and those erased before them, have passed on. Histories are read only where something is stored. */
async function passedOnBefore(
  { loop, reads, ports: { stubs } }: ErasingObject,
  { namespace, workflowId }: ExpiredRuns,
  erased: readonly StoredRunRow[],
): Promise<Set<string>> {
  const workflow = { namespace, workflowId };
  if (!(await stubs.elsewhere?.payloads?.count(workflow))) return new Set();
  const keys = await loop.read(() => loop.store.passedOn());
  for (const { summary } of erased)
    for (const key of await passedOnBy(workflow, historyOf(loop, reads, summary.runId))) keys.add(key);
  return keys;
}

/** E3. */
async function erasePayloads(
  { ports: { stubs, clock } }: ErasingObject,
  { namespace, workflowId, expired }: ExpiredRuns,
  passedOn: ReadonlySet<string>,
): Promise<void> {
  const { archive, payloads } = stubs.elsewhere ?? {};
  const workflow = { namespace, workflowId };
  if (payloads === undefined || (await archive?.count(workflow))) return;
  const lastClose = expired.reduce((last, { summary }) => Math.max(last, summary.closeTime ?? 0), 0);
  const before = Math.max(clock.now() - ON_ITS_WAY_MS, lastClose);
  await payloads.erase(workflow, { before, except: passedOn });
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
  const runs = loop.store.runs.all();
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
