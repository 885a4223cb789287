/**
 * Activities in flight: which attempts were sent, which are only waited for, and until when each may stay silent.
 *
 * L1 An attempt is sent only by the instance that admitted it, after the commit that recorded it as started.
 * L2 What a loaded object finds started is not sent again: it gets a lease and is waited for.
 * L3 A lease ends unless a ping, heartbeat or result comes. While the fetch of this instance is still open it ends a lease
 *    later: a callee that is gone ends its fetch, so silence then means that this isolate was busy.
 * L4 A run whose machine was killed goes on within a minute: while an attempt is in flight the object is woken every
 *    `WATCH_MS`, and what it then finds started has a first lease of at most `FIRST_LEASE_MAX_MS`.
 * L5 A fetch is aborted only when its attempt ran into a timeout.
 */
import type { ActivityReference, ActivityTask, Input } from '../../engine/api.ts';
import type { LeaseTimes, LogSink } from '../object-options.ts';
import type { ActivityFetch, ObjectClock } from '../ports.ts';
import { type ActivityOutcome, decodeActivityOutcome, encodeActivityCall } from './activity-task-codec.ts';
import type { ReportInput } from './report-by-token.ts';

interface Flight {
  task: ActivityTask;
  leaseMs: number;
  leaseUntil: number;
  lastHeartbeatAt: number;
  /** Set while the fetch of this instance is open. */
  abort: AbortController | undefined;
}

export interface ActivityDispatcherOptions {
  clock: ObjectClock;
  activities: ActivityFetch;
  lease: LeaseTimes;
  log: LogSink;
  /** Brings a result to the turn loop. `depth` is that of the dispatch. */
  deliver(input: Input, depth: number): void;
}

const WATCH_MS = 30_000;
/** A callee pings when its caller is gone, at the latest every 20 s, and after 2 s again if it was not heard. */
const FIRST_LEASE_MAX_MS = 25_000;

type TokenReference = Extract<ActivityReference, { by: 'token' }>;

const keyOf = (at: { runId: string; scheduledEventId: number; stamp: number }): string =>
  `${at.runId}/${at.scheduledEventId}/${at.stamp}`;

export function tokenOf(task: ActivityTask): TokenReference {
  return { by: 'token', runId: task.runId, scheduledEventId: task.scheduledEventId, stamp: task.stamp };
}

export class ActivityDispatcher {
  readonly #options: ActivityDispatcherOptions;
  readonly #flights = new Map<string, Flight>();

  constructor(options: ActivityDispatcherOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  /** Level-triggered: what is started gets a flight, what is not any more loses it. Nothing is sent yet. */
  reconcile(started: readonly ActivityTask[], now: number): void {
    if (started.length === 0 && this.#flights.size === 0) return;
    const current = new Set<string>();
    for (const task of started) {
      const key = keyOf(task);
      current.add(key);
      if (!this.#flights.has(key)) this.#flights.set(key, this.#flight(task, now));
    }
    for (const [key, flight] of this.#flights) {
      if (current.has(key)) continue;
      this.#flights.delete(key);
      if (hasTimedOut(flight, now)) flight.abort?.abort(new DOMException('TIMED_OUT', 'TimeoutError'));
    }
  }

  #flight(task: ActivityTask, now: number): Flight {
    const { pingIntervalMs, slowPingIntervalMs, slowAfterMs, intervalsPerLease } = this.#options.lease;
    const interval = now - task.startedTime >= slowAfterMs ? slowPingIntervalMs : pingIntervalMs;
    const leaseMs = interval * intervalsPerLease;
    const leaseUntil = now + Math.min(leaseMs, FIRST_LEASE_MAX_MS);
    return { task, leaseMs, leaseUntil, lastHeartbeatAt: task.startedTime, abort: undefined };
  }

  /** Sends what this instance admitted (L1). */
  send(admitted: readonly ActivityTask[], depth: number): void {
    for (const task of admitted) {
      const flight = this.#flights.get(keyOf(task));
      if (flight === undefined || flight.abort !== undefined) continue;
      flight.abort = new AbortController();
      void this.#run(flight, flight.abort, depth);
    }
  }

  async #run(flight: Flight, abort: AbortController, depth: number): Promise<void> {
    const { task } = flight;
    try {
      const response = await this.#options.activities.fetch(urlOf(task), {
        method: 'POST',
        body: encodeActivityCall({ task, depth: depth + 1, lease: this.#options.lease }),
        signal: abort.signal,
      });
      const body = new Uint8Array(await response.arrayBuffer());
      if (!response.ok)
        throw new Error(`status ${response.status}: ${new TextDecoder().decode(body).slice(0, 500)}`);
      flight.abort = undefined;
      this.#options.deliver(inputOf(task, decodeActivityOutcome(body)), depth);
    } catch (error) {
      flight.abort = undefined;
      if (abort.signal.aborted) return;
      this.#options.log('WARN', 'The call of an activity ended without an answer; waiting for its lease', {
        workflowId: task.workflowId,
        runId: task.runId,
        activityId: task.activityId,
        attempt: task.attempt,
        error,
      });
    }
  }

  /** A sign of life. */
  renew(activity: ActivityReference, leaseMs: number | undefined, isHeartbeat: boolean): void {
    const flight = activity.by === 'token' ? this.#flights.get(keyOf(activity)) : undefined;
    if (flight === undefined) return;
    const now = this.#options.clock.now();
    if (leaseMs !== undefined) flight.leaseMs = leaseMs;
    flight.leaseUntil = now + flight.leaseMs;
    if (isHeartbeat) flight.lastHeartbeatAt = now;
  }

  /** The earliest moment at which a lease may have ended. */
  earliestExpiry(): number | undefined {
    let earliest: number | undefined;
    for (const flight of this.#flights.values()) {
      const end = expiryOf(flight);
      if (earliest === undefined || end < earliest) earliest = end;
    }
    return earliest;
  }

  /** The same, of attempts that no fetch of this instance would tell of. */
  earliestFoundExpiry(): number | undefined {
    let earliest: number | undefined;
    for (const { abort, leaseUntil } of this.#flights.values()) {
      if (abort === undefined && (earliest === undefined || leaseUntil < earliest)) earliest = leaseUntil;
    }
    return earliest;
  }

  /** When to look again, at the latest (L4). */
  wakeAt(now: number): number | undefined {
    const expiry = this.earliestExpiry();
    return expiry === undefined ? undefined : Math.min(expiry, now + WATCH_MS);
  }

  /** Attempts whose lease has ended, as inputs. */
  expired(now: number): Input[] {
    const inputs: Input[] = [];
    for (const flight of this.#flights.values()) {
      if (expiryOf(flight) > now) continue;
      const reason = `no sign of life for ${flight.leaseMs} ms`;
      inputs.push({ kind: 'ActivityAttemptLost', activity: tokenOf(flight.task), reason });
    }
    return inputs;
  }

  /** In-memory state was thrown away: what is still started will be found again as after a load. Open fetches go on. */
  forget(): void {
    this.#flights.clear();
  }
}

const urlOf = ({ activityType }: ActivityTask) =>
  `https://activities/activities/${encodeURIComponent(activityType)}`;

function expiryOf(flight: Flight): number {
  return flight.leaseUntil + (flight.abort === undefined ? 0 : flight.leaseMs);
}

function hasTimedOut({ task, lastHeartbeatAt }: Flight, now: number): boolean {
  const past = (from: number, timeout: number) => timeout > 0 && now >= from + timeout;
  return (
    past(task.startedTime, task.startToCloseTimeout) ||
    past(task.scheduledTime, task.scheduleToCloseTimeout) ||
    past(lastHeartbeatAt, task.heartbeatTimeout)
  );
}

export function inputOf(task: ActivityTask, outcome: ActivityOutcome): ReportInput {
  const activity = tokenOf(task);
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'ActivityCompleted', activity, ...(outcome.result && { result: outcome.result }) };
    case 'failed': {
      const { failure, lastHeartbeatDetails } = outcome;
      return {
        kind: 'ActivityFailed',
        activity,
        failure,
        ...(lastHeartbeatDetails && { lastHeartbeatDetails }),
      };
    }
    case 'canceled':
      return { kind: 'ActivityCanceled', activity, ...(outcome.details && { details: outcome.details }) };
    case 'willCompleteAsync':
      return { kind: 'ActivityWillCompleteAsync', activity };
  }
}
