/** The task queues of a server in this process. */
import { partitionOf, type TaskQueueApi, taskQueueName } from '../../../objects/task-queue/task-queue-api.ts';
import { TaskQueueCore } from '../../../objects/task-queue/task-queue-core.ts';
import type { OpenSqlite } from './sqlite-database.ts';
import { SqliteStorage } from './sqlite-storage.ts';

export class LocalTaskQueues {
  /** Of every task queue. */
  readonly partitions: number;
  readonly #openSqlite: OpenSqlite;
  readonly #queues = new Map<string, TaskQueueCore>();
  readonly #storages: SqliteStorage[] = [];

  constructor(openSqlite: OpenSqlite, partitions: number) {
    this.#openSqlite = openSqlite;
    this.partitions = partitions;
  }

  /** Rows written since the start. */
  get rowsWritten(): number {
    return this.#storages.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
  }

  readonly partition = (namespace: string, taskQueue: string, partition: number): TaskQueueApi => {
    const name = taskQueueName(namespace, taskQueue, partition);
    const queue = this.#queues.get(name) ?? this.#open();
    this.#queues.set(name, queue);
    return queue;
  };

  /** Where the tasks of a workflow are. */
  readonly of = (namespace: string, taskQueue: string, workflowId: string): TaskQueueApi =>
    this.partition(namespace, taskQueue, partitionOf(workflowId, this.partitions));

  #open(): TaskQueueCore {
    const storage = new SqliteStorage(this.#openSqlite);
    this.#storages.push(storage);
    return new TaskQueueCore({
      storage,
      // Who polls and who holds a task for how long is a matter of real time, whatever workflows are told.
      clock: {
        now: Date.now,
        after: (ms, run) => {
          const timer = setTimeout(run, ms).unref();
          return () => clearTimeout(timer);
        },
      },
    });
  }

  close(): void {
    for (const storage of this.#storages) storage.close();
  }
}
