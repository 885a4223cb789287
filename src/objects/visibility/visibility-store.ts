/** Rows of one shard: written, erased, and those whose objects are due to be asked. */
import type { ObjectStorage } from '../ports.ts';
import type { IndexedRun, ShardStatistics } from './visibility-api.ts';
import { openVisibilityTables } from './visibility-schema.ts';

/** Sorts open runs before all closed ones (VIS-9). */
export const OPEN_FIRST = -9e15;

/** FAILED, CANCELED, TERMINATED, TIMED_OUT and PAUSED. */
export const RARE_STATUSES: ReadonlySet<number> = new Set([3, 4, 5, 7, 8]);

/** A late update is one that left before its run was erased; none is under way for longer. */
export const TOMBSTONE_MS = 3_600_000;

export interface KnownRun extends Record<string, string | number | null> {
  run: number;
  run_id: string;
  workflow_id: string;
}

interface StoredRun extends Record<string, string | number | null> {
  run: number;
  version: number;
  sort_close: number;
  sort_start: number;
  closed_at: number | null;
  custom: string;
}

export class VisibilityStore {
  readonly #storage: Pick<ObjectStorage, 'exec' | 'transaction'>;
  #moment = 0;
  #isOpen = false;

  constructor(storage: Pick<ObjectStorage, 'exec' | 'transaction'>) {
    this.#storage = storage;
  }

  /** Before each call: an object that was emptied begins anew. */
  open(): void {
    if (!this.#isOpen) openVisibilityTables(this.#storage);
    this.#isOpen = true;
  }

  forget(): void {
    this.#isOpen = false;
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transaction(work);
  }

  /** Microseconds that only grow: listings and closings are put in order by it. */
  moment(now: number): number {
    this.#moment = Math.max(this.#moment + 1, Math.floor(now * 1000));
    return this.#moment;
  }

  /** False for what is not newer than what is known, or was erased. */
  upsert(run: IndexedRun, now: number): boolean {
    const [known] = this.#storage.exec<StoredRun>(
      'SELECT run, version, sort_close, sort_start, closed_at, custom FROM runs WHERE run_id = ?',
      run.runId,
    );
    if (known !== undefined && known.version >= run.version) {
      if (known.version === run.version) this.setWake(known.run, run.wakeAt);
      return false;
    }
    if (known === undefined && this.isErased(run.runId)) return false;
    const sortClose = run.closeTime === null ? OPEN_FIRST : -run.closeTime;
    const sortStart = -run.startTime;
    const closedAt = run.closeTime === null ? null : (known?.closed_at ?? this.moment(now));
    if (known !== undefined) this.#deletePostings(run.runId, known);
    const id = this.#writeRun(run, { sortClose, sortStart, closedAt, run: known?.run ?? null });
    for (const [name, value] of postingsOf(run.custom)) {
      this.#storage.exec(
        'INSERT OR IGNORE INTO attributes VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        name,
        value,
        sortClose,
        sortStart,
        run.runId,
        run.workflowType,
        run.status,
        id,
      );
    }
    return true;
  }

  #writeRun(
    run: IndexedRun,
    at: { run: number | null; sortClose: number; sortStart: number; closedAt: number | null },
  ): number {
    const [row] = this.#storage.exec<{ run: number }>(
      'INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING run',
      at.run,
      run.runId,
      run.version,
      run.status,
      at.sortClose,
      at.sortStart,
      run.division,
      run.workflowId,
      run.workflowType,
      run.taskQueue,
      run.parentWorkflowId,
      run.parentRunId,
      run.rootWorkflowId,
      run.rootRunId,
      run.startTime,
      run.executionTime,
      run.closeTime,
      run.historyLength,
      run.historySizeBytes,
      run.stateTransitionCount,
      run.executionDuration,
      at.closedAt,
      run.wakeAt,
      RARE_STATUSES.has(run.status) ? run.status : null,
      run.custom,
      run.info,
    );
    if (row === undefined) throw new Error(`The row of run ${run.runId} was not written.`);
    return row.run;
  }

  #deletePostings(runId: string, { custom, sort_close, sort_start }: StoredRun): void {
    for (const [name, value] of postingsOf(custom)) {
      this.#storage.exec(
        'DELETE FROM attributes WHERE name = ? AND value = ? AND sort_close = ? AND sort_start = ? AND run_id = ?',
        name,
        value,
        sort_close,
        sort_start,
        runId,
      );
    }
  }

  erase(runId: string, now: number): void {
    this.remove(runId);
    this.#storage.exec('INSERT OR REPLACE INTO erased VALUES (?, ?)', runId, now + TOMBSTONE_MS);
  }

  /** Without a trace: it is somewhere else now. */
  remove(runId: string): void {
    const [known] = this.#storage.exec<StoredRun>(
      'SELECT run, version, sort_close, sort_start, closed_at, custom FROM runs WHERE run_id = ?',
      runId,
    );
    if (known === undefined) return;
    this.#deletePostings(runId, known);
    this.#storage.exec('DELETE FROM runs WHERE run = ?', known.run);
  }

  knows(runId: string): boolean {
    return this.#storage.exec('SELECT 1 AS found FROM runs WHERE run_id = ?', runId).length > 0;
  }

  isErased(runId: string): boolean {
    return this.#storage.exec('SELECT 1 AS found FROM erased WHERE run_id = ?', runId).length > 0;
  }

  dropTombstones(now: number): void {
    this.#storage.exec('DELETE FROM erased WHERE until <= ?', now);
  }

  setWake(run: number, wakeAt: number | null): void {
    this.#storage.exec('UPDATE runs SET wake_at = ? WHERE run = ? AND wake_at IS NOT ?', wakeAt, run, wakeAt);
  }

  /** Runs that should have woken before `before`, the longest overdue first. */
  overdue(before: number, limit: number): KnownRun[] {
    return this.#storage.exec<KnownRun>(
      'SELECT run, run_id, workflow_id FROM runs WHERE wake_at IS NOT NULL AND wake_at <= ? ORDER BY wake_at LIMIT ?',
      before,
      limit,
    );
  }

  earliestWake(): number | undefined {
    const [row] = this.#storage.exec<{ at: number | null }>(
      'SELECT min(wake_at) AS at FROM runs WHERE wake_at IS NOT NULL',
    );
    return row?.at ?? undefined;
  }

  earliestTombstone(): number | undefined {
    const [row] = this.#storage.exec<{ at: number | null }>('SELECT min(until) AS at FROM erased');
    return row?.at ?? undefined;
  }

  /** In the order in which they came, after `run`. */
  runsAfter(run: number, limit: number): KnownRun[] {
    return this.#storage.exec<KnownRun>(
      'SELECT run, run_id, workflow_id FROM runs WHERE run > ? ORDER BY run LIMIT ?',
      run,
      limit,
    );
  }

  read(run: number): IndexedRun | undefined {
    const [row] = this.#storage.exec<Record<string, string | number | null | ArrayBuffer>>(
      'SELECT * FROM runs WHERE run = ?',
      run,
    );
    return row && indexedRunOf(row);
  }

  readJob<T>(name: string): T | undefined {
    const [row] = this.#storage.exec<{ value: string }>('SELECT value FROM meta WHERE name = ?', name);
    // Sound: each job reads what it wrote.
    return row && (JSON.parse(row.value) as T);
  }

  writeJob(name: string, value: unknown): void {
    if (value === undefined) this.#storage.exec('DELETE FROM meta WHERE name = ?', name);
    else this.#storage.exec('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, JSON.stringify(value));
  }

  statistics(overdueBefore: number): ShardStatistics {
    const [row] = this.#storage.exec<{ runs: number; open: number; overdue: number; tombstones: number }>(
      `SELECT (SELECT count(*) FROM runs) AS runs,
        (SELECT count(*) FROM runs INDEXED BY runs_by_order WHERE division IS NULL AND sort_close = ?1) +
        (WITH RECURSIVE divisions (division) AS (
          SELECT min(division) FROM runs WHERE division IS NOT NULL
          UNION ALL
          SELECT (SELECT min(division) FROM runs WHERE division > divisions.division) FROM divisions WHERE division IS NOT NULL
        )
        SELECT count(*) FROM divisions CROSS JOIN runs INDEXED BY runs_by_order USING (division)
          WHERE runs.sort_close = ?1) AS open,
        (SELECT count(*) FROM runs WHERE wake_at IS NOT NULL AND wake_at <= ?2) AS overdue,
        (SELECT count(*) FROM erased) AS tombstones`,
      OPEN_FIRST,
      overdueBefore,
    );
    return row ?? { runs: 0, open: 0, overdue: 0, tombstones: 0 };
  }
}

/** Values of stored Keywords and elements of lists: their keys end in the letter of the type. As many as SA-5 leaves room for. */
function postingsOf(custom: string): [name: string, value: string][] {
  if (custom === '{}') return [];
  const postings: [string, string][] = [];
  // Sound: written by `indexedRun`.
  for (const [name, value] of Object.entries(JSON.parse(custom) as Record<string, unknown>)) {
    if (name.endsWith(':k') && typeof value === 'string') postings.push([name, value]);
    else if (name.endsWith(':l') && Array.isArray(value))
      for (const element of new Set(value)) postings.push([name, String(element)]);
  }
  return postings;
}

function indexedRunOf(row: Record<string, string | number | null | ArrayBuffer>): IndexedRun {
  // Sound: the columns are STRICT, and each is written from the member it is read into.
  const text = (column: string) => row[column] as string;
  const optionalText = (column: string) => row[column] as string | null;
  const number = (column: string) => row[column] as number;
  const optionalNumber = (column: string) => row[column] as number | null;
  return {
    runId: text('run_id'),
    version: number('version'),
    workflowId: text('workflow_id'),
    workflowType: text('workflow_type'),
    taskQueue: text('task_queue'),
    status: number('status'),
    parentWorkflowId: optionalText('parent_workflow_id'),
    parentRunId: optionalText('parent_run_id'),
    rootWorkflowId: optionalText('root_workflow_id'),
    rootRunId: optionalText('root_run_id'),
    startTime: number('start_time'),
    executionTime: optionalNumber('execution_time'),
    closeTime: optionalNumber('close_time'),
    historyLength: optionalNumber('history_length'),
    historySizeBytes: optionalNumber('history_size_bytes'),
    stateTransitionCount: optionalNumber('state_transition_count'),
    executionDuration: optionalNumber('execution_duration'),
    wakeAt: optionalNumber('wake_at'),
    division: optionalText('division'),
    custom: text('custom'),
    info: new Uint8Array(row.info as ArrayBuffer),
  };
}
