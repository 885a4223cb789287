/** The tasks and pollers of one kind in a partition, with the limits that hold for them. */

import { RunningTasks } from '../execution/running-tasks.ts';
import type { ObjectStorage } from '../ports.ts';
import { type BacklogEntry, idOf, TaskBacklog } from './task-backlog.ts';
import type { PollAnswer, PollerInfo, PollRequest, TaskKind } from './task-queue-api.ts';
import {
  ConfigStore,
  type StoredConfig,
  type TaskQueueConfig,
  type TaskQueueConfigUpdate,
  updated,
} from './task-queue-config.ts';
import { RateGate, RateMeter } from './task-rates.ts';
import { NO_VERSION, RoutingStore, type TaskQueueRouting, type VersionKey } from './task-routing.ts';

export interface WaitingPoller {
  request: PollRequest;
  answer(answer: PollAnswer): void;
}

/** What a task counts for at most when its own timeout is not known. */
const RUNNING_MS = 24 * 3_600_000;

export class TaskLane {
  readonly backlog: TaskBacklog;
  readonly waiting = new Set<WaitingPoller>();
  readonly pollers = new Map<string, PollerInfo & { workerId: string }>();
  readonly added = new RateMeter();
  readonly handedOut = new RateMeter();
  readonly #kind: TaskKind;
  readonly #store: ConfigStore;
  readonly #running: RunningTasks;
  readonly #gate = new RateGate();
  readonly #routes: RoutingStore;
  #stored: StoredConfig;
  #routing: TaskQueueRouting;
  #workersRate: number | undefined;

  constructor(storage: ObjectStorage, kind: TaskKind) {
    this.#kind = kind;
    this.#store = new ConfigStore(storage, kind);
    this.#stored = this.#store.load();
    this.#running = new RunningTasks(storage);
    this.#routes = new RoutingStore(storage, kind);
    this.#routing = this.#routes.load();
    const lane = this;
    const limits = {
      get ratePerSecond() {
        return lane.#share(lane.config.keyRate?.limit);
      },
      get weights() {
        return lane.config.fairnessWeights ?? {};
      },
      hasRoom: (key: string) => lane.#hasRoom(key),
    };
    this.backlog = new TaskBacklog(storage, kind, limits, this.#routing);
    this.#setRate();
  }

  get config(): TaskQueueConfig {
    return this.#stored.config;
  }

  configure(update: TaskQueueConfigUpdate, now: number): TaskQueueConfig {
    this.#stored = { config: updated(this.config, update, now), partitions: update.partitions };
    this.#store.save(this.#stored);
    this.#setRate();
    return this.config;
  }

  get routing(): TaskQueueRouting {
    return this.#routing;
  }

  /** False when nothing has changed. Only what differs is written: a later revision of the same is remembered. */
  route(routing: TaskQueueRouting): boolean {
    if (routing.revision <= this.#routing.revision) return false;
    const isSame = contentOf(routing) === contentOf(this.#routing);
    this.#routing = routing;
    if (isSame) return false;
    this.#routes.save(routing);
    this.backlog.route(routing);
    return true;
  }

  #share(limit: number | undefined): number | undefined {
    return limit === undefined ? undefined : limit / this.#stored.partitions;
  }

  /** TQ-3: what an operator has set outranks what workers ask for. */
  #setRate(): void {
    this.#gate.set(this.#share(this.config.queueRate?.limit) ?? this.#workersRate);
  }

  /** What a poll says of the rate; the last one wins. */
  limit(ratePerSecond: number | undefined): void {
    if (ratePerSecond === undefined || ratePerSecond <= 0) return;
    this.#workersRate = ratePerSecond;
    this.#setRate();
  }

  #hasRoom(key: string): boolean {
    const limit = this.#share(this.config.keyConcurrency?.limit);
    return limit === undefined || this.#running.count(key) < Math.max(Math.ceil(limit), limit > 0 ? 1 : 0);
  }

  /** Whether workflows have to say when their tasks have ended. */
  get countsRunning(): boolean {
    return this.#kind === 'activity' && this.config.keyConcurrency?.limit !== undefined;
  }

  /** The next task that a worker may have now. */
  take(workerId: string, now: number, version: VersionKey = NO_VERSION): BacklogEntry | undefined {
    if (this.#gate.freeAt > now) return undefined;
    const entry = this.backlog.take(workerId, now, version);
    if (entry === undefined) return undefined;
    this.#gate.spend(now);
    this.handedOut.note(now);
    if (this.countsRunning)
      this.#running.begin(idOf(entry.task), entry.fairnessKey, now + (entry.task.timeoutMs || RUNNING_MS));
    return entry;
  }

  /** The task has ended, or was not started after all. */
  ended(ticket: string): void {
    this.#running.end(ticket);
  }

  /** The next moment at which there may be something to hand out that there is not now. */
  nextChange(now: number): number | undefined {
    const times = [this.backlog.nextRelease(now), this.#running.expire(now)];
    if (this.#gate.freeAt > now && this.waiting.size > 0 && this.backlog.hasReady)
      times.push(this.#gate.freeAt);
    const next = Math.min(...times.filter((time) => time !== undefined));
    return Number.isFinite(next) ? next : undefined;
  }
}

function contentOf({ revision: _, ...content }: TaskQueueRouting): string {
  return JSON.stringify(content);
}
