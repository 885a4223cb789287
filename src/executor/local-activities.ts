/**
 * Local activities as workflow code sees them (LA-1 to LA-8). They run in the executor; history only gets a marker at the end.
 *
 * L1. Made live, one is executed and its outcome recorded by a marker. Made on replay, it waits for its marker, which the
 *     look-ahead over history brings; when replay ends without one, it is executed after all (LA-6).
 * L2. Each outcome has an activation of its own, after that of the task's events, in the order of the markers. So replay, which
 *     knows no more than this order, repeats what came after what, however long an activity took and wherever a task ended.
 */
import {
  type ActivityCancellationType,
  decodeActivityCancellationType,
  encodeActivityCancellationType,
} from '../sdk/common/activity-options.ts';
import type { CancelledFailure } from '../sdk/common/failure.ts';
import { compileRetryPolicy } from '../sdk/common/retry-policy.ts';
import { optionalDurationToMs } from '../sdk/common/time.ts';
import type { PayloadTypeInfo } from '../sdk/common/type-info.ts';
import type { Failure, Payload, WireRetryPolicy } from '../sdk/common/wire/messages.ts';
import { validateActivityOptions } from './activities.ts';
import { compact } from './compact.ts';
import { Completion } from './completion.ts';
import { requireRun } from './context.ts';
import { LocalActivityDoBackoff } from './errors.ts';
import type { LocalActivityInput, LocalActivityOptions } from './interceptors.ts';
import { JobOrder } from './jobs.ts';
import {
  fromProtoTime,
  type LocalActivityMarker,
  localActivityMarkerCommand,
  toProtoTime,
} from './local-activity-marker.ts';
import { startTimer } from './timers.ts';

/** How an execution ended. `backoffMs` is set when the next attempt waits for a durable timer (LA-3). */
export interface LocalActivityOutcome {
  readonly attempt: number;
  readonly result?: Payload | undefined;
  readonly failure?: Failure | undefined;
  readonly backoffMs?: number | undefined;
  /** Milliseconds since the epoch, in workflow time. */
  readonly completeTime?: number | undefined;
  readonly originalScheduleTime?: number | undefined;
}

/**
 * - `requested`: to be executed, or being executed.
 * - `awaitingMarker`: made on replay; history may know the outcome.
 * - `resolvedByMarker`: its marker was seen ahead; the event itself is still to come.
 * - `marked`: ended live; the marker is among the commands.
 */
type LocalActivityState = 'requested' | 'awaitingMarker' | 'resolvedByMarker' | 'marked' | 'recorded';

export class LocalActivity extends Completion<unknown> {
  readonly input: LocalActivityInput;
  readonly activityId: string;
  readonly originalScheduleTime: number;
  /** Workflow time at the call. */
  readonly calledAt: number;
  /** The arguments as they stood at the call. */
  payloads: readonly Payload[] = [];
  retryPolicy: WireRetryPolicy | undefined;
  #cancellationType: ActivityCancellationType = 'TRY_CANCEL';
  #state: LocalActivityState;

  constructor(input: LocalActivityInput) {
    super();
    this.input = input;
    this.activityId = String(input.seq);
    this.calledAt = this.run.now;
    this.originalScheduleTime = input.originalScheduleTime ?? this.calledAt;
    this.#state = this.run.isReplaying ? 'awaitingMarker' : 'requested';
    this.resultContext = this.run.converters.contextOfActivity(this.activityId, true);
    this.outputType = input.typeInfo?.outputType;
    this.begin(() => this.#request());
  }

  #request(): void {
    const { args, options, typeInfo } = this.input;
    const { converters, localActivities } = this.run;
    this.payloads = converters.toPayloads(args, this.resultContext, typeInfo?.inputTypes)?.payloads ?? [];
    this.retryPolicy = options.retry && compileRetryPolicy(options.retry);
    checkDurations(options);
    const cancellationType = encodeActivityCancellationType(options.cancellationType);
    this.#cancellationType = decodeActivityCancellationType(cancellationType) ?? 'TRY_CANCEL';
    localActivities.add(this, this.#state === 'requested');
  }

  get isAwaitingMarker(): boolean {
    return this.#state === 'awaitingMarker';
  }

  get isResolvedByMarker(): boolean {
    return this.#state === 'resolvedByMarker';
  }

  /** Replay has ended and history has no marker (L1). */
  becomeLive(): void {
    this.#state = 'requested';
  }

  /** Takes the outcome of an execution. One that comes after a cancellation was reported is passed over. */
  finish(outcome: LocalActivityOutcome): void {
    if (this.#state !== 'requested') return;
    this.#state = 'marked';
    this.run.localActivities.ended(() => this.#enqueue(outcome));
    this.run.pushCommand({
      ...localActivityMarkerCommand(this.#marker(outcome)),
      ...this.run.userMetadata(this.input.options.summary, undefined, this.resultContext),
      ...this.groupsOfCall(this.input.options.eventGroups),
    });
  }

  finishByMarker(marker: LocalActivityMarker): void {
    this.#state = 'resolvedByMarker';
    const { data, result, failure } = marker;
    this.#enqueue({
      attempt: data.attempt,
      result,
      failure,
      backoffMs: fromProtoTime(data.backoff),
      completeTime: fromProtoTime(data.complete_time),
      originalScheduleTime: fromProtoTime(data.original_schedule_time),
    });
  }

  /** The marker's event has come; true when it was told of ahead, so that no command stands for it. */
  markerRecorded(): boolean {
    const wasAhead = this.#state === 'resolvedByMarker';
    this.#state = 'recorded';
    return wasAhead;
  }

  #marker({ attempt, result, failure, backoffMs, completeTime }: LocalActivityOutcome): LocalActivityMarker {
    return {
      data: {
        seq: this.input.seq,
        attempt,
        activity_id: this.activityId,
        activity_type: this.input.activityType,
        complete_time: completeTime === undefined ? null : toProtoTime(completeTime),
        backoff: backoffMs === undefined ? null : toProtoTime(backoffMs),
        original_schedule_time: toProtoTime(this.originalScheduleTime),
      },
      result: failure === undefined ? result : undefined,
      failure,
    };
  }

  #enqueue(outcome: LocalActivityOutcome): void {
    this.run.advanceTime(outcome.completeTime);
    this.run.enqueue({
      order: JobOrder.localActivity,
      variant: 'resolveActivity',
      apply: () => this.#settle(outcome),
    });
  }

  #settle({ attempt, result, failure, backoffMs, originalScheduleTime }: LocalActivityOutcome): void {
    if (backoffMs !== undefined) {
      this.reject(new LocalActivityDoBackoff({ attempt: attempt + 1, backoffMs, originalScheduleTime }));
    } else if (failure !== undefined) {
      this.run.settle(this, { status: 'failed', failure: this.#wrap(failure) });
    } else {
      this.run.settle(this, { status: 'completed', payload: result });
    }
  }

  /** Cancellations and timeouts reach workflow code inside an ActivityFailure, other failures bare (LA-8). */
  #wrap(failure: Failure): Failure {
    if (failure.canceledFailureInfo) return this.#wrapped('Local Activity cancelled', failure);
    return failure.timeoutFailureInfo ? this.#wrapped('Local Activity timed out', failure) : failure;
  }

  #wrapped(message: string, cause: Failure): Failure {
    const activityFailureInfo = {
      activityType: { name: this.input.activityType },
      activityId: this.activityId,
      retryState: 'CANCEL_REQUESTED' as const,
    };
    return { message, cause, activityFailureInfo };
  }

  scopeCancelled(_error: CancelledFailure): void {
    const { localActivities } = this.run;
    if (this.#state !== 'requested') {
      localActivities.cancel(this);
      return;
    }
    if (this.#cancellationType !== 'ABANDON') localActivities.cancel(this);
    if (this.#cancellationType === 'WAIT_CANCELLATION_COMPLETED') return;
    localActivities.forget(this);
    this.finish(canceledOutcome(this.input.attempt, this.originalScheduleTime));
  }
}

/** They are read again when attempts are made; what is no duration is refused at the call. */
function checkDurations(options: LocalActivityOptions): void {
  optionalDurationToMs(options.scheduleToCloseTimeout);
  optionalDurationToMs(options.startToCloseTimeout);
  optionalDurationToMs(options.scheduleToStartTimeout);
  optionalDurationToMs(options.localRetryThreshold);
}

/** A cancellation that nothing had to be waited for. */
export function canceledOutcome(attempt: number, originalScheduleTime?: number): LocalActivityOutcome {
  const failure: Failure = { message: 'Activity cancelled', canceledFailureInfo: {} };
  return compact({ attempt, failure, originalScheduleTime });
}

/** Runs a local activity by its type's name, through the interceptors; long waits between attempts are durable timers. */
export async function scheduleLocalActivity<R>(
  activityType: string,
  args: unknown[],
  options: LocalActivityOptions,
  typeInfo?: PayloadTypeInfo,
): Promise<R> {
  const run = requireRun('Workflow.scheduleLocalActivity(...) may only be used from a Workflow Execution');
  if (options === undefined) throw new TypeError('Got empty activity options');
  let attempt = 1;
  let originalScheduleTime: number | undefined;
  for (;;) {
    const seq = run.nextSeq('activity');
    const schedule = run.interceptors.outbound('scheduleLocalActivity', scheduleAttempt);
    try {
      const input = {
        activityType,
        args,
        options,
        headers: {},
        seq,
        attempt,
        originalScheduleTime,
        typeInfo,
      };
      return (await schedule(input)) as R;
    } catch (error) {
      if (!(error instanceof LocalActivityDoBackoff)) throw error;
      await startTimer(error.backoff.backoffMs, options.eventGroups && { eventGroups: options.eventGroups });
      attempt = error.backoff.attempt;
      originalScheduleTime = error.backoff.originalScheduleTime;
    }
  }
}

async function scheduleAttempt(input: LocalActivityInput): Promise<unknown> {
  const run = requireRun();
  if (!run.isReplaying && !run.localActivities.isRegistered(input.activityType)) {
    throw new ReferenceError(`Local activity of type '${input.activityType}' not registered on worker`);
  }
  validateActivityOptions(input.options);
  return new LocalActivity(input).promise;
}
