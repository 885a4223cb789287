/**
 * The tables `batches` and `payloads` of a `WorkflowExecution` object: the histories of its runs, a batch a commit.
 *
 * T1 A batch is one row while it is at most `PART_BYTES`.
 * T2 A batch of notes alone and the batch after it share a first event ID: rows count on, and each says whether it ends a batch.
 * T3 Where a run's next row goes is a cache: `forget` after a failed commit.
 */
import type { RunBatch } from '../../engine/api.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { ObjectStorage } from '../ports.ts';
import { decodeBatch, encodeBatch } from './batch-codec.ts';
import type { Frame } from './binary-frame.ts';
import { PAYLOADS_TABLE } from './schema.ts';
import { joinParts, PART_BYTES, splitParts } from './storage-parts.ts';

interface TableRow extends Record<string, number | ArrayBuffer> {
  first_event_id: number;
  part: number;
  data: ArrayBuffer;
}

/** Where the next row of a run goes when it has this first event ID. */
interface Position {
  firstEventId: number;
  nextPart: number;
}

const ALL_EVENTS = Number.MAX_SAFE_INTEGER;

export class BatchRows {
  readonly #storage: ObjectStorage;
  readonly #positions = new Map<number, Position>();
  #frame: { batch: RunBatch; frame: Frame } | undefined;
  /** Made by this instance: rows that it does not remember are not there. */
  #isNew = false;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /** The table was made just now. */
  created(): void {
    this.#isNew = true;
  }

  /** Of a whole run, in order. */
  all(runSeq: number): RunBatch[] {
    return this.#between(runSeq, 0, ALL_EVENTS);
  }

  /** Events `from` to `to`, both included, as far as they exist. */
  events(runSeq: number, from: number, to: number): HistoryEvent[] {
    const [row] = this.#storage.exec<{ first_event_id: number | null }>(
      'SELECT max(first_event_id) AS first_event_id FROM batches WHERE run_seq = ? AND first_event_id <= ?',
      runSeq,
      from,
    );
    const batches = this.#between(runSeq, row?.first_event_id ?? 0, to);
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
      const last = this.#between(runSeq, before, before).findLast((batch) => batch.events.length > 0);
      if (last !== undefined) return last.events.at(-1);
    }
  }

  /** Whether `write` would write one row and do nothing else. */
  isOneRow(batch: RunBatch): boolean {
    const { bytes, external } = this.#frameOf(batch);
    return external.length === 0 && bytes.byteLength <= PART_BYTES;
  }

  write(runSeq: number, batch: RunBatch): void {
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

  /** The run was erased. */
  erased(runSeq: number): void {
    this.#positions.delete(runSeq);
  }

  /** T3. */
  forget(): void {
    this.#positions.clear();
    this.#frame = undefined;
    this.#isNew = false;
  }

  /** Batches that begin at `from` or later and at `to` or earlier, in order. */
  #between(runSeq: number, from: number, to: number): RunBatch[] {
    const rows = this.#storage.exec<TableRow>(
      'SELECT first_event_id, part, data FROM batches WHERE run_seq = ? AND first_event_id BETWEEN ? AND ? ORDER BY first_event_id, part',
      runSeq,
      from,
      to,
    );
    const data = rows.map((row) => row.data);
    const batches: RunBatch[] = [];
    for (let index = 0; index < rows.length; ) {
      const first = rows[index] as TableRow;
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

  #rememberPosition(runSeq: number, last: TableRow | undefined, to: number): void {
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
}
