/** A worker: polls a task queue, runs its workflows and activities, reports what came of them. */
import { randomUUID } from 'node:crypto';
import type { Observable } from 'rxjs';
import type { Client } from '../client/client.ts';
import { loadDataConverter } from '../common/converter/data-converter.ts';
import { IllegalStateError } from '../common/errors.ts';
import { type Logger, LoggerWithComposedMetadata, SdkComponent } from '../common/logger.ts';
import { durationToMs } from '../common/time.ts';
import { checkCompiledOptions } from './check-options.ts';
import { compileWorkerOptions, optionsForLogs } from './compile-options.ts';
import type { History } from './history.ts';
import { loadModule } from './load-module.ts';
import { NativeConnection } from './native-connection.ts';
import { type ReplayHistoriesIterable, type ReplayResult, replayHistories } from './replay.ts';
import { combine, type FunctionOrPromise, type RunUntilOptions, settle, within } from './run-until.ts';
import { Runtime } from './runtime.ts';
import { assertNamespace, transportError } from './worker-connection.ts';
import type {
  CompiledWorkerOptions,
  ReplayWorkerOptions,
  WorkerOptions,
  WorkerPlugin,
} from './worker-options.ts';
import { buildWorkerParts, type WorkerParts } from './worker-parts.ts';
import { announceShutdown, windDown } from './worker-shutdown.ts';
import { pollerStateOf, type State, type WorkerStatus } from './worker-state.ts';
import { sourceTextOf, workflowBundleOf } from './workflow-code.ts';

interface WorkerInternals {
  runtime: Runtime;
  ownsConnection: boolean;
  parts: WorkerParts;
  workerInstanceKey: string;
  plugins: WorkerPlugin[];
}

/**
 * Takes tasks from a task queue, wherever it runs: on a server, in a container, behind a firewall.
 *
 * ```ts
 * const worker = await Worker.create({
 *   connection: await NativeConnection.connect({ address: 'localhost:8787' }),
 *   taskQueue: 'orders',
 *   workflowsPath: new URL('./workflows.ts', import.meta.url).pathname,
 *   activities,
 * });
 * await worker.run();
 * ```
 */
export class Worker {
  readonly options: CompiledWorkerOptions;
  protected readonly logger: Logger;
  readonly #internals: WorkerInternals;
  #state: State = 'INITIALIZED';
  #shutdown: () => void = () => {};
  #fail: (error: unknown) => void = () => {};

  /** Builds the workflow bundle, and makes sure that the server knows the namespace. It polls once {@link run} is called. */
  static async create(options: WorkerOptions): Promise<Worker> {
    const given = [...(options.plugins ?? []), ...((options.connection?.plugins ?? []) as WorkerPlugin[])];
    let configured: WorkerOptions = { ...options, plugins: given };
    for (const plugin of given) configured = (await plugin.configureWorker?.(configured)) ?? configured;
    // A plugin may have added others: they have their part in runs.
    const plugins = configured.plugins ?? [];
    const runtime = Runtime.instance();
    const logger = LoggerWithComposedMetadata.compose(runtime.logger, {
      sdkComponent: SdkComponent.worker,
      taskQueue: configured.taskQueue,
    });
    const compiled = compileWorkerOptions(configured, logger);
    logger.debug('Creating worker', { options: optionsForLogs(compiled) });
    const dataConverter = loadDataConverter(configured.dataConverter, loadModule);
    const bundle = await workflowBundleOf(configured, logger);
    checkCompiledOptions(compiled);
    const connection = configured.connection ?? (await NativeConnection.connect());
    await assertNamespace(connection, compiled.namespace);
    connection.retain();
    const workerInstanceKey = randomUUID();
    let fail: (error: unknown) => void = () => {};
    const parts = buildWorkerParts({
      runtime,
      logger,
      connection,
      options: compiled,
      dataConverter,
      clientInterceptors: configured.interceptors?.client,
      bundle,
      sourceText: sourceTextOf(configured),
      workerInstanceKey,
      fatal: (error) => fail(transportError(error)),
    });
    const ownsConnection = configured.connection === undefined;
    const worker = new Worker(compiled, {
      runtime,
      ownsConnection,
      parts,
      workerInstanceKey,
      plugins,
    });
    fail = (error) => worker.#fail(error);
    runtime.retain(worker);
    return worker;
  }

  /**
   * Replays one history against the workflow code. Rejects with a `DeterminismViolationError` where the code does not do what
   * the history says, with a `ReplayError` where it cannot be replayed.
   *
   * `history` is what `handle.fetchHistory()` gave, or a JSON document as Temporal's tools and this library write it.
   */
  static async runReplayHistory(
    options: ReplayWorkerOptions,
    history: History | unknown,
    workflowId?: string,
  ): Promise<void> {
    for await (const { error } of replayHistories(options, [{ history, workflowId: workflowId ?? 'fake' }])) {
      if (error !== undefined) throw error;
    }
  }

  /** Replays one history after another; each gives a result, with its error if it failed. */
  static runReplayHistories(
    options: ReplayWorkerOptions,
    histories: ReplayHistoriesIterable,
  ): AsyncIterableIterator<ReplayResult> {
    return replayHistories(options, histories);
  }

  protected constructor(options: CompiledWorkerOptions, internals: WorkerInternals) {
    this.options = options;
    this.#internals = internals;
    this.logger = LoggerWithComposedMetadata.compose(internals.runtime.logger, {
      sdkComponent: SdkComponent.worker,
      taskQueue: options.taskQueue,
    });
  }

  getState(): State {
    return this.#state;
  }

  getStatus(): WorkerStatus {
    const { workflowPoller, activityPoller, activityTasks, executor, localActivitySlots } =
      this.#internals.parts;
    return {
      runState: this.#state,
      workflowPollerState: pollerStateOf(this.#state, workflowPoller),
      activityPollerState: pollerStateOf(this.#state, activityPoller),
      hasOutstandingWorkflowPoll: workflowPoller?.hasOutstandingPoll ?? false,
      hasOutstandingActivityPoll: activityPoller?.hasOutstandingPoll ?? false,
      numInFlightWorkflowActivations: workflowPoller?.inFlight ?? 0,
      numInFlightActivities: activityTasks.running + localActivitySlots.taken,
      numInFlightNonLocalActivities: activityTasks.running,
      numInFlightLocalActivities: localActivitySlots.taken,
      numCachedWorkflows: executor?.cached.instances ?? 0,
      numHeartbeatingActivities: activityTasks.running,
    };
  }

  /** Workflow tasks that are worked on: how many now, and each time that changes. */
  get numInFlightActivations$(): Observable<number> {
    return this.#internals.parts.counts.watch('activations');
  }

  /** Activities that run here, local ones too: how many now, and each time that changes. */
  get numInFlightActivities$(): Observable<number> {
    return this.#internals.parts.counts.watch('activities');
  }

  /** Workflow runs that are in memory: how many now, and each time that changes. */
  get numRunningWorkflowInstances$(): Observable<number> {
    return this.#internals.parts.counts.watch('workflowInstances');
  }

  /** A client on the worker's own connection: the one that activities find in their context. */
  get client(): Client {
    return this.#internals.parts.current.client;
  }

  get connection(): NativeConnection {
    return this.#internals.parts.current.connection;
  }

  /**
   * Goes on with another connection, to another server perhaps. Tasks that polls of the former one still bring are answered over
   * the new one; the client is a new one too. The former connection may then be closed.
   */
  set connection(connection: NativeConnection) {
    const { current, workflowPoller, activityPoller, nexus } = this.#internals.parts;
    const former = current.connection;
    if (former === connection) return;
    connection.retain();
    current.replace(connection);
    former.release();
    if (this.#internals.ownsConnection) {
      this.#internals.ownsConnection = false;
      former.close().catch((error: unknown) => {
        this.logger.error('Error closing previous connection after replacement of worker connection', {
          error,
        });
      });
    }
    if (this.#state !== 'RUNNING') return;
    for (const poller of [workflowPoller, activityPoller, nexus?.poller]) poller?.renew();
  }

  /**
   * Polls until {@link shutdown}, or a signal of the runtime's, and resolves when everything begun has ended. Rejects when the
   * server refuses the worker, and when `shutdownForceTime` was not enough.
   */
  async run(): Promise<void> {
    const run = this.#internals.plugins.reduceRight<(worker: Worker) => Promise<void>>(
      (next, plugin) => (worker) => (plugin.runWorker ? plugin.runWorker(worker, next) : next(worker)),
      (worker) => worker.#run(),
    );
    await run(this);
  }

  /** Runs until `fnOrPromise` settles, and gives its value. */
  async runUntil<R>(fnOrPromise: FunctionOrPromise<R>, options: RunUntilOptions = {}): Promise<R> {
    const running = this.run();
    let inner: PromiseSettledResult<R> | undefined;
    const settled = settle(fnOrPromise).then((result) => {
      inner = result;
      if (this.#state === 'RUNNING') this.shutdown();
    });
    const [outer] = await Promise.allSettled([running]);
    const timeoutMs = durationToMs(options.promiseCompletionTimeout ?? 0);
    if (inner === undefined && timeoutMs > 0) await within(settled, timeoutMs);
    return combine(outer, inner, timeoutMs);
  }

  /** Begins to shut down; {@link run} resolves when that is done. Throws an `IllegalStateError` unless it is running. */
  shutdown(): void {
    if (this.#state !== 'RUNNING') throw new IllegalStateError(`Not running. Current state: ${this.#state}`);
    this.#stop();
  }

  /** From now on no new task is asked for. */
  #stop(): void {
    this.#become('STOPPING');
    this.#shutdown();
    this.#become('DRAINING');
  }

  #become(state: State): void {
    this.#state = state;
    this.logger.info('Worker state changed', { state });
  }

  async #run(): Promise<void> {
    if (this.#state !== 'INITIALIZED') throw new IllegalStateError('Poller was already started');
    const { runtime, parts } = this.#internals;
    this.#become('RUNNING');
    const stop = new Promise<void>((resolve, reject) => {
      this.#shutdown = resolve;
      this.#fail = reject;
    });
    // Somebody listens from the start, also when it fails before polling has begun.
    stop.catch(() => undefined);
    const onSignal = () => {
      if (this.#state === 'RUNNING') this.shutdown();
    };
    runtime.registerShutdownSignalCallback(onSignal);
    try {
      this.#startPolling(parts);
      const failure = await stop.then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (failure !== undefined && this.getState() === 'RUNNING') this.#stop();
      await windDown({
        parts,
        options: this.options,
        logger: this.logger,
        announce: () => announceShutdown(this.options, this.#internals, this.logger),
        drained: () => this.#become('DRAINED'),
      });
      if (failure !== undefined) throw failure.error;
      this.#become('STOPPED');
    } catch (error) {
      this.logger.error('Worker failed', { error });
      this.#become('FAILED');
      throw error;
    } finally {
      runtime.deregisterShutdownSignalCallback(onSignal);
      await this.#letGo();
    }
  }

  #startPolling({ workflowPoller, activityPoller, nexus }: WorkerParts): void {
    if (workflowPoller === undefined)
      this.logger.warn('No workflows registered, not polling for workflow tasks');
    if (this.options.activities.size === 0)
      this.logger.warn('No activities registered, not polling for activity tasks');
    if (nexus === undefined) this.logger.info('No Nexus services registered, not polling for Nexus tasks');
    workflowPoller?.start();
    activityPoller?.start();
    nexus?.poller.start();
  }

  async #letGo(): Promise<void> {
    const { ownsConnection, parts } = this.#internals;
    const { connection } = parts.current;
    connection.release();
    if (ownsConnection) await connection.close();
    await this.#internals.runtime.release(this);
  }
}
