/** IDs of requests, in memory, each for as long as it may come again. */
import type { SeenIds } from './request-signature.ts';

/** With so many at a time the oldest are forgotten first: they are the next to be stale. */
const IDS_MAX = 100_000;

export class RecentIds implements SeenIds {
  readonly #until = new Map<string, number>();

  note(id: string, until: number): boolean {
    const now = Date.now();
    for (const [old, end] of this.#until) {
      if (end >= now && this.#until.size < IDS_MAX) break;
      this.#until.delete(old);
    }
    if (this.#until.has(id)) return false;
    this.#until.set(id, until);
    return true;
  }
}
