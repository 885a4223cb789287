/**
 * Reads and writes the tables of one `WorkflowExecution` object. It knows rows and parts, not what is in them.
 *
 * T1 `commit` runs inside the caller's transaction and writes one row per batch while that is at most `PART_BYTES`.
 * T2 A batch of notes alone and the batch after it share a first event ID: rows count on, and each says whether it ends a batch.
 * T3 What is remembered about rows (next part, number of parts) is a cache: `forget` after a failed commit.
 */
import type {
  ActivityRow,
  RunBatch,
  RunChanges,
  RunSummary,
  StartReply,
  StoredRun,
} from '../../engine/api.ts';
import { ERASED_AT_ONCE } from '../../engine/limits.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { ObjectStorage } from '../ports.ts';
import { RUNS_TOLD_AT_ONCE } from '../visibility/visibility-delivery.ts';
import { decodeBatch, encodeBatch } from './batch-codec.ts';
import { decodeFrame, encodeFrame, type Frame } from './binary-frame.ts';
import {
  hasTable,
  migrate,
  PASSED_ON_TABLE,
  PAYLOADS_TABLE,
  SCHEMA_VERSION,
  STATE_TABLE,
  StateKind,
  schemaVersionOf,
} from './schema.ts';
import { joinParts, PART_BYTES, splitParts } from './storage-parts.ts';

export interface StoredIdentity {
  namespace: string;
  workflowId: string;
  retentionMs: number;
}

/** A run's row, with its place among the runs of this ID. */
export interface StoredRunRow {
  runSeq: number;
  summary: RunSummary;
}

interface RunTableRow extends Record<string, string | number | null> {
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

interface BatchTableRow extends Record<string, number | ArrayBuffer> {
  first_event_id: number;
  part: number;
  data: ArrayBuffer;
}

/** Where the next batch row of a run goes when it has this first event ID. */
interface BatchPosition {
  firstEventId: number;
  nextPart: number;
}

const ALL_EVENTS = Number.MAX_SAFE_INTEGER;

export class ExecutionStore {
  readonly #storage: ObjectStorage;
  readonly #positions = new Map<number, BatchPosition>();
  /** Number of parts, for state that has more than one: `runSeq/kind/id`. */
  readonly #stateParts = new Map<string, number>();
  #version: number | undefined;
  #frame: { batch: RunBatch; frame: Frame } | undefined;
  #row: { data: unknown; parts: Uint8Array[] } | undefined;
  /** Made by this instance: rows that it does not remember are not there. */
  #isNew = false;
  #hasStateTable: boolean | undefined;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
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
    this.#isNew = true;
    this.#hasStateTable = false;
  }

  setRetention(retentionMs: number): void {
    this.#storage.exec('UPDATE meta SET retention_ms = ?', retentionMs);
  }

  runs(): StoredRunRow[] {
    return this.#storage.exec<RunTableRow>('SELECT * FROM runs ORDER BY run_seq').map(runRowOf);
  }

  /** Closed runs before the latest that still have something to deliver; with `andUntold` also some that the index lacks. */
  runsWithDeliveries(andUntold = false): StoredRunRow[] {
    return this.#storage
      .exec<RunTableRow>(
        `SELECT * FROM runs WHERE has_deliveries = 1 OR run_seq IN (
          SELECT run_seq FROM runs WHERE visibility_version > visibility_confirmed ORDER BY run_seq LIMIT ?)
        ORDER BY run_seq`,
        andUntold ? RUNS_TOLD_AT_ONCE : 0,
      )
      .map(runRowOf);
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

  latestRun(): StoredRunRow | undefined {
    const [row] = this.#storage.exec<RunTableRow>('SELECT * FROM runs ORDER BY run_seq DESC LIMIT 1');
    return row && runRowOf(row);
  }

  findRun(runId: string): StoredRunRow | undefined {
    const [row] = this.#storage.exec<RunTableRow>('SELECT * FROM runs WHERE run_id = ?', runId);
    return row && runRowOf(row);
  }

  /** What the start, or the reset, with this request ID was answered. */
  runOfRequest(requestId: string): StartReply | undefined {
    const rows = this.#storage
      .exec<RunTableRow>('SELECT * FROM runs WHERE instr(request_ids, ?) > 0', JSON.stringify(requestId))
      .map(runRowOf);
    for (const { summary } of rows) {
      const known = summary.requestIds.find((each) => each.requestId === requestId);
      const { runId, firstExecutionRunId, status } = summary;
      if (known !== undefined) return { runId, firstExecutionRunId, status, started: known.started };
    }
    return undefined;
  }

  load(row: StoredRunRow): StoredRun {
    const volatile = this.readState(row.runSeq, StateKind.Volatile, 0);
    const stored: StoredRun = {
      runSeq: row.runSeq,
      summary: row.summary,
      batches: this.readBatches(row.runSeq, 0, ALL_EVENTS),
      activityRows: this.#activityRows(row.runSeq),
    };
    return volatile === undefined ? stored : { ...stored, volatile };
  }

  /** Batches that begin at `from` or later and at `to` or earlier, in order. */
  readBatches(runSeq: number, from: number, to: number): RunBatch[] {
    const rows = this.#storage.exec<BatchTableRow>(
      'SELECT first_event_id, part, data FROM batches WHERE run_seq = ? AND first_event_id BETWEEN ? AND ? ORDER BY first_event_id, part',
      runSeq,
      from,
      to,
    );
    const data = rows.map((row) => row.data);
    const batches: RunBatch[] = [];
    for (let index = 0; index < rows.length; ) {
      const first = rows[index] as BatchTableRow;
      const joined = joinParts(data, index);
      batches.push(
        decodeBatch(first.first_event_id, joined.bytes, (ordinal) =>
          this.#payload(runSeq, first.first_event_id, first.part, ordinal),
        ),
      );
      index = joined.next;
    }
    this.#rememberPosition(runSeq, rows.at(-1), to);
    return batches;
  }

  /** Events `from` to `to`, both included, as far as they exist. */
  readEvents(runSeq: number, from: number, to: number): HistoryEvent[] {
    const [row] = this.#storage.exec<{ first_event_id: number | null }>(
      'SELECT max(first_event_id) AS first_event_id FROM batches WHERE run_seq = ? AND first_event_id <= ?',
      runSeq,
      from,
    );
    const batches = this.readBatches(runSeq, row?.first_event_id ?? 0, to);
    return batches
      .flatMap((batch) => batch.events)
      .filter((event) => event.eventId >= from && event.eventId <= to);
  }

  /** The newest event of a run. */
  lastEvent(runSeq: number): HistoryEvent | undefined {
    for (let before = ALL_EVENTS; ; ) {
      const [row] = this.#storage.exec<{ first_event_id: number | null }>(
        'SELECT max(first_event_id) AS first_event_id FROM batches WHERE run_seq = ? AND first_event_id < ?',
        runSeq,
        before,
      );
      if (row === undefined || row.first_event_id === null) return undefined;
      before = row.first_event_id;
      const last = this.readBatches(runSeq, before, before).findLast((batch) => batch.events.length > 0);
      if (last !== undefined) return last.events.at(-1);
    }
  }

  /** Whether `commit` would write one row, that of a batch or of an activity, and do nothing else. */
  isOneRow([change, ...more]: readonly RunChanges[]): boolean {
    if (change === undefined || more.length > 0) return false;
    const { runSeq, batch, activityRows, activityRowsDeleted, volatile, summary } = change;
    if (volatile !== undefined || summary !== undefined || activityRowsDeleted.length > 0) return false;
    const [row, ...others] = activityRows;
    if (row === undefined) return batch !== undefined && this.#isOnePart(batch);
    return batch === undefined && others.length === 0 && this.#isOneActivityRow(runSeq, row);
  }

  #isOnePart(batch: RunBatch): boolean {
    const { bytes, external } = this.#frameOf(batch);
    return external.length === 0 && bytes.byteLength <= PART_BYTES;
  }

  #isOneActivityRow(runSeq: number, { scheduledEventId, data }: ActivityRow): boolean {
    this.#row = { data, parts: splitParts(encodeFrame(data).bytes) };
    const before = this.#stateParts.get(`${runSeq}/${StateKind.Activity}/${scheduledEventId}`) ?? 0;
    return this.#row.parts.length === 1 && before <= 1 && this.#hasState();
  }

  commit(changes: readonly RunChanges[]): void {
    for (const change of changes) {
      if (change.batch !== undefined) this.#writeBatch(change.runSeq, change.batch);
      for (const row of change.activityRows) this.#writeActivity(change.runSeq, row);
      for (const id of change.activityRowsDeleted) this.deleteState(change.runSeq, StateKind.Activity, id);
      if (change.volatile === null) this.deleteState(change.runSeq, StateKind.Volatile, 0);
      else if (change.volatile !== undefined)
        this.writeState(change.runSeq, StateKind.Volatile, 0, change.volatile);
      if (change.summary !== undefined) this.#writeSummary(change.runSeq, change.summary);
    }
  }

  /** The index is to be told of all runs again. */
  untell(): void {
    this.#storage.exec('UPDATE runs SET visibility_confirmed = 0');
  }

  /** Lets a run that is not in memory be erased. */
  expire(runSeq: number): void {
    this.#storage.exec('UPDATE runs SET expiry_time = ? WHERE run_seq = ?', ERASED_AT_ONCE, runSeq);
  }

  /** Erases one closed run. */
  deleteRun(runSeq: number): void {
    const rare = (['payloads', 'state'] as const).filter((table) => hasTable(this.#storage, table));
    for (const table of ['batches', ...rare, 'runs']) {
      this.#storage.exec(`DELETE FROM ${table} WHERE run_seq = ?`, runSeq);
    }
    this.#positions.delete(runSeq);
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
    this.#positions.clear();
    this.#stateParts.clear();
    this.#version = undefined;
    this.#frame = undefined;
    this.#row = undefined;
    this.#isNew = false;
    this.#hasStateTable = undefined;
  }

  /** Whether there ever was anything that changes without an event. */
  #hasState(): boolean {
    this.#hasStateTable ??= hasTable(this.#storage, 'state');
    return this.#hasStateTable;
  }

  readState(runSeq: number, kind: StateKind, id: number): unknown {
    if (!this.#hasState()) return undefined;
    const rows = this.#storage.exec<{ data: ArrayBuffer }>(
      'SELECT data FROM state WHERE run_seq = ? AND kind = ? AND id = ? ORDER BY part',
      runSeq,
      kind,
      id,
    );
    if (rows.length === 0) return undefined;
    this.#stateParts.set(`${runSeq}/${kind}/${id}`, rows.length);
    return decodeFrame(
      joinParts(
        rows.map((row) => row.data),
        0,
      ).bytes,
    );
  }

  writeState(runSeq: number, kind: StateKind, id: number, value: unknown): void {
    // Encoded once, though an activity's row is looked at before it is written.
    const known = this.#row?.data === value ? this.#row?.parts : undefined;
    const parts = known ?? splitParts(encodeFrame(value).bytes);
    this.#row = undefined;
    if (!this.#hasState()) this.#storage.exec(STATE_TABLE);
    this.#hasStateTable = true;
    for (const [part, data] of parts.entries()) {
      this.#storage.exec('INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?)', runSeq, kind, id, part, data);
    }
    const key = `${runSeq}/${kind}/${id}`;
    if ((this.#stateParts.get(key) ?? 0) > parts.length) {
      this.#storage.exec(
        'DELETE FROM state WHERE run_seq = ? AND kind = ? AND id = ? AND part >= ?',
        runSeq,
        kind,
        id,
        parts.length,
      );
    }
    this.#stateParts.set(key, parts.length);
  }

  deleteState(runSeq: number, kind: StateKind, id: number): void {
    if (!this.#hasState()) return;
    this.#storage.exec('DELETE FROM state WHERE run_seq = ? AND kind = ? AND id = ?', runSeq, kind, id);
    this.#stateParts.delete(`${runSeq}/${kind}/${id}`);
  }

  #activityRows(runSeq: number): ActivityRow[] {
    if (!this.#hasState()) return [];
    const rows = this.#storage.exec<{ id: number; data: ArrayBuffer }>(
      'SELECT id, data FROM state WHERE run_seq = ? AND kind = ? ORDER BY id, part',
      runSeq,
      StateKind.Activity,
    );
    const data = rows.map((row) => row.data);
    const activities: ActivityRow[] = [];
    for (let index = 0; index < rows.length; ) {
      const scheduledEventId = (rows[index] as { id: number }).id;
      const joined = joinParts(data, index);
      activities.push({ scheduledEventId, data: decodeFrame(joined.bytes) });
      this.#stateParts.set(`${runSeq}/${StateKind.Activity}/${scheduledEventId}`, joined.next - index);
      index = joined.next;
    }
    return activities;
  }

  #writeActivity(runSeq: number, row: ActivityRow): void {
    this.writeState(runSeq, StateKind.Activity, row.scheduledEventId, row.data);
  }

  #writeBatch(runSeq: number, batch: RunBatch): void {
    const frame = this.#frameOf(batch);
    this.#frame = undefined;
    const first = this.#positionOf(runSeq, batch.firstEventId);
    const parts = splitParts(frame.bytes);
    for (const [index, data] of parts.entries()) {
      this.#storage.exec(
        'INSERT INTO batches VALUES (?, ?, ?, ?)',
        runSeq,
        batch.firstEventId,
        first + index,
        data,
      );
    }
    if (frame.external.length > 0) this.#storage.exec(PAYLOADS_TABLE);
    for (const [ordinal, bytes] of frame.external.entries()) {
      for (const [part, data] of splitParts(bytes).entries()) {
        this.#storage.exec(
          'INSERT INTO payloads VALUES (?, ?, ?, ?, ?, ?)',
          runSeq,
          batch.firstEventId,
          first,
          ordinal,
          part,
          data,
        );
      }
    }
    this.#positions.set(runSeq, { firstEventId: batch.firstEventId, nextPart: first + parts.length });
  }

  /** Encoded once, though it is looked at before it is written. */
  #frameOf(batch: RunBatch): Frame {
    if (this.#frame?.batch !== batch) this.#frame = { batch, frame: encodeBatch(batch) };
    return this.#frame.frame;
  }

  #positionOf(runSeq: number, firstEventId: number): number {
    const position = this.#positions.get(runSeq);
    if (position !== undefined) return position.firstEventId === firstEventId ? position.nextPart : 0;
    if (this.#isNew) return 0;
    const [row] = this.#storage.exec<{ part: number | null }>(
      'SELECT max(part) AS part FROM batches WHERE run_seq = ? AND first_event_id = ?',
      runSeq,
      firstEventId,
    );
    return row?.part === null || row === undefined ? 0 : row.part + 1;
  }

  #rememberPosition(runSeq: number, last: BatchTableRow | undefined, to: number): void {
    if (to !== ALL_EVENTS || last === undefined) return;
    this.#positions.set(runSeq, { firstEventId: last.first_event_id, nextPart: last.part + 1 });
  }

  #payload(runSeq: number, firstEventId: number, batchPart: number, ordinal: number): Uint8Array {
    const rows = this.#storage.exec<{ data: ArrayBuffer }>(
      'SELECT data FROM payloads WHERE run_seq = ? AND first_event_id = ? AND batch_part = ? AND ordinal = ? ORDER BY part',
      runSeq,
      firstEventId,
      batchPart,
      ordinal,
    );
    return joinParts(
      rows.map((row) => row.data),
      0,
    ).bytes;
  }

  #writeSummary(runSeq: number, summary: RunSummary): void {
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
}

function runRowOf(row: RunTableRow): StoredRunRow {
  const summary: RunSummary = {
    runId: row.run_id,
    firstExecutionRunId: row.first_execution_run_id,
    // Sound: written from a RunSummary by `#writeSummary`.
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
