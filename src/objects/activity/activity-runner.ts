/** One attempt of an activity, from its task to its outcome: the function by its type, arguments, heartbeats, cancellation. */
import type { ActivityTask, HeartbeatReply, Result } from '../../engine/api.ts';
import type { Info } from '../../sdk/activity/context.ts';
import { ActivityExecution, activityLogAttributes, type CancelReason } from '../../sdk/activity/execution.ts';
import type { ActivityInterceptorsFactory } from '../../sdk/activity/interceptors.ts';
import type { Client } from '../../sdk/client/index.ts';
import {
  ActivityCancellationDetails,
  type ActivityCancellationDetailsOptions,
} from '../../sdk/common/activity-cancellation-details.ts';
import { isActivityFunctionWithOptions } from '../../sdk/common/activity-definition-options.ts';
import {
  decodeArrayFromPayloads,
  decodeFromPayloadsAtIndex,
  encodeErrorToFailure,
  encodeToPayload,
} from '../../sdk/common/converter/codec-helpers.ts';
import type { LoadedDataConverter } from '../../sdk/common/converter/data-converter.ts';
import type { ActivitySerializationContext } from '../../sdk/common/converter/serialization-context.ts';
import { ApplicationFailure, ensureApplicationFailure } from '../../sdk/common/failure.ts';
import type { Logger } from '../../sdk/common/logger.ts';
import type { MetricMeter } from '../../sdk/common/metrics.ts';
import { readPriority } from '../../sdk/common/read-priority.ts';
import { recordedRetryPolicy } from '../../sdk/common/retry-policy.ts';
import { isStandaloneExecution } from '../../sdk/common/standalone-activity.ts';
import { encodeTaskToken } from '../../sdk/common/task-token.ts';
import { errorMessage } from '../../sdk/common/type-helpers.ts';
import type { PayloadTypeInfo } from '../../sdk/common/type-info.ts';
import type { Payloads } from '../../sdk/common/wire/messages.ts';
import { ActivityHeartbeats, type HeartbeatInput } from './activity-heartbeats.ts';
import type { ActivityCall, ActivityOutcome } from './activity-task-codec.ts';
import { afterMicrotasks } from './after-microtasks.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function is an activity; its arguments are checked where it is called.
export type AnyActivity = (...args: any[]) => unknown;

/** The activities of one task queue, and how their values are converted. */
export interface ActivityWorker {
  taskQueue: string;
  activities: ReadonlyMap<string, AnyActivity>;
  dataConverter: LoadedDataConverter;
  interceptors: readonly ActivityInterceptorsFactory[];
  logger: Logger;
  metricMeter: MetricMeter;
  /** Bounds of the interval between heartbeats that are sent on. @default 30 s and 60 s */
  heartbeatThrottle?: { defaultMs: number; maxMs: number };
  /** A client bound to the activity's namespace; undefined where there is none. Its calls are nested at `depth`. */
  client(namespace: string, depth: number): Client | undefined;
}

export interface RunningActivity {
  outcome: Promise<ActivityOutcome>;
  /** The caller is gone: finds out at once whether the attempt still counts. */
  callerGone(): void;
  /** Tells the activity, for a reason that the worker itself has. False when it has been told another before. */
  cancel(reason: CancelReason, details: ActivityCancellationDetailsOptions): boolean;
}

export interface ActivityReports {
  send(input: HeartbeatInput): Promise<Result<HeartbeatReply | undefined>>;
  /** The attempt has not ended at once, so it may last. */
  lasts?(): void;
}

/** Starts the attempt. `outcome` never rejects. */
export function runActivity(
  worker: ActivityWorker,
  call: ActivityCall,
  reports: ActivityReports,
): RunningActivity {
  const attempt = new Attempt(worker, call, reports);
  return {
    outcome: attempt.run(reports),
    callerGone: () => attempt.callerGone(),
    cancel: (reason, details) => attempt.cancel(reason, details),
  };
}

class Attempt {
  readonly #worker: ActivityWorker;
  readonly #task: ActivityTask;
  readonly #depth: number;
  readonly #context: ActivitySerializationContext;
  readonly #heartbeats: ActivityHeartbeats;
  #execution: ActivityExecution | undefined;
  #cancelReason: CancelReason | undefined;
  /** Told again once there is an execution to be told. */
  #cancellation = () => {};

  constructor(worker: ActivityWorker, { task, depth, lease }: ActivityCall, reports: ActivityReports) {
    const { namespace, activityId, workflowId } = task;
    this.#worker = worker;
    this.#task = task;
    this.#depth = depth;
    const own = { type: 'activity', namespace, activityId, isLocal: false } as const;
    this.#context = isStandaloneExecution(workflowId) ? own : { ...own, workflowId };
    this.#heartbeats = new ActivityHeartbeats({
      lease,
      heartbeatTimeoutMs: task.heartbeatTimeout,
      ...(worker.heartbeatThrottle && { throttle: worker.heartbeatThrottle }),
      send: (input) => reports.send(input),
      encode: (details) => this.#encode(details),
      onReply: (reply) => this.#onReply(reply),
      onGone: () => this.#onGone(),
      onConversionError: (error) => this.#onConversionError(error),
      now: Date.now,
    });
  }

  async run({ lasts }: ActivityReports): Promise<ActivityOutcome> {
    let outcome: ActivityOutcome;
    let isOver = false;
    // Timers and listeners cost more than an attempt that has its result at hand: they wait until it has not ended at once.
    void afterMicrotasks(() => isOver).then(() => {
      if (isOver) return;
      this.#heartbeats.startPings();
      lasts?.();
    });
    try {
      outcome = await this.#run();
    } catch (error) {
      outcome = { kind: 'failed', failure: await this.#failureOf(error) };
    }
    isOver = true;
    const held = this.#heartbeats.stop();
    return outcome.kind === 'failed' && held !== undefined
      ? this.#withHeartbeat(outcome, held.details)
      : outcome;
  }

  async #run(): Promise<ActivityOutcome> {
    const { fn, args, execution } = await this.#prepare();
    this.#execution = execution;
    this.#cancellation();
    return execution.run(fn, { args, headers: this.#task.header?.fields ?? {} });
  }

  /** All that the function needs. What goes wrong here is no fault of the function's, so it is told of. */
  async #prepare(): Promise<{ fn: AnyActivity; args: unknown[]; execution: ActivityExecution }> {
    let info: Info | undefined;
    try {
      info = await this.#info();
      const fn = this.#lookup();
      const typeInfo = typeInfoOf(fn);
      const args = await this.#args(typeInfo);
      return { fn, args, execution: this.#makeExecution(info, typeInfo) };
    } catch (error) {
      const { message } = ensureApplicationFailure(error);
      this.#worker.logger.error(`Error while processing ActivityTask.start: ${message}`, {
        ...(info && activityLogAttributes(info)),
        error,
      });
      throw error;
    }
  }

  #makeExecution(info: Info, typeInfo: PayloadTypeInfo | undefined): ActivityExecution {
    const { dataConverter, interceptors, logger, metricMeter, client } = this.#worker;
    return new ActivityExecution({
      info,
      heartbeat: this.#heartbeats.heartbeat,
      client: () => client(this.#task.namespace, this.#depth + 1),
      logger,
      metricMeter,
      interceptors,
      dataConverter,
      serializationContext: this.#context,
      outputTypeInfo: typeInfo?.outputType,
      now: Date.now,
    });
  }

  #lookup(): AnyActivity {
    const { activities } = this.#worker;
    const { activityType } = this.#task;
    const fn = activities.get(activityType) ?? activities.get('default');
    if (fn !== undefined) return fn;
    const registered = JSON.stringify([...activities.keys()]);
    throw ApplicationFailure.create({
      type: 'NotFoundError',
      message: `Activity function ${activityType} is not registered on this Worker, available activities: ${registered}`,
      nonRetryable: false,
    });
  }

  async #args(typeInfo: PayloadTypeInfo | undefined): Promise<unknown[]> {
    const { dataConverter } = this.#worker;
    const payloads = this.#task.input?.payloads;
    try {
      return await decodeArrayFromPayloads(dataConverter, payloads, this.#context, typeInfo?.inputTypes);
    } catch (error) {
      throw ApplicationFailure.fromError(error, {
        message: `Failed to parse activity args for activity ${this.#task.activityType}: ${errorMessage(error)}`,
      });
    }
  }

  async #info(): Promise<Info> {
    const task = this.#task;
    const { namespace, activityId, activityType, attempt, taskQueue } = task;
    return {
      // Few activities ask for their token.
      get taskToken() {
        return encodeTaskToken(task);
      },
      get base64TaskToken() {
        return btoa(String.fromCharCode(...encodeTaskToken(task)));
      },
      activityId,
      activityType,
      activityNamespace: namespace,
      namespace,
      attempt,
      isLocal: false,
      ...whoseIs(task),
      taskQueue,
      scheduledTimestampMs: task.scheduledTime,
      currentAttemptScheduledTimestampMs: task.currentAttemptScheduledTime,
      scheduleToCloseTimeoutMs: task.scheduleToCloseTimeout,
      startToCloseTimeoutMs: task.startToCloseTimeout,
      heartbeatTimeoutMs: task.heartbeatTimeout,
      heartbeatDetails: await this.#heartbeatDetails(),
      priority: readPriority(task.priority),
      retryPolicy: task.retryPolicy && recordedRetryPolicy(task.retryPolicy),
    };
  }

  async #heartbeatDetails(): Promise<unknown> {
    const payloads = this.#task.heartbeatDetails?.payloads;
    if (!payloads?.length) return undefined;
    try {
      return await decodeFromPayloadsAtIndex<unknown>(this.#worker.dataConverter, 0, payloads, this.#context);
    } catch (error) {
      throw ApplicationFailure.fromError(error, {
        message: `Failed to parse heartbeat details for activity ${this.#task.activityId}: ${errorMessage(error)}`,
      });
    }
  }

  async #encode(details: unknown): Promise<Payloads> {
    return { payloads: [await encodeToPayload(this.#worker.dataConverter, details, this.#context)] };
  }

  #failureOf(error: unknown) {
    return encodeErrorToFailure(this.#worker.dataConverter, ensureApplicationFailure(error), this.#context);
  }

  async #withHeartbeat(outcome: ActivityOutcome, details: unknown): Promise<ActivityOutcome> {
    try {
      return { ...outcome, lastHeartbeatDetails: await this.#encode(details) } as ActivityOutcome;
    } catch {
      // Details that cannot be converted are not worth more than the failure itself.
      return outcome;
    }
  }

  #onReply({ cancelRequested, activityPaused, activityReset }: HeartbeatReply): void {
    const details = { cancelRequested, paused: activityPaused, reset: activityReset };
    if (cancelRequested) this.cancel('CANCELLED', details);
    else if (activityReset) this.cancel('RESET', details);
    else if (activityPaused) this.cancel('PAUSED', details);
  }

  #onGone(): void {
    const { startToCloseTimeout, startedTime } = this.#task;
    const timedOut = startToCloseTimeout > 0 && Date.now() >= startedTime + startToCloseTimeout;
    this.cancel(timedOut ? 'TIMED_OUT' : 'NOT_FOUND', timedOut ? { timedOut } : { notFound: true });
  }

  #onConversionError(error: unknown): void {
    const info = this.#execution?.context.info;
    this.#worker.logger.warn('Failed to encode heartbeat details, cancelling Activity', {
      error,
      ...(info && activityLogAttributes(info)),
    });
    this.cancel('HEARTBEAT_DETAILS_CONVERSION_FAILED', {});
  }

  cancel(reason: CancelReason, details: ActivityCancellationDetailsOptions): boolean {
    if (this.#cancelReason !== undefined) return false;
    this.#cancelReason = reason;
    this.#cancellation = () => this.#execution?.cancel(reason, new ActivityCancellationDetails(details));
    this.#cancellation();
    return true;
  }

  callerGone(): void {
    void this.#heartbeats.ping();
  }
}

/** SAA-10. */
function whoseIs({ namespace, workflowId, runId, workflowType }: ActivityTask) {
  if (isStandaloneExecution(workflowId)) return { inWorkflow: false, activityRunId: runId };
  return {
    inWorkflow: true,
    workflowNamespace: namespace,
    workflowExecution: { workflowId, runId },
    workflowType,
  };
}

function typeInfoOf(fn: AnyActivity): PayloadTypeInfo | undefined {
  return isActivityFunctionWithOptions(fn) ? fn.activityDefinitionOptions.typeInfo : undefined;
}
