/**
 * The tasks of one kind that a partition knows: those that wait, and those handed out and not acknowledged.
 *
 * L1 A task that a waiting poller takes at once is never stored; one that waits, or whose poller did not start it, is.
 * L2 Oldest first. A sticky task waits for its worker a while, and then for anyone.
 */
import type { ObjectStorage } from './ports.ts';
import type { TaskKind, TaskReference } from './task-queue-api.ts';

/** A handed out task that is not acknowledged goes to another poller after this. */
export const ACKNOWLEDGE_MS = 10_000;
/** WFT-12: how long a task waits for the worker that has its run in memory. */
export const STICKY_MS = 10_000;
/** More tasks than this wait in no partition; workflows offer theirs again later. */
export const BACKLOG_MAX = 100_000;

export interface BacklogEntry {
  task: TaskReference;
  addedTime: number;
  /** Its row, once it has one. */
  seq: number | undefined;
  /** Until then a poller has it. */
  leasedUntil: number;
  stickyUntil: number;
}

interface TaskRow extends Record<string, string | number> {
  seq: number;
  added_time: number;
  task: string;
}

export class TaskBacklog {
  readonly #storage: ObjectStorage;
  readonly #kind: TaskKind;
  readonly #entries = new Map<string, BacklogEntry>();
  /** Those that not everyone may have now, so that nobody looks for them among thousands. */
  readonly #held = new Set<BacklogEntry>();
  #nextSeq = 1;

  constructor(storage: ObjectStorage, kind: TaskKind) {
    this.#storage = storage;
    this.#kind = kind;
    for (const row of this.#rows()) {
      // Sound: written by `store`.
      const task = JSON.parse(row.task) as TaskReference;
      this.#entries.set(idOf(task), {
        task,
        addedTime: row.added_time,
        seq: row.seq,
        leasedUntil: 0,
        stickyUntil: 0,
      });
      this.#nextSeq = row.seq + 1;
    }
  }

  #rows(): TaskRow[] {
    if (!hasTable(this.#storage)) return [];
    return this.#storage.exec<TaskRow>(
      'SELECT seq, added_time, task FROM tasks WHERE kind = ? ORDER BY seq',
      this.#kind,
    );
  }

  get isFull(): boolean {
    return this.#entries.size >= BACKLOG_MAX;
  }

  find(ticket: string): BacklogEntry | undefined {
    return this.#entries.get(ticket);
  }

  /** Undefined when it is known already. */
  add(task: TaskReference, now: number): BacklogEntry | undefined {
    const id = idOf(task);
    if (this.#entries.has(id)) return undefined;
    const stickyUntil = task.stickyTo === undefined ? 0 : now + (task.stickyMs ?? STICKY_MS);
    const entry = { task, addedTime: now, seq: undefined, leasedUntil: 0, stickyUntil };
    this.#entries.set(id, entry);
    if (stickyUntil > 0) this.#held.add(entry);
    return entry;
  }

  /** A poller has it until then. */
  lease(entry: BacklogEntry, until: number): void {
    entry.leasedUntil = until;
    this.#held.add(entry);
  }

  store(entry: BacklogEntry): void {
    if (entry.seq !== undefined) return;
    if (!hasTable(this.#storage)) createTable(this.#storage);
    this.#storage.exec(
      'INSERT INTO tasks VALUES (?, ?, ?, ?)',
      this.#kind,
      this.#nextSeq,
      entry.addedTime,
      JSON.stringify(entry.task),
    );
    entry.seq = this.#nextSeq;
    this.#nextSeq += 1;
  }

  remove(ticket: string): void {
    const entry = this.#entries.get(ticket);
    if (entry === undefined) return;
    this.#entries.delete(ticket);
    this.#held.delete(entry);
    if (entry.seq !== undefined)
      this.#storage.exec('DELETE FROM tasks WHERE kind = ? AND seq = ?', this.#kind, entry.seq);
  }

  /** The oldest task that this worker may have now. */
  next(workerId: string, isKnown: (workerId: string) => boolean, now: number): BacklogEntry | undefined {
    for (const entry of this.#entries.values()) if (mayHave(entry, workerId, isKnown, now)) return entry;
    return undefined;
  }

  /** What waits, leaving out what pollers have. */
  waiting(now: number): { count: number; oldest: number | undefined } {
    let count = 0;
    let oldest: number | undefined;
    for (const { leasedUntil, addedTime } of this.#entries.values()) {
      if (leasedUntil > now) continue;
      count += 1;
      oldest ??= addedTime;
    }
    return { count, oldest };
  }

  /** The next moment at which a task comes free that nobody may have now. */
  nextRelease(now: number): number | undefined {
    let next: number | undefined;
    for (const entry of this.#held) {
      const free = Math.max(entry.leasedUntil, entry.stickyUntil);
      if (free <= now) this.#held.delete(entry);
      else if (next === undefined || free < next) next = free;
    }
    return next;
  }

  unstick(workerId: string): void {
    for (const entry of this.#entries.values()) if (entry.task.stickyTo === workerId) entry.stickyUntil = 0;
  }
}

export function mayHave(
  { task, leasedUntil, stickyUntil }: BacklogEntry,
  workerId: string,
  isKnown: (workerId: string) => boolean,
  now: number,
): boolean {
  if (leasedUntil > now) return false;
  if (task.stickyTo === undefined || task.stickyTo === workerId || stickyUntil <= now) return true;
  return !isKnown(task.stickyTo);
}

/** The name of a task, which is also its ticket. */
export function idOf({ workflowId, runId, key }: TaskReference): string {
  return JSON.stringify([workflowId, runId, key]);
}

function hasTable(storage: ObjectStorage): boolean {
  return (
    storage.exec("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'tasks'").length > 0
  );
}

/** Only a queue that ever had to keep a task has a table. */
function createTable(storage: ObjectStorage): void {
  storage.exec(
    'CREATE TABLE tasks (kind TEXT NOT NULL, seq INTEGER NOT NULL, added_time REAL NOT NULL, task TEXT NOT NULL, PRIMARY KEY (kind, seq)) STRICT, WITHOUT ROWID',
  );
}
