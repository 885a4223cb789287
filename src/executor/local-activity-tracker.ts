/** The local activities of one run: which are wanted, which run, and which history already knows the outcome of. */
import type { HistoryEventOf } from '../sdk/common/wire/events.ts';
import { canceledOutcome, type LocalActivity, type LocalActivityOutcome } from './local-activities.ts';
import { type LocalActivityMarker, localActivityOfMarker } from './local-activity-marker.ts';

/** Executes local activities; tells the outcome of each once. */
export interface LocalActivityExecutor {
  isRegistered(activityType: string): boolean;
  start(activity: LocalActivity, finished: (outcome: LocalActivityOutcome) => void): LocalActivityExecution;
}

export interface LocalActivityExecution {
  cancel(): void;
  /** Attempts made beyond the first. */
  readonly retries: number;
}

export class LocalActivityTracker {
  readonly #bySeq = new Map<number, LocalActivity>();
  #requested: LocalActivity[] = [];
  readonly #running = new Map<LocalActivity, LocalActivityExecution>();
  /** Outcomes seen ahead in history, in its order. */
  #markersAhead: LocalActivityMarker[] = [];
  /** Outcomes of executions that code has not heard of yet. */
  readonly #ended: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #retriesReported = 0;
  #retriesMade = 0;
  readonly #executor: LocalActivityExecutor | undefined;

  constructor(executor: LocalActivityExecutor | undefined) {
    this.#executor = executor;
  }

  isRegistered(activityType: string): boolean {
    return this.#executor?.isRegistered(activityType) ?? false;
  }

  add(activity: LocalActivity, isLive: boolean): void {
    this.#bySeq.set(activity.input.seq, activity);
    if (isLive) this.#requested.push(activity);
  }

  /** Not waited for any more; an execution goes on unobserved. */
  forget(activity: LocalActivity): void {
    this.#requested = this.#requested.filter((requested) => requested !== activity);
    this.#running.delete(activity);
  }

  /** On replay its marker says when the cancel took effect: with the others, in its turn (L2). */
  cancel(activity: LocalActivity): void {
    if (!this.#requested.includes(activity)) {
      this.#running.get(activity)?.cancel();
      return;
    }
    this.forget(activity);
    activity.finish(canceledOutcome(activity.input.attempt, activity.originalScheduleTime));
  }

  /** Takes note of a marker that stands ahead in history. */
  announce(marker: LocalActivityMarker): void {
    const known = this.#bySeq.get(marker.data.seq);
    if (known === undefined || known.isAwaitingMarker) this.#markersAhead.push(marker);
  }

  /** An execution has an outcome; `deliver` makes a job of it. */
  ended(deliver: () => void): void {
    this.#ended.push(deliver);
  }

  get hasEnded(): boolean {
    return this.#ended.length > 0;
  }

  /** Makes a job of the next outcome; false when there is none, or it is of an activity that code has not called yet (L2). */
  deliverNext(): boolean {
    const deliver = this.#ended.shift();
    if (deliver !== undefined) {
      deliver();
      return true;
    }
    const marker = this.#markersAhead[0];
    const activity = marker && this.#bySeq.get(marker.data.seq);
    if (marker === undefined || activity === undefined) return false;
    this.#markersAhead.shift();
    activity.finishByMarker(marker);
    return true;
  }

  /** Takes a marker's event; false when it stands for a command, as on the first run. */
  recordMarker(event: HistoryEventOf<'MarkerRecorded'>): 'by-marker' | 'by-command' | 'unknown' | 'other' {
    const marker = localActivityOfMarker(event.attributes);
    if (marker === undefined) return 'other';
    const activity = this.#bySeq.get(marker.data.seq);
    if (activity === undefined) return 'unknown';
    const { seq, activity_id: id, activity_type: type } = marker.data;
    // Code may end before it hears of the outcome.
    const ahead = this.#markersAhead.findIndex(({ data }) => data.seq === seq);
    if (ahead >= 0) this.#markersAhead.splice(ahead, 1);
    const isByMarker = activity.isResolvedByMarker || ahead >= 0;
    if (isByMarker && (activity.activityId !== id || activity.input.activityType !== type)) return 'unknown';
    this.#bySeq.delete(seq);
    return activity.markerRecorded() || ahead >= 0 ? 'by-marker' : 'by-command';
  }

  describe(event: HistoryEventOf<'MarkerRecorded'>): string {
    const seq = localActivityOfMarker(event.attributes)?.data.seq ?? 0;
    const activity = this.#bySeq.get(seq);
    return activity === undefined
      ? 'no local activity was called'
      : `local activity '${activity.activityId}' of type '${activity.input.activityType}' was called`;
  }

  /** Replay is over: what still waits for a marker is executed (L1). */
  endReplay(): void {
    for (const activity of this.#bySeq.values()) {
      if (!activity.isAwaitingMarker) continue;
      activity.becomeLive();
      this.#requested.push(activity);
    }
  }

  /** Starts what has been requested since the last call. */
  startRequested(): void {
    for (const activity of this.#requested.splice(0)) {
      const execution = this.#executor?.start(activity, (outcome) => {
        if (this.#running.delete(activity)) activity.finish(outcome);
        this.#retriesMade += execution?.retries ?? 0;
        this.#wake?.();
      });
      if (execution !== undefined) this.#running.set(activity, execution);
    }
  }

  get outstanding(): number {
    return this.#running.size + this.#requested.length;
  }

  /** Resolves when the next execution ends. */
  nextOutcome(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Retries since the last call. */
  takeRetries(): number {
    const running = [...this.#running.values()].reduce((sum, { retries }) => sum + retries, 0);
    const total = this.#retriesMade + running;
    const fresh = total - this.#retriesReported;
    this.#retriesReported = total;
    return fresh;
  }

  /** The run ends or leaves memory. */
  dispose(): void {
    for (const execution of this.#running.values()) execution.cancel();
    this.#running.clear();
    this.#requested = [];
    this.#wake?.();
  }
}
