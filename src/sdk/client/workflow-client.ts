import { composeInterceptors } from '../common/interceptors.ts';
import type { UpdateDefinition, Workflow, WorkflowResultType } from '../common/interfaces.ts';
import { filterNullAndUndefined } from '../common/objects-helpers.ts';
import type { Any } from '../common/type-helpers.ts';
import {
  extractWorkflowTypeAndConfig,
  type WithWorkflowArgs,
  type WorkflowTypeOptions,
} from '../common/workflow-options.ts';
import {
  BaseClient,
  type BaseClientOptions,
  type DirectAddress,
  defaultBaseClientOptions,
  type LoadedWithDefaults,
} from './base-client.ts';
import type { WorkflowRunResult } from './calls/result-call.ts';
import type { ClientContext } from './client-context.ts';
import { createHandle } from './create-handle.ts';
import {
  adaptStart,
  type WorkflowClientInterceptor,
  type WorkflowClientInterceptors,
  type WorkflowStartInput,
  type WorkflowStartOutput,
} from './interceptors.ts';
import { InternalWorkflowStartOptionsSymbol, internalOptionsOf, keepLink } from './internal-options.ts';
import {
  assertRequiredWorkflowOptions,
  rethrowStartError,
  toSignalWithStartRequest,
  toStartRequest,
} from './start-requests.ts';
import {
  type CountWorkflowExecution,
  type InternalConnectionLike,
  InternalConnectionLikeSymbol,
  type QueryRejectCondition,
  type WorkflowService,
} from './types.ts';
import { settlementOf, type WithStartWorkflowOperation } from './with-start-operation.ts';
import type {
  WorkflowHandle,
  WorkflowHandleWithSignaledRunId,
  WorkflowHandleWithStartDetails,
  WorkflowUpdateHandle,
} from './workflow-handle.ts';
import {
  type AsyncWorkflowListIterable,
  countWorkflows,
  type ListOptions,
  listWorkflows,
  mapConcurrently,
} from './workflow-list.ts';
import {
  type CompiledWorkflowOptions,
  compileWorkflowOptions,
  type WorkflowOptions,
  type WorkflowSignalWithStartOptions,
  type WorkflowStartOptions,
  type WorkflowUpdateOptions,
} from './workflow-options.ts';
import { awaitResult, type WorkflowResultOptions } from './workflow-result.ts';
import {
  createUpdateHandle,
  pollOutcome,
  resolveUpdate,
  sendUpdateWithStart,
  type WaitStage,
} from './workflow-updates.ts';

export interface WorkflowClientOptions extends BaseClientOptions {
  interceptors?: WorkflowClientInterceptors | WorkflowClientInterceptor[];
  /**
   * When queries are not put to a workflow.
   *
   * @default NONE
   */
  queryRejectCondition?: QueryRejectCondition;
}

export type LoadedWorkflowClientOptions = LoadedWithDefaults<WorkflowClientOptions>;

export interface GetWorkflowHandleOptions extends WorkflowResultOptions {
  /** The first run of the chain: calls leave other chains under the same ID alone. */
  firstExecutionRunId?: string;
}

/** How long `execute` asks the server to hold the start for the result, before it waits by itself. */
const EXECUTE_WAIT_MS = 10_000;

type UpdateWithStartOptions<T extends Workflow> = WorkflowUpdateOptions & {
  startWorkflowOperation: WithStartWorkflowOperation<T>;
};

/** Starts workflows and gives handles to them. Made by `Client`, as `client.workflow`. */
export class WorkflowClient extends BaseClient {
  readonly options: LoadedWorkflowClientOptions;

  constructor(options: WorkflowClientOptions & DirectAddress = {}) {
    super(options);
    this.options = {
      ...defaultBaseClientOptions(),
      interceptors: [],
      queryRejectCondition: 'NONE',
      ...filterNullAndUndefined({ ...options }),
      loadedDataConverter: this.dataConverter,
    };
  }

  /** Single calls by Temporal's names. The namespace is not filled in. */
  get workflowService(): WorkflowService {
    return this.connection.workflowService;
  }

  /** Starts a workflow. Resolves when the start is recorded. */
  async start<T extends Workflow>(
    workflowTypeOrFunc: string | T,
    options: WorkflowStartOptions<T>,
  ): Promise<WorkflowHandleWithStartDetails<T>> {
    const interceptors = this.getOrMakeInterceptors(options.workflowId);
    const type = extractWorkflowTypeAndConfig(workflowTypeOrFunc, options.typeInfo);
    const { runId, eagerlyStarted } = await this.#start(type, options, interceptors);
    // The handle follows the chain: only the result begins at this run.
    const handle = this.#handle<T>(options.workflowId, interceptors, {
      firstExecutionRunId: runId,
      runIdForResult: runId,
      followRuns: options.followRuns ?? true,
      ...typeInfoOf(type),
    });
    return { ...handle, firstExecutionRunId: runId, eagerlyStarted };
  }

  /** Starts a workflow and waits for its result. A short one takes a single round trip. */
  async execute<T extends Workflow>(
    workflowTypeOrFunc: string | T,
    options: WorkflowStartOptions<T>,
  ): Promise<WorkflowResultType<T>> {
    const { workflowId, followRuns = true } = options;
    const interceptors = this.getOrMakeInterceptors(workflowId);
    const type = extractWorkflowTypeAndConfig(workflowTypeOrFunc, options.typeInfo);
    let closed: WorkflowRunResult | undefined;
    await this.#start(type, options, interceptors, (result) => {
      closed = result;
    });
    const first = closed?.closeEvent;
    // The type parameter says what the workflow returns.
    return (await awaitResult(
      this.#context,
      workflowId,
      closed?.runId,
      { followRuns, ...typeInfoOf(type) },
      first,
    )) as WorkflowResultType<T>;
  }

  /** Signals the open run of this ID, or starts one that finds the signal waiting. */
  async signalWithStart<WorkflowFn extends Workflow, SignalArgs extends Any[] = []>(
    workflowTypeOrFunc: string | WorkflowFn,
    options: WithWorkflowArgs<WorkflowFn, WorkflowSignalWithStartOptions<SignalArgs>>,
  ): Promise<WorkflowHandleWithSignaledRunId<WorkflowFn>> {
    const { signal, signalArgs, signalTypeInfo, ...startOptions } = options;
    if (typeof signal !== 'string' && signalTypeInfo !== undefined) {
      throw new TypeError(
        'Cannot provide call-site Signal TypeInfo with a Signal definition. ' +
          'Use defineSignal(..., { typeInfo }) on the Signal definition instead.',
      );
    }
    const { workflowId } = startOptions;
    const interceptors = this.getOrMakeInterceptors(workflowId);
    const type = extractWorkflowTypeAndConfig(workflowTypeOrFunc, startOptions.typeInfo);
    const info = typeof signal === 'string' ? signalTypeInfo : signal.typeInfo;
    const send = composeInterceptors(interceptors, 'signalWithStart', async (input) => {
      const request = await toSignalWithStartRequest(this.#context, input);
      return await this.connection.gateway
        .signalWithStartWorkflowExecution(request)
        .then(({ runId, signalLink }) => {
          keepLink(internalOptionsOf(input.options, InternalWorkflowStartOptionsSymbol), signalLink);
          return runId;
        })
        .catch((err: unknown) =>
          rethrowStartError(err, 'Failed to signalWithStart Workflow', workflowId, type.type),
        );
    });
    const runId = await send({
      options: compile(startOptions, type),
      headers: {},
      workflowType: type.type,
      signalName: typeof signal === 'string' ? signal : signal.name,
      signalArgs: [...(signalArgs ?? [])],
      ...(info ? { signalTypeInfo: info } : {}),
    });
    // Whether this run is the first of its chain is not known.
    const followRuns = startOptions.followRuns ?? true;
    const handle = this.#handle<WorkflowFn>(workflowId, interceptors, {
      runIdForResult: runId,
      followRuns,
      ...typeInfoOf(type),
    });
    return { ...handle, signaledRunId: runId };
  }

  /** Sends an update to the open run of this ID, or to one it starts, and waits for the update's result. */
  async executeUpdateWithStart<T extends Workflow, Ret, Args extends Any[]>(
    updateDef: UpdateDefinition<Ret, Args> | string,
    updateOptions: UpdateWithStartOptions<T> & { args?: Args },
  ): Promise<Ret> {
    const handle = await this.#updateWithStart<T, Ret>(updateDef, 'COMPLETED', updateOptions);
    return await handle.result();
  }

  /** Like `executeUpdateWithStart`, but waits until the update is accepted only. */
  async startUpdateWithStart<T extends Workflow, Ret, Args extends Any[]>(
    updateDef: UpdateDefinition<Ret, Args> | string,
    updateOptions: UpdateWithStartOptions<T> & { args?: Args; waitForStage: 'ACCEPTED' },
  ): Promise<WorkflowUpdateHandle<Ret>> {
    const { waitForStage, ...options } = updateOptions;
    return await this.#updateWithStart<T, Ret>(updateDef, waitForStage, options);
  }

  /** Waits for the result of a workflow. */
  async result<T extends Workflow>(
    workflowId: string,
    runId?: string,
    opts?: WorkflowResultOptions,
  ): Promise<WorkflowResultType<T>> {
    // The type parameter says what the workflow returns.
    return (await awaitResult(this.#context, workflowId, runId, opts ?? {})) as WorkflowResultType<T>;
  }

  /**
   * A handle to a workflow that exists, or may. Nothing is asked of the server. Without `runId` it means the current run;
   * `firstExecutionRunId` binds it to a chain.
   */
  getHandle<T extends Workflow>(
    workflowId: string,
    runId?: string,
    options?: GetWorkflowHandleOptions,
  ): WorkflowHandle<T> {
    const { firstExecutionRunId, followRuns = true, typeInfo } = options ?? {};
    return this.#handle<T>(workflowId, this.getOrMakeInterceptors(workflowId, runId), {
      runId,
      firstExecutionRunId,
      runIdForResult: runId ?? firstExecutionRunId,
      followRuns,
      ...(typeInfo ? { typeInfo } : {}),
    });
  }

  /** Workflows that a query matches, some seconds behind what they are. */
  list(options?: ListOptions): AsyncWorkflowListIterable {
    return {
      [Symbol.asyncIterator]: () => listWorkflows(this.#context, options),
      intoHistories: ({ concurrency = 5 } = {}) =>
        mapConcurrently(
          listWorkflows(this.#context, options),
          concurrency,
          async ({ workflowId, runId }) => ({
            workflowId,
            history: await this.getHandle(workflowId, runId).fetchHistory(),
          }),
        ),
    };
  }

  /** How many workflows a query matches. */
  async count(query?: string): Promise<CountWorkflowExecution> {
    return await countWorkflows(this.#context, query);
  }

  protected getOrMakeInterceptors(workflowId: string, runId?: string): WorkflowClientInterceptor[] {
    const { interceptors } = this.options;
    if (Array.isArray(interceptors)) return interceptors;
    return (interceptors.calls ?? []).map((make) => make({ workflowId, runId }));
  }

  get #context(): ClientContext {
    const { namespace, identity } = this.options;
    const { gateway } = this.connection;
    const inner = (this.connection as InternalConnectionLike)[InternalConnectionLikeSymbol];
    const supportsEagerStart = inner?.supportsEagerStart ?? false;
    return { gateway, dataConverter: this.dataConverter, namespace, identity, supportsEagerStart };
  }

  async #start(
    type: WorkflowTypeOptions,
    options: WorkflowOptions & { args?: readonly unknown[] },
    interceptors: WorkflowClientInterceptor[],
    onResult?: (result: WorkflowRunResult | undefined) => void,
  ): Promise<WorkflowStartOutput> {
    const compiled = compile(options, type);
    const send = async (input: WorkflowStartInput): Promise<WorkflowStartOutput> => {
      const request = await toStartRequest(this.#context, input);
      try {
        const callOptions = onResult ? { waitMs: EXECUTE_WAIT_MS } : {};
        const response = await this.connection.gateway.startWorkflowExecution(request, callOptions);
        const { runId, result } = response;
        keepLink(internalOptionsOf(input.options, InternalWorkflowStartOptionsSymbol), response.link);
        onResult?.(result);
        return { runId, eagerlyStarted: false };
      } catch (err) {
        return rethrowStartError(
          err,
          'Failed to start Workflow',
          input.options.workflowId,
          input.workflowType,
        );
      }
    };
    const start = composeInterceptors(interceptors.map(adaptStart), 'startWithDetails', send);
    return await start({ options: compiled, headers: {}, workflowType: type.type });
  }

  async #updateWithStart<T extends Workflow, Ret>(
    updateDef: UpdateDefinition<Ret, Any> | string,
    waitForStage: WaitStage,
    {
      args,
      startWorkflowOperation,
      typeInfo: callSite,
      updateId,
    }: UpdateWithStartOptions<T> & { args?: Any[] },
  ): Promise<WorkflowUpdateHandle<Ret>> {
    const { updateName, typeInfo: updateTypeInfo } = resolveUpdate(updateDef, callSite);
    const { workflowTypeOrFunc, options } = startWorkflowOperation;
    const { workflowId } = options;
    const settlement = settlementOf(
      startWorkflowOperation as unknown as WithStartWorkflowOperation<Workflow>,
    );
    settlement.use();
    const type = extractWorkflowTypeAndConfig(workflowTypeOrFunc, options.typeInfo);
    const compiled = compile(options, type);
    const interceptors = this.getOrMakeInterceptors(workflowId);
    const callbacks = {
      onStart: ({ runId }: { runId: string }) =>
        settlement.resolve(
          this.#handle(workflowId, interceptors, {
            firstExecutionRunId: runId,
            followRuns: options.followRuns ?? true,
            ...typeInfoOf(type),
          }),
        ),
      onStartError: (error: unknown) => settlement.reject(error),
    };
    const send = composeInterceptors(interceptors, 'startUpdateWithStart', (input) =>
      sendUpdateWithStart(this.#context, waitForStage, callbacks, input),
    );
    const output = await send({
      workflowType: type.type,
      workflowStartOptions: compiled,
      workflowStartHeaders: {},
      updateName,
      updateArgs: args ?? [],
      updateOptions: updateId === undefined ? {} : { updateId },
      updateHeaders: {},
      ...(updateTypeInfo ? { updateTypeInfo } : {}),
    });
    const { updateOutcome, updateOutputTypeInfo: outputTypeInfo } = output;
    const workflowRunId = output.workflowExecution.runId;
    const isWaiting = !updateOutcome && waitForStage === 'COMPLETED';
    const execution = workflowRunId ? { workflowId, runId: workflowRunId } : { workflowId };
    const outcome = isWaiting ? await pollOutcome(this.#context, output.updateId, execution) : updateOutcome;
    return createUpdateHandle<Ret>(this.#context, {
      updateId: output.updateId,
      workflowId,
      workflowRunId,
      outcome,
      outputTypeInfo,
    });
  }

  #handle<T extends Workflow>(
    workflowId: string,
    interceptors: readonly WorkflowClientInterceptor[],
    runs: WorkflowResultOptions & {
      runId?: string | undefined;
      firstExecutionRunId?: string | undefined;
      runIdForResult?: string | undefined;
    },
  ): WorkflowHandle<T> {
    const { queryRejectCondition } = this.options;
    return createHandle<T>({
      client: this,
      context: this.#context,
      interceptors,
      queryRejectCondition,
      workflowId,
      ...runs,
    });
  }
}

function compile(
  options: WorkflowOptions & { args?: readonly unknown[] },
  type: WorkflowTypeOptions,
): CompiledWorkflowOptions {
  assertRequiredWorkflowOptions(options);
  return compileWorkflowOptions({ ...options, args: [...(options.args ?? [])], ...typeInfoOf(type) });
}

function typeInfoOf({ typeInfo }: WorkflowTypeOptions): Pick<WorkflowOptions, 'typeInfo'> {
  return typeInfo ? { typeInfo } : {};
}
