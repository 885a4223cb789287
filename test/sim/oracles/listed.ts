/** The index of runs says in the end what their objects say, of all of them, and of nothing else. */
import { statusCode } from '../../../src/objects/visibility/filter-values.ts';
import type { SimShard } from '../platform/sim-shard.ts';
import type { Chronicle, RunRecord } from './chronicle.ts';
import { check } from './failure.ts';

interface Row extends Record<string, string | number | null> {
  run_id: string;
  status: number;
  start_time: number;
  close_time: number | null;
  history_length: number | null;
}

export function checkListed({ world, runs }: Chronicle): void {
  const rows = new Map<string, Row>();
  for (const row of [...world.shards.values()].flatMap(rowsOf)) {
    check(!rows.has(row.run_id), 'listed', () => `run ${row.run_id} is listed by two shards`);
    rows.set(row.run_id, row);
  }
  for (const run of runs) checkRow(run, rows.get(run.runId));
  const known = new Set(runs.map(({ runId }) => runId));
  for (const runId of rows.keys())
    check(known.has(runId), 'listed', () => `run ${runId} is listed, and is in no object`);
}

function rowsOf({ storage }: SimShard): Row[] {
  if (storage.rows().runs === undefined) return [];
  return storage.exec<Row>('SELECT run_id, status, start_time, close_time, history_length FROM runs');
}

function checkRow({ workflowId, runId, summary, events }: RunRecord, row: Row | undefined): void {
  check(row !== undefined, 'listed', () => `${workflowId} ${runId} is in no list`);
  const listed = [row.status, row.start_time, row.close_time, row.history_length];
  const { status, startTime, closeTime } = summary;
  const found = [statusCode(status), startTime, closeTime, events.length];
  check(
    `${listed}` === `${found}`,
    'listed',
    () => `${workflowId} ${runId} is listed as ${listed}, not ${found}`,
  );
}
