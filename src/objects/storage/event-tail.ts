/** The latest committed events of the current run, in memory: what the next workflow task is about to show. */
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';

export class EventTail {
  #runSeq = 0;
  #events: HistoryEvent[] = [];

  append(runSeq: number, events: readonly HistoryEvent[]): void {
    if (runSeq < this.#runSeq) return;
    if (runSeq > this.#runSeq) this.forget(runSeq);
    this.#events.push(...events);
  }

  /** The newest committed event; undefined when it does not stand here. */
  last(runSeq: number): HistoryEvent | undefined {
    return runSeq === this.#runSeq ? this.#events.at(-1) : undefined;
  }

  /** Committed events after `eventId`; undefined when they do not all stand here. Earlier ones are let go. */
  after(runSeq: number, eventId: number): HistoryEvent[] | undefined {
    const first = this.#events[0];
    if (runSeq !== this.#runSeq || first === undefined || first.eventId > eventId + 1) return undefined;
    this.#events.splice(0, eventId + 1 - first.eventId);
    return this.#events.length > 0 ? [...this.#events] : undefined;
  }

  forget(runSeq = 0): void {
    this.#runSeq = runSeq;
    this.#events = [];
  }
}
