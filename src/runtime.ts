/**
 * Puts the parts together: what a Worker exports and serves to be a Perdure.
 *
 * R1 The Worker must export the classes under their own names, `WorkflowExecution`, `Activities` and `Namespace`: they find
 *    each other by them. `TaskQueue` too, where workers elsewhere are to take tasks; without it there are no such workers. And
 *    `Schedule` with `ScheduleIndex`, where there are to be schedules; `Visibility`, where runs are to be listed.
 * R2 Nothing is read from the platform at module top level but the compatibility flags.
 */
import { env as workerEnv, exports as workerExports } from 'cloudflare:workers';
import type { Hono } from 'hono';
import type { EngineLimits } from './engine/api.ts';
import { engine } from './engine/engine.ts';
import type { WorkflowTaskHandler } from './engine/workflow-task.ts';
import { createExecutor } from './executor/executor.ts';
import type { WorkflowInterceptorsFactory } from './executor/interceptors.ts';
import type { InjectedSinks } from './executor/sinks.ts';
import type { WorkflowBundle } from './executor/workflow-bundle.ts';
import { type ActivitiesClass, activitiesClass } from './objects/activity/activities.ts';
import { createActivitiesApp } from './objects/activity/activity-app.ts';
import { type PushBinding, pushTarget } from './objects/activity/activity-push.ts';
import type { ActivityWorker, AnyActivity } from './objects/activity/activity-runner.ts';
import { localActivityContext } from './objects/activity/local-activity-context.ts';
import { batchWorker } from './objects/batch/batch-worker.ts';
import { batchWorkflowHandler } from './objects/batch/batch-workflow.ts';
import { withDepth, withNamespace } from './objects/call-stubs.ts';
import type { WorkerCalls } from './objects/durable-object-ports.ts';
import type { TaskQueueOf } from './objects/execution/remote-tasks.ts';
import {
  type WorkflowExecutionClass,
  workflowExecutionClass,
} from './objects/execution/workflow-execution.ts';
import type { WorkflowExecutionApi } from './objects/execution/workflow-execution-api.ts';
import { Namespace } from './objects/namespace/namespace.ts';
import { createNamespaceDirectory, type NamespaceBinding } from './objects/namespace/namespace-directory.ts';
import { searchAttributeLookup } from './objects/namespace/search-attribute-types.ts';
import { scheduleName, workflowExecutionName } from './objects/object-names.ts';
import {
  DEFAULT_INVOCATION_LIMITS,
  DEFAULT_OBJECT_TIMES,
  type LogLevel,
  type LogSink,
  type ObjectOptions,
  type ObjectTimes,
} from './objects/object-options.ts';
import {
  type ScheduleClass,
  type ScheduleIndexClass,
  scheduleClass,
  scheduleIndexClass,
} from './objects/schedule/schedule.ts';
import type { ScheduleApi, ScheduleIndexApi } from './objects/schedule/schedule-api.ts';
import { TaskQueue } from './objects/task-queue/task-queue.ts';
import { partitionOf, type TaskQueueApi, taskQueueName } from './objects/task-queue/task-queue-api.ts';
import { askExecution } from './objects/visibility/ask-execution.ts';
import { type VisibilityClass, visibilityClass } from './objects/visibility/visibility.ts';
import type { VisibilityApi } from './objects/visibility/visibility-api.ts';
import { createVisibilityIndex } from './objects/visibility/visibility-index.ts';
import { visibilityName } from './objects/visibility/visibility-shards.ts';
import { createApp, type RouteBindings, type RouteEnv } from './routes/app.ts';
import { withPayloadCodecs } from './runtime-codecs.ts';
import { assertCompatibilityFlags } from './runtime-flags.ts';
import { limitsOf } from './runtime-limits.ts';
import { consoleSink, loggerOf, sinkAbove } from './runtime-logger.ts';
import type { ActivityInterceptorsFactory } from './sdk/activity/interceptors.ts';
import { Client, DirectConnection } from './sdk/client/index.ts';
import { BATCH_TASK_QUEUE } from './sdk/common/batch.ts';
import { type DataConverter, loadDataConverter } from './sdk/common/converter/data-converter.ts';
import * as common from './sdk/common/index.ts';
import type { Logger } from './sdk/common/logger.ts';
import { type MetricMeter, noopMetricMeter } from './sdk/common/metrics.ts';
import { workflowPayloadCodec } from './sdk/worker/workflow-payloads.ts';
import * as workflow from './sdk/workflow/index.ts';
import { VERSION } from './version.ts';

/** Variables of the Worker that the runtime reads. */
export interface RuntimeBindings extends RouteBindings {
  /** `true`: workflow code is checked by replaying it in the shadow. */
  PERDURE_DEVELOPMENT?: string;
  /**
   * `registered`: workflows may set the search attributes that their namespace knows, others are refused. `any`: others are
   * registered by their first use. Unless set, `any` on an open server (`PERDURE_OPEN`), else `registered`.
   */
  PERDURE_SEARCH_ATTRIBUTES?: string;
  /**
   * Largest payload that goes through the objects, in bytes: 65536 to 8388608. Larger ones are kept in the bucket `PAYLOADS`.
   *
   * @default 2097152
   */
  PERDURE_PAYLOAD_BYTES_MAX?: string;
}

/** What is run here of one task queue. */
export interface WorkerDefinition {
  taskQueue: string;
  /** What `perdure bundle` wrote. Without it workflows of this task queue wait. */
  workflows?: WorkflowBundle;
  /**
   * Runs the activities of this queue at an HTTPS endpoint instead of here: `createPushApp` of `perdure/push` serves one. Each
   * attempt is a request that is signed with every secret (`whsec_…`), of which the first is the newest.
   */
  push?: PushBinding;
  /** Activity functions by name; `default` among them runs those without a function of their own. */
  activities?: object;
  /** How activities convert values, and how workflow code does where the bundle names no converter of its own. */
  dataConverter?: DataConverter;
  interceptors?: {
    activity?: readonly ActivityInterceptorsFactory[];
    workflow?: readonly WorkflowInterceptorsFactory[];
  };
  sinks?: InjectedSinks;
  metricMeter?: MetricMeter;
  /** Names of error classes that fail the run instead of the task, for all workflow types or by type (`*` for all). */
  workflowFailureErrorTypes?: readonly string[] | Readonly<Record<string, readonly string[]>>;
}

export interface RuntimeOptions {
  /**
   * Replays workflow code in the shadow, to find what is not deterministic on its first run.
   *
   * @default the variable `PERDURE_DEVELOPMENT`
   */
  development?: boolean;
  /** Activity attempts that one workflow has in flight at a time; further ones wait. @default 100 */
  dispatchWindow?: number;
  /** Bounds of group LIM of parity.md, each with Temporal's default. */
  limits?: Partial<EngineLimits>;
  /** Where log entries of workflows, activities and the runtime go. @default the console */
  log?: LogSink;
  /** Entries below it are dropped. @default INFO */
  logLevel?: LogLevel;
  /** Who events of the embedded worker name. @default perdure */
  identity?: string;
  /**
   * Objects over which each task queue is spread: more of them carry more tasks per second, and each is polled in turn.
   * Change it only while no tasks wait. @default 1
   */
  taskQueuePartitions?: number;
  /** Intervals of leases, retries and waits; tests shorten them. */
  times?: Partial<ObjectTimes>;
}

export interface Runtime {
  WorkflowExecution: WorkflowExecutionClass<RuntimeBindings>;
  Activities: ActivitiesClass<RuntimeBindings>;
  Namespace: typeof Namespace;
  /** Export it when workers elsewhere (`perdure/worker`) are to take tasks from this Worker's task queues. */
  TaskQueue: typeof TaskQueue;
  /** Export it when runs are to be listed, counted and worked on in batches. */
  Visibility: VisibilityClass;
  /** Export it, with `ScheduleIndex`, when there are to be schedules. */
  Schedule: ScheduleClass<RuntimeBindings>;
  ScheduleIndex: ScheduleIndexClass<RuntimeBindings>;
  /** Temporal's HTTP API. Mount it, wrap it, or serve it as it is. */
  app: Hono<RouteEnv>;
  /**
   * A client inside the Worker: straight to the objects, without HTTP and keys, with the data converter of the first task
   * queue. Inside a request, not at top level.
   */
  client(namespace?: string): Client;
}

/**
 * Makes the classes and the app that a Worker exports.
 *
 * ```ts
 * import { createRuntime } from 'perdure';
 * import workflows from '../.perdure/workflows.js';
 * import * as activities from './activities';
 *
 * const runtime = createRuntime({ taskQueue: 'default', workflows, activities });
 * export const { WorkflowExecution, Activities, Namespace } = runtime;
 * export default runtime.app;
 * ```
 *
 * Throws when the Worker lacks a compatibility flag, or two definitions name the same task queue.
 */
export function createRuntime(
  definition: (WorkerDefinition & RuntimeOptions) | readonly WorkerDefinition[],
  options: RuntimeOptions = isList(definition) ? {} : definition,
): Runtime {
  assertCompatibilityFlags();
  const definitions = isList(definition) ? definition : [definition];
  assertDistinct(definitions);
  const logLevel = options.logLevel ?? 'INFO';
  const log = sinkAbove(logLevel, options.log ?? consoleSink);
  const calls = platformCalls(options.taskQueuePartitions ?? 1, options.limits);
  const logger = loggerOf(log, logLevel);
  const workers = definitions.map((each) => activityWorker(each, calls, logger));
  const batch = batchWorker((namespace, depth) => calls.client(namespace, depth), logger);
  const handlers = lazily((isDevelopment: boolean) =>
    workflowHandlers(definitions, workers, log, isDevelopment),
  );
  const pushes = new Map(
    definitions.flatMap(({ taskQueue, push }) => (push ? [[taskQueue, pushTarget(taskQueue, push)]] : [])),
  );
  const activities = createActivitiesApp({
    workers: [...workers.filter((worker) => worker.activities.size > 0), batch],
    pushes,
    report: (at, input) => calls.execution(at.namespace, at.workflowId).apply(at, input),
    log,
  });
  const served = new Set([
    ...workers.filter(({ activities }) => activities.size > 0).map(({ taskQueue }) => taskQueue),
    ...pushes.keys(),
    BATCH_TASK_QUEUE,
  ]);
  const optionsFor = lazily((isDevelopment: boolean) =>
    objectOptions(options, log, handlers(isDevelopment), served),
  );
  return {
    WorkflowExecution: workflowExecutionClass<RuntimeBindings>({
      options: (env) => optionsFor(options.development ?? env.PERDURE_DEVELOPMENT === 'true'),
      calls: () => calls.worker,
    }),
    Activities: activitiesClass<RuntimeBindings>(() => activities),
    Namespace,
    TaskQueue,
    Schedule: scheduleClass<RuntimeBindings>({
      options: (env) => optionsFor(options.development ?? env.PERDURE_DEVELOPMENT === 'true'),
      calls: () => calls.worker,
    }),
    ScheduleIndex: scheduleIndexClass<RuntimeBindings>(() => calls.worker),
    Visibility: visibilityClass(() => ({ ...calls.index, log })),
    app: createApp({
      executions: calls.execution,
      namespaces: calls.namespaces,
      version: VERSION,
      // Asked for at each call: at module top level the Worker's exports are not there yet.
      get taskQueues() {
        return calls.taskQueues();
      },
      get payloadBytesMax() {
        return limitsOf(payloadBytesSetting(), options.limits).payloadBytesMax;
      },
      get schedules() {
        return calls.worker.stubs.schedule;
      },
      get scheduleIndex() {
        return calls.worker.stubs.scheduleIndex;
      },
      get visibility() {
        return calls.visibility();
      },
      executionObject: calls.executionObject,
    }),
    client: (namespace = 'default') => calls.client(namespace, 0, definitions[0]?.dataConverter),
  };
}

function isList(
  definition: WorkerDefinition | readonly WorkerDefinition[],
): definition is readonly WorkerDefinition[] {
  return Array.isArray(definition);
}

function assertDistinct(definitions: readonly WorkerDefinition[]): void {
  const seen = new Set<string>();
  for (const { taskQueue } of definitions) {
    if (!taskQueue) throw new TypeError('createRuntime: taskQueue is required, for example "default"');
    if (seen.has(taskQueue)) throw new TypeError(`createRuntime: task queue ${taskQueue} is defined twice`);
    seen.add(taskQueue);
  }
}

/** The Worker's own exports, by the names of R1. */
interface OwnExports {
  WorkflowExecution: DurableObjectNamespace;
  Activities: Fetcher;
  Namespace: NamespaceBinding;
  TaskQueue: { getByName(name: string): unknown };
  Schedule: { getByName(name: string): unknown };
  ScheduleIndex: { getByName(name: string): unknown };
  Visibility: { getByName(name: string): unknown };
}

function platformCalls(partitions: number, limits: Partial<EngineLimits> | undefined) {
  const own = <Name extends keyof OwnExports>(name: Name): OwnExports[Name] => {
    const found = (workerExports as unknown as Partial<OwnExports>)[name];
    if (found !== undefined) return found;
    throw new Error(`The Worker does not export ${name}: add it to \`export const { ${name} } = runtime\`.`);
  };
  // Sound: the class exported under that name is the one that `workflowExecutionClass` made.
  const execution = (namespace: string, workflowId: string) =>
    own('WorkflowExecution').getByName(
      workflowExecutionName(namespace, workflowId),
    ) as unknown as WorkflowExecutionApi;
  const namespaces = createNamespaceDirectory({ getByName: (name) => own('Namespace').getByName(name) });
  const client = (namespace: string, depth: number, dataConverter?: DataConverter) => {
    const executions = (of: string, workflowId: string) => withDepth(execution(of, workflowId), depth);
    const connection = new DirectConnection({
      executions,
      namespaces,
      payloadBytesMax: limitsOf(payloadBytesSetting(), limits).payloadBytesMax,
      ...(hasSchedules() && { schedules: schedule, scheduleIndex }),
      ...(hasVisibility() && { visibility }),
    });
    return new Client({ connection, namespace, ...(dataConverter && { dataConverter }) });
  };
  const hasVisibility = () => 'Visibility' in workerExports;
  // Sound: the class exported under that name is the one that `visibilityClass` made.
  const shard = (namespace: string, index: number) =>
    own('Visibility').getByName(visibilityName(namespace, index)) as unknown as VisibilityApi;
  const visibility = createVisibilityIndex({ namespaces, shard });
  // Sound: as above. Throws for an ID that is not one of an object of this class.
  const executionObject = (objectId: string) => {
    const executions = own('WorkflowExecution');
    return executions.get(executions.idFromString(objectId)) as unknown as WorkflowExecutionApi;
  };
  const hasTaskQueues = () => 'TaskQueue' in workerExports;
  const hasSchedules = () => 'Schedule' in workerExports && 'ScheduleIndex' in workerExports;
  // Sound: the classes exported under those names are those that `scheduleClass` and `scheduleIndexClass` made.
  const schedule = (namespace: string, scheduleId: string) =>
    own('Schedule').getByName(scheduleName(namespace, scheduleId)) as ScheduleApi;
  const scheduleIndex = (namespace: string) =>
    own('ScheduleIndex').getByName(encodeURIComponent(namespace)) as ScheduleIndexApi;
  // Sound: the class exported under that name is `TaskQueue` itself.
  const partition = (namespace: string, taskQueue: string, index: number) =>
    own('TaskQueue').getByName(taskQueueName(namespace, taskQueue, index)) as TaskQueueApi;
  const taskQueueOf: TaskQueueOf = (namespace, taskQueue, workflowId) =>
    partition(namespace, taskQueue, partitionOf(workflowId, partitions));
  const taskQueues = () => (hasTaskQueues() ? { partitions, partition } : undefined);
  const worker: WorkerCalls = {
    stubs: {
      get taskQueue() {
        return hasTaskQueues() ? taskQueueOf : undefined;
      },
      get visibility() {
        return hasVisibility() ? visibility : undefined;
      },
      get schedule() {
        return hasSchedules() ? schedule : undefined;
      },
      get scheduleIndex() {
        return hasSchedules() ? scheduleIndex : undefined;
      },
      searchAttributes: searchAttributeLookup(namespaces, takesAnySearchAttribute),
      workflowExecution: (namespace, workflowId) =>
        withNamespace(execution(namespace, workflowId), namespace, namespaces),
    },
    activities: { fetch: (url, init) => own('Activities').fetch(url, init) },
  };
  const index = { ask: askExecution(execution, namespaces), shard };
  return {
    execution,
    executionObject,
    namespaces,
    client,
    worker,
    taskQueues,
    index,
    visibility: () => (hasVisibility() ? visibility : undefined),
  };
}

function payloadBytesSetting(): string | undefined {
  // Sound: variables are text.
  return (workerEnv as RuntimeBindings).PERDURE_PAYLOAD_BYTES_MAX;
}

function takesAnySearchAttribute(): boolean {
  // Sound: variables are text.
  const { PERDURE_SEARCH_ATTRIBUTES: setting, PERDURE_OPEN } = workerEnv as RuntimeBindings;
  return setting === undefined ? PERDURE_OPEN === 'true' : setting === 'any';
}

type PlatformCalls = ReturnType<typeof platformCalls>;

function activityWorker(definition: WorkerDefinition, calls: PlatformCalls, logger: Logger): ActivityWorker {
  const { taskQueue, activities = {}, dataConverter, interceptors, metricMeter } = definition;
  const functions = Object.entries(activities).filter(
    (entry): entry is [string, AnyActivity] => typeof entry[1] === 'function',
  );
  return {
    taskQueue,
    activities: new Map(functions),
    dataConverter: loadDataConverter(dataConverter),
    interceptors: interceptors?.activity ?? [],
    logger,
    metricMeter: metricMeter ?? noopMetricMeter,
    client: (namespace, depth) => calls.client(namespace, depth, dataConverter),
  };
}

/** Cached instances of all task queues together. */
const CACHE_BYTES = 24 * 1024 * 1024;

function workflowHandlers(
  definitions: readonly WorkerDefinition[],
  workers: readonly ActivityWorker[],
  log: LogSink,
  isDevelopment: boolean,
): ReadonlyMap<string, WorkflowTaskHandler> {
  const handlers = new Map<string, WorkflowTaskHandler>([[BATCH_TASK_QUEUE, batchWorkflowHandler]]);
  for (const [index, definition] of definitions.entries()) {
    const { taskQueue, workflows, dataConverter, interceptors, sinks, workflowFailureErrorTypes } =
      definition;
    const worker = workers[index];
    if (workflows === undefined || worker === undefined) continue;
    const handler = createExecutor({
      bundle: workflows,
      modules: { 'perdure/workflow': workflow, 'perdure/common': common },
      ...(dataConverter?.payloadConverter && { payloadConverter: dataConverter.payloadConverter }),
      ...(dataConverter?.failureConverter && { failureConverter: dataConverter.failureConverter }),
      ...(interceptors?.workflow && { interceptors: interceptors.workflow }),
      ...(sinks && { sinks }),
      ...(workflowFailureErrorTypes && { workflowFailureErrorTypes }),
      cache: { bytes: CACHE_BYTES / definitions.length },
      development: isDevelopment,
      localActivities: (type) => worker.activities.get(type),
      wrapLocalActivity: localActivityContext(worker),
      log: (level, message, attributes) => log(level.toUpperCase() as LogLevel, message, attributes),
    });
    handlers.set(taskQueue, withPayloadCodecs(handler, workflowPayloadCodec(worker.dataConverter)));
  }
  return handlers;
}

function objectOptions(
  { dispatchWindow = 100, limits, identity = 'perdure', times }: RuntimeOptions,
  log: LogSink,
  handlers: ReadonlyMap<string, WorkflowTaskHandler>,
  served: ReadonlySet<string>,
): ObjectOptions {
  return {
    engine,
    workflowTaskHandler: (taskQueue) => handlers.get(taskQueue),
    servesActivities: (taskQueue) => served.has(taskQueue),
    limits: limitsOf(payloadBytesSetting(), limits),
    workerIdentity: identity,
    dispatchWindow,
    times: { ...DEFAULT_OBJECT_TIMES, ...times },
    invocation: DEFAULT_INVOCATION_LIMITS,
    log,
  };
}

/** Once per argument and isolate. */
function lazily<T>(make: (isDevelopment: boolean) => T): (isDevelopment: boolean) => T {
  const made = new Map<boolean, T>();
  return (isDevelopment) => {
    if (!made.has(isDevelopment)) made.set(isDevelopment, make(isDevelopment));
    // Sound: set on the line above.
    return made.get(isDevelopment) as T;
  };
}
