/** Builds what a worker consists of: the executor of its bundle, the runner of its activities, and a poller for each. */
import type { WorkerBuild } from '../../engine/worker-build.ts';
import { createExecutor, type Executor } from '../../executor/executor.ts';
import type { InjectedSinks } from '../../executor/sinks.ts';
import type { SourceText } from '../../executor/stack-capture.ts';
import type { WorkflowBundle } from '../../executor/workflow-bundle.ts';
import type { ActivityWorker } from '../../objects/activity/activity-runner.ts';
import { localActivityContext } from '../../objects/activity/local-activity-context.ts';
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import type { Logger } from '../common/logger.ts';
import { WORKFLOW_MODULES } from '../workflow/modules.ts';
import { ActivityTasks, type PolledActivityTask } from './activity-tasks.ts';
import { pollsOf } from './compile-options.ts';
import { metricSink } from './metrics/metric-sink.ts';
import type { NativeConnection } from './native-connection.ts';
import { type NexusParts, nexusParts } from './nexus-parts.ts';
import { patchActivation } from './patch-activation.ts';
import { Poller } from './poller.ts';
import type { Runtime } from './runtime.ts';
import { withFormerLoggerName } from './sinks.ts';
import type { SlotSource } from './slots.ts';
import { CurrentConnection } from './worker-connection.ts';
import { WorkerCounts } from './worker-counts.ts';
import { deploymentOfPolls } from './worker-deployment.ts';
import type { CompiledWorkerOptions, WorkerOptions } from './worker-options.ts';
import { loopsOf, slotsOf } from './worker-slots.ts';
import { workflowPayloadCodec } from './workflow-payloads.ts';
import { type PolledWorkflowTask, WorkflowTasks } from './workflow-tasks.ts';

export interface WorkerParts {
  /** Set where there are services to serve. */
  nexus: NexusParts | undefined;
  current: CurrentConnection;
  executor: Executor | undefined;
  activityTasks: ActivityTasks;
  workflowPoller: Poller<PolledWorkflowTask> | undefined;
  activityPoller: Poller<PolledActivityTask> | undefined;
  localActivitySlots: SlotSource;
  counts: WorkerCounts;
}

export interface PartsInput {
  runtime: Runtime;
  /** The worker's own: its lines say of which task queue. */
  logger: Logger;
  connection: NativeConnection;
  options: CompiledWorkerOptions;
  dataConverter: LoadedDataConverter;
  clientInterceptors: NonNullable<WorkerOptions['interceptors']>['client'];
  bundle: WorkflowBundle | undefined;
  /** Where the workflows' sources are at hand. */
  sourceText: SourceText | undefined;
  workerInstanceKey: string;
  fatal(error: unknown): void;
}

/** A process has more memory than an isolate. */
const CACHE_BYTES = 256 * 1024 * 1024;

/** How long one poll waits at the server for a task. */
const POLL_MS = 30_000;

export function buildWorkerParts(input: PartsInput): WorkerParts {
  const { runtime, connection, options, bundle, clientInterceptors, logger } = input;
  const { dataConverter: converter } = input;
  const { namespace, identity, taskQueue, activities } = options;
  const metricMeter = runtime.metricMeter.withTags({ namespace, taskQueue });
  const current = new CurrentConnection(connection, {
    namespace,
    identity,
    dataConverter: converter,
    ...(clientInterceptors && { interceptors: clientInterceptors }),
  });
  const activityWorker: ActivityWorker = {
    taskQueue,
    activities,
    dataConverter: converter,
    interceptors: options.interceptors.activity,
    logger,
    metricMeter,
    client: () => current.client,
    heartbeatThrottle: {
      defaultMs: options.defaultHeartbeatThrottleIntervalMs,
      maxMs: options.maxHeartbeatThrottleIntervalMs,
    },
  };
  const localActivitySlots = slotsOf(input, 'local-activity', options.tuner.localActivityTaskSlotSupplier);
  const counts = new WorkerCounts(() => ({
    activations: parts.workflowPoller?.inFlight ?? 0,
    activities: parts.activityTasks.running + localActivitySlots.taken,
    workflowInstances: parts.executor?.runningInstances ?? 0,
  }));
  const executor =
    bundle &&
    executorOf(
      input,
      bundle,
      converter,
      withSlots(localActivitySlots, counts, localActivityContext(activityWorker)),
      activities,
    );
  const activityTasks = new ActivityTasks({
    gateway: current.gateway,
    worker: activityWorker,
    namespace,
    identity,
  });
  const nexus = nexusParts({
    current,
    options,
    dataConverter: converter,
    logger,
    metricMeter,
    slots: slotsOf(input, 'nexus', options.tuner.nexusTaskSlotSupplier),
    workerInstanceKey: input.workerInstanceKey,
    pollMs: POLL_MS,
    fatal: input.fatal,
  });
  const parts: WorkerParts = {
    current,
    nexus,
    executor,
    activityTasks,
    localActivitySlots,
    counts,
    workflowPoller: executor && workflowPoller(input, current, executor, converter, counts),
    activityPoller: options.enableNonLocalActivities
      ? activityPoller(input, current, activityTasks, counts)
      : undefined,
  };
  return parts;
}

function buildOf(
  { buildId, workerDeploymentOptions }: CompiledWorkerOptions,
  { hash }: WorkflowBundle,
): WorkerBuild {
  const deployment = workerDeploymentOptions?.version;
  const behavior = workerDeploymentOptions?.useWorkerVersioning
    ? workerDeploymentOptions.defaultVersioningBehavior
    : undefined;
  return {
    buildId: deployment?.buildId ?? buildId ?? hash,
    ...(deployment && { deployment }),
    ...(behavior && { versioningBehavior: behavior }),
  };
}

type WrapLocalActivity = ReturnType<typeof localActivityContext>;

/** A local activity that waits for its slot does so until its timeout. */
const NEVER = new AbortController().signal;

function withSlots(slots: SlotSource, counts: WorkerCounts, wrap: WrapLocalActivity): WrapLocalActivity {
  return async (task, call) => {
    const slot = await slots.take(NEVER);
    slot.use({ type: 'local-activity', activityType: task.activityType });
    try {
      counts.refresh();
      return await wrap(task, call);
    } finally {
      slot.release();
      counts.refresh();
    }
  };
}

function executorOf(
  { runtime, options, sourceText, logger }: PartsInput,
  bundle: WorkflowBundle,
  { payloadConverter, failureConverter }: LoadedDataConverter,
  wrapLocalActivity: WrapLocalActivity,
  activities: CompiledWorkerOptions['activities'],
): Executor {
  const { namespace, taskQueue } = options;
  const metricMeter = runtime.metricMeter.withTags({ namespace, taskQueue });
  const { sinks, workflowFailureErrorTypes, patchActivationCallback, maxCachedWorkflows } = options;
  return createExecutor({
    bundle,
    modules: WORKFLOW_MODULES,
    payloadConverter,
    failureConverter,
    cache: { instances: maxCachedWorkflows, bytes: CACHE_BYTES },
    localActivities: (type) => activities.get(type),
    wrapLocalActivity,
    log: (level, message, attributes) => logger[level](message, attributes),
    build: buildOf(options, bundle),
    ...(options.showStackTraceSources && sourceText && { sourceText }),
    sinks: {
      ...metricSink(metricMeter),
      ...(sinks && withFormerLoggerName(sinks as InjectedSinks)),
    },
    ...(workflowFailureErrorTypes && { workflowFailureErrorTypes }),
    awaitsSinks: true,
    ...(patchActivationCallback && { activatePatch: patchActivation(patchActivationCallback) }),
    // The clock of a process goes on while code runs: no need to count steps as well.
    fuel: { timeMs: options.isolateExecutionTimeoutMs, ticks: Number.POSITIVE_INFINITY },
  });
}

function workflowPoller(
  input: PartsInput,
  { gateway }: CurrentConnection,
  executor: Executor,
  dataConverter: LoadedDataConverter,
  counts: WorkerCounts,
) {
  const { options, workerInstanceKey, fatal, logger } = input;
  const { namespace, taskQueue, identity } = options;
  const tasks = new WorkflowTasks({
    gateway,
    executor,
    namespace,
    identity,
    workerInstanceKey,
    isSticky: options.maxCachedWorkflows > 0,
    stickyTimeoutMs: options.stickyQueueScheduleToStartTimeoutMs,
    codecOf: workflowPayloadCodec(dataConverter),
    logger,
  });
  return new Poller<PolledWorkflowTask>({
    loops: loopsOf(pollsOf(options.workflowTaskPollerBehavior), options.tuner.workflowTaskSlotSupplier),
    slots: slotsOf(input, 'workflow', options.tuner.workflowTaskSlotSupplier),
    slotInfo: ({ workflowType, history }) => ({
      type: 'workflow',
      workflowType: workflowType?.name ?? '',
      // To who has the run in memory, only what is new is sent.
      isSticky: (history?.events[0]?.eventId ?? 1) > 1,
    }),
    async poll(signal) {
      const request = {
        namespace,
        taskQueue: { name: taskQueue },
        identity,
        workerInstanceKey,
        ...deploymentOfPolls(options),
      };
      const task = await gateway.pollWorkflowTaskQueue(request, { signal, waitMs: POLL_MS });
      return hasToken(task) ? task : undefined;
    },
    handle: (task) => tasks.handle(task),
    changed: counts.refresh,
    fatal,
    failed: (error, retryMs) => logger.warn('Failed to poll for workflow tasks', { error, retryMs }),
  });
}

function activityPoller(
  input: PartsInput,
  { gateway }: CurrentConnection,
  tasks: ActivityTasks,
  counts: WorkerCounts,
) {
  const { options, workerInstanceKey, fatal, logger } = input;
  const { namespace, taskQueue, identity, maxTaskQueueActivitiesPerSecond } = options;
  return new Poller<PolledActivityTask>({
    loops: loopsOf(pollsOf(options.activityTaskPollerBehavior), options.tuner.activityTaskSlotSupplier),
    slots: slotsOf(input, 'activity', options.tuner.activityTaskSlotSupplier),
    slotInfo: ({ activityType }) => ({ type: 'activity', activityType: activityType?.name ?? '' }),
    perSecond: options.maxActivitiesPerSecond,
    async poll(signal) {
      const request = {
        namespace,
        taskQueue: { name: taskQueue },
        identity,
        workerInstanceKey,
        ...deploymentOfPolls(options),
        ...(maxTaskQueueActivitiesPerSecond !== undefined && {
          taskQueueMetadata: { maxTasksPerSecond: maxTaskQueueActivitiesPerSecond },
        }),
      };
      const task = await gateway.pollActivityTaskQueue(request, { signal, waitMs: POLL_MS });
      return hasToken(task) ? task : undefined;
    },
    handle: (task) => tasks.handle(task),
    changed: counts.refresh,
    fatal,
    failed: (error, retryMs) => logger.warn('Failed to poll for activity tasks', { error, retryMs }),
  });
}

function hasToken({ taskToken }: { taskToken?: Uint8Array }): boolean {
  return taskToken !== undefined && taskToken.length > 0;
}
