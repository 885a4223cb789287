/** What a worker is told. Names and defaults are Temporal's; what has no meaning here is accepted and says so. */
import type * as nexus from 'nexus-rpc';
import type { WorkflowInfo } from '../../executor/workflow-info.ts';
import type { ActivityInterceptorsFactory } from '../activity/interceptors.ts';
import type { ClientInterceptors } from '../client/interceptors.ts';
import type { DataConverter } from '../common/converter/data-converter.ts';
import type { Duration } from '../common/time.ts';
import type { VersioningBehavior, WorkerDeploymentVersion } from '../common/worker-deployments.ts';
import type { NexusInterceptorsFactory } from '../nexus/interceptors.ts';
import type { WorkflowBundleOption } from './bundle.ts';
import type { WorkerInterceptors } from './interceptors.ts';
import type { NativeConnection } from './native-connection.ts';
import type { InjectedSinks } from './sinks.ts';
import type { TunerHolder, WorkerTuner } from './tuner.ts';
import type { WebpackConfigHook } from './webpack-hook.ts';
import type { Worker } from './worker.ts';

export interface WorkerOptions {
  /** The server. By default the one on this machine (`localhost:8787`). */
  connection?: NativeConnection;
  /** Who works, for events to record. @default `<process ID>@<host name>` */
  identity?: string;
  /** Names the worker's code in completed tasks. @default the hash of the workflow bundle */
  buildId?: string;
  /** @deprecated Has no effect. */
  useVersioning?: boolean;
  /** Recorded in completed tasks. */
  workerDeploymentOptions?: WorkerDeploymentOptions;
  /** @default default */
  namespace?: string;
  /** The queue to take workflow and activity tasks from. */
  taskQueue: string;
  /** Functions by activity type; the one named `default` gets what no other does. */
  activities?: object;
  /** Handlers of Nexus services, made with the package `nexus-rpc`; endpoints lead callers to the task queue. */
  // biome-ignore lint/suspicious/noExplicitAny: services are the user's.
  nexusServices?: nexus.ServiceHandler<any>[];
  /** Whether a patch that a run's history does not know becomes active. @default always */
  patchActivationCallback?: PatchActivationCallback;
  /** A file or folder that exports the workflows: built when the worker is created. */
  workflowsPath?: string;
  /** A finished bundle, instead of `workflowsPath`. */
  workflowBundle?: WorkflowBundleOption;
  /** How long activities may go on after a shutdown before they are cancelled. @default 0 */
  shutdownGraceTime?: Duration;
  /** How long after a shutdown the worker is cut off, whatever still runs. @default never */
  shutdownForceTime?: Duration;
  dataConverter?: DataConverter;
  /** Slots by kind of task; instead of the `maxConcurrent…Executions` options. */
  tuner?: WorkerTuner;
  /** @default 100 */
  maxConcurrentActivityTaskExecutions?: number;
  /** @default 100 */
  maxConcurrentLocalActivityExecutions?: number;
  /** Two at least, unless `maxCachedWorkflows` is 0. @default 40 */
  maxConcurrentWorkflowTaskExecutions?: number;
  /** @default 100 */
  maxConcurrentNexusTaskExecutions?: number;
  /** @default 5 */
  maxConcurrentNexusTaskPolls?: number;
  /** False: only local activities run here, no activity task is asked for. @default true */
  enableNonLocalActivities?: boolean;
  /** Accepted for code that sets it. */
  disablePayloadErrorLimit?: boolean;
  /** Activities started per second by this worker. */
  maxActivitiesPerSecond?: number;
  /** Activities started per second from the task queue, by all workers; the last that says so wins. */
  maxTaskQueueActivitiesPerSecond?: number;
  /** Accepted for code that sets it: activities are not handed out with workflow tasks. */
  maxEagerActivityReservationsPerWorkflowTask?: number;
  /** Accepted for code that sets it: one poll serves both kinds. */
  nonStickyToStickyPollRatio?: number;
  /** @default 5 */
  maxConcurrentWorkflowTaskPolls?: number;
  /** @default 5 */
  maxConcurrentActivityTaskPolls?: number;
  workflowTaskPollerBehavior?: PollerBehavior;
  activityTaskPollerBehavior?: PollerBehavior;
  nexusTaskPollerBehavior?: PollerBehavior;
  /** How long a task waits for the worker that has its run in memory before another gets it. @default 10s */
  stickyQueueScheduleToStartTimeout?: Duration;
  /** Runs kept in memory between tasks; 0 replays each task from the start. @default 1000 */
  maxCachedWorkflows?: number;
  /** Accepted for code that sets it: workflow code runs in this thread. */
  workflowThreadPoolSize?: number;
  /** @default 60s */
  maxHeartbeatThrottleInterval?: Duration;
  /** @default 30s */
  defaultHeartbeatThrottleInterval?: Duration;
  interceptors?: WorkerInterceptors;
  plugins?: WorkerPlugin[];
  // biome-ignore lint/suspicious/noExplicitAny: Temporal's public type; sinks are the user's.
  sinks?: InjectedSinks<any>;
  /** Names of error classes that fail the run instead of the task, by workflow type, `*` for all. */
  workflowFailureErrorTypes?: Record<'*' | (string & {}), WorkflowFailureErrorType[]>;
  /** Accepted for code that sets it. */
  enableSDKTracing?: boolean;
  /** Whether `__enhanced_stack_trace` holds the texts of the files; they are read from `workflowsPath`'s project. @default false */
  showStackTraceSources?: boolean;
  /** Turns the limit on endless loops off, for a debugger. */
  debugMode?: boolean;
  /** Accepted for code that sets it: each run has modules of its own. */
  reuseV8Context?: boolean;
  bundlerOptions?: {
    /** Workflows are not built with webpack: it is called, and of what it returns `resolve.alias` is followed. */
    webpackConfigHook?: WebpackConfigHook;
    ignoreModules?: string[];
    preloadModules?: string[];
  };
}

type WorkflowFailureErrorType = 'Error' | 'DeterminismViolationError' | 'NondeterminismError' | (string & {});

export interface PollerBehaviorSimpleMaximum {
  type: 'simple-maximum';
  maximum?: number;
}

export interface PollerBehaviorAutoscaling {
  type: 'autoscaling';
  minimum?: number;
  maximum?: number;
  initial?: number;
}

export type PollerBehavior = PollerBehaviorSimpleMaximum | PollerBehaviorAutoscaling;

/** With `useWorkerVersioning`, `defaultVersioningBehavior` says how workflows that do not say it themselves are versioned. */
export type WorkerDeploymentOptions = {
  version: WorkerDeploymentVersion;
  useWorkerVersioning: boolean;
  defaultVersioningBehavior?: VersioningBehavior | undefined;
} & (
  | { useWorkerVersioning: true; defaultVersioningBehavior: VersioningBehavior }
  | { useWorkerVersioning: false; defaultVersioningBehavior?: undefined }
);

export interface PatchActivationInput {
  readonly workflowInfo: Readonly<WorkflowInfo>;
  readonly patchId: string;
}

export type PatchActivationCallback = (input: PatchActivationInput) => boolean;

/** What a replay takes of a worker's options. */
export interface ReplayWorkerOptions
  extends Pick<
    WorkerOptions,
    | 'identity'
    | 'buildId'
    | 'workflowsPath'
    | 'workflowBundle'
    | 'dataConverter'
    | 'interceptors'
    | 'sinks'
    | 'plugins'
    | 'workflowFailureErrorTypes'
    | 'bundlerOptions'
    | 'enableSDKTracing'
    | 'showStackTraceSources'
    | 'reuseV8Context'
    | 'workflowThreadPoolSize'
    | 'shutdownGraceTime'
    | 'shutdownForceTime'
    | 'workerDeploymentOptions'
    | 'disablePayloadErrorLimit'
  > {
  replayName?: string;
}

export interface WorkerPlugin {
  get name(): string;
  configureWorker?(options: WorkerOptions): WorkerOptions | Promise<WorkerOptions>;
  configureReplayWorker?(options: ReplayWorkerOptions): ReplayWorkerOptions | Promise<ReplayWorkerOptions>;
  runWorker?(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void>;
}

type DefaultedOptions =
  | 'namespace'
  | 'identity'
  | 'taskQueue'
  | 'enableNonLocalActivities'
  | 'maxCachedWorkflows'
  | 'debugMode'
  | 'useVersioning'
  | 'shutdownGraceTime'
  | 'stickyQueueScheduleToStartTimeout'
  | 'maxHeartbeatThrottleInterval'
  | 'defaultHeartbeatThrottleInterval'
  | 'showStackTraceSources'
  | 'nonStickyToStickyPollRatio'
  | 'reuseV8Context'
  | 'workflowThreadPoolSize';

/** What is given stands in its place; nothing is missing. */
export interface CompiledWorkerInterceptors {
  client: ClientInterceptors;
  activity: ActivityInterceptorsFactory[];
  nexus: NexusInterceptorsFactory[];
  workflowModules: string[];
}

/** Options with every default in place. */
export interface CompiledWorkerOptions
  extends Omit<
      WorkerOptions,
      | 'activities'
      | 'connection'
      | 'interceptors'
      | 'tuner'
      | 'workflowTaskPollerBehavior'
      | 'activityTaskPollerBehavior'
      | 'nexusTaskPollerBehavior'
      | 'nexusServices'
      | DefaultedOptions
    >,
    Required<Pick<WorkerOptions, DefaultedOptions>> {
  // biome-ignore lint/suspicious/noExplicitAny: any function is an activity.
  activities: Map<string, (...args: any[]) => any>;
  interceptors: CompiledWorkerInterceptors;
  /** By the name of the service. */
  // biome-ignore lint/suspicious/noExplicitAny: services are the user's.
  nexusServiceHandlers: Map<string, nexus.ServiceHandler<any>>;
  tuner: Required<TunerHolder>;
  workflowTaskPollerBehavior: Required<PollerBehavior>;
  activityTaskPollerBehavior: Required<PollerBehavior>;
  nexusTaskPollerBehavior: Required<PollerBehavior>;
  /** How long workflow code may take to come to rest. Not among the options of workers, as in Temporal. */
  isolateExecutionTimeoutMs: number;
  shutdownGraceTimeMs: number;
  shutdownForceTimeMs?: number;
  stickyQueueScheduleToStartTimeoutMs: number;
  maxHeartbeatThrottleIntervalMs: number;
  defaultHeartbeatThrottleIntervalMs: number;
}
