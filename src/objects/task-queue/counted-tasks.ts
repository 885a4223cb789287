/**
 * Tells queues that count who has what when a task of theirs has ended. From memory: an object that was evicted meanwhile says
 * nothing, and the task counts until its timeout.
 */
import type { ActivityTask, Engine, Execution } from '../../engine/api.ts';
import { idOf } from './task-backlog.ts';
import type { TaskQueueApi, TaskReference } from './task-queue-api.ts';

export interface CountedTasksOptions {
  engine: Engine;
  queue(taskQueue: string): TaskQueueApi;
  keepAlive(work: Promise<unknown>): void;
  failed(taskQueue: string, error: unknown): void;
}

interface Counted {
  taskQueue: string;
  ticket: string;
}

export class CountedTasks {
  readonly #options: CountedTasksOptions;
  readonly #started = new Map<string, Counted>();

  constructor(options: CountedTasksOptions) {
    this.#options = options;
  }

  began(task: ActivityTask, reference: TaskReference): void {
    this.#started.set(keyOf(task), { taskQueue: task.taskQueue, ticket: idOf(reference) });
  }

  /** Called whenever the turns have come to rest. One that is left to be completed by others has ended for its queue. */
  reconcile(execution: Execution): void {
    if (this.#started.size === 0) return;
    const { startedActivities } = this.#options.engine.pendingWork(execution);
    const still = new Set(startedActivities.map(keyOf));
    for (const [key, counted] of this.#started) {
      if (still.has(key)) continue;
      this.#started.delete(key);
      this.#options.keepAlive(this.#tell(counted));
    }
  }

  async #tell({ taskQueue, ticket }: Counted): Promise<void> {
    try {
      await this.#options.queue(taskQueue).ended('activity', ticket);
    } catch (error) {
      this.#options.failed(taskQueue, error);
    }
  }
}

function keyOf({ runId, scheduledEventId, stamp }: ActivityTask): string {
  return `${runId}/${scheduledEventId}/${stamp}`;
}
