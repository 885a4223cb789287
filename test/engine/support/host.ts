/**
 * A host for engine tests: turns, a clock set by hand, counted IDs, and storage in memory that takes what `finish` returns. After
 * every turn the run is folded anew from that storage and compared with the live one (A3), so each test also proves replay.
 */
import { expect } from 'vitest';
import type {
  ActivityReference,
  ActivityTask,
  EngineLimits,
  Execution,
  Input,
  Result,
  RunBatch,
  RunChanges,
  RunSummary,
  StoredRun,
  Turn,
  TurnContext,
  WorkflowTaskOutcome,
} from '../../../src/engine/api.ts';
import { nextDeadlineOf, promoteDueAttempts } from '../../../src/engine/deadlines.ts';
import { engine } from '../../../src/engine/engine.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import type { StartWorkflowRequest } from '../../../src/engine/requests.ts';
import type { RunState } from '../../../src/engine/run-state.ts';
import type { UpdateResponse, WorkflowTaskCompletion } from '../../../src/engine/workflow-task.ts';
import type { Command, CommandAttributes, CommandType } from '../../../src/sdk/common/wire/commands.ts';
import type { EventAttributes, EventType, HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import type { Payload, Payloads } from '../../../src/sdk/common/wire/messages.ts';
import { nextCronTime } from '../../../src/times/cron-schedule.ts';

export const T0 = Date.parse('2026-01-05T10:00:00.000Z');

interface StoredRows {
  runSeq: number;
  summary: RunSummary;
  batches: RunBatch[];
  activityRows: Map<number, unknown>;
  volatile: unknown;
}

export interface HostOptions {
  limits?: Partial<EngineLimits>;
  context?: Partial<TurnContext>;
  workflowId?: string;
}

export class Host {
  now = T0;
  execution: Execution;
  readonly rows = new Map<string, StoredRows>();
  readonly limits: EngineLimits;
  readonly workflowId: string;
  /** Rows written so far: batches, activity rows, volatile rows, summaries. */
  readonly written = { batches: 0, activities: 0, volatile: 0, summaries: 0 };
  checksFold = true;
  readonly #context: Partial<TurnContext>;
  #ids = 0;

  constructor({ limits, context = {}, workflowId = 'wf-1' }: HostOptions = {}) {
    this.limits = { ...DEFAULT_LIMITS, minimalStartIntervalMs: 0, continueAsNewIntervalMs: 0, ...limits };
    this.workflowId = workflowId;
    this.execution = engine.emptyExecution('default', workflowId);
    this.#context = context;
  }

  get context(): TurnContext {
    const newId = () => `id-${++this.#ids}`;
    return {
      now: this.now,
      newId,
      limits: this.limits,
      workerIdentity: 'worker-1',
      nextCronTime,
      ...this.#context,
    };
  }

  /** The current run. */
  get run(): RunState {
    return this.execution.current as unknown as RunState;
  }

  /** Runs one turn to its commit. */
  turn<T>(work: (turn: Turn) => T): T {
    const turn = engine.beginTurn(this.execution, this.context);
    const result = work(turn);
    this.commit(turn.finish());
    return result;
  }

  commit(changes: readonly RunChanges[]): void {
    for (const change of changes) this.#store(change);
    if (this.checksFold) this.checkFold();
  }

  #store(change: RunChanges): void {
    let rows = this.rows.get(change.runId);
    if (rows === undefined) {
      if (change.summary === undefined) throw new Error('the first commit of a run has a summary');
      rows = {
        runSeq: change.runSeq,
        summary: change.summary,
        batches: [],
        activityRows: new Map(),
        volatile: undefined,
      };
      this.rows.set(change.runId, rows);
    }
    if (change.batch !== undefined) {
      rows.batches.push(structuredClone({ ...change.batch, events: [...change.batch.events] }));
      this.written.batches++;
    }
    for (const { scheduledEventId, data } of change.activityRows)
      rows.activityRows.set(scheduledEventId, structuredClone(data));
    for (const id of change.activityRowsDeleted) rows.activityRows.delete(id);
    this.written.activities += change.activityRows.length + change.activityRowsDeleted.length;
    if (change.volatile !== undefined) {
      rows.volatile = change.volatile === null ? undefined : structuredClone(change.volatile);
      this.written.volatile++;
    }
    if (change.summary !== undefined) {
      rows.summary = structuredClone(change.summary);
      this.written.summaries++;
    }
  }

  stored(runId: string): StoredRun {
    const rows = this.rows.get(runId);
    if (rows === undefined) throw new Error(`no run ${runId}`);
    const activityRows = [...rows.activityRows].map(([scheduledEventId, data]) => ({
      scheduledEventId,
      data,
    }));
    return structuredClone({ ...rows, activityRows });
  }

  /** Drops the memory and loads from storage, as after an eviction. */
  reload(): void {
    const { current } = this.execution;
    if (current === undefined) return;
    const earlier = [...this.rows.values()]
      .filter(({ summary }) => summary.hasDeliveries && summary.runId !== current.runId)
      .map(({ summary }) => this.stored(summary.runId));
    this.execution = engine.loadExecution('default', this.workflowId, this.stored(current.runId), earlier);
  }

  checkFold(): void {
    for (const runId of this.rows.keys()) {
      const live = runId === this.run.runId ? this.run : undefined;
      if (live === undefined) continue;
      const folded = engine.foldRun('default', this.workflowId, this.stored(runId)) as unknown as RunState;
      expect(snapshot(folded, this.now)).toEqual(snapshot(live, this.now));
    }
  }

  history(runId = this.run.runId): HistoryEvent[] {
    return (this.rows.get(runId)?.batches ?? []).flatMap(({ events }) => [...events]);
  }

  types(runId?: string): EventType[] {
    return this.history(runId).map(({ eventType }) => eventType);
  }

  /** Attributes of the last event of that type. */
  last<T extends EventType>(eventType: T, runId?: string): EventAttributes<T> {
    const event = this.history(runId).findLast((one) => one.eventType === eventType);
    if (event === undefined) throw new Error(`no ${eventType} in ${this.types(runId).join(', ')}`);
    return event.attributes as EventAttributes<T>;
  }

  lastEvent(runId?: string): HistoryEvent {
    const event = this.history(runId).at(-1);
    if (event === undefined) throw new Error('no events');
    return event;
  }

  start(request: Partial<StartWorkflowRequest> = {}) {
    return this.turn((turn) => turn.start({ workflowType: 'greet', taskQueue: 'orders', ...request }));
  }

  apply(input: Input): Result<unknown> {
    return this.turn((turn) => turn.apply(input));
  }

  /** Starts the due workflow task and completes it in one turn. */
  task(...commands: Command[]): WorkflowTaskOutcome {
    return this.complete({ kind: 'completed', commands, updates: [], queries: [] });
  }

  complete(completion: WorkflowTaskCompletion): WorkflowTaskOutcome {
    return this.turn((turn) => {
      if (turn.startWorkflowTask() === undefined) throw new Error('no workflow task is due');
      return turn.completeWorkflowTask(completion);
    });
  }

  /** Commits a workflow task as started, so that what follows is buffered. */
  beginTask() {
    return this.turn((turn) => turn.startWorkflowTask());
  }

  endTask(...commands: Command[]): WorkflowTaskOutcome {
    return this.turn((turn) =>
      turn.completeWorkflowTask({ kind: 'completed', commands, updates: [], queries: [] }),
    );
  }

  failTask(message = 'boom'): WorkflowTaskOutcome {
    const cause = 'WORKFLOW_WORKER_UNHANDLED_FAILURE';
    return this.complete({ kind: 'failed', cause, failure: { message } });
  }

  respond(updates: UpdateResponse[], ...commands: Command[]): WorkflowTaskOutcome {
    return this.complete({ kind: 'completed', commands, updates, queries: [] });
  }

  signal(signalName: string, more: Partial<Extract<Input, { kind: 'Signal' }>> = {}) {
    return this.apply({ kind: 'Signal', signalName, ...more });
  }

  admit(capacity = 1_000): readonly ActivityTask[] {
    return this.turn((turn) => turn.admitActivities(capacity));
  }

  /** Moves the clock and fires what is due. */
  advance(ms: number): void {
    this.now += ms;
    this.turn((turn) => turn.fireDeadlines());
  }

  nextDeadline(): number | undefined {
    return engine.nextDeadline(this.execution);
  }
}

/** A run in which the given commands were issued by the first workflow task. */
export function given(...commands: Command[]): Host {
  return givenWith({}, {}, ...commands);
}

export function givenWith(
  start: Partial<StartWorkflowRequest>,
  options: HostOptions,
  ...commands: Command[]
): Host {
  const host = new Host(options);
  host.start(start);
  host.task(...commands);
  return host;
}

export function command<T extends CommandType>(commandType: T, attributes: CommandAttributes<T>): Command {
  return { commandType, attributes } as unknown as Command;
}

export function activity(more: Partial<CommandAttributes<'ScheduleActivityTask'>> = {}): Command {
  return command('ScheduleActivityTask', {
    activityId: '1',
    activityType: { name: 'charge' },
    startToCloseTimeout: 60_000,
    ...more,
  });
}

export const timer = (timerId: string, startToFireTimeout: number): Command =>
  command('StartTimer', { timerId, startToFireTimeout });
export const cancelTimer = (timerId: string): Command => command('CancelTimer', { timerId });
export const complete = (result?: Payloads): Command =>
  command('CompleteWorkflowExecution', result === undefined ? {} : { result });
export const fail = (message: string, nonRetryable = false): Command =>
  command('FailWorkflowExecution', {
    failure: { message, applicationFailureInfo: { type: 'Error', nonRetryable } },
  });

export function byToken(task: ActivityTask): ActivityReference {
  return { by: 'token', runId: task.runId, scheduledEventId: task.scheduledEventId, stamp: task.stamp };
}

export const byId = (activityId: string): ActivityReference => ({ by: 'id', activityId });

export function applicationFailure(
  message: string,
  info: { type?: string; nonRetryable?: boolean; nextRetryDelay?: number } = {},
) {
  return { message, source: 'TypeScriptSDK', applicationFailureInfo: { type: 'Error', ...info } };
}

const encoder = new TextEncoder();

export function json(value: unknown): Payload {
  return {
    metadata: { encoding: encoder.encode('json/plain') },
    data: encoder.encode(JSON.stringify(value)),
  };
}

export const args = (...values: unknown[]): Payloads => ({ payloads: values.map(json) });

export function bytes(size: number): Payloads {
  return {
    payloads: [{ metadata: { encoding: encoder.encode('binary/plain') }, data: new Uint8Array(size) }],
  };
}

/** All of a run's state in comparable form. Heaps are compared by what they lead to; memory-only parts are left out. */
export function snapshot(run: RunState, now: number): unknown {
  promoteDueAttempts(run, now);
  const {
    backoffs: _b,
    deadlines: _d,
    readyActivities,
    readyOrder: _o,
    startedActivities,
    admittedUpdates,
    rejectedUpdates: _r,
    closedActivityRows: _c,
    workflowTask,
    activities,
    ...rest
  } = run;
  const task: RunState['workflowTask'] =
    workflowTask.state !== 'none' && workflowTask.kind === 'speculative' ? { state: 'none' } : workflowTask;
  return structuredClone({
    ...rest,
    workflowTask: task,
    activities: [...activities.values()].map(
      ({ queuedDeadline: _q, options, hasOwnOptions, lastHeartbeatTime, ...activity }) => ({
        ...activity,
        options: hasOwnOptions ? options : 'as scheduled',
        // A sign of life without details and without a timeout is worth no row.
        lastHeartbeatTime: options.heartbeatTimeout > 0 ? lastHeartbeatTime : 'in memory',
      }),
    ),
    ready: [...readyActivities.keys()].sort((a, b) => a - b),
    started: [...startedActivities.keys()].sort((a, b) => a - b),
    recordedUpdates: [...admittedUpdates.values()]
      .filter(({ isRecorded }) => isRecorded)
      .map(({ updateId }) => updateId),
    nextDeadline: nextDeadlineOf({ ...run, workflowTask: task }),
  });
}
