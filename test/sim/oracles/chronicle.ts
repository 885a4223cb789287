/** What a simulation leaves: every run with its history, what objects have stored, and what callers have seen. */
import type { PendingWork, RunSummary } from '../../../src/engine/api.ts';
import { engine } from '../../../src/engine/engine.ts';
import { ExecutionState } from '../../../src/objects/execution/execution-state.ts';
import type { RunResult } from '../../../src/objects/execution/workflow-execution-api.ts';
import { ExecutionStore } from '../../../src/objects/storage/storage.ts';
import type { HistoryEvent, HistoryEventOf } from '../../../src/sdk/common/wire/events.ts';
import type { Fault, FaultKind } from '../faults.ts';
import type { Ledger } from '../ledger.ts';
import type { SimExecution } from '../platform/sim-execution.ts';
import type { SimWorld } from '../platform/world.ts';
import type { Scenario } from '../scenario.ts';

export interface RunRecord {
  workflowId: string;
  runId: string;
  summary: RunSummary;
  events: readonly HistoryEvent[];
  started: HistoryEventOf<'WorkflowExecutionStarted'>['attributes'];
}

export interface ObjectRecord {
  object: SimExecution;
  runs: readonly RunRecord[];
  rows: Readonly<Record<string, number>>;
  work: PendingWork | undefined;
}

export interface Seen {
  scenario: Scenario;
  ledger: Ledger;
  fired: readonly Fault[];
  ended: RunResult | undefined;
  ms: number;
}

export interface Chronicle extends Seen {
  world: SimWorld;
  objects: readonly ObjectRecord[];
  runs: readonly RunRecord[];
  commits: number;
}

const LAST = Number.MAX_SAFE_INTEGER;

export function readChronicle(world: SimWorld, seen: Seen): Chronicle {
  const objects = [...world.objects.values()].map(readObject);
  const runs = objects.flatMap((record) => record.runs);
  const commits = objects.reduce((sum, { object }) => sum + object.storage.commits, 0);
  return { ...seen, world, objects, runs, commits };
}

function readObject(object: SimExecution): ObjectRecord {
  const store = new ExecutionStore(object.storage);
  const rows = object.storage.rows();
  const identity = store.open();
  if (identity === undefined) return { object, runs: [], rows, work: undefined };
  const runs = store.runs.all().map(({ runSeq, summary }): RunRecord => {
    const events = store.history.events(runSeq, 1, LAST);
    const [first] = events;
    if (first?.eventType !== 'WorkflowExecutionStarted')
      throw new Error(`Run ${summary.runId} of ${object.name} begins with ${first?.eventType ?? 'nothing'}.`);
    return { workflowId: object.name, runId: summary.runId, summary, events, started: first.attributes };
  });
  const state = new ExecutionState(engine, store);
  state.load(identity);
  return { object, runs, rows, work: engine.pendingWork(state.execution) };
}

export function hasFired({ fired }: Seen, ...kinds: FaultKind[]): boolean {
  return fired.some(({ kind }) => kinds.includes(kind));
}

/** Nothing went wrong, and neither a deploy nor an operator came in between: then there is but one right course. */
export function isUndisturbed({ fired, scenario }: Seen): boolean {
  const { deployAtMs, operations = [] } = scenario;
  return fired.length === 0 && deployAtMs === undefined && operations.length === 0;
}

export function eventsOf<T extends HistoryEvent['eventType']>(run: RunRecord, type: T): HistoryEventOf<T>[] {
  // Sound: filtered by what tells the union apart.
  return run.events.filter(({ eventType }) => eventType === type) as HistoryEventOf<T>[];
}
