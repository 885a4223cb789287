/**
 * Reads and writes the tables of one `WorkflowExecution` object. It knows rows and parts, not what is in them.
 *
 * T1 `commit` runs inside the caller's transaction and writes one row per batch while that is at most `PART_BYTES`.
 * T3 What is remembered about rows (next part, number of parts) is a cache: `forget` after a failed commit.
 */
import type { RunChanges, StoredRun } from '../../engine/api.ts';
import type { ObjectStorage } from '../ports.ts';
import { BatchRows } from './batch-rows.ts';
import { RunRows, type StoredRunRow } from './run-rows.ts';
import { hasTable, migrate, PASSED_ON_TABLE, SCHEMA_VERSION, StateKind, schemaVersionOf } from './schema.ts';
import { StateRows } from './state-rows.ts';

export interface StoredIdentity {
  namespace: string;
  workflowId: string;
  retentionMs: number;
}

export class ExecutionStore {
  readonly runs: RunRows;
  readonly history: BatchRows;
  readonly state: StateRows;
  readonly #storage: ObjectStorage;
  #version: number | undefined;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
    this.runs = new RunRows(storage);
    this.history = new BatchRows(storage);
    this.state = new StateRows(storage);
  }

  /** Brings older state up to date. Undefined for an object that holds nothing yet. */
  open(): StoredIdentity | undefined {
    this.#version ??= schemaVersionOf(this.#storage);
    if (this.#version === 0) return undefined;
    if (this.#version !== SCHEMA_VERSION) {
      const from = this.#version;
      this.#storage.transaction(() => migrate(this.#storage, from));
      this.#version = SCHEMA_VERSION;
    }
    const [row] = this.#storage.exec<{ namespace: string; workflow_id: string; retention_ms: number }>(
      'SELECT namespace, workflow_id, retention_ms FROM meta',
    );
    if (row === undefined) return undefined;
    return { namespace: row.namespace, workflowId: row.workflow_id, retentionMs: row.retention_ms };
  }

  /** Makes the tables. Inside the transaction of the object's first commit. */
  create(identity: StoredIdentity): void {
    migrate(this.#storage, 0);
    this.#storage.exec(
      'INSERT INTO meta VALUES (1, ?, ?, ?, ?)',
      SCHEMA_VERSION,
      identity.namespace,
      identity.workflowId,
      identity.retentionMs,
    );
    this.#version = SCHEMA_VERSION;
    this.history.created();
    this.state.created();
  }

  setRetention(retentionMs: number): void {
    this.#storage.exec('UPDATE meta SET retention_ms = ?', retentionMs);
  }

  load({ runSeq, summary }: StoredRunRow): StoredRun {
    const volatile = this.state.read(runSeq, StateKind.Volatile, 0);
    const stored: StoredRun = {
      runSeq,
      summary,
      batches: this.history.all(runSeq),
      activityRows: this.state.activities(runSeq),
    };
    return volatile === undefined ? stored : { ...stored, volatile };
  }

  /** Whether `commit` would write one row, that of a batch or of an activity, and do nothing else. */
  isOneRow([change, ...more]: readonly RunChanges[]): boolean {
    if (change === undefined || more.length > 0) return false;
    const { runSeq, batch, activityRows, activityRowsDeleted, volatile, summary } = change;
    if (volatile !== undefined || summary !== undefined || activityRowsDeleted.length > 0) return false;
    const [row, ...others] = activityRows;
    if (row === undefined) return batch !== undefined && this.history.isOneRow(batch);
    return batch === undefined && others.length === 0 && this.state.isOneActivityRow(runSeq, row);
  }

  commit(changes: readonly RunChanges[]): void {
    const { runs, history, state } = this;
    for (const { runSeq, batch, activityRows, activityRowsDeleted, volatile, summary } of changes) {
      if (batch !== undefined) history.write(runSeq, batch);
      for (const row of activityRows) state.write(runSeq, StateKind.Activity, row.scheduledEventId, row.data);
      for (const id of activityRowsDeleted) state.delete(runSeq, StateKind.Activity, id);
      if (volatile === null) state.delete(runSeq, StateKind.Volatile, 0);
      else if (volatile !== undefined) state.write(runSeq, StateKind.Volatile, 0, volatile);
      if (summary !== undefined) runs.write(runSeq, summary);
    }
  }

  /** Erases one closed run. */
  deleteRun(runSeq: number): void {
    const rare = (['payloads', 'state'] as const).filter((table) => hasTable(this.#storage, table));
    for (const table of ['batches', ...rare, 'runs']) {
      this.#storage.exec(`DELETE FROM ${table} WHERE run_seq = ?`, runSeq);
    }
    this.history.erased(runSeq);
  }

  /** Keys that {@link notePassedOn} was told. */
  passedOn(): Set<string> {
    if (!hasTable(this.#storage, 'passed_on')) return new Set();
    return new Set(this.#storage.exec<{ key: string }>('SELECT key FROM passed_on').map(({ key }) => key));
  }

  /** Of runs that are erased: their large payloads that others know. Inside the transaction that erases them. */
  notePassedOn(keys: ReadonlySet<string>): void {
    if (keys.size === 0) return;
    this.#storage.exec(PASSED_ON_TABLE);
    for (const key of keys) this.#storage.exec('INSERT OR IGNORE INTO passed_on VALUES (?)', key);
  }

  async deleteAll(): Promise<void> {
    await this.#storage.deleteAll();
    this.forget();
    this.#version = undefined;
  }

  /** After a commit that failed: nothing remembered about rows may be trusted (T3). */
  forget(): void {
    this.#version = undefined;
    this.history.forget();
    this.state.forget();
  }
}
