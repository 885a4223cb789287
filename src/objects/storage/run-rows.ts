/** The table `runs` of a `WorkflowExecution` object: a row per run, with what must be readable without folding its history. */
import type { RunSummary, StartReply } from '../../engine/api.ts';
import { ERASED_AT_ONCE } from '../../engine/limits.ts';
import type { ObjectStorage } from '../ports.ts';
import { RUNS_TOLD_AT_ONCE } from '../visibility/visibility-delivery.ts';

/** A run's row, with its place among the runs of this ID. */
export interface StoredRunRow {
  runSeq: number;
  summary: RunSummary;
}

interface TableRow extends Record<string, string | number | null> {
  run_seq: number;
  run_id: string;
  first_execution_run_id: string;
  status: string;
  start_time: number;
  close_time: number | null;
  visibility_version: number;
  visibility_confirmed: number;
  expiry_time: number | null;
  reset_run_id: string | null;
  has_deliveries: number;
  request_ids: string;
}

export class RunRows {
  readonly #storage: ObjectStorage;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /** Oldest first. */
  all(): StoredRunRow[] {
    return this.#storage.exec<TableRow>('SELECT * FROM runs ORDER BY run_seq').map(rowOf);
  }

  /** Closed runs before the latest that still have something to deliver; with `andUntold` also some that the index lacks. */
  withDeliveries(andUntold = false): StoredRunRow[] {
    return this.#storage
      .exec<TableRow>(
        `SELECT * FROM runs WHERE has_deliveries = 1 OR run_seq IN (
          SELECT run_seq FROM runs WHERE visibility_version > visibility_confirmed ORDER BY run_seq LIMIT ?)
        ORDER BY run_seq`,
        andUntold ? RUNS_TOLD_AT_ONCE : 0,
      )
      .map(rowOf);
  }

  /** Whether the index lacks runs other than these. */
  hasUntold(except: readonly string[]): boolean {
    const rows = this.#storage.exec(
      `SELECT 1 AS found FROM runs WHERE visibility_version > visibility_confirmed
        AND run_id NOT IN (SELECT value FROM json_each(?)) LIMIT 1`,
      JSON.stringify(except),
    );
    return rows.length > 0;
  }

  latest(): StoredRunRow | undefined {
    const [row] = this.#storage.exec<TableRow>('SELECT * FROM runs ORDER BY run_seq DESC LIMIT 1');
    return row && rowOf(row);
  }

  find(runId: string): StoredRunRow | undefined {
    const [row] = this.#storage.exec<TableRow>('SELECT * FROM runs WHERE run_id = ?', runId);
    return row && rowOf(row);
  }

  /** What the start, or the reset, with this request ID was answered. */
  ofRequest(requestId: string): StartReply | undefined {
    const rows = this.#storage
      .exec<TableRow>('SELECT * FROM runs WHERE instr(request_ids, ?) > 0', JSON.stringify(requestId))
      .map(rowOf);
    for (const { summary } of rows) {
      const known = summary.requestIds.find((each) => each.requestId === requestId);
      const { runId, firstExecutionRunId, status } = summary;
      if (known !== undefined) return { runId, firstExecutionRunId, status, started: known.started };
    }
    return undefined;
  }

  write(runSeq: number, summary: RunSummary): void {
    this.#storage.exec(
      'INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      runSeq,
      summary.runId,
      summary.firstExecutionRunId,
      summary.status,
      summary.startTime,
      summary.closeTime ?? null,
      summary.visibilityVersion,
      summary.visibilityConfirmed,
      summary.expiryTime ?? null,
      summary.resetRunId ?? null,
      summary.hasDeliveries ? 1 : 0,
      JSON.stringify(summary.requestIds),
    );
  }

  /** The index is to be told of all runs again. */
  untell(): void {
    this.#storage.exec('UPDATE runs SET visibility_confirmed = 0');
  }

  /** Lets a run that is not in memory be erased. */
  expire(runSeq: number): void {
    this.#storage.exec('UPDATE runs SET expiry_time = ? WHERE run_seq = ?', ERASED_AT_ONCE, runSeq);
  }
}

function rowOf(row: TableRow): StoredRunRow {
  const summary: RunSummary = {
    runId: row.run_id,
    firstExecutionRunId: row.first_execution_run_id,
    // Sound: written from a RunSummary by `write`.
    status: row.status as RunSummary['status'],
    startTime: row.start_time,
    visibilityVersion: row.visibility_version,
    visibilityConfirmed: row.visibility_confirmed,
    requestIds: JSON.parse(row.request_ids) as RunSummary['requestIds'],
  };
  if (row.close_time !== null) summary.closeTime = row.close_time;
  if (row.expiry_time !== null) summary.expiryTime = row.expiry_time;
  if (row.reset_run_id !== null) summary.resetRunId = row.reset_run_id;
  if (row.has_deliveries !== 0) summary.hasDeliveries = true;
  return { runSeq: row.run_seq, summary };
}
