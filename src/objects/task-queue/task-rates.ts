/** Rates: how fast tasks may go out, and how fast they come and go. */

/** A timer that fires a little late does not slow the rate down. */
const LATENESS_MS = 50;

/** Lets tasks pass in equal distances. */
export class RateGate {
  #perSecond: number | undefined;
  #freeAt = 0;

  /** Undefined: no limit. 0: none pass. */
  set(perSecond: number | undefined): void {
    this.#perSecond = perSecond;
  }

  /** When the next task may pass. */
  get freeAt(): number {
    if (this.#perSecond === undefined) return 0;
    return this.#perSecond > 0 ? this.#freeAt : Number.POSITIVE_INFINITY;
  }

  spend(now: number): void {
    if (this.#perSecond === undefined || this.#perSecond <= 0) return;
    const from = now - this.#freeAt <= LATENESS_MS ? this.#freeAt : now;
    this.#freeAt = Math.max(from, 0) + 1000 / this.#perSecond;
  }
}

const BUCKET_MS = 5000;
const BUCKETS = 6;

/** Events per second over the last half minute. */
export class RateMeter {
  readonly #counts = new Map<number, number>();

  note(now: number, count = 1): void {
    const bucket = Math.floor(now / BUCKET_MS);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    for (const old of this.#counts.keys()) if (old <= bucket - BUCKETS) this.#counts.delete(old);
  }

  perSecond(now: number): number {
    const oldest = Math.floor(now / BUCKET_MS) - BUCKETS;
    let sum = 0;
    for (const [bucket, count] of this.#counts) if (bucket > oldest) sum += count;
    return sum / ((BUCKETS * BUCKET_MS) / 1000);
  }
}
