/**
 * What a running attempt sends to its workflow's object: heartbeats, throttled (ACT-9), and pings that say no more than that
 * it is alive. The answers to both carry cancellation, pause and reset.
 *
 * H1 The first heartbeat goes at once; later ones within the interval are held back and the last of them goes at its end.
 * H2 What is still held back when the attempt fails goes with the failure.
 * H3 A ping that was not heard comes again soon: a lease is three intervals, but an object that was lost waits for less.
 */
import type { HeartbeatReply, Input, Result } from '../../engine/api.ts';
import type { Payloads } from '../../sdk/common/wire/messages.ts';
import type { LeaseTimes } from '../object-options.ts';
import { letProcessEnd } from './unleased.ts';

export interface ActivityHeartbeatsOptions {
  lease: LeaseTimes;
  /** 0 is none. */
  heartbeatTimeoutMs: number;
  throttle?: { defaultMs: number; maxMs: number };
  /** Sends one input to the object. */
  send(input: HeartbeatInput): Promise<Result<HeartbeatReply | undefined>>;
  /** Converts what the activity said. Throws when it cannot. */
  encode(details: unknown): Promise<Payloads>;
  onReply(reply: HeartbeatReply): void;
  /** The attempt is not the current one any more, or its workflow is closed. */
  onGone(): void;
  onConversionError(error: unknown): void;
  now(): number;
}

type WithoutActivity<T> = T extends { activity: unknown } ? Omit<T, 'activity'> : never;
export type HeartbeatInput = WithoutActivity<Extract<Input, { kind: 'ActivityPing' | 'ActivityHeartbeat' }>>;

const PING_AGAIN_MS = 2_000;
const THROTTLE_SHARE = 0.8;
const DEFAULT_THROTTLE = { defaultMs: 30_000, maxMs: 60_000 };

export class ActivityHeartbeats {
  readonly #options: ActivityHeartbeatsOptions;
  readonly #throttleMs: number;
  readonly #startedAt: number;
  #pingTimer: ReturnType<typeof setTimeout> | undefined;
  #throttleTimer: ReturnType<typeof setTimeout> | undefined;
  #held: { details: unknown } | undefined;
  #isStopped = false;

  constructor(options: ActivityHeartbeatsOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    const { heartbeatTimeoutMs } = options;
    const { defaultMs, maxMs } = options.throttle ?? DEFAULT_THROTTLE;
    const interval = heartbeatTimeoutMs > 0 ? heartbeatTimeoutMs * THROTTLE_SHARE : defaultMs;
    this.#throttleMs = Math.min(interval, maxMs);
  }

  /** Pings begin: the attempt has not ended at once. */
  startPings(): void {
    if (!this.#isStopped) this.#schedulePing(this.#options.lease.pingAfterMs);
  }

  readonly heartbeat = (details?: unknown): void => {
    if (this.#isStopped) return;
    if (this.#throttleTimer !== undefined) {
      this.#held = { details };
      return;
    }
    this.#send(details);
  };

  #send(details: unknown): void {
    this.#held = undefined;
    this.#throttleTimer = setTimeout(() => {
      this.#throttleTimer = undefined;
      if (this.#held !== undefined && !this.#isStopped) this.#send(this.#held.details);
    }, this.#throttleMs);
    void this.#deliver(details);
  }

  async #deliver(details: unknown): Promise<void> {
    let payloads: Payloads | undefined;
    try {
      payloads = details === undefined ? undefined : await this.#options.encode(details);
    } catch (error) {
      this.#options.onConversionError(error);
      return;
    }
    await this.#exchange({ kind: 'ActivityHeartbeat', ...(payloads && { details: payloads }) });
  }

  /** Asks the object at once whether this attempt still counts. */
  async ping(): Promise<void> {
    const { intervalsPerLease } = this.#options.lease;
    const interval = this.#pingInterval();
    const isHeard = await this.#exchange({ kind: 'ActivityPing', leaseMs: interval * intervalsPerLease });
    if (!isHeard) this.#schedulePing(Math.min(PING_AGAIN_MS, interval));
  }

  /** False when nothing was heard of it: the object is being moved or reset. */
  async #exchange(input: HeartbeatInput): Promise<boolean> {
    try {
      const result = await this.#options.send(input);
      if (this.#isStopped) return true;
      if (result.ok && result.value !== undefined) this.#options.onReply(result.value);
      if (!result.ok && result.error.code === 'NOT_FOUND') this.#options.onGone();
      return result.ok || result.error.code !== 'UNAVAILABLE';
    } catch {
      return false;
    }
  }

  #schedulePing(afterMs: number): void {
    clearTimeout(this.#pingTimer);
    if (this.#isStopped) return;
    this.#pingTimer = letProcessEnd(
      setTimeout(() => {
        this.#schedulePing(this.#pingInterval());
        void this.ping();
      }, afterMs),
    );
  }

  #pingInterval(): number {
    const { pingIntervalMs, slowPingIntervalMs } = this.#options.lease;
    return this.#isSlow() ? slowPingIntervalMs : pingIntervalMs;
  }

  #isSlow(): boolean {
    return this.#options.now() - this.#startedAt >= this.#options.lease.slowAfterMs;
  }

  /** No more heartbeats and pings. Gives what was held back (H2). */
  stop(): { details: unknown } | undefined {
    this.#isStopped = true;
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#throttleTimer);
    return this.#held;
  }
}
