/**
 * Runs one attempt of an activity function: context, interceptors, cancellation, and how its end is reported.
 *
 * A result ends it as completed whatever happened before. A thrown cancellation counts as one only when the attempt was really
 * cancelled (ACT-8); after a reset or a pause it is a failure that says so (ACT-12). `CompleteAsyncError` leaves the end to
 * someone who holds the task token (ACT-18).
 */
import type { Client } from '../client/index.ts';
import type { ActivityCancellationDetails } from '../common/activity-cancellation-details.ts';
import { encodeErrorToFailure, encodeToPayload } from '../common/converter/codec-helpers.ts';
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import type { ActivitySerializationContext } from '../common/converter/serialization-context.ts';
import { CompleteAsyncError } from '../common/errors.ts';
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  ensureApplicationFailure,
} from '../common/failure.ts';
import { composeInterceptors } from '../common/interceptors.ts';
import { type Logger, LoggerWithComposedMetadata, SdkComponent } from '../common/logger.ts';
import { type MetricMeter, MetricMeterWithComposedTags, type MetricTags } from '../common/metrics.ts';
import { isAbortError } from '../common/type-helpers.ts';
import type { TypeInfo } from '../common/type-info.ts';
import type { Failure, Payload, Payloads } from '../common/wire/messages.ts';
import { type ActivityCancellationDetailsHolder, asyncLocalStorage, Context, type Info } from './context.ts';
import type {
  ActivityExecuteInput,
  ActivityInterceptors,
  ActivityInterceptorsFactory,
} from './interceptors.ts';

/** Message of the `CancelledFailure` that an activity sees (ACT-11). */
export type CancelReason =
  | 'NOT_FOUND'
  | 'CANCELLED'
  | 'TIMED_OUT'
  | 'WORKER_SHUTDOWN'
  | 'PAUSED'
  | 'RESET'
  | 'HEARTBEAT_DETAILS_CONVERSION_FAILED';

export type ActivityOutcome =
  | { kind: 'completed'; result: Payloads }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'canceled'; details?: Payloads }
  | { kind: 'willCompleteAsync' };

export interface ActivityExecutionOptions {
  info: Info;
  heartbeat: (details?: unknown) => void;
  /** A function is called once, when the activity asks. */
  client: Client | (() => Client | undefined) | undefined;
  logger: Logger;
  metricMeter: MetricMeter;
  interceptors: readonly ActivityInterceptorsFactory[];
  dataConverter: LoadedDataConverter;
  serializationContext: ActivitySerializationContext;
  outputTypeInfo?: TypeInfo | undefined;
  /** Milliseconds, for the durations in log entries. */
  now(): number;
}

export class ActivityExecution {
  readonly context: Context;
  readonly #options: ActivityExecutionOptions;
  /** Made when the activity asks for its signal, or is cancelled. */
  #abort: AbortController | undefined;
  readonly #details: ActivityCancellationDetailsHolder = {};
  readonly #interceptors: readonly ActivityInterceptors[];
  readonly #logger: Logger;
  #reject: (failure: CancelledFailure) => void = () => {};
  #cancelReason: CancelReason | undefined;

  constructor(options: ActivityExecutionOptions) {
    this.#options = options;
    const cancelled = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    // Nobody need listen.
    cancelled.catch(() => undefined);
    this.#logger = LoggerWithComposedMetadata.compose(options.logger, () => this.#logAttributes());
    this.context = new Context(
      options.info,
      cancelled,
      () => this.#controller().signal,
      options.heartbeat,
      options.client,
      LoggerWithComposedMetadata.compose(this.#logger, { sdkComponent: SdkComponent.activity }),
      MetricMeterWithComposedTags.compose(options.metricMeter, () => this.#metricTags()),
      this.#details,
    );
    this.#interceptors = options.interceptors.map((factory) => factory(this.context));
  }

  get isCancelled(): boolean {
    return this.#cancelReason !== undefined;
  }

  /** Tells the activity; the first reason stands. */
  cancel(reason: CancelReason, details: ActivityCancellationDetails): void {
    if (this.isCancelled) return;
    this.#cancelReason = reason;
    this.#details.details = details;
    const failure = new CancelledFailure(reason);
    this.#controller().abort(failure);
    this.#reject(failure);
  }

  #controller(): AbortController {
    this.#abort ??= new AbortController();
    return this.#abort;
  }

  /** Runs the function to its end; never rejects. */
  run(fn: (...args: unknown[]) => unknown, input: ActivityExecuteInput): Promise<ActivityOutcome> {
    return asyncLocalStorage.run(this.context, async (): Promise<ActivityOutcome> => {
      try {
        return { kind: 'completed', result: { payloads: [await this.#encode(await this.#call(fn, input))] } };
      } catch (error) {
        return this.#outcomeOf(error);
      }
    });
  }

  /** Runs the function in its context and gives its value or error as they are. */
  runRaw(fn: (...args: unknown[]) => unknown, input: ActivityExecuteInput): Promise<unknown> {
    return asyncLocalStorage.run(this.context, () => this.#call(fn, input));
  }

  async #call(fn: (...args: unknown[]) => unknown, input: ActivityExecuteInput): Promise<unknown> {
    const startedAt = this.#options.now();
    this.#logger.debug('Activity started');
    const inbound = this.#interceptors.flatMap((each) => each.inbound ?? []);
    const execute = composeInterceptors(inbound, 'execute', async ({ args }) => fn(...args));
    try {
      const value = await execute(input);
      this.#logger.debug('Activity completed', { durationMs: this.#options.now() - startedAt });
      return value;
    } catch (error) {
      this.#logEnd(error, this.#options.now() - startedAt);
      throw error;
    }
  }

  #logEnd(error: unknown, durationMs: number): void {
    if (error instanceof CompleteAsyncError) {
      this.#logger.debug('Activity will complete asynchronously', { durationMs });
    } else if (this.isCancelled && isCancellation(error)) {
      this.#logger.debug(this.#cancelledMessage(), { durationMs });
    } else if (error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN) {
      this.#logger.debug('Activity failed', { error, durationMs });
    } else {
      this.#logger.warn('Activity failed', { error, durationMs });
    }
  }

  #cancelledMessage(): string {
    const details = this.#details.details;
    if (details?.cancelRequested) return 'Activity completed as cancelled';
    if (details?.reset) return 'Activity reset';
    return details?.paused ? 'Activity paused' : 'Activity completed as cancelled';
  }

  async #outcomeOf(error: unknown): Promise<ActivityOutcome> {
    if (error instanceof CompleteAsyncError) return { kind: 'willCompleteAsync' };
    try {
      return await this.#endedBy(error);
    } catch (conversionError) {
      const { message } = ensureApplicationFailure(conversionError);
      return { kind: 'failed', failure: { message, source: 'TypeScriptSDK', applicationFailureInfo: {} } };
    }
  }

  async #endedBy(error: unknown): Promise<ActivityOutcome> {
    const reason = this.#cancelReason;
    if (reason === 'HEARTBEAT_DETAILS_CONVERSION_FAILED') {
      return this.#failed(ApplicationFailure.retryable(reason, 'CancelledFailure'));
    }
    if (reason !== undefined && isCancellation(error)) return this.#canceled(error);
    return this.#failed(ensureApplicationFailure(error));
  }

  async #canceled(error: Error): Promise<ActivityOutcome> {
    if (!(error instanceof CancelledFailure)) return { kind: 'canceled' };
    const details = this.#details.details;
    if (details?.reset) return this.#failed(new ApplicationFailure('Activity reset', 'ActivityReset'));
    if (details?.paused) return this.#failed(new ApplicationFailure('Activity paused', 'ActivityPause'));
    const { canceledFailureInfo } = await this.#toFailure(error);
    const payloads = canceledFailureInfo?.details;
    return payloads ? { kind: 'canceled', details: payloads } : { kind: 'canceled' };
  }

  async #failed(error: ApplicationFailure): Promise<ActivityOutcome> {
    return { kind: 'failed', failure: await this.#toFailure(error) };
  }

  #toFailure(error: unknown): Promise<Failure> {
    const { dataConverter, serializationContext } = this.#options;
    return encodeErrorToFailure(dataConverter, error, serializationContext);
  }

  #encode(value: unknown): Promise<Payload> {
    const { dataConverter, serializationContext, outputTypeInfo } = this.#options;
    return encodeToPayload(dataConverter, value, serializationContext, outputTypeInfo);
  }

  #logAttributes(): Record<string, unknown> {
    const attributes = activityLogAttributes(this.#options.info);
    // A factory may log before the others are made.
    if (this.#interceptors === undefined) return attributes;
    const outbound = this.#interceptors.flatMap((each) => each.outbound ?? []);
    return composeInterceptors(outbound, 'getLogAttributes', (given) => given)(attributes);
  }

  #metricTags(): MetricTags {
    const { namespace, taskQueue, activityType } = this.#options.info;
    const tags: MetricTags = { namespace, taskQueue, activityType };
    if (this.#interceptors === undefined) return tags;
    const outbound = this.#interceptors.flatMap((each) => each.outbound ?? []);
    return composeInterceptors(outbound, 'getMetricTags', (given) => given)(tags);
  }
}

function isCancellation(error: unknown): error is Error {
  return error instanceof CancelledFailure || isAbortError(error);
}

/** LOG-5. */
export function activityLogAttributes(info: Info): Record<string, unknown> {
  const { isLocal, attempt, namespace, activityId, activityType, taskQueue } = info;
  const own = {
    isLocal,
    attempt,
    namespace,
    taskToken: info.base64TaskToken,
    activityId,
    activityType,
    taskQueue,
  };
  if (!info.inWorkflow) return { ...own, activityRunId: info.activityRunId };
  const { workflowExecution, workflowType } = info;
  return {
    ...own,
    workflowId: workflowExecution?.workflowId,
    workflowRunId: workflowExecution?.runId,
    workflowType,
  };
}
