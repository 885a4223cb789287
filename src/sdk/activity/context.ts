/** What an activity knows of itself, and how it speaks to its workflow. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Client } from '../client/index.ts';
import type { ActivityCancellationDetails } from '../common/activity-cancellation-details.ts';
import { IllegalStateError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { MetricMeter } from '../common/metrics.ts';
import type { Priority } from '../common/priority.ts';
import type { RetryPolicy } from '../common/retry-policy.ts';
import { type Duration, msToNumber } from '../common/time.ts';

/** The running attempt. Times are milliseconds since the epoch, timeouts milliseconds. */
export interface Info {
  /** Names this attempt: completes it from anywhere (`AsyncCompletionClient`). */
  readonly taskToken: Uint8Array;
  readonly base64TaskToken: string;
  readonly activityId: string;
  /** The name the function is registered under. */
  readonly activityType: string;
  /** @deprecated Use `namespace`. */
  readonly activityNamespace: string;
  /** From 1; counts the attempts of this activity. */
  readonly attempt: number;
  readonly isLocal: boolean;
  /** The run that scheduled the activity. */
  readonly workflowExecution?: { readonly workflowId: string; readonly runId: string };
  /** @deprecated Use `namespace`. */
  readonly workflowNamespace?: string;
  readonly workflowType?: string;
  /** When the first attempt was scheduled. */
  readonly scheduledTimestampMs: number;
  readonly scheduleToCloseTimeoutMs: number;
  readonly startToCloseTimeoutMs: number;
  /** When this attempt was scheduled. */
  readonly currentAttemptScheduledTimestampMs: number;
  /** Heartbeats must come at least this often, when there is such a timeout. */
  readonly heartbeatTimeoutMs?: number;
  /** What the last heartbeat of the attempt before said; undefined when there was none. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the activity's own, and existing code reads it untyped.
  readonly heartbeatDetails: any;
  readonly taskQueue: string;
  readonly priority?: Priority;
  readonly retryPolicy?: RetryPolicy;
  readonly namespace: string;
  /** Only of an activity that no workflow scheduled. */
  readonly activityRunId?: string;
  readonly inWorkflow: boolean;
}

/** Filled when the activity is cancelled. */
export interface ActivityCancellationDetailsHolder {
  details?: ActivityCancellationDetails;
}

type WithStorage = Record<symbol, AsyncLocalStorage<Context> | undefined>;
/** Temporal's own packages keep theirs here too, so helpers written against them find the context of an activity that runs here. */
const STORAGE = Symbol.for('__temporal_activity_context_storage__');
// Sound: whoever uses this symbol keeps a storage of activity contexts under it.
const shared = globalThis as unknown as WithStorage;
shared[STORAGE] ??= new AsyncLocalStorage<Context>();

/**
 * Holds the context of the running activity. For frameworks; activities use {@link Context.current}. One for all copies of this
 * package in a process: a worker loaded by `import` and activities loaded by `require` may each have their own.
 */
export const asyncLocalStorage: AsyncLocalStorage<Context> = shared[STORAGE];

/**
 * The context of a running activity: its info, heartbeats, cancellation, logger.
 *
 * An activity learns that it is cancelled through {@link Context.cancelled} or {@link Context.cancellationSignal}; it is
 * told in answer to its heartbeats. What it then does decides how it ends: rethrowing the `CancelledFailure` reports it as
 * canceled, returning a value as completed.
 *
 * @example
 * ```ts
 * import { Context } from 'perdure/activity';
 *
 * export async function copyFiles(paths: string[]): Promise<void> {
 *   const { info, heartbeat, cancellationSignal } = Context.current();
 *   for (let index = info.heartbeatDetails ?? 0; index < paths.length; index++) {
 *     await fetch(paths[index], { signal: cancellationSignal });
 *     heartbeat(index + 1);
 *   }
 * }
 * ```
 */
export class Context {
  readonly info: Info;
  /** Never resolves; rejects with a `CancelledFailure` when the activity is cancelled. */
  readonly cancelled: Promise<never>;
  /** Aborts when the activity is cancelled; its `reason` is the `CancelledFailure`. */
  get cancellationSignal(): AbortSignal {
    return this._cancellationSignal();
  }
  /** Adds the activity's attributes to every entry. */
  log: Logger;
  readonly metricMeter: MetricMeter;
  protected readonly _cancellationSignal: () => AbortSignal;
  protected readonly heartbeatFn: (details?: unknown) => void;
  protected _client: Client | (() => Client | undefined) | undefined;
  protected readonly _cancellationDetails: ActivityCancellationDetailsHolder;

  /** The context of the activity that calls; throws outside an activity. */
  static current(): Context {
    const context = asyncLocalStorage.getStore();
    if (context === undefined) throw new Error('Activity context not initialized');
    return context;
  }

  /** Made by the worker, not by activities. */
  constructor(
    info: Info,
    cancelled: Promise<never>,
    cancellationSignal: () => AbortSignal,
    heartbeatFn: (details?: unknown) => void,
    client: Client | (() => Client | undefined) | undefined,
    log: Logger,
    metricMeter: MetricMeter,
    cancellationDetails: ActivityCancellationDetailsHolder,
  ) {
    this.info = info;
    this.cancelled = cancelled;
    this._cancellationSignal = cancellationSignal;
    this.heartbeatFn = heartbeatFn;
    this._client = client;
    this.log = log;
    this.metricMeter = metricMeter;
    this._cancellationDetails = cancellationDetails;
  }

  /**
   * Says that the activity makes progress, keeps its heartbeat timeout from firing, and stores `details` for the next attempt
   * (`info.heartbeatDetails`). Calls in quick succession are throttled; the last one is never lost. Does nothing in a local
   * activity.
   */
  readonly heartbeat = (details?: unknown): void => {
    this.heartbeatFn(details);
  };

  /** A client bound to the activity's namespace. Throws `IllegalStateError` where there is none. */
  get client(): Client {
    // Most activities never ask: then none is made.
    if (typeof this._client === 'function') this._client = this._client();
    if (this._client === undefined) {
      throw new IllegalStateError(
        'No Client available. This may be a MockActivityEnvironment that was created without a Client.',
      );
    }
    return this._client;
  }

  /** Waits in memory, not durably: resolves after `ms`, or rejects with a `CancelledFailure` on cancellation. */
  readonly sleep = async (ms: Duration): Promise<void> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const elapsed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, msToNumber(ms));
    });
    try {
      await Promise.race([this.cancelled, elapsed]);
    } finally {
      clearTimeout(timer);
    }
  };

  /** Why the activity was cancelled; undefined while it is not. */
  get cancellationDetails(): ActivityCancellationDetails | undefined {
    return this._cancellationDetails.details;
  }
}
