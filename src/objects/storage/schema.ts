/**
 * The tables of a `WorkflowExecution` object, and how an object written by an earlier release is brought up to date.
 *
 * S1 `MIGRATIONS` is append-only: entry n takes version n to n + 1. The first one is what a new object gets.
 * S2 No table has an index beside its key, which is the rowid or stands in its place: one logical row is one billed row.
 * S3 The version stands in `meta`, since the platform refuses `PRAGMA user_version`.
 *
 * `batches`   the events of one turn of one run: one row, or parts of at most 1.5 MB.
 * `payloads`  payload bytes above 64 KB, apart from the batch that they belong to. Objects without such have no such table.
 * `passed_on` keys, in the bucket, of large payloads that runs erased by now have passed on to others. Most objects have no such table.
 * `state`     what changes without an event. Kind 0: the run's volatile part; 1: an activity, by scheduled event ID;
 *             2: attempts at a cold activation (see cold-activations.ts). Most objects have no such table.
 * `runs`      one row per run. `visibility_version` above `visibility_confirmed` is the outbox towards visibility.
 */
import type { ObjectStorage } from '../ports.ts';

export const StateKind = { Volatile: 0, Activity: 1, ColdActivation: 2 } as const;
export type StateKind = (typeof StateKind)[keyof typeof StateKind];

const INITIAL = `
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1), schema_version INTEGER NOT NULL,
  namespace TEXT NOT NULL, workflow_id TEXT NOT NULL, retention_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE runs (
  run_seq INTEGER PRIMARY KEY, run_id TEXT NOT NULL, first_execution_run_id TEXT NOT NULL, status TEXT NOT NULL,
  start_time REAL NOT NULL, close_time REAL, visibility_version INTEGER NOT NULL, visibility_confirmed INTEGER NOT NULL,
  expiry_time REAL, reset_run_id TEXT, has_deliveries INTEGER NOT NULL, request_ids TEXT NOT NULL
) STRICT;
CREATE TABLE batches (
  run_seq INTEGER NOT NULL, first_event_id INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (run_seq, first_event_id, part)
) STRICT, WITHOUT ROWID;
`;

/** Made when the first row of it is written, since every table costs each new object time. So are those below. */
export const STATE_TABLE = `
CREATE TABLE IF NOT EXISTS state (
  run_seq INTEGER NOT NULL, kind INTEGER NOT NULL, id INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (run_seq, kind, id, part)
) STRICT, WITHOUT ROWID`;

export const PAYLOADS_TABLE = `
CREATE TABLE IF NOT EXISTS payloads (
  run_seq INTEGER NOT NULL, first_event_id INTEGER NOT NULL, batch_part INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  part INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run_seq, first_event_id, batch_part, ordinal, part)
) STRICT, WITHOUT ROWID`;

export const PASSED_ON_TABLE =
  'CREATE TABLE IF NOT EXISTS passed_on (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID';

type Migration = (storage: ObjectStorage) => void;

const MIGRATIONS: readonly Migration[] = [(storage) => void storage.exec(INITIAL)];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** State written by a release that is newer than this one: nothing may be touched. */
export class SchemaVersionError extends Error {
  override readonly name = 'SchemaVersionError';
}

/** The version an object's storage has; 0 for a new one. */
export function schemaVersionOf(storage: ObjectStorage): number {
  if (!hasTable(storage, 'meta')) return 0;
  const [row] = storage.exec<{ schema_version: number }>('SELECT schema_version FROM meta');
  return row?.schema_version ?? 0;
}

export function hasTable(storage: ObjectStorage, name: 'meta' | 'payloads' | 'passed_on' | 'state'): boolean {
  const tables = storage.exec("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?", name);
  return tables.length > 0;
}

/** Runs what is missing. Inside the caller's transaction. */
export function migrate(storage: ObjectStorage, from: number): void {
  if (from > SCHEMA_VERSION) {
    throw new SchemaVersionError(
      `This object's state has schema version ${from}, this release knows versions up to ${SCHEMA_VERSION}: ` +
        'deploy the release that wrote it, or a newer one.',
    );
  }
  for (const migration of MIGRATIONS.slice(from)) migration(storage);
  if (from > 0) storage.exec('UPDATE meta SET schema_version = ?', SCHEMA_VERSION);
}
