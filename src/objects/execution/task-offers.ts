/**
 * Offers a workflow's waiting tasks to the queues from which workers elsewhere take them. Level-triggered: what waits and was
 * not offered is offered; what still waits after a long time is offered again, in case its queue has lost it.
 */
import type { ObjectTimes } from '../object-options.ts';
import type { TaskQueueApi, TaskReference } from '../task-queue/task-queue-api.ts';

export interface WaitingTask {
  taskQueue: string;
  reference: TaskReference;
}

interface Offer {
  /** When it is made again. */
  againAt: number;
  times: number;
}

export interface TaskOffersOptions {
  times: ObjectTimes;
  queue(taskQueue: string): Pick<TaskQueueApi, 'add'>;
  now(): number;
  keepAlive(work: Promise<unknown>): void;
  failed(taskQueue: string, error: unknown): void;
}

/** So long what was offered may be lost, or what was to be offered by an object that has died since. */
export const OFFER_AGAIN_MS = 60_000;
const OFFER_AGAIN_MAX_MS = 3_600_000;

export class TaskOffers {
  readonly #options: TaskOffersOptions;
  readonly #offers = new Map<string, Offer>();

  constructor(options: TaskOffersOptions) {
    this.#options = options;
  }

  /** Brings what is offered in line with what waits. */
  reconcile(waiting: readonly WaitingTask[]): void {
    if (waiting.length === 0 && this.#offers.size === 0) return;
    const now = this.#options.now();
    const byQueue = new Map<string, TaskReference[]>();
    const current = new Set<string>();
    for (const { taskQueue, reference } of waiting) {
      const id = `${reference.runId}/${reference.key}`;
      current.add(id);
      const offer = this.#offers.get(id);
      if (offer !== undefined && offer.againAt > now) continue;
      const times = (offer?.times ?? 0) + 1;
      this.#offers.set(id, {
        againAt: now + Math.min(OFFER_AGAIN_MS * 2 ** (times - 1), OFFER_AGAIN_MAX_MS),
        times,
      });
      byQueue.set(taskQueue, [...(byQueue.get(taskQueue) ?? []), reference]);
    }
    for (const id of this.#offers.keys()) if (!current.has(id)) this.#offers.delete(id);
    for (const [taskQueue, references] of byQueue) this.#options.keepAlive(this.#send(taskQueue, references));
  }

  async #send(taskQueue: string, references: readonly TaskReference[]): Promise<void> {
    try {
      await this.#options.queue(taskQueue).add(references);
    } catch (error) {
      const againAt = this.#options.now() + this.#options.times.retryMs;
      for (const { runId, key } of references) {
        const offer = this.#offers.get(`${runId}/${key}`);
        if (offer !== undefined) offer.againAt = againAt;
      }
      this.#options.failed(taskQueue, error);
    }
  }

  /** Whether it was offered, or is on its way. */
  knows({ runId, key }: TaskReference): boolean {
    return this.#offers.has(`${runId}/${key}`);
  }

  /** The next moment at which something has to be offered again. */
  earliest(): number | undefined {
    let earliest: number | undefined;
    for (const { againAt } of this.#offers.values()) {
      if (earliest === undefined || againAt < earliest) earliest = againAt;
    }
    return earliest;
  }

  forget(): void {
    this.#offers.clear();
  }
}
