/** A workflow's object in this process: the core of the Durable Object on ports of memory. */
import { engine } from '../../../engine/engine.ts';
import { WorkflowExecutionCore } from '../../../objects/execution/workflow-execution-core.ts';
import type { ObjectOptions } from '../../../objects/object-options.ts';
import type { ActivityFetch, ObjectPorts, ObjectStubs } from '../../../objects/ports.ts';
import type { Alarm, ServerClock } from './server-clock.ts';
import type { OpenSqlite } from './sqlite-database.ts';
import { SqliteStorage } from './sqlite-storage.ts';

export interface LocalObjectOptions {
  openSqlite: OpenSqlite;
  clock: ServerClock;
  objectOptions: ObjectOptions;
  stubs: ObjectStubs;
  /** Runs what `objectOptions` says is served: activities that are pushed. */
  activities: ActivityFetch;
  /** Work that the server is not at rest before the end of. */
  keepAlive(work: Promise<unknown>): void;
}

export class LocalObject {
  readonly core: WorkflowExecutionCore;
  readonly #storage: SqliteStorage;
  readonly #clock: ServerClock;
  readonly #alarm: Alarm;
  readonly #activities: ActivityFetch;

  constructor(options: LocalObjectOptions) {
    this.#clock = options.clock;
    this.#activities = options.activities;
    this.#storage = new SqliteStorage(options.openSqlite);
    this.#alarm = { at: undefined, ring: () => options.keepAlive(this.core.alarm()) };
    options.clock.add(this.#alarm);
    this.core = new WorkflowExecutionCore(this.#ports(options), options.objectOptions);
  }

  get rowsWritten(): number {
    return this.#storage.rowsWritten;
  }

  /** When the object has something to do next for an open run; what only waits to be erased does not count. */
  nextDeadline(): number | undefined {
    return this.#isOpen() ? this.#alarm.at : undefined;
  }

  /** Tasks of the current run, queries among them, that wait for a worker or are with one. */
  countBusy(): number {
    if (!this.#isOpen()) return 0;
    const { execution } = this.core.loop.state;
    const waiting = engine.waitingTasks(execution, this.#clock.now());
    const hasWorkflowTask = waiting.isWorkflowTaskStarted || waiting.workflowTask !== undefined;
    const queries = this.core.remote?.queries.size ?? 0;
    const activities = waiting.activities.length + waiting.activitiesStarted;
    return activities + engine.nexusTasksOpen(execution) + queries + (hasWorkflowTask ? 1 : 0);
  }

  #isOpen(): boolean {
    const { state } = this.core.loop;
    const run = state.isLoaded ? state.execution.current : undefined;
    return run !== undefined && run.closeTime === undefined;
  }

  #ports({ clock, stubs, keepAlive }: LocalObjectOptions): ObjectPorts {
    return {
      storage: this.#storage,
      clock: {
        now: () => clock.now(),
        getAlarm: async () => this.#alarm.at ?? null,
        setAlarm: (at) => clock.set(this.#alarm, at),
        deleteAlarm: () => clock.set(this.#alarm, undefined),
        after: (ms, run) => {
          const timer = setTimeout(run, ms).unref();
          return () => clearTimeout(timer);
        },
      },
      stubs,
      activities: this.#activities,
      sockets: { list: () => [] },
      newId: () => crypto.randomUUID(),
      keepAlive,
    };
  }

  close(): void {
    this.#clock.remove(this.#alarm);
    this.#storage.close();
  }
}
