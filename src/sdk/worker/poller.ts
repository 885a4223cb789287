/**
 * Asks a task queue for one kind of task, over and over, from several loops at once.
 *
 * P1 A slot is taken before a task is asked for: no task waits in a worker that has no room.
 * P2 What the server refuses for good ends the worker; all else is tried again, later and later.
 * P3 After `stop` no new poll begins. Polls under way are let end by themselves: a task that is on its way would be lost.
 */
import { isGrpcServiceError } from '../client/errors.ts';
import { grpcStatus } from '../client/rpc-error.ts';
import { Rate, type Slot, type SlotSource } from './slots.ts';
import type { SlotInfo } from './tuner.ts';

export interface PollerOptions<Task> {
  loops: number;
  slots: SlotSource;
  /** What takes a slot. */
  slotInfo(task: Task): SlotInfo;
  /** Tasks begun per second, by this worker. */
  perSecond?: number | undefined;
  /** Undefined when there was no task in time. */
  poll(signal: AbortSignal): Promise<Task | undefined>;
  handle(task: Task): Promise<void>;
  /** A task has begun or ended. */
  changed(): void;
  /** The poll was refused for good. */
  fatal(error: unknown): void;
  failed(error: unknown, retryMs: number): void;
}

const RETRY_MS = 200;
const RETRY_MAX_MS = 10_000;
/** How long polls may take to end after `stop` before they are cut off. */
const LINGER_MS = 2000;
const FATAL: ReadonlySet<number> = new Set([
  grpcStatus.UNAUTHENTICATED,
  grpcStatus.PERMISSION_DENIED,
  grpcStatus.UNIMPLEMENTED,
  grpcStatus.NOT_FOUND,
  grpcStatus.INVALID_ARGUMENT,
]);

export class Poller<Task> {
  readonly #options: PollerOptions<Task>;
  readonly #abort = new AbortController();
  /** Waiting for a slot ends at once. */
  readonly #stopping = new AbortController();
  readonly #rate: Rate;
  readonly #handling = new Set<Promise<void>>();
  #loops: Promise<unknown> = Promise.resolve();
  #isStopped = false;
  #hasEnded = false;
  #polls = 0;
  /** Loops of an older one end with the poll that they are in. */
  #generation = 0;

  constructor(options: PollerOptions<Task>) {
    this.#options = options;
    this.#rate = new Rate(options.perSecond);
  }

  get hasOutstandingPoll(): boolean {
    return this.#polls > 0;
  }

  /** No poll is under way any more, and none will be. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get inFlight(): number {
    return this.#handling.size;
  }

  start(): void {
    const { loops } = this.#options;
    const generation = this.#generation;
    const started = Array.from({ length: loops }, () => this.#loop(generation));
    this.#loops = Promise.all([this.#loops, ...started]);
  }

  /** Polls begin anew, elsewhere perhaps; what those under way bring is still done. */
  renew(): void {
    this.#generation += 1;
    if (!this.#isStopped) this.start();
  }

  /** Resolves when no poll is under way any more. Tasks may still be worked on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopping.abort();
    const cut = setTimeout(() => this.#abort.abort(), LINGER_MS);
    await this.#loops;
    clearTimeout(cut);
    this.#hasEnded = true;
  }

  /** Cuts polls off at once. */
  abandon(): void {
    this.#isStopped = true;
    this.#stopping.abort();
    this.#abort.abort();
  }

  /** Resolves when the tasks that are worked on have ended. */
  async drained(): Promise<void> {
    while (this.#handling.size > 0) await Promise.all(this.#handling);
  }

  async #loop(generation: number): Promise<void> {
    const { slots } = this.#options;
    let failures = 0;
    while (!this.#isStopped && generation === this.#generation) {
      const slot = await slots.take(this.#stopping.signal).catch((error: unknown) => ({ error }));
      if (this.#isStopped) {
        if (!isFailure(slot)) slot.release();
        return;
      }
      const task = isFailure(slot) ? slot : await this.#poll().catch((error: unknown) => ({ error }));
      if (isFailure(slot) || isFailure(task)) {
        if (!isFailure(slot)) slot.release();
        if (!isFailure(task) || this.#abort.signal.aborted) return;
        failures += 1;
        if (!(await this.#mayGoOn(task.error, failures))) return;
        continue;
      }
      failures = 0;
      if (task === undefined) slot.release();
      else this.#handle(task, slot);
    }
  }

  async #poll(): Promise<Task | undefined> {
    await this.#rate.pass();
    this.#polls += 1;
    try {
      return await this.#options.poll(this.#abort.signal);
    } finally {
      this.#polls -= 1;
    }
  }

  async #mayGoOn(error: unknown, failures: number): Promise<boolean> {
    if (isGrpcServiceError(error) && FATAL.has(error.code)) {
      this.#options.fatal(error);
      return false;
    }
    const retryMs = Math.min(RETRY_MS * 2 ** (failures - 1), RETRY_MAX_MS);
    this.#options.failed(error, retryMs);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, retryMs);
      const stop = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#abort.signal.addEventListener('abort', stop, { once: true });
    });
    return true;
  }

  #handle(task: Task, slot: Slot): void {
    slot.use(this.#options.slotInfo(task));
    const work = this.#options.handle(task).finally(() => {
      this.#handling.delete(work);
      slot.release();
      this.#options.changed();
    });
    this.#handling.add(work);
    this.#options.changed();
  }
}

function isFailure(value: unknown): value is { error: unknown } {
  return typeof value === 'object' && value !== null && 'error' in value && Object.keys(value).length === 1;
}
