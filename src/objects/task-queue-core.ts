/**
 * A `TaskQueue` object without its platform: brings the tasks of one partition together with the workers that poll for them.
 *
 * Q1 A task is handed out at least once: acknowledged it is gone, else it is offered again after a deadline.
 * Q2 A poll writes nothing, and neither does a task that a waiting poller takes.
 * Q3 Pollers are served in the order in which they came.
 */
import type { ObjectClock, ObjectStorage } from './ports.ts';
import { ACKNOWLEDGE_MS, type BacklogEntry, idOf, mayHave, TaskBacklog } from './task-backlog.ts';
import type {
  HandedOut,
  PollAnswer,
  PollerInfo,
  PollRequest,
  TaskKind,
  TaskQueueApi,
  TaskQueueDescription,
  TaskReference,
} from './task-queue-api.ts';

export interface TaskQueuePorts {
  storage: Pick<ObjectStorage, 'exec' | 'transaction'>;
  clock: Pick<ObjectClock, 'now' | 'after'>;
}

interface WaitingPoller {
  request: PollRequest;
  answer(answer: PollAnswer): void;
}

const POLL_MAX_MS = 10_000;
/** A worker that has not polled for so long is taken to be gone: nothing waits for it. */
const WORKER_SILENCE_MS = 15_000;
/** DescribeTaskQueue names pollers of the last five minutes. */
const POLLER_SHOWN_MS = 300_000;
const POLLERS_MAX = 1000;

/** The tasks and pollers of one kind. */
class Lane {
  readonly backlog: TaskBacklog;
  readonly waiting: WaitingPoller[] = [];
  readonly pollers = new Map<string, PollerInfo>();
  #ratePerSecond: number | undefined;
  #freeAt = 0;

  constructor(storage: ObjectStorage, kind: TaskKind) {
    this.backlog = new TaskBacklog(storage, kind);
  }

  limit(ratePerSecond: number | undefined): void {
    if (ratePerSecond !== undefined && ratePerSecond > 0) this.#ratePerSecond = ratePerSecond;
  }

  /** When the next task may be handed out. */
  get freeAt(): number {
    return this.#ratePerSecond === undefined ? 0 : this.#freeAt;
  }

  spend(now: number): void {
    if (this.#ratePerSecond !== undefined)
      this.#freeAt = Math.max(this.#freeAt, now) + 1000 / this.#ratePerSecond;
  }
}

export class TaskQueueCore implements TaskQueueApi {
  readonly #ports: TaskQueuePorts;
  readonly #lanes = new Map<TaskKind, Lane>();
  /** When each worker was last seen, by its ID. */
  readonly #seen = new Map<string, number>();
  /** Workers that are shutting down or have. */
  readonly #gone = new Set<string>();
  readonly #cancelled = new Set<string>();
  #cancelTimer: (() => void) | undefined;
  #timerAt: number | undefined;

  constructor(ports: TaskQueuePorts) {
    this.#ports = ports;
  }

  async add(tasks: readonly TaskReference[]): Promise<void> {
    const now = this.#ports.clock.now();
    for (const task of tasks) {
      const lane = this.#lane(task.kind);
      if (lane.backlog.isFull)
        throw new Error('The task queue is full: its tasks have to wait with their workflows.');
      const entry = lane.backlog.add(task, now);
      if (entry === undefined) continue;
      if (!this.#offer(lane, entry, now)) lane.backlog.store(entry);
    }
    this.#arm(now);
  }

  poll(request: PollRequest): Promise<PollAnswer> {
    const now = this.#ports.clock.now();
    const lane = this.#lane(request.kind);
    if (this.#gone.has(request.workerId)) return Promise.resolve('shutdown');
    this.#notePoller(lane, request, now);
    if (this.#cancelled.delete(request.pollId)) return Promise.resolve(undefined);
    const entry = lane.freeAt > now ? undefined : lane.backlog.next(request.workerId, this.#isKnown, now);
    if (entry !== undefined) return Promise.resolve(this.#handOut(lane, entry, now));
    const waitMs = Math.min(request.waitMs, POLL_MAX_MS);
    return waitMs <= 0 ? Promise.resolve(undefined) : this.#wait(lane, request, waitMs);
  }

  #wait(lane: Lane, request: PollRequest, waitMs: number): Promise<PollAnswer> {
    return new Promise((resolve) => {
      const poller: WaitingPoller = {
        request,
        answer: (answered) => {
          cancel();
          const index = lane.waiting.indexOf(poller);
          if (index >= 0) lane.waiting.splice(index, 1);
          resolve(answered);
        },
      };
      const cancel = this.#ports.clock.after(waitMs, () => poller.answer(undefined));
      lane.waiting.push(poller);
      this.#arm(this.#ports.clock.now());
    });
  }

  async acknowledge(kind: TaskKind, ticket: string): Promise<void> {
    this.#lane(kind).backlog.remove(ticket);
    this.#arm(this.#ports.clock.now());
  }

  async release(kind: TaskKind, ticket: string): Promise<void> {
    const lane = this.#lane(kind);
    const entry = lane.backlog.find(ticket);
    if (entry === undefined) return;
    this.#takeBack(lane, entry, this.#ports.clock.now());
    this.#arm(this.#ports.clock.now());
  }

  async cancelPoll(kind: TaskKind, pollId: string): Promise<void> {
    const poller = this.#lane(kind).waiting.find(({ request }) => request.pollId === pollId);
    if (poller !== undefined) poller.answer(undefined);
    else this.#cancelled.add(pollId);
    if (this.#cancelled.size > POLLERS_MAX) this.#cancelled.clear();
  }

  async forgetWorker(workerId: string): Promise<void> {
    this.#seen.delete(workerId);
    if (this.#gone.size >= POLLERS_MAX) this.#gone.clear();
    if (workerId !== '') this.#gone.add(workerId);
    const now = this.#ports.clock.now();
    for (const lane of this.#lanes.values()) {
      for (const { request, answer } of [...lane.waiting])
        if (request.workerId === workerId) answer('shutdown');
      lane.backlog.unstick(workerId);
      this.#serve(lane, now);
    }
  }

  async describe(kind: TaskKind): Promise<TaskQueueDescription> {
    const now = this.#ports.clock.now();
    const { backlog, pollers } = this.#lane(kind);
    const { count, oldest } = backlog.waiting(now);
    const shown = [...pollers.values()].filter(
      ({ lastAccessTime }) => now - lastAccessTime < POLLER_SHOWN_MS,
    );
    return { pollers: shown, backlogCount: count, backlogAgeMs: oldest === undefined ? 0 : now - oldest };
  }

  #lane(kind: TaskKind): Lane {
    let lane = this.#lanes.get(kind);
    if (lane === undefined) {
      // Sound: a lane uses no other part of the storage.
      lane = new Lane(this.#ports.storage as ObjectStorage, kind);
      this.#lanes.set(kind, lane);
    }
    return lane;
  }

  #notePoller(lane: Lane, { identity, workerId, maxTasksPerSecond }: PollRequest, now: number): void {
    if (lane.pollers.size >= POLLERS_MAX) lane.pollers.clear();
    if (this.#seen.size >= POLLERS_MAX) this.#seen.clear();
    lane.pollers.set(identity, {
      identity,
      lastAccessTime: now,
      ...(maxTasksPerSecond !== undefined && { ratePerSecond: maxTasksPerSecond }),
    });
    this.#seen.set(workerId, now);
    lane.limit(maxTasksPerSecond);
  }

  readonly #isKnown = (workerId: string): boolean => {
    const seen = this.#seen.get(workerId);
    return seen !== undefined && this.#ports.clock.now() - seen < WORKER_SILENCE_MS;
  };

  /** To the first poller that may have it, preferring the worker it is sticky to. */
  #offer(lane: Lane, entry: BacklogEntry, now: number): boolean {
    if (lane.freeAt > now) return false;
    const candidates = lane.waiting.filter(({ request }) =>
      mayHave(entry, request.workerId, this.#isKnown, now),
    );
    const { stickyTo } = entry.task;
    const poller = candidates.find(({ request }) => request.workerId === stickyTo) ?? candidates[0];
    if (poller === undefined) return false;
    poller.answer(this.#handOut(lane, entry, now));
    return true;
  }

  #handOut(lane: Lane, entry: BacklogEntry, now: number): HandedOut {
    lane.backlog.lease(entry, now + ACKNOWLEDGE_MS);
    lane.spend(now);
    this.#arm(now);
    return { ticket: idOf(entry.task), task: entry.task };
  }

  /** Q1. */
  #takeBack(lane: Lane, entry: BacklogEntry, now: number): void {
    entry.leasedUntil = 0;
    entry.stickyUntil = 0;
    if (!this.#offer(lane, entry, now)) lane.backlog.store(entry);
  }

  /** Hands out what has come free. */
  #serve(lane: Lane, now: number): void {
    for (const poller of [...lane.waiting]) {
      if (lane.freeAt > now) return;
      const entry = lane.backlog.next(poller.request.workerId, this.#isKnown, now);
      if (entry !== undefined) poller.answer(this.#handOut(lane, entry, now));
    }
  }

  /** In memory: a partition that is not loaded has no pollers. A timer holds the object loaded, so none is left without need. */
  #arm(now: number): void {
    const times = [...this.#lanes.values()].flatMap((lane) => this.#nextTimes(lane, now));
    const at = times.length === 0 ? undefined : Math.min(...times);
    if (at === this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = at;
    this.#cancelTimer =
      at === undefined ? undefined : this.#ports.clock.after(Math.max(at - now, 1), () => this.#awake());
  }

  #nextTimes(lane: Lane, now: number): number[] {
    const release = lane.backlog.nextRelease(now);
    const times = release === undefined ? [] : [release];
    if (lane.freeAt > now && lane.waiting.length > 0 && lane.backlog.waiting(now).count > 0)
      times.push(lane.freeAt);
    return times;
  }

  #awake(): void {
    this.#timerAt = undefined;
    const now = this.#ports.clock.now();
    for (const lane of this.#lanes.values()) this.#serve(lane, now);
    this.#arm(now);
  }
}
