/**
 * The tasks of one kind that a partition knows: those that wait, and those handed out and not acknowledged.
 *
 * L1 A task that a waiting poller takes at once is never stored; one that waits, or whose poller did not start it, is.
 * L2 A sticky task waits for its worker a while, and then for anyone. What waits for anyone goes out in the order of
 *    task-order.ts.
 * L3 `Anyone` is any worker of the version that the task goes to (task-routing.ts); each version has an order of its own.
 */
import type { ObjectStorage } from '../ports.ts';
import { DEFAULT_PRIORITY, type KeyLimits, type Ordered, TaskOrder } from './task-order.ts';
import type { TaskKind, TaskReference } from './task-queue-api.ts';
import { hasTable } from './task-queue-config.ts';
import { NO_VERSION, type TaskQueueRouting, targetOf, type VersionKey } from './task-routing.ts';

/** A handed out task that is not acknowledged goes to another poller after this. */
export const ACKNOWLEDGE_MS = 10_000;
/** WFT-12: how long a task waits for the worker that has its run in memory. */
export const STICKY_MS = 10_000;
/** More tasks than this wait in no partition; workflows offer theirs again later. */
export const BACKLOG_MAX = 100_000;
/** Later priorities than this are one. */
const PRIORITY_MAX = 5;

export interface BacklogEntry extends Ordered {
  readonly task: TaskReference;
  readonly addedTime: number;
  /** Its row, once it has one. */
  seq: number | undefined;
  /** Ready for anyone, kept for the worker it is sticky to, or with a poller until it is acknowledged. */
  place: 'ready' | 'sticky' | 'leased';
  /** When a kept or leased task is for anyone again. */
  until: number;
  /** L3. */
  target: VersionKey;
}

interface TaskRow extends Record<string, string | number> {
  seq: number;
  added_time: number;
  task: string;
}

/** Whether a worker polls, and takes tasks of this version. */
export type IsKnown = (workerId: string, version: VersionKey) => boolean;

export class TaskBacklog {
  readonly #storage: ObjectStorage;
  readonly #kind: TaskKind;
  readonly #entries = new Map<string, BacklogEntry>();
  readonly #limits: KeyLimits;
  readonly #ready = new Map<VersionKey, TaskOrder<BacklogEntry>>();
  /** Kept and leased, so that nobody looks for them among thousands. */
  readonly #held = new Set<BacklogEntry>();
  #routing: TaskQueueRouting;
  #nextSeq = 1;

  constructor(storage: ObjectStorage, kind: TaskKind, limits: KeyLimits, routing: TaskQueueRouting) {
    this.#storage = storage;
    this.#kind = kind;
    this.#limits = limits;
    this.#routing = routing;
    for (const row of this.#rows()) {
      // Sound: written by `store`.
      const entry = this.#entryOf(JSON.parse(row.task) as TaskReference, row.added_time, row.seq);
      this.#entries.set(idOf(entry.task), entry);
      this.#orderOf(entry.target).add(entry, false);
      this.#nextSeq = row.seq + 1;
    }
  }

  #rows(): TaskRow[] {
    if (!hasTable(this.#storage, 'tasks')) return [];
    return this.#storage.exec<TaskRow>(
      'SELECT seq, added_time, task FROM tasks WHERE kind = ? ORDER BY seq',
      this.#kind,
    );
  }

  get isFull(): boolean {
    return this.#entries.size >= BACKLOG_MAX;
  }

  get hasReady(): boolean {
    for (const { size } of this.#ready.values()) if (size > 0) return true;
    return false;
  }

  #orderOf(version: VersionKey): TaskOrder<BacklogEntry> {
    let order = this.#ready.get(version);
    if (order === undefined) {
      order = new TaskOrder(this.#limits);
      this.#ready.set(version, order);
    }
    return order;
  }

  #entryOf(task: TaskReference, addedTime: number, seq: number | undefined): BacklogEntry {
    return { ...entryOf(task, addedTime, seq), target: targetOf(task, this.#routing) };
  }

  /** What waits goes where it is to go now; what a poller has goes there if it comes back. */
  route(routing: TaskQueueRouting): void {
    this.#routing = routing;
    for (const entry of this.#entries.values()) {
      const target = targetOf(entry.task, routing);
      if (target === entry.target) continue;
      if (entry.place === 'ready') this.#ready.get(entry.target)?.delete(entry);
      entry.target = target;
      if (entry.place === 'ready') this.#orderOf(target).add(entry, false);
      // Its worker has the run in memory, and is of another version.
      else if (entry.place === 'sticky') this.free(entry);
    }
    for (const [version, order] of this.#ready) if (order.size === 0) this.#ready.delete(version);
  }

  find(ticket: string): BacklogEntry | undefined {
    return this.#entries.get(ticket);
  }

  /** Undefined when it is known already. */
  add(task: TaskReference, now: number, isKnown: IsKnown): BacklogEntry | undefined {
    const id = idOf(task);
    if (this.#entries.has(id)) return undefined;
    const entry = this.#entryOf(task, now, undefined);
    this.#entries.set(id, entry);
    if (task.stickyTo !== undefined && isKnown(task.stickyTo, entry.target))
      this.#hold(entry, 'sticky', now + (task.stickyMs ?? STICKY_MS));
    else this.#orderOf(entry.target).add(entry, false);
    return entry;
  }

  #hold(entry: BacklogEntry, place: 'sticky' | 'leased', until: number): void {
    entry.place = place;
    entry.until = until;
    this.#held.add(entry);
  }

  store(entry: BacklogEntry): void {
    if (entry.seq !== undefined) return;
    if (!hasTable(this.#storage, 'tasks')) createTable(this.#storage);
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
    this.#ready.get(entry.target)?.delete(entry);
    if (entry.seq !== undefined)
      this.#storage.exec('DELETE FROM tasks WHERE kind = ? AND seq = ?', this.#kind, entry.seq);
  }

  /** Hands the next task that this worker may have now to it: nobody else gets it until `ACKNOWLEDGE_MS` have passed. */
  take(workerId: string, now: number, version: VersionKey = NO_VERSION): BacklogEntry | undefined {
    const entry = this.#stickyTo(workerId, version) ?? this.#ready.get(version)?.take(now);
    if (entry !== undefined) this.#hold(entry, 'leased', now + ACKNOWLEDGE_MS);
    return entry;
  }

  #stickyTo(workerId: string, version: VersionKey): BacklogEntry | undefined {
    for (const entry of this.#held)
      if (entry.place === 'sticky' && entry.task.stickyTo === workerId && entry.target === version)
        return entry;
    return undefined;
  }

  /** What was kept or handed out, and is for anyone now. */
  release(now: number, isKnown: IsKnown): BacklogEntry[] {
    const released: BacklogEntry[] = [];
    for (const entry of this.#held) {
      const { place, until, task, target } = entry;
      const isAbandoned =
        place === 'sticky' && task.stickyTo !== undefined && !isKnown(task.stickyTo, target);
      if (until > now && !isAbandoned) continue;
      this.free(entry);
      released.push(entry);
    }
    return released;
  }

  /** To whoever comes next. */
  free(entry: BacklogEntry): void {
    if (!this.#held.delete(entry)) return;
    const isReturned = entry.place === 'leased';
    entry.place = 'ready';
    this.#orderOf(entry.target).add(entry, isReturned);
  }

  unstick(workerId: string): void {
    for (const entry of this.#held)
      if (entry.place === 'sticky' && entry.task.stickyTo === workerId) this.free(entry);
  }

  /** What waits, leaving out what pollers have: all of it, by priority, and by the version that it goes to. */
  waiting(): Waiting & { byPriority: Map<number, Waiting>; byVersion: Map<VersionKey, Waiting> } {
    const byPriority = new Map<number, Waiting>();
    const byVersion = new Map<VersionKey, Waiting>();
    const all: Waiting = { count: 0, oldest: undefined };
    for (const { place, addedTime, priority, target } of this.#entries.values()) {
      if (place === 'leased') continue;
      const own = byPriority.get(priority) ?? { count: 0, oldest: undefined };
      const versions = byVersion.get(target) ?? { count: 0, oldest: undefined };
      for (const sum of [all, own, versions]) {
        sum.count += 1;
        sum.oldest = Math.min(sum.oldest ?? addedTime, addedTime);
      }
      byPriority.set(priority, own);
      byVersion.set(target, versions);
    }
    return { ...all, byPriority, byVersion };
  }

  /** The next moment at which a task comes free that nobody may have now. */
  nextRelease(now: number): number | undefined {
    let next: number | undefined;
    for (const order of this.#ready.values()) {
      const free = order.nextFree(now);
      if (free !== undefined && (next === undefined || free < next)) next = free;
    }
    for (const { until } of this.#held) if (next === undefined || until < next) next = until;
    return next;
  }
}

interface Waiting {
  count: number;
  oldest: number | undefined;
}

function entryOf(
  task: TaskReference,
  addedTime: number,
  seq: number | undefined,
): Omit<BacklogEntry, 'target'> {
  const { priorityKey, fairnessKey, fairnessWeight } = task.priority ?? {};
  return {
    task,
    addedTime,
    seq,
    place: 'ready',
    until: 0,
    priority: Math.min(priorityKey || DEFAULT_PRIORITY, PRIORITY_MAX),
    fairnessKey: fairnessKey ?? '',
    fairnessWeight: fairnessWeight ?? 0,
  };
}

/** The name of a task, which is also its ticket. */
export function idOf({ workflowId, runId, key }: TaskReference): string {
  return JSON.stringify([workflowId, runId, key]);
}

/** Only a queue that ever had to keep a task has a table. */
function createTable(storage: ObjectStorage): void {
  storage.exec(
    'CREATE TABLE tasks (kind TEXT NOT NULL, seq INTEGER NOT NULL, added_time REAL NOT NULL, task TEXT NOT NULL, PRIMARY KEY (kind, seq)) STRICT, WITHOUT ROWID',
  );
}
