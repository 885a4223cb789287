/**
 * A `TaskQueue` object without its platform: brings the tasks of one partition together with the workers that poll for them.
 *
 * Q1 A task is handed out at least once: acknowledged it is gone, else it is offered again after a deadline.
 * Q2 A poll writes nothing, and neither does a task that a waiting poller takes, unless the queue counts who has what.
 * Q3 Pollers are served in the order in which they came.
 */
import type { ObjectClock, ObjectStorage } from '../ports.ts';
import { type BacklogEntry, idOf } from './task-backlog.ts';
import { TaskLane, type WaitingPoller } from './task-lane.ts';
import type {
  HandedOut,
  PollAnswer,
  PollRequest,
  TaskKind,
  TaskQueueApi,
  TaskQueueDescription,
  TaskReference,
} from './task-queue-api.ts';
import type { TaskQueueConfig, TaskQueueConfigUpdate } from './task-queue-config.ts';
import { NO_VERSION, type TaskQueueRouting, type VersionKey, versionKey } from './task-routing.ts';

export interface TaskQueuePorts {
  storage: Pick<ObjectStorage, 'exec' | 'transaction'>;
  clock: Pick<ObjectClock, 'now' | 'after'>;
}

const POLL_MAX_MS = 10_000;
/** A worker that has not polled for so long is taken to be gone: nothing waits for it. */
const WORKER_SILENCE_MS = 15_000;
/** DescribeTaskQueue names pollers of the last five minutes. */
const POLLER_SHOWN_MS = 300_000;
const POLLERS_MAX = 1000;

export class TaskQueueCore implements TaskQueueApi {
  readonly #ports: TaskQueuePorts;
  readonly #lanes = new Map<TaskKind, TaskLane>();
  /** When each worker was last seen, by its ID, and of which version it is. */
  readonly #seen = new Map<string, { time: number; version: VersionKey }>();
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
      const entry = lane.backlog.add(task, now, this.#isKnown);
      if (entry === undefined) continue;
      lane.added.note(now);
      this.#serve(lane, now);
      if (entry.place !== 'leased') lane.backlog.store(entry);
    }
    this.#arm(now);
  }

  poll(request: PollRequest): Promise<PollAnswer> {
    const now = this.#ports.clock.now();
    const lane = this.#lane(request.kind);
    if (this.#gone.has(request.workerId)) return Promise.resolve('shutdown');
    this.#notePoller(lane, request, now);
    if (this.#cancelled.delete(request.pollId)) return Promise.resolve(undefined);
    if (request.routing !== undefined && lane.route(request.routing)) this.#serve(lane, now);
    const released = this.#release(lane, now);
    const entry = lane.take(request.workerId, now, versionOf(request));
    for (const other of released) if (other.place !== 'leased') lane.backlog.store(other);
    if (entry !== undefined) {
      this.#arm(now);
      return Promise.resolve(handedOut(lane, entry));
    }
    const waitMs = Math.min(request.waitMs, POLL_MAX_MS);
    return waitMs <= 0 ? Promise.resolve(undefined) : this.#wait(lane, request, waitMs);
  }

  #wait(lane: TaskLane, request: PollRequest, waitMs: number): Promise<PollAnswer> {
    return new Promise((resolve) => {
      const poller: WaitingPoller = {
        request,
        answer: (answered) => {
          cancel();
          lane.waiting.delete(poller);
          resolve(answered);
        },
      };
      const cancel = this.#ports.clock.after(waitMs, () => poller.answer(undefined));
      lane.waiting.add(poller);
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
    lane.ended(ticket);
    lane.backlog.free(entry);
    this.#afterRelease(lane, [entry], this.#ports.clock.now());
  }

  async ended(kind: TaskKind, ticket: string): Promise<void> {
    const lane = this.#lane(kind);
    lane.ended(ticket);
    this.#afterRelease(lane, [], this.#ports.clock.now());
  }

  async cancelPoll(kind: TaskKind, pollId: string): Promise<void> {
    const poller = [...this.#lane(kind).waiting].find(({ request }) => request.pollId === pollId);
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
      for (const [identity, poller] of lane.pollers)
        if (poller.workerId === workerId) lane.pollers.set(identity, { ...poller, hasLeft: true });
      lane.backlog.unstick(workerId);
      this.#serve(lane, now);
    }
    this.#arm(now);
  }

  async describe(kind: TaskKind): Promise<TaskQueueDescription> {
    const now = this.#ports.clock.now();
    const { backlog, pollers, config, routing, added, handedOut: out } = this.#lane(kind);
    const { count, oldest, byPriority, byVersion } = backlog.waiting();
    const backlogOf = (waiting: { count: number; oldest: number | undefined }) => ({
      backlogCount: waiting.count,
      backlogAgeMs: now - (waiting.oldest ?? now),
    });
    return {
      pollers: [...pollers.values()]
        .filter(({ lastAccessTime }) => now - lastAccessTime < POLLER_SHOWN_MS)
        .map(({ workerId: _, ...poller }) => poller),
      ...backlogOf({ count, oldest }),
      addRate: added.perSecond(now),
      handOutRate: out.perSecond(now),
      byPriority: [...byPriority].map(([priority, waiting]) => ({ priority, ...backlogOf(waiting) })),
      byVersion: [...byVersion].map(([version, waiting]) => ({ version, ...backlogOf(waiting) })),
      config,
      routing,
    };
  }

  async configure(kind: TaskKind, update: TaskQueueConfigUpdate): Promise<TaskQueueConfig> {
    const now = this.#ports.clock.now();
    const lane = this.#lane(kind);
    const config = lane.configure(update, now);
    this.#afterRelease(lane, [], now);
    return config;
  }

  async route(kind: TaskKind, routing: TaskQueueRouting): Promise<void> {
    const lane = this.#lane(kind);
    if (lane.route(routing)) this.#afterRelease(lane, [], this.#ports.clock.now());
  }

  #lane(kind: TaskKind): TaskLane {
    let lane = this.#lanes.get(kind);
    if (lane === undefined) {
      // Sound: a lane uses no other part of the storage.
      lane = new TaskLane(this.#ports.storage as ObjectStorage, kind);
      this.#lanes.set(kind, lane);
    }
    return lane;
  }

  #notePoller(lane: TaskLane, request: PollRequest, now: number): void {
    const { identity, workerId, maxTasksPerSecond, deployment } = request;
    if (lane.pollers.size >= POLLERS_MAX) lane.pollers.clear();
    if (this.#seen.size >= POLLERS_MAX) this.#seen.clear();
    lane.pollers.set(identity, {
      identity,
      workerId,
      lastAccessTime: now,
      ...(maxTasksPerSecond !== undefined && { ratePerSecond: maxTasksPerSecond }),
      ...(deployment && { deployment }),
    });
    this.#seen.set(workerId, { time: now, version: versionOf(request) });
    lane.limit(maxTasksPerSecond);
  }

  readonly #isKnown = (workerId: string, version: VersionKey): boolean => {
    const seen = this.#seen.get(workerId);
    if (seen === undefined || seen.version !== version) return false;
    return this.#ports.clock.now() - seen.time < WORKER_SILENCE_MS;
  };

  /** Q1. */
  #release(lane: TaskLane, now: number): BacklogEntry[] {
    return lane.backlog.release(now, this.#isKnown);
  }

  /** Hands out what can be, and stores what came back and waits. */
  #afterRelease(lane: TaskLane, released: readonly BacklogEntry[], now: number): void {
    this.#serve(lane, now);
    for (const entry of released) if (entry.place !== 'leased') lane.backlog.store(entry);
    this.#arm(now);
  }

  #serve(lane: TaskLane, now: number): void {
    for (const poller of [...lane.waiting]) {
      const entry = lane.take(poller.request.workerId, now, versionOf(poller.request));
      if (entry !== undefined) poller.answer(handedOut(lane, entry));
    }
  }

  /** In memory: a partition that is not loaded has no pollers. A timer holds the object loaded, so none is left without need. */
  #arm(now: number): void {
    const times = [...this.#lanes.values()].flatMap((lane) => lane.nextChange(now) ?? []);
    const at = times.length === 0 ? undefined : Math.min(...times);
    if (at === this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = at;
    this.#cancelTimer =
      at === undefined ? undefined : this.#ports.clock.after(Math.max(at - now, 1), () => this.#awake());
  }

  #awake(): void {
    this.#timerAt = undefined;
    const now = this.#ports.clock.now();
    for (const lane of this.#lanes.values()) {
      const released = this.#release(lane, now);
      this.#serve(lane, now);
      for (const entry of released) if (entry.place !== 'leased') lane.backlog.store(entry);
    }
    this.#arm(now);
  }
}

function handedOut(lane: TaskLane, { task }: BacklogEntry): HandedOut {
  return { ticket: idOf(task), task: lane.countsRunning ? { ...task, isCounted: true } : task };
}

/** Of the code that this poller runs, as far as routing goes. */
function versionOf({ deployment }: PollRequest): VersionKey {
  return deployment?.isVersioned ? versionKey(deployment) : NO_VERSION;
}
