/**
 * Finds runs in one shard, in the order of listings, from the index that the filter lets it walk.
 *
 * L1 A listing that goes on is as of the moment when it began: what closed since keeps its place among the open runs. So every
 *    run has one place for the whole of a listing, and none is listed twice or passed over because it closed.
 * L2 A page is at most `limit` runs and about `PAGE_BYTES` of them.
 */
import type { ObjectStorage, SqlValue } from '../ports.ts';
import type { Predicate, Query } from './filter.ts';
import { compileFilter, knownOf, type SqlCondition } from './filter-sql.ts';
import type { FoundRun, RunPosition, ShardCount, ShardPage } from './visibility-api.ts';
import { OPEN_FIRST } from './visibility-store.ts';
import { statusSection, type Walk, walkFor } from './visibility-walk.ts';

type Storage = Pick<ObjectStorage, 'exec'>;

const PAGE_BYTES = 8_000_000;
/** A larger one is fetched by itself, so that a page of them is never in memory at once. */
const INFO_INLINE_BYTES = 16_384;

export interface PageRequest {
  limit: number;
  after?: RunPosition | undefined;
  asOf?: number | undefined;
}

interface RunRow extends Record<string, SqlValue> {
  run: number;
  sortClose: number;
  sortStart: number;
  runId: string;
  version: number;
  bytes: number;
  info: ArrayBuffer | null;
}

export function searchPage(storage: Storage, query: Query, request: PageRequest, moment: number): ShardPage {
  const { limit, after, asOf } = request;
  const known = knownOf(query.filter);
  const way = walkFor(known);
  const walked = walk(storage, way, conditionsOf(query, way.judged), request);
  const isAmongOpen = asOf !== undefined && after?.sortClose === OPEN_FIRST;
  const wanted = [...conditionsOf(query), ...statusSection(known)];
  const rows = isAmongOpen ? merge(walked, closedSince(storage, wanted, request), limit + 1) : walked;
  return pageOf(storage, rows, limit, asOf ?? moment);
}

export function countRuns(storage: Storage, query: Query): ShardCount {
  const { from, conditions, judged } = walkFor(knownOf(query.filter));
  const all = joined([...conditions, ...conditionsOf(query, judged)]);
  const group = query.groupBy && (query.groupBy.name === 'ExecutionStatus' ? 'r.status' : 'r.division');
  if (group === undefined) {
    const sql = `SELECT count(*) AS count FROM ${from} WHERE ${all.sql}`;
    const [row] = storage.exec<{ count: number }>(sql, ...all.bindings);
    return { count: row?.count ?? 0, groups: [] };
  }
  const sql = `SELECT ${group} AS value, count(*) AS count FROM ${from} WHERE ${all.sql} GROUP BY 1`;
  const groups = storage.exec<{ value: string | number | null; count: number }>(sql, ...all.bindings);
  return { count: groups.reduce((sum, { count }) => sum + count, 0), groups };
}

function conditionsOf({ filter, namesDivision }: Query, judged?: ReadonlySet<Predicate>): SqlCondition[] {
  const condition = compileFilter(filter, judged);
  return [
    ...(condition === undefined ? [] : [condition]),
    ...(namesDivision ? [] : [{ sql: 'r.division IS NULL', bindings: [] }]),
  ];
}

const columnsOf = (ordered: Walk['ordered']): string =>
  `r.run AS run, ${ordered}.sort_close AS sortClose, ${ordered}.sort_start AS sortStart, ${ordered}.run_id AS runId, r.version AS version,
  length(r.info) AS bytes, CASE WHEN length(r.info) <= ${INFO_INLINE_BYTES} THEN r.info END AS info`;

function walk(
  storage: Storage,
  { from, ordered, conditions }: Walk,
  wanted: readonly SqlCondition[],
  { limit, after, asOf }: PageRequest,
): RunRow[] {
  const key = `${ordered}.sort_close, ${ordered}.sort_start, ${ordered}.run_id`;
  const all = joined([
    ...conditions,
    ...(after === undefined ? [] : [behind(key, [after.sortClose, after.sortStart, after.runId])]),
    ...(asOf === undefined ? [] : [{ sql: '(r.closed_at IS NULL OR r.closed_at <= ?)', bindings: [asOf] }]),
    ...wanted,
  ]);
  return storage.exec<RunRow>(
    `SELECT ${columnsOf(ordered)} FROM ${from} WHERE ${all.sql} ORDER BY ${key} LIMIT ${limit + 1}`,
    ...all.bindings,
  );
}

/** L1: at the places that they had. */
function closedSince(
  storage: Storage,
  wanted: readonly SqlCondition[],
  { limit, after, asOf }: PageRequest,
): RunRow[] {
  if (after === undefined || asOf === undefined) return [];
  const key = 'r.sort_start, r.run_id';
  const all = joined([
    { sql: 'r.closed_at > ?', bindings: [asOf] },
    behind(key, [after.sortStart, after.runId]),
    ...wanted,
  ]);
  const rows = storage.exec<RunRow>(
    `SELECT ${columnsOf('r')} FROM runs AS r INDEXED BY runs_by_closing WHERE ${all.sql} ORDER BY ${key} LIMIT ${limit + 1}`,
    ...all.bindings,
  );
  return rows.map((row) => ({ ...row, sortClose: OPEN_FIRST }));
}

function behind(key: string, values: SqlValue[]): SqlCondition {
  return { sql: `(${key}) > (${values.map(() => '?').join(', ')})`, bindings: values };
}

function joined(conditions: readonly SqlCondition[]): SqlCondition {
  if (conditions.length === 0) return { sql: '1', bindings: [] };
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    bindings: conditions.flatMap(({ bindings }) => bindings),
  };
}

export function comparePositions(one: RunPosition, other: RunPosition): number {
  if (one.sortClose !== other.sortClose) return one.sortClose - other.sortClose;
  if (one.sortStart !== other.sortStart) return one.sortStart - other.sortStart;
  if (one.runId === other.runId) return 0;
  return one.runId < other.runId ? -1 : 1;
}

function merge(walked: RunRow[], closed: RunRow[], limit: number): RunRow[] {
  if (closed.length === 0) return walked;
  return [...walked, ...closed].sort(comparePositions).slice(0, limit);
}

function pageOf(storage: Storage, rows: readonly RunRow[], limit: number, asOf: number): ShardPage {
  const runs: FoundRun[] = [];
  let bytes = 0;
  for (const { run, sortClose, sortStart, runId, version, info, bytes: size } of rows.slice(0, limit)) {
    bytes += size;
    if (bytes > PAGE_BYTES && runs.length > 0) return { runs, hasMore: true, asOf };
    runs.push({ sortClose, sortStart, runId, version, info: new Uint8Array(info ?? infoOf(storage, run)) });
  }
  return { runs, hasMore: rows.length > limit, asOf };
}

function infoOf(storage: Storage, run: number): ArrayBuffer {
  const [row] = storage.exec<{ info: ArrayBuffer }>('SELECT info FROM runs WHERE run = ?', run);
  if (row === undefined) throw new Error(`The row of run ${run} went away while it was read.`);
  return row.info;
}
