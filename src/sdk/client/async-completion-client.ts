import { encodeErrorToFailure, encodeToPayloadsWithContext } from '../common/converter/codec-helpers.ts';
import type { ActivitySerializationContext } from '../common/converter/serialization-context.ts';
import { ensureTemporalFailure } from '../common/failure.ts';
import { filterNullAndUndefined } from '../common/objects-helpers.ts';
import type { PayloadTypeInfo } from '../common/type-info.ts';
import type { RecordActivityTaskHeartbeatResponse } from '../common/wire/requests.ts';
import {
  BaseClient,
  type BaseClientOptions,
  type DirectAddress,
  defaultBaseClientOptions,
  type LoadedWithDefaults,
} from './base-client.ts';
import {
  ActivityCancelledError,
  ActivityCompletionError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  isGrpcServiceError,
} from './errors.ts';
import { rethrowKnownErrorTypes } from './rethrow.ts';
import { grpcStatus } from './rpc-error.ts';
import { asPayloads } from './start-requests.ts';
import type { WorkflowService } from './types.ts';

export type AsyncCompletionClientOptions = BaseClientOptions;
export type LoadedAsyncCompletionClientOptions = LoadedWithDefaults<AsyncCompletionClientOptions>;

/** An activity by its IDs. */
export interface FullActivityId {
  /** Its workflow; unset for an activity without one. */
  workflowId?: string;
  /** The run of the workflow, or of the activity without one. @default the latest */
  runId?: string;
  activityId: string;
}

export interface AsyncCompletionOperationOptions {
  /**
   * Whose the payloads are, for codecs that ask: a task token does not tell.
   *
   * @experimental
   */
  serializationContext?: ActivitySerializationContext;
}

export interface AsyncCompletionCompleteOptions {
  /** @experimental */
  typeInfo?: Pick<PayloadTypeInfo, 'outputType'>;
}

type Target = Uint8Array | FullActivityId;
type Options = AsyncCompletionOperationOptions & AsyncCompletionCompleteOptions;

/**
 * Completes activities that threw `CompleteAsyncError`, by their task token or by IDs. Made by `Client`, as `client.activity`.
 *
 * ```ts
 * await client.activity.complete(taskToken, { approved: true });
 * ```
 */
export class AsyncCompletionClient extends BaseClient {
  readonly options: LoadedAsyncCompletionClientOptions;

  constructor(options: AsyncCompletionClientOptions & DirectAddress = {}) {
    super(options);
    this.options = {
      ...defaultBaseClientOptions(),
      ...filterNullAndUndefined({ ...options }),
      loadedDataConverter: this.dataConverter,
    };
  }

  /** Single calls by Temporal's names. The namespace is not filled in. */
  get workflowService(): WorkflowService {
    return this.connection.workflowService;
  }

  /** Gives the activity its result. */
  async complete(
    taskToken: Uint8Array,
    result: unknown,
    options?: AsyncCompletionCompleteOptions & AsyncCompletionOperationOptions,
  ): Promise<void>;
  async complete(
    fullActivityId: FullActivityId,
    result: unknown,
    options?: AsyncCompletionCompleteOptions,
  ): Promise<void>;
  async complete(target: Target, value: unknown, options: Options = {}): Promise<void> {
    const outputType = options.typeInfo?.outputType;
    const context = this.#contextOf(target, options);
    const payloads = await encodeToPayloadsWithContext(
      this.dataConverter,
      context,
      [value],
      outputType && [outputType],
    );
    const result = asPayloads(payloads);
    const { gateway } = this.connection;
    await this.#send(
      isToken(target)
        ? gateway.respondActivityTaskCompleted({ ...this.#caller, taskToken: target, result })
        : gateway.respondActivityTaskCompletedById({ ...this.#caller, ...target, result }),
    );
  }

  /** Fails this attempt of the activity. Whether there is another says its retry policy. */
  async fail(taskToken: Uint8Array, err: unknown, options?: AsyncCompletionOperationOptions): Promise<void>;
  async fail(fullActivityId: FullActivityId, err: unknown): Promise<void>;
  async fail(target: Target, err: unknown, options: Options = {}): Promise<void> {
    const error = ensureTemporalFailure(err);
    const failure = await encodeErrorToFailure(this.dataConverter, error, this.#contextOf(target, options));
    const { gateway } = this.connection;
    await this.#send(
      isToken(target)
        ? gateway.respondActivityTaskFailed({ ...this.#caller, taskToken: target, failure })
        : gateway.respondActivityTaskFailedById({ ...this.#caller, ...target, failure }),
    );
  }

  /** Confirms that the activity has cancelled. Refused unless its workflow asked for that. */
  async reportCancellation(
    taskToken: Uint8Array,
    details?: unknown,
    options?: AsyncCompletionOperationOptions,
  ): Promise<void>;
  async reportCancellation(fullActivityId: FullActivityId, details?: unknown): Promise<void>;
  async reportCancellation(target: Target, value?: unknown, options: Options = {}): Promise<void> {
    const details = await this.#encode(target, value, options);
    const { gateway } = this.connection;
    await this.#send(
      isToken(target)
        ? gateway.respondActivityTaskCanceled({ ...this.#caller, taskToken: target, details })
        : gateway.respondActivityTaskCanceledById({ ...this.#caller, ...target, details }),
    );
  }

  /** Says that the activity is alive, and how far. Rejects when it was asked to cancel, paused or reset. */
  async heartbeat(
    taskToken: Uint8Array,
    details?: unknown,
    options?: AsyncCompletionOperationOptions,
  ): Promise<void>;
  async heartbeat(fullActivityId: FullActivityId, details?: unknown): Promise<void>;
  async heartbeat(target: Target, value?: unknown, options: Options = {}): Promise<void> {
    const details = await this.#encode(target, value, options);
    const { gateway } = this.connection;
    const reply = await this.#send(
      isToken(target)
        ? gateway.recordActivityTaskHeartbeat({ ...this.#caller, taskToken: target, details })
        : gateway.recordActivityTaskHeartbeatById({ ...this.#caller, ...target, details }),
    );
    throwRequested(reply);
  }

  get #caller(): { namespace: string; identity: string } {
    const { namespace, identity } = this.options;
    return { namespace, identity };
  }

  async #encode(target: Target, value: unknown, options: Options) {
    return asPayloads(
      await encodeToPayloadsWithContext(this.dataConverter, this.#contextOf(target, options), [value]),
    );
  }

  #contextOf(target: Target, options: Options): ActivitySerializationContext | undefined {
    if (isToken(target)) return options.serializationContext;
    const { workflowId, activityId } = target;
    const owner = {
      type: 'activity',
      namespace: this.options.namespace,
      activityId,
      isLocal: false,
    } as const;
    return workflowId === undefined ? owner : { ...owner, workflowId };
  }

  async #send<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (err) {
      if (!isGrpcServiceError(err)) throw new ActivityCompletionError('Unexpected failure');
      const known = rethrowKnownErrorTypes(err);
      if (known.code === grpcStatus.NOT_FOUND) throw new ActivityNotFoundError('Not found');
      throw new ActivityCompletionError(known.details || known.message);
    }
  }
}

const isToken = (target: Target): target is Uint8Array => target instanceof Uint8Array;

/** Several can hold at once; cancellation is the one to act on. */
function throwRequested(reply: RecordActivityTaskHeartbeatResponse): void {
  if (reply.cancelRequested) throw new ActivityCancelledError('cancelled');
  if (reply.activityReset) throw new ActivityResetError('reset');
  if (reply.activityPaused) throw new ActivityPausedError('paused');
}
