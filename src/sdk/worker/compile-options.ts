/** Puts the defaults into a worker's options, and refuses what cannot be. */
import { hostname } from 'node:os';
import type { Logger } from '../common/logger.ts';
import { throwIfReservedName } from '../common/reserved.ts';
import { durationToMs, optionalDurationToMs } from '../common/time.ts';
import { checkGivenOptions } from './check-options.ts';
import { activityInterceptorsOf } from './interceptors.ts';
import {
  type FixedSizeSlotSupplier,
  type SlotInfo,
  type SlotSupplier,
  sizeOf,
  suppliersOf,
  type TunerHolder,
} from './tuner.ts';
import type { CompiledWorkerOptions, PollerBehavior, WorkerOptions } from './worker-options.ts';

// biome-ignore lint/suspicious/noExplicitAny: any function is an activity.
type AnyFunction = (...args: any[]) => any;

/** The options with their defaults. Throws a `TypeError` for what cannot be; what is put right is logged. */
export function compileWorkerOptions(options: WorkerOptions, logger?: Logger): CompiledWorkerOptions {
  const { activities, nexusServices, connection: _, interceptors, taskQueue, ...rest } = options;
  checkGivenOptions(options);
  const functions = activityFunctions(activities);
  const maxCachedWorkflows = cachedWorkflows(options.maxCachedWorkflows, logger);
  const tuner = tunerOf(options);
  const times = {
    shutdownGraceTime: options.shutdownGraceTime ?? 0,
    stickyQueueScheduleToStartTimeout: options.stickyQueueScheduleToStartTimeout ?? '10s',
    maxHeartbeatThrottleInterval: options.maxHeartbeatThrottleInterval ?? '60s',
    defaultHeartbeatThrottleInterval: options.defaultHeartbeatThrottleInterval ?? '30s',
  };
  // A tuner's slots may change: as many polls as there are by default wait for one.
  const slotsOf = (supplier: SlotSupplier<SlotInfo>) => (options.tuner ? undefined : sizeOf(supplier));
  const forceTimeMs = optionalDurationToMs(options.shutdownForceTime);
  const debugMode = options.debugMode || isSet(process.env.TEMPORAL_DEBUG);
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
      // Of less than two, none would wait for the tasks of cached runs.
      atLeast(2, options.maxConcurrentWorkflowTaskPolls),
      slotsOf(tuner.workflowTaskSlotSupplier),
    ),
    activityTaskPollerBehavior: behaviorOf(
      options.activityTaskPollerBehavior,
      atLeast(1, options.maxConcurrentActivityTaskPolls),
      slotsOf(tuner.activityTaskSlotSupplier),
    ),
    nexusTaskPollerBehavior: behaviorOf(
      options.nexusTaskPollerBehavior,
      atLeast(1, options.maxConcurrentNexusTaskPolls),
      slotsOf(tuner.nexusTaskSlotSupplier),
    ),
    tuner,
    // A debugger stops code for as long as it likes.
    isolateExecutionTimeoutMs: debugMode ? 4_294_967_295 : 5000,
    shutdownGraceTimeMs: durationToMs(times.shutdownGraceTime),
    ...(forceTimeMs !== undefined && { shutdownForceTimeMs: forceTimeMs }),
    stickyQueueScheduleToStartTimeoutMs: durationToMs(times.stickyQueueScheduleToStartTimeout),
    maxHeartbeatThrottleIntervalMs: durationToMs(times.maxHeartbeatThrottleInterval),
    defaultHeartbeatThrottleIntervalMs: durationToMs(times.defaultHeartbeatThrottleInterval),
  };
}

const atLeast = (least: number, given: number | undefined): number | undefined =>
  given === undefined ? undefined : Math.max(given, least);

/** 0 is no cache; with one at all it holds two runs, so that one can wait while the other is worked on. */
function cachedWorkflows(given: number | undefined, logger: Logger | undefined): number {
  if (given === undefined) return 1000;
  if (given === 0 || given >= 2) return given;
  logger?.warn(
    'maxCachedWorkflows must be either 0 (ie. cache is disabled) or greater than 1. Defaulting to 2.',
  );
  return 2;
}

function tunerOf(options: WorkerOptions): Required<TunerHolder> {
  const { tuner, maxConcurrentActivityTaskExecutions, maxConcurrentLocalActivityExecutions } = options;
  const { maxConcurrentWorkflowTaskExecutions, maxConcurrentNexusTaskExecutions } = options;
  if (tuner === undefined) {
    return {
      workflowTaskSlotSupplier: fixed(maxConcurrentWorkflowTaskExecutions ?? 40),
      activityTaskSlotSupplier: fixed(maxConcurrentActivityTaskExecutions ?? 100),
      localActivityTaskSlotSupplier: fixed(maxConcurrentLocalActivityExecutions ?? 100),
      nexusTaskSlotSupplier: fixed(maxConcurrentNexusTaskExecutions ?? 100),
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
  return { nexusTaskSlotSupplier: fixed(100), ...suppliersOf(tuner) };
}

const fixed = (numSlots: number): FixedSizeSlotSupplier => ({ type: 'fixed-size', numSlots });

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
    if (!name) throw new TypeError('Nexus services must have a non-empty name.');
    if (byName.has(name)) throw new TypeError(`Duplicate registration of nexus service '${name}'`);
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

const isSet = (variable = ''): boolean => ['1', 't', 'true'].includes(variable.toLowerCase());

/** Without the text of a bundle. */
export function optionsForLogs({ workflowBundle, ...options }: CompiledWorkerOptions): object {
  if (workflowBundle === undefined || !('code' in workflowBundle)) return { ...options, workflowBundle };
  return { ...options, workflowBundle: { code: `<string of length ${workflowBundle.code.length}>` } };
}
