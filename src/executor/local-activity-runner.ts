/** Executes local activities in the executor's own process: attempts, their timeouts, backoff (LA-2, LA-3, LA-5). */
import type { SerializationContext } from '../sdk/common/converter/serialization-context.ts';
import { CancelledFailure, ensureApplicationFailure } from '../sdk/common/failure.ts';
import type { Headers } from '../sdk/common/interceptors.ts';
import { type RetryPolicy, recordedRetryPolicy } from '../sdk/common/retry-policy.ts';
import { durationToMs, optionalDurationToMs } from '../sdk/common/time.ts';
import type { Failure, TimeoutTypeName, WireRetryPolicy } from '../sdk/common/wire/messages.ts';
import type { Host } from './host.ts';
import type { LocalActivity, LocalActivityOutcome } from './local-activities.ts';
import type { LocalActivityExecution, LocalActivityExecutor } from './local-activity-tracker.ts';

/** What a local activity is told about itself. */
export interface LocalActivityTask {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  readonly taskQueue: string;
  readonly activityId: string;
  readonly activityType: string;
  readonly attempt: number;
  /** When the first attempt was asked for, in milliseconds since the epoch. */
  readonly scheduledTime: number;
  readonly startToCloseTimeoutMs: number | undefined;
  readonly scheduleToCloseTimeoutMs: number | undefined;
  readonly retryPolicy: RetryPolicy;
  readonly args: readonly unknown[];
  readonly headers: Headers;
  /** Aborts, with a CancelledFailure, on cancellation and on timeout. */
  readonly cancellationSignal: AbortSignal;
}

export type LocalActivityFunction = (...args: never[]) => unknown;

export interface LocalActivityOptions {
  /** The function of an activity type; `default` is asked for when there is none. */
  lookup: (activityType: string) => LocalActivityFunction | undefined;
  wrap?: WrapLocalActivity | undefined;
  host: Host;
}

/** Stands around each call, for instance to set the activity's async context. `call` takes the arguments, changed or not. */
export type WrapLocalActivity = (
  task: LocalActivityTask,
  call: (args: readonly unknown[]) => Promise<unknown>,
) => Promise<unknown>;

const DEFAULT_THRESHOLD_MS = 60_000;

export class LocalActivityRunner implements LocalActivityExecutor {
  readonly #options: LocalActivityOptions;

  constructor(options: LocalActivityOptions) {
    this.#options = options;
  }

  isRegistered(activityType: string): boolean {
    return this.#find(activityType) !== undefined;
  }

  start(activity: LocalActivity, finished: (outcome: LocalActivityOutcome) => void): LocalActivityExecution {
    const activityFunction = this.#find(activity.input.activityType);
    const execution = new Execution(activity, activityFunction, this.#options, finished);
    execution.startAttempt();
    return execution;
  }

  #find(activityType: string): LocalActivityFunction | undefined {
    return this.#options.lookup(activityType) ?? this.#options.lookup('default');
  }
}

class Execution implements LocalActivityExecution {
  retries = 0;
  #attempt: number;
  #abort = new AbortController();
  #isFinished = false;
  #attemptTimer: unknown;
  #totalTimer: unknown;
  readonly #startedAt: number;
  readonly #activity: LocalActivity;
  readonly #function: LocalActivityFunction | undefined;
  readonly #options: LocalActivityOptions;
  readonly #finished: (outcome: LocalActivityOutcome) => void;

  constructor(
    activity: LocalActivity,
    activityFunction: LocalActivityFunction | undefined,
    options: LocalActivityOptions,
    finished: (outcome: LocalActivityOutcome) => void,
  ) {
    this.#activity = activity;
    this.#function = activityFunction;
    this.#options = options;
    this.#finished = finished;
    this.#attempt = activity.input.attempt;
    this.#startedAt = options.host.now();
    const total = optionalDurationToMs(activity.input.options.scheduleToCloseTimeout);
    if (total !== undefined) {
      this.#totalTimer = options.host.setTimeout(() => this.#timeOut('SCHEDULE_TO_CLOSE'), total);
    }
  }

  startAttempt(): void {
    const { host } = this.#options;
    const abort = new AbortController();
    this.#abort = abort;
    const limit = optionalDurationToMs(this.#activity.input.options.startToCloseTimeout);
    if (limit !== undefined)
      this.#attemptTimer = host.setTimeout(() => this.#timeOut('START_TO_CLOSE'), limit);
    this.#call(abort.signal).then(
      (result) => this.#succeed(abort, result),
      (error: unknown) => this.#fail(abort, error),
    );
  }

  async #call(cancellationSignal: AbortSignal): Promise<unknown> {
    const { wrap = (task, call) => call(task.args) } = this.#options;
    const { input, payloads, run } = this.#activity;
    const localActivity = this.#function;
    if (localActivity === undefined) {
      throw new ReferenceError(`Local activity of type '${input.activityType}' not registered on worker`);
    }
    const args = run.converters.fromPayloads({ payloads: [...payloads] }, undefined, this.#context);
    // The arguments are of the types that the caller's proxy asked for.
    const call = async (given: readonly unknown[]) => localActivity(...(given as never[]));
    return await wrap(this.#task(args, cancellationSignal), call);
  }

  #task(args: readonly unknown[], cancellationSignal: AbortSignal): LocalActivityTask {
    const { input, activityId, originalScheduleTime, run, retryPolicy } = this.#activity;
    const startToClose = optionalDurationToMs(input.options.startToCloseTimeout);
    const scheduleToClose = optionalDurationToMs(input.options.scheduleToCloseTimeout);
    return {
      namespace: run.namespace,
      workflowId: run.workflowId,
      runId: run.runId,
      workflowType: run.workflowType,
      taskQueue: run.taskQueue,
      activityId,
      activityType: input.activityType,
      attempt: this.#attempt,
      scheduledTime: originalScheduleTime,
      startToCloseTimeoutMs: shortest(startToClose, scheduleToClose),
      scheduleToCloseTimeoutMs: scheduleToClose,
      retryPolicy: withDefaults(retryPolicy),
      args,
      headers: input.headers,
      cancellationSignal,
    };
  }

  #succeed(abort: AbortController, result: unknown): void {
    if (abort !== this.#abort || this.#isFinished) return;
    const { converters } = this.#activity.run;
    try {
      this.#finish({
        attempt: this.#attempt,
        result: converters.toPayload(result, undefined, this.#context),
      });
    } catch (error) {
      this.#fail(abort, error);
    }
  }

  #fail(abort: AbortController, error: unknown): void {
    if (abort !== this.#abort || this.#isFinished) return;
    const { converters } = this.#activity.run;
    if (abort.signal.aborted && isCancellationOf(error)) {
      const canceled = error instanceof CancelledFailure ? error : new CancelledFailure('Activity cancelled');
      this.#finish({ attempt: this.#attempt, failure: converters.errorToFailure(canceled, this.#context) });
      return;
    }
    this.#retryOrFinish(converters.errorToFailure(ensureApplicationFailure(error), this.#context));
  }

  /** Whose its values are: the activity's own. */
  get #context(): SerializationContext | undefined {
    return this.#activity.resultContext;
  }

  #timeOut(timeoutType: TimeoutTypeName): void {
    if (this.#isFinished) return;
    const failure: Failure = { message: 'Activity timed out', timeoutFailureInfo: { timeoutType } };
    this.#abort.abort(new CancelledFailure('TIMED_OUT'));
    if (timeoutType === 'START_TO_CLOSE') this.#retryOrFinish(failure);
    else this.#finish({ attempt: this.#attempt, failure });
  }

  #retryOrFinish(failure: Failure): void {
    const { host } = this.#options;
    host.clearTimeout(this.#attemptTimer);
    const backoffMs = backoffAfter(failure, this.#attempt, this.#activity.retryPolicy);
    if (backoffMs === undefined) {
      this.#finish({ attempt: this.#attempt, failure });
      return;
    }
    const threshold =
      optionalDurationToMs(this.#activity.input.options.localRetryThreshold) ?? DEFAULT_THRESHOLD_MS;
    if (backoffMs > threshold) {
      this.#finish({ attempt: this.#attempt, failure, backoffMs });
      return;
    }
    // Results of the attempt that failed are of no interest any more.
    this.#abort = new AbortController();
    this.#attemptTimer = host.setTimeout(() => this.#retry(), backoffMs);
  }

  #retry(): void {
    if (this.#isFinished) return;
    this.#attempt++;
    this.retries++;
    this.startAttempt();
  }

  cancel(): void {
    if (this.#isFinished) return;
    this.#abort.abort(new CancelledFailure('CANCELLED'));
  }

  #finish(outcome: Omit<LocalActivityOutcome, 'completeTime' | 'originalScheduleTime'>): void {
    const { host } = this.#options;
    this.#isFinished = true;
    host.clearTimeout(this.#attemptTimer);
    host.clearTimeout(this.#totalTimer);
    const { originalScheduleTime, calledAt } = this.#activity;
    const completeTime = calledAt + Math.max(0, host.now() - this.#startedAt);
    this.#finished({ ...outcome, completeTime, originalScheduleTime });
  }
}

function shortest(one: number | undefined, other: number | undefined): number | undefined {
  return one !== undefined && other !== undefined ? Math.min(one, other) : (one ?? other);
}

/** The policy that attempts are told of: what is unset stands in it as it is applied by `backoffAfter`. */
function withDefaults(policy: WireRetryPolicy = {}): RetryPolicy {
  const { initialInterval = 1000, backoffCoefficient = 2 } = policy;
  const maximumInterval = policy.maximumInterval ?? initialInterval * 100;
  return recordedRetryPolicy({ ...policy, initialInterval, backoffCoefficient, maximumInterval });
}

function isCancellationOf(error: unknown): boolean {
  return error instanceof CancelledFailure || (error instanceof Error && error.name === 'AbortError');
}

/** The wait before the attempt after `attempt`; undefined when there is none to be (LA-2). */
export function backoffAfter(
  failure: Failure,
  attempt: number,
  policy: RetryPolicy | undefined,
): number | undefined {
  const application = failure.applicationFailureInfo;
  if (application?.nonRetryable) return undefined;
  const type = application?.type?.toLowerCase();
  if (type && policy?.nonRetryableErrorTypes?.some((name) => name.toLowerCase() === type)) return undefined;
  if (policy?.maximumAttempts !== undefined && attempt >= policy.maximumAttempts) return undefined;
  if (application?.nextRetryDelay !== undefined) return application.nextRetryDelay;
  const initial = durationToMs(policy?.initialInterval ?? 1000);
  const longest = optionalDurationToMs(policy?.maximumInterval) ?? initial * 100;
  return Math.min(initial * (policy?.backoffCoefficient ?? 2) ** (attempt - 1), longest);
}
