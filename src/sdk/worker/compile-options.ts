/** Puts the defaults into a worker's options, and refuses what cannot be. */
import { hostname } from 'node:os';
import type { Logger } from '../common/logger.ts';
import { throwIfReservedName } from '../common/reserved.ts';
import { durationToMs, optionalDurationToMs } from '../common/time.ts';
import { activityInterceptorsOf } from './interceptors.ts';
import { type FixedSizeSlotSupplier, sizeOf, suppliersOf, type TunerHolder } from './tuner.ts';
import type { CompiledWorkerOptions, PollerBehavior, WorkerOptions } from './worker-options.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function is an activity.
type AnyFunction = (...args: any[]) => any;

/** The options with their defaults. Throws a `TypeError` for what cannot be; what is put right is logged. */
export function compileWorkerOptions(options: WorkerOptions, logger?: Logger): CompiledWorkerOptions {
  const { activities, nexusServices, connection: _, interceptors, taskQueue, ...rest } = options;
  check(options);
  const functions = activityFunctions(activities);
  const maxCachedWorkflows = cachedWorkflows(options.maxCachedWorkflows, logger);
  const tuner = tunerOf(options, maxCachedWorkflows, logger);
  const times = {
    shutdownGraceTime: options.shutdownGraceTime ?? 0,
    stickyQueueScheduleToStartTimeout: options.stickyQueueScheduleToStartTimeout ?? '10s',
    maxHeartbeatThrottleInterval: options.maxHeartbeatThrottleInterval ?? '60s',
    defaultHeartbeatThrottleInterval: options.defaultHeartbeatThrottleInterval ?? '30s',
  };
  const forceTimeMs = optionalDurationToMs(options.shutdownForceTime);
  const debugMode = options.debugMode ?? Boolean(process.env.TEMPORAL_DEBUG);
  return {
    useVersioning: false,
    showStackTraceSources: false,
    nonStickyToStickyPollRatio: 0.2,
    reuseV8Context: true,
    workflowThreadPoolSize: 1,
    ...rest,
    ...times,
    taskQueue,
    namespace: options.namespace ?? 'default',
    identity: options.identity ?? `${process.pid}@${hostname()}`,
    enableNonLocalActivities: (options.enableNonLocalActivities ?? true) && functions.size > 0,
    maxCachedWorkflows,
    debugMode,
    activities: functions,
    nexusServiceHandlers: servicesByName(nexusServices),
    interceptors: {
      client: {
        workflow: interceptors?.client?.workflow ?? [],
        schedule: interceptors?.client?.schedule ?? [],
      },
      activity: activityInterceptorsOf(options),
      nexus: interceptors?.nexus ?? [],
      workflowModules: interceptors?.workflowModules ?? [],
    },
    workflowTaskPollerBehavior: behaviorOf(
      options.workflowTaskPollerBehavior,
      options.maxConcurrentWorkflowTaskPolls,
      sizeOf(tuner.workflowTaskSlotSupplier),
    ),
    activityTaskPollerBehavior: behaviorOf(
      options.activityTaskPollerBehavior,
      options.maxConcurrentActivityTaskPolls,
      sizeOf(tuner.activityTaskSlotSupplier),
    ),
    nexusTaskPollerBehavior: behaviorOf(
      options.nexusTaskPollerBehavior,
      options.maxConcurrentNexusTaskPolls,
      sizeOf(tuner.nexusTaskSlotSupplier),
    ),
    tuner,
    shutdownGraceTimeMs: durationToMs(times.shutdownGraceTime),
    ...(forceTimeMs !== undefined && { shutdownForceTimeMs: forceTimeMs }),
    stickyQueueScheduleToStartTimeoutMs: durationToMs(times.stickyQueueScheduleToStartTimeout),
    maxHeartbeatThrottleIntervalMs: durationToMs(times.maxHeartbeatThrottleInterval),
    defaultHeartbeatThrottleIntervalMs: durationToMs(times.defaultHeartbeatThrottleInterval),
  };
}

function check(options: WorkerOptions): void {
  const { taskQueue, useVersioning, buildId, sinks } = options;
  if (!taskQueue) throw new TypeError('Task queue name is required');
  throwIfReservedName('task queue', taskQueue);
  for (const sink of Object.keys(sinks ?? {})) throwIfReservedName('sink', sink);
  if (useVersioning && !buildId) throw new TypeError('Must provide a buildId if useVersioning is true');
  const eager = options.maxEagerActivityReservationsPerWorkflowTask;
  if (eager !== undefined && (!Number.isInteger(eager) || eager < 0)) {
    throw new TypeError('maxEagerActivityReservationsPerWorkflowTask must be a non-negative integer');
  }
}

/** 0 is no cache; with one at all it holds two runs, so that one can wait while the other is worked on. */
function cachedWorkflows(given: number | undefined, logger: Logger | undefined): number {
  if (given === undefined) return 1000;
  if (given === 0 || given >= 2) return given;
  logger?.warn('maxCachedWorkflows must be 0 (no cache) or at least 2: taking 2', { given });
  return 2;
}

function tunerOf(options: WorkerOptions, cached: number, logger: Logger | undefined): Required<TunerHolder> {
  const { tuner, maxConcurrentActivityTaskExecutions, maxConcurrentLocalActivityExecutions } = options;
  const { maxConcurrentWorkflowTaskExecutions, maxConcurrentNexusTaskExecutions } = options;
  if (tuner === undefined) {
    return {
      workflowTaskSlotSupplier: fixed(
        workflowTasks(maxConcurrentWorkflowTaskExecutions ?? 40, cached, logger),
      ),
      activityTaskSlotSupplier: fixed(maxConcurrentActivityTaskExecutions ?? 100),
      localActivityTaskSlotSupplier: fixed(maxConcurrentLocalActivityExecutions ?? 100),
      nexusTaskSlotSupplier: fixed(maxConcurrentNexusTaskExecutions ?? 100),
    };
  }
  const given = {
    maxConcurrentActivityTaskExecutions,
    maxConcurrentLocalActivityExecutions,
    maxConcurrentWorkflowTaskExecutions,
    maxConcurrentNexusTaskExecutions,
  };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) throw new TypeError(`Cannot set both tuner and ${name}`);
  }
  return { nexusTaskSlotSupplier: fixed(100), ...suppliersOf(tuner) };
}

const fixed = (numSlots: number): FixedSizeSlotSupplier => ({ type: 'fixed-size', numSlots });

/** No more than are cached, and two at least, where there is a cache. */
function workflowTasks(given: number, cached: number, logger: Logger | undefined): number {
  if (cached === 0) return given;
  const taken = Math.max(Math.min(given, cached), 2);
  if (taken !== given) {
    logger?.warn(
      `maxConcurrentWorkflowTaskExecutions must be from 2 to maxCachedWorkflows: taking ${taken}`,
      {
        given,
      },
    );
  }
  return taken;
}

/** A poll here waits for tasks of its queue from all workflows: five of them do what ten do over gRPC. */
const POLLS_DEFAULT = 5;

function behaviorOf(
  behavior: PollerBehavior | undefined,
  maximum: number | undefined,
  slots: number | undefined,
): Required<PollerBehavior> {
  if (behavior?.type === 'autoscaling') {
    const { minimum = 1, initial = POLLS_DEFAULT, maximum: most = 100 } = behavior;
    return { type: 'autoscaling', minimum, initial, maximum: most };
  }
  const polls = behavior?.maximum ?? maximum ?? Math.min(POLLS_DEFAULT, slots ?? POLLS_DEFAULT);
  return { type: 'simple-maximum', maximum: polls };
}

/** How many polls there are at a time. Autoscaling stays at its beginning. */
export function pollsOf(behavior: Required<PollerBehavior>): number {
  return Math.max(behavior.type === 'autoscaling' ? behavior.initial : behavior.maximum, 1);
}

function servicesByName(
  services: WorkerOptions['nexusServices'] = [],
): CompiledWorkerOptions['nexusServiceHandlers'] {
  const byName: CompiledWorkerOptions['nexusServiceHandlers'] = new Map();
  for (const service of services) {
    const { name } = service.definition;
    if (byName.has(name)) throw new TypeError(`nexusServices: two services are named '${name}'`);
    byName.set(name, service);
  }
  return byName;
}

function activityFunctions(activities: object | undefined): Map<string, AnyFunction> {
  const functions = new Map<string, AnyFunction>();
  if (activities === undefined) return functions;
  for (const [name, value] of Object.entries(activities)) {
    if (typeof value !== 'function') continue;
    throwIfReservedName('activity', name);
    functions.set(name, value as AnyFunction);
  }
  return functions;
}
