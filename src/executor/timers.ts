/** Durable timers (TMR-1 to TMR-6). */
import type { CancelledFailure } from '../sdk/common/failure.ts';
import { type Duration, durationToMs, msToNumber } from '../sdk/common/time.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type { CommandEntry } from './command-queue.ts';
import { Completion } from './completion.ts';
import { requireRun } from './context.ts';
import { eventGroupsOf } from './event-groups.ts';
import type { TimerInput, TimerOptions } from './interceptors.ts';
import { JobOrder } from './jobs.ts';
import type { Operation } from './operation.ts';

type TimerState = 'commanded' | 'started' | 'fired' | 'canceled';

/** Made in the scope of the caller, past the interceptors. */
export class Timer extends Completion<void> implements Operation {
  #state: TimerState = 'commanded';
  #startedEventId = 0;
  #entry: CommandEntry | undefined;
  readonly #timerId: string;
  readonly #options: TimerOptions | undefined;

  constructor({ seq, durationMs, options }: TimerInput) {
    super();
    this.#timerId = String(seq);
    this.#options = options;
    this.begin(() => {
      this.#entry = this.run.pushCommand(
        {
          commandType: 'StartTimer',
          attributes: { timerId: this.#timerId, startToFireTimeout: durationToMs(durationMs) },
          ...this.run.userMetadata(options?.summary),
          ...eventGroupsOf(options?.eventGroups),
        },
        this,
      );
    });
  }

  recorded(event: HistoryEvent): void {
    if (event.eventType !== 'TimerStarted') return;
    this.#state = 'started';
    this.#startedEventId = event.eventId;
    this.run.operations.set(event.eventId, this);
  }

  handleEvent(event: HistoryEvent): void {
    if (event.eventType !== 'TimerFired') return;
    if (this.#state !== 'started') throw this.run.unexpectedEvent(event, `its timer is ${this.#state}`);
    this.#state = 'fired';
    this.run.operations.delete(this.#startedEventId);
    this.run.enqueue({ order: JobOrder.resolution, variant: 'fireTimer', apply: () => this.resolve() });
  }

  scopeCancelled(error: CancelledFailure): void {
    if (this.#state === 'commanded' && this.#entry !== undefined) this.#entry.dropped = true;
    if (this.#state === 'started') {
      this.run.operations.delete(this.#startedEventId);
      const attributes = { timerId: this.#timerId };
      this.pushCommandOfCall({ commandType: 'CancelTimer', attributes }, this.#options?.eventGroups);
    }
    this.#state = 'canceled';
    this.reject(error);
  }
}

/**
 * Starts a durable timer through the interceptors. Rejects with CancelledFailure when the caller's scope is cancelled. A duration
 * that is none uses up a timer number all the same, as in Temporal's SDK, whose later timers would else have other IDs.
 */
export function startTimer(duration: Duration, options?: TimerOptions): Promise<void> {
  const run = requireRun('Workflow.sleep(...) may only be used from a Workflow Execution');
  const seq = run.nextSeq('timer');
  const durationMs = Math.max(1, msToNumber(duration));
  return run.interceptors.outbound(
    'startTimer',
    (input: TimerInput) => new Timer(input).promise,
  )({
    durationMs,
    seq,
    options,
  });
}
