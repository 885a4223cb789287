import {
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
} from '../common/converter/codec-helpers.ts';
import { composeInterceptors } from '../common/interceptors.ts';
import { msOptionalToNumber } from '../common/time.ts';
import { type Any, withoutUndefined } from '../common/type-helpers.ts';
import type { TypeInfo } from '../common/type-info.ts';
import { type ActivityHandle, type ActivityHandlers, createActivityHandle } from './activity-handle.ts';
import type {
  ActivityCancelInput,
  ActivityClientInterceptor,
  ActivityCountInput,
  ActivityDescribeInput,
  ActivityGetResultInput,
  ActivityListInput,
  ActivityPauseInput,
  ActivityRestoreOriginalOptionsInput,
  ActivityStartInput,
  ActivityTerminateInput,
  ActivityUnpauseInput,
  ActivityUpdateOptionsInput,
} from './activity-interceptors.ts';
import type {
  ActivityOptions,
  ActivityOptionsUpdate,
  ActivityOptionsUpdateResult,
  GetActivityHandleOptions,
  TypedActivityClient,
} from './activity-options.ts';
import {
  type ActivityOwner,
  checkActivityOptions,
  decodeActivityDescription,
  decodeListInfo,
  decodeOptions,
  toOptionsUpdate,
  toStartRequest,
} from './activity-requests.ts';
import { rethrowActivityError, throwAlreadyStarted } from './activity-rethrow.ts';
import type {
  ActivityExecutionDescription,
  ActivityExecutionInfo,
  CountActivityExecutions,
} from './activity-types.ts';
import { AsyncCompletionClient, type AsyncCompletionClientOptions } from './async-completion-client.ts';
import type { DirectAddress } from './base-client.ts';
import { decodeCount } from './description.ts';
import { ActivityExecutionFailedError } from './errors.ts';
import { InternalActivityStartOptionsSymbol, internalOptionsOf, keepLink } from './internal-options.ts';
import { pagesOf } from './pages.ts';

export type { ActivityHandle } from './activity-handle.ts';
export type {
  ActivityArgs,
  ActivityDescribeOptions,
  ActivityName,
  ActivityOptions,
  ActivityOptionsFor,
  ActivityOptionsUpdate,
  ActivityOptionsUpdateResult,
  ActivityOptionsWithArgs,
  ActivityPauseOptions,
  ActivityResult,
  ActivityUnpauseOptions,
  GetActivityHandleOptions,
  TypedActivityClient,
} from './activity-options.ts';

export interface ActivityClientOptions extends AsyncCompletionClientOptions {
  interceptors?: ActivityClientInterceptor[];
}

interface OfActivity {
  readonly activityId: string;
  readonly activityRunId: string;
}

/**
 * Runs activities without a workflow, and completes those that threw `CompleteAsyncError`. Made by `Client`, as `client.activity`.
 *
 * ```ts
 * const sent = await client.activity.execute('sendInvoice', {
 *   id: 'invoice-1', taskQueue: 'default', args: ['order-1'], startToCloseTimeout: '1 minute',
 * });
 * ```
 */
export class ActivityClient extends AsyncCompletionClient implements TypedActivityClient<Any> {
  readonly #handlers: ActivityHandlers;
  readonly #interceptors: readonly ActivityClientInterceptor[];

  constructor(options: ActivityClientOptions & DirectAddress = {}) {
    const { interceptors = [], ...common } = options;
    super(common);
    this.#interceptors = interceptors;
    this.#handlers = {
      start: composeInterceptors(interceptors, 'start', this.startHandler.bind(this)),
      getResult: composeInterceptors(interceptors, 'getResult', this.getResultHandler.bind(this)),
      describe: composeInterceptors(interceptors, 'describe', this.describeHandler.bind(this)),
      cancel: composeInterceptors(interceptors, 'cancel', this.cancelHandler.bind(this)),
      terminate: composeInterceptors(interceptors, 'terminate', this.terminateHandler.bind(this)),
      list: composeInterceptors(interceptors, 'list', this.listHandler.bind(this)),
      count: composeInterceptors(interceptors, 'count', this.countHandler.bind(this)),
      pause: composeInterceptors(interceptors, 'pause', this.pauseHandler.bind(this)),
      unpause: composeInterceptors(interceptors, 'unpause', this.unpauseHandler.bind(this)),
      updateOptions: composeInterceptors(interceptors, 'updateOptions', this.updateOptionsHandler.bind(this)),
      restoreOriginalOptions: composeInterceptors(
        interceptors,
        'restoreOriginalOptions',
        this.restoreOriginalOptionsHandler.bind(this),
      ),
    };
  }

  /** Those it was made with. */
  get interceptors(): readonly ActivityClientInterceptor[] {
    return this.#interceptors;
  }

  /** The same client, typed by the activities that it may start. */
  typed<T>(): TypedActivityClient<T> {
    return this;
  }

  /**
   * Starts an activity and resolves once that is certain. Throws `ActivityExecutionAlreadyStartedError` when its ID is taken and the
   * policies say so.
   */
  async start<R = Any>(activity: string, options: ActivityOptions): Promise<ActivityHandle<R>> {
    return this.#handlers.start({ activityType: activity, options, headers: {} });
  }

  /** Starts an activity and waits for its result. Rejects with `ActivityExecutionFailedError` when it did not complete. */
  async execute<R = Any>(activity: string, options: ActivityOptions): Promise<R> {
    const handle = await this.start<R>(activity, options);
    return handle.result();
  }

  /** A handle to what need not exist: its methods find out. Without a run ID it means the latest run. */
  getHandle<R = Any>(activityId: string, runId?: string): ActivityHandle<R> {
    return this.createHandle<R>(activityId, runId);
  }

  getHandleWithOptions<R = Any>(activityId: string, options: GetActivityHandleOptions): ActivityHandle<R> {
    return this.createHandle<R>(activityId, options.runId, options.typeInfo?.outputType);
  }

  /**
   * Activities that match a visibility query, open ones first: `ActivityType = 'sendInvoice' AND ExecutionStatus = 'Running'`. The
   * index follows a moment behind.
   */
  list(query: string): AsyncIterable<ActivityExecutionInfo> {
    return this.#handlers.list({ query, headers: {} });
  }

  /** How many match; `GROUP BY ExecutionStatus` counts by status. */
  async count(query: string): Promise<CountActivityExecutions> {
    return this.#handlers.count({ query, headers: {} });
  }

  protected createHandle<R>(activityId: string, runId?: string, outputType?: TypeInfo): ActivityHandle<R> {
    return createActivityHandle<R>(this.#handlers, { activityId, runId, outputType });
  }

  protected async startHandler(input: ActivityStartInput): Promise<ActivityHandle> {
    const { activityType, options } = input;
    if (!activityType) throw new TypeError('activityType is required');
    checkActivityOptions(options);
    const { id, typeInfo } = options;
    try {
      const request = await toStartRequest(input, this.#ownerOf(id), this.#caller);
      const { runId, link } = await this.connection.gateway.startActivityExecution(request);
      keepLink(internalOptionsOf(options, InternalActivityStartOptionsSymbol), link);
      return this.createHandle(id, runId, typeInfo?.outputType);
    } catch (err) {
      throwAlreadyStarted(err, id);
      return this.rethrowGrpcError(err, 'Failed to start activity');
    }
  }

  /** Asks again as long as the activity is open. */
  protected async getResultHandler({ outputType, ...input }: ActivityGetResultInput): Promise<Any> {
    const { dataConverter, context } = this.#ownerOf(input.activityId);
    for (;;) {
      const { runId, outcome } = await this.#send('Failed to get activity result', () =>
        this.connection.gateway.pollActivityExecution(this.#one(input)),
      );
      if (outcome?.failure !== undefined) {
        const cause = await decodeOptionalFailureToOptionalError(dataConverter, outcome.failure, context);
        const run = runId || input.activityRunId || undefined;
        throw new ActivityExecutionFailedError('Activity execution failed', cause, input.activityId, run);
      }
      if (outcome?.result === undefined) continue;
      const { payloads } = outcome.result;
      return payloads?.length
        ? decodeFromPayloadsAtIndex(dataConverter, 0, payloads, context, outputType)
        : undefined;
    }
  }

  protected async describeHandler(input: ActivityDescribeInput): Promise<ActivityExecutionDescription> {
    return this.#send('Failed to describe activity', async () => {
      const request = { ...this.#one(input), ...input.options };
      const response = await this.connection.gateway.describeActivityExecution(request);
      return decodeActivityDescription(response, this.#ownerOf(input.activityId));
    });
  }

  protected async cancelHandler(input: ActivityCancelInput): Promise<void> {
    await this.#send('Failed to request activity cancellation', () =>
      this.connection.gateway.requestCancelActivityExecution(this.#command(input)),
    );
  }

  protected async terminateHandler(input: ActivityTerminateInput): Promise<void> {
    await this.#send('Failed to terminate activity', () =>
      this.connection.gateway.terminateActivityExecution(this.#command(input)),
    );
  }

  protected async *listHandler({ query }: ActivityListInput): AsyncIterable<ActivityExecutionInfo> {
    const { namespace } = this.options;
    const pages = pagesOf((next) =>
      this.#send('Failed to list activities', () =>
        this.connection.gateway.listActivityExecutions({ namespace, query, ...next }),
      ),
    );
    for await (const { executions = [] } of pages) {
      for (const info of executions) yield await decodeListInfo(info);
    }
  }

  protected async countHandler({ query }: ActivityCountInput): Promise<CountActivityExecutions> {
    const { namespace } = this.options;
    return decodeCount(
      await this.#send('Failed to count activities', () =>
        this.connection.gateway.countActivityExecutions({ namespace, query }),
      ),
    );
  }

  protected async pauseHandler({ options, ...input }: ActivityPauseInput): Promise<void> {
    await this.#send('Failed to request activity pause', () =>
      this.connection.gateway.pauseActivityExecution(this.#command({ ...input, reason: options.reason })),
    );
  }

  protected async unpauseHandler({ options, ...input }: ActivityUnpauseInput): Promise<void> {
    const jitter = msOptionalToNumber(options.jitter);
    await this.#send('Failed to request activity unpause', () =>
      this.connection.gateway.unpauseActivityExecution({
        ...this.#one(input),
        identity: this.options.identity,
        ...(jitter !== undefined && { jitter }),
      }),
    );
  }

  protected async updateOptionsHandler(
    input: ActivityUpdateOptionsInput,
  ): Promise<ActivityOptionsUpdateResult> {
    return this.#changeOptions(input, 'Failed to update activity options', toOptionsUpdate(input.options));
  }

  protected async restoreOriginalOptionsHandler(
    input: ActivityRestoreOriginalOptionsInput,
  ): Promise<ActivityOptionsUpdate> {
    const restored = { restoreOriginal: true };
    return this.#changeOptions(input, 'Failed to restore original activity options', restored);
  }

  async #changeOptions(
    input: OfActivity,
    fallbackMessage: string,
    change: Partial<ReturnType<typeof toOptionsUpdate>> & { restoreOriginal?: boolean },
  ): Promise<ActivityOptionsUpdateResult> {
    const { activityOptions } = await this.#send(fallbackMessage, () =>
      this.connection.gateway.updateActivityExecutionOptions({
        ...this.#one(input),
        identity: this.options.identity,
        ...change,
      }),
    );
    return decodeOptions(activityOptions);
  }

  protected rethrowGrpcError(err: unknown, fallbackMessage: string): never {
    return rethrowActivityError(err, fallbackMessage);
  }

  async #send<T>(fallbackMessage: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (err) {
      return this.rethrowGrpcError(err, fallbackMessage);
    }
  }

  get #caller(): { namespace: string; identity: string } {
    const { namespace, identity } = this.options;
    return { namespace, identity };
  }

  #one({ activityId, activityRunId }: OfActivity) {
    if (!activityId) throw new TypeError('activityId is required');
    const { namespace } = this.options;
    return withoutUndefined({ namespace, activityId, runId: activityRunId || undefined });
  }

  #command({ reason, ...input }: OfActivity & { reason?: string | undefined }) {
    const { identity } = this.options;
    const requestId = crypto.randomUUID();
    return withoutUndefined({ ...this.#one(input), identity, requestId, reason: reason || undefined });
  }

  #ownerOf(activityId: string): ActivityOwner {
    const { namespace } = this.options;
    const { dataConverter } = this;
    return { dataConverter, context: { type: 'activity', namespace, activityId, isLocal: false } };
  }
}
