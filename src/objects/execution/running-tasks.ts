/**
 * The tasks of a queue with a limit per fairness key that workers have now. Only such a queue counts them; each is a row.
 *
 * A workflow's object says when a task has ended. Should that get lost, the task counts until its timeout, when it must have.
 */
import type { ObjectStorage } from '../ports.ts';
import { hasTable } from '../task-queue/task-queue-config.ts';

interface Running {
  key: string;
  until: number;
}

interface RunningRow extends Record<string, string | number> {
  id: string;
  key: string;
  until: number;
}

export class RunningTasks {
  readonly #storage: ObjectStorage;
  readonly #running = new Map<string, Running>();
  readonly #counts = new Map<string, number>();

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
    if (!hasTable(storage, 'running')) return;
    for (const { id, key, until } of storage.exec<RunningRow>('SELECT id, key, until FROM running'))
      this.#note(id, { key, until });
  }

  count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  begin(id: string, key: string, until: number): void {
    if (this.#running.has(id)) this.#forget(id);
    if (!hasTable(this.#storage, 'running'))
      this.#storage.exec(
        'CREATE TABLE running (id TEXT PRIMARY KEY, key TEXT NOT NULL, until REAL NOT NULL) STRICT, WITHOUT ROWID',
      );
    this.#storage.exec('INSERT OR REPLACE INTO running VALUES (?, ?, ?)', id, key, until);
    this.#note(id, { key, until });
  }

  end(id: string): void {
    if (!this.#running.has(id)) return;
    this.#forget(id);
    this.#storage.exec('DELETE FROM running WHERE id = ?', id);
  }

  /** Ends what must have ended; gives the next moment at which something must have. */
  expire(now: number): number | undefined {
    let next: number | undefined;
    for (const [id, { until }] of this.#running) {
      if (until <= now) this.end(id);
      else if (next === undefined || until < next) next = until;
    }
    return next;
  }

  #note(id: string, running: Running): void {
    this.#running.set(id, running);
    this.#counts.set(running.key, this.count(running.key) + 1);
  }

  #forget(id: string): void {
    const { key } = this.#running.get(id) ?? { key: '' };
    this.#running.delete(id);
    const left = this.count(key) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
