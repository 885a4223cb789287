/**
 * Answers workflow tasks by running workflow code: the host in the object's own isolate, and inside a remote worker.
 *
 * E1. An instance in the cache stands at the last completed task of its run. Whoever finds none there replays from the start.
 * E2. While a task is worked on, its instance is out of the cache; it goes back only when the task has completed and the run
 *     is still open. So a failed task, an eviction or a refused completion always ends in a replay.
 * E3. Tasks of one run are worked on one after another, those of different runs interleave.
 */

import type { WorkerBuild } from '../engine/worker-build.ts';
import type {
  QueryAnswer,
  WorkflowTask,
  WorkflowTaskCompleted,
  WorkflowTaskCompletion,
  WorkflowTaskHandler,
} from '../engine/workflow-task.ts';
import { defaultFailureConverter } from '../sdk/common/converter/data-converter.ts';
import type { FailureConverter } from '../sdk/common/converter/failure-converter.ts';
import { defaultPayloadConverter, type PayloadConverter } from '../sdk/common/converter/payload-converter.ts';
import type { LogMetadata } from '../sdk/common/logger.ts';
import type { VersioningBehavior } from '../sdk/common/worker-deployments.ts';
import type { RunConverters } from './converters.ts';
import { isNondeterminism } from './errors.ts';
import { connectFuel, type FuelLimits } from './fuel.ts';
import { type Host, platformHost } from './host.ts';
import { type CacheLimits, DEFAULT_CACHE_LIMITS, type Instance, InstanceCache } from './instance-cache.ts';
import type { WorkflowInterceptorsFactory } from './interceptors.ts';
import { IntrinsicsGuard } from './intrinsics-guard.ts';
import {
  type LocalActivityFunction,
  LocalActivityRunner,
  type WrapLocalActivity,
} from './local-activity-runner.ts';
import type { WorkflowLogLevel } from './logs.ts';
import { answerQueries } from './query-round.ts';
import { RunFactory } from './run-factory.ts';
import { futureHistory, replayInShadow, SHADOW_EVENTS } from './shadow.ts';
import { dispatchSinkCalls, type InjectedSinks, LOGGER_SINK } from './sinks.ts';
import { completionOfFailure, liveStartedEvent } from './task-outcome.ts';
import { installUnhandledRejectionHook } from './unhandled-rejections.ts';
import type { WorkflowBundle } from './workflow-bundle.ts';
import type { WorkflowInfo } from './workflow-info.ts';

export type LogSink = (level: WorkflowLogLevel, message: string, attributes: LogMetadata) => void;

export interface ExecutorOptions {
  bundle: WorkflowBundle;
  /** What workflow code imports from this library, by specifier (`perdure/workflow`, `perdure/common`). */
  modules?: Readonly<Record<string, unknown>>;
  payloadConverter?: PayloadConverter;
  failureConverter?: FailureConverter;
  /** Bounds of the cache of instances. Default 1,000 and 24 MiB. */
  cache?: Partial<CacheLimits>;
  /** Replay in the shadow, and a check that the language's own objects stay as they are. Default false. */
  development?: boolean;
  /** Clock, macrotask, timers of the platform. */
  host?: Partial<Host>;
  /** Functions of local activities by type. */
  localActivities?: (activityType: string) => LocalActivityFunction | undefined;
  /** Around each call of a local activity: the place to set its context. */
  wrapLocalActivity?: WrapLocalActivity;
  /** Interceptors beside those that were named when the bundle was built. */
  interceptors?: readonly WorkflowInterceptorsFactory[];
  /** Where lines of the workflow logger go. */
  log?: LogSink;
  sinks?: InjectedSinks;
  /** Whether a task ends only once its sink calls have. Default false. */
  awaitsSinks?: boolean;
  /** Whether a patch that history does not know becomes active. Default: always. */
  activatePatch?: (info: WorkflowInfo, patchId: string) => boolean;
  /** Names of error classes that fail the run instead of the task, for all types or by type (`*` for all). */
  workflowFailureErrorTypes?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  fuel?: Partial<FuelLimits>;
  /** Recorded in completed tasks; what workflow code sees as its build. */
  build?: WorkerBuild;
  /** The text of an author's file, where enhanced stack traces are to show it. */
  sourceText?: (file: string) => string | undefined;
}

export interface Executor extends WorkflowTaskHandler {
  /** Instances in the cache, and what they are estimated to hold. */
  readonly cached: { readonly instances: number; readonly bytes: number };
  /** Instances in the cache and those that a task is worked on with. */
  readonly runningInstances: number;
}

/** Makes the handler that runs the code of `bundle`. */
export function createExecutor(options: ExecutorOptions): Executor {
  return new WorkflowExecutor(options);
}

/** Share of the workflow task timeout after which a task that waits for local activities is completed and asked for anew. */
const HEARTBEAT_SHARE = 0.8;
const EMPTY: WorkflowTaskCompleted = { kind: 'completed', commands: [], updates: [], queries: [] };
const NONDETERMINISM_TYPE = 'NondeterminismError';

class WorkflowExecutor implements Executor {
  readonly #options: ExecutorOptions;
  readonly #host: Host;
  readonly #cache: InstanceCache;
  readonly #runs: RunFactory;
  /** Makes the runs of replays in the shadow: no local activity may run there. */
  readonly #shadowRuns: RunFactory;
  readonly #sinks: InjectedSinks;
  readonly #guard: IntrinsicsGuard | undefined;
  readonly #queues = new Map<string, Promise<unknown>>();
  /** Evicted while a task of theirs was worked on. */
  readonly #evicted = new Set<string>();
  #tasksInWork = 0;
  readonly #failureConverter: FailureConverter;
  readonly #payloadConverter: PayloadConverter;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#host = { ...platformHost(), ...options.host };
    this.#cache = new InstanceCache({ ...DEFAULT_CACHE_LIMITS, ...options.cache });
    this.#payloadConverter = options.payloadConverter ?? defaultPayloadConverter;
    this.#failureConverter = options.failureConverter ?? defaultFailureConverter;
    const lookup = options.localActivities;
    const common = this.#runOptions();
    this.#shadowRuns = new RunFactory(common);
    this.#runs = new RunFactory({
      ...common,
      localActivities:
        lookup && new LocalActivityRunner({ lookup, wrap: options.wrapLocalActivity, host: this.#host }),
    });
    this.#sinks = { [LOGGER_SINK]: loggerSink(options.log), ...options.sinks };
    this.#guard = options.development ? new IntrinsicsGuard() : undefined;
    connectFuel(options.bundle.fuel);
    installUnhandledRejectionHook();
  }

  #runOptions(): ConstructorParameters<typeof RunFactory>[0] {
    const { bundle, modules = {}, interceptors = [], activatePatch, fuel, build, sourceText } = this.#options;
    return {
      bundle,
      modules,
      interceptors,
      activatePatch,
      build,
      sourceText,
      payloadConverter: this.#payloadConverter,
      failureConverter: this.#failureConverter,
      host: this.#host,
      failureErrorTypes: (workflowType) => this.#failureErrorTypes(workflowType),
      reportError: (message, error) => this.#options.log?.('error', message, { error }),
      fuelLimits: { ticks: 50_000_000, timeMs: 2000, ...fuel },
    };
  }

  #failureErrorTypes(workflowType: string): readonly string[] {
    const types = this.#options.workflowFailureErrorTypes ?? [];
    if (isList(types)) return types;
    return [...(types['*'] ?? []), ...(types[workflowType] ?? [])];
  }

  get cached(): Executor['cached'] {
    return { instances: this.#cache.size, bytes: this.#cache.bytes };
  }

  get runningInstances(): number {
    return this.#cache.size + this.#tasksInWork;
  }

  evict(runId: string): void {
    this.#cache.drop(runId);
    // A task of theirs may be in the middle for ever: its object, and with it all that it awaits, can be gone.
    if (this.#queues.delete(runId)) this.#evicted.add(runId);
  }

  handle(task: WorkflowTask): Promise<WorkflowTaskCompletion> {
    const before = this.#queues.get(task.runId);
    const work = before === undefined ? this.#handle(task) : before.then(() => this.#handle(task));
    this.#queues.set(task.runId, work);
    void work.finally(() => {
      if (this.#queues.get(task.runId) === work) this.#queues.delete(task.runId);
    });
    return work;
  }

  async #handle(task: WorkflowTask): Promise<WorkflowTaskCompletion> {
    let instance: Instance | undefined;
    this.#tasksInWork += 1;
    try {
      instance = await this.#instanceFor(task);
      const completion = await this.#complete(task, instance);
      await this.#checkInDevelopment(task, instance, completion);
      if (!this.#evicted.delete(task.runId) && this.#staysCached(instance))
        this.#cache.put(task.runId, instance);
      else instance.replayer.dispose();
      return completion;
    } catch (error) {
      this.#evicted.delete(task.runId);
      const completion = this.#failed(task, error, instance?.replayer.run.converters);
      instance?.replayer.dispose();
      return completion;
    } finally {
      this.#tasksInWork -= 1;
    }
  }

  /** An instance whose history reaches to just before this task's own activation (E1). */
  async #instanceFor(task: WorkflowTask): Promise<Instance> {
    const cached = this.#cache.take(task.runId);
    if (
      cached !== undefined &&
      cached.standsAt === task.previousStartedEventId &&
      task.previousStartedEventId > 0
    ) {
      return await this.#bring(cached, task, task.newEvents);
    }
    cached?.replayer.dispose();
    const { namespace, workflowId, runId, workflowType, taskQueue } = task;
    const replayer = this.#runs.create({ namespace, workflowId, runId, workflowType, taskQueue });
    const instance: Instance = { replayer, standsAt: 0, shadowDueAt: SHADOW_EVENTS };
    const isFirst = task.previousStartedEventId === 0 && task.newEvents[0]?.eventId === 1;
    return await this.#bring(instance, task, isFirst ? task.newEvents : await task.loadHistory());
  }

  async #bring(instance: Instance, task: WorkflowTask, events: WorkflowTask['newEvents']): Promise<Instance> {
    try {
      await instance.replayer.apply(events);
      await this.#dispatchSinkCalls(instance);
    } catch (error) {
      instance.replayer.dispose();
      throw error;
    }
    if (task.isQueryOnly) instance.standsAt = task.previousStartedEventId;
    return instance;
  }

  async #complete(task: WorkflowTask, instance: Instance): Promise<WorkflowTaskCompleted> {
    const { replayer } = instance;
    const startedAt = this.#host.now();
    if (!task.isQueryOnly) {
      await replayer.deliverLive(liveStartedEvent(task), task.updates);
      await this.#throwTaskError(instance);
    } else if (replayer.hasUndelivered) {
      // Only a run that was closed from outside has such events: what code makes of them is seen by queries and no one else.
      await replayer.deliver();
      instance.standsAt = 0;
    }
    const mustContinue = task.isQueryOnly ? false : await this.#waitForLocalActivities(instance, startedAt);
    const completion = task.isQueryOnly ? EMPTY : this.#completion(instance, mustContinue);
    const queries = await this.#answerQueries(task, instance, completion);
    await this.#throwTaskError(instance);
    await this.#dispatchSinkCalls(instance);
    if (!task.isQueryOnly) instance.standsAt = task.startedEventId;
    return { ...completion, queries };
  }

  #completion({ replayer: { run } }: Instance, mustContinue: boolean): WorkflowTaskCompleted {
    const retries = run.localActivities.takeRetries();
    return {
      kind: 'completed',
      commands: run.commands.pending(),
      updates: run.updates.takeResponses(),
      queries: [],
      sdkMetadata: run.flags.metadata(),
      ...(this.#options.build && { build: versionedBuild(this.#options.build, run.versioningBehavior) }),
      ...(retries > 0 && { nonfirstLocalActivityExecutionAttempts: retries }),
      ...(mustContinue && { forceNewWorkflowTask: true }),
    };
  }

  async #throwTaskError(instance: Instance): Promise<void> {
    const { taskError } = instance.replayer.run;
    if (taskError === undefined) return;
    await this.#dispatchSinkCalls(instance);
    throw taskError.error;
  }

  /** Runs local activities until none is left; true when the task ends before them and another must follow (WFT-19). */
  async #waitForLocalActivities(instance: Instance, startedAt: number): Promise<boolean> {
    const { replayer } = instance;
    const { run } = replayer;
    const limit = startedAt + HEARTBEAT_SHARE * (run.started?.info.taskTimeoutMs ?? 10_000);
    for (;;) {
      run.localActivities.startRequested();
      const isPending = run.hasJobs || run.localActivities.hasEnded;
      if (run.localActivities.outstanding === 0 && !isPending) return false;
      if (run.isCompleted) {
        run.localActivities.dispose();
        return false;
      }
      if (!isPending && !(await this.#nextOutcomeBefore(instance, limit))) return true;
      await replayer.deliver();
      await this.#throwTaskError(instance);
    }
  }

  async #nextOutcomeBefore({ replayer: { run } }: Instance, limit: number): Promise<boolean> {
    let timer: unknown;
    const isLate = new Promise<false>((resolve) => {
      timer = this.#host.setTimeout(() => resolve(false), Math.max(0, limit - this.#host.now()));
    });
    try {
      return await Promise.race([run.localActivities.nextOutcome().then(() => true), isLate]);
    } finally {
      this.#host.clearTimeout(timer);
    }
  }

  #answerQueries(
    task: WorkflowTask,
    instance: Instance,
    completion: WorkflowTaskCompleted,
  ): Promise<QueryAnswer[]> {
    return answerQueries(task.queries, instance.replayer.run, async () => {
      const { namespace, workflowId, runId, workflowType, taskQueue } = task;
      const identity = { namespace, workflowId, runId, workflowType, taskQueue };
      const replayer = this.#shadowRuns.create(identity, { captureStacks: true });
      const now = this.#host.now();
      await replayer.apply(
        task.isQueryOnly ? await task.loadHistory() : await futureHistory(task, completion, now),
      );
      return replayer;
    });
  }

  async #dispatchSinkCalls({ replayer: { run } }: Instance): Promise<void> {
    const calls = run.takeSinkCalls();
    if (calls.length === 0) return;
    const pending = dispatchSinkCalls(calls, this.#sinks, (message, attributes) =>
      this.#options.log?.('error', message, attributes),
    );
    if (this.#options.awaitsSinks && pending.length > 0) await Promise.all(pending);
  }

  async #checkInDevelopment(
    task: WorkflowTask,
    instance: Instance,
    completion: WorkflowTaskCompleted,
  ): Promise<void> {
    if (this.#guard === undefined) return;
    const changed = this.#guard.check();
    if (changed !== undefined) throw changed;
    const isClosing = instance.replayer.run.isCompleted;
    if (
      task.isQueryOnly ||
      (task.startedEventId > SHADOW_EVENTS && task.startedEventId < instance.shadowDueAt && !isClosing)
    ) {
      return;
    }
    await replayInShadow(this.#shadowRuns, task, completion, this.#host.now());
    if (task.startedEventId >= instance.shadowDueAt) instance.shadowDueAt = task.startedEventId * 2;
  }

  #staysCached({ replayer: { run }, standsAt }: Instance): boolean {
    return !run.isCompleted && standsAt > 0;
  }

  #failed(task: WorkflowTask, error: unknown, converters?: RunConverters): WorkflowTaskCompletion {
    const context = { type: 'workflow', namespace: task.namespace, workflowId: task.workflowId } as const;
    const payloadConverter = converters?.payloadConverter ?? this.#payloadConverter;
    const failureConverter = converters?.failureConverter ?? this.#failureConverter;
    const convert = (reason: unknown) => failureConverter.errorToFailure(reason, payloadConverter, context);
    this.#runs.stacks.mapError(error);
    const failsRun =
      isNondeterminism(error) && this.#failureErrorTypes(task.workflowType).includes(NONDETERMINISM_TYPE);
    return completionOfFailure(error, convert, failsRun && !task.isQueryOnly);
  }
}

/** A workflow's own word goes before its worker's; a worker that is not versioned has none (and says so by no default). */
function versionedBuild(build: WorkerBuild, own: VersioningBehavior | undefined): WorkerBuild {
  return build.versioningBehavior && own ? { ...build, versioningBehavior: own } : build;
}

function isList(
  types: NonNullable<ExecutorOptions['workflowFailureErrorTypes']>,
): types is readonly string[] {
  return Array.isArray(types);
}

function loggerSink(log: LogSink | undefined): InjectedSinks[string] {
  const levels: readonly WorkflowLogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];
  return Object.fromEntries(
    levels.map((level) => [
      level,
      {
        fn: (_info: WorkflowInfo, message: unknown, attributes: unknown) =>
          log?.(level, String(message), attributes as LogMetadata),
      },
    ]),
  );
}
