/**
 * What a workflow's object tells the index of its runs.
 *
 * D1 The intent is the run's own row: its version above what the index has confirmed. So nothing is lost, and an object of an
 *    earlier release delivers when it is loaded next.
 * D2 Told a moment after the commit, so that a start waits for nothing and a short run is told of once, at its end.
 * D3 A step costs nothing: a confirmation is written with the next row of the run that is written anyway. Only a run that then
 *    rests has it written at once, since a rest may outlast memory.
 * D4 While something is to be told an alarm stands: a lost object tells it then.
 */
import type { Engine, Execution } from '../../engine/api.ts';
import { backoffMs, type LogSink, type ObjectTimes } from '../object-options.ts';
import type { ObjectClock } from '../ports.ts';
import type { VisibilityUpdate, VisibilityWriter } from './visibility-api.ts';

export interface Told {
  runId: string;
  version: number;
}

export interface VisibilityDeliveryOptions {
  writer: VisibilityWriter | undefined;
  engine: Engine;
  clock: Pick<ObjectClock, 'now' | 'after'>;
  times: ObjectTimes;
  log: LogSink;
  /** Runs between turns, when memory and storage agree; undefined when there is nothing in memory. */
  read<T>(work: (execution: Execution) => T): Promise<T | undefined>;
  /** When the object wakes next, whatever is still to be told. */
  nextWake(): number | undefined;
  acknowledge(told: readonly Told[]): void;
  failed(): void;
  keepAlive(work: Promise<unknown>): void;
}

/** A delivery that an object did not live to see is made again by its alarm after this. */
const SAFETY_MS = 30_000;
/** Runs told of in one call. */
export const RUNS_TOLD_AT_ONCE = 50;

export class VisibilityDelivery {
  readonly #options: VisibilityDeliveryOptions;
  #pending: readonly string[] = [];
  #dueAt: number | undefined;
  #alarmAt: number | undefined;
  #attempt = 0;
  #cancelTimer: (() => void) | undefined;
  #underWay: Promise<void> | undefined;

  constructor(options: VisibilityDeliveryOptions) {
    this.#options = options;
  }

  get isIndexed(): boolean {
    return this.#options.writer !== undefined;
  }

  /** Level-triggered, before each commit: these runs are to be told of. */
  prepare(pending: readonly string[], now: number): void {
    if (!this.isIndexed) return;
    this.#pending = pending;
    if (pending.length === 0) {
      this.#rest();
      return;
    }
    this.#dueAt ??= now + this.#options.times.visibilityDelayMs;
    this.#alarmAt ??= now + SAFETY_MS;
  }

  /** When the object has to be awake for what is not told yet. */
  earliest(): number | undefined {
    return this.#alarmAt;
  }

  /** After the commit. */
  begin(): void {
    if (this.#dueAt === undefined || this.#cancelTimer !== undefined || this.#underWay !== undefined) return;
    const { clock, keepAlive } = this.#options;
    const cancel = clock.after(Math.max(0, this.#dueAt - clock.now()), () => {
      this.#cancelTimer = undefined;
      keepAlive(this.flush());
    });
    this.#cancelTimer = cancel;
  }

  /** In an alarm: what its time has come for is told before the alarm ends. */
  async flushDue(now: number): Promise<void> {
    if (this.#alarmAt !== undefined && this.#alarmAt <= now) await this.flush();
  }

  flush(): Promise<void> {
    this.#underWay ??= this.#tell().finally(() => {
      this.#underWay = undefined;
      this.begin();
    });
    return this.#underWay;
  }

  async #tell(): Promise<void> {
    const { writer, clock, log, acknowledge, failed, times } = this.#options;
    if (writer === undefined || this.#pending.length === 0) return;
    let of: { namespace: string; workflowId: string } | undefined;
    try {
      const found = await this.#options.read((execution) => this.#updates(execution));
      if (found === undefined || found.updates.length === 0) return;
      of = found;
      await writer.update(found.namespace, found.workflowId, found.updates);
      this.#attempt = 0;
      this.#rest();
      acknowledge(found.updates.map(({ info, version }) => ({ runId: info.execution.runId ?? '', version })));
    } catch (error) {
      this.#attempt += 1;
      this.#dueAt = clock.now() + backoffMs(times, this.#attempt);
      this.#alarmAt = Math.max(this.#dueAt, clock.now() + SAFETY_MS);
      log('WARN', `The visibility index could not be told (attempt ${this.#attempt})`, { ...of, error });
      failed();
    }
  }

  #updates(execution: Execution) {
    const { engine, nextWake } = this.#options;
    const { namespace, workflowId, current } = execution;
    const updates: VisibilityUpdate[] = [];
    for (const runId of this.#pending.slice(0, RUNS_TOLD_AT_ONCE)) {
      const run = engine.findRun(execution, runId);
      if (run === undefined) continue;
      const wakeAt = runId === current?.runId ? nextWake() : run.expiryTime;
      updates.push({ ...engine.visibilityRecord(run), ...(wakeAt !== undefined && { wakeAt }) });
    }
    return { namespace, workflowId, updates };
  }

  #rest(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#dueAt = undefined;
    this.#alarmAt = undefined;
  }

  /** What was in memory is thrown away. */
  forget(): void {
    this.#pending = [];
    this.#rest();
  }
}
