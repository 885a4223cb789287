/**
 * The list of a namespace's schedules: a row for each, the newest first, fed by the schedules themselves.
 *
 * X1 Of two entries of one schedule the one with the higher version holds; what was removed is remembered for an hour, so that
 *    news that come late do not bring it back.
 * X2 A page begins behind the last entry of the one before, so that changes meanwhile neither repeat nor hide others.
 */
import type { Result } from '../../engine/api.ts';
import type { WireScheduleListEntry } from '../../sdk/common/wire/schedule-requests.ts';
import type { SearchAttributeLookup } from '../namespace/search-attribute-types.ts';
import type { ObjectStorage } from '../ports.ts';
import { decodeFrame, encodeFrame } from '../storage/binary-frame.ts';
import { joinParts, splitParts } from '../storage/storage-parts.ts';
import { FilterError } from '../visibility/filter-tokens.ts';
import type {
  ListedSchedule,
  ScheduleIndexApi,
  ScheduleListPage,
  ScheduleListRequest,
  ScheduleSelection,
} from './schedule-api.ts';
import { scheduleFilter } from './schedule-filter.ts';

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS schedules (
  schedule_id TEXT NOT NULL, part INTEGER NOT NULL, version REAL NOT NULL, created REAL NOT NULL, removed REAL,
  data BLOB, PRIMARY KEY (schedule_id, part)
) STRICT, WITHOUT ROWID;`,
  'CREATE INDEX IF NOT EXISTS by_creation ON schedules (created DESC, schedule_id) WHERE part = 0 AND removed IS NULL;',
];

const REMOVED_KEPT_MS = 3_600_000;
/** Rows read at a time while a filter looks for matches. */
const BATCH = 200;

interface Row {
  [column: string]: string | number | ArrayBuffer | null;
  schedule_id: string;
  created: number;
  data: ArrayBuffer;
}

type Position = NonNullable<ScheduleListRequest['after']>;

export class ScheduleIndexCore implements ScheduleIndexApi {
  readonly #storage: Pick<ObjectStorage, 'exec' | 'transaction'>;
  readonly #now: () => number;
  readonly #types: SearchAttributeLookup | undefined;
  #isReady = false;

  constructor(
    storage: Pick<ObjectStorage, 'exec' | 'transaction'>,
    now: () => number,
    types?: SearchAttributeLookup,
  ) {
    this.#storage = storage;
    this.#now = now;
    this.#types = types;
  }

  async put(scheduleId: string, { createTime, version, entry }: ListedSchedule): Promise<void> {
    const parts = splitParts(encodeFrame(entry).bytes);
    this.#write(scheduleId, version, () => {
      for (const [part, data] of parts.entries())
        this.#storage.exec(
          `INSERT INTO schedules (schedule_id, part, version, created, removed, data) VALUES (?, ?, ?, ?, NULL, ?)
           ON CONFLICT DO UPDATE SET version = excluded.version, created = excluded.created, removed = NULL, data = excluded.data`,
          scheduleId,
          part,
          version,
          createTime,
          data,
        );
      this.#storage.exec(
        'DELETE FROM schedules WHERE schedule_id = ? AND part >= ?',
        scheduleId,
        parts.length,
      );
    });
  }

  async remove(scheduleId: string, version: number): Promise<void> {
    const now = this.#now();
    this.#write(scheduleId, version, () => {
      this.#storage.exec('DELETE FROM schedules WHERE schedule_id = ? AND part > 0', scheduleId);
      this.#storage.exec(
        `INSERT INTO schedules (schedule_id, part, version, created, removed, data) VALUES (?, 0, ?, 0, ?, NULL)
         ON CONFLICT DO UPDATE SET version = excluded.version, removed = excluded.removed, data = NULL`,
        scheduleId,
        version,
        now,
      );
      this.#storage.exec('DELETE FROM schedules WHERE removed < ?', now - REMOVED_KEPT_MS);
    });
  }

  list({ pageSize, after, ...selection }: ScheduleListRequest): Promise<Result<ScheduleListPage>> {
    return this.#withFilter(selection, (matches) => {
      const entries: WireScheduleListEntry[] = [];
      let last: Position | undefined;
      for (const { entry, position } of this.#scan(after)) {
        if (!matches(entry, position.createTime)) continue;
        // One more than the page holds tells whether there is another.
        if (entries.length === pageSize) return last === undefined ? { entries } : { entries, next: last };
        entries.push(entry);
        last = position;
      }
      return { entries };
    });
  }

  count(selection: ScheduleSelection): Promise<Result<number>> {
    return this.#withFilter(selection, (matches) => {
      let count = 0;
      for (const { entry, position } of this.#scan(undefined))
        if (matches(entry, position.createTime)) count++;
      return count;
    });
  }

  /** X1 */
  #write(scheduleId: string, version: number, write: () => void): void {
    this.#prepare();
    this.#storage.transaction(() => {
      const [known] = this.#storage.exec<{ version: number }>(
        'SELECT version FROM schedules WHERE schedule_id = ? AND part = 0',
        scheduleId,
      );
      if (known === undefined || known.version < version) write();
    });
  }

  async #withFilter<T>(
    { namespace, query = '' }: ScheduleSelection,
    read: (matches: ReturnType<typeof scheduleFilter>) => T,
  ): Promise<Result<T>> {
    const types = query === '' ? undefined : await this.#types?.(namespace, []);
    try {
      this.#prepare();
      return { ok: true, value: read(scheduleFilter(query, types)) };
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      return { ok: false, error: { code: 'INVALID_ARGUMENT', message: error.message } };
    }
  }

  /** The newest first, in batches. */
  *#scan(after: Position | undefined): Generator<{ entry: WireScheduleListEntry; position: Position }> {
    let from = after;
    for (;;) {
      const rows = this.#batch(from);
      for (const row of rows) {
        from = { createTime: row.created, scheduleId: row.schedule_id };
        yield { entry: this.#entry(row), position: from };
      }
      if (rows.length < BATCH) return;
    }
  }

  #batch(after: Position | undefined): Row[] {
    const columns = 'SELECT schedule_id, created, data FROM schedules WHERE part = 0 AND removed IS NULL';
    const order = 'ORDER BY created DESC, schedule_id LIMIT ?';
    if (after === undefined) return this.#storage.exec<Row>(`${columns} ${order}`, BATCH);
    return this.#storage.exec<Row>(
      `${columns} AND (created < ? OR (created = ? AND schedule_id > ?)) ${order}`,
      after.createTime,
      after.createTime,
      after.scheduleId,
      BATCH,
    );
  }

  #entry({ schedule_id, data }: Row): WireScheduleListEntry {
    const isWhole = new Uint8Array(data)[0] === 0;
    const parts = isWhole
      ? [data]
      : this.#storage
          .exec<{ data: ArrayBuffer }>(
            'SELECT data FROM schedules WHERE schedule_id = ? ORDER BY part',
            schedule_id,
          )
          .map((part) => part.data);
    // Sound: written by `put`.
    return decodeFrame(joinParts(parts, 0).bytes) as WireScheduleListEntry;
  }

  #prepare(): void {
    if (this.#isReady) return;
    for (const statement of SCHEMA) this.#storage.exec(statement);
    this.#isReady = true;
  }
}
