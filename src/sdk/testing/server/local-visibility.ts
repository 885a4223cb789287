/** The index of runs in this process: the cores of its shards on ports of memory. */

import type { WorkflowExecutionApi } from '../../../objects/execution/workflow-execution-api.ts';
import type { NamespaceDirectory } from '../../../objects/namespace/namespace-api.ts';
import type { LogSink } from '../../../objects/object-options.ts';
import { askExecution, purgeExecution } from '../../../objects/visibility/ask-execution.ts';
import type { VisibilityIndex } from '../../../objects/visibility/visibility-api.ts';
import { VisibilityCore } from '../../../objects/visibility/visibility-core.ts';
import { createVisibilityIndex } from '../../../objects/visibility/visibility-index.ts';
import { visibilityName } from '../../../objects/visibility/visibility-shards.ts';
import type { Alarm, ServerClock } from './server-clock.ts';
import type { OpenSqlite } from './sqlite-database.ts';
import { SqliteStorage } from './sqlite-storage.ts';

export interface LocalVisibilityOptions {
  openSqlite: OpenSqlite;
  clock: ServerClock;
  namespaces: NamespaceDirectory;
  executions(namespace: string, workflowId: string): WorkflowExecutionApi;
  log: LogSink;
  keepAlive(work: Promise<unknown>): void;
}

interface Shard {
  core: VisibilityCore;
  storage: SqliteStorage;
  alarm: Alarm;
}

export class LocalVisibility {
  readonly index: VisibilityIndex;
  readonly #options: LocalVisibilityOptions;
  readonly #shards = new Map<string, Shard>();

  constructor(options: LocalVisibilityOptions) {
    this.#options = options;
    const { namespaces } = options;
    this.index = createVisibilityIndex({
      namespaces,
      shard: (namespace, shard) => this.#core(namespace, shard),
    });
  }

  #core(namespace: string, shard: number): VisibilityCore {
    const name = visibilityName(namespace, shard);
    const found = this.#shards.get(name) ?? this.#open();
    this.#shards.set(name, found);
    return found.core;
  }

  #open(): Shard {
    const { openSqlite, clock, namespaces, executions, log, keepAlive } = this.#options;
    const storage = new SqliteStorage(openSqlite);
    const alarm: Alarm = { at: undefined, ring: () => keepAlive(core.alarm()) };
    const core = new VisibilityCore({
      storage,
      clock: {
        now: () => clock.now(),
        getAlarm: async () => alarm.at ?? null,
        setAlarm: (at) => clock.set(alarm, at),
        deleteAlarm: () => clock.set(alarm, undefined),
      },
      ask: askExecution(executions, namespaces),
      purge: purgeExecution(executions),
      shard: (ofNamespace, other) => this.#core(ofNamespace, other),
      log,
    });
    clock.add(alarm);
    return { core, storage, alarm };
  }

  close(): void {
    for (const { alarm, storage } of this.#shards.values()) {
      this.#options.clock.remove(alarm);
      storage.close();
    }
    this.#shards.clear();
  }
}
