/** What a Worker says to `createRuntime`, and the variables that the runtime reads. */
import type * as nexus from 'nexus-rpc';
import type { EngineLimits } from '../engine/api.ts';
import type { WorkflowInterceptorsFactory } from '../executor/interceptors.ts';
import type { InjectedSinks } from '../executor/sinks.ts';
import type { WorkflowBundle } from '../executor/workflow-bundle.ts';
import type { PushBinding } from '../objects/activity/activity-push.ts';
import type { ActivityQueue } from '../objects/activity/queued-activities.ts';
import type { LogLevel, LogSink, ObjectTimes } from '../objects/object-options.ts';
import type { RouteBindings } from '../routes/app.ts';
import type { ActivityInterceptorsFactory } from '../sdk/activity/interceptors.ts';
import type { ClientInterceptors } from '../sdk/client/index.ts';
import type { DataConverter } from '../sdk/common/converter/data-converter.ts';
import type { MetricMeter } from '../sdk/common/metrics.ts';
import type { NexusInterceptorsFactory } from '../sdk/nexus/interceptors.ts';

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
   * attempt is a request that is signed with every secret (`whsec_…`), of which the first is the newest. `activities` are local
   * ones then.
   */
  push?: PushBinding;
  /**
   * Sends the activities of this queue through a Cloudflare Queue, of which this Worker is the consumer (`Runtime.queue`): for
   * those that last, since neither object nor request is held open meanwhile. A function, since bindings are there inside a
   * request: `() => env.ACTIVITIES`.
   */
  activityQueue?: () => ActivityQueue;
  /** Activity functions by name; `default` among them runs those without a function of their own. */
  activities?: object;
  /** How activities convert values, and how workflow code does where the bundle names no converter of its own. */
  dataConverter?: DataConverter;
  /**
   * Handlers of Nexus services, made with the package `nexus-rpc`. They run in the object of the workflow that calls an operation
   * whose endpoint leads to this task queue, and have ten seconds for an answer.
   */
  // biome-ignore lint/suspicious/noExplicitAny: services are the user's.
  nexusServices?: readonly nexus.ServiceHandler<any>[];
  interceptors?: {
    /** Of the clients that activities and Nexus handlers have in their contexts; those of the first task queue, of `Runtime.client` too. */
    client?: ClientInterceptors;
    activity?: readonly ActivityInterceptorsFactory[];
    nexus?: readonly NexusInterceptorsFactory[];
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
