/**
 * The tables of one shard of the index.
 *
 * V1 `MIGRATIONS` is append-only, as those of workflow objects are.
 * V2 Listings walk an index in order and stop at the page's end. `runs_by_order`, within each division, and `runs_by_type` are in
 *    the order of listings (VIS-9), `attributes` too, per stored value; their last columns let the walk judge type and status
 *    without the row.
 *
 * `runs`        one row per run. `rare_status` is the status of those that went wrong, for which alone an index is worth its rows.
 * `attributes`  Keyword values and elements of lists, to walk by.
 * `erased`      runs that are gone, for as long as an update that was under way may still arrive.
 * `meta`        what is under way in this shard, as JSON.
 */
import type { ObjectStorage } from '../ports.ts';

const INITIAL = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
  run INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, status INTEGER NOT NULL,
  sort_close REAL NOT NULL, sort_start REAL NOT NULL, division TEXT, workflow_id TEXT NOT NULL, workflow_type TEXT NOT NULL,
  task_queue TEXT NOT NULL, parent_workflow_id TEXT, parent_run_id TEXT, root_workflow_id TEXT, root_run_id TEXT,
  start_time REAL NOT NULL, execution_time REAL, close_time REAL, history_length INTEGER, history_size_bytes INTEGER,
  state_transition_count INTEGER, execution_duration REAL, closed_at INTEGER, wake_at REAL, rare_status INTEGER,
  custom TEXT NOT NULL,
  info BLOB NOT NULL
) STRICT;
CREATE INDEX runs_by_order ON runs (sort_close, sort_start, run_id);
CREATE INDEX runs_by_type ON runs (workflow_type, sort_close, sort_start, run_id, status);
CREATE INDEX runs_by_rare_status ON runs (rare_status, sort_close, sort_start, run_id) WHERE rare_status IS NOT NULL;
CREATE INDEX runs_by_workflow ON runs (workflow_id);
CREATE INDEX runs_by_wake ON runs (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX runs_by_closing ON runs (closed_at) WHERE closed_at IS NOT NULL;
CREATE TABLE attributes (
  name TEXT NOT NULL, value TEXT NOT NULL, sort_close REAL NOT NULL, sort_start REAL NOT NULL, run_id TEXT NOT NULL,
  workflow_type TEXT NOT NULL, status INTEGER NOT NULL, run INTEGER NOT NULL,
  PRIMARY KEY (name, value, sort_close, sort_start, run_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE erased (run_id TEXT PRIMARY KEY, until REAL NOT NULL) STRICT, WITHOUT ROWID;
`;

const MIGRATIONS: readonly ((storage: Pick<ObjectStorage, 'exec'>) => void)[] = [
  (storage) => void storage.exec(INITIAL),
  // Lists of workflows do not pass by what stands in divisions: a namespace may have many more activities than workflows.
  (storage) => {
    storage.exec('DROP INDEX runs_by_order');
    storage.exec('CREATE INDEX runs_by_order ON runs (division, sort_close, sort_start, run_id)');
  },
];

/** Brings the tables up to date; a new shard gets all of them. */
export function openVisibilityTables(storage: Pick<ObjectStorage, 'exec' | 'transaction'>): void {
  const from = versionOf(storage);
  if (from === MIGRATIONS.length) return;
  if (from > MIGRATIONS.length)
    throw new Error(
      `This shard of the visibility index has schema version ${from}, this release knows versions up to ${MIGRATIONS.length}: ` +
        'deploy the release that wrote it, or a newer one.',
    );
  storage.transaction(() => {
    for (const migration of MIGRATIONS.slice(from)) migration(storage);
    storage.exec("INSERT OR REPLACE INTO meta VALUES ('schema', ?)", String(MIGRATIONS.length));
  });
}

function versionOf(storage: Pick<ObjectStorage, 'exec'>): number {
  const tables = storage.exec("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'meta'");
  if (tables.length === 0) return 0;
  const [row] = storage.exec<{ value: string }>("SELECT value FROM meta WHERE name = 'schema'");
  return Number(row?.value ?? 0);
}
