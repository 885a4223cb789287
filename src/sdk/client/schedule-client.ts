/** Schedules: created, listed, and changed through handles. */
import { encodeMapToPayloads } from '../common/converter/codec-helpers.ts';
import { enumName } from '../common/enum-converters.ts';
import { composeInterceptors, type Headers } from '../common/interceptors.ts';
import type { Workflow } from '../common/interfaces.ts';
import { filterNullAndUndefined } from '../common/objects-helpers.ts';
import { SymbolBasedInstanceOfError, withoutUndefined } from '../common/type-helpers.ts';
import {
  type DescribeScheduleResponse,
  ScheduleOverlapPolicyEnum,
  type WireSchedulePatch,
} from '../common/wire/schedule-requests.ts';
import {
  BaseClient,
  type BaseClientOptions,
  type DirectAddress,
  defaultBaseClientOptions,
  type LoadedWithDefaults,
} from './base-client.ts';
import type { ClientContext } from './client-context.ts';
import { isGrpcServiceError, ServiceError } from './errors.ts';
import type { CreateScheduleInput, CreateScheduleOutput, ScheduleClientInterceptor } from './interceptors.ts';
import { pagesOf } from './pages.ts';
import { rethrowKnownErrorTypes } from './rethrow.ts';
import { grpcStatus } from './rpc-error.ts';
import {
  compileAction,
  decodeDescription,
  decodeSummary,
  encodeAttributes,
  encodeBackfill,
  encodeSchedule,
  type ScheduleContents,
} from './schedule-codecs.ts';
import type {
  Backfill,
  CompiledScheduleUpdateOptions,
  ScheduleDescription,
  ScheduleOptions,
  ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
  ScheduleSummary,
  ScheduleUpdateOptions,
} from './schedule-types.ts';
import type { WorkflowService } from './types.ts';

/** One schedule. Each method is one call; without such a schedule it rejects with `ScheduleNotFoundError`. */
export interface ScheduleHandle {
  readonly scheduleId: string;
  describe(): Promise<ScheduleDescription>;
  /**
   * Replaces the schedule by what `updateFn` makes of its description. What is running goes on, and times that have passed are
   * not taken again.
   *
   * ```ts
   * await handle.update((previous) => ({ ...previous, spec: { intervals: [{ every: '2h' }] } }));
   * ```
   */
  update<W extends Workflow = Workflow>(
    updateFn: (previous: ScheduleDescription) => ScheduleUpdateOptions<ScheduleOptionsStartWorkflowAction<W>>,
  ): Promise<void>;
  /** Workflows that it has started go on. */
  delete(): Promise<void>;
  /** Acts once, now, even while paused. @param overlap `ALLOW_ALL` by default */
  trigger(overlap?: ScheduleOverlapPolicy): Promise<void>;
  /** Takes the times of one span or several, even while paused, some ten a second. */
  backfill(options: Backfill | Backfill[]): Promise<void>;
  /** Times that pass from now on lead to nothing. @param note shown with the schedule */
  pause(note?: string): Promise<void>;
  /** Times from now on count again. @param note shown with the schedule */
  unpause(note?: string): Promise<void>;
  readonly client: ScheduleClient;
}

export interface ScheduleClientOptions extends BaseClientOptions {
  interceptors?: ScheduleClientInterceptor[];
}

export type LoadedScheduleClientOptions = LoadedWithDefaults<ScheduleClientOptions>;

export interface ListScheduleOptions {
  /** @default 1000 */
  pageSize?: number;
  /** Which, in the language of visibility queries: `TemporalSchedulePaused = true`. */
  query?: string;
}

/**
 * Starts workflows at times. Made by `Client`, as `client.schedule`.
 *
 * ```ts
 * await client.schedule.create({
 *   scheduleId: 'nightly-report',
 *   spec: { calendars: [{ hour: 6 }], timezone: 'Europe/Berlin' },
 *   action: { type: 'startWorkflow', workflowType: 'nightlyReport', taskQueue: 'default', args: ['sales'] },
 * });
 * ```
 */
export class ScheduleClient extends BaseClient {
  readonly options: LoadedScheduleClientOptions;

  constructor(options: ScheduleClientOptions & DirectAddress = {}) {
    super(options);
    this.options = {
      ...defaultBaseClientOptions(),
      interceptors: [],
      ...filterNullAndUndefined({ ...options }),
      loadedDataConverter: this.dataConverter,
    };
  }

  /** Single calls by Temporal's names. The namespace is not filled in. */
  get workflowService(): WorkflowService {
    return this.connection.workflowService;
  }

  /**
   * Throws `ScheduleAlreadyRunning` when there is one with this ID, and `TypeError` for a spec that makes no sense.
   */
  async create<W extends Workflow = Workflow>(
    options: ScheduleOptions<ScheduleOptionsStartWorkflowAction<W>>,
  ): Promise<ScheduleHandle> {
    // Sound: the arguments have been checked against the workflow by now.
    await this._createSchedule(options as ScheduleOptions);
    return this.getHandle(options.scheduleId);
  }

  protected async _createSchedule(options: ScheduleOptions): Promise<void> {
    assertRequiredOptions(options, 'CREATE');
    const compiled = { ...options, action: compileAction(options.scheduleId, options.action) };
    const create = composeInterceptors(this.options.interceptors, 'create', (input: CreateScheduleInput) =>
      this._createScheduleHandler(input),
    );
    await create({ options: compiled, headers: {} });
  }

  protected async _createScheduleHandler({
    options,
    headers,
  }: CreateScheduleInput): Promise<CreateScheduleOutput> {
    const { scheduleId, memo, state } = options;
    const request = withoutUndefined({
      ...this.#address(scheduleId),
      identity: this.options.identity,
      requestId: crypto.randomUUID(),
      schedule: await encodeSchedule(this.#context, withoutUndefined(options), headers),
      memo: memo && { fields: await encodeMapToPayloads(this.dataConverter, memo) },
      searchAttributes: encodeAttributes(options),
      initialPatch: withoutUndefined({
        triggerImmediately: state?.triggerImmediately ? { overlapPolicy: 'ALLOW_ALL' as const } : undefined,
        backfillRequest: state?.backfill?.map(encodeBackfill),
      }),
    });
    try {
      const { conflictToken = new Uint8Array() } = await this.connection.gateway.createSchedule(request);
      return { conflictToken };
    } catch (err) {
      if (isGrpcServiceError(err) && err.code === grpcStatus.ALREADY_EXISTS)
        throw new ScheduleAlreadyRunning('Schedule already exists and is running', scheduleId);
      return this.rethrowGrpcError(err, 'Failed to create schedule', scheduleId);
    }
  }

  protected async _describeSchedule(scheduleId: string): Promise<DescribeScheduleResponse> {
    return await this.connection.gateway
      .describeSchedule(this.#address(scheduleId))
      .catch((err: unknown) => this.rethrowGrpcError(err, 'Failed to describe schedule', scheduleId));
  }

  protected async _updateSchedule(
    scheduleId: string,
    options: CompiledScheduleUpdateOptions,
    header: Headers,
  ): Promise<void> {
    // Sound: the type of `state`, which is Temporal's, says less than callers give.
    const schedule = await encodeSchedule(this.#context, options as ScheduleContents, header);
    const request = withoutUndefined({
      ...this.#address(scheduleId),
      schedule,
      identity: this.options.identity,
      requestId: crypto.randomUUID(),
      searchAttributes: encodeAttributes(options),
    });
    await this.connection.gateway
      .updateSchedule(request)
      .catch((err: unknown) => this.rethrowGrpcError(err, 'Failed to update schedule', scheduleId));
  }

  protected async _patchSchedule(scheduleId: string, patch: WireSchedulePatch): Promise<void> {
    const { identity } = this.options;
    await this.connection.gateway
      .patchSchedule({ ...this.#address(scheduleId), identity, requestId: crypto.randomUUID(), patch })
      .catch((err: unknown) => this.rethrowGrpcError(err, 'Failed to patch schedule', scheduleId));
  }

  protected async _deleteSchedule(scheduleId: string): Promise<void> {
    const { identity } = this.options;
    await this.connection.gateway
      .deleteSchedule({ ...this.#address(scheduleId), identity })
      .catch((err: unknown) => this.rethrowGrpcError(err, 'Failed to delete schedule', scheduleId));
  }

  /** All schedules of the namespace, or those that `query` selects, the newest first. Fetched page by page. */
  async *list({ pageSize, query }: ListScheduleOptions = {}): AsyncIterable<ScheduleSummary> {
    const { namespace } = this.options;
    const request = withoutUndefined({ namespace, maximumPageSize: pageSize, query });
    const pages = pagesOf((next) =>
      this.connection.gateway
        .listSchedules({ ...request, ...next })
        .catch((err: unknown) => this.rethrowGrpcError(err, 'Failed to list schedules')),
    );
    for await (const { schedules = [] } of pages) {
      for (const entry of schedules) yield await decodeSummary(this.#context, entry);
    }
  }

  /** Does not ask whether there is such a schedule. */
  getHandle(scheduleId: string): ScheduleHandle {
    const describe = async () =>
      decodeDescription(this.#context, scheduleId, await this._describeSchedule(scheduleId));
    return {
      client: this,
      scheduleId,
      describe,
      update: async (updateFn) => {
        const response = await this._describeSchedule(scheduleId);
        const updated = updateFn(await decodeDescription(this.#context, scheduleId, response));
        // Sound: the arguments have been checked against the workflow by now.
        const options = updated as ScheduleUpdateOptions;
        assertRequiredOptions(options, 'UPDATE');
        const compiled = { ...options, action: compileAction(scheduleId, options.action) };
        const headers = response.schedule?.action?.startWorkflow?.header?.fields ?? {};
        await this._updateSchedule(scheduleId, compiled, headers);
      },
      delete: () => this._deleteSchedule(scheduleId),
      pause: (note = 'Paused via TypeScript SDK"') => this._patchSchedule(scheduleId, { pause: note }),
      unpause: (note = 'Unpaused via TypeScript SDK"') => this._patchSchedule(scheduleId, { unpause: note }),
      trigger: (overlap) => {
        const overlapPolicy = enumName(ScheduleOverlapPolicyEnum, overlap) ?? 'ALLOW_ALL';
        return this._patchSchedule(scheduleId, { triggerImmediately: { overlapPolicy } });
      },
      backfill: (options) => {
        const spans = Array.isArray(options) ? options : [options];
        return this._patchSchedule(scheduleId, { backfillRequest: spans.map(encodeBackfill) });
      },
    };
  }

  protected rethrowGrpcError(err: unknown, fallbackMessage: string, scheduleId?: string): never {
    if (!isGrpcServiceError(err))
      throw new ServiceError('Unexpected error while making gRPC request', { cause: err as Error });
    const known = rethrowKnownErrorTypes(err);
    if (known.code === grpcStatus.NOT_FOUND) throw new ScheduleNotFoundError(known.details, scheduleId ?? '');
    const spec = /^Invalid schedule spec: (.*)$/s.exec(known.details);
    if (known.code === grpcStatus.INVALID_ARGUMENT && spec?.[1] !== undefined) throw new TypeError(spec[1]);
    throw new ServiceError(fallbackMessage, { cause: known });
  }

  #address(scheduleId: string) {
    return { namespace: this.options.namespace, scheduleId };
  }

  get #context(): ClientContext {
    const { namespace, identity } = this.options;
    return { gateway: this.connection.gateway, dataConverter: this.dataConverter, namespace, identity };
  }
}

function assertRequiredOptions(
  options: Pick<ScheduleOptions, 'action'> & { scheduleId?: string },
  use: 'CREATE' | 'UPDATE',
): void {
  const structure = use === 'CREATE' ? 'ScheduleOptions' : 'ScheduleUpdateOptions';
  if (use === 'CREATE' && !options.scheduleId) throw new TypeError(`Missing ${structure}.scheduleId`);
  const { taskQueue, workflowType } = options.action;
  if (!taskQueue) throw new TypeError(`Missing ${structure}.action.taskQueue for 'startWorkflow' action`);
  if (!workflowType)
    throw new TypeError(`Missing ${structure}.action.workflowType for 'startWorkflow' action`);
}

/** There is a schedule with this ID. */
export class ScheduleAlreadyRunning extends Error {
  readonly scheduleId: string;

  constructor(message: string, scheduleId: string) {
    super(message);
    this.scheduleId = scheduleId;
  }

  static {
    SymbolBasedInstanceOfError('ScheduleAlreadyRunning')(ScheduleAlreadyRunning);
  }
}

/** There is no such schedule, or not any more. */
export class ScheduleNotFoundError extends Error {
  readonly scheduleId: string;

  constructor(message: string, scheduleId: string) {
    super(message);
    this.scheduleId = scheduleId;
  }

  static {
    SymbolBasedInstanceOfError('ScheduleNotFoundError')(ScheduleNotFoundError);
  }
}
