/** The time of a test server: the machine's, and what has been skipped on top of it. One timer stands for all alarms. */

/** What a machine's timers can hold; longer waits are taken in steps. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export interface Alarm {
  at: number | undefined;
  ring(): void;
}

export class ServerClock {
  readonly #alarms = new Set<Alarm>();
  #skippedMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #isStopped = false;

  now(): number {
    return Date.now() + this.#skippedMs;
  }

  /** Moves time forward, never back. Alarms that have come due ring. */
  skipTo(time: number): void {
    this.#skippedMs += Math.max(0, time - this.now());
    this.#ring();
  }

  add(alarm: Alarm): void {
    this.#alarms.add(alarm);
  }

  remove(alarm: Alarm): void {
    this.#alarms.delete(alarm);
  }

  set(alarm: Alarm, at: number | undefined): void {
    alarm.at = at;
    if (at !== undefined && at < this.#timerAt) this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.#isStopped) return;
    for (const { at } of this.#alarms) if (at !== undefined && at < this.#timerAt) this.#timerAt = at;
    if (this.#timerAt === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(Math.max(this.#timerAt - this.now(), 0), TIMER_MAX_MS);
    // What keeps the process is the server itself, and its end is the end of its time.
    this.#timer = setTimeout(() => this.#ring(), delay).unref();
  }

  #ring(): void {
    const now = this.now();
    for (const alarm of this.#alarms) {
      if (alarm.at === undefined || alarm.at > now) continue;
      alarm.at = undefined;
      alarm.ring();
    }
    this.#arm();
  }
}
