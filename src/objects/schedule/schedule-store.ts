/**
 * What a `Schedule` object keeps: its definition, what changes with every action, and what the last runs left, apart from each
 * other so that an action does not write the definition and its payloads again.
 *
 * S1 A record is one row, or several parts of at most 1.5 MB.
 * S2 A record that has not changed is not written.
 */
import type { ScheduleState } from '../../engine/schedule/schedule-state.ts';
import type { ObjectStorage } from '../ports.ts';
import { decodeFrame, encodeFrame } from '../storage/binary-frame.ts';
import { joinParts, splitParts } from '../storage/storage-parts.ts';

const SCHEMA_VERSION = 1;

const SCHEMA = `
CREATE TABLE records (
  kind INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (kind, part)
) STRICT, WITHOUT ROWID;
`;

/** Stored numbers. */
const Kind = { Meta: 0, Definition: 1, Progress: 2, Results: 3 } as const;
type Kind = (typeof Kind)[keyof typeof Kind];

/** How far the index of the namespace has been told. */
export interface IndexProgress {
  /** Of what is shown; grows with every change of it. */
  version: number;
  confirmed: number;
  attempt: number;
  retryAt: number;
}

export interface StoredSchedule {
  /** Undefined once deleted: then only the index is to be told. */
  state: ScheduleState | undefined;
  namespace: string;
  scheduleId: string;
  index: IndexProgress;
}

interface Meta {
  schemaVersion: number;
  namespace: string;
  scheduleId: string;
  isDeleted: boolean;
}

type Definition = Pick<ScheduleState, 'schedule' | 'memo' | 'searchAttributes'>;
type Results = Pick<ScheduleState, 'lastCompletionResult' | 'continuedFailure'>;
type Progress = Omit<ScheduleState, keyof Definition | keyof Results> & { index: IndexProgress };

export class ScheduleStore {
  readonly #storage: ObjectStorage;
  readonly #written = new Map<Kind, Uint8Array>();

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  load(): StoredSchedule | undefined {
    this.#written.clear();
    const tables = this.#storage.exec(
      "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'records'",
    );
    if (tables.length === 0) return undefined;
    const meta = this.#read(Kind.Meta) as Meta | undefined;
    if (meta === undefined) return undefined;
    if (meta.schemaVersion > SCHEMA_VERSION)
      throw new Error(
        `This schedule's state has schema version ${meta.schemaVersion}, this release knows versions up to ` +
          `${SCHEMA_VERSION}: deploy the release that wrote it, or a newer one.`,
      );
    const { namespace, scheduleId, isDeleted } = meta;
    const { index, ...progress } = this.#read(Kind.Progress) as Progress;
    if (isDeleted) return { state: undefined, namespace, scheduleId, index };
    // Sound: what is decoded here was taken apart in `save`.
    const definition = this.#read(Kind.Definition) as Definition;
    const results = this.#read(Kind.Results) as Results;
    return { state: { ...progress, ...definition, ...results }, namespace, scheduleId, index };
  }

  /** Inside the caller's transaction. */
  save({ state, namespace, scheduleId, index }: StoredSchedule): void {
    if (this.#written.size === 0) this.#storage.exec(SCHEMA.replace('TABLE', 'TABLE IF NOT EXISTS'));
    const meta: Meta = {
      schemaVersion: SCHEMA_VERSION,
      namespace,
      scheduleId,
      isDeleted: state === undefined,
    };
    if (state === undefined) {
      this.#write(Kind.Progress, { index });
      this.#write(Kind.Definition, null);
      this.#write(Kind.Results, null);
    } else {
      const { schedule, memo, searchAttributes, lastCompletionResult, continuedFailure, ...progress } = state;
      this.#write(Kind.Definition, withoutUnset({ schedule, memo, searchAttributes }));
      this.#write(Kind.Results, withoutUnset({ lastCompletionResult, continuedFailure }));
      this.#write(Kind.Progress, { ...progress, index });
    }
    this.#write(Kind.Meta, meta);
  }

  async deleteAll(): Promise<void> {
    this.#written.clear();
    await this.#storage.deleteAll();
  }

  /** A write that was rolled back is not there: the next load finds out what is. */
  forget(): void {
    this.#written.clear();
  }

  #read(kind: Kind): unknown {
    const rows = this.#storage.exec<{ data: ArrayBuffer }>(
      'SELECT data FROM records WHERE kind = ? ORDER BY part',
      kind,
    );
    if (rows.length === 0) return undefined;
    const { bytes } = joinParts(
      rows.map(({ data }) => data),
      0,
    );
    this.#written.set(kind, bytes);
    return decodeFrame(bytes);
  }

  #write(kind: Kind, record: unknown): void {
    const { bytes } = encodeFrame(record);
    const before = this.#written.get(kind);
    if (before !== undefined && sameBytes(before, bytes)) return;
    const parts = splitParts(bytes);
    if (before !== undefined && splitParts(before).length > parts.length)
      this.#storage.exec('DELETE FROM records WHERE kind = ? AND part >= ?', kind, parts.length);
    for (const [part, data] of parts.entries())
      this.#storage.exec(
        'INSERT INTO records (kind, part, data) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET data = excluded.data',
        kind,
        part,
        data,
      );
    this.#written.set(kind, bytes);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}

function withoutUnset<T extends object>(record: T): Partial<T> {
  // Sound: nothing but unset members is left out.
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}
