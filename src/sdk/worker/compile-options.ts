/** Puts the defaults into a worker's options, and refuses what cannot be. */
import { hostname } from 'node:os';
import { throwIfReservedName } from '../common/reserved.ts';
import { durationToMs, optionalDurationToMs } from '../common/time.ts';
import { activityInterceptorsOf } from './interceptors.ts';
import { type Slots, slotsOf } from './tuner.ts';
import type { CompiledWorkerOptions, PollerBehavior, WorkerOptions } from './worker-options.ts';

const SECOND = 1000;

// biome-ignore lint/suspicious/noExplicitAny: any function is an activity.
type AnyFunction = (...args: any[]) => any;

export function compileWorkerOptions(options: WorkerOptions): CompiledWorkerOptions {
  const { activities, connection: _, interceptors, taskQueue, ...rest } = options;
  if (!taskQueue) throw new TypeError('Task queue name is required');
  throwIfReservedName('task queue', taskQueue);
  for (const sink of Object.keys(options.sinks ?? {})) throwIfReservedName('sink', sink);
  if (options.useVersioning && !options.buildId)
    throw new TypeError('Must provide a buildId if useVersioning is true');
  const eager = options.maxEagerActivityReservationsPerWorkflowTask;
  if (eager !== undefined && (!Number.isInteger(eager) || eager < 0)) {
    throw new TypeError('maxEagerActivityReservationsPerWorkflowTask must be a non-negative integer');
  }
  const forceTimeMs = optionalDurationToMs(options.shutdownForceTime);
  return {
    ...rest,
    taskQueue,
    namespace: options.namespace ?? 'default',
    identity: options.identity ?? `${process.pid}@${hostname()}`,
    enableNonLocalActivities: options.enableNonLocalActivities ?? true,
    maxCachedWorkflows: cachedWorkflows(options.maxCachedWorkflows),
    debugMode: options.debugMode ?? false,
    activities: activityFunctions(activities),
    interceptors: {
      activity: activityInterceptorsOf(options),
      workflowModules: interceptors?.workflowModules ?? [],
    },
    shutdownGraceTimeMs: durationToMs(options.shutdownGraceTime ?? 0),
    ...(forceTimeMs !== undefined && { shutdownForceTimeMs: forceTimeMs }),
    stickyQueueScheduleToStartTimeoutMs: durationToMs(
      options.stickyQueueScheduleToStartTimeout ?? 10 * SECOND,
    ),
    maxHeartbeatThrottleIntervalMs: durationToMs(options.maxHeartbeatThrottleInterval ?? 60 * SECOND),
    defaultHeartbeatThrottleIntervalMs: durationToMs(options.defaultHeartbeatThrottleInterval ?? 30 * SECOND),
    slots: slotsOfOptions(options),
    polls: {
      workflow: pollsOf(options.workflowTaskPollerBehavior, options.maxConcurrentWorkflowTaskPolls),
      activity: pollsOf(options.activityTaskPollerBehavior, options.maxConcurrentActivityTaskPolls),
    },
  };
}

/** 0 is no cache; with one at all it holds two runs, so that one can wait while the other is worked on. */
function cachedWorkflows(given = 1000): number {
  return given <= 0 ? 0 : Math.max(given, 2);
}

function slotsOfOptions(options: WorkerOptions): Slots {
  const { tuner, maxConcurrentActivityTaskExecutions, maxConcurrentLocalActivityExecutions } = options;
  const { maxConcurrentWorkflowTaskExecutions } = options;
  if (tuner === undefined) {
    return {
      workflow: maxConcurrentWorkflowTaskExecutions ?? 40,
      activity: maxConcurrentActivityTaskExecutions ?? 100,
      localActivity: maxConcurrentLocalActivityExecutions ?? 100,
    };
  }
  const given = {
    maxConcurrentActivityTaskExecutions,
    maxConcurrentLocalActivityExecutions,
    maxConcurrentWorkflowTaskExecutions,
  };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) throw new TypeError(`Cannot set both tuner and ${name}`);
  }
  return slotsOf(tuner);
}

const POLLS_DEFAULT = 5;
const AUTOSCALING_MAX = 5;

function pollsOf(behavior: PollerBehavior | undefined, maximum: number | undefined): number {
  if (behavior === undefined) return Math.max(maximum ?? POLLS_DEFAULT, 1);
  return Math.max(
    behavior.type === 'autoscaling'
      ? Math.min(behavior.maximum ?? AUTOSCALING_MAX, AUTOSCALING_MAX)
      : (behavior.maximum ?? POLLS_DEFAULT),
    1,
  );
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
