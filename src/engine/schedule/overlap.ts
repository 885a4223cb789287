/**
 * What becomes of the actions in the buffer (SCHED-9, SCHED-10): which start now, which wait, which are skipped, and whether
 * what runs is to be ended for them.
 *
 * O1 At most one action runs or starts at a time, but for those beside (ALLOW_ALL).
 * O2 Of several that would end what runs, the latest waits for that end; those before it are skipped.
 */
import type { OverlapPolicyName } from '../../sdk/common/wire/schedule-requests.ts';
import { assertNever } from '../errors.ts';
import {
  type BufferedStart,
  idleReasonOf,
  MANUAL_START_MS,
  policiesOf,
  recordSkip,
  type ScheduleState,
  STARTING_MAX,
} from './schedule-state.ts';
import { scheduledWorkflowId } from './start-request.ts';

/** Moves what can start to `starting`; leaves in the buffer what waits. */
export function settleBuffer(state: ScheduleState, now: number): void {
  const pass = new BufferPass(state, now);
  for (const start of state.buffer) pass.judge(start);
  pass.finish();
}

class BufferPass {
  readonly #state: ScheduleState;
  readonly #now: number;
  readonly #waiting: BufferedStart[] = [];
  readonly #isBusy: boolean;
  /** The one that this pass has chosen to start. */
  #chosen: BufferedStart | undefined;
  #ending: { start: BufferedStart; kind: 'cancel' | 'terminate' } | undefined;

  constructor(state: ScheduleState, now: number) {
    this.#state = state;
    this.#now = now;
    this.#isBusy = [...state.running, ...state.starting].some(({ isBeside }) => !isBeside);
  }

  judge(start: BufferedStart): void {
    const policy = start.overlapPolicy ?? policiesOf(this.#state).overlapPolicy;
    if (policy === 'ALLOW_ALL') this.#beside(start);
    else if (this.#isBusy || this.#chosen !== undefined) this.#behind(start, policy);
    else if (this.#isTaken(start)) this.#chosen = start;
  }

  /** Behind the one that runs, or that was chosen to. */
  #behind(start: BufferedStart, policy: Exclude<OverlapPolicyName, 'ALLOW_ALL'>): void {
    switch (policy) {
      case 'SKIP':
        this.#skip(start);
        return;
      case 'BUFFER_ONE':
        if (this.#waiting.length > 0) this.#skip(start);
        else this.#waiting.push(start);
        return;
      case 'BUFFER_ALL':
        this.#waiting.push(start);
        return;
      case 'CANCEL_OTHER':
        this.#end(start, 'cancel');
        return;
      case 'TERMINATE_OTHER':
        this.#end(start, 'terminate');
        return;
      default:
        assertNever(policy);
    }
  }

  #beside(start: BufferedStart): void {
    if (this.#state.starting.length >= STARTING_MAX) this.#waiting.push(start);
    else if (this.#isTaken(start)) this.#begin(start, true);
  }

  /** Paused, or no actions left: it is passed over. */
  #isTaken(start: BufferedStart): boolean {
    const reason = start.isManual ? undefined : idleReasonOf(this.#state);
    if (reason === undefined) return true;
    recordSkip(this.#state, { scheduleTime: start.actual, reason });
    return false;
  }

  /** O2 */
  #end(start: BufferedStart, kind: 'cancel' | 'terminate'): void {
    if (!this.#isBusy && this.#chosen !== undefined) {
      this.#skip(this.#chosen);
      this.#chosen = start;
      return;
    }
    if (this.#ending !== undefined) {
      this.#skip(this.#ending.start);
      this.#waiting.splice(this.#waiting.indexOf(this.#ending.start), 1);
    }
    this.#ending = { start, kind };
    this.#waiting.push(start);
  }

  #skip(start: BufferedStart): void {
    this.#state.overlapSkipped++;
    recordSkip(this.#state, { scheduleTime: start.actual, reason: 'OVERLAP' });
  }

  finish(): void {
    if (this.#chosen !== undefined) this.#begin(this.#chosen, false);
    this.#state.buffer = this.#waiting;
    if (this.#ending !== undefined) this.#endRunning(this.#ending.kind);
  }

  #begin(start: BufferedStart, isBeside: boolean): void {
    const { schedule, starting } = this.#state;
    const { catchupWindow } = policiesOf(this.#state);
    if (!start.isManual && schedule.state?.limitedActions) {
      schedule.state.remainingActions = Math.max(0, (schedule.state.remainingActions ?? 0) - 1);
    }
    starting.push({
      ...start,
      workflowId: scheduledWorkflowId(schedule, start.nominal),
      isBeside,
      attempt: 0,
      retryAt: this.#now,
      giveUpAt: start.isManual ? this.#now + MANUAL_START_MS : start.actual + catchupWindow,
    });
  }

  #endRunning(kind: 'cancel' | 'terminate'): void {
    for (const action of this.#state.running) {
      const isAsked = action.ending?.kind === kind || action.ending?.kind === 'terminate';
      if (!action.isBeside && !isAsked)
        action.ending = { kind, isDone: false, attempt: 0, retryAt: this.#now };
    }
  }
}
