/**
 * The table `state` of a `WorkflowExecution` object: what changes without an event, of which most objects never have any, so the
 * table is made with the first row. A value that is large takes several rows; how many is remembered (T3: `forget` after a failed commit).
 */
import type { ActivityRow } from '../../engine/api.ts';
import type { ObjectStorage } from '../ports.ts';
import { decodeFrame, encodeFrame } from './binary-frame.ts';
import { hasTable, STATE_TABLE, StateKind } from './schema.ts';
import { joinParts, splitParts } from './storage-parts.ts';

export class StateRows {
  readonly #storage: ObjectStorage;
  /** Number of parts, for state that has more than one: `runSeq/kind/id`. */
  readonly #parts = new Map<string, number>();
  #encoded: { data: unknown; parts: Uint8Array[] } | undefined;
  #hasTable: boolean | undefined;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /** The object was made just now, without this table. */
  created(): void {
    this.#hasTable = false;
  }

  /** T3. */
  forget(): void {
    this.#parts.clear();
    this.#encoded = undefined;
    this.#hasTable = undefined;
  }

  /** Whether there ever was anything that changes without an event. */
  #exists(): boolean {
    this.#hasTable ??= hasTable(this.#storage, 'state');
    return this.#hasTable;
  }

  read(runSeq: number, kind: StateKind, id: number): unknown {
    if (!this.#exists()) return undefined;
    const rows = this.#storage.exec<{ data: ArrayBuffer }>(
      'SELECT data FROM state WHERE run_seq = ? AND kind = ? AND id = ? ORDER BY part',
      runSeq,
      kind,
      id,
    );
    if (rows.length === 0) return undefined;
    this.#parts.set(keyOf(runSeq, kind, id), rows.length);
    return decodeFrame(
      joinParts(
        rows.map((row) => row.data),
        0,
      ).bytes,
    );
  }

  activities(runSeq: number): ActivityRow[] {
    if (!this.#exists()) return [];
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
      this.#parts.set(keyOf(runSeq, StateKind.Activity, scheduledEventId), joined.next - index);
      index = joined.next;
    }
    return activities;
  }

  /** Whether `write` would write one row of an activity and do nothing else. */
  isOneActivityRow(runSeq: number, { scheduledEventId, data }: ActivityRow): boolean {
    this.#encoded = { data, parts: splitParts(encodeFrame(data).bytes) };
    const before = this.#parts.get(keyOf(runSeq, StateKind.Activity, scheduledEventId)) ?? 0;
    return this.#encoded.parts.length === 1 && before <= 1 && this.#exists();
  }

  write(runSeq: number, kind: StateKind, id: number, value: unknown): void {
    // Encoded once, though an activity's row is looked at before it is written.
    const known = this.#encoded?.data === value ? this.#encoded?.parts : undefined;
    const parts = known ?? splitParts(encodeFrame(value).bytes);
    this.#encoded = undefined;
    if (!this.#exists()) this.#storage.exec(STATE_TABLE);
    this.#hasTable = true;
    for (const [part, data] of parts.entries()) {
      this.#storage.exec('INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?)', runSeq, kind, id, part, data);
    }
    const key = keyOf(runSeq, kind, id);
    if ((this.#parts.get(key) ?? 0) > parts.length) {
      this.#storage.exec(
        'DELETE FROM state WHERE run_seq = ? AND kind = ? AND id = ? AND part >= ?',
        runSeq,
        kind,
        id,
        parts.length,
      );
    }
    this.#parts.set(key, parts.length);
  }

  delete(runSeq: number, kind: StateKind, id: number): void {
    if (!this.#exists()) return;
    this.#storage.exec('DELETE FROM state WHERE run_seq = ? AND kind = ? AND id = ?', runSeq, kind, id);
    this.#parts.delete(keyOf(runSeq, kind, id));
  }
}

const keyOf = (runSeq: number, kind: StateKind, id: number) => `${runSeq}/${kind}/${id}`;
