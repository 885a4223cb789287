/**
 * The object's one alarm. Setting it is a billed row, so it moves only when the earliest deadline gets earlier; an alarm that
 * comes too early is harmless.
 *
 * K1 `alarm()` sets a floor before it does anything, so that an alarm whose work kills the isolate comes again.
 * K2 What is due now and was not done is never set to `now` from inside an alarm: the floor keeps it from spinning.
 */
import type { ObjectClock } from '../ports.ts';

type AlarmClock = Pick<ObjectClock, 'getAlarm' | 'setAlarm' | 'deleteAlarm'>;

export class AlarmKeeper {
  readonly #clock: AlarmClock;
  readonly #aheadMaxMs: number;
  #armedAt: number | undefined;

  constructor(clock: AlarmClock, aheadMaxMs: number) {
    this.#clock = clock;
    this.#aheadMaxMs = aheadMaxMs;
  }

  get armedAt(): number | undefined {
    return this.#armedAt;
  }

  /** Reads what stands; once per load. */
  async load(): Promise<void> {
    this.#armedAt = (await this.#clock.getAlarm()) ?? undefined;
  }

  /** The alarm is running: none stands any more. */
  fired(): void {
    this.#armedAt = undefined;
  }

  /** The commit in which it was set failed, or everything was erased. */
  forget(): void {
    this.#armedAt = undefined;
  }

  needsMove(target: number | undefined, now: number): boolean {
    return target !== undefined && this.#capped(target, now) < (this.#armedAt ?? Number.POSITIVE_INFINITY);
  }

  /** No later than `target`. Inside the transaction that made it necessary. */
  ensure(target: number | undefined, now: number): void {
    if (target !== undefined && this.needsMove(target, now)) this.#set(this.#capped(target, now));
  }

  /** As `ensure`, after memory was dropped: one that stands already is not put off. */
  async ensureAfterLoss(target: number, now: number): Promise<void> {
    const standing = await this.#clock.getAlarm().catch(() => null);
    this.#armedAt ??= standing ?? undefined;
    this.ensure(target, now);
  }

  /** Exactly at `target`: one that came in vain would cost more, since it sets a floor of its own. */
  settle(target: number | undefined, now: number): void {
    if (target === undefined) {
      if (this.#armedAt !== undefined) this.#clock.deleteAlarm();
      this.#armedAt = undefined;
      return;
    }
    const at = this.#capped(target, now);
    if (this.#armedAt !== at) this.#set(at);
  }

  #capped(target: number, now: number): number {
    return Math.min(Math.max(target, now), now + this.#aheadMaxMs);
  }

  #set(at: number): void {
    this.#clock.setAlarm(at);
    this.#armedAt = at;
  }
}
