/** Activities as workflow code sees them (ACT-2, ACT-7, ACT-13, ACT-14). */
import {
  type ActivityCancellationType,
  decodeActivityCancellationType,
  encodeActivityCancellationType,
} from '../sdk/common/activity-options.ts';
import type { CancelledFailure } from '../sdk/common/failure.ts';
import { compilePriority } from '../sdk/common/priority.ts';
import { compileRetryPolicy } from '../sdk/common/retry-policy.ts';
import { optionalDurationToMs } from '../sdk/common/time.ts';
import type { PayloadTypeInfo } from '../sdk/common/type-info.ts';
import { checkVersioningIntent } from '../sdk/common/versioning-intent.ts';
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes, HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Failure, Payloads, RetryStateName } from '../sdk/common/wire/messages.ts';
import type { CommandEntry } from './command-queue.ts';
import { compact } from './compact.ts';
import { Completion } from './completion.ts';
import { requireRun } from './context.ts';
import { eventGroupsOf } from './event-groups.ts';
import type { ActivityInput, ActivityOptions } from './interceptors.ts';
import { JobOrder } from './jobs.ts';
import type { Operation, Resolution } from './operation.ts';

/**
 * - `abandoned` and `tryCanceled`: workflow code was told; what the server still reports is passed over.
 * - `canceling`: the request was sent and the real outcome is waited for.
 */
type ActivityState = 'commanded' | 'scheduled' | 'canceling' | 'abandoned' | 'tryCanceled' | 'closed';

class Activity extends Completion<unknown> implements Operation {
  #state: ActivityState = 'commanded';
  #scheduledEventId = 0;
  #entry: CommandEntry | undefined;
  readonly #activityId: string;
  readonly #activityType: string;
  readonly #options: ActivityOptions;
  #cancellationType: ActivityCancellationType = 'TRY_CANCEL';

  constructor(input: ActivityInput) {
    super();
    const { options } = input;
    this.#options = options;
    this.#activityId = options.activityId ?? String(input.seq);
    this.#activityType = input.activityType;
    this.resultContext = this.run.converters.contextOfActivity(this.#activityId, false);
    this.outputType = input.typeInfo?.outputType;
    this.begin(() => {
      const attributes = this.#attributes(input);
      const cancellationType = encodeActivityCancellationType(options.cancellationType);
      // Documented as WAIT_CANCELLATION_COMPLETED, but what is sent when it is unset means TRY_CANCEL.
      this.#cancellationType = decodeActivityCancellationType(cancellationType) ?? 'TRY_CANCEL';
      checkVersioningIntent(options.versioningIntent);
      this.#entry = this.run.pushCommand(
        {
          commandType: 'ScheduleActivityTask',
          attributes,
          ...this.run.userMetadata(options.summary, undefined, this.resultContext),
          ...eventGroupsOf(options.eventGroups),
        },
        this,
      );
    });
  }

  #attributes({
    activityType,
    args,
    headers,
    options,
    typeInfo,
  }: ActivityInput): CommandAttributes<'ScheduleActivityTask'> {
    const taskQueue = options.taskQueue || this.run.taskQueue;
    return compact({
      activityId: this.#activityId,
      activityType: { name: activityType },
      taskQueue: { name: taskQueue },
      header: this.run.header(headers),
      input: this.run.converters.toPayloads(args, this.resultContext, typeInfo?.inputTypes),
      scheduleToCloseTimeout: optionalDurationToMs(options.scheduleToCloseTimeout),
      scheduleToStartTimeout: optionalDurationToMs(options.scheduleToStartTimeout),
      startToCloseTimeout: optionalDurationToMs(options.startToCloseTimeout),
      heartbeatTimeout: optionalDurationToMs(options.heartbeatTimeout),
      retryPolicy: options.retry && compileRetryPolicy(options.retry),
      requestEagerExecution:
        (options.allowEagerDispatch ?? true) && taskQueue === this.run.taskQueue ? true : undefined,
      priority: options.priority && compilePriority(options.priority),
    });
  }

  recorded(event: HistoryEvent): void {
    if (event.eventType !== 'ActivityTaskScheduled') return;
    this.#state = 'scheduled';
    this.#scheduledEventId = event.eventId;
    this.run.operations.set(event.eventId, this);
  }

  handleEvent(event: HistoryEvent): void {
    switch (event.eventType) {
      case 'ActivityTaskCompleted':
        this.#close({ status: 'completed', payload: event.attributes.result?.payloads?.[0] });
        return;
      case 'ActivityTaskFailed':
        this.#close({ status: 'failed', failure: this.#failed(event.attributes) });
        return;
      case 'ActivityTaskTimedOut':
        this.#close({ status: 'failed', failure: this.#timedOut(event.attributes) });
        return;
      case 'ActivityTaskCanceled':
        this.#close({ status: 'failed', failure: this.#canceled(event.attributes) });
        return;
      default:
        // ActivityTaskStarted and ActivityTaskCancelRequested say nothing to workflow code.
        return;
    }
  }

  #close(resolution: Resolution): void {
    this.run.operations.delete(this.#scheduledEventId);
    const wasTold = this.#state === 'abandoned' || this.#state === 'tryCanceled';
    this.#state = 'closed';
    if (!wasTold) this.#enqueue(resolution);
  }

  #enqueue(resolution: Resolution): void {
    this.run.enqueue({
      order: JobOrder.resolution,
      variant: 'resolveActivity',
      apply: () => this.run.settle(this, resolution),
    });
  }

  scopeCancelled(_error: CancelledFailure): void {
    const canceled: Resolution = { status: 'failed', failure: this.#canceled({}) };
    if (this.#state === 'commanded') {
      if (this.#entry !== undefined) this.#entry.dropped = true;
      this.#state = 'closed';
      this.#enqueue(canceled);
      return;
    }
    if (this.#state !== 'scheduled') return;
    if (this.#cancellationType !== 'ABANDON') this.#requestCancel();
    if (this.#cancellationType === 'WAIT_CANCELLATION_COMPLETED') {
      this.#state = 'canceling';
      return;
    }
    this.#state = this.#cancellationType === 'ABANDON' ? 'abandoned' : 'tryCanceled';
    this.#enqueue(canceled);
  }

  #requestCancel(): void {
    const attributes = { scheduledEventId: this.#scheduledEventId };
    this.pushCommandOfCall(
      { commandType: 'RequestCancelActivityTask', attributes },
      this.#options.eventGroups,
    );
  }

  #failed(event: EventAttributes<'ActivityTaskFailed'>): Failure {
    return this.#failure('Activity task failed', event, event.failure, event.retryState);
  }

  #timedOut(event: EventAttributes<'ActivityTaskTimedOut'>): Failure {
    return this.#failure('Activity task timed out', event, event.failure, event.retryState);
  }

  #canceled(event: {
    details?: Payloads;
    identity?: string;
    scheduledEventId?: number;
    startedEventId?: number;
  }): Failure {
    const cause: Failure = { canceledFailureInfo: compact({ details: event.details }) };
    return this.#failure('Activity cancelled', event, cause, 'CANCEL_REQUESTED');
  }

  #failure(
    message: string,
    event: { identity?: string; scheduledEventId?: number; startedEventId?: number },
    cause: Failure | undefined,
    retryState: RetryStateName | undefined,
  ): Failure {
    return compact({
      message,
      cause,
      activityFailureInfo: compact({
        scheduledEventId: event.scheduledEventId || undefined,
        startedEventId: event.startedEventId || undefined,
        identity: event.identity || undefined,
        activityType: { name: this.#activityType },
        activityId: this.#activityId,
        retryState,
      }),
    });
  }
}

export function validateActivityOptions(
  options: Pick<ActivityOptions, 'scheduleToCloseTimeout' | 'startToCloseTimeout'>,
): void {
  if (options.scheduleToCloseTimeout === undefined && options.startToCloseTimeout === undefined) {
    throw new TypeError('Required either scheduleToCloseTimeout or startToCloseTimeout');
  }
}

/** Schedules an activity by its type's name, through the interceptors. */
export function scheduleActivity<R>(
  activityType: string,
  args: unknown[],
  options: ActivityOptions,
  typeInfo?: PayloadTypeInfo,
): Promise<R> {
  const run = requireRun('Workflow.scheduleActivity(...) may only be used from a Workflow Execution');
  if (options === undefined) throw new TypeError('Got empty activity options');
  const seq = run.nextSeq('activity');
  const schedule = run.interceptors.outbound('scheduleActivity', (input: ActivityInput) => {
    validateActivityOptions(input.options);
    return new Activity(input).promise;
  });
  return schedule({ activityType, args, options, headers: {}, seq, typeInfo }) as Promise<R>;
}
