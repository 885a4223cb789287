/** When a workflow's object wakes: for its own work, and for what the index is still to be told. The alarm follows. */
import type { Execution } from '../../engine/api.ts';
import { backoffMs, type ObjectTimes } from '../object-options.ts';
import type { ObjectClock } from '../ports.ts';
import type { VisibilityDelivery } from '../visibility/visibility-delivery.ts';
import type { AlarmKeeper } from './alarm-keeper.ts';
import type { DueWork } from './due-work.ts';
import type { ExecutionState } from './execution-state.ts';

/** A run that does not wake for so long rests. */
const RESTING_MS = 20_000;

interface WakePlanOptions {
  alarm: AlarmKeeper;
  due: DueWork;
  state: ExecutionState;
  visibility: Pick<VisibilityDelivery, 'earliest'>;
  clock: Pick<ObjectClock, 'now'>;
  times: ObjectTimes;
}

export class WakePlan {
  readonly #options: WakePlanOptions;

  constructor(options: WakePlanOptions) {
    this.#options = options;
  }

  /** For its own work alone. */
  next(): number | undefined {
    const { due, state, clock } = this.#options;
    return due.wakeAt(state.execution, clock.now());
  }

  /** Nothing of its own is to be done soon, so that the object may be unloaded. */
  isResting(): boolean {
    const next = this.next();
    return next === undefined || next - this.#options.clock.now() > RESTING_MS;
  }

  /** For whichever comes first. */
  at(execution: Execution, now: number): number | undefined {
    const { due, visibility, times } = this.#options;
    const own = due.wakeAt(execution, now);
    const toTell = visibility.earliest();
    if (toTell === undefined || execution.current === undefined) return own;
    const at = Math.max(toTell, now + times.retryMs);
    return own === undefined ? at : Math.min(own, at);
  }

  /** "Work due but no alarm": checked after every request. */
  ensure(): void {
    const { alarm, state, clock } = this.#options;
    if (!state.isLoaded || !state.isStored) return;
    const now = clock.now();
    alarm.ensure(this.at(state.execution, now), now);
  }

  /** The exact time at which the alarm should stand, at the end of an alarm run. */
  settle(): void {
    const { alarm, state, clock } = this.#options;
    if (!state.isLoaded || !state.isStored) return;
    const now = clock.now();
    alarm.settle(this.at(state.execution, now), now);
  }

  /** After an alarm that could not even load what is stored: later each time (D1). */
  postpone(): void {
    const { alarm, due, clock, times } = this.#options;
    due.inVain();
    const now = clock.now();
    alarm.settle(now + backoffMs(times, due.vain), now);
  }

  /** A failed turn must not end in silence: an alarm outside any transaction. */
  async retryLater(): Promise<void> {
    const { alarm, due, clock, times } = this.#options;
    const now = clock.now();
    await alarm.ensureAfterLoss(now + backoffMs(times, due.vain), now);
  }
}
