/**
 * Puts the parts together: what a Worker exports and serves to be a Perdure.
 *
 * R1 The Worker must export the classes under their own names, `WorkflowExecution`, `Activities` and `Namespace`: they find
 *    each other by them. `TaskQueue` too, where workers elsewhere are to take tasks; without it there are no such workers. And
 *    `Schedule` with `ScheduleIndex`, where there are to be schedules; `Visibility`, where runs are to be listed.
 * R2 Nothing is read from the platform at module top level but the compatibility flags.
 */
import type { Hono } from 'hono';
import { engine } from '../engine/engine.ts';
import type { WorkflowTaskHandler } from '../engine/workflow-task.ts';
import { type ActivitiesClass, activitiesClass } from '../objects/activity/activities.ts';
import { createActivitiesApp } from '../objects/activity/activity-app.ts';
import { pushTarget } from '../objects/activity/activity-push.ts';
import { type QueuedMessage, runQueuedActivity } from '../objects/activity/queued-activities.ts';
import type { ReportOptions } from '../objects/activity/report-by-token.ts';
import { batchWorker } from '../objects/batch/batch-worker.ts';
import {
  type WorkflowExecutionClass,
  workflowExecutionClass,
} from '../objects/execution/workflow-execution.ts';
import { Namespace } from '../objects/namespace/namespace.ts';
import type { NexusHandlerOf } from '../objects/nexus/nexus-tasks.ts';
import {
  DEFAULT_INVOCATION_LIMITS,
  DEFAULT_OBJECT_TIMES,
  type LogSink,
  type ObjectOptions,
} from '../objects/object-options.ts';
import {
  type ScheduleClass,
  type ScheduleIndexClass,
  scheduleClass,
  scheduleIndexClass,
} from '../objects/schedule/schedule.ts';
import { TaskQueue } from '../objects/task-queue/task-queue.ts';
import { type VisibilityClass, visibilityClass } from '../objects/visibility/visibility.ts';
import { type AppOptions, createApp, type RouteEnv } from '../routes/app.ts';
import type { Client } from '../sdk/client/index.ts';
import { BATCH_TASK_QUEUE } from '../sdk/common/batch.ts';
import { VERSION } from '../version.ts';
import { assertCompatibilityFlags } from './compatibility-flags.ts';
import { limitsOf } from './limits.ts';
import { consoleSink, loggerOf, sinkAbove } from './logger.ts';
import { nexusHandlers } from './nexus.ts';
import type { RuntimeBindings, RuntimeOptions, WorkerDefinition } from './options.ts';
import { payloadBytesSetting, platformCalls } from './platform-calls.ts';
import { activityWorker, workflowHandlers } from './workers.ts';

export type { RuntimeBindings, RuntimeOptions, WorkerDefinition } from './options.ts';

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
   * Consumes the Cloudflare Queues of definitions that have an `activityQueue`: `export default { fetch: runtime.app.fetch, queue:
   * runtime.queue }`.
   */
  queue(batch: { readonly messages: readonly QueuedMessage[] }): Promise<void>;
  /**
   * A client inside the Worker: straight to the objects, without HTTP and keys, with the data converter and the client interceptors
   * of the first task queue. Inside a request, not at top level.
   */
  client(namespace?: string): Client;
}

/**
 * Makes the classes and the app that a Worker exports.
 *
 * ```ts
 * import { createRuntime } from 'perdure';
 * import workflows from '../.perdure/workflows.js';
 * import * as activities from '../activities';
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
  const queues = new Map(
    definitions.flatMap(({ taskQueue, activityQueue }) =>
      activityQueue ? [[taskQueue, activityQueue]] : [],
    ),
  );
  const reports: ReportOptions = {
    report: (at, input) => calls.execution(at.namespace, at.workflowId).apply(at, input),
    log,
  };
  const activities = createActivitiesApp({
    workers: [...workers.filter((worker) => worker.activities.size > 0), batch],
    pushes,
    queues,
    ...reports,
  });
  const queued = { workers: new Map(workers.map((worker) => [worker.taskQueue, worker])), ...reports };
  const served = new Set([
    ...workers.filter(({ activities }) => activities.size > 0).map(({ taskQueue }) => taskQueue),
    ...pushes.keys(),
    BATCH_TASK_QUEUE,
  ]);
  const optionsFor = lazily((isDevelopment: boolean) =>
    objectOptions(options, log, handlers(isDevelopment), {
      activities: served,
      nexus: nexusHandlers(definitions, workers, calls),
    }),
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
    app: createApp(gatewayOptions(calls, options)),
    async queue({ messages }) {
      await Promise.all(messages.map((message) => runQueuedActivity(queued, message)));
    },
    client: (namespace = 'default') => calls.client(namespace, 0, definitions[0]),
  };
}

/** What the routes reach by the platform's calls. */
function gatewayOptions(calls: ReturnType<typeof platformCalls>, options: RuntimeOptions): AppOptions {
  return {
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
    startGate: calls.startGate,
    nexusEndpoints: calls.nexusEndpoints,
    workerDeployments: calls.workerDeployments,
    get elsewhere() {
      return calls.elsewhere();
    },
    executionObject: calls.executionObject,
  };
}

function isList(
  definition: WorkerDefinition | readonly WorkerDefinition[],
): definition is readonly WorkerDefinition[] {
  return Array.isArray(definition);
}

function assertDistinct(definitions: readonly WorkerDefinition[]): void {
  const seen = new Set<string>();
  for (const { taskQueue, push, activityQueue, activities = {} } of definitions) {
    if (!taskQueue) throw new TypeError('createRuntime: taskQueue is required, for example "default"');
    if (seen.has(taskQueue)) throw new TypeError(`createRuntime: task queue ${taskQueue} is defined twice`);
    if (push && activityQueue)
      throw new TypeError(
        `createRuntime: task queue ${taskQueue} has both push and activityQueue: choose one`,
      );
    if (activityQueue && Object.keys(activities).length === 0)
      throw new TypeError(`createRuntime: task queue ${taskQueue} has an activityQueue, but no activities`);
    seen.add(taskQueue);
  }
}

function objectOptions(
  { dispatchWindow = 100, limits, identity = 'perdure', times }: RuntimeOptions,
  log: LogSink,
  handlers: ReadonlyMap<string, WorkflowTaskHandler>,
  served: { activities: ReadonlySet<string>; nexus: NexusHandlerOf | undefined },
): ObjectOptions {
  return {
    engine,
    workflowTaskHandler: (taskQueue) => handlers.get(taskQueue),
    servesActivities: (taskQueue) => served.activities.has(taskQueue),
    nexusHandler: served.nexus,
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
